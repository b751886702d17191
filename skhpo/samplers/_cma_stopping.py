"""When a run of CMA-ES has ended and another should start."""

import math
from collections import deque

import numpy as np

from .._typing import Vector
from ._cma_state import CMA, is_flat

TOL_FUN = 1e-12
UP = 1e3  # times the first step size
CONDITION = 1e14
MOST_FLAT = 1  # flat generations in a row; where values are few, they need not mean an end:
MOST_FLAT_DISCRETE = 30  # so many more, times the share of discrete variables


class Ends:
    """The criteria; remembers the best and the worst loss of the last generations.

    Parameters
    ----------
    n, popsize : int
    sigma0 : float
        The first step size.
    tol_x : float
        Below which deviation of all coordinates the run has converged.
    discrete : float, default=0.0
        Share of the variables that have a few values only.

    Attributes
    ----------
    varied : bool
        Whether there were different losses in a generation, failures apart. Before, a flat one is
        no end: the run has only begun, on a plateau.
    """

    def __init__(
        self, n: int, popsize: int, sigma0: float, tol_x: float, discrete: float = 0.0
    ) -> None:
        self._tol_x = tol_x
        self._most_flat = MOST_FLAT + round(MOST_FLAT_DISCRETE * discrete)
        self._n_flat = 0
        self.varied = False
        self._sigma0 = sigma0
        self._ranges: deque[tuple[float, float]] = deque(maxlen=10 + math.ceil(30 * n / popsize))
        self._n_stagnation = 120 + math.ceil(30 * n / popsize)
        self._best: deque[float] = deque(maxlen=100 + math.ceil(100 * n**1.5 / popsize))
        self._max_g = 100 + 150 * (n + 3) ** 2 / math.sqrt(popsize)
        self._g = 0

    def tell(self, losses: Vector, ranks: Vector, varied: bool) -> None:
        """Take note of a generation; failed trials have infinite losses."""
        self._g += 1
        self.varied = self.varied or varied
        self._n_flat = self._n_flat + 1 if self.varied and is_flat(ranks) else 0
        finite = losses[np.isfinite(losses)]
        if len(finite):
            self._ranges.append((float(np.min(finite)), float(np.max(finite))))
            self._best.append(float(np.min(finite)))

    def reason(self, cma: CMA | None) -> str | None:
        """Name the first criterion that is met; without a distribution, those of the losses."""
        if self._n_flat > self._most_flat:
            return "tolflatfitness"
        if len(self._ranges) == self._ranges.maxlen:
            low, high = np.array(self._ranges).T
            if float(np.max(high) - np.min(low)) < TOL_FUN:
                return "tolfun"
        if cma is not None and (found := self._of_distribution(cma)) is not None:
            return found
        if self._g > self._n_stagnation and self._stagnates():
            return "stagnation"
        return "maxiter" if self._g >= self._max_g else None

    def _stagnates(self) -> bool:
        n = int(0.3 * len(self._best))
        best = list(self._best)
        return len(best) == self._best.maxlen and float(np.median(best[-n:])) >= float(
            np.median(best[:n])
        )

    def _of_distribution(self, cma: CMA) -> str | None:
        deviations = cma.deviations
        if np.all(deviations < self._tol_x) and np.all(cma.sigma * np.abs(cma.pc) < self._tol_x):
            return "tolx"
        if cma.sigma * np.max(cma.D) > UP * self._sigma0:
            return "tolupsigma"
        i = cma.g % cma.parameters.n
        axis = 0.1 * cma.sigma * cma.D[i] * cma.B[:, i]
        if np.all(cma.mean == cma.mean + axis):
            return "noeffectaxis"
        if np.any(cma.mean == cma.mean + 0.2 * deviations):
            return "noeffectcoord"
        if (np.max(cma.D) / np.min(cma.D)) ** 2 > CONDITION:
            return "conditioncov"
        return None
