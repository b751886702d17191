"""One column of the unit cube."""

from dataclasses import dataclass

from .._typing import Integers, Kind, Vector
from ._encodings import Encoding


@dataclass(frozen=True, slots=True)
class Condition:
    """What another column must be for a column to take part.

    Attributes
    ----------
    column : int
        Number of the other column, a discrete one; it must be active.
    values : frozenset of int
        The numbers of the values of which it must have one.
    """

    column: int
    values: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One dimension of a space: where its values lie in [0, 1] and when it takes part.

    Attributes
    ----------
    name : str
        The parameter's name, or ``"<branch>/<name>"`` where branches differ in it.
    encoding : Encoding
        The values and their codes.
    conditions : tuple of Condition
        All must hold for the column to be active; they name earlier columns only.
    """

    name: str
    encoding: Encoding
    conditions: tuple[Condition, ...] = ()

    @property
    def kind(self) -> Kind:
        """One of "continuous", "integer", "ordinal", "categorical"."""
        return self.encoding.kind

    @property
    def n_values(self) -> float:
        """The number of values; infinite for a continuous column."""
        return self.encoding.n_values

    @property
    def weights(self) -> Vector | None:
        """Prior probability of each value; None where the prior is uniform (in `u` or values)."""
        return self.encoding.weights

    def index(self, u: Vector) -> Integers:
        """Number the values that `u` means.

        Parameters
        ----------
        u : ndarray of shape (n,)
            Numbers in [0, 1]; others are clipped.

        Returns
        -------
        ndarray of int of shape (n,)
            From 0 to ``n_values - 1``.

        Raises
        ------
        TypeError
            If the column is continuous.
        """
        return self.encoding.index(u)

    def code(self, index: Integers | int) -> Vector:
        """Give the codes of values by their numbers.

        Parameters
        ----------
        index : int, or ndarray of int of shape (n,)
            From 0 to ``n_values - 1``.

        Returns
        -------
        ndarray of shape () or (n,)
            Numbers in (0, 1).

        Raises
        ------
        TypeError
            If the column is continuous.
        """
        return self.encoding.code(index)

    def center(self, u: Vector) -> Vector:
        """Move `u` to the codes of the values that it means.

        Parameters
        ----------
        u : ndarray of shape (n,)
            Numbers in [0, 1]; others are clipped.

        Returns
        -------
        ndarray of shape (n,)
            `u` itself where the column is continuous.
        """
        return self.encoding.center(u)

    def cell(self, u: Vector) -> tuple[Vector, Vector]:
        """Find the cells that `u` lies in: all numbers that mean the same values.

        Parameters
        ----------
        u : ndarray of shape (n,)
            Numbers in [0, 1]; others are clipped.

        Returns
        -------
        low, high : ndarray of shape (n,)
            The edges; both are `u` where the column is continuous.
        """
        return self.encoding.cell(u)

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
        return self.encoding.quantile(q)
