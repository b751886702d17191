"""Dimensions for spaces where a list or a scipy distribution is awkward."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from .._validation import check_bool, check_integer, check_real
from ._discrete import MAX_VALUES, Grid
from ._encodings import Encoding, Interval
from ._values import is_number, same


class Dimension(ABC):
    """Base of the dimensions; a value object, compared by its arguments."""

    @abstractmethod
    def encoding(self) -> Encoding:
        """The values on the unit interval."""

    def rvs(self, size: int | tuple[int, ...] | None = None, random_state: Any = None) -> Any:
        """Draw values from the prior, as a frozen scipy distribution does.

        Parameters
        ----------
        size : int, tuple of int or None, default=None
            Shape of the array to return; None for one bare value.
        random_state : int, RandomState, Generator or None, default=None
            Where the randomness comes from.

        Returns
        -------
        object or ndarray of shape `size`
            One value, or an array of values.
        """
        if not isinstance(random_state, np.random.Generator):
            random_state = check_random_state(random_state)
        encoding = self.encoding()
        uniform = np.asarray(random_state.uniform(size=size))
        values = encoding.values(encoding.quantile(uniform.ravel()))
        if size is None:
            return values[0]
        if all(map(is_number, values)):
            return np.array(values).reshape(uniform.shape)
        drawn = np.empty(len(values), dtype=object)
        drawn[:] = values
        return drawn.reshape(uniform.shape)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and same(_arguments(self), _arguments(other))

    __hash__ = None  # type: ignore[assignment]  # values may be unhashable


def _arguments(dimension: Any) -> dict[str, Any]:
    return {field.name: getattr(dimension, field.name) for field in fields(dimension)}


@dataclass(frozen=True, eq=False)
class Real(Dimension):
    """A real number between two bounds, both included.

    ``Real(low, high)`` is ``scipy.stats.uniform(low, high - low)``, and with `log`
    ``scipy.stats.loguniform(low, high)``; its arguments are harder to mistake.

    Parameters
    ----------
    low, high : float
        Smallest and largest value, ``low < high``.
    log : bool, default=False
        Whether orders of magnitude are equally likely, rather than values; needs ``low > 0``.

    Raises
    ------
    TypeError
        If a bound is not a number.
    ValueError
        If the bounds are not finite, not in order or, with `log`, not positive.

    Examples
    --------
    >>> from skhpo.space import Real
    >>> Real(1e-3, 1e3, log=True)
    Real(low=0.001, high=1000.0, log=True)
    >>> round(Real(0, 1).rvs(random_state=0), 3)
    0.549
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        low, high = check_real("low of Real", self.low), check_real("high of Real", self.high)
        check_bool("log of Real", self.log)
        if not low < high:
            raise ValueError(
                f"Real needs low < high, got low={self.low!r}, high={self.high!r}; a parameter "
                "with one value is a list of one element."
            )
        if self.log and low <= 0:
            raise ValueError(
                f"Real with log=True needs low > 0, got low={self.low!r}; take a small positive "
                "number, or log=False."
            )
        if (high / low if self.log else high - low) == float("inf"):
            raise ValueError(
                f"Real from {self.low!r} to {self.high!r} is too wide; narrow the range."
            )

    def encoding(self) -> Interval:
        """The values on the unit interval."""
        return Interval(self.low, self.high, self.log)


@dataclass(frozen=True, eq=False)
class Integer(Dimension):
    """An integer between two bounds, both included.

    ``Integer(low, high)`` is ``scipy.stats.randint(low, high + 1)``; scipy has no counterpart of
    `log`.

    Parameters
    ----------
    low, high : int
        Smallest and largest value, ``low < high``.
    log : bool, default=False
        Whether orders of magnitude are equally likely, rather than values; needs
        ``low > step / 2``.
    step : int, default=1
        Distance between neighbours; the values are low, low + step, ... up to `high`.

    Raises
    ------
    TypeError
        If a bound or the step is not an integer.
    ValueError
        If the bounds are not in order, the step is not positive, or, with `log`, `low` is too
        small.

    Examples
    --------
    >>> from skhpo.space import Integer
    >>> Integer(1, 9, step=2).rvs(size=5, random_state=0)
    array([5, 7, 7, 5, 5])
    """

    low: int
    high: int
    log: bool = False
    step: int = 1

    def __post_init__(self) -> None:
        low = check_integer("low of Integer", self.low)
        high = check_integer("high of Integer", self.high)
        step = check_integer("step of Integer", self.step, 1)
        check_bool("log of Integer", self.log)
        if not low < high:
            raise ValueError(
                f"Integer needs low < high, got low={self.low!r}, high={self.high!r}; a parameter "
                "with one value is a list of one element."
            )
        if self.log and low <= step / 2:
            raise ValueError(
                f"Integer with log=True needs low > step / 2, got low={self.low!r}, "
                f"step={self.step!r}; raise low, or take log=False."
            )
        if (high - low) // step >= MAX_VALUES:
            raise ValueError(
                f"Integer from {low} to {high} has too many values; narrow the range, or take a "
                "larger step."
            )

    def encoding(self) -> Grid:
        """The values on the unit interval."""
        low, step = int(self.low), int(self.step)
        return Grid(low, step, (int(self.high) - low) // step + 1, self.log)
