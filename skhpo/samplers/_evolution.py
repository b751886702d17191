"""Light-weight evolution strategies: their settings."""

import numpy as np

from .._records import Plan
from .._validation import check_integer, check_option, check_real
from ..space import Space
from ._base import Sampler
from ._evolution_de import DifferentialEvolution
from ._evolution_es import OnePlusOne
from ._evolution_run import EvolutionRun, Strategy
from ._startup import StartupRun, design_spread, startup_trials

STRATEGIES = ("gaussian-es", "1+1", "de", "jade")


class EvolutionSampler(Sampler):
    """Vary the best configurations so far.

    "gaussian-es" adds normal noise to the best point, and takes larger steps while more than two
    of eleven are better; "1+1" learns the directions of the better ones, too [1]_. "de"
    (differential evolution [2]_) adds differences of other points to those of a population, and
    "jade" goes towards the best of them with parameters that adapt [3]_. Prefer the first two for
    few trials and few parameters, the others for rugged losses and 200 trials or more, and
    `CMAESSampler` where numeric parameters interact.

    Parameters
    ----------
    strategy : {"gaussian-es", "1+1", "de", "jade"}, default="1+1"
        How to vary.
    popsize : int or "auto", default="auto"
        Points that "de" and "jade" keep, at least 4. "auto" is five for each parameter, 10 to 50,
        and a sixth of `n_iter` at most.
    sigma0 : float, default=0.2
        First step size of the other two, in (0, 1], as a share of each parameter's range.

    Notes
    -----
    The first trials, as many as are kept, or 4 (fewer if `n_iter` is below 12), follow a Sobol
    sequence. Nobody waits: a result is compared with what stands in its place when it comes.
    Points that others proposed take part. Failed trials, and those with less than the full
    resource, rank last.

    References
    ----------
    .. [1] C. Igel, T. Suttorp, N. Hansen, "A computational efficient covariance matrix update and
       a (1+1)-CMA for evolution strategies", GECCO 2006.
    .. [2] R. Storn, K. Price, "Differential evolution", Journal of Global Optimization 11, 1997.
    .. [3] J. Zhang, A. C. Sanderson, "JADE: adaptive differential evolution with optional
       external archive", IEEE Transactions on Evolutionary Computation 13(5), 2009.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import SearchCV
    >>> from skhpo.samplers import EvolutionSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> sampler = EvolutionSampler("gaussian-es")
    >>> search = SearchCV(SVC(), space, sampler=sampler, n_iter=15, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.9)
    True
    """

    def __init__(
        self, strategy: str = "1+1", *, popsize: int | str = "auto", sigma0: float = 0.2
    ) -> None:
        self.strategy = strategy
        self.popsize = popsize
        self.sigma0 = sigma0

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> EvolutionRun:
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
        EvolutionRun

        Raises
        ------
        TypeError, ValueError
            If a parameter is not what it should be.
        """
        kind = check_option("strategy of EvolutionSampler", self.strategy, STRATEGIES)
        sigma = check_real("sigma0 of EvolutionSampler", self.sigma0, 1e-12, 1.0)
        popsize = self._popsize(space.n_columns, plan.budget)
        strategy: Strategy
        if kind in ("de", "jade"):
            strategy = DifferentialEvolution(space.n_columns, popsize, kind == "jade")
            n_startup = popsize
        else:
            is_category = np.array([column.kind == "categorical" for column in space.columns], bool)
            strategy = OnePlusOne(is_category, sigma, kind == "1+1")
            n_startup = startup_trials(plan.budget, 4)
        startup = StartupRun(space, rng, n_startup, spread=design_spread(plan.budget))
        return EvolutionRun(space, rng, plan, strategy, startup, n_startup)

    def _popsize(self, d: int, n_iter: int | None) -> int:
        if self.popsize != "auto":
            return check_integer("popsize of EvolutionSampler", self.popsize, 4)
        usual = min(max(10, 5 * d), 50)
        return usual if n_iter is None else max(4, min(usual, n_iter // 6))
