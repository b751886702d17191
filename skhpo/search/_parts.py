"""Samplers and schedulers as arguments: names or objects."""

from collections.abc import Callable, Mapping
from typing import Any

from ..samplers import SAMPLERS
from ..schedulers import SCHEDULERS

REGISTRIES: dict[str, Mapping[str, Callable[[], Any]]] = {
    "sampler": SAMPLERS,
    "scheduler": SCHEDULERS,
}


def check_nested(search: Any, params: dict[str, Any]) -> None:
    """Refuse nested parameters of a sampler or scheduler that is given by its name.

    Parameters
    ----------
    search : BaseSearch
    params : dict
        What `set_params` was given.

    Raises
    ------
    ValueError
        Naming the class of the object to pass instead.
    """
    for part, registry in REGISTRIES.items():
        nested = [name for name in params if name.startswith(f"{part}__")]
        value = params.get(part, getattr(search, part, None))
        if nested and isinstance(value, str):
            cls = type(registry[value]()).__name__ if value in registry else part.capitalize()
            raise ValueError(
                f"{nested[0]} cannot be set, since {part}={value!r} is a name: pass "
                f"{part}={cls}({nested[0].removeprefix(part + '__')}=...) instead."
            )
