"""What a user may write for one parameter -> an encoding, or a refusal that says what to write."""

import numbers
import warnings
from collections.abc import Iterator, Mapping, Set
from typing import Any

from ..exceptions import SearchWarning
from ._dimensions import Dimension
from ._discrete import Grid
from ._distributions import encode_distribution
from ._encodings import Encoding
from ._sequences import elements, levels
from ._values import is_number


def coerce(name: str, form: Any, *, model: bool, pairs: bool) -> Encoding:
    """The encoding of what stands for the parameter `name`.

    With `model` False a distribution may lack a `ppf`; with `pairs` False a tuple that looks like
    a range of another library is refused, or taken as two values with a warning.
    """
    if isinstance(form, Dimension):
        return form.encoding()
    if not isinstance(form, type) and (hasattr(form, "rvs") or hasattr(form, "ppf")):
        return encode_distribution(name, form, model)
    _check_sequence(name, form)
    if not pairs and isinstance(form, tuple):
        _check_no_range(name, form)
    if isinstance(form, range) and len(form) >= 3:
        return Grid(form.start, form.step, len(form), kind="ordinal")
    return levels(elements(form))


def _check_sequence(name: str, form: Any) -> None:
    scalar = isinstance(form, str | bytes | Mapping | Set | Iterator)
    if scalar or not hasattr(form, "__getitem__") or not hasattr(form, "__len__"):
        raise TypeError(
            f"Parameter grid for parameter {name!r} needs to be a list or a numpy array, but got "
            f"{form!r} (of type {type(form).__name__}) instead. Single values need to be wrapped "
            "in a list with one element; ranges are written with Real, Integer or a frozen "
            "distribution of scipy.stats."
        )
    if getattr(form, "ndim", 1) != 1:
        if form.ndim == 0:
            raise TypeError(
                f"Parameter grid for parameter {name!r} needs to be a list or a numpy array, but "
                f"got {form!r}, an array without elements to choose from. Single values need to "
                "be wrapped in a list with one element."
            )
        raise ValueError(
            f"Parameter array for {name!r} should be one-dimensional, got: {form!r} with shape "
            f"{form.shape}"
        )
    if len(form) == 0:
        raise ValueError(
            f"Parameter grid for parameter {name!r} need to be a non-empty sequence, got: {form!r}"
        )


def _check_no_range(name: str, form: tuple[Any, ...]) -> None:
    """Refuse ``(low, high, "log-uniform")``, a range elsewhere; warn of ``(low, high)``, a set."""
    prior = next((part for part in form if isinstance(part, str)), None)
    ends = form[: form.index(prior)] if prior in ("uniform", "log-uniform") else form
    if len(ends) != 2 or not all(map(is_number, ends)):
        return
    low, high = ends
    whole = all(isinstance(end, numbers.Integral) for end in ends)
    kind = "Integer" if whole else "Real"
    log = ", log=True" if prior == "log-uniform" else ""
    message = (
        f"The tuple {form!r} for parameter {name!r} could be a range or a set of values. Write "
        f"{kind}({low!r}, {high!r}{log}) for the range (Real for real numbers, Integer for whole "
        f"ones), or the list {list(form)!r} for just these values"
    )
    if prior is not None:
        raise ValueError(f"{message}.")
    warnings.warn(f"{message}, as which it is taken now.", SearchWarning, stacklevel=2)
