"""From a sequence of values to levels: which are ordered, and how they are spaced."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._typing import Kind, Vector
from ._discrete import Levels
from ._values import distinct, is_number

SPACINGS = ("auto", "value", "log", "rank")
_NARROWEST = 1e-6  # values whose codes are closer than this are spread by rank instead


def levels(
    values: Sequence[Any],
    kind: Kind | None = None,
    spacing: str = "auto",
    weights: Sequence[float] | None = None,
) -> Levels:
    """The different ones of `values`; repeated ones weigh more.

    With `kind` None, three or more distinct numbers in order are ordinal, others categorical.
    """
    kept, counts = distinct(values)
    numbers = _ordered_numbers(kept) if kind != "categorical" else None
    if kind is None:
        ordered = numbers is not None and len(kept) == len(values) >= 3
        kind = "ordinal" if ordered else "categorical"
    positions = _positions(numbers, spacing) if kind == "ordinal" and numbers is not None else None
    if weights is not None:
        mass: Vector | None = np.array(weights, dtype=float)
    else:
        mass = np.array(counts, dtype=float) if max(counts) > 1 else None
    return Levels(kept, kind, positions, mass)


def _ordered_numbers(values: Sequence[Any]) -> Vector | None:
    """`values` as an array if they are numbers that rise or fall throughout."""
    if not all(map(is_number, values)):
        return None
    try:
        numbers = np.array([float(value) for value in values])
    except OverflowError:
        return None
    rising, falling = numbers[1:] > numbers[:-1], numbers[1:] < numbers[:-1]
    return numbers if rising.all() or falling.all() else None


def _positions(numbers: Vector, spacing: str) -> Vector | None:
    """Where ordered numbers lie on a line, rising; None for evenly by rank.

    "auto" takes the logarithms where these are spaced more evenly than the numbers themselves.
    """
    if spacing == "rank" or len(numbers) < 2 or not np.isfinite(numbers).all():
        return None
    sign = 1.0 if numbers[-1] > numbers[0] else -1.0
    candidates = {"value": numbers * sign}
    if numbers.min() > 0:
        candidates["log"] = np.log(numbers) * sign
    if spacing == "auto":
        spacing = min(candidates, key=lambda name: _unevenness(candidates[name]))
    positions = candidates[spacing]
    gaps = np.diff(positions)
    total = positions[-1] - positions[0]
    return positions if np.isfinite(total) and gaps.min() > _NARROWEST * total else None


def _unevenness(positions: Vector) -> float:
    gaps = np.diff(positions)
    return float(round(gaps.max() / gaps.min(), 9)) if gaps.min() > 0 else np.inf


def elements(values: Any) -> list[Any]:
    """The elements of a sequence: the very objects of a list, Python scalars out of an array."""
    for method in ("tolist", "to_list"):
        if hasattr(values, method):
            return list(getattr(values, method)())
    return list(values)
