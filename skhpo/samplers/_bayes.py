"""Bayesian optimisation: its settings."""

from collections.abc import Collection
from functools import partial

import numpy as np

from .._records import Plan
from .._validation import (
    check_bool,
    check_integer,
    check_integer_or_auto,
    check_option,
    check_real,
)
from ..acquisition import ACQUISITIONS, Effort
from ..space import Space
from ..surrogates import PRIORS, TRANSFORMS, GaussianProcess
from ._base import Sampler
from ._bayes_models import (
    WITHIN_RUNGS,
    ForestModel,
    Model,
    ProcessModel,
    embedding_of,
    levels_of,
)
from ._bayes_run import BayesRun
from ._bayes_search import BayesSettings

SURROGATES = ("gp", "forest")
LOGARITHMIC = ("log-ei", "pi")  # acquisitions which a belief can be multiplied with
BRANCHES = ("improvement", "joint")
AUTO_TRANSFORM = ("half-rank", "anchored-rank")  # they take turns
RANDOM_SHARE = 1.0 / 12.0  # of a forest's proposals
STARTUP = {"gp": 4, "forest": 8}  # trials before the model at most, by surrogate
FEWEST = 2  # and at least, where there are neither branches nor rungs, which each want a start
SHRINK = 0.15  # what is left of the region in the end


