"""Losses on a logarithmic scale, and how much they are expected to improve."""

import math

import numpy as np
from scipy.special import erfcx, log_ndtr, logsumexp

from .._typing import Matrix, Vector

MIN_OFFSET = 1e-3  # of logarithms, in distances from the best to the median
MIN_SHARE = 1e-16  # below what rounding leaves of an improvement
SQRT_HALF, SQRT_2PI = math.sqrt(0.5), math.sqrt(2.0 * math.pi)


def log_scale(y: Vector) -> Vector:
    """Logarithm of losses above a point just below the best one, as in SMAC [1]_.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Finite losses.

    Returns
    -------
    ndarray of shape (n,)
        0 at the worst, falling the faster the nearer to the best.

    References
    ----------
    .. [1] M. Lindauer et al., "SMAC3: a versatile Bayesian optimization package for
       hyperparameter optimization", JMLR 23, 2022.

    Examples
    --------
    >>> import numpy as np
    >>> log_scale(np.arange(1.0, 11.0)).round(4)[[0, 1, 2, 9]]
    array([-3.0445, -1.8745, -1.3499,  0.    ])
    """
    above = y - y.min()
    top = float(above.max())
    if top == 0.0:
        return np.zeros(len(y))
    least = MIN_OFFSET * (float(np.median(above)) or top)  # where the best ones are equal
    offset = max(float(np.percentile(above, 5.0)), least)
    scaled: Vector = np.log((above + offset) / (top + offset))
    return scaled


def log_normal_ei(mean: Matrix, sd: Vector, best: Vector) -> tuple[Vector, Matrix, Vector]:
    """Logarithm of the expected improvement of a loss whose logarithm is predicted [1]_.

    That is ``E max(exp(best) - exp(t), 0)`` for a normal t; an `Acquisition`.

    Parameters
    ----------
    mean : ndarray of shape (m, S)
        Predicted logarithms, one column for each sample of the pending results.
    sd : ndarray of shape (m,)
        Standard deviations of the predictions, from 1e-6 to 30.
    best : ndarray of shape (S,)
        Logarithm of the loss to improve on.

    Returns
    -------
    value, d_mean, d_sd : ndarrays of shape (m,), (m, S), (m,)
        To be maximised, with its derivatives.

    References
    ----------
    .. [1] F. Hutter et al., "An experimental investigation of model-based parameter optimisation:
       SPO and beyond", GECCO 2009.
    """
    s = sd[:, None]
    v = (best - mean) / s
    log_cdf = log_ndtr(v)
    # the improvement is exp(best) Phi(v) (1 - exp(delta)), with delta < 0 written in two ways
    low = np.minimum(v, 0.0)
    mills = np.log(erfcx((s - low) * SQRT_HALF) / erfcx(-low * SQRT_HALF))
    delta = np.where(v > 0.0, s * (0.5 * s - v) + log_ndtr(v - s) - log_cdf, mills)
    kept = -np.expm1(np.minimum(delta, -MIN_SHARE))
    value = best + log_cdf + np.log(kept)
    d_mean = (kept - 1.0) / kept
    d_sd = np.exp(-0.5 * v * v - log_cdf) / (SQRT_2PI * kept) + s * d_mean
    total = logsumexp(value, axis=1)
    share = np.exp(value - total[:, None])
    return total - math.log(value.shape[1]), share * d_mean, (share * d_sd).sum(axis=1)
