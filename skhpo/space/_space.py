"""The search space: from what the user declared to points of the unit cube, and back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._records import Points
from .._typing import Constraint, Mask, Matrix, Params
from ._coding import configurations, decode, encode, in_first_branches
from ._column import Column
from ._conditions import activity
from ._constraints import ask
from ._encodings import Drawn, rounded
from ._nearest import nearest
from ._structure import Entry


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Space:
    """What samplers know of a search space; made by `make_space`, immutable.

    Attributes
    ----------
    columns : tuple of Column
        The dimensions of the unit cube, parents first. A list of dicts has a column of its own,
        the first one.
    declared : tuple of dict
        What the user passed, one dict a branch, the very objects.
    branches : tuple of tuple of Entry
        The parameters of each dict in its order, constants included.
    constraints : tuple of callable
        What `allows` asks.
    size : float
        The number of configurations, constraints apart; infinite if a column is continuous.
    overlap : bool
        Whether two branches may hold the same configuration.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.space import Real, make_space
    >>> space = make_space({"C": Real(0.1, 10, log=True), "kernel": ["rbf", "poly"]})
    >>> points = space.from_uniform(np.array([[0.5, 0.9]]))
    >>> space.decode(points)
    [{'C': 1.0, 'kernel': 'poly'}]
    >>> space.encode({"C": 10.0, "kernel": "rbf"}).x
    array([[1.  , 0.25]])
    """

    columns: tuple[Column, ...]
    declared: tuple[Mapping[str, Any], ...]
    branches: tuple[tuple[Entry, ...], ...]
    constraints: tuple[Constraint, ...]
    size: float
    overlap: bool

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.columns)
        return f"Space({names}; {self.size:g} configurations)"

    @property
    def n_columns(self) -> int:
        """The number of columns, the root of a conditional space included."""
        return len(self.columns)

    @property
    def is_model_space(self) -> bool:
        """Whether every value has a code: false where a distribution has `rvs` alone."""
        return not any(isinstance(column.encoding, Drawn) for column in self.columns)

    @property
    def has_conditions(self) -> bool:
        """Whether some column takes part in some rows only."""
        return any(column.conditions for column in self.columns)

    @property
    def has_constraints(self) -> bool:
        """Whether `allows` may say no."""
        return bool(self.constraints)

    def from_uniform(self, q: Matrix) -> Points:
        """Turn uniform numbers into draws from the prior.

        Parameters
        ----------
        q : ndarray of shape (n, n_columns)
            Numbers in [0, 1), independent or quasi-random.

        Returns
        -------
        Points of n rows
        """
        return self._points(q, "quantile")

    def normalize(self, x: Matrix) -> Points:
        """Turn rows of the cube into the points that they mean.

        Parameters
        ----------
        x : ndarray of shape (n, n_columns)
            Numbers in [0, 1]; others are clipped.

        Returns
        -------
        Points of n rows
            Each value at its code, inactive cells at 0.5.
        """
        return self._points(x, "center")

    def _points(self, x: Matrix, method: str) -> Points:
        x = np.asarray(x, dtype=float)
        codes = np.empty(x.shape)
        for j, column in enumerate(self.columns):
            codes[:, j] = getattr(column, method)(x[:, j])
        on = self.active(codes)
        codes[~on] = 0.5
        return Points(codes, on)

    def active(self, x: Matrix) -> Mask:
        """Say which columns take part in which rows.

        Parameters
        ----------
        x : ndarray of shape (n, n_columns)
            Numbers in [0, 1].

        Returns
        -------
        ndarray of bool of shape (n, n_columns)
        """
        return activity(self.columns, np.asarray(x, dtype=float))

    def decode(self, points: Points) -> list[Params]:
        """Turn points into parameters.

        Parameters
        ----------
        points : Points
            Of n rows.

        Returns
        -------
        list of n dicts
            Active parameters and constants, as `set_params` takes them: Python scalars for
            numbers drawn from a range, the user's own objects for the values of a list.
        """
        return decode(self.columns, self.branches, points)

    def encode(self, params: Params) -> Points | None:
        """Turn parameters into a point.

        Parameters
        ----------
        params : dict
            Every active parameter, and no other. Constants may be left out, except where a list
            of dicts leaves in doubt which one is meant.

        Returns
        -------
        Points of one row, or None
            The point in the first branch that holds `params`; None if there is none.
        """
        return encode(self.columns, self.branches, params)

    def allows(self, params: Params) -> bool:
        """Ask the constraints.

        Parameters
        ----------
        params : dict
            A configuration of this space; the constraints get copies.

        Returns
        -------
        bool
            Whether all of them say yes.

        Raises
        ------
        TypeError
            If a constraint returns anything but a bool.
        """
        return all(ask(constraint, params) for constraint in self.constraints)

    def keys(self, points: Points) -> list[bytes]:
        """Make a key for each row.

        Parameters
        ----------
        points : Points
            Of n rows.

        Returns
        -------
        list of n bytes
            Equal where the configurations are equal, floats to 12 significant digits.
        """
        if self.overlap:
            points = in_first_branches(self.columns, self.branches, points)
        labels = np.empty((len(points), self.n_columns))
        for j, column in enumerate(self.columns):
            labels[:, j] = column.encoding.label(points.x[:, j])
        labels = np.where(points.active, rounded(labels), np.nan)
        return [row.tobytes() for row in labels]

    def nearest(self, values: Any) -> tuple[Points, bool]:
        """Find the allowed point nearest to an estimator's own values.

        Parameters
        ----------
        values : estimator or dict
            Better the estimator, whose class tells what ``None`` stands for, than its params.

        Returns
        -------
        point : Points of one row
            In the branch that holds most of the values, the first of equals.
        moved : bool
            Whether any of the values in that branch is not the estimator's own.

        Raises
        ------
        ValueError
            If the constraints allow none of the many points tried.
        """
        return nearest(self, values)

    def enumerate(self) -> Iterator[Params]:
        """List a finite space.

        Returns
        -------
        iterator of dict
            Every allowed configuration once, branch by branch, names sorted (parents first), the
            last one varying fastest.

        Raises
        ------
        ValueError
            If a column is continuous.
        """
        for column in self.columns:
            if column.n_values == np.inf:
                raise ValueError(
                    f"Parameter {column.name!r} has infinitely many values, so the space cannot "
                    "be enumerated; give a list of values instead."
                )
        return filter(self.allows, configurations(self.columns, self.branches, self.overlap))
