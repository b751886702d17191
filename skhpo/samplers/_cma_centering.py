"""Integers of CMA-ES with margin beside categories: centring, and a cap on mutation rates [1]_.

A point of the better half that has another integer than the mean counts with that integer, not
with the drawn number next to its threshold, so that the mean goes there in fewer steps. An integer
that no point of the better half changed is not changed more often in the next generation.

.. [1] R. Hamano, M. Nomura, S. Saito, K. Uchida, S. Shirakawa, "CatCMA with margin", GECCO 2025.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from .._typing import Integers, Mask, Matrix, Vector
from ._cma_margin import Cells, Margin, quantile
from ._cma_state import CMA

# rows of the integer coordinates -> the values that they are rounded to
Centers = Callable[[Matrix], Matrix]


class CenteredMargin(Margin):
    """A `Margin` that also remembers which integers changed, and how often they may.

    Parameters
    ----------
    columns : ndarray of int of shape (k,)
    cells : callable
    alpha : float
        As of `Margin`.
    centers : callable
        ``centers(x)`` for rows of these coordinates.

    Attributes
    ----------
    rate : ndarray of shape (k,)
        Probability that a coordinate has another value than the mean.
    """

    def __init__(self, columns: Integers, cells: Cells, alpha: float, centers: Centers) -> None:
        super().__init__(columns, cells, alpha)
        self._centers = centers
        self._changed: Mask = np.ones(len(columns), dtype=bool)
        self.rate = np.full(len(columns), 0.5)

    def center(self, v: Matrix, mean: Vector, better: Mask) -> Matrix:
        """The points, with the integers of the `better` ones centred where they changed.

        What this moves the average by is taken back, as far as it goes, by moving the others of
        the better ones towards their integer.
        """
        j = self.columns
        drawn = v[better][:, j]
        away = self._centers(drawn) - drawn
        own = self._centers(mean[None, j])
        changed = np.abs(drawn + away - own) > 1e-9
        self._changed = np.asarray(changed.any(axis=0))
        bias = np.sum(np.where(changed, away, 0.0), axis=0)
        against = ~changed & (away * bias < 0.0)
        total = np.sum(np.where(against, away, 0.0), axis=0)
        share = np.minimum(1.0, -bias / np.where(total == 0.0, np.inf, total))
        centered = v.copy()
        moved = np.where(changed, away, np.where(against, share * away, 0.0))
        centered[np.ix_(better, j)] = drawn + moved
        return centered

    def correct(self, cma: CMA) -> None:
        """Set mean and factors such that each neighbouring value has its probability."""
        j = self.columns
        mean, sd = cma.mean[j], cma.deviations[j]
        low, high = self._cells(mean)
        inner = np.isfinite(low) & np.isfinite(high)
        most = np.where(self._changed, 0.5, self.rate)
        ends = np.where(inner, low, mean - 1.0), np.where(inner, high, mean + 1.0)
        new, scale, rate = self._between(mean, *ends, sd * self.A, most)
        edge = np.where(np.isfinite(high), high, low)
        end, end_factor, end_rate = self._beside(mean, np.where(inner, mean, edge), sd, most)
        cma.mean[j] = np.where(inner, new, end)
        self.A = np.where(inner, scale / sd, end_factor)
        self.rate = np.where(inner, rate, end_rate)

    def _between(
        self, mean: Vector, low: Vector, high: Vector, scale: Vector, most: Vector
    ) -> tuple[Vector, Vector, Vector]:
        """Mean, deviation and rate of coordinates with neighbours on both sides."""
        a = 0.5 * self.alpha
        below, above = ndtr((low - mean) / scale), ndtr((mean - high) / scale)
        middle = np.maximum(1.0 - below - above, 1.0 - most)
        below, above = np.maximum(below, a), np.maximum(above, a)
        least = np.where(self._changed, a, 1.0 - most)
        spare = below + above + middle - 2.0 * a - least
        excess = (1.0 - below - above - middle) / np.where(spare > 1e-12, spare, np.inf)
        below, above = below + excess * (below - a), above + excess * (above - a)
        left, right = quantile(below), quantile(above)
        new = (low * right + high * left) / (left + right)
        return new, (high - low) / (left + right), below + above

    def _beside(
        self, mean: Vector, edge: Vector, sd: Vector, most: Vector
    ) -> tuple[Vector, Vector, Vector]:
        """Mean, factor and rate of coordinates at their first or last value."""
        away = np.abs(mean - edge)
        rate = np.minimum(np.maximum(ndtr(-away / (sd * self.A)), self.alpha), most)
        rate = np.maximum(rate, self.alpha)
        room = np.abs(self._centers(mean[None])[0] - edge)
        factor = np.maximum(self.A, room / (sd * quantile(np.full(len(mean), self.alpha))))
        return edge + np.sign(mean - edge) * factor * sd * quantile(rate), factor, rate
