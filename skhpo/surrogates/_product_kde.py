"""Product kernel density with one bandwidth a column, as in BOHB, or one a kernel."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import truncnorm

from .._typing import Integers, Matrix, Vector
from ._parzen_rules import hyperopt_bandwidths

MIN_BANDWIDTH = 1e-3
RANGE_VARIANCE = 1 / 12  # of a uniform draw from [0, 1]


@dataclass(frozen=True, slots=True)
class ProductDensity:
    """Mean over observations of products of one-dimensional kernels.

    Numeric columns have normal kernels, not cut at the ends; categories the kernel of Aitchison
    and Aitken.

    Attributes
    ----------
    x : ndarray of shape (n, d)
        Observations in [0, 1]; category i of m is (i + 1/2) / m.
    n_values : ndarray of int of shape (d,)
        Number of categories; 0 for a numeric column.
    bandwidths : ndarray of shape (d,) or (n, d)
        One a column, or one a kernel.
    """

    x: Matrix
    n_values: Integers
    bandwidths: Vector | Matrix

    @staticmethod
    def fit(
        x: Matrix,
        n_values: Integers,
        min_bandwidth: float = MIN_BANDWIDTH,
        shrinkage: float = 0.0,
    ) -> "ProductDensity":
        """Choose the bandwidths by the normal reference rule, 1.06 sd n^(-1 / (4 + d)).

        Categories are numbered for that. Bandwidths are `min_bandwidth` at least, and those of m
        categories (m - 1) / m at most.

        Parameters
        ----------
        x : ndarray of shape (n, d)
        n_values : ndarray of int of shape (d,)
            Number of categories; 0 for a numeric column.
        min_bandwidth : float, default=1e-3
        shrinkage : float, default=0.0
            How many observations the range counts for: the sd of a numeric column is taken with so
            many more of variance 1/12, the width of categories is drawn towards (m - 1) / m. With
            many observations it hardly tells.

        Returns
        -------
        ProductDensity
        """
        n, d = x.shape
        is_category = n_values > 0
        spread = np.where(is_category, np.floor(x * n_values), x).std(axis=0)
        shrunk = np.sqrt((n * spread**2 + shrinkage * RANGE_VARIANCE) / (n + shrinkage))
        spread = np.where(is_category, spread, shrunk)
        widths = np.maximum(1.06 * spread * n ** (-1 / (4 + d)), min_bandwidth)
        flat = 1 - 1 / np.maximum(n_values, 1)  # with this width all categories are alike
        flattened = (n * np.minimum(widths, flat) + shrinkage * flat) / (n + shrinkage)
        return ProductDensity(x, n_values, np.where(is_category, flattened, widths))

    def adapted(self, scale: float = 1.0) -> "ProductDensity":
        """The same, each numeric kernel as wide as the larger gap to its neighbours.

        That is Hyperopt's rule: the middle is a neighbour too, and no gap counts for less than
        1 / (n + 2), or 1 / 100 from 98 observations on.

        Parameters
        ----------
        scale : float, default=1.0
            How many gaps wide.

        Returns
        -------
        ProductDensity
        """
        gaps = scale * hyperopt_bandwidths(self.x)
        return replace(self, bandwidths=np.where(self.n_values > 0, self.bandwidths, gaps))

    def __call__(self, points: Matrix) -> Vector:
        """Evaluate the density.

        Parameters
        ----------
        points : ndarray of shape (k, d)

        Returns
        -------
        ndarray of shape (k,)
        """
        product = np.ones((len(points), len(self.x)))
        widths = np.broadcast_to(self.bandwidths, self.x.shape)
        for j, (m, h) in enumerate(zip(self.n_values, widths.T, strict=True)):
            distance = points[:, j, None] - self.x[None, :, j]
            if m == 0:
                product *= np.exp(-0.5 * (distance / h) ** 2) / (h * np.sqrt(2 * np.pi))
            elif m > 1:
                product *= np.where(np.abs(distance) < 0.5 / m, 1 - h, h / (m - 1))
        means: Vector = product.mean(axis=1)
        return means

    def sample(self, rng: np.random.Generator, n: int, factor: float = 1.0) -> Matrix:
        """Draw from the density, cut at the ends of the range.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of the draws.
        n : int
            How many to draw.
        factor : float, default=1.0
            What the bandwidths of numeric columns are multiplied by.

        Returns
        -------
        ndarray of shape (n, d)
        """
        rows = rng.integers(len(self.x), size=n)
        drawn = self.x[rows].copy()
        widths = np.broadcast_to(self.bandwidths, self.x.shape)[rows]
        for j, (m, h) in enumerate(zip(self.n_values, widths.T, strict=True)):
            if m == 0:
                sd, center = factor * h, drawn[:, j]
                low, high = -center / sd, (1 - center) / sd
                q = rng.random(n)
                drawn[:, j] = np.clip(center + sd * truncnorm.ppf(q, low, high), 0, 1)
            else:
                changed = rng.random(n) < h
                drawn[changed, j] = (rng.integers(m, size=int(changed.sum())) + 0.5) / m
        return drawn
