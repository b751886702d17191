"""The Matern 5/2 kernel as functions of scaled squared distances."""

import math

import numpy as np
from scipy.spatial.distance import cdist

from .._typing import Matrix

SQRT5 = math.sqrt(5.0)


def squared_distances(a: Matrix, b: Matrix) -> Matrix:
    """Squared Euclidean distances between rows, by differences: exact for equal rows.

    Parameters
    ----------
    a : ndarray of shape (n, d)
    b : ndarray of shape (m, d)

    Returns
    -------
    ndarray of shape (n, m)
    """
    distances: Matrix = cdist(a, b, "sqeuclidean")
    return distances


def matern52(q: Matrix) -> Matrix:
    """Correlation ``M(q) = (1 + r + r^2/3) exp(-r)`` with ``r = sqrt(5 q)`` [1]_, eq. 4.17.

    Parameters
    ----------
    q : ndarray
        Squared distances in units of the length scales, 0 or more.

    Returns
    -------
    ndarray of the same shape
        Between 0 and 1.

    References
    ----------
    .. [1] C. E. Rasmussen, C. K. I. Williams, "Gaussian processes for machine learning", 2006.

    Examples
    --------
    >>> import numpy as np
    >>> matern52(np.array([0.0, 1.0])).round(4)
    array([1.   , 0.524])
    """
    r = SQRT5 * np.sqrt(q)
    correlation: Matrix = (1.0 + r + r * r / 3.0) * np.exp(-r)
    return correlation


def matern52_slope(q: Matrix) -> Matrix:
    """Derivative ``dM/dq = -5/6 (1 + r) exp(-r)``, finite at 0.

    Parameters
    ----------
    q : ndarray
        Squared distances in units of the length scales, 0 or more.

    Returns
    -------
    ndarray of the same shape
        Between -5/6 and 0.
    """
    r = SQRT5 * np.sqrt(q)
    slope: Matrix = (-5.0 / 6.0) * (1.0 + r) * np.exp(-r)
    return slope
