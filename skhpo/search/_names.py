"""Names that the estimator does not know are refused before the first fit."""

from typing import Any

import numpy as np

from .. import _sklearn
from .._typing import Params
from ..space import Space, When


def check_names(argument: str, estimator: Any, space: Space) -> None:
    """Raise if some parameter of the space is rejected by ``set_params``.

    A name is tried together with every value that is itself an estimator, since those decide
    which nested names exist; it is refused if none of them takes it. Only `set_params` is asked:
    some estimators take names that `get_params` does not list.

    Parameters
    ----------
    argument : str
        Name of the constructor's argument, for the message.
    estimator : estimator
    space : Space

    Raises
    ------
    ValueError
        Naming the parameter, its value and what `set_params` said.
    """
    for branch in space.declared:
        samples = {name: examples(values) for name, values in branch.items()}
        for name, values in samples.items():
            _check_name(argument, estimator, name, values[0], samples)


def _check_name(
    argument: str, estimator: Any, name: str, value: Any, samples: dict[str, list[Any]]
) -> None:
    complaint = ""
    for parents in _parents(name, samples):
        try:
            trial = _sklearn.clone(estimator)
            if parents:
                trial.set_params(**_sklearn.clone(parents, safe=False))
            trial.set_params(**{name: _sklearn.clone(value, safe=False)})
        except (ValueError, TypeError, AttributeError) as error:
            complaint = complaint or str(error)
        else:
            return
    raise ValueError(
        f"{argument} has the parameter {name!r} (value {value!r}), which "
        f"{type(estimator).__name__} does not take. {complaint} The names it takes are the keys "
        "of estimator.get_params()."
    )


def _parents(name: str, samples: dict[str, list[Any]]) -> list[Params]:
    """Settings of the parameters that hold `name`'s owner: ``clf`` for ``clf__C``."""
    settings: list[Params] = [{}]
    parts = name.split("__")
    for depth in range(1, len(parts)):
        owner = "__".join(parts[:depth])
        if owner in samples:
            settings = [{**s, owner: value} for s in settings for value in samples[owner]]
    return settings


def examples(values: Any) -> list[Any]:
    """The values of a sequence, or one value of a distribution or dimension."""
    dimension = values
    while isinstance(dimension, When):
        dimension = dimension.dimension
    listed = getattr(dimension, "values", None)
    if listed is not None and not callable(listed):
        return list(listed)
    if hasattr(dimension, "rvs"):
        return [_scalar(dimension.rvs(random_state=np.random.RandomState(0)))]
    return list(dimension)


def _scalar(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
