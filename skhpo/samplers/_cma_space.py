"""One branch of a search space as CMA-ES sees it: numbers, integers and categories."""

from collections.abc import Sequence

import numpy as np

from .._records import Points
from .._typing import Integers, Matrix, Vector
from ..space import Column, Space
from ._cma_members import Domain


class GridCells:
    """The cells of some discrete columns."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns

    def __call__(self, x: Vector) -> tuple[Vector, Vector]:
        u = np.minimum(np.maximum(x, 0.0), 1.0)
        edges = [column.cell(u[j : j + 1]) for j, column in enumerate(self._columns)]
        low = np.array([edge[0][0] for edge in edges])
        high = np.array([edge[1][0] for edge in edges])
        return np.where(low <= 0.0, -np.inf, low), np.where(high >= 1.0, np.inf, high)

    def centers(self, x: Matrix) -> Matrix:
        """The codes that rows of numbers are rounded to."""
        u = np.minimum(np.maximum(x, 0.0), 1.0)
        return np.stack([column.center(u[:, j]) for j, column in enumerate(self._columns)], axis=1)


class Branch:
    """The columns of one branch that are searched, and those that are fixed.

    Parameters
    ----------
    space : Space
    columns : sequence of int
        What is searched.
    fixed : dict of int to float
        Codes of the columns that make the branch.
    """

    def __init__(self, space: Space, columns: Sequence[int], fixed: dict[int, float]) -> None:
        self._space = space
        is_category = [_is_category(space.columns[j]) for j in columns]
        self.numbers = np.array(
            [j for j, yes in zip(columns, is_category, strict=True) if not yes], dtype=np.int64
        )
        self.chosen = np.array(
            [j for j, yes in zip(columns, is_category, strict=True) if yes], dtype=np.int64
        )
        self._template = np.full(space.n_columns, 0.5)
        for j, code in fixed.items():
            self._template[j] = code

    @property
    def domain(self) -> Domain:
        """The numeric and the categorical columns, each in their order."""
        columns = self._space.columns
        integers = [i for i, j in enumerate(self.numbers) if columns[j].n_values < np.inf]
        cells = GridCells([columns[self.numbers[i]] for i in integers])
        categories = tuple(int(columns[j].n_values) for j in self.chosen)
        which = np.array(integers, dtype=np.int64)
        return Domain(len(self.numbers), which, cells, categories, cells.centers)

    @property
    def q(self) -> Matrix | None:
        """Prior probabilities of the categories; None where there are none."""
        if not len(self.chosen):
            return None
        columns = [self._space.columns[j] for j in self.chosen]
        q = np.zeros((len(columns), int(max(column.n_values for column in columns))))
        for row, column in zip(q, columns, strict=True):
            n = int(column.n_values)
            row[:n] = 1.0 / n if column.weights is None else column.weights
        return q

    def points(self, u: Matrix, chosen: Integers) -> Points:
        """The rows of the space for rows of numbers and of categories."""
        x = np.tile(self._template, (len(u), 1))
        x[:, self.numbers] = u
        for i, j in enumerate(self.chosen):
            x[:, j] = self._space.columns[j].code(chosen[:, i])
        return self._space.normalize(x)

    def parts(self, points: Points) -> tuple[Matrix, np.ndarray]:
        """The numbers and the categories of rows of the space."""
        x = points.x
        chosen = np.empty((len(x), len(self.chosen)), dtype=np.int64)
        for i, j in enumerate(self.chosen):
            chosen[:, i] = self._space.columns[j].index(x[:, j])
        return x[:, self.numbers], chosen


def _is_category(column: Column) -> bool:
    """Two values have no order that counts."""
    return column.kind == "categorical" or column.n_values <= 2
