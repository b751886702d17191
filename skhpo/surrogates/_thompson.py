"""Functions drawn from a Gaussian process, to be evaluated wherever one likes."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, ndtri
from scipy.stats import qmc

from .._records import Points
from .._typing import Matrix
from ._embedding import Embedding
from ._likelihood import Hyperparameters
from ._posterior import Posterior

TAILS = 5.0  # degrees of freedom of the frequencies: twice the smoothness of Matern 5/2
MARGIN = 1e-9  # of uniform numbers, from 0 and 1
MAX_DIMENSION = 21201  # of Sobol sequences


def matern52_frequencies(n: int, d: int, rng: np.random.Generator) -> Matrix:
    """Draw frequencies whose mean cosine is the Matern 5/2 correlation [1]_.

    They follow its spectral density, a t distribution with five degrees of freedom, evenly: of
    scrambled Sobol points, a quarter as many do what independent ones do.

    Parameters
    ----------
    n : int
        Number of frequencies.
    d : int
        Number of features.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (n, d)
        ``mean(cos(frequencies @ x))`` tends to ``matern52(x @ x)``.

    References
    ----------
    .. [1] A. Rahimi, B. Recht, "Random features for large-scale kernel machines", NeurIPS 2007.
    """
    if d < MAX_DIMENSION:
        uniform = qmc.Sobol(d + 1, seed=rng).random_base2((n - 1).bit_length())[:n]
    else:
        uniform = rng.random((n, d + 1))
    uniform = np.clip(uniform, MARGIN, 1.0 - MARGIN)
    widths = np.sqrt(TAILS / chdtri(TAILS, uniform[:, :1]))
    frequencies: Matrix = ndtri(uniform[:, 1:]) * widths
    return frequencies


@dataclass(frozen=True, slots=True)
class Paths:
    """Functions drawn from a posterior; each is one function, the same at every call.

    Attributes
    ----------
    embedding : Embedding
        Of d columns in D features.
    hyper : Hyperparameters
    frequencies : ndarray of shape (F, D)
    amplitudes : ndarray of shape (2 F, n_paths)
        Of the cosines, then of the sines: the draws of the prior.
    scaled : ndarray of shape (n, D)
        Features of what was observed, over the length scales.
    weights : ndarray of shape (n, n_paths)
        Of the covariances with what was observed: they lead the prior to the observations.
    """

    embedding: Embedding
    hyper: Hyperparameters
    frequencies: Matrix
    amplitudes: Matrix
    scaled: Matrix
    weights: Matrix

    def __call__(self, points: Points) -> Matrix:
        """Evaluate the functions.

        Parameters
        ----------
        points : Points of m rows
            Where.

        Returns
        -------
        ndarray of shape (m, n_paths)
        """
        scaled = self._scale(points)
        k = self.hyper.covariances(scaled, self.scaled)
        paths: Matrix = _waves(scaled, self.frequencies) @ self.amplitudes + k @ self.weights
        return paths

    def gradient(self, points: Points) -> tuple[Matrix, Matrix]:
        """The functions at one point, with their derivatives by the numbers of the point.

        Parameters
        ----------
        points : Points of one row
            Where.

        Returns
        -------
        value : ndarray of shape (1, n_paths)
        slope : ndarray of shape (d, n_paths)
            What it says of columns that are categories or take no part has no meaning.
        """
        d = points.x.shape[1]
        first = self.embedding.first[:d]
        scaled = self._scale(points)
        difference = scaled[0] - self.scaled
        k, by_q = self.hyper.along(difference)
        waves, n = _waves(scaled, self.frequencies), len(self.frequencies)
        quarter_on = np.concatenate([-waves[:, n:], waves[:, :n]], axis=1)
        by_feature = np.concatenate([self.frequencies[:, first]] * 2) * quarter_on.T
        by_distance = 2.0 * by_q[:, None] * difference[:, first]
        slope = by_feature.T @ self.amplitudes + by_distance.T @ self.weights
        value = waves @ self.amplitudes + k[None] @ self.weights
        by_code = self.embedding.slopes(points.x[0]) / self.hyper.lengthscale[:d]
        return value, slope * by_code[:, None]

    def _scale(self, points: Points) -> Matrix:
        return self.embedding(points) / self.hyper.lengthscale[self.embedding.column]


def _waves(scaled: Matrix, frequencies: Matrix) -> Matrix:
    phase = scaled @ frequencies.T
    return np.concatenate([np.cos(phase), np.sin(phase)], axis=1)


def sample_paths(
    posterior: Posterior, n_features: int, n_paths: int, rng: np.random.Generator
) -> Paths:
    """Draw functions from a posterior by pathwise conditioning [1]_, eq. 13.

    A draw of the prior, a sum of random waves, is led to the observations by the exact kernel. The
    minimum of such a function is a Thompson sample. Cosines and sines of the same frequencies
    estimate the kernel better than cosines of random phases [2]_.

    Parameters
    ----------
    posterior : Posterior
        Where it holds S samples of its observations, path i belongs to sample ``i % S``.
    n_features : int
        Waves of the prior, half of them cosines; 1024 is a good number.
    n_paths : int
        Number of functions.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Paths

    References
    ----------
    .. [1] J. T. Wilson et al., "Efficiently sampling functions from Gaussian process posteriors",
       ICML 2020.
    .. [2] D. J. Sutherland, J. Schneider, "On the error of random Fourier features", UAI 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Points
    >>> from skhpo.surrogates import GaussianProcess, Embedding
    >>> x = np.linspace(0, 1, 9)[:, None]
    >>> points = Points(x, np.ones(x.shape, dtype=bool))
    >>> process = GaussianProcess(Embedding([0], [False]), noise=False)
    >>> posterior = process.fit(points, np.sin(6 * x[:, 0]))
    >>> paths = sample_paths(posterior, 1024, 3, np.random.default_rng(0))
    >>> bool(np.abs(paths(points) - np.sin(6 * x)).max() < 0.02)
    True
    """
    hyper, scaled = posterior.hyper, posterior.scaled
    frequencies = _frequencies(hyper, max(n_features // 2, 1), scaled.shape[1], rng)
    height = math.sqrt(hyper.signal / len(frequencies))
    amplitudes = height * rng.standard_normal((2 * len(frequencies), n_paths))
    noise = math.sqrt(hyper.noise) * rng.standard_normal((len(scaled), n_paths))
    observed = posterior.y[:, np.arange(n_paths) % posterior.y.shape[1]]
    residual = observed - _waves(scaled, frequencies) @ amplitudes - noise
    if hyper.level is not None:
        _, rung = np.unique(scaled[:, -1], return_inverse=True)
        levels = rng.standard_normal((rung.max() + 1, n_paths))
        residual -= math.sqrt(hyper.level) * levels[rung]
    weights = posterior.inverse.T @ (posterior.inverse @ residual)
    return Paths(posterior.embedding, hyper, frequencies, amplitudes, scaled, weights)


def _frequencies(hyper: Hyperparameters, n: int, d: int, rng: np.random.Generator) -> Matrix:
    """Of the kernel; those of a resource are independent of the others, as the kernels multiply."""
    if hyper.level is None:
        return matern52_frequencies(n, d, rng)
    of_resource = rng.permutation(matern52_frequencies(n, 1, rng))
    return np.concatenate([matern52_frequencies(n, d - 1, rng), of_resource], axis=1)
