"""Promoted trials go on where their models stand, wherever that ends at the same model."""

from dataclasses import dataclass
from typing import Any

from sklearn.base import TransformerMixin
from sklearn.pipeline import Pipeline

from .. import _sklearn
from .._records import Task
from .._typing import Params
from ._learners import Method, method

WEIGHT = "sample_weight"


@dataclass(frozen=True, slots=True)
class Growth:
    """How one model comes to its resource.

    Attributes
    ----------
    model : estimator
        Fitted if `continues`; it will be changed.
    method : Method
    name : str
        The parameter that grows.
    steps : tuple of int
        The resources it is to have, one after the other.
    continues : bool
        Whether the model was fitted before.
    keeps : bool
        Whether more may follow.
    """

    model: Any
    method: Method
    name: str
    steps: tuple[int, ...]
    continues: bool
    keeps: bool

    def train(self, X: Any, y: Any, fit_params: Params) -> None:
        """Fit the model, or train it on.

        Parameters
        ----------
        X, y : array-like
            The training fold, the same for all steps; y may be None.
        fit_params : dict
        """
        steps = self.steps
        if not self.continues:
            self.model.set_params(**{self.name: steps[0]})
            self.model.fit(*((X,) if y is None else (X, y)), **fit_params)
            steps = steps[1:]
        if not steps:
            return
        chain = _chain(self.model, self.name)
        for pipeline in chain.pipelines:
            X = _transformed(pipeline, X, y)
        own = {key.removeprefix(chain.prefix): value for key, value in fit_params.items()}
        for after in steps:
            before = chain.learner.get_params(deep=False)[chain.name]
            self.method.grow(chain.learner, before, after, X, y, own)


@dataclass(frozen=True, slots=True)
class Continuation:
    """What the objective must know to train models on.

    Attributes
    ----------
    name : str
        The parameter that is the resource.
    full : float
        Its value at the last rung, after which no model is kept.
    inexact : bool, default=False
        Whether models are trained on even where a fit from scratch gives another one.
    """

    name: str
    full: float
    inexact: bool = False

    def growth(self, estimator: Any, task: Task, fit_params: Params) -> Growth | None:
        """How to come to the model of a task; None where only a plain fit does.

        Without the model of the step before, all steps are taken again, unless a fit from scratch
        gives the same.

        Parameters
        ----------
        estimator : estimator
            Not fitted, with the parameters of the task.
        task : Task
            With the model of the step before, where that was kept.
        fit_params : dict
            Of its `fit`.

        Returns
        -------
        Growth or None
        """
        found = self._method(estimator, fit_params)
        if found is None:
            return None
        steps = tuple(round(resource) for _, resource in task.schedule)
        keeps = steps[-1] < self.full
        continues = task.state is not None
        if continues or found.exact:
            steps = steps[-1:]
        model = task.state if continues else estimator
        return Growth(model, found, self.name, steps, continues, keeps)

    def _method(self, estimator: Any, fit_params: Params) -> Method | None:
        chain = _chain(estimator, self.name)
        if chain.learner is None or any(key != chain.prefix + WEIGHT for key in fit_params):
            return None
        routes = fit_params and _sklearn.get_config()["enable_metadata_routing"]
        if chain.pipelines and routes:
            return None
        found = method(chain.learner, chain.name)
        return found if found is not None and (found.exact or self.inexact) else None


@dataclass(frozen=True, slots=True)
class _Chain:
    """The learner that has a parameter: it is the last step of pipelines, or alone."""

    pipelines: tuple[Pipeline, ...]
    learner: Any  # None where the parameter is not the last step's
    name: str  # of the parameter, in the learner
    prefix: str


def _chain(estimator: Any, name: str) -> _Chain:
    pipelines: list[Pipeline] = []
    prefix = ""
    while isinstance(estimator, Pipeline):
        last, step = estimator.steps[-1]
        if not name.startswith(f"{last}__"):
            return _Chain((), None, name, prefix)
        pipelines.append(estimator)
        prefix += f"{last}__"
        estimator, name = step, name.removeprefix(f"{last}__")
    return _Chain(tuple(pipelines), None if "__" in name else estimator, name, prefix)


def _transformed(pipeline: Pipeline, X: Any, y: Any) -> Any:
    """X as the last step sees it in `fit`."""
    for _, step in pipeline.steps[:-1]:
        if step is None or step == "passthrough":
            continue
        if getattr(type(step), "fit_transform", None) is TransformerMixin.fit_transform:
            X = step.transform(X)
        else:  # it may transform what it is fitted on in another way
            X = _sklearn.clone(step).fit_transform(X, y)
    return X