class BayesSampler(Sampler):
    """Propose where a model of the loss promises the largest improvement.

    A Gaussian process (Matern 5/2, a length scale a parameter) over numbers, categories and
    conditional parameters predicts the loss; its hyper-parameters are the most probable ones under
    weak priors. The proposal maximises the logarithm of the expected improvement [1]_, averaged
    over samples of the results that are still out [2]_, in a region around the best trial which
    shrinks as the budget is spent: without it half of the trials go to the faces of the cube, where
    a process is least sure and hyper-parameters are seldom good [3]_. Prefer it for 10 to 300
    trials of anything that takes longer than some hundredths of a second.

    Whoever declares a range expects the best in its middle rather than at its ends. So the first
    trial of each branch is its middle, and proposals are drawn there, the less the more trials are
    known [8]_; ranges whose best value is at an end cost some trials more.

    Where conditions split the space into branches, the branch to try next is drawn by how much its
    next loss is expected to improve on the best one, as `TPESampler` does. Once the last 12 trials
    brought next to nothing, every other proposal is in a rival of the branch of the best trial: one
    that was hardly worse when both had as few trials as it has (not under rungs).

    Under a scheduler with rungs the resource is an input of the model [7]_: each job that
    had `min_share` of it counts, and what is maximised is the improvement at all of it. Losses are
    then clipped within their rung, and `transform` and `warp` have no effect.

    Parameters
    ----------
    surrogate : {"gp", "forest"}, default="gp"
        The model: a Gaussian process, or a random forest of log-losses [4]_, for spaces with very
        many categories and conditions.
    acquisition : {"log-ei", "lcb", "pi", "thompson"}, default="log-ei"
        What is maximised; a forest has expected improvement alone.
    transform : str, default="auto"
        "auto", "half-rank", "anchored-rank", "log-warp", "power" or "none":
        What is done to losses before they are modelled. "auto" lets the two ranks take turns: the
        one looks at differences among the best trials, the other at the whole landscape.
    prior : {"auto", "heuristic", "dim-scaled", "botorch-old", "vizier"}, default="auto"
        Prior of the hyper-parameters; "auto" is "heuristic" up to 12 columns.
    noise : bool, default=True
        Whether losses are noisy; otherwise the process goes through them.
    warp : bool, default=False
        Whether to learn a monotone warping of each number [5]_, from ``max(20, 3 d)`` trials on;
        for ranges that were declared on a wrong scale.
    n_startup_trials : int or "auto", default="auto"
        Finished trials, whoever proposed them, before the model takes over; until then points of a
        Sobol sequence are proposed. "auto" is a fifth of the budget, from 2 (4 with branches or
        rungs) to 4, for a forest to 8.
    region : float or None, default=0.4
        How far from the best trial proposals may be at first, in units of the cube; in the end
        0.15 times as far. None searches the whole cube, and so does a process that takes more than
        a twentieth of the variance of the losses for noise, except under rungs: the best trial is
        then a lucky one.
    belief : float, default=5.0
        How strongly proposals are drawn to the middle: beta, the number of trials after which the
        logarithm of the acquisition counts as much as the one of a normal distribution with a
        standard deviation of a quarter of the range. 0 for not at all; without effect on "lcb" and
        "thompson", which are no probabilities and no expectations.
    middle : bool, default=True
        Whether the first trial of a branch has its numbers in the middle of their ranges; not where
        an initial point lies in that branch.
    branches : {"improvement", "joint"}, default="improvement"
        How the branch of a conditional space is chosen: by the losses of each, or by the model.
    restarts : bool, default=True
        Whether to begin anew, beside the search that goes on, once the expected improvement around
        the best trial is next to nothing: until 85 % of the budget are spent, two of three
        proposals are those of a model that knows only the trials since. A guard against a
        branch, or an optimum, that looks best early. With "log-ei" of a process alone, and not
        under rungs.
    cost_aware : bool, default=False
        Whether to divide by the expected seconds, ever less as the budget is spent [6]_.
    n_candidates : int, default=1024
        Points that are rated before the best are improved.
    n_starts : int, default=5
        How many are improved.
    min_share : float, default=0.3
        Share of the full resource that a trial must have had to teach, in [0, 1]. With 0, trials
        start where the lowest rung promises most, and that rung may flatter another region.
        Failed trials always teach.

    References
    ----------
    .. [1] S. Ament et al., "Unexpected improvements to expected improvement for Bayesian
       optimization", NeurIPS 2023.
    .. [2] J. Snoek, H. Larochelle, R. P. Adams, "Practical Bayesian optimization of machine
       learning algorithms", NeurIPS 2012.
    .. [3] D. Eriksson et al., "Scalable global optimization via local Bayesian optimization",
       NeurIPS 2019.
    .. [4] F. Hutter, H. H. Hoos, K. Leyton-Brown, "Sequential model-based optimization for general
       algorithm configuration", LION 2011.
    .. [5] J. Snoek et al., "Input warping for Bayesian optimization of non-stationary functions",
       ICML 2014.
    .. [6] E. H. Lee et al., "Cost-aware Bayesian optimization", 2020.
    .. [7] K. Kandasamy et al., "Multi-fidelity Bayesian optimisation with continuous
       approximations", ICML 2017.
    .. [8] C. Hvarfner et al., "piBO: augmenting acquisition functions with user beliefs for
       Bayesian optimization", ICLR 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Observations, Plan, Slot
    >>> from skhpo.samplers import BayesSampler
    >>> from skhpo.space import Real, make_space
    >>> space = make_space({"x": Real(0, 1)})
    >>> run = BayesSampler().start(space, np.random.default_rng(0), Plan(n_iter=12))
    >>> one, done, losses = np.ones(1), np.array(["complete"]), []
    >>> for trial in range(12):
    ...     proposal = run.ask(trial, Slot(), Observations.empty(1))
    ...     loss = np.array([(proposal.params["x"] - 0.3) ** 2])
    ...     run.tell(Observations(np.array([trial]), loss, one, done, one, proposal.point))
    ...     losses.append(float(loss[0]))
    >>> min(losses) < 1e-3
    True
    """

    def __init__(  # noqa: PLR0913  # each is a setting of a published algorithm
        self,
        *,
        surrogate: str = "gp",
        acquisition: str = "log-ei",
        transform: str = "auto",
        prior: str = "auto",
        noise: bool = True,
        warp: bool = False,
        n_startup_trials: int | str = "auto",
        region: float | None = 0.4,
        belief: float = 5.0,
        middle: bool = True,
        branches: str = "improvement",
        restarts: bool = True,
        cost_aware: bool = False,
        n_candidates: int = 1024,
        n_starts: int = 5,
        min_share: float = 0.3,
    ) -> None:
        self.surrogate = surrogate
        self.acquisition = acquisition
        self.transform = transform
        self.prior = prior
        self.noise = noise
        self.warp = warp
        self.n_startup_trials = n_startup_trials
        self.region = region
        self.belief = belief
        self.middle = middle
        self.branches = branches
        self.restarts = restarts
        self.cost_aware = cost_aware
        self.n_candidates = n_candidates
        self.n_starts = n_starts
        self.min_share = min_share

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> BayesRun:
        """Make the run object.

        Parameters
        ----------
        space : Space
            Where to look.
        rng : numpy.random.Generator
            The only source of randomness.
        plan : Plan
            What is known before the first trial.

        Returns
        -------
        BayesRun

        Raises
        ------
        TypeError, ValueError
            If a parameter is not what it should be.
        """
        has_rungs = plan.min_resource < plan.max_resource
        settings = self._settings(self._n_startup(space, plan, has_rungs), has_rungs)
        make_models = partial(self._models, space, rng, settings.n_startup, has_rungs)
        return BayesRun(space, rng, plan, make_models, settings)

    def _settings(self, n_startup: int, has_rungs: bool) -> BayesSettings:
        forest = self._option("surrogate", SURROGATES) == "forest"
        acquisition = self._option("acquisition", (*ACQUISITIONS, "thompson"))
        region = self.region
        if region is not None:
            region = check_real(_name("region"), region, 1e-3, 1.0)
        n_candidates = check_integer(_name("n_candidates"), self.n_candidates, 1)
        restarts = check_bool(_name("restarts"), self.restarts)
        belief = check_real(_name("belief"), self.belief, 0.0, 1e6)
        return BayesSettings(
            n_startup=n_startup,
            effort=Effort(n_candidates, 10, check_integer(_name("n_starts"), self.n_starts, 1)),
            region=None if region is None else (region, SHRINK * region),
            leaves=self._option("branches", BRANCHES) == "improvement",
            thompson=acquisition == "thompson",
            restarts=restarts and acquisition == "log-ei" and not forest and not has_rungs,
            cost_aware=check_bool(_name("cost_aware"), self.cost_aware),
            belief=belief if acquisition in LOGARITHMIC else 0.0,
            middle=check_bool(_name("middle"), self.middle),
            random_share=RANDOM_SHARE if forest else 0.0,
            origin=self.surrogate,
            min_share=check_real(_name("min_share"), self.min_share, 0, 1),
        )

    def _models(
        self, space: Space, rng: np.random.Generator, n_first: int, has_rungs: bool
    ) -> list[Model]:
        transform = self._option("transform", ("auto", *TRANSFORMS))
        prior = self._option("prior", PRIORS)
        noise, warp = check_bool(_name("noise"), self.noise), check_bool(_name("warp"), self.warp)
        if self.surrogate == "forest":
            if self.acquisition != "log-ei":
                raise ValueError(
                    f"acquisition={self.acquisition!r} of BayesSampler needs surrogate='gp'; a "
                    "forest has 'log-ei' alone."
                )
            return [ForestModel([*levels_of(space), *[0] * has_rungs], rng)]
        process = GaussianProcess(embedding_of(space, has_rungs), prior, noise, warp)
        acquisition = "log-ei" if self.acquisition == "thompson" else self.acquisition
        names = AUTO_TRANSFORM if transform == "auto" else (transform,)
        names = (WITHIN_RUNGS,) if has_rungs else names
        return [ProcessModel(process, name, acquisition, n_first) for name in names]

    def _option(self, name: str, options: Collection[str]) -> str:
        return check_option(_name(name), getattr(self, name), options)

    def _n_startup(self, space: Space, plan: Plan, has_rungs: bool) -> int:
        auto = STARTUP[self._option("surrogate", SURROGATES)]
        if plan.budget is not None:
            parted = has_rungs or any(column.conditions for column in space.columns)
            auto = min(auto, max(STARTUP["gp"] if parted else FEWEST, plan.budget // 5))
        return check_integer_or_auto(_name("n_startup_trials"), self.n_startup_trials, 1, auto)


def _name(parameter: str) -> str:
    return f"{parameter} of BayesSampler"
