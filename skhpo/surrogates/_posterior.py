"""What a Gaussian process knows after its observations."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, qmc

from .._records import Points
from .._typing import Matrix, Vector
from ._cholesky import extend, factorize, invert
from ._embedding import Embedding
from ._likelihood import JITTER, Hyperparameters


@dataclass(frozen=True, slots=True)
class Posterior:
    """What a Gaussian process knows after n observations.

    Where the last column is a resource, points may be given without it: they have all of it.

    Attributes
    ----------
    embedding : Embedding
    hyper : Hyperparameters
    points : Points of n rows
        What was observed.
    scaled : ndarray of shape (n, D)
        Their features over the length scales.
    factor, inverse : ndarray of shape (n, n)
        Lower Cholesky factor of the noisy covariance, and its inverse.
    y : ndarray of shape (n, S)
        Observations; several columns are samples of the same observations.
    alpha : ndarray of shape (n, S)
        The inverse covariance times `y`.
    """

    embedding: Embedding
    hyper: Hyperparameters
    points: Points
    scaled: Matrix
    factor: Matrix
    inverse: Matrix
    y: Matrix
    alpha: Matrix

    @staticmethod
    def given(
        embedding: Embedding, hyper: Hyperparameters, points: Points, y: Vector
    ) -> "Posterior":
        """Condition the prior with these hyper-parameters on observations.

        Parameters
        ----------
        embedding : Embedding
            Of d columns.
        hyper : Hyperparameters
            Of as many.
        points : Points of n rows
            Where.
        y : ndarray of shape (n,) or (n, S)
            Observations of mean 0.

        Returns
        -------
        Posterior

        Raises
        ------
        numpy.linalg.LinAlgError
            If the covariance is not positive definite, whatever little is added to it.
        """
        scaled = embedding(points) / hyper.lengthscale[embedding.column]
        k = hyper.covariances(scaled, scaled) + hyper.levels(scaled, scaled)
        k.flat[:: len(k) + 1] += hyper.noise
        factor = factorize(k, JITTER * hyper.signal)
        return _posterior(embedding, hyper, points, scaled, factor, y)

    def condition(self, points: Points, y: Matrix) -> "Posterior":
        """Add observations without a new factorisation.

        Parameters
        ----------
        points : Points of p rows
            Where.
        y : ndarray of shape (p, S)
            S samples of what will be observed there.

        Returns
        -------
        Posterior
            Of ``n + p`` observations in S samples.
        """
        hyper = self.hyper
        new = self.embedding(points) / hyper.lengthscale[self.embedding.column]
        k12 = hyper.covariances(self.scaled, new) + hyper.levels(self.scaled, new)
        k22 = hyper.covariances(new, new) + hyper.levels(new, new)
        k22.flat[:: len(new) + 1] += hyper.noise
        both = np.concatenate([np.broadcast_to(self.y, (len(self.y), y.shape[1])), y])
        return _posterior(
            self.embedding,
            hyper,
            Points.concatenate([self.points, points]),
            np.concatenate([self.scaled, new]),
            extend(self.factor, k12, k22, JITTER * hyper.signal),
            both,
        )

    def predict(self, points: Points) -> tuple[Matrix, Vector]:
        """Mean and variance of the function, without noise and levels [1]_, eq. 2.25 and 2.26.

        Parameters
        ----------
        points : Points of m rows
            Where.

        Returns
        -------
        mean : ndarray of shape (m, S)
        variance : ndarray of shape (m,)
            0 or more.

        References
        ----------
        .. [1] C. E. Rasmussen, C. K. I. Williams, "Gaussian processes for machine learning", 2006.
        """
        k = self.hyper.covariances(self._scale(points), self.scaled)
        w = k @ self.inverse.T
        variance = self.hyper.signal - np.einsum("ij,ij->i", w, w)
        return k @ self.alpha, np.maximum(variance, 0.0)

    def gradient(self, points: Points) -> tuple[Matrix, float, Matrix, Vector]:
        """Mean and variance at one point, with their derivatives by the numbers of the point.

        Parameters
        ----------
        points : Points of one row
            Where.

        Returns
        -------
        mean : ndarray of shape (1, S)
        variance : float
        d_mean : ndarray of shape (d, S)
            What it says of columns that are categories or take no part has no meaning.
        d_variance : ndarray of shape (d,)
        """
        hyper, d = self.hyper, points.x.shape[1]
        difference = self._scale(points)[0] - self.scaled
        k, slope = hyper.along(difference)
        w = self.inverse @ k
        by_code = self.embedding.slopes(points.x[0]) / hyper.lengthscale[:d]
        dk = (2.0 * slope[:, None] * difference[:, self.embedding.first[:d]] * by_code).T
        d_variance = -2.0 * (dk @ (self.inverse.T @ w))
        variance = max(hyper.signal - float(w @ w), 0.0)
        return (k @ self.alpha)[None], variance, dk @ self.alpha, d_variance

    def expect(self, points: Points) -> tuple[Matrix, Matrix]:
        """Mean and joint covariance of the function with the levels at some points.

        Parameters
        ----------
        points : Points of m rows
            Where.

        Returns
        -------
        mean : ndarray of shape (m, S)
        covariance : ndarray of shape (m, m)
        """
        scaled, hyper = self._scale(points), self.hyper
        k = hyper.covariances(scaled, self.scaled) + hyper.levels(scaled, self.scaled)
        w = k @ self.inverse.T
        prior = hyper.covariances(scaled, scaled) + hyper.levels(scaled, scaled)
        return k @ self.alpha, prior - w @ w.T

    def fantasies(self, points: Points, n_samples: int, rng: np.random.Generator) -> Matrix:
        """Sample what will be observed at some points, noise included.

        Parameters
        ----------
        points : Points of p rows
            Where.
        n_samples : int
            Made even by scrambled Sobol points.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ndarray of shape (p, n_samples)
        """
        p = len(points)
        mean, joint = self.expect(points)
        joint.flat[:: p + 1] += self.hyper.noise
        root = factorize(joint, JITTER * self.hyper.signal)
        n_even = 1 << (n_samples - 1).bit_length()
        uniform = qmc.Sobol(p, seed=rng).random(n_even)[:n_samples]
        normal = norm.ppf(np.clip(uniform, 1e-9, 1.0 - 1e-9))
        sampled: Matrix = mean[:, :1] + root @ normal.T
        return sampled

    def _scale(self, points: Points) -> Matrix:
        return self.embedding(points) / self.hyper.lengthscale[self.embedding.column]


def _posterior(
    embedding: Embedding,
    hyper: Hyperparameters,
    points: Points,
    scaled: Matrix,
    factor: Matrix,
    y: Vector | Matrix,
) -> Posterior:
    inverse = invert(factor)
    columns = y if y.ndim == 2 else y[:, None]
    alpha = inverse.T @ (inverse @ columns)
    return Posterior(embedding, hyper, points, scaled, factor, inverse, columns, alpha)
