"""When two values of a parameter are the same one."""

import math
import numbers
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np


def is_number(value: Any) -> bool:
    """Whether `value` is a real number; a bool is none."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def whole(value: Any) -> int | None:
    """`value` as an int if it is a whole number, whatever its type."""
    if not is_number(value):
        return None
    if isinstance(value, numbers.Integral):
        return int(value)
    return int(value) if math.isfinite(value) and value == int(value) else None


_SCALARS: tuple[tuple[str, tuple[type, ...], Callable[[Any], Hashable]], ...] = (
    ("none", (type(None),), lambda value: None),
    ("bool", (bool, np.bool_), bool),
    ("int", (numbers.Integral,), int),
    ("float", (float, np.floating), lambda value: "nan" if math.isnan(value) else float(value)),
    ("str", (str,), str),
    ("bytes", (bytes,), bytes),
)


def token(value: Any) -> Hashable | None:
    """A hashable stand-in that tells values apart by type and content; None where there is none.

    ``True``, ``1`` and ``1.0`` have three tokens; NaN has one, and so has a tuple of such values.
    """
    if type(value) is tuple:
        parts = tuple(token(item) for item in value)
        return None if None in parts else ("tuple", parts)
    for name, types, plain in _SCALARS:
        if isinstance(value, types):
            return (name, plain(value))
    return None


def same(a: Any, b: Any) -> bool:
    """Whether `a` and `b` are one value: by identity, ``==``, or type and `get_params`."""
    if a is b:
        return True
    first, second = token(a), token(b)
    if first is not None and second is not None:
        return first == second
    if type(a) is type(b):
        if isinstance(a, list | tuple):
            return len(a) == len(b) and all(map(same, a, b))
        if isinstance(a, dict):
            return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
        if isinstance(a, np.ndarray):
            return a.dtype == b.dtype and a.shape == b.shape and same(a.tolist(), b.tolist())
    return _equal(a, b) or _same_params(a, b)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False  # an array equals no value of another type
    try:
        result = a == b
    except Exception:  # a comparison that raises does not say "equal"
        return False
    return isinstance(result, bool | np.bool_) and bool(result)


def _same_params(a: Any, b: Any) -> bool:
    if type(a) is not type(b) or isinstance(a, type) or not hasattr(a, "get_params"):
        return False
    return same(a.get_params(deep=False), b.get_params(deep=False))


def alike(a: Any, b: Any) -> bool:
    """Whether `a` and `b` are one value, where 1 and 1.0 count as one."""
    if is_number(a) and is_number(b):
        return bool(a == b) or same(a, b)
    return same(a, b)


class Lookup:
    """Finds the number of a value in a sequence of different values."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._opaque: list[tuple[int, Any]] = []
        self._numbers: dict[Hashable, int] = {}
        for i, value in enumerate(values):
            key = token(value)
            if key is None:
                self._opaque.append((i, value))
            else:
                self._numbers[key] = i

    def find(self, value: Any) -> int | None:
        """The number of `value`; 1.0 finds 1 (and 1 finds 1.0) where its own type is not there."""
        for key in (token(value), _other_type(value)):
            if key is not None and key in self._numbers:
                return self._numbers[key]
        for identical in (True, False):
            for i, other in self._opaque:
                if value is other if identical else same(value, other):
                    return i
        return None


def _other_type(value: Any) -> Hashable | None:
    if not is_number(value):
        return None
    if isinstance(value, numbers.Integral):
        return ("float", float(value)) if abs(int(value)) <= 2**53 else None
    number = whole(value)
    return None if number is None else ("int", number)


def distinct(values: Sequence[Any]) -> tuple[tuple[Any, ...], list[int]]:
    """The different ones among `values`, in order, and how often each occurs."""
    kept: list[Any] = []
    counts: list[int] = []
    seen: dict[Hashable, int] = {}
    for value in values:
        key = token(value)
        if key is not None:
            known = seen.setdefault(key, len(kept))
        else:
            known = next((i for i, other in enumerate(kept) if other is value), len(kept))
        if known == len(kept):
            kept.append(value)
            counts.append(0)
        counts[known] += 1
    return tuple(kept), counts
