"""A first distribution for CMA-ES from points that were good elsewhere (WS-CMA-ES [1]_).

.. [1] M. Nomura, S. Watanabe, Y. Akimoto, Y. Ozaki, M. Onishi, "Warm starting CMA-ES for
   hyperparameter optimization", AAAI 2021.
"""

import math

import numpy as np

from .._typing import Matrix, Vector

GAMMA = 0.1
ALPHA = 0.1


def warm_start(
    x: Matrix, losses: Vector, gamma: float = GAMMA, alpha: float = ALPHA
) -> tuple[Vector, float, Matrix]:
    """Mean, step size and covariance that cover the best share `gamma` of the points.

    Parameters
    ----------
    x : ndarray of shape (n_points, n)
    losses : ndarray of shape (n_points,)
    gamma : float
    alpha : float
        Deviation of the kernel that each of the best points gets.

    Returns
    -------
    mean : ndarray of shape (n,)
    sigma : float
    C : ndarray of shape (n, n)
        Its determinant is 1.
    """
    best = x[np.argsort(losses, kind="stable")[: max(1, math.floor(gamma * len(x)))]]
    mean = np.mean(best, axis=0)
    away = best - mean
    covariance = alpha**2 * np.eye(x.shape[1]) + away.T @ away / len(best)
    scale = math.exp(float(np.linalg.slogdet(covariance)[1]) / x.shape[1])
    return mean, math.sqrt(scale), covariance / scale
