"""A smooth periodic map of the line onto [0, 1], by which CMA-ES need not stop at a bound.

The identity, but for margins of 0.05 at both ends, in which a parabola leads to the end.
"""

import numpy as np

from .._typing import Vector

MARGIN = 0.05


def to_unit(t: Vector) -> Vector:
    """Numbers in [0, 1] for any real ones."""
    a = MARGIN
    period = 2.0 * (1.0 + 2.0 * a)
    s = np.mod(np.asarray(t, dtype=float) + a, period)
    s = np.minimum(s, period - s) - a  # reflected into [-a, 1 + a]
    low, high = (s + a) ** 2 / (4.0 * a), 1.0 - (s - 1.0 - a) ** 2 / (4.0 * a)
    return np.asarray(np.where(s < a, low, np.where(s > 1.0 - a, high, s)))


def from_unit(u: Vector) -> Vector:
    """The number in [-0.05, 1.05] that `to_unit` maps to `u`."""
    a = MARGIN
    u = np.minimum(np.maximum(np.asarray(u, dtype=float), 0.0), 1.0)
    low, high = -a + 2.0 * np.sqrt(a * u), 1.0 + a - 2.0 * np.sqrt(a * (1.0 - u))
    return np.asarray(np.where(u < a, low, np.where(u > 1.0 - a, high, u)))
