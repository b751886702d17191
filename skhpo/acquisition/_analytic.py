"""Acquisition functions of a normal prediction, with their partial derivatives.

All are to be maximised, where the predicted loss is to be minimised. `mean` may hold one column
for each of several samples of the pending results; what is returned is then the logarithm of the
mean over these columns.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.special import erfcx, log_ndtr, logsumexp, ndtr

from .._typing import Matrix, Vector

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
SQRT_HALF = math.sqrt(0.5)

# (mean (m, S), sd (m,), best (S,)) -> value (m,), d value/d mean (m, S), d value/d sd (m,)
Acquisition = Callable[[Matrix, Vector, Vector], tuple[Vector, Matrix, Vector]]


def log_h(z: Matrix) -> Matrix:
    """Logarithm of ``h(z) = phi(z) + z Phi(z)``, for every finite z [1]_, eq. 9.

    Parameters
    ----------
    z : ndarray
        Improvement in standard deviations.

    Returns
    -------
    ndarray of the same shape
        Accurate to about 1e-12 beside its quadratic part ``-z^2/2``.

    References
    ----------
    .. [1] S. Ament et al., "Unexpected improvements to expected improvement for Bayesian
       optimization", NeurIPS 2023.

    Examples
    --------
    >>> import numpy as np
    >>> log_h(np.array([0.0, -10.0])).round(6)
    array([ -0.918939, -55.553122])
    """
    return h_ratios(z)[0]


def _log_h_over_phi(z: Vector) -> Vector:
    """``log(h(z) / phi(z))`` for z of -1 and less."""
    out = np.empty(z.shape)
    far = z <= -50.0
    t = z[~far]
    x = np.log(erfcx(-t * SQRT_HALF) * -t) + 0.5 * math.log(0.5 * math.pi)
    out[~far] = np.where(x > -math.log(2.0), np.log(-np.expm1(x)), np.log1p(-np.exp(x)))
    t = z[far]
    w = t**-2.0
    out[far] = np.log1p(w * (-3.0 + w * (15.0 - w * (105.0 - 945.0 * w)))) - 2.0 * np.log(-t)
    return out


def h_ratios(z: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """``log h``, and the ratios ``Phi/h`` (its derivative) and ``phi/h``.

    Parameters
    ----------
    z : ndarray
        Improvement in standard deviations.

    Returns
    -------
    tuple of three ndarrays of the same shape
    """
    z = np.asarray(z, dtype=float)
    out = np.empty((3, *z.shape))
    value, cdf, pdf = out[0, ...], out[1, ...], out[2, ...]
    log_phi = -0.5 * z * z - LOG_SQRT_2PI
    upper = z > -1.0
    t = z[upper]
    h = np.exp(log_phi[upper]) + t * ndtr(t)
    value[upper], cdf[upper], pdf[upper] = np.log(h), ndtr(t) / h, np.exp(log_phi[upper]) / h
    t = z[~upper]
    correction = _log_h_over_phi(t)
    value[~upper] = log_phi[~upper] + correction
    pdf[~upper] = np.exp(-correction)
    # Phi/phi is sqrt(pi/2) erfcx(-z/sqrt 2)
    cdf[~upper] = pdf[~upper] * (math.sqrt(0.5 * math.pi) * erfcx(-t * SQRT_HALF))
    return value, cdf, pdf


def log_expected_improvement(
    mean: Matrix, sd: Vector, best: Vector
) -> tuple[Vector, Matrix, Vector]:
    """Logarithm of the expected improvement ``E max(best - y, 0)`` [1]_.

    Parameters
    ----------
    mean : ndarray of shape (m, S)
        Predicted losses, one column for each sample of the pending results.
    sd : ndarray of shape (m,)
        Standard deviations of the predictions, above 0.
    best : ndarray of shape (S,)
        The loss to improve on.

    Returns
    -------
    value : ndarray of shape (m,)
        To be maximised.
    d_mean : ndarray of shape (m, S)
        Its derivative with respect to `mean`.
    d_sd : ndarray of shape (m,)
        Its derivative with respect to `sd`.

    References
    ----------
    .. [1] S. Ament et al., "Unexpected improvements to expected improvement for Bayesian
       optimization", NeurIPS 2023.
    """
    value, cdf, pdf = h_ratios((best - mean) / sd[:, None])
    value += np.log(sd)[:, None]
    return _average(value, -cdf / sd[:, None], pdf / sd[:, None])


def log_probability_of_improvement(
    mean: Matrix, sd: Vector, best: Vector
) -> tuple[Vector, Matrix, Vector]:
    """Logarithm of the probability that the loss falls below `best`.

    Parameters
    ----------
    mean : ndarray of shape (m, S)
        Predicted losses, one column for each sample of the pending results.
    sd : ndarray of shape (m,)
        Standard deviations of the predictions, above 0.
    best : ndarray of shape (S,)
        The loss to improve on.

    Returns
    -------
    value, d_mean, d_sd : ndarrays of shape (m,), (m, S), (m,)
        To be maximised, with its derivatives.
    """
    z = (best - mean) / sd[:, None]
    value = log_ndtr(z)
    # phi/Phi is sqrt(2/pi) / erfcx(-z/sqrt 2); for z above 0 it does not overflow
    low = np.minimum(z, 0.0)
    far = math.sqrt(2.0 / math.pi) / erfcx(-low * SQRT_HALF)
    slope = np.where(z < 0.0, far, np.exp(-0.5 * z * z - LOG_SQRT_2PI - value))
    return _average(value, -slope / sd[:, None], -slope * z / sd[:, None])


def lower_confidence_bound(kappa: float = 1.8) -> Acquisition:
    """Make the acquisition ``kappa sd - mean``.

    Parameters
    ----------
    kappa : float, default=1.8
        How much uncertainty counts; 0 is pure exploitation.

    Returns
    -------
    callable
        Takes and returns what `log_expected_improvement` does.

    Examples
    --------
    >>> import numpy as np
    >>> value, _, _ = lower_confidence_bound(2.0)(np.array([[1.0]]), np.array([3.0]), np.zeros(1))
    >>> value
    array([5.])
    """

    def bound(mean: Matrix, sd: Vector, best: Vector) -> tuple[Vector, Matrix, Vector]:
        n_samples = mean.shape[1]
        value = kappa * sd - mean.mean(axis=1)
        return value, np.full(mean.shape, -1.0 / n_samples), np.full(sd.shape, kappa)

    return bound


def _average(value: Matrix, d_mean: Matrix, d_sd: Matrix) -> tuple[Vector, Matrix, Vector]:
    """Logarithm of the mean of the exponentials over the columns, with its derivatives."""
    if value.shape[1] == 1:
        return value[:, 0], d_mean, d_sd[:, 0]
    total = logsumexp(value, axis=1)
    weight = np.exp(value - total[:, None])
    return total - math.log(value.shape[1]), weight * d_mean, (weight * d_sd).sum(axis=1)


ACQUISITIONS: dict[str, Acquisition] = {
    "log-ei": log_expected_improvement,
    "lcb": lower_confidence_bound(),
    "pi": log_probability_of_improvement,
}
