"""Tree-structured Parzen estimator: its settings."""

from collections.abc import Callable, Collection
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
from ..space import Space
from ..surrogates import BANDWIDTHS, CATEGORICAL_KERNELS, Kernels
from ._base import Sampler
from ._startup import StartupRun, design_size, design_spread
from ._tpe_run import Settings, TPERun
from ._tpe_split import WEIGHTS, linear_gamma, sqrt_gamma

GAMMAS = {"linear": (linear_gamma, 0.15), "sqrt": (sqrt_gamma, 0.25)}
ANNEALED = ("hyperopt", 0.3)  # the rule, and what is left of its bandwidths in the end
BRANCHES = ("improvement", "density")


class TPESampler(Sampler):
    """Propose where good trials are dense and bad ones are not.

    The finished trials are split by loss into good and bad ones. A mixture of kernels, one a
    trial, makes a density of each; of some candidates drawn from the density of the good ones
    the one with the best ratio of the two is proposed, in which its expected improvement is
    monotone [1]_. The mixtures are products over all parameters that occur together, so that
    interactions count [2]_. Prefer it for 20 to 2000 trials on spaces with categories and
    conditions and for any number of workers; on few smooth numeric parameters a Gaussian process
    needs fewer trials.

    Where conditions split the space into branches, each branch has its own good trials, and the
    branch is chosen by how much its next loss is expected to improve on the best one: the ratio
    of the densities would stay with the branch that was searched most.

    Parameters
    ----------
    gamma : {"linear", "sqrt"} or callable, default="linear"
        How many of n finished trials are good: ``min(ceil(beta * n), 25)``,
        ``min(ceil(beta * sqrt(n)), 25)`` or ``gamma(n)``.
    beta : float or None, default=None
        The factor, in (0, 1]; None is 0.15 for "linear" and 0.25 for "sqrt".
    weights : {"ei", "uniform", "old-decay", "old-drop"}, default="ei"
        What a trial's kernel weighs. "ei": good ones by their improvement on the best of the
        bad ones, bad ones equally. The others treat both sets alike: all equal; the 25 newest
        equal and a ramp down to the oldest; the 25 newest alone.
    bandwidth : {"annealed", "watanabe", "optuna", "hyperopt", "scott"}, default="annealed"
        Width of a numeric kernel. "watanabe", "optuna", "hyperopt": the larger gap to its
        neighbours, as these authors clip it; "scott": Scott's rule. "annealed": that of Hyperopt,
        and in the density of the good trials it shrinks to 0.3 times that as the budget is spent.
    categorical_kernel : {"optuna", "aitchison-aitken"}, default="optuna"
        Probabilities that a trial's kernel gives to the categories it does not have: a share
        that falls with the number of trials, or 0.2 for all of them together.
    n_startup_trials : int or "auto", default="auto"
        Finished trials, whoever proposed them, before the densities take over; until then points
        of a Sobol sequence are proposed. "auto" is a tenth of the budget, 4 to 10.
        Trials that others proposed, such as the initial ones, replace the points near them.
    middle : bool, default=True
        Whether the first of these points in a branch of the space has its numbers in the middle of
        their ranges; not where an initial point lies in that branch.
    n_candidates : int, default=24
        How many candidates are drawn; more make the search greedier, not better.
    multivariate : bool, default=True
        Whether kernels are products over parameters; otherwise each has its own mixture.
    group : bool, default=True
        Whether conditional parameters that occur together share kernels, too; otherwise each of
        them has its own mixture.
    prior_weight : float, default=1.0
        Weight of the kernel that covers the whole range, positive; a trial's is 1.
    branches : {"improvement", "density"}, default="improvement"
        How to choose among the branches of a conditional space: by expected improvement, after
        each had up to 3 trials (spaces of more branches than a quarter of the budget excepted),
        or by the ratio of densities, as any other parameter.
    min_share : float, default=0.3
        Share of the full resource that a trial must have had to teach, in [0, 1]. What is good
        with less of it is often another region of the space, and the rungs look for that anyway.
        Failed trials always teach.

    Notes
    -----
    The recommended settings of [2]_ are ``bandwidth="watanabe", branches="density",
    middle=False``. Optuna 5's are ``beta=0.1, weights="old-decay", bandwidth="optuna",
    branches="density", n_startup_trials=10, middle=False``, with ``group=False`` where a space is
    conditional (up to version 4 also ``multivariate=False``). Hyperopt's are ``gamma="sqrt",
    weights="old-decay", bandwidth="hyperopt", branches="density", multivariate=False,
    n_startup_trials=20, middle=False``; its categorical kernel differs from Optuna's by less than
    one pseudo-count.

    Failed trials count as bad ones, and so do those in flight, which keeps parallel proposals
    apart. Of trials with several resources the largest counts, and those at the full resource
    rank before all others. No configuration is proposed twice while there is an untried one.

    References
    ----------
    .. [1] J. Bergstra, R. Bardenet, Y. Bengio, B. Kegl, "Algorithms for hyper-parameter
       optimization", NeurIPS 2011.
    .. [2] S. Watanabe, "Tree-structured Parzen estimator: understanding its algorithm components
       and their roles for better empirical performance", arXiv:2304.11127, 2023.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import SearchCV
    >>> from skhpo.samplers import TPESampler
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> sampler = TPESampler(n_startup_trials=5)
    >>> search = SearchCV(SVC(), space, sampler=sampler, n_iter=15, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.9)
    True
    """

    def __init__(  # noqa: PLR0913  # each is a setting of the published algorithm
        self,
        *,
        gamma: str | Callable[[int], int] = "linear",
        beta: float | None = None,
        weights: str = "ei",
        bandwidth: str = "annealed",
        categorical_kernel: str = "optuna",
        n_startup_trials: int | str = "auto",
        middle: bool = True,
        n_candidates: int = 24,
        multivariate: bool = True,
        group: bool = True,
        prior_weight: float = 1.0,
        branches: str = "improvement",
        min_share: float = 0.3,
    ) -> None:
        self.gamma = gamma
        self.beta = beta
        self.weights = weights
        self.bandwidth = bandwidth
        self.categorical_kernel = categorical_kernel
        self.n_startup_trials = n_startup_trials
        self.middle = middle
        self.n_candidates = n_candidates
        self.multivariate = multivariate
        self.group = group
        self.prior_weight = prior_weight
        self.branches = branches
        self.min_share = min_share

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> TPERun:
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
        TPERun

        Raises
        ------
        TypeError, ValueError
            If a parameter is not what it should be.
        """
        settings = self._settings(plan)
        middle = check_bool(_name("middle"), self.middle)
        prior = StartupRun(space, rng, settings.n_startup, middle, design_spread(plan.budget))
        return TPERun(space, rng, plan, settings, prior)

    def _settings(self, plan: Plan) -> Settings:
        return Settings(
            gamma=self._gamma(),
            weights=self._option("weights", WEIGHTS),
            kernels=self._kernels(),
            final_scale=ANNEALED[1] if self.bandwidth == "annealed" else 1.0,
            n_startup=self._n_startup(plan),
            n_candidates=check_integer(_name("n_candidates"), self.n_candidates, 1),
            multivariate=check_bool(_name("multivariate"), self.multivariate),
            group=check_bool(_name("group"), self.group),
            leaves=self._option("branches", BRANCHES) == "improvement",
            min_share=check_real(_name("min_share"), self.min_share, 0, 1),
        )

    def _option(self, name: str, options: Collection[str]) -> str:
        return check_option(_name(name), getattr(self, name), options)

    def _kernels(self) -> Kernels:
        bandwidth = self._option("bandwidth", ("annealed", *BANDWIDTHS))
        return Kernels(
            ANNEALED[0] if bandwidth == "annealed" else bandwidth,
            self._option("categorical_kernel", CATEGORICAL_KERNELS),
            check_real(_name("prior_weight"), self.prior_weight, 1e-6),
        )

    def _n_startup(self, plan: Plan) -> int:
        auto = design_size(plan.budget)
        return check_integer_or_auto(_name("n_startup_trials"), self.n_startup_trials, 0, auto)

    def _gamma(self) -> Callable[[int], int]:
        if callable(self.gamma):
            return self.gamma
        function, beta = GAMMAS[self._option("gamma", GAMMAS)]
        if self.beta is not None:
            beta = check_real(_name("beta"), self.beta, 1e-6, 1.0)
        return partial(function, beta=beta)


def _name(parameter: str) -> str:
    return f"{parameter} of TPESampler"
