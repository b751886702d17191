"""The one door to scikit-learn's private names: what moves between its versions moves here.

Everything below exists in scikit-learn 1.6 to 1.9; `tests/test_sklearn_door.py` holds the
signatures. Callbacks exist from 1.9 on and are looked up when a search has some.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from sklearn import config_context, get_config
from sklearn.base import _fit_context, clone, is_classifier
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection._search import BaseSearchCV as _BaseSearchCV
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _is_fitted, _num_samples, indexable

__all__ = [
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "clone",
    "config_context",
    "fit_context",
    "get_config",
    "indexable",
    "is_classifier",
    "is_fitted",
    "is_multimetric",
    "metric_names",
    "num_samples",
    "safe_split",
    "slice_params",
]

if TYPE_CHECKING:

    class BaseSearchCV:
        """What skhpo uses of scikit-learn's base class, with types."""

        _parameter_constraints: dict[str, list[Any]]

        def __init__(self, estimator: Any, **params: Any) -> None: ...
        def get_params(self, deep: bool = True) -> dict[str, Any]: ...
        def set_params(self, **params: Any) -> Any: ...
        def _get_scorers(self) -> tuple[Any, Any]: ...
        def _get_routed_params_for_fit(self, params: Mapping[str, Any]) -> Any: ...
        def _check_refit_for_multimetric(self, scores: Any) -> None: ...
        @staticmethod
        def _select_best_index(refit: Any, refit_metric: str, results: dict[str, Any]) -> int: ...

    F = TypeVar("F", bound=Callable[..., Any])

    def fit_context(method: F) -> F: ...

else:
    BaseSearchCV = _BaseSearchCV
    fit_context = _fit_context(prefer_skip_nested_validation=False)

safe_split = _safe_split
slice_params = _check_method_params
num_samples = _num_samples
is_fitted = _is_fitted


def is_multimetric(scorer: Any) -> bool:
    """Whether `scorer` is what scikit-learn makes of several metrics."""
    return isinstance(scorer, _MultimetricScorer)


def metric_names(scorer: Any) -> tuple[str, ...]:
    """Names of the metrics, where they are known before the first call; otherwise empty."""
    return tuple(scorer._scorers) if is_multimetric(scorer) else ()


def public_scorer(scorer: Any) -> Any:
    """What `scorer_` shows: a dict for several metrics, the scorer itself for one."""
    return scorer._scorers if is_multimetric(scorer) else scorer


def default_tags(search: Any) -> Any:
    """The tags of a search that has no estimator to take them from."""
    return super(_BaseSearchCV, search).__sklearn_tags__()


def _has_callbacks(estimator: Any) -> bool:
    return bool(getattr(estimator, "_skl_callbacks", None))


class CallbackTree:
    """The contexts of one search in scikit-learn's callback tree, or nothing where none is set.

    The tree has a root, one "search" task with a leaf for every fold of every trial, and one
    "refit-with-best-params" task. It remembers the contexts and whether the search's is open.
    """

    def __init__(self, search: Any, data: dict[str, Any], refit: bool) -> None:
        self._search = search
        self._data = data
        self._root: Any = None
        self._tasks: Any = None
        nested = search.estimator.get_params().values()
        wanted = map(_has_callbacks, (search, search.estimator, *nested))
        if hasattr(search, "_init_callback_context") and (
            any(wanted) or hasattr(search, "_parent_callback_ctx")
        ):
            self._root = search._init_callback_context(max_subtasks=1 + refit)
            self._root.call_on_fit_task_begin(estimator=search, **data)

    def begin_search(self, max_subtasks: int | None) -> None:
        """Open the "search" task; None where the number of folds to come is not known."""
        if self._root is not None:
            self._tasks = self._root.subcontext(
                task_name="search", max_subtasks=max_subtasks, sequential_subtasks=False
            ).call_on_fit_task_begin(estimator=self._search)

    def end_search(self) -> None:
        """Close the "search" task, once."""
        if self._tasks is not None:
            self._tasks.call_on_fit_task_end(estimator=self._search)
            self._tasks = None

    def evaluation(self, number: int, detached: bool) -> "Evaluation | None":
        """Context of fold `number`; `detached` from its siblings, so that it pickles small."""
        if self._tasks is None:
            return None
        leaf = self._tasks.subcontext(task_name="candidate-split-evaluation", task_id=number)
        if detached:
            del self._tasks._children_map[number]
            parent = copy.copy(self._tasks)
            parent._children_map = {number: leaf}
            leaf.parent = parent
        return Evaluation(self._search, leaf)

    @contextmanager
    def refit(self, estimator: Any) -> Iterator[None]:
        """Run the refit of `estimator` as a task of its own."""
        if self._root is None:
            yield
            return
        context = self._root.subcontext(task_name="refit-with-best-params")
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(estimator=self._search, **self._data)
            yield
        context.call_on_fit_task_end(estimator=self._search, **self._data)

    def end(self) -> None:
        """Close the root task of a search that went through."""
        if self._root is not None:
            self._root.call_on_fit_task_end(estimator=self._search, **self._data)


class Evaluation:
    """Context of one fold, sent with its task: who searches, and the leaf in the tree."""

    def __init__(self, search: Any, leaf: Any) -> None:
        self._search = search
        self._leaf = leaf

    @contextmanager
    def around_fit(self, estimator: Any, data: dict[str, Any]) -> Iterator[None]:
        """Call the hooks at the begin of a fit and hand the callbacks down to `estimator`."""
        with self._leaf.propagate_callback_context(estimator):
            self._leaf.call_on_fit_task_begin(estimator=self._search, **data)
            yield

    def end(self, data: dict[str, Any]) -> None:
        """Call the hooks at the end of the task, after scoring."""
        self._leaf.call_on_fit_task_end(estimator=self._search, **data)


def around_fit(evaluation: Evaluation | None, estimator: Any, data: dict[str, Any]) -> Any:
    """The context manager of `Evaluation.around_fit`, or one that does nothing."""
    return nullcontext() if evaluation is None else evaluation.around_fit(estimator, data)
