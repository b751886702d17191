"""How numbered values lie on the unit interval: integers, levels, discrete distributions."""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._typing import Integers, Kind, Vector
from ._encodings import MARGIN, Encoding, clip
from ._values import Lookup, is_number, whole

MAX_VALUES = 2**45  # more cannot be told apart by a code of 53 bits


class Discrete(Encoding):
    """A dimension whose values are numbered from 0; every code belongs to one value's cell."""

    @abstractmethod
    def item(self, index: int) -> Any:
        """Value number `index`."""

    @abstractmethod
    def find(self, value: Any) -> int | None:
        """The number of `value`, or None if it is not one of the values."""

    def describe(self) -> str:
        """The values in a few words, for messages."""
        ends = [repr(self.item(i)) for i in range(min(10, self._last() + 1))]
        more = f", ... {self.item(self._last())!r}" if self.n_values > len(ends) else ""
        return ", ".join(ends) + more

    def center(self, u: Vector) -> Vector:
        return self.code(self.index(u))

    def quantile(self, q: Vector) -> Vector:
        return self.center(q)

    def values(self, u: Vector) -> list[Any]:
        return [self.item(i) for i in self.index(u).tolist()]

    def label(self, u: Vector) -> Vector:
        return self.index(u).astype(float)

    def position(self, value: Any) -> float | None:
        index = self.find(value)
        return None if index is None else float(self.code(index))

    def _last(self) -> int:
        return int(self.n_values) - 1


class Grid(Discrete):
    """The integers low, low + step, ...; with `log` a cell is as wide as its share of the log."""

    def __init__(
        self, low: int, step: int, n_values: int, log: bool = False, kind: Kind = "integer"
    ) -> None:
        self.low, self.step, self.n_values, self.log, self.kind = low, step, n_values, log, kind
        if log:
            self._a = math.log(low - step / 2)
            self._width = math.log(low + step * (n_values - 0.5)) - self._a

    def identity(self) -> tuple[Any, ...]:
        return (self.low, self.step, self.n_values, self.log, self.kind)

    def index(self, u: Vector) -> Integers:
        u = clip(u)
        if self.log:
            index = (np.exp(self._a + u * self._width) - self.low) / self.step + 0.5
        else:
            index = u * self.n_values
        return clip(np.floor(index), 0, self.n_values - 1).astype(np.int64)

    def _scale(self, index: Vector) -> Vector:
        if self.log:
            return (np.log(self.low + self.step * index) - self._a) / self._width
        return (index + 0.5) / self.n_values

    def code(self, index: Integers | int) -> Vector:
        return self._scale(np.asarray(index, dtype=np.float64))

    def cell(self, u: Vector) -> tuple[Vector, Vector]:
        index = self.index(u)
        at = index.astype(float)
        low = np.where(index == 0, 0.0, self._scale(at - 0.5))
        return low, np.where(index == self._last(), 1.0, self._scale(at + 0.5))

    def item(self, index: int) -> int:
        return self.low + self.step * index

    def values(self, u: Vector) -> list[Any]:
        if self.log:
            return super().values(u)
        low, step, n, last = self.low, self.step, self.n_values, self._last()
        return [low + step * min(max(int(q * n), 0), last) for q in u.tolist()]

    def find(self, value: Any) -> int | None:
        number = whole(value)
        if number is None:
            return None
        index, rest = divmod(number - self.low, self.step)
        return index if rest == 0 and 0 <= index <= self._last() else None

    def project(self, number: float) -> float | None:
        index = min(max((number - self.low) / self.step, 0), self._last())
        return float(self.code(math.floor(index + 0.5)))


