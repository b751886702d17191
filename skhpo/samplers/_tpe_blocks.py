"""Candidates of the tree-structured Parzen estimator: blocks of columns, one after the other."""

from dataclasses import dataclass

import numpy as np

from .._records import Points
from .._typing import Integers, Matrix, Vector
from ..space import Space
from ..surrogates import Axes, Cells, ParzenEstimator
from ._tpe_split import Split


@dataclass(frozen=True, slots=True)
class Kernels:
    """How the densities are built; see `ParzenEstimator.fit`."""

    bandwidth: str
    categorical: str
    prior_weight: float


@dataclass(frozen=True, slots=True)
class Block:
    """The densities of good and of bad trials over columns that were active together."""

    space: Space
    columns: Integers
    good: ParzenEstimator
    bad: ParzenEstimator

    @classmethod
    def fit(cls, space: Space, columns: Integers, split: Split, kernels: Kernels) -> "Block":
        """Densities from the trials in which the block takes part."""
        axes = _axes(space, columns)
        good, bad = (
            _fit(axes, columns, points, weights, kernels)
            for points, weights in (
                (split.below, split.below_weights),
                (split.above, split.above_weights),
            )
        )
        return cls(space, columns, good, bad)

    def candidates(self, rng: np.random.Generator, n: int) -> Matrix:
        """`n` draws from the good density, best ratio of good to bad first."""
        cells = self._cells(self.good.sample(rng, n))
        return cells.x[np.argsort(-self.log_ratio(cells), kind="stable")]

    def log_ratio(self, cells: Cells) -> Vector:
        """Log of the ratio of good to bad, in which expected improvement is monotone."""
        return self.good.log_density(cells) - self.bad.log_density(cells)

    def _cells(self, x: Matrix) -> Cells:
        """The canonical codes that rows of the block's columns mean, and their cells."""
        center, lower, upper = np.empty(x.shape), np.empty(x.shape), np.empty(x.shape)
        for k, j in enumerate(self.columns):
            column = self.space.columns[j]
            center[:, k] = column.center(x[:, k])
            lower[:, k], upper[:, k] = column.cell(center[:, k])
        return Cells(center, lower, upper)


def _axes(space: Space, columns: Integers) -> Axes:
    chosen = [space.columns[j] for j in columns]
    return Axes(
        np.array([column.kind in ("integer", "ordinal") for column in chosen]),
        tuple(_prior(c.n_values, c.weights) if c.kind == "categorical" else None for c in chosen),
    )


def _prior(n_values: float, weights: Vector | None) -> Vector:
    return np.full(int(n_values), 1.0 / n_values) if weights is None else weights


def _fit(
    axes: Axes, columns: Integers, points: Points, weights: Vector, kernels: Kernels
) -> ParzenEstimator:
    rows = points.active[:, columns].all(axis=1)
    return ParzenEstimator.fit(
        points.x[rows][:, columns],
        axes,
        weights[rows],
        kernels.bandwidth,
        kernels.categorical,
        kernels.prior_weight,
    )
