"""Checks of arguments, with messages that name the parameter, the value and the remedy."""

import math
import numbers
from collections.abc import Collection
from typing import Any, TypeVar

T = TypeVar("T")


def check_integer(name: str, value: Any, low: int | None = None, high: int | None = None) -> int:
    """`value` as an int within [low, high], or an error that names `name`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be an integer, got {value!r} of type {type(value).__name__}.")
    return int(_within(name, int(value), low, high))


def check_integer_or_auto(name: str, value: Any, low: int, auto: T) -> int | T:
    """`value` as an int of `low` or more, `auto` where it is "auto", or an error."""
    return auto if _is_auto(name, value, "an integer") else check_integer(name, value, low)


def check_real(name: str, value: Any, low: float | None = None, high: float | None = None) -> float:
    """`value` as a finite float within [low, high], or an error that names `name`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, got {value!r} of type {type(value).__name__}.")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}.")
    return _within(name, number, low, high)


def check_real_or_auto(name: str, value: Any, low: float, high: float, auto: float) -> float:
    """`value` as a finite float within [low, high], `auto` where it is "auto", or an error."""
    return auto if _is_auto(name, value, "a number") else check_real(name, value, low, high)


def _is_auto(name: str, value: Any, otherwise: str) -> bool:
    if isinstance(value, str) and value != "auto":
        raise ValueError(f"{name} must be {otherwise} or 'auto', got {value!r}.")
    return isinstance(value, str)


def check_option(name: str, value: Any, options: Collection[str]) -> str:
    """`value` if it is one of `options`, or an error that lists them."""
    if not isinstance(value, str):
        raise TypeError(
            f"{name} must be one of {sorted(options)}, got {value!r} of type "
            f"{type(value).__name__}."
        )
    if value not in options:
        raise ValueError(f"{name} must be one of {sorted(options)}, got {value!r}.")
    return value


def check_bool(name: str, value: Any) -> bool:
    """`value` if it is a bool, or an error that names `name`."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}.")
    return value


def _within(name: str, value: float, low: float | None, high: float | None) -> float:
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = " and ".join(
            text
            for text, bound in ((f"at least {low}", low), (f"at most {high}", high))
            if bound is not None
        )
        raise ValueError(f"{name} must be {bounds}, got {value!r}.")
    return value
