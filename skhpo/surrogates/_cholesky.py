"""Cholesky factors that bear nearly singular matrices and grow by rows."""

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.linalg.lapack import dtrtri

from .._typing import Matrix

MAX_TRIES = 7


def factorize(k: Matrix, jitter: float) -> Matrix:
    """Lower Cholesky factor of `k`, with as little on its diagonal as it takes.

    Parameters
    ----------
    k : ndarray of shape (n, n)
        Symmetric, positive definite but for rounding.
    jitter : float
        What is added first where `k` itself fails; ten times more at each further try.

    Returns
    -------
    ndarray of shape (n, n)

    Raises
    ------
    numpy.linalg.LinAlgError
        If six tries do not help.
    """
    for attempt in range(MAX_TRIES):
        added = jitter * 10.0 ** (attempt - 1) if attempt else 0.0
        try:
            factor: Matrix = cholesky(
                k + added * np.eye(len(k)) if attempt else k, lower=True, check_finite=False
            )
        except np.linalg.LinAlgError:
            if attempt == MAX_TRIES - 1:
                raise
        else:
            break
    return factor


def extend(factor: Matrix, k12: Matrix, k22: Matrix, jitter: float) -> Matrix:
    """Factor of a matrix that has grown by p rows, in O(n^2 p).

    Parameters
    ----------
    factor : ndarray of shape (n, n)
        Of the old matrix.
    k12 : ndarray of shape (n, p)
        Old rows against new ones.
    k22 : ndarray of shape (p, p)
        The new rows among themselves.
    jitter : float
        See `factorize`.

    Returns
    -------
    ndarray of shape (n + p, n + p)

    Raises
    ------
    numpy.linalg.LinAlgError
        If the new matrix is not positive definite.
    """
    n, p = k12.shape
    l21 = solve_triangular(factor, k12, lower=True, check_finite=False).T
    grown = np.zeros((n + p, n + p))
    grown[:n, :n] = factor
    grown[n:, :n] = l21
    grown[n:, n:] = factorize(k22 - l21 @ l21.T, jitter)
    return grown


def invert(factor: Matrix) -> Matrix:
    """Inverse of a lower triangular matrix.

    Parameters
    ----------
    factor : ndarray of shape (n, n)
        With a positive diagonal.

    Returns
    -------
    ndarray of shape (n, n)
    """
    inverse: Matrix = dtrtri(factor, lower=1)[0]
    return inverse
