"""With which population, step size and budget the next run of CMA-ES starts."""

from dataclasses import dataclass

import numpy as np

NEAR_BEST = 3  # every third restart is near the best point so far
SIGMA_NEAR = 0.05


@dataclass(frozen=True, slots=True)
class Start:
    """How a run starts: near the best point, or anywhere; it may be cut after `max_trials`."""

    popsize: int
    sigma: float
    max_trials: float = np.inf
    near_best: bool = False


class Restarts:
    """IPOP doubles the population at each restart; BIPOP has small populations in between.

    The first run, of usual size, counts as a small one; a small run follows as long as the small
    ones have had fewer trials than the large ones.

    Parameters
    ----------
    kind : {"ipop", "bipop"}
    popsize : int
        Of the first run.
    sigma : float
        Its first step size.

    References
    ----------
    .. [1] A. Auger, N. Hansen, "A restart CMA evolution strategy with increasing population size",
       CEC 2005.
    .. [2] N. Hansen, "Benchmarking a bi-population CMA-ES on the BBOB-2009 function testbed",
       GECCO 2009.
    """

    def __init__(self, kind: str, popsize: int, sigma: float) -> None:
        self._kind = kind
        self._popsize = popsize
        self._sigma = sigma
        self._n_large = 0
        self._is_large = False
        self._trials = {True: 0, False: 0}  # large?, all runs
        self._last_large = 0
        self.n_restarts = 0

    def next(self, n_trials: int, rng: np.random.Generator) -> Start:
        """The run after one of `n_trials` trials."""
        self._trials[self._is_large] += n_trials
        if self._is_large:
            self._last_large = n_trials
        self.n_restarts += 1
        near = self.n_restarts % NEAR_BEST == 0
        self._is_large = self._kind == "ipop" or self._trials[False] >= self._trials[True]
        if not self._is_large:
            start = self._small(rng)
        else:
            self._n_large += 1
            start = Start(self._popsize * 2**self._n_large, self._sigma)
        if near:
            start = Start(start.popsize, min(start.sigma, SIGMA_NEAR), start.max_trials, True)
        return start

    def _small(self, rng: np.random.Generator) -> Start:
        u, v = rng.random(2)
        ratio = 0.5 * 2**self._n_large
        popsize = int(self._popsize * ratio ** (u * u))
        return Start(popsize, self._sigma * 10.0 ** (-2.0 * v), max(self._last_large / 2, popsize))
