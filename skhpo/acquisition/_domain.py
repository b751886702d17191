"""What the search for an acquisition's maximum must know of its argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from .._records import Points
from .._typing import Integers, Kind, Mask, Matrix, Vector


class Criterion(Protocol):
    """What is maximised: a vectorised function of points."""

    @property
    def smooth(self) -> bool:
        """Whether it has a gradient."""

    def __call__(self, points: Points) -> Vector:
        """Value at each of the points; to be maximised."""

    def gradient(self, points: Points) -> tuple[float, Vector]:
        """Value at one point, and its derivatives by the continuous columns."""


class DomainColumn(Protocol):
    """What is known of a column; see `skhpo.space.Column`."""

    @property
    def kind(self) -> Kind:
        """One of "continuous", "integer", "ordinal", "categorical"."""

    @property
    def conditions(self) -> Sequence[object]:
        """When it takes part; empty for always."""

    @property
    def n_values(self) -> float:
        """Number of values; infinite for a continuous column."""

    def index(self, u: Vector) -> Integers:
        """Numbers of the values at `u`."""

    def code(self, index: Any) -> Vector:
        """Codes of numbered values."""

    def quantile(self, q: Vector) -> Vector:
        """Codes of draws from the prior."""


class Domain(Protocol):
    """Where to search; `skhpo.space.Space` is one."""

    @property
    def columns(self) -> Sequence[DomainColumn]:
        """The dimensions."""

    def normalize(self, x: Matrix) -> Points:
        """The points that rows of the cube mean."""

    def from_uniform(self, q: Matrix) -> Points:
        """Draws from the prior."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the cube.

    Attributes
    ----------
    low, high : ndarray of shape (d,)
        Bounds of the columns that are not categorical; those of the others have no meaning.
    fixed : dict of int to float
        Codes by column that do not change.
    """

    low: Vector
    high: Vector
    fixed: Mapping[int, float] = field(default_factory=dict)

    @staticmethod
    def whole(d: int, fixed: Mapping[int, float] | None = None) -> "Region":
        """All of the cube, but for the columns that are `fixed`."""
        return Region(np.zeros(d), np.ones(d), fixed or {})

    @staticmethod
    def around(point: Points, width: float, fixed: Mapping[int, float] | None = None) -> "Region":
        """The box that reaches `width` to all sides of a point, where that is active."""
        x, active = point.x[0], point.active[0]
        low = np.where(active, np.maximum(x - width, 0.0), 0.0)
        return Region(low, np.where(active, np.minimum(x + width, 1.0), 1.0), fixed or {})

    def hold(self, x: Matrix, numbers: Mask) -> Matrix:
        """Rows of `x` moved into the region; `numbers` says which columns have bounds."""
        held: Matrix = np.where(numbers, np.clip(x, self.low, self.high), x)
        for j, code in self.fixed.items():
            held[:, j] = code
        return held
