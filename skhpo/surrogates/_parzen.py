"""Parzen estimators: one mixture of product kernels over numeric and categorical columns."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from .._typing import Integers, Mask, Matrix, Vector
from ._parzen_rules import BANDWIDTHS, CATEGORICAL_KERNELS, PRIOR_MEAN, PRIOR_SIGMA

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
SMALLEST_SIGMA = 0.01
UNIQUE_FROM = 2000  # elements of a table of cells by kernels from which equal ones are looked for


# ------------------------------------------------------------------ the kernels
def log_gauss_mass(a: Matrix, b: Matrix) -> Matrix:
    """Log of the standard normal's mass between `a` and `b`.

    Accurate in relative terms for a < b and |a|, |b| up to 1e8: an interval in the right tail is
    mirrored to the left one. -inf where a = b.
    """
    right = a + b > 0.0
    low, high = np.where(right, -b, a), np.where(right, -a, b)
    log_low, log_high = log_ndtr(low), log_ndtr(high)
    with np.errstate(divide="ignore"):
        return np.asarray(log_high + np.log(-np.expm1(np.minimum(log_low - log_high, 0.0))))


def truncated_normal(q: Matrix, mean: Matrix, sigma: Matrix) -> Matrix:
    """The quantiles `q` of normals truncated to [0, 1], for means within [0, 1]."""
    low, high = ndtr(-mean / sigma), ndtr((1.0 - mean) / sigma)
    return np.clip(mean + sigma * ndtri(low + q * (high - low)), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Axes:
    """What the kernels must know of the columns of the unit cube.

    Attributes
    ----------
    discrete : ndarray of bool of shape (d,)
        Numeric columns whose values own a cell: their kernels have masses, not densities.
    priors : tuple of (ndarray of shape (m,) or None), of length d
        The prior mass of each category; None for a numeric column.
    continuous : ndarray of int
        The numeric columns that are not discrete.
    """

    discrete: Mask
    priors: tuple[Vector | None, ...]
    continuous: Integers = field(init=False)

    def __post_init__(self) -> None:
        numeric = np.array([prior is None for prior in self.priors], dtype=bool)
        object.__setattr__(self, "continuous", np.flatnonzero(numeric & ~self.discrete))


@dataclass(frozen=True, slots=True)
class Cells:
    """Points with the cells that they stand for, each of shape (n, d).

    A continuous value is its own cell; category i of m is (i + 1/2) / m.
    """

    x: Matrix
    lower: Matrix
    upper: Matrix


@dataclass(frozen=True, slots=True)
class Kernels:
    """How the kernels are made.

    Attributes
    ----------
    bandwidth : str
        A key of `BANDWIDTHS`.
    categorical : str
        A key of `CATEGORICAL_KERNELS`.
    prior_weight : float
        Weight of the prior kernel, in means of the other kernels' weights.
    scale : float
        Factor on the bandwidths, which stay at 0.01 or more.
    """

    bandwidth: str = "watanabe"
    categorical: str = "optuna"
    prior_weight: float = 1.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class ParzenEstimator:
    """A mixture of N + 1 products of kernels, the last of which is the prior.

    A numeric column has normal kernels truncated to [0, 1], a categorical one rows of
    probabilities. One component is drawn for all columns jointly.
    """

    axes: Axes
    log_weights: Vector  # (N + 1,)
    means: Matrix  # (N + 1, d); without meaning in categorical columns
    sigmas: Matrix
    log_ranges: Matrix  # log of each kernel's mass within [0, 1]
    rows: tuple[Matrix | None, ...]  # (N + 1, m) in categorical columns

    @classmethod
    def fit(cls, x: Matrix, axes: Axes, weights: Vector, kernels: Kernels) -> "ParzenEstimator":
        """A kernel for each row of `x`, shape (N, d), by weight, and one for the prior."""
        n, d = x.shape
        mean_weight = float(np.mean(weights)) if n else 1.0
        mass = np.append(weights, kernels.prior_weight * mean_weight)
        categorical = CATEGORICAL_KERNELS[kernels.categorical]
        rows = tuple(
            None
            if prior is None
            else categorical(category(x[:, j], len(prior)), prior, kernels.prior_weight)
            for j, prior in enumerate(axes.priors)
        )
        bandwidths = BANDWIDTHS[kernels.bandwidth](x)
        if kernels.scale != 1.0:
            bandwidths = np.clip(kernels.scale * bandwidths, SMALLEST_SIGMA, PRIOR_SIGMA)
        means = np.vstack([x, np.full((1, d), PRIOR_MEAN)])
        sigmas = np.vstack([bandwidths, np.full((1, d), PRIOR_SIGMA)])
        return cls(axes, np.log(mass / mass.sum()), means, sigmas, log_range(means, sigmas), rows)

    def given(self, j: int, code: float) -> "ParzenEstimator":
        """Condition the mixture on the value of a discrete column.

        Its kernels are those of the other columns, weighted by what they say of the value.

        Parameters
        ----------
        j : int
            Number of the column.
        code : float
            The value's code in [0, 1].

        Returns
        -------
        ParzenEstimator
        """
        rows = self.rows[j]
        if rows is None:
            z = (code - self.means[:, j]) / self.sigmas[:, j]
            log_rows = -0.5 * z * z - np.log(self.sigmas[:, j]) - self.log_ranges[:, j]
        else:
            log_rows = np.log(rows[:, category(np.array([code]), rows.shape[1])[0]])
        log_weights = self.log_weights + log_rows
        return replace(self, log_weights=log_weights - logsumexp(log_weights[None])[0])

    def log_density(self, cells: Cells) -> Vector:
        """Log of the density (continuous columns) times the mass (the others) at n points.

        Parameters
        ----------
        cells : Cells
            The points.

        Returns
        -------
        ndarray of shape (n,)
        """
        total = self._log_continuous(cells.x)
        for j, rows in enumerate(self.rows):
            if rows is not None:
                total += np.log(rows).T[category(cells.x[:, j], rows.shape[1])]
            elif self.axes.discrete[j]:
                total += log_cells(
                    cells.lower[:, j], cells.upper[:, j], self.means[:, j], self.sigmas[:, j]
                )
                total -= self.log_ranges[:, j]
        return logsumexp(total)

    def _log_continuous(self, x: Matrix) -> Matrix:
        """Log of each component's weight and density over the continuous columns, (n, N + 1)."""
        j = self.axes.continuous
        if not len(j):
            return np.tile(self.log_weights, (len(x), 1))
        sigma, m, z = self.sigmas[:, j], self.means[:, j] - PRIOR_MEAN, x[:, j] - PRIOR_MEAN
        p = 1.0 / (sigma * sigma)
        # (z - m)^2 p summed over columns; |z|, |m| <= 1/2 and p <= 1e4 keep 12 digits
        square = (z * z) @ p.T - (2.0 * z) @ (m * p).T + np.sum(m * m * p, axis=1)
        scale = np.sum(self.log_ranges[:, j] + np.log(sigma) + LOG_SQRT_2PI, axis=1)
        return np.asarray(self.log_weights - scale - 0.5 * square)

    def sample(self, rng: np.random.Generator, n: int) -> Matrix:
        """Draw points of the unit cube; numeric ones are not yet rounded to their cells.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of randomness.
        n : int
            Number of draws.

        Returns
        -------
        ndarray of shape (n, d)
        """
        edges = np.cumsum(np.exp(self.log_weights[:-1]))
        component = np.searchsorted(edges, rng.random(n), side="right")
        q = rng.random((n, len(self.rows)))
        x = truncated_normal(q, self.means[component], self.sigmas[component])
        for j, rows in enumerate(self.rows):
            if rows is not None:
                steps = np.cumsum(rows[component, :-1], axis=1)
                x[:, j] = (np.sum(q[:, j : j + 1] >= steps, axis=1) + 0.5) / rows.shape[1]
        return x


