"""How the values of one dimension lie on the unit interval: the base, and continuous ones."""

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from .._typing import Integers, Kind, Matrix, Vector
from ._values import is_number, same

MARGIN = 1e-9  # how far from 0 and 1 a distribution's inverse cdf is taken
_ULP = 2.0**-52  # how well a code is known
_BITS = 2.0**40  # 40 bits of mantissa are 12 significant digits


def clip(values: Any, low: float = 0.0, high: float = 1.0) -> Vector:
    """`numpy.clip` at a fifth of its time for a few numbers."""
    clipped: Vector = np.minimum(np.maximum(values, low), high)
    return clipped


def rounded(labels: Matrix) -> Matrix:
    """Labels to 12 significant digits, which leaves the numbers of discrete values alone."""
    mantissa, exponent = np.frexp(labels)
    return np.asarray(np.ldexp(np.rint(mantissa * _BITS), exponent) + 0.0)


class Encoding(ABC):
    """A dimension's values as codes in [0, 1]; immutable.

    `u` is always a vector of numbers in [0, 1], the *code* of a value the one that stands for it.
    """

    kind: Kind
    n_values: float
    weights: Vector | None = None

    @abstractmethod
    def identity(self) -> tuple[Any, ...]:
        """What tells this encoding from another one of its class."""

    def matches(self, other: "Encoding") -> bool:
        """Whether `other` has the same kind, values and flags."""
        return type(self) is type(other) and same(self.identity(), other.identity())

    @abstractmethod
    def index(self, u: Vector) -> Integers:
        """Which value `u` means."""

    @abstractmethod
    def code(self, index: Integers | int) -> Vector:
        """The code of value number `index`."""

    @abstractmethod
    def center(self, u: Vector) -> Vector:
        """The code of the value that `u` means."""

    @abstractmethod
    def cell(self, u: Vector) -> tuple[Vector, Vector]:
        """Lower and upper edge of the codes that mean the same value as `u`."""

    @abstractmethod
    def quantile(self, q: Vector) -> Vector:
        """Codes drawn from the prior by uniform numbers `q` in [0, 1)."""

    @abstractmethod
    def values(self, u: Vector) -> list[Any]:
        """The values that `u` means, as a user gets them."""

    @abstractmethod
    def label(self, u: Vector) -> Vector:
        """Numbers that are equal where the values are equal, once they are `rounded`."""

    @abstractmethod
    def position(self, value: Any) -> float | None:
        """The code of `value`, or None if it is not one of the values."""

    @abstractmethod
    def project(self, number: float) -> float | None:
        """The code of the value nearest to `number`; None where values are not numbers."""


class Continuous(Encoding):
    """A dimension of uncountably many values; the prior is uniform in `u`."""

    kind: Kind = "continuous"
    n_values = math.inf

    def index(self, u: Vector) -> Integers:
        raise TypeError("The values of a continuous column are not numbered.")

    def code(self, index: Integers | int) -> Vector:
        raise TypeError("The values of a continuous column are not numbered.")

    def center(self, u: Vector) -> Vector:
        return clip(u)

    def cell(self, u: Vector) -> tuple[Vector, Vector]:
        u = self.center(u)
        return u, u

    def quantile(self, q: Vector) -> Vector:
        return self.center(q)

    def label(self, u: Vector) -> Vector:
        return self.numbers(u)

    @abstractmethod
    def numbers(self, u: Vector) -> Vector:
        """The values that `u` means, as an array."""


class Interval(Continuous):
    """The numbers from `low` to `high`, evenly spread over [0, 1] or, with `log`, their logs."""

    def __init__(self, low: float, high: float, log: bool) -> None:
        self.low, self.high, self.log = float(low), float(high), log
        self._width = math.log(self.high / self.low) if log else self.high - self.low

    def identity(self) -> tuple[Any, ...]:
        return (self.low, self.high, self.log)

    def numbers(self, u: Vector) -> Vector:
        u = clip(u)
        if self.log:
            return clip(self.low * np.exp(u * self._width), self.low, self.high)
        return clip(self.low * (1.0 - u) + self.high * u, self.low, self.high)

    def values(self, u: Vector) -> list[Any]:
        return [self._value(number) for number in u.tolist()]

    def _value(self, u: float) -> float:
        """The number at `u`; of all that share this code, one of at most 12 digits if there is."""
        if u <= 0.0:
            return self.low
        if u >= 1.0:
            return self.high
        if self.log:
            x = self.low * math.exp(u * self._width)
        else:
            x = self.low * (1.0 - u) + self.high * u
        x = min(max(x, self.low), self.high)
        short = float(f"{x:.12g}")
        inside = short != x and self.low <= short <= self.high
        return short if inside and abs(self._code(short) - u) <= _ULP else x

    def _code(self, number: float) -> float:
        t = math.log(number / self.low) if self.log else number - self.low
        return min(max(t / self._width, 0.0), 1.0)

    def position(self, value: Any) -> float | None:
        if not is_number(value) or not self.low <= value <= self.high:
            return None
        return self._code(float(value))

    def project(self, number: float) -> float | None:
        return self.position(min(max(number, self.low), self.high))


class Quantile(Continuous):
    """A continuous distribution through its `ppf` and `cdf`; `u` is the probability."""

    def __init__(self, distribution: Any, law: Any, low: float, high: float) -> None:
        self.distribution, self._law = distribution, law
        self.low, self.high = low, high

    def identity(self) -> tuple[Any, ...]:
        return (self._law,)

    def numbers(self, u: Vector) -> Vector:
        inside = clip(u, MARGIN, 1.0 - MARGIN)
        return np.asarray(self.distribution.ppf(inside), dtype=float)

    def values(self, u: Vector) -> list[Any]:
        values: list[Any] = self.numbers(u).tolist()
        return values

    def position(self, value: Any) -> float | None:
        if not is_number(value) or not self.low <= value <= self.high:
            return None
        return min(max(float(self.distribution.cdf(float(value))), MARGIN), 1.0 - MARGIN)

    def project(self, number: float) -> float | None:
        return self.position(min(max(number, self.low), self.high))


class Drawn(Continuous):
    """A distribution known by its `rvs` alone: a code is the seed of a draw."""

    def __init__(self, distribution: Any) -> None:
        self.distribution = distribution

    def identity(self) -> tuple[Any, ...]:
        return (self.distribution,)

    def numbers(self, u: Vector) -> Vector:
        return clip(u)

    def values(self, u: Vector) -> list[Any]:
        return [self._draw(number) for number in u.tolist()]

    def _draw(self, u: float) -> Any:
        seed = min(int(u * 2**32), 2**32 - 1)
        value = self.distribution.rvs(random_state=np.random.RandomState(seed))
        return value.item() if isinstance(value, np.generic) else value

    def position(self, value: Any) -> float | None:
        return None

    def project(self, number: float) -> float | None:
        return None
