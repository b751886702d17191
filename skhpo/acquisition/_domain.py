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
        """Give the value at each of the points; to be maximised."""

    def gradient(self, points: Points) -> tuple[float, Vector]:
        """Give the value at one point, and its derivatives by the continuous columns.

        Parameters
        ----------
        points : Points of one row
            Where.

        Returns
        -------
        value : float
        slope : ndarray of shape (d,)
        """


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
        """Number the values that `u` means.

        Parameters
        ----------
        u : ndarray of shape (n,)
            Codes.

        Returns
        -------
        ndarray of int of shape (n,)
        """

    def code(self, index: Any) -> Vector:
        """Give the codes of values by their numbers.

        Parameters
        ----------
        index : ndarray of int of shape (n,)
            From 0 to ``n_values - 1``.

        Returns
        -------
        ndarray of shape (n,)
        """

    def quantile(self, q: Vector) -> Vector:
        """Turn uniform numbers into draws from the prior.

        Parameters
        ----------
        q : ndarray of shape (n,)
            Numbers in [0, 1).

        Returns
        -------
        ndarray of shape (n,)
            Codes.
        """


class Domain(Protocol):
    """Where to search; `skhpo.space.Space` is one."""

    @property
    def columns(self) -> Sequence[DomainColumn]:
        """The dimensions."""

    def normalize(self, x: Matrix) -> Points:
        """Turn rows of the cube into the points that they mean.

        Parameters
        ----------
        x : ndarray of shape (n, d)
            Codes.

        Returns
        -------
        Points of n rows
        """

    def from_uniform(self, q: Matrix) -> Points:
        """Turn uniform numbers into draws from the prior.

        Parameters
        ----------
        q : ndarray of shape (n, d)
            Numbers in [0, 1).

        Returns
        -------
        Points of n rows
        """


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
        """Take all of the cube, but for fixed columns.

        Parameters
        ----------
        d : int
            Number of columns.
        fixed : dict of int to float or None, default=None
            Codes by column that do not change.

        Returns
        -------
        Region
        """
        return Region(np.zeros(d), np.ones(d), fixed or {})

    @staticmethod
    def around(point: Points, width: float, fixed: Mapping[int, float] | None = None) -> "Region":
        """Take the box that reaches to all sides of a point, where that is active.

        Parameters
        ----------
        point : Points of one row
            The middle.
        width : float
            How far, in units of the cube.
        fixed : dict of int to float or None, default=None
            Codes by column that do not change.

        Returns
        -------
        Region
        """
        x, active = point.x[0], point.active[0]
        low = np.where(active, np.maximum(x - width, 0.0), 0.0)
        return Region(low, np.where(active, np.minimum(x + width, 1.0), 1.0), fixed or {})

    def hold(self, x: Matrix, numbers: Mask) -> Matrix:
        """Move rows into the region.

        Parameters
        ----------
        x : ndarray of shape (n, d)
            Codes.
        numbers : ndarray of bool of shape (d,)
            Which columns have bounds.

        Returns
        -------
        ndarray of shape (n, d)
        """
        held: Matrix = np.where(numbers, np.clip(x, self.low, self.high), x)
        for j, code in self.fixed.items():
            held[:, j] = code
        return held
