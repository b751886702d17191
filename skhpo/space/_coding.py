"""Rows of the unit cube <-> parameters, by the columns and the branches of a space."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from .._records import Points
from .._typing import Matrix, Params
from ._column import Column
from ._conditions import activity, holds
from ._structure import Entry
from ._values import alike

Branches = Sequence[Sequence[Entry]]

_CHUNK = 256  # configurations decoded at once


def decode(columns: Sequence[Column], branches: Branches, points: Points) -> list[Params]:
    """The parameters of each row, in the order of the user's dict."""
    x, rows = points.x, points.active.tolist()
    values = [column.encoding.values(x[:, j]) for j, column in enumerate(columns)]
    chosen = values[0] if len(branches) > 1 else [0] * len(rows)
    decoded = []
    for i, (branch, on) in enumerate(zip(chosen, rows, strict=True)):
        params = {}
        for entry in branches[branch]:
            if entry.column is not None:
                if on[entry.column]:
                    params[entry.name] = values[entry.column][i]
            elif _exists(columns, entry, points, i):
                params[entry.name] = entry.constant
        decoded.append(params)
    return decoded


def encode(columns: Sequence[Column], branches: Branches, params: Params) -> Points | None:
    """The row of `params`, in the first branch that holds them; None if there is none."""
    for branch, entries in enumerate(branches):
        x = _codes(len(columns), entries, params)
        if x is None:
            continue
        if len(branches) > 1:
            x[0, 0] = columns[0].code(branch)
        points = Points(x, activity(columns, x))
        if all(_agrees(columns, entry, points, params, len(branches) == 1) for entry in entries):
            return points
    return None


def _codes(n_columns: int, entries: Sequence[Entry], params: Params) -> Matrix | None:
    """A row with the codes of `params`; None if a name or a value is none of the branch's."""
    if params.keys() - {entry.name for entry in entries}:
        return None
    x = np.full((1, n_columns), 0.5)
    for entry in entries:
        if entry.column is not None and entry.name in params:
            code = entry.encoding.position(params[entry.name])
            if code is None:
                return None
            x[0, entry.column] = code
    return x


def _agrees(
    columns: Sequence[Column], entry: Entry, points: Points, params: Params, alone: bool
) -> bool:
    """Whether `params` hold `entry` exactly where the point does.

    A constant may be left out of `params` where the branch is `alone`, so that none is in doubt.
    """
    given = entry.name in params
    if entry.column is not None:
        return given == bool(points.active[0, entry.column])
    if not _exists(columns, entry, points, 0):
        return not given
    return alike(params[entry.name], entry.constant) if given else alone


def _exists(columns: Sequence[Column], entry: Entry, points: Points, i: int) -> bool:
    """Whether the constant `entry` exists in row `i`."""
    if not entry.conditions:
        return True
    row = slice(i, i + 1)
    return bool(holds(columns, entry.conditions, points.x[row], points.active[row])[0])


def in_first_branches(columns: Sequence[Column], branches: Branches, points: Points) -> Points:
    """The same configurations, each in the first branch that holds it."""
    x, on = points.x.copy(), points.active.copy()
    for i, params in enumerate(decode(columns, branches, points)):
        first = encode(columns, branches, params)
        if first is not None:
            x[i], on[i] = first.x[0], first.active[0]
    return Points(x, on)


def configurations(
    columns: Sequence[Column], branches: Branches, overlap: bool
) -> Iterator[Params]:
    """Every configuration of discrete columns, the last column varying fastest.

    With `overlap`, those that several branches hold are given for the first one only.
    """
    rows = _all_rows(columns, np.full((1, len(columns)), 0.5), 0)
    while chunk := list(islice(rows, _CHUNK)):
        x = np.concatenate(chunk)
        points = Points(x, activity(columns, x))
        if overlap:
            points = points[in_first_branches(columns, branches, points).x[:, 0] == x[:, 0]]
        yield from decode(columns, branches, points)


def _all_rows(columns: Sequence[Column], x: Matrix, j: int) -> Iterator[Matrix]:
    """The rows that agree with `x` in the columns before `j`; inactive cells hold 0.5."""
    if j == len(columns):
        yield x.copy()
        return
    if columns[j].conditions and not activity(columns[: j + 1], x[:, : j + 1])[0, j]:
        yield from _all_rows(columns, x, j + 1)
        return
    for i in range(int(columns[j].n_values)):
        x[0, j] = columns[j].code(i)
        yield from _all_rows(columns, x, j + 1)
    x[0, j] = 0.5
