"""Early stopping inside a fold: a fit that watches rows of its own training fold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from .._typing import Integers, Params
from ._boosters import Kind, find_kind


@dataclass(frozen=True, slots=True)
class Booster:
    """A learner that stops early, and where it stands.

    Attributes
    ----------
    learner : estimator
    kind : Kind
    pipelines : tuple of Pipeline
        Those whose last step leads to it, the outermost first.
    """

    learner: Any
    kind: Kind
    pipelines: tuple[Pipeline, ...] = ()

    @property
    def prefix(self) -> str:
        """What stands before the names of its parameters."""
        return "".join(f"{pipeline.steps[-1][0]}__" for pipeline in self.pipelines)

    def fit(self, estimator: Any, training: Any, validation: Any, params: Any) -> int:
        """Fit `estimator`, its earlier steps included, until the validation rows say stop.

        Parameters
        ----------
        estimator : estimator
            What the booster was found in.
        training, validation : tuple
            X and y.
        params : tuple of dict
            Fit parameters of the training rows, and the same of the validation rows.

        Returns
        -------
        int
            The rounds with which it predicts.
        """
        if not self.pipelines:
            held = {k: v for k, v in params[1].items() if params[0][k] is not v}  # sliced ones
            self.kind.fit(self.learner, training, validation, (params[0], held))
            return self.kind.used(self.learner)
        last = self.pipelines[-1]
        step = last.steps[-1]
        last.steps[-1] = (step[0], _Watching(self, validation, params))
        try:
            estimator.fit(*training, **params[0])
        finally:
            last.steps[-1] = step
        return self.kind.used(self.learner)

    def transform(self, X: Any) -> Any:
        """What the steps before, fitted by now, make of the validation rows.

        Parameters
        ----------
        X : array-like

        Returns
        -------
        array-like
        """
        for pipeline in self.pipelines:
            if len(pipeline.steps) > 1:
                X = pipeline[:-1].transform(X)
        return X


class _Watching(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Stands in a pipeline's last place while it is fitted: hands the validation rows over."""

    def __init__(self, booster: Booster, validation: Any, params: Any) -> None:
        self.booster = booster
        self.validation = validation
        self.params = params

    def fit(self, X: Any, y: Any, **given: Any) -> "_Watching":
        """Fit the learner; its parameters are known by their values, whatever their names are."""
        whole, part = self.params
        held = {
            name: part[other]
            for name, value in given.items()
            for other in whole
            if whole[other] is value and part[other] is not value
        }
        validation = self.booster.transform(self.validation[0]), self.validation[1]
        self.booster.kind.fit(self.booster.learner, (X, y), validation, (given, held))
        return self

    def get_metadata_routing(self) -> Any:
        """What the learner asks for."""
        return self.booster.learner.get_metadata_routing()


@dataclass(slots=True)
class Watch:
    """One fit that stops early; remembers after how many rounds.

    Attributes
    ----------
    estimator : estimator
        What is fitted.
    booster : Booster
        The learner in it.
    train, held : ndarray of int
        The rows to train on, and those to watch.
    validation : tuple
        X and y of the rows to watch.
    params : dict
        Their fit parameters.
    rounds : int
        With how many rounds the fitted estimator predicts.
    """

    estimator: Any
    booster: Booster
    train: Integers
    held: Integers
    validation: Any = None
    params: Params = field(default_factory=dict)
    rounds: int = 0

    def fit(self, X: Any, y: Any, **params: Any) -> None:
        """Fit on the training rows.

        Parameters
        ----------
        X, y : array-like
        **params : dict
            Fit parameters of the training rows.
        """
        self.rounds = self.booster.fit(
            self.estimator, (X, y), self.validation, (params, self.params)
        )


def find_watch(estimator: Any, rows: tuple[Integers, Integers]) -> Watch | None:
    """How to fit an estimator that stops early; None for any other.

    Parameters
    ----------
    estimator : estimator
    rows : tuple of ndarray
        To train on, and to watch.

    Returns
    -------
    Watch or None
    """
    booster = find_booster(estimator)
    return None if booster is None else Watch(estimator, booster, *rows)


def find_booster(estimator: Any) -> Booster | None:
    """The learner that stops early: the estimator itself, or the last step of a pipeline.

    Parameters
    ----------
    estimator : estimator
        Need not be fitted.

    Returns
    -------
    Booster or None
        None if there is no such learner.
    """
    pipelines: Sequence[Pipeline] = ()
    while isinstance(estimator, Pipeline) and estimator.steps:
        pipelines = (*pipelines, estimator)
        estimator = estimator.steps[-1][1]
    kind = find_kind(estimator)
    return None if kind is None else Booster(estimator, kind, tuple(pipelines))
