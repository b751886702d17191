"""Specifications: what samplers, schedulers and stopping rules are before a search starts."""

from typing import Any

from sklearn.base import BaseEstimator


class Spec(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Base of everything that is configured once and started by each `fit`.

    A spec stores its constructor's arguments unchanged and nothing else, so that it can be cloned,
    pickled and compared; `start` makes the object that works.
    """

    def __sklearn_clone__(self) -> "Spec":
        params = self.get_params(deep=False)
        return type(self)(**{name: _copy(value) for name, value in params.items()})


def _copy(value: Any) -> Any:
    return value.__sklearn_clone__() if isinstance(value, Spec) else value
