"""An estimator's own values as a point: moved to the nearest that the space allows."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._records import Points
from .._typing import Matrix, Vector
from ._defaults import own_values
from ._discrete import Discrete
from ._structure import Entry
from ._values import is_number, same

if TYPE_CHECKING:
    from ._space import Space

_ABSENT = object()
_SMALL = 2000  # spaces up to this size are searched through where a constraint says no
_ROUNDS, _DRAWS = 20, 500  # of random points where changing one parameter does not help


def nearest(space: "Space", values: Any) -> tuple[Points, bool]:
    """The allowed point nearest to `values` (an estimator or its params); whether any moved."""
    own = own_values(values)
    placed = [_place(space, branch, entries, own) for branch, entries in enumerate(space.branches)]
    _, x, moved = max(placed, key=lambda place: place[0])
    point = space.normalize(x)
    if space.allows(space.decode(point)[0]):
        return point, moved
    return _nearest_allowed(space, x), True


def _place(
    space: "Space", branch: int, entries: Sequence[Entry], own: Mapping[str, Any]
) -> tuple[int, Matrix, bool]:
    """How many of `own` the branch holds, its point (all columns placed), whether any moved."""
    own = dict(own)
    x = np.full((1, space.n_columns), 0.5)
    if len(space.branches) > 1:
        x[0, 0] = space.columns[0].code(branch)
    kept: dict[str, bool] = {}
    for entry in sorted(entries, key=lambda entry: entry.name.count("__")):
        value = own.get(entry.name, _ABSENT)
        code, kept[entry.name] = _locate(entry, value, entries)
        if entry.column is not None:
            x[0, entry.column] = code
        chosen = entry.encoding.values(np.array([code]))[0]
        if hasattr(chosen, "get_params") and type(chosen) is not type(value):
            own.update({f"{entry.name}__{key}": v for key, v in own_values(chosen).items()})
    point = space.normalize(x)
    present = space.decode(point)[0].keys()
    return sum(kept[name] for name in present), x, not all(kept[name] for name in present)


def _locate(entry: Entry, value: Any, entries: Sequence[Entry]) -> tuple[float, bool]:
    """The code of the value of `entry` nearest to `value`, and whether that is `value` itself."""
    encoding = entry.encoding
    code = None if value is _ABSENT else encoding.position(value)
    if code is not None:
        return code, True
    if hasattr(value, "get_params"):
        covered = {other.name for other in entries}
        code, kept = _same_class(entry, value, covered)
        if code is not None:
            return code, kept
    if _no_limit(entry.name, value):
        code = encoding.project(math.inf)
    elif value is not _ABSENT and is_number(value) and not math.isnan(value):
        code = encoding.project(value)
    if code is not None:
        return code, False
    if isinstance(encoding, Discrete) and encoding.kind == "categorical":
        return float(encoding.code(0)), False
    return float(encoding.quantile(np.array([0.5]))[0]), False


def _same_class(entry: Entry, value: Any, covered: set[str]) -> tuple[float | None, bool]:
    """The first estimator of the class of `value`; equal if what `covered` sets is left out."""
    encoding = entry.encoding
    if not isinstance(encoding, Discrete):
        return None, False
    first: float | None = None
    for i in range(int(encoding.n_values)):
        candidate = encoding.item(i)
        if type(candidate) is type(value):
            if _equal_but(candidate, value, entry.name, covered):
                return float(encoding.code(i)), True
            first = float(encoding.code(i)) if first is None else first
    return first, False


def _equal_but(a: Any, b: Any, name: str, covered: set[str]) -> bool:
    first, second = a.get_params(), b.get_params()
    if first.keys() != second.keys():
        return False
    for key, value in first.items():
        full = f"{name}__{key}"
        set_anyway = any(other == full or other.startswith(f"{full}__") for other in covered)
        if not set_anyway and not same(value, second[key]):
            return False
    return True


def _no_limit(name: str, value: Any) -> bool:
    """Whether `value`, which is not in the space, stands for "as much as you like"."""
    last = name.rpartition("__")[2]
    if last in ("max_depth", "max_leaves") and is_number(value) and value == 0:
        return True
    unlimited = last.startswith("max_") or last == "n_components"
    return unlimited and (value is None or (is_number(value) and value == -1))


def _nearest_allowed(space: "Space", x: Matrix) -> Points:
    """The allowed point nearest to `x`: all of a small space, one change, then random ones."""
    for candidates in _candidates(space, x):
        points = space.normalize(candidates)
        distance = _distance(space, points, space.normalize(x))
        for row in np.argsort(distance, kind="stable").tolist():
            point = points[row]
            if space.allows(space.decode(point)[0]):
                return point
    raise ValueError(
        f"The constraints {list(space.constraints)!r} allowed none of the configurations tried; "
        "correct them, or state the allowed region by the dimensions and When."
    )


def _candidates(space: "Space", x: Matrix) -> Iterator[Matrix]:
    if space.size <= _SMALL:
        points = [space.encode(params) for params in space.enumerate()]
        rows = [point.x for point in points if point is not None]
        if rows:
            yield np.concatenate(rows)
        return
    yield _one_change(space, x)
    rng = np.random.default_rng(0)
    for _ in range(_ROUNDS):
        drawn = space.from_uniform(rng.random((_DRAWS, space.n_columns))).x
        keep = rng.random(drawn.shape) < rng.random((_DRAWS, 1))
        yield np.where(keep, x, drawn)


def _one_change(space: "Space", x: Matrix) -> Matrix:
    """All points that differ from `x` in one column (in 64 places where it has more values)."""
    rows = []
    even = (np.arange(64) + 0.5) / 64
    close = np.concatenate([sign * 2.0 ** -np.arange(1, 31) for sign in (-1, 1)])
    for j, column in enumerate(space.columns):
        if column.n_values <= len(even):
            codes = column.code(np.arange(int(column.n_values)))
        else:
            codes = np.concatenate([even, np.clip(x[0, j] + close, 0.0, 1.0)])
        changed = np.repeat(x, len(codes), axis=0)
        changed[:, j] = codes
        rows.append(changed)
    return np.concatenate(rows)


def _distance(space: "Space", points: Points, target: Points) -> Vector:
    """Sum over columns of the distance in the cube; 1 where category or activity differ."""
    gaps = np.abs(points.x - target.x)
    for j, column in enumerate(space.columns):
        if column.kind == "categorical":
            gaps[:, j] = column.center(points.x[:, j]) != column.center(target.x[:, j])
    gaps[points.active != target.active] = 1.0
    return np.asarray(gaps.sum(axis=1))
