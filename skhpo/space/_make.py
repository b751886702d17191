"""From what the user passes to a space."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .._typing import Constraint
from ._constraints import check_constraints
from ._counting import count, overlapping
from ._space import Space
from ._structure import build

_COUNTED = 10_000  # spaces up to this size, whose branches overlap, are counted one by one


def make_space(
    param_distributions: Mapping[str, Any] | Iterable[Mapping[str, Any]],
    constraints: Constraint | Iterable[Constraint] | None = None,
    *,
    model: bool = True,
    pairs: bool | None = None,
) -> Space:
    """Check what the user passed and make a space of it.

    Parameters
    ----------
    param_distributions : dict or list of dicts
        For each parameter a list of values, a frozen distribution or a dimension. A list of dicts
        is a conditional space.
    constraints : callable, list of callables or None, default=None
        Each is given the parameters of a configuration and says whether it is allowed.
    model : bool, default=True
        Whether a model will be fitted, so that every dimension needs an encoding.
    pairs : bool or None, default=None
        Whether a tuple that looks like a range, such as ``(1, 10)`` or ``(1, 10, "uniform")``, is
        a sequence of values like any other, as it is for scikit-learn. False warns of the first,
        which is two values all the same, and refuses the second. None means where `model` is
        False.

    Returns
    -------
    Space
        The space; it holds what was passed, unchanged, in `declared`.

    Raises
    ------
    TypeError, ValueError
        If a parameter cannot be understood; the message names it and what to write instead.

    Warns
    -----
    SearchWarning
        If a tuple of two numbers may have been meant as a range.

    Examples
    --------
    >>> from skhpo.space import make_space
    >>> space = make_space({"kernel": ["linear", "rbf"], "C": [0.1, 1.0, 10.0]})
    >>> space.size
    6.0
    """
    declared = _declared(param_distributions)
    checked = check_constraints(constraints)
    columns, branches = build(declared, model=model, pairs=not model if pairs is None else pairs)
    overlap = overlapping(columns, branches)
    space = Space(columns, declared, branches, (), count(columns), overlap)
    if overlap and space.size <= _COUNTED:
        space = replace(space, size=float(sum(1 for _ in space.enumerate())))
    return replace(space, constraints=checked)


def _declared(given: Any) -> tuple[Mapping[str, Any], ...]:
    if isinstance(given, Mapping):
        dicts: tuple[Any, ...] = (given,)
    elif isinstance(given, Iterable) and not isinstance(given, str | bytes):
        dicts = tuple(given)
    else:
        raise TypeError(
            f"Parameter distribution is not a dict or a list, got: {given!r} of type "
            f"{type(given).__name__}"
        )
    if not dicts:
        raise ValueError(
            f"Parameter distribution is empty, got: {given!r}; give at least one dict."
        )
    for parameters in dicts:
        if not isinstance(parameters, Mapping):
            raise TypeError(f"Parameter distribution is not a dict ({parameters!r})")
        for name in parameters:
            if not isinstance(name, str):
                raise TypeError(
                    f"Parameter names must be strings, got {name!r} of type {type(name).__name__}."
                )
    return dicts
