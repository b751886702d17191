"""A margin that keeps every integer coordinate of CMA-ES changing [1]_, [2]_.

Once the deviation of a coordinate is small against the distance of its values, all points have
the same value, and nothing is learnt any more. So after each generation the mean, and a factor by
which deviations of that coordinate are enlarged, are set such that the neighbouring values keep
a probability.

.. [1] R. Hamano, S. Saito, M. Nomura, S. Shirakawa, "CMA-ES with margin: lower-bounding marginal
   probability for mixed-integer black-box optimization", GECCO 2022.
.. [2] R. Hamano, M. Nomura, S. Saito, K. Uchida, S. Shirakawa, "CatCMA with margin", GECCO 2025.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri

from .._typing import Integers, Matrix, Vector
from ._cma_state import CMA

# values of the integer coordinates -> lower and upper ends of their cells, which are infinite
# beyond the first and the last value
Cells = Callable[[Vector], tuple[Vector, Vector]]

LEAST = 1e-10  # and 1/2 - LEAST: between them are all probabilities
ALL_KEPT = 0.73  # probability that no discrete coordinate is changed by its margin


def margin_alpha(n_integer: int, n_categorical: int) -> float:
    """The margin of each coordinate in a mixed space."""
    return float(1.0 - ALL_KEPT ** (1.0 / max(1, n_integer + n_categorical)))


class Margin:
    """The integer coordinates of a `CMA`; remembers how much their deviations are enlarged.

    Parameters
    ----------
    columns : ndarray of int of shape (k,)
        Which coordinates are integers.
    cells : callable
        ``cells(x)`` for values of these coordinates.
    alpha : float
        Least probability of leaving the present value.

    Attributes
    ----------
    A : ndarray of shape (k,)
        The factors.
    """

    def __init__(self, columns: Integers, cells: Cells, alpha: float) -> None:
        self.columns = columns
        self.alpha = alpha
        self.A = np.ones(len(columns))
        self._cells = cells

    def enlarge(self, x: Vector, mean: Vector) -> Vector:
        """The point to be evaluated for a drawn `x`, not yet rounded."""
        v = x.copy()
        j = self.columns
        v[j] = mean[j] + self.A * (x[j] - mean[j])
        return v

    def shrink(self, v: Matrix, mean: Vector) -> Matrix:
        """The inverse of `enlarge`, for rows of points."""
        x = v.copy()
        j = self.columns
        x[:, j] = mean[j] + (v[:, j] - mean[j]) / self.A
        return x

    def correct(self, cma: CMA) -> None:
        """Set mean and factors such that each neighbouring value has its probability."""
        j = self.columns
        mean = cma.mean[j]
        low, high = self._cells(mean)
        sd = cma.deviations[j]
        inner = np.isfinite(low) & np.isfinite(high)
        new, factor = self._inside(mean, low, high, sd)
        mean = np.where(inner, new, self._at_the_end(mean, low, high, sd))
        self.A = np.where(inner, factor, self.A)
        cma.mean[j] = mean

    def _inside(self, mean: Vector, low: Vector, high: Vector, sd: Vector) -> tuple[Vector, Vector]:
        """Mean and factor of a coordinate that has neighbours on both sides."""
        inner = np.isfinite(low) & np.isfinite(high)
        low, high = np.where(inner, low, mean - 1.0), np.where(inner, high, mean + 1.0)
        scale = sd * self.A
        a = 0.5 * self.alpha
        below, above = ndtr((low - mean) / scale), ndtr((mean - high) / scale)
        middle = 1.0 - below - above
        below, above = np.maximum(below, a), np.maximum(above, a)
        excess = (1.0 - below - above - middle) / (below + above + middle - 3.0 * a)
        below, above = below + excess * (below - a), above + excess * (above - a)
        left, right = quantile(below), quantile(above)
        factor = (high - low) / ((left + right) * sd)
        return (low * right + high * left) / (left + right), factor

    def _at_the_end(self, mean: Vector, low: Vector, high: Vector, sd: Vector) -> Vector:
        """Mean of a coordinate at the first or the last value: not too far from the next one."""
        away = self.A * sd * quantile(np.full(len(mean), self.alpha))
        first = np.isfinite(high)  # the cell has an upper end only
        last = np.isfinite(low)
        mean = np.where(first, np.maximum(mean, high - away), mean)
        return np.where(last & ~first, np.minimum(mean, low + away), mean)


def quantile(p: Vector) -> Vector:
    """How many deviations from the mean a normal variable is with probability `p` on one side."""
    return np.asarray(-ndtri(np.minimum(np.maximum(p, LEAST), 0.5 - LEAST)))