def category(x: Vector, m: int) -> Integers:
    """Which of `m` categories each of `x` in [0, 1] means."""
    return np.minimum((x * m).astype(np.int64), m - 1)


def log_range(mean: Matrix, sigma: Matrix) -> Matrix:
    """Log of the mass that normals with their means in [0, 1] have within [0, 1]."""
    return np.asarray(np.log(ndtr((1.0 - mean) / sigma) - ndtr(-mean / sigma)))


def log_cells(lower: Vector, upper: Vector, mean: Vector, sigma: Vector) -> Matrix:
    """Log of the mass of n cells under N normals, -700 at least: shape (n, N).

    Of many cells and kernels, among which integers have many equal ones, each is computed once.
    """
    if len(lower) * len(mean) < UNIQUE_FROM:
        return _log_cells(lower, upper, mean, sigma)
    _, cells, row = np.unique(lower, return_index=True, return_inverse=True)
    _, kernels, column = np.unique(mean + 1j * sigma, return_index=True, return_inverse=True)
    mass = _log_cells(lower[cells], upper[cells], mean[kernels], sigma[kernels])
    return mass[row[:, None], column]


def _log_cells(lower: Vector, upper: Vector, mean: Vector, sigma: Vector) -> Matrix:
    a, b = (lower[:, None] - mean) / sigma, (upper[:, None] - mean) / sigma
    return np.maximum(log_gauss_mass(a, b), -700.0)


def logsumexp(terms: Matrix) -> Vector:
    """Log of the sum of exponentials of each row; the rows' maxima must be finite."""
    top = terms.max(axis=1)
    return np.asarray(top + np.log(np.sum(np.exp(terms - top[:, None]), axis=1)))
