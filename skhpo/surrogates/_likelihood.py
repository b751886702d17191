"""The marginal likelihood of a Gaussian process, with its gradient."""

import math
from dataclasses import dataclass

import numpy as np

from .._typing import Integers, Matrix, Vector
from ._cholesky import factorize, invert
from ._kernels import matern52, matern52_slope, squared_distances
from ._priors import HyperPrior

JITTER = 1e-8
MIN_NOISE = 1e-6
LOG_2PI = math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Of a Matern 5/2 kernel with noise.

    Attributes
    ----------
    lengthscale : ndarray of shape (d,)
        One a column, above 0, in units of the cube.
    signal : float
        Variance of the function.
    noise : float
        Variance of the noise of an observation.
    """

    lengthscale: Vector
    signal: float
    noise: float

    @property
    def theta(self) -> Vector:
        """The logarithms of length scales, signal, and noise above its least value."""
        excess = max(self.noise - MIN_NOISE, 1e-3 * MIN_NOISE)
        return np.log([*self.lengthscale, self.signal, excess])

    @staticmethod
    def of(theta: Vector) -> "Hyperparameters":
        """Of the logarithms that `theta` gives."""
        values = np.exp(theta)
        return Hyperparameters(values[:-2], float(values[-2]), MIN_NOISE + float(values[-1]))


def negative_log_likelihood(
    hyper: Hyperparameters, features: Matrix, column: Integers, y: Vector
) -> tuple[float, Vector]:
    """Compute minus the log marginal likelihood [1]_, eq. 2.30 and 5.9.

    Parameters
    ----------
    hyper : Hyperparameters
        Of d columns.
    features : ndarray of shape (n, D)
        Rows of the embedding.
    column : ndarray of int of shape (D,)
        The column that each feature belongs to.
    y : ndarray of shape (n,)
        Observations of mean 0.

    Returns
    -------
    value : float
        With its constant ``n/2 log(2 pi)``.
    gradient : ndarray of shape (d + 2,)
        With respect to the logarithms of length scales, signal and noise.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the covariance is not positive definite.

    References
    ----------
    .. [1] C. E. Rasmussen, C. K. I. Williams, "Gaussian processes for machine learning", 2006.
    """
    return likelihood_terms(hyper, features, column, y)[:2]


def likelihood_terms(
    hyper: Hyperparameters, features: Matrix, column: Integers, y: Vector
) -> tuple[float, Vector, Matrix]:
    """`negative_log_likelihood`, and its derivatives by the features, of shape (n, D)."""
    length = hyper.lengthscale[column]
    scaled = features / length
    q = squared_distances(scaled, scaled)
    k = hyper.signal * matern52(q)
    noisy = k.copy()
    noisy.flat[:: len(y) + 1] += hyper.noise
    factor = factorize(noisy, JITTER * hyper.signal)
    inverse = invert(factor)
    a = inverse.T @ (inverse @ y)
    value = 0.5 * float(y @ a) + float(np.log(np.diag(factor)).sum()) + 0.5 * len(y) * LOG_2PI
    w = np.outer(a, a) - inverse.T @ inverse
    # sums over pairs of W s M'(q) (z_a - z_b), without an (n, n, D) array
    v = w * (hyper.signal * matern52_slope(q))
    by_scaled = -2.0 * (scaled * v.sum(axis=1)[:, None] - v @ scaled)
    gradient = np.empty(len(hyper.lengthscale) + 2)
    by_length = -(scaled * by_scaled).sum(axis=0)
    gradient[:-2] = np.bincount(column, by_length, len(hyper.lengthscale))
    gradient[-2] = -0.5 * float(np.sum(w * k))
    gradient[-1] = -0.5 * hyper.noise * float(np.trace(w))
    return value, gradient, by_scaled / length


def log_prior_terms(
    theta: Vector, hyper: Hyperparameters, prior: HyperPrior
) -> tuple[float, Vector]:
    """Log prior of `hyper`, and its derivatives by `theta`."""
    log_p, gradient = np.zeros(3), np.empty(len(theta))
    log_p[0], gradient[:-2] = prior.lengthscale(theta[:-2])
    log_p[1], gradient[-2:-1] = prior.signal(theta[-2:-1])
    log_p[2], gradient[-1:] = prior.noise(np.log([hyper.noise]))
    gradient[-1] *= math.exp(theta[-1]) / hyper.noise
    return float(log_p.sum()), gradient


def negative_log_posterior(
    theta: Vector, features: Matrix, column: Integers, y: Vector, prior: HyperPrior
) -> tuple[float, Vector]:
    """Add minus log likelihood and minus log prior, as a function of `Hyperparameters.theta`.

    Parameters
    ----------
    theta : ndarray of shape (d + 2,)
        Logarithms; the last one of the noise above its least value 1e-6.
    features : ndarray of shape (n, D)
        Rows of the embedding.
    column : ndarray of int of shape (D,)
        The column that each feature belongs to.
    y : ndarray of shape (n,)
        Observations of mean 0.
    prior : HyperPrior
        What is known of the hyper-parameters.

    Returns
    -------
    value : float
        Up to a constant; infinite where the covariance cannot be factorised.
    gradient : ndarray of shape (d + 2,)
        With respect to `theta`.
    """
    hyper = Hyperparameters.of(theta)
    try:
        value, gradient = negative_log_likelihood(hyper, features, column, y)
    except np.linalg.LinAlgError:
        return math.inf, np.zeros(len(theta))
    gradient[-1] *= math.exp(theta[-1]) / hyper.noise
    log_p, slope = log_prior_terms(theta, hyper, prior)
    return value - log_p, gradient - slope
