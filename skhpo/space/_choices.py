"""Dimensions of separate values: unordered and ordered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._validation import check_option, check_real
from ._dimensions import Dimension
from ._encodings import Encoding
from ._sequences import SPACINGS, elements, levels
from ._values import distinct, is_number


@dataclass(frozen=True, eq=False)
class Categorical(Dimension):
    """One of several values without an order.

    A list means the same, unless it holds three or more numbers in order: these are taken as
    ordered, which `Categorical` prevents.

    Parameters
    ----------
    values : sequence
        The values, of any type; handed over as they are.
    weights : sequence of float or None, default=None
        How likely each value is before anything is known; positive, of any sum. None means
        equally likely.

    Raises
    ------
    TypeError
        If `values` is not a sequence.
    ValueError
        If `values` is empty or repeats one, or `weights` does not fit.

    Examples
    --------
    >>> from skhpo.space import Categorical
    >>> Categorical(["rbf", "poly"], weights=[3, 1]).rvs(random_state=0)
    'rbf'
    """

    values: Sequence[Any]
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        values = _check_values("Categorical", self.values)
        if self.weights is None:
            return
        weights = [check_real("each weight of Categorical", weight) for weight in self.weights]
        if len(weights) != len(values) or min(weights) <= 0:
            raise ValueError(
                f"weights of Categorical must be {len(values)} positive numbers, one for each "
                f"value, got {self.weights!r}."
            )

    def encoding(self) -> Encoding:
        """The values on the unit interval."""
        return levels(elements(self.values), "categorical", weights=self.weights)


@dataclass(frozen=True, eq=False)
class Ordinal(Dimension):
    """One of several values that have an order, smallest (or largest) first.

    A list of three or more numbers in order means the same. Order and spacing inform the model;
    only the values themselves are ever proposed, and all are equally likely at first.

    Parameters
    ----------
    values : sequence
        The values in their order, of any type.
    spacing : {"auto", "value", "log", "rank"}, default="auto"
        How far apart neighbours are: as the numbers are, as their logarithms are, or all alike.
        "auto" takes the more even one of "value" and "log" for numbers in order, "rank" for
        anything else.

    Raises
    ------
    TypeError
        If `values` is not a sequence.
    ValueError
        If `values` is empty or repeats one, or does not go with `spacing`.

    Examples
    --------
    >>> from skhpo.space import Ordinal
    >>> Ordinal(["small", "medium", "large"]).rvs(random_state=0)
    'medium'
    """

    values: Sequence[Any]
    spacing: str = "auto"

    def __post_init__(self) -> None:
        values = _check_values("Ordinal", self.values)
        check_option("spacing of Ordinal", self.spacing, SPACINGS)
        if self.spacing in ("auto", "rank"):
            return
        numbers = [float(value) for value in values if is_number(value)]
        ordered = numbers in (sorted(numbers), sorted(numbers, reverse=True))
        if len(numbers) < len(values) or not ordered:
            raise ValueError(
                f"Ordinal with spacing={self.spacing!r} needs numbers in order, got "
                f"{self.values!r}; take spacing='rank'."
            )
        if self.spacing == "log" and min(numbers) <= 0:
            raise ValueError(
                f"Ordinal with spacing='log' needs positive numbers, got {self.values!r}; take "
                "spacing='value' or 'rank'."
            )

    def encoding(self) -> Encoding:
        """The values on the unit interval."""
        return levels(elements(self.values), "ordinal", self.spacing)


def _check_values(name: str, values: Any) -> list[Any]:
    plain = isinstance(values, str | bytes | dict | set | frozenset)
    if plain or not hasattr(values, "__len__") or not hasattr(values, "__getitem__"):
        raise TypeError(
            f"values of {name} must be a list, a tuple or an array, got {values!r} of type "
            f"{type(values).__name__}."
        )
    if len(values) == 0:
        raise ValueError(f"values of {name} must not be empty.")
    if getattr(values, "ndim", 1) != 1:
        raise ValueError(f"values of {name} must be one-dimensional, got shape {values.shape}.")
    listed = elements(values)
    if len(distinct(listed)[0]) < len(listed):
        raise ValueError(f"values of {name} must differ from each other, got {values!r}.")
    return listed
