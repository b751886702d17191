"""Hyper-parameters of a Gaussian process, and its marginal likelihood with its gradient."""

import math
from dataclasses import dataclass

import numpy as np

from .._typing import Integers, Matrix, Vector
from ._cholesky import factorize, invert
from ._kernels import matern52, matern52_slope, squared_distances
from ._priors import Gamma, HyperPrior

JITTER = 1e-8
MIN_NOISE = 1e-6
LOG_2PI = math.log(2.0 * math.pi)
LEVEL_PRIOR = Gamma(2.0, 1.0)


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Of a Matern 5/2 kernel with noise; of two of them where the last column is a resource.

    With a resource t the covariance of two observations is ``signal M(q_x) M(q_t) + level [t = t']
    + noise [same]``: what little of the resource says of all of it falls with their distance, and
    each amount has a level of its own.

    Attributes
    ----------
    lengthscale : ndarray of shape (d,)
        One a column, above 0, in units of the cube.
    signal : float
        Variance of the function.
    noise : float
        Variance of the noise of an observation.
    level : float or None, default=None
        Variance of the levels; None where the last column is no resource.
    """

    lengthscale: Vector
    signal: float
    noise: float
    level: float | None = None

    @property
    def theta(self) -> Vector:
        """The logarithms of length scales, level, signal, and noise above its least value."""
        excess = max(self.noise - MIN_NOISE, 1e-3 * MIN_NOISE)
        level = () if self.level is None else (self.level,)
        return np.log([*self.lengthscale, *level, self.signal, excess])

    @staticmethod
    def of(theta: Vector, with_level: bool = False) -> "Hyperparameters":
        """Of the logarithms that `theta` gives."""
        values = np.exp(theta)
        end = -3 if with_level else -2
        level = float(values[-3]) if with_level else None
        signal, noise = float(values[-2]), MIN_NOISE + float(values[-1])
        return Hyperparameters(values[:end], signal, noise, level)

    def covariances(self, a: Matrix, b: Matrix) -> Matrix:
        """Compute the covariances of the function at two sets of rows, levels left out.

        Parameters
        ----------
        a : ndarray of shape (n, D)
            Features over the length scales.
        b : ndarray of shape (m, D)
            Features over the length scales.

        Returns
        -------
        ndarray of shape (n, m)
        """
        if self.level is None:
            return self.signal * matern52(squared_distances(a, b))
        by_resource = matern52(squared_distances(a[:, -1:], b[:, -1:]))
        return self.signal * matern52(squared_distances(a[:, :-1], b[:, :-1])) * by_resource

    def levels(self, a: Matrix, b: Matrix) -> Matrix | float:
        """Compute the covariances of the levels of two sets of rows.

        Parameters
        ----------
        a : ndarray of shape (n, D)
            Features over the length scales.
        b : ndarray of shape (m, D)
            Features over the length scales.

        Returns
        -------
        ndarray of shape (n, m), or 0 without a resource
        """
        return 0.0 if self.level is None else self.level * (a[:, -1:] == b[:, -1])

    def along(self, difference: Matrix) -> tuple[Vector, Vector]:
        """Compute the covariances of pairs of rows, and their derivatives by ``q_x``.

        Parameters
        ----------
        difference : ndarray of shape (n, D)
            Of the features over the length scales.

        Returns
        -------
        covariance, slope : ndarrays of shape (n,)
        """
        x, others = difference, np.full(len(difference), self.signal)
        if self.level is not None:
            x, others = difference[:, :-1], self.signal * matern52(difference[:, -1] ** 2)
        q = np.einsum("ij,ij->i", x, x)
        return others * matern52(q), others * matern52_slope(q)


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
    gradient : ndarray of shape (d + 2,), or (d + 3,) with a level
        With respect to the logarithms of length scales, level, signal and noise.

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
    parts = [scaled] if hyper.level is None else [scaled[:, :-1], scaled[:, -1:]]
    q = [squared_distances(part, part) for part in parts]
    matern = [matern52(each) for each in q]
    k = hyper.signal * math.prod(matern[1:], start=matern[0])
    levels = hyper.levels(scaled, scaled)
    noisy = k + levels
    noisy.flat[:: len(y) + 1] += hyper.noise
    factor = factorize(noisy, JITTER * hyper.signal)
    inverse = invert(factor)
    a = inverse.T @ (inverse @ y)
    value = 0.5 * float(y @ a) + float(np.log(np.diag(factor)).sum()) + 0.5 * len(y) * LOG_2PI
    w = np.outer(a, a) - inverse.T @ inverse
    # sums over pairs of W s M'(q) (z_a - z_b), without an (n, n, D) array
    slopes = []
    for i, part in enumerate(parts):
        others = math.prod(matern[:i] + matern[i + 1 :], start=hyper.signal)
        v = w * (others * matern52_slope(q[i]))
        slopes.append(-2.0 * (part * v.sum(axis=1)[:, None] - v @ part))
    by_scaled = np.concatenate(slopes, axis=1)
    d = len(hyper.lengthscale)
    gradient = np.empty(len(hyper.theta))
    gradient[:d] = np.bincount(column, -(scaled * by_scaled).sum(axis=0), d)
    gradient[d:-2] = -0.5 * float(np.sum(w * levels))
    gradient[-2] = -0.5 * float(np.sum(w * k))
    gradient[-1] = -0.5 * hyper.noise * float(np.trace(w))
    return value, gradient, by_scaled / length


def log_prior_terms(
    theta: Vector, hyper: Hyperparameters, prior: HyperPrior
) -> tuple[float, Vector]:
    """Log prior of `hyper`, and its derivatives by `theta`."""
    log_p, gradient, d = np.zeros(4), np.empty(len(theta)), len(hyper.lengthscale)
    log_p[0], gradient[:d] = prior.lengthscale(theta[:d])
    log_p[1], gradient[-2:-1] = prior.signal(theta[-2:-1])
    log_p[2], gradient[-1:] = prior.noise(np.log([hyper.noise]))
    gradient[-1] *= math.exp(theta[-1]) / hyper.noise
    if hyper.level is not None:
        log_p[3], gradient[-3:-2] = LEVEL_PRIOR(theta[-3:-2])
    return float(log_p.sum()), gradient


def negative_log_posterior(
    theta: Vector,
    features: Matrix,
    column: Integers,
    y: Vector,
    prior: HyperPrior,
    with_level: bool = False,
) -> tuple[float, Vector]:
    """Add minus log likelihood and minus log prior, as a function of `Hyperparameters.theta`.

    Parameters
    ----------
    theta : ndarray of shape (d + 2,), or (d + 3,) with a level
        Logarithms; the last one of the noise above its least value 1e-6.
    features : ndarray of shape (n, D)
        Rows of the embedding.
    column : ndarray of int of shape (D,)
        The column that each feature belongs to.
    y : ndarray of shape (n,)
        Observations of mean 0.
    prior : HyperPrior
        What is known of the hyper-parameters.
    with_level : bool, default=False
        Whether the last feature is a resource, and `theta` has the variance of its levels.

    Returns
    -------
    value : float
        Up to a constant; infinite where the covariance cannot be factorised.
    gradient : ndarray of the shape of `theta`
    """
    hyper = Hyperparameters.of(theta, with_level)
    try:
        value, gradient = negative_log_likelihood(hyper, features, column, y)
    except np.linalg.LinAlgError:
        return math.inf, np.zeros(len(theta))
    gradient[-1] *= math.exp(theta[-1]) / hyper.noise
    log_p, slope = log_prior_terms(theta, hyper, prior)
    return value - log_p, gradient - slope
