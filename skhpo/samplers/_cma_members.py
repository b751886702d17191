"""What CMA-ES chooses from, where it starts, and the members of its generations."""

from dataclasses import dataclass

import numpy as np

from .._typing import Integers, Matrix, Vector
from ._cma_centering import Centers
from ._cma_margin import Cells
from ._cma_parameters import population_size

LARGE = 1e300  # a loss that is worse than any


@dataclass(frozen=True, slots=True)
class Domain:
    """What there is to choose.

    Attributes
    ----------
    n : int
        Numeric coordinates, each with values in [0, 1].
    integers : ndarray of int of shape (k,)
        Which of them have a few values only.
    cells : callable
        The ends of the cells of these.
    categories : tuple of int
        How many values each categorical variable has.
    centers : callable or None
        What integers are rounded to.
    """

    n: int
    integers: Integers
    cells: Cells
    categories: tuple[int, ...] = ()
    centers: Centers | None = None

    @property
    def continuous(self) -> Integers:
        """Which numeric coordinates are not integers."""
        return np.setdiff1d(np.arange(self.n), self.integers)

    @property
    def discrete(self) -> float:
        """The share of the variables that have a few values only."""
        n_categories = len(self.categories)
        return (len(self.integers) + n_categories) / max(1, self.n + n_categories)

    @property
    def popsize(self) -> int:
        """The usual population size."""
        return population_size(self.n + len(self.categories))


@dataclass(frozen=True, slots=True)
class Settings:
    """How an `Engine` works."""

    popsize: int
    sigma: float
    restarts: str | None
    tol_x: float
    adapt_rates: bool = False


@dataclass(frozen=True, slots=True)
class First:
    """The distribution of the first run; None is uniform, or the identity."""

    mean: Vector
    sigma: float
    C: Matrix | None = None
    q: Matrix | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A point: `v` before bounds and rounding, from `run` and `generation` (-1: of others)."""

    v: Vector
    chosen: Integers
    run: int
    generation: int
    mean: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A member with its loss; a lower `level` goes before any loss."""

    member: Member
    loss: float
    level: float


def ranks_of(members: list[Told]) -> Vector:
    """0 for the best; equal for equal results."""
    keys = [(told.level, min(told.loss, LARGE)) for told in members]
    rank = {key: float(i) for i, key in enumerate(sorted(set(keys)))}
    return np.array([rank[key] for key in keys])
