"""Covariance matrix adaptation evolution strategy: its settings."""

import numpy as np

from .._records import Plan, Points
from .._typing import Params
from .._validation import (
    check_bool,
    check_integer_or_auto,
    check_option,
    check_real,
    check_real_or_auto,
)
from ..space import Space
from ._base import Sampler, SamplerRun
from ._cma_members import Settings
from ._cma_run import CMAESRun, RunSettings
from ._startup import StartupRun, design_spread, startup_trials
from ._tpe import TPESampler

RESTARTS = ("bipop", "ipop", "none")
STARTUPS = ("sobol", "tpe")
SIGMA, SIGMA_INFORMED = 0.2, 0.1  # first step size; after trials that say where to start
ENOUGH = 4  # such trials


class CMAESSampler(Sampler):
    """Draw from a normal distribution that moves and bends towards low losses.

    CMA-ES [1]_ learns from the order of the losses of a generation: the mean goes to its better
    points, the covariance to the directions in which they lie, the step size grows while the mean
    keeps its course. Prefer it for numeric parameters that interact, from about 100 trials on,
    for noisy or rugged losses, and for many workers; with fewer trials `TPESampler` or a Gaussian
    process usually gets further.

    Integers and ordered values have a margin that keeps them changing [2]_, categories are drawn
    from probabilities that follow the natural gradient [3]_. In a conditional space each branch
    has a distribution of its own, and the branch is chosen by how much its next loss is expected
    to improve on the best one.

    Parameters
    ----------
    popsize : int or "auto", default="auto"
        Points of a generation, at least 4. "auto" is 4 + 3 log(number of parameters), fewer where
        `n_iter` is small, and no less than the trials under way.
    sigma0 : float or "auto", default="auto"
        First step size, in (0, 1], as a share of each parameter's range. "auto" is 0.2, and 0.1
        if four trials or more have shown where to start.
    restarts : {"bipop", "ipop", "none"}, default="bipop"
        What follows when a distribution has converged: twice the population each time ("ipop"
        [4]_), small populations in between ("bipop" [5]_), nothing. Every third restart is near
        the best point.
    x0 : dict or None, default=None
        Parameters around which to start, in place of the best of the first trials.
    n_startup_trials : int or "auto", default="auto"
        Finished trials, whoever proposed them, before the distribution takes over. "auto" is a
        fifth of the budget, 4 to 16, fewer below a budget of 12, and 0 with `x0`.
    startup : {"sobol", "tpe"}, default="sobol"
        Who proposes these: a Sobol sequence, or `TPESampler`.
    adapt_learning_rate : bool, default=False
        Whether steps are shortened as far as noise makes them unreliable [6]_; it takes more
        trials where there is none.
    tol_x : float, default=1e-11
        Step size at which a distribution has converged.

    Notes
    -----
    Nobody waits for a generation to end: it closes with the first results, as many as the
    population is large, and those that come later, or that others proposed, are members of the
    next ones. Failed trials rank last. A configuration that comes up again is not tried again,
    its loss is known.

    References
    ----------
    .. [1] N. Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772, 2016.
    .. [2] R. Hamano, S. Saito, M. Nomura, S. Shirakawa, "CMA-ES with margin", GECCO 2022.
    .. [3] R. Hamano, M. Nomura, S. Saito, K. Uchida, S. Shirakawa, "CatCMA with margin", GECCO
       2025.
    .. [4] A. Auger, N. Hansen, "A restart CMA evolution strategy with increasing population
       size", CEC 2005.
    .. [5] N. Hansen, "Benchmarking a bi-population CMA-ES on the BBOB-2009 function testbed",
       GECCO 2009.
    .. [6] M. Nomura, Y. Akimoto, I. Ono, "CMA-ES with learning rate adaptation", GECCO 2023.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import SearchCV
    >>> from skhpo.samplers import CMAESSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> sampler = CMAESSampler(popsize=4)
    >>> search = SearchCV(SVC(), space, sampler=sampler, n_iter=15, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.9)
    True
    """

    def __init__(  # noqa: PLR0913  # each is a setting of the published algorithm
        self,
        *,
        popsize: int | str = "auto",
        sigma0: float | str = "auto",
        restarts: str = "bipop",
        x0: Params | None = None,
        n_startup_trials: int | str = "auto",
        startup: str = "sobol",
        adapt_learning_rate: bool = False,
        tol_x: float = 1e-11,
    ) -> None:
        self.popsize = popsize
        self.sigma0 = sigma0
        self.restarts = restarts
        self.x0 = x0
        self.n_startup_trials = n_startup_trials
        self.startup = startup
        self.adapt_learning_rate = adapt_learning_rate
        self.tol_x = tol_x

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> CMAESRun:
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
        CMAESRun

        Raises
        ------
        TypeError, ValueError
            If a parameter is not what it should be.
        """
        n_startup = self._n_startup(plan)
        informed = n_startup >= ENOUGH and self.x0 is None
        settings = RunSettings(
            popsize=check_integer_or_auto(_name("popsize"), self.popsize, 4, None),
            sigma=self._sigma(SIGMA_INFORMED if informed else SIGMA),
            engine=self._engine(),
            n_startup=n_startup,
            x0=self._x0(space),
        )
        startup: SamplerRun
        if check_option(_name("startup"), self.startup, STARTUPS) == "tpe":
            startup = TPESampler(middle=False).start(space, rng, plan)
        else:
            startup = StartupRun(space, rng, n_startup, spread=design_spread(plan.budget))
        return CMAESRun(space, rng, plan, settings, startup)

    def _engine(self) -> Settings:
        restarts = check_option(_name("restarts"), self.restarts, RESTARTS)
        return Settings(
            popsize=0,  # each branch has its own
            sigma=self._sigma(SIGMA),
            restarts=None if restarts == "none" else restarts,
            tol_x=check_real(_name("tol_x"), self.tol_x, 0.0),
            adapt_rates=check_bool(_name("adapt_learning_rate"), self.adapt_learning_rate),
        )

    def _sigma(self, auto: float) -> float:
        return check_real_or_auto(_name("sigma0"), self.sigma0, 1e-12, 1.0, auto)

    def _n_startup(self, plan: Plan) -> int:
        auto = startup_trials(plan.budget, 16) if self.x0 is None else 0
        return check_integer_or_auto(_name("n_startup_trials"), self.n_startup_trials, 0, auto)

    def _x0(self, space: Space) -> Points | None:
        if self.x0 is None:
            return None
        if not isinstance(self.x0, dict):
            raise TypeError(f"{_name('x0')} must be a dict of parameters or None, got {self.x0!r}.")
        point = space.encode(self.x0)
        if point is None:
            raise ValueError(f"{_name('x0')} must lie in the space, got {self.x0!r}.")
        return point


def _name(parameter: str) -> str:
    return f"{parameter} of CMAESSampler"
