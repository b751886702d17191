"""One column of the unit cube."""

from dataclasses import dataclass

from .._typing import Integers, Kind, Vector
from ._encodings import Encoding


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds where the column number `column` is active and has one of the `values` (numbers)."""

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
        """Which value each of `u` means; discrete columns only."""
        return self.encoding.index(u)

    def code(self, index: Integers | int) -> Vector:
        """The codes of the values number `index`; discrete columns only."""
        return self.encoding.code(index)

    def center(self, u: Vector) -> Vector:
        """The codes of the values that `u` means; `u` itself where the column is continuous."""
        return self.encoding.center(u)

    def cell(self, u: Vector) -> tuple[Vector, Vector]:
        """Lower and upper edges of the cells that `u` lies in; `(u, u)` where continuous."""
        return self.encoding.cell(u)

    def quantile(self, q: Vector) -> Vector:
        """Codes drawn from the prior by uniform numbers `q` in [0, 1)."""
        return self.encoding.quantile(q)
