"""From points of the cube, some cells of which take no part, to features with a distance."""

from collections.abc import Sequence

import numpy as np

from .._records import Points
from .._typing import Integers, Mask, Matrix, Vector

ABSENCE = 0.5  # how far a parameter that takes no part lies from all of its values


class Embedding:
    """Features whose Euclidean distance suits numbers, categories and conditions.

    A number is its code. A category is one-hot over sqrt(2), so that two different ones are 1
    apart. A column that may be inactive has one feature or one category more: an inactive number
    lies at ``(0.5, 0.5)`` where an active one lies at ``(u, 0)``, and inactivity is a category of
    its own. All features of a column share its length scale, and every kernel of the distance
    stays positive definite.

    Parameters
    ----------
    n_levels : sequence of int, one a column
        The number of categories; 0 for a number.
    conditional : sequence of bool, one a column
        Whether the column may be inactive.
    resource : bool, default=False
        Whether one more column, a number, comes last; points without it have all of it, 1.

    Attributes
    ----------
    column : ndarray of int of shape (D,)
        The column that each feature belongs to.
    first : ndarray of int of shape (d,)
        The first feature of each column; a number's code.
    numbers : ndarray of int
        The columns that are numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Points
    >>> embedding = Embedding((0, 2), (False, True))
    >>> points = Points(np.array([[0.3, 0.25], [0.3, 0.5]]), np.array([[1, 1], [1, 0]], bool))
    >>> embedding(points).round(3)
    array([[0.3  , 0.707, 0.   , 0.   ],
           [0.3  , 0.   , 0.   , 0.707]])
    """

    def __init__(
        self,
        n_levels: Sequence[int] | Integers,
        conditional: Sequence[bool] | Mask,
        resource: bool = False,
    ) -> None:
        self.resource = resource
        self.n_levels = np.asarray([*n_levels, *[0] * resource], dtype=np.int64)
        self.conditional = np.asarray([*conditional, *[False] * resource], dtype=bool)
        widths = np.maximum(1, self.n_levels) + self.conditional
        self.column = np.repeat(np.arange(len(widths)), widths)
        self.first = np.cumsum(widths) - widths
        number = self.n_levels == 0
        self.numbers = np.flatnonzero(number)
        self._absent = np.flatnonzero(number & self.conditional)
        self._categories = np.flatnonzero(~number)

    @property
    def n_columns(self) -> int:
        """The number of columns."""
        return len(self.n_levels)

    def __call__(self, points: Points) -> Matrix:
        """Embed points.

        Parameters
        ----------
        points : Points of n rows
            Where.

        Returns
        -------
        ndarray of shape (n, D)
        """
        if self.resource and points.x.shape[1] < self.n_columns:
            points = with_resource(points, np.ones(len(points)))
        x, active, first = points.x, points.active, self.first
        features = np.zeros((len(x), len(self.column)))
        features[:, first[self.numbers]] = x[:, self.numbers]
        if len(self._absent):
            absent = ~active[:, self._absent]
            features[:, first[self._absent] + 1] = ABSENCE * absent
        if len(self._categories):
            levels = self.n_levels[self._categories]
            index = np.minimum((x[:, self._categories] * levels).astype(np.int64), levels - 1)
            index = np.where(active[:, self._categories], index, levels)
            features[np.arange(len(x))[:, None], first[self._categories] + index] = np.sqrt(0.5)
        return features

    def slopes(self, x: Vector) -> Vector:
        """Differentiate each column's first feature by its code, at one row of codes.

        Parameters
        ----------
        x : ndarray of shape (d,)
            Codes.

        Returns
        -------
        ndarray of shape (d,)
            1; what it says of categories has no meaning.
        """
        return np.ones(len(x))


def with_resource(points: Points, share: Vector) -> Points:
    """Append a column to points.

    Parameters
    ----------
    points : Points of n rows
        Where.
    share : ndarray of shape (n,)
        Position of each one's resource between the least, 0, and all of it, 1.

    Returns
    -------
    Points
    """
    takes_part = np.ones((len(points), 1), dtype=bool)
    return Points(
        np.column_stack([points.x, share]), np.concatenate([points.active, takes_part], axis=1)
    )
