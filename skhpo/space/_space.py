"""The search space: from what the user declared to points of the unit cube, and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._records import Points
from .._typing import Constraint, Mask, Matrix, Params
from ._column import Column
from ._conditions import activity, holds
from ._encodings import Drawn
from ._nearest import nearest
from ._structure import Entry
from ._values import alike


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Space:
    """What samplers know of a search space; made by `make_space`, immutable.

    Attributes
    ----------
    columns : tuple of Column
        The dimensions of the unit cube; a condition's column comes before those it governs.
    declared : tuple of dict
        What the user passed, one dict a branch, the very objects.
    branches : tuple of tuple of Entry
        The parameters of each dict in its order, constants included.
    constraints : tuple of callable
        What `allows` asks.
    size : float
        The number of configurations, constraints apart; infinite if a column is continuous.
    overlap : bool
        Whether two branches may hold the same configuration.
    """

    columns: tuple[Column, ...]
    declared: tuple[Mapping[str, Any], ...]
    branches: tuple[tuple[Entry, ...], ...]
    constraints: tuple[Constraint, ...]
    size: float
    overlap: bool

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.columns)
        return f"Space({names}; {self.size:g} configurations)"

    @property
    def n_columns(self) -> int:
        """The number of columns, the root of a conditional space included."""
        return len(self.columns)

    @property
    def is_model_space(self) -> bool:
        """Whether every value has a code: false where a distribution has `rvs` alone."""
        return not any(isinstance(column.encoding, Drawn) for column in self.columns)

    @property
    def has_conditions(self) -> bool:
        """Whether some column takes part in some rows only."""
        return any(column.conditions for column in self.columns)

    @property
    def has_constraints(self) -> bool:
        """Whether `allows` may say no."""
        return bool(self.constraints)

    def from_uniform(self, q: Matrix) -> Points:
        """A draw from the prior for each row of uniform numbers `q` in [0, 1)."""
        return self._points(q, "quantile")

    def normalize(self, x: Matrix) -> Points:
        """The points that rows of [0, 1] mean: canonical codes, inactive cells at 0.5."""
        return self._points(x, "center")

    def _points(self, x: Matrix, method: str) -> Points:
        x = np.asarray(x, dtype=float)
        codes = np.empty(x.shape)
        for j, column in enumerate(self.columns):
            codes[:, j] = getattr(column, method)(x[:, j])
        on = self.active(codes)
        codes[~on] = 0.5
        return Points(codes, on)

    def active(self, x: Matrix) -> Mask:
        """Which columns take part in each row of `x`."""
        return activity(self.columns, np.asarray(x, dtype=float))

    def decode(self, points: Points) -> list[Params]:
        """The parameters of each row: active ones and constants, for `set_params`."""
        x, rows = points.x, points.active.tolist()
        values = [column.encoding.values(x[:, j]) for j, column in enumerate(self.columns)]
        branches = values[0] if len(self.branches) > 1 else [0] * len(rows)
        decoded = []
        for i, (branch, on) in enumerate(zip(branches, rows, strict=True)):
            params = {}
            for entry in self.branches[branch]:
                if entry.column is not None:
                    if on[entry.column]:
                        params[entry.name] = values[entry.column][i]
                elif not entry.conditions or self._holds(entry, points, i):
                    params[entry.name] = entry.constant
            decoded.append(params)
        return decoded

    def _holds(self, entry: Entry, points: Points, i: int) -> bool:
        row = slice(i, i + 1)
        return bool(holds(self.columns, entry.conditions, points.x[row], points.active[row])[0])

    def encode(self, params: Params) -> Points | None:
        """The row of `params`, in the first branch that holds them; None if there is none."""
        for branch, entries in enumerate(self.branches):
            points = self._encode(params, branch, entries)
            if points is not None:
                return points
        return None

    def _encode(self, params: Params, branch: int, entries: Sequence[Entry]) -> Points | None:
        if params.keys() - {entry.name for entry in entries}:
            return None
        x = np.full((1, self.n_columns), 0.5)
        if len(self.branches) > 1:
            x[0, 0] = self.columns[0].code(branch)
        for entry in entries:
            if entry.column is not None and entry.name in params:
                code = entry.encoding.position(params[entry.name])
                if code is None:
                    return None
                x[0, entry.column] = code
        points = Points(x, self.active(x))
        x[~points.active] = 0.5
        complete = all(self._agrees(params, entry, points) for entry in entries)
        return points if complete else None

    def _agrees(self, params: Params, entry: Entry, points: Points) -> bool:
        """Whether `params` hold `entry` exactly where the point does; constants may be left out."""
        given = entry.name in params
        if entry.column is not None:
            return given == bool(points.active[0, entry.column])
        if not self._holds(entry, points, 0):
            return not given
        if not given:
            return len(self.branches) == 1
        return alike(params[entry.name], entry.constant)

    def allows(self, params: Params) -> bool:
        """Whether all constraints hold for `params`.

        Raises
        ------
        TypeError
            If a constraint returns anything but a bool.
        """
        for constraint in self.constraints:
            answer = constraint(dict(params))
            if not isinstance(answer, bool | np.bool_):
                raise TypeError(
                    f"The constraint {constraint!r} must return True or False, got {answer!r} of "
                    f"type {type(answer).__name__} for {params!r}."
                )
            if not answer:
                return False
        return True

    def keys(self, points: Points) -> list[bytes]:
        """A key for each row, equal where the configuration is (floats to 12 digits)."""
        if self.overlap:
            points = self._first_branches(points)
        labels = np.empty((len(points), self.n_columns))
        for j, column in enumerate(self.columns):
            labels[:, j] = column.encoding.label(points.x[:, j])
        labels[~points.active] = np.nan
        return [row.tobytes() for row in labels]

    def _first_branches(self, points: Points) -> Points:
        """The same configurations, each in the first branch that holds it."""
        rows = [points[i] for i in range(len(points))]
        found = [self.encode(params) for params in self.decode(points)]
        return Points.concatenate(
            [
                points[:0],
                *(row if other is None else other for row, other in zip(rows, found, strict=True)),
            ]
        )

    def nearest(self, values: Any) -> tuple[Points, bool]:
        """The allowed point nearest to an estimator's own values, and whether any had to move.

        Parameters
        ----------
        values : estimator, or dict
            The estimator itself, whose class tells what its ``None`` stands for, or what its
            ``get_params()`` gives.
        """
        return nearest(self, values)

    def enumerate(self) -> Iterator[Params]:
        """Every allowed configuration of a finite space, names sorted, the last varying fastest.

        Raises
        ------
        ValueError
            If a column is continuous.
        """
        for column in self.columns:
            if column.n_values == np.inf:
                raise ValueError(
                    f"Parameter {column.name!r} has infinitely many values, so the space cannot "
                    "be enumerated; give a list of values instead."
                )
        x = np.full((1, self.n_columns), 0.5)
        return filter(self.allows, self._enumerate(x, 0))

    def _enumerate(self, x: Matrix, j: int) -> Iterator[Params]:
        if j == self.n_columns:
            point = self.normalize(x)
            if not self.overlap or self._first_branches(point).x[0, 0] == point.x[0, 0]:
                yield from self.decode(point)
            return
        if not activity(self.columns[: j + 1], x[:, : j + 1])[0, j]:
            yield from self._enumerate(x, j + 1)
            return
        for i in range(int(self.columns[j].n_values)):
            x[0, j] = self.columns[j].code(i)
            yield from self._enumerate(x, j + 1)
        x[0, j] = 0.5
