"""The (1+1) evolution strategies: one parent, one child, with or without a covariance [1]_.

.. [1] C. Igel, T. Suttorp, N. Hansen, "A computational efficient covariance matrix update and a
   (1+1)-CMA for evolution strategies", GECCO 2006.
"""

import math
from dataclasses import dataclass

import numpy as np

from .._typing import Mask, Vector

TARGET = 2.0 / 11.0  # p_t, share of children that should be better
RATE = 1.0 / 12.0  # c_p
THRESHOLD = 0.44  # p_thr
REACH = 1.5  # times the usual length of a step: what may be one
SIGMA_MIN = 1e-10  # where a strategy has converged and starts again


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """A point of the cube, and the step from its parent in units of the step size."""

    x: Vector
    y: Vector


class OnePlusOne:
    """The parent, its step size, and the covariance of the steps.

    Parameters
    ----------
    is_category : ndarray of bool of shape (d,)
        Columns whose values have no order: these change to any other value, one at a time on
        average.
    sigma : float
    adapt : bool
        Whether the covariance follows the successful steps; otherwise it is the identity.
    """

    def __init__(self, is_category: Mask, sigma: float, adapt: bool) -> None:
        self._is_category = is_category
        self._numbers = np.flatnonzero(~is_category)
        self._sigma0 = sigma
        self._adapt = adapt
        n = max(1, len(self._numbers))
        self._d = 1.0 + n / 2.0
        self._c_c = 2.0 / (n + 2.0)
        self.c_cov = 2.0 / (n * n + 6.0)
        self.parent: Vector | None = None
        self.loss = math.inf
        self._begin()

    def _begin(self) -> None:
        n = len(self._numbers)
        self.sigma = self._sigma0
        self.p = TARGET
        self._pc = np.zeros(n)
        self.C = np.eye(n)

    def ask(self, rng: np.random.Generator) -> Child:
        """A child of the present parent; any point where there is none."""
        d = len(self._is_category)
        if self.parent is None:
            return Child(rng.random(d), np.zeros(len(self._numbers)))
        root = np.linalg.cholesky(self.C) if self._adapt else self.C
        y = root @ rng.standard_normal(len(self._numbers))
        x = self.parent.copy()
        x[self._numbers] = _reflect(x[self._numbers] + self.sigma * y)
        change = self._is_category & (rng.random(d) < 1.0 / max(1, int(self._is_category.sum())))
        x[change] = rng.random(int(change.sum()))
        return Child(x, y)

    def foreign(self, x: Vector) -> Child:
        """The child for a point that others proposed: no step led to it."""
        return Child(x, np.full(len(self._numbers), np.nan))

    def replayed(self, x: Vector) -> Child:
        """The child for a point of an earlier search: it was one, if it is as near as one is."""
        child = self.foreign(x)
        if self.parent is None:
            return child
        y = (x - self.parent)[self._numbers] / self.sigma
        near = float(np.linalg.norm(y)) <= REACH * math.sqrt(len(self._numbers))
        return Child(x, y) if near else child

    def tell(self, child: Child, loss: float, rng: np.random.Generator) -> None:
        """Compare with the present parent; better children move it."""
        success = loss < self.loss
        if loss <= self.loss and math.isfinite(loss):
            self.parent, self.loss = child.x, loss
        if not np.all(np.isfinite(child.y)):
            return
        self.p = (1.0 - RATE) * self.p + RATE * success
        self.sigma *= math.exp((self.p - TARGET) / ((1.0 - TARGET) * self._d))
        self.sigma = min(self.sigma, 1.0)
        if success and self._adapt:
            self._update(child.y)
        if self.sigma < SIGMA_MIN:
            self.parent, self.loss = None, math.inf
            self._begin()

    def _update(self, y: Vector) -> None:
        c, c_cov = self._c_c, self.c_cov
        self._pc = (1.0 - c) * self._pc
        kept = 1.0 - c_cov
        if self.p < THRESHOLD:
            self._pc = self._pc + math.sqrt(c * (2.0 - c)) * y
        else:
            kept += c_cov * c * (2.0 - c)
        self.C = kept * self.C + c_cov * np.outer(self._pc, self._pc)


def _reflect(x: Vector) -> Vector:
    """Fold the line onto [0, 1]."""
    s = np.mod(x, 2.0)
    return np.minimum(s, 2.0 - s)
