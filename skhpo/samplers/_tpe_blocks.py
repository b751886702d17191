"""Candidates of the tree-structured Parzen estimator: columns that take part together."""

from dataclasses import dataclass

import numpy as np

from .._records import Points
from .._typing import Integers, Matrix, Vector
from ..space import Space
from ..surrogates import Axes, Cells, Kernels, ParzenEstimator
from ._tpe_split import Split


@dataclass(frozen=True, slots=True)
class Block:
    """The densities of good and of bad trials over some columns of a space."""

    space: Space
    columns: Integers
    good: ParzenEstimator
    bad: ParzenEstimator

    @classmethod
    def fit(
        cls, space: Space, columns: Integers, split: Split, good: Kernels, bad: Kernels
    ) -> "Block":
        """Densities from the trials in which the columns take part."""
        axes = _axes(space, columns)
        return cls(
            space,
            columns,
            _fit(axes, columns, split.below, split.below_weights, good),
            _fit(axes, columns, split.above, split.above_weights, bad),
        )

    def candidates(self, rng: np.random.Generator, n: int, fixed: dict[int, float]) -> Matrix:
        """`n` draws from the good density, that with the best ratio of good to bad first.

        Parameters
        ----------
        rng : numpy.random.Generator
        n : int
        fixed : dict of int to float
            The codes that some categorical columns of the space have.

        Returns
        -------
        ndarray of shape (n, columns of the block)
        """
        good, known = self.good, [k for k, j in enumerate(self.columns) if j in fixed]
        for k in known:
            good = good.given(k, fixed[int(self.columns[k])])
        x = good.sample(rng, n)
        for k in known:
            x[:, k] = fixed[int(self.columns[k])]
        cells = self._cells(x)
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
            if self.good.axes.discrete[k]:
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
    rows = points.active[:, columns[0]]
    return ParzenEstimator.fit(points.x[rows][:, columns], axes, weights[rows], kernels)