class Levels(Discrete):
    """Values out of a sequence: where their `positions` lie, or evenly by rank.

    The prior gives each value its weight, however wide its cell is.
    """

    def __init__(
        self,
        values: Sequence[Any],
        kind: Kind,
        positions: Vector | None = None,
        weights: Vector | None = None,
    ) -> None:
        self.kind, self._values, self.n_values = kind, tuple(values), len(values)
        self._lookup = Lookup(self._values)
        self._codes, self._edges = _spread(self._last() + 1, positions)
        self._spaced = positions is not None
        if weights is not None:
            self.weights = _frozen(weights / weights.sum())
            self._cumulated = np.cumsum(self.weights)[:-1]

    def identity(self) -> tuple[Any, ...]:
        return (self.kind, self._values, self._codes, self.weights)

    def index(self, u: Vector) -> Integers:
        return np.searchsorted(self._edges[1:-1], u, side="right").astype(np.int64)

    def code(self, index: Integers | int) -> Vector:
        return np.asarray(self._codes[index])

    def cell(self, u: Vector) -> tuple[Vector, Vector]:
        index = self.index(u)
        return self._edges[index], self._edges[index + 1]

    def quantile(self, q: Vector) -> Vector:
        if self.weights is None:
            index = clip(np.floor(np.asarray(q) * self.n_values), 0, self._last()).astype(np.int64)
        else:
            index = np.searchsorted(self._cumulated, q, side="right").astype(np.int64)
        return self.code(index)

    def item(self, index: int) -> Any:
        return self._values[index]

    def find(self, value: Any) -> int | None:
        return self._lookup.find(value)

    def project(self, number: float) -> float | None:
        if not all(map(is_number, self._values)):
            return None
        numbers = np.array(self._values, dtype=float)
        if math.isinf(number):
            index = int(np.argmax(numbers) if number > 0 else np.argmin(numbers))
        else:
            index = int(np.argmin(np.abs(numbers - number)))
        return float(self._codes[index])


def _spread(n_values: int, positions: Vector | None) -> tuple[Vector, Vector]:
    """Codes and the edges between them; the outer cells reach half a gap beyond their values."""
    if positions is None:
        codes = (np.arange(n_values) + 0.5) / n_values
        edges = np.arange(n_values + 1) / n_values
    else:
        middle = (positions[1:] + positions[:-1]) / 2
        low, high = 2 * positions[0] - middle[0], 2 * positions[-1] - middle[-1]
        codes = (positions - low) / (high - low)
        edges = np.concatenate(([0.0], (middle - low) / (high - low), [1.0]))
    return _frozen(codes), _frozen(edges)


def _frozen(array: Vector) -> Vector:
    array = np.array(array, dtype=float)
    array.setflags(write=False)
    return array


class DiscreteQuantile(Discrete):
    """A distribution of integers through its `ppf`, `cdf` and `pmf`; `u` is the probability."""

    kind: Kind = "integer"

    def __init__(self, distribution: Any, law: Any) -> None:
        self.distribution, self._law = distribution, law
        low, high = (int(distribution.ppf(q)) for q in (MARGIN, 1.0 - MARGIN))
        self.low, self.n_values = low, high - low + 1

    def identity(self) -> tuple[Any, ...]:
        return (self._law,)

    def index(self, u: Vector) -> Integers:
        values = self.distribution.ppf(clip(u, MARGIN, 1.0 - MARGIN)) - self.low
        return clip(values, 0, self._last()).astype(np.int64)

    def code(self, index: Integers | int) -> Vector:
        value = self.low + np.asarray(index)
        middle = self.distribution.cdf(value - 1) + self.distribution.pmf(value) / 2
        return clip(middle, MARGIN, 1.0 - MARGIN)

    def cell(self, u: Vector) -> tuple[Vector, Vector]:
        index = self.index(u)
        value = self.low + index
        low = np.where(index == 0, 0.0, self.distribution.cdf(value - 1))
        return low, np.where(index == self._last(), 1.0, self.distribution.cdf(value))

    def item(self, index: int) -> int:
        return self.low + index

    def find(self, value: Any) -> int | None:
        number = whole(value)
        if number is None:
            return None
        index = number - self.low
        return index if 0 <= index <= self._last() else None

    def project(self, number: float) -> float | None:
        index = min(max(number - self.low, 0), self._last())
        return float(self.code(math.floor(index + 0.5)))
