"""Conditional parameters: `When`, and which columns take part in a row."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._typing import Mask, Matrix
from ._column import Column, Condition
from ._values import same


class When:
    """A parameter that exists only where other parameters have certain values.

    It stands in a dict of a space in the place of a dimension. Where the condition does not hold,
    the parameter is absent: it is neither proposed nor set.

    Parameters
    ----------
    dimension : dimension, list, distribution or When
        What the parameter may be where it exists: anything that a space takes.
    **conditions : value, or list or tuple of values
        Names of other parameters of the same dict, each with the value or the values for which
        this one exists. All of them must hold. A parameter that does not exist has no value, so
        conditions on conditional parameters nest.

    Raises
    ------
    TypeError
        If no condition is given.

    Examples
    --------
    >>> from skhpo.space import Integer, Real, When
    >>> space = {
    ...     "kernel": ["linear", "rbf", "poly"],
    ...     "gamma": When(Real(1e-4, 1, log=True), kernel=["rbf", "poly"]),
    ...     "degree": When(Integer(2, 5), kernel="poly"),
    ... }
    """

    def __init__(self, dimension: Any, /, **conditions: Any) -> None:
        if not conditions:
            raise TypeError(
                "When needs a condition: When(dimension, parameter=values), for example "
                "When(Real(0.1, 1), kernel='rbf')."
            )
        self.dimension = dimension
        self.conditions = conditions

    def __repr__(self) -> str:
        conditions = ", ".join(f"{name}={value!r}" for name, value in self.conditions.items())
        return f"When({self.dimension!r}, {conditions})"

    def __eq__(self, other: object) -> bool:
        return type(other) is When and same(vars(self), vars(other))

    __hash__ = None  # type: ignore[assignment]  # values may be unhashable


def holds(columns: Sequence[Column], conditions: Sequence[Condition], x: Matrix, on: Mask) -> Mask:
    """In which rows all `conditions` hold, given the activity `on` of the columns they name."""
    result = np.ones(len(x), dtype=bool)
    for condition in conditions:
        index = columns[condition.column].index(x[:, condition.column])
        chosen = np.zeros(len(x), dtype=bool)
        for value in condition.values:
            chosen |= index == value
        result &= chosen & on[:, condition.column]
    return result


def activity(columns: Sequence[Column], x: Matrix) -> Mask:
    """Which columns take part in each row; conditions name earlier columns only."""
    on = np.ones(x.shape, dtype=bool)
    for j, column in enumerate(columns):
        if column.conditions:
            on[:, j] = holds(columns, column.conditions, x, on)
    return on
