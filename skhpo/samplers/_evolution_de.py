"""Differential evolution, and JADE, which adapts its two parameters; any number of workers.

.. [1] R. Storn, K. Price, "Differential evolution", Journal of Global Optimization 11, 1997.
.. [2] J. Zhang, A. C. Sanderson, "JADE: adaptive differential evolution with optional external
   archive", IEEE Transactions on Evolutionary Computation 13(5), 2009.
"""

import math
from dataclasses import dataclass

import numpy as np

from .._typing import Vector

F, CR = 0.5, 0.5
P_BEST = 0.1  # share of the population that JADE's steps lead to
C_ADAPT = 0.1  # how fast JADE's means follow


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A point of the cube for a slot of the population; -1 for any, with its F and CR."""

    x: Vector
    slot: int
    F: float = F
    CR: float = CR


class DifferentialEvolution:
    """A population of slots, each with a point and its loss.

    A result is compared with whatever is in its slot when it comes, so that nobody waits.

    Parameters
    ----------
    d : int
        Columns.
    popsize : int
    adapt : bool
        Whether to go towards the best with adapted parameters (JADE).
    """

    def __init__(self, d: int, popsize: int, adapt: bool) -> None:
        self._d = d
        self.popsize = popsize
        self._adapt = adapt
        self.x: list[Vector] = []
        self.losses: list[float] = []
        self._archive: list[Vector] = []
        self._next = 0
        self.mu_F, self.mu_CR = F, CR
        self._successes: list[tuple[float, float]] = []
        self._n_told = 0

    def ask(self, rng: np.random.Generator) -> Trial:
        """A trial point for the next slot; any point until there are four to combine."""
        n = len(self.x)
        if n < 4:
            return Trial(rng.random(self._d), -1)
        slot = self._next % n
        self._next += 1
        if self._adapt:
            f, cr = self._draw_parameters(rng)
            mutant = self._towards_the_best(slot, f, rng)
        else:
            f, cr = F, CR
            a, b, c = rng.choice(np.delete(np.arange(n), slot), 3, replace=False)
            mutant = self.x[a] + f * (self.x[b] - self.x[c])
        outside = (mutant < 0.0) | (mutant > 1.0)
        mutant = np.where(outside, rng.random(self._d), mutant)
        crossed = rng.random(self._d) < cr
        if self._d:
            crossed[rng.integers(self._d)] = True
        return Trial(np.where(crossed, mutant, self.x[slot]), slot, f, cr)

    def _draw_parameters(self, rng: np.random.Generator) -> tuple[float, float]:
        f = 0.0
        while f <= 0.0:
            f = self.mu_F + 0.1 * float(rng.standard_cauchy())
        cr = self.mu_CR + 0.1 * float(rng.standard_normal())
        return min(f, 1.0), min(max(cr, 0.0), 1.0)

    def _towards_the_best(self, slot: int, f: float, rng: np.random.Generator) -> Vector:
        """current-to-pbest/1 (6): the second of the difference may come from the archive."""
        n = len(self.x)
        best = np.argsort(self.losses, kind="stable")[: max(1, math.ceil(P_BEST * n))]
        goal = self.x[int(rng.choice(best))]
        a = int(rng.choice(np.delete(np.arange(n), slot)))
        both = n + len(self._archive)
        b = int(rng.choice(np.delete(np.arange(both), [slot, a])))
        second = self.x[b] if b < n else self._archive[b - n]
        x = self.x[slot]
        return np.asarray(x + f * (goal - x) + f * (self.x[a] - second))

    def foreign(self, x: Vector) -> Trial:
        """The trial for a point that others proposed."""
        return Trial(x, -1)

    def replayed(self, x: Vector) -> Trial:
        """The trial for a point of an earlier search."""
        return Trial(x, -1)

    def tell(self, trial: Trial, loss: float, rng: np.random.Generator) -> None:
        """Put a point in its slot if it is no worse than what is there.

        Those without a slot fill the population, and then take the place of the worst.
        """
        if trial.slot < 0:
            if len(self.x) < self.popsize:
                self.x.append(trial.x)
                self.losses.append(loss)
            else:
                worst = int(np.argmax(self.losses))
                if loss < self.losses[worst]:
                    self.x[worst], self.losses[worst] = trial.x, loss
            return
        old = self.losses[trial.slot]
        if loss <= old:
            if loss < old:
                self._succeed(trial, rng)
            self.x[trial.slot], self.losses[trial.slot] = trial.x, loss
        self._n_told += 1
        if self._adapt and self._n_told % self.popsize == 0:
            self._adapt_parameters()

    def _succeed(self, trial: Trial, rng: np.random.Generator) -> None:
        if not self._adapt:
            return
        self._successes.append((trial.F, trial.CR))
        self._archive.append(self.x[trial.slot])
        if len(self._archive) > self.popsize:
            del self._archive[int(rng.integers(len(self._archive)))]

    def _adapt_parameters(self) -> None:
        """Means over the generation's successes, of F by Lehmer's (10) to (12)."""
        if not self._successes:
            return
        f, cr = np.array(self._successes).T
        lehmer = float(np.sum(f**2) / np.sum(f))
        self.mu_F += C_ADAPT * (lehmer - self.mu_F)
        self.mu_CR += C_ADAPT * (float(np.mean(cr)) - self.mu_CR)
        self._successes = []
