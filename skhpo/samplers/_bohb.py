"""BOHB's sampler: a pair of kernel densities for each resource."""

from bisect import bisect
from dataclasses import dataclass

import numpy as np

from .._records import Observations, Plan, Points, Proposal, Slot
from .._typing import Integers, Matrix
from .._validation import (
    check_bool,
    check_integer,
    check_integer_or_auto,
    check_option,
    check_real,
)
from ..space import Space
from ..surrogates import ProductDensity
from ._base import Sampler, SamplerRun
from ._draws import Seen
from ._startup import UNKNOWN_BUDGET, StartupRun, design_size, design_spread
from ._tpe_split import FAILED, Trials, ranking

MAX_ROUNDS = 10  # of candidates that were all tried before or not allowed
TINY = 1e-32  # below it, densities are equal
TOP_SHARE = 0.15
BUDGETS = (8, 24)  # from which on "auto" asks for 2 and for 3 trials in each set, not for 1
FEWEST = 4  # trials that both sets have together
BANDWIDTHS = ("annealed", "normal-reference")
ANNEALED = (0.6, 0.3)  # widths of good kernels in gaps to their neighbours, first and last


class BOHBSampler(Sampler):
    """Propose where good trials are dense and bad ones are not, at the largest resource known.

    Each resource has trials of its own, of which the best 15 % make one kernel density and the
    others a second one; the candidate with the best ratio of the two is proposed [1]_. The largest
    resource with trials enough for both counts, so that the model moves up as the search does; what
    was stopped below it makes up the number, behind all that reached it. What had less than
    `min_share` of the full resource does not count, since little of it may flatter another region,
    in which all brackets would then begin.
    It is meant for `HyperbandScheduler`; `TPESampler` is the more refined model, and needs no
    trials of its own at each resource.

    Parameters
    ----------
    n_candidates : int, default=64
        Configurations drawn from the density of the good ones.
    random_fraction : float, default=0.1
        Share of the trials that the model has no say in, in [0, 1]; they come from a Sobol
        sequence, and so do all before there is a model, first those far from the initial points.
    middle : bool, default=True
        Whether the first of these points in a branch of the space has its numbers in the middle of
        their ranges; not where an initial point lies in that branch.
    min_points_in_model : int or "auto", default="auto"
        Trials in each of the two sets, from which on a resource has densities; 1 at least, and 4 in
        both together. "auto" is as many as there are parameters, but 3 at most, with a budget below
        24 then 2, below 8 then 1: with more, short searches would have no model.
    pool : bool, default=True
        Whether trials that were stopped at a lower resource count as worse than all that reached a
        higher one, where that has too few of its own.
    bandwidth : {"annealed", "normal-reference"}, default="annealed"
        Width of a numeric kernel. "normal-reference": one for all trials, from their spread and
        number. "annealed": the larger gap to its neighbours, so that it is narrow where trials are
        dense, and in the density of the good trials 0.6 of that, which falls to 0.3 as the budget
        is spent.
    shrinkage : float, default=0.3
        How many trials the range of a parameter counts for where widths are taken from the spread
        of the trials, as those of categories are; 0 or more. It keeps the model from closing in on
        a value that a few good trials happen to share, after which all new ones would share it.
    bandwidth_factor : float, default=1.5
        How much wider than the good density candidates are drawn; positive.
    min_share : float, default=0.3
        Share of the full resource that a trial must have had to teach, in [0, 1]; with 0 the first
        models are those of the lowest rung.

    Notes
    -----
    The published settings are ``random_fraction=1/3, middle=False, pool=False,
    bandwidth="normal-reference", shrinkage=0, bandwidth_factor=3, min_share=0`` and, for d
    parameters, ``min_points_in_model=d + 1``.

    References
    ----------
    .. [1] S. Falkner, A. Klein, F. Hutter, "BOHB: robust and efficient hyperparameter
       optimization at scale", ICML 2018.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import SearchCV
    >>> from skhpo.samplers import BOHBSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> search = SearchCV(SVC(), space, sampler=BOHBSampler(), n_iter=15, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.9)
    True
    """

    def __init__(  # noqa: PLR0913  # each is a setting of the algorithm
        self,
        *,
        n_candidates: int = 64,
        random_fraction: float = 0.1,
        middle: bool = True,
        min_points_in_model: int | str = "auto",
        pool: bool = True,
        bandwidth: str = "annealed",
        shrinkage: float = 0.3,
        bandwidth_factor: float = 1.5,
        min_share: float = 0.3,
    ) -> None:
        self.n_candidates = n_candidates
        self.random_fraction = random_fraction
        self.middle = middle
        self.min_points_in_model = min_points_in_model
        self.pool = pool
        self.bandwidth = bandwidth
        self.shrinkage = shrinkage
        self.bandwidth_factor = bandwidth_factor
        self.min_share = min_share

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> "BOHBRun":
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
        BOHBRun

        Raises
        ------
        TypeError, ValueError
            If a parameter is not what it should be.
        """
        share = check_real(_name("min_share"), self.min_share, 0, 1)
        budget = plan.budget
        settings = BOHBSettings(
            n_candidates=check_integer(_name("n_candidates"), self.n_candidates, 1),
            random_fraction=check_real(_name("random_fraction"), self.random_fraction, 0, 1),
            n_needed=check_integer_or_auto(
                _name("min_points_in_model"),
                self.min_points_in_model,
                low=1,
                auto=_points_needed(space.n_columns, budget),
            ),
            pool=check_bool(_name("pool"), self.pool),
            annealed=check_option(_name("bandwidth"), self.bandwidth, BANDWIDTHS) == "annealed",
            shrinkage=check_real(_name("shrinkage"), self.shrinkage, 0, 1e6),
            factor=check_real(_name("bandwidth_factor"), self.bandwidth_factor, 1e-6),
            least=share * plan.max_resource,
        )
        middle = check_bool(_name("middle"), self.middle)
        prior = StartupRun(space, rng, design_size(budget), middle, design_spread(budget))
        return BOHBRun(space, rng, plan, settings, prior)


def _name(parameter: str) -> str:
    return f"{parameter} of BOHBSampler"


def _points_needed(d: int, budget: int | None) -> int:
    """As many as there are parameters, but few, and fewer with a small budget."""
    most = 1 + (len(BUDGETS) if budget is None else bisect(BUDGETS, budget))
    return min(max(d, 2), most)


@dataclass(frozen=True, slots=True)
class BOHBSettings:
    """What `BOHBSampler` was asked for, checked.

    Attributes
    ----------
    n_candidates : int
    random_fraction : float
    n_needed : int
        Trials in each set, from which on there are densities.
    pool : bool
        Whether trials stopped below a resource make up the number.
    annealed : bool
        Whether kernels are as wide as their gaps, those of good trials less and less.
    shrinkage : float
    factor : float
        How much wider than the good density candidates are drawn.
    least : float
        The resource from which on a trial teaches.
    """

    n_candidates: int
    random_fraction: float
    n_needed: int
    pool: bool
    annealed: bool
    shrinkage: float
    factor: float
    least: float


class BOHBRun:
    """Remembers the trials of each resource, what was tried, and its generator.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator
    plan : Plan
    settings : BOHBSettings
    prior : SamplerRun
        Proposes where the densities do not.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        plan: Plan,
        settings: BOHBSettings,
        prior: SamplerRun,
    ) -> None:
        self._space = space
        self._rng = rng
        self._plan = plan
        self._settings = settings
        self._prior = prior
        self._seen = Seen(space)
        self._trials = Trials.empty(space.n_columns)
        self._densities: tuple[ProductDensity, ProductDensity] | None = None
        categories = [c.kind == "categorical" for c in space.columns]
        self._n_values: Integers = np.array(
            [
                c.n_values if is_one else 0
                for c, is_one in zip(space.columns, categories, strict=True)
            ],
            dtype=np.int64,
        )

    def tell(self, observed: Observations) -> None:
        """Learn from finished trials; failed ones are bad."""
        self._prior.tell(observed)
        self._seen.tell(observed)
        self._trials = self._trials.with_(
            observed, self._plan.max_resource, every_job=not self._settings.pool
        )
        self._densities = None

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose the best of some candidates, or a random draw."""
        proposal = None
        if self._rng.random() >= self._settings.random_fraction:
            proposal = self._from_model(trial, pending)
        return proposal or self._prior.ask(trial, slot, pending)

    def _from_model(self, trial: int, pending: Observations) -> Proposal | None:
        if self._densities is None:
            self._densities = self._fit(trial)
        if self._densities is None:
            return None
        good, bad = self._densities
        taken = self._seen.and_pending(pending)
        for _ in range(MAX_ROUNDS):
            x = good.sample(self._rng, self._settings.n_candidates, self._settings.factor)
            ratio = np.maximum(good(x), TINY) / np.maximum(bad(x), TINY)
            points = self._space.normalize(x[np.argsort(-ratio, kind="stable")])
            for i, key in enumerate(self._space.keys(points)):
                if key not in taken:
                    params = self._space.decode(points[i])[0]
                    if self._space.allows(params):
                        return Proposal(points[i], params, "bohb")
        return None

    def _fit(self, trial: int) -> tuple[ProductDensity, ProductDensity] | None:
        """The densities of the largest resource that has trials enough for both."""
        trials, shrinkage = self._trials, self._settings.shrinkage
        for resource in np.unique(trials.resource[trials.resource >= self._settings.least])[::-1]:
            reached = trials.resource >= resource
            known = reached if self._settings.pool else trials.resource == resource
            parts = self._split(trials[known])
            if parts is not None:
                good, bad = (
                    ProductDensity.fit(self._imputed(part), self._n_values, shrinkage=shrinkage)
                    for part in parts
                )
                return self._annealed(trial, good, bad) if self._settings.annealed else (good, bad)
        return None

    def _annealed(
        self, trial: int, good: ProductDensity, bad: ProductDensity
    ) -> tuple[ProductDensity, ProductDensity]:
        """The densities with a width for each kernel."""
        first, last = ANNEALED
        scale = first + (last - first) * self._plan.progress(trial, UNKNOWN_BUDGET)
        return good.adapted(scale), bad.adapted()

    def _split(self, trials: Trials) -> tuple[Points, Points] | None:
        """The good and the bad trials; None where there are not enough of either.

        Losses that are all alike tell nothing either.
        """
        needed, n = self._settings.n_needed, len(trials)
        n_good = min(max(needed, int(TOP_SHARE * n)), int(np.sum(trials.level != FAILED)))
        n_bad = max(needed, int((1 - TOP_SHARE) * n))
        too_few = n_good < needed or n < max(FEWEST, n_good + needed)
        if too_few or len(np.unique(trials.loss)) < 2:
            return None
        points = trials.points[ranking(trials)]
        return points[:n_good], points[n_good : n_good + n_bad]

    def _imputed(self, points: Points) -> Matrix:
        """Inactive cells get the value of a random row in which they are active, or a draw."""
        x = points.x.copy()
        for j in np.flatnonzero(~points.active.all(axis=0)):
            missing = np.flatnonzero(~points.active[:, j])
            known = x[points.active[:, j], j]
            if len(known):
                x[missing, j] = self._rng.choice(known, len(missing))
            else:
                x[missing, j] = self._drawn(len(missing))[:, j]
        return x

    def _drawn(self, n: int) -> Matrix:
        """Codes of the prior, every column as if it were active."""
        q = self._rng.random((n, self._space.n_columns))
        columns = self._space.columns
        return np.stack([column.quantile(q[:, j]) for j, column in enumerate(columns)], axis=1)
