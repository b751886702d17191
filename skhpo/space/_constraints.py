"""Constraints: callables that are given the params and say whether they are allowed."""

from typing import Any

import numpy as np

from .._typing import Constraint, Params


def check_constraints(given: Any) -> tuple[Constraint, ...]:
    """`given` (a callable, several or None) as a tuple, or an error."""
    if given is None:
        return ()
    constraints = tuple(given) if isinstance(given, list | tuple) else (given,)
    for constraint in constraints:
        if not callable(constraint):
            raise TypeError(
                "constraints must be a callable or a list of callables, got "
                f"{constraint!r} of type {type(constraint).__name__}."
            )
    return constraints


def ask(constraint: Constraint, params: Params) -> bool:
    """What `constraint` says to `params`, of which it gets a copy; an error if it is no bool."""
    answer: Any = constraint(dict(params))
    if not isinstance(answer, bool | np.bool_):
        raise TypeError(
            f"The constraint {constraint!r} must return True or False, got {answer!r} of type "
            f"{type(answer).__name__} for {params!r}."
        )
    return bool(answer)
