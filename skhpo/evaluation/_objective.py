"""Fit and score one fold: the only place where a user's estimator meets data."""

import math
import time
import warnings
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from numbers import Number
from traceback import format_exc
from typing import Any

from .. import _sklearn
from .._records import FoldScore, Task
from .._typing import Params
from ._continuation import Continuation, Growth
from ._early_stopping import Watch, find_watch
from ._holdout import HoldOut
from ._limits import Limits, TimeIsUp, limited, timed_out
from ._report import Lines


@dataclass(frozen=True, slots=True)
class Environment:
    """What a worker takes over from the caller: scikit-learn's configuration, warning filters."""

    config: dict[str, Any]
    filters: list[Any]

    @staticmethod
    def current() -> "Environment":
        """The environment of the calling thread."""
        return Environment(_sklearn.get_config(), list(warnings.filters))

    def enter(self, stack: ExitStack) -> None:
        """Take it over until `stack` closes, as far as it differs from the worker's own.

        Parameters
        ----------
        stack : contextlib.ExitStack
            What restores the worker's own.
        """
        if self.config != _sklearn.get_config():
            stack.enter_context(_sklearn.config_context(**self.config))
        if self.filters != list(warnings.filters):
            stack.enter_context(warnings.catch_warnings())
            warnings.filters = self.filters


@dataclass(frozen=True, slots=True)
class FoldObjective:
    """Fits a clone of `estimator` on a training fold and scores it on the test fold.

    It holds no data but the fit and score parameters, which are sliced like X and y.

    Attributes
    ----------
    estimator : estimator
        Unfitted; cloned for every fit.
    scorer : callable
        One that returns a number, or a dict of numbers.
    metric : str or None
        The metric whose negative is the loss; None for the only one, or the first.
    fit_params, score_params : dict
        Routed parameters, of full length.
    error_score : "raise" or float
        "raise" lets the exceptions of fits and scorers through.
    return_train_score : bool, default=False
    lines : Lines
        What is printed about single fits.
    environment : Environment or None, default=None
        None where tasks run in the calling thread.
    continuation : Continuation or None, default=None
        None where models are never trained on.
    holdout : HoldOut or None, default=None
        The rows by which learners that can do so stop early.
    limits : Limits, default=Limits()
        What a trial may take; kept where a fold is in the main thread of a process.
    """

    estimator: Any
    scorer: Any
    metric: str | None
    fit_params: Params
    score_params: Params
    error_score: float | str
    return_train_score: bool = False
    lines: Lines = field(default_factory=Lines)
    environment: Environment | None = None
    continuation: Continuation | None = None
    holdout: HoldOut | None = None
    limits: Limits = field(default_factory=Limits)

    def __call__(self, task: Task, X: Any, y: Any) -> FoldScore:
        """Evaluate one fold; what its fit raises becomes part of the result.

        Parameters
        ----------
        task : Task
        X : array-like of n_samples rows
        y : array-like of n_samples rows, or None

        Returns
        -------
        FoldScore

        Raises
        ------
        ValueError
            If the scorer returns anything but a number or a dict of numbers.
        """
        with ExitStack() as stack:
            if self.environment is not None:
                self.environment.enter(stack)
            self.lines.announce(task)
            score = (
                self._evaluate_within_limits(task, X, y)
                if self.limits
                else (self._evaluate(task, X, y))
            )
            self.lines.conclude(task, score)
        return score

    def _evaluate_within_limits(self, task: Task, X: Any, y: Any) -> FoldScore:
        start = time.perf_counter()
        try:
            with limited(task.seconds, self.limits.memory):
                return self._evaluate(task, X, y)
        except TimeIsUp:
            return timed_out(time.perf_counter() - start, self.limits.seconds)

    def _evaluate(self, task: Task, X: Any, y: Any) -> FoldScore:
        train, test = task.split
        estimator = _sklearn.clone(self.estimator)
        start = time.perf_counter()
        fit_error = self._configure(estimator, task.schedule[-1][0])
        watch = None
        if self.holdout is not None and fit_error is None:
            watch = find_watch(estimator, self.holdout.split(task.fold, train, y))
        if watch is not None:
            train = watch.train
            watch.validation = _sklearn.safe_split(estimator, X, y, watch.held, train)
            watch.params = _sklearn.slice_params(X, params=self.fit_params, indices=watch.held)
        fit_params = _sklearn.slice_params(X, params=self.fit_params, indices=train)
        training = _sklearn.safe_split(estimator, X, y, train)
        testing = _sklearn.safe_split(estimator, X, y, test, train)
        hooks = _hook_arguments(training, fit_params)
        try:
            growth = None
            if fit_error is None and watch is None and self.continuation is not None:
                growth = self.continuation.growth(estimator, task, fit_params)
            if growth is not None:
                estimator = growth.model
            fit_error = fit_error or self._fit(
                estimator, training, fit_params, (task, hooks, growth, watch)
            )
            fit_time = time.perf_counter() - start
            if fit_error is not None:
                return FoldScore(math.nan, {}, fit_time=fit_time, fit_error=fit_error)
            score = self._score(estimator, X, (training, train), testing, task, fit_time)
            if watch is not None:
                return replace(score, rounds=watch.rounds, n_fitted=len(train))
            if growth is None:
                return score
            return replace(
                score, continued=growth.continues, model=estimator if growth.keeps else None
            )
        finally:
            if task.context is not None:
                task.context.end(hooks)

    def _configure(self, estimator: Any, params: Params) -> str | None:
        try:
            # values may be estimators, which a fit would change
            estimator.set_params(**_sklearn.clone(params, safe=False))
        except Exception:
            return self._traceback()
        return None

    def _fit(
        self,
        estimator: Any,
        training: Any,
        fit_params: Params,
        how: tuple[Task, Params, Growth | None, Watch | None],
    ) -> str | None:
        X, y = training
        task, hooks, growth, watch = how
        fit = estimator.fit if watch is None else watch.fit
        try:
            with _sklearn.around_fit(task.context, estimator, hooks):
                if growth is not None:
                    growth.train(X, y, fit_params)
                elif y is None:
                    fit(X, **fit_params)
                else:
                    fit(X, y, **fit_params)
        except Exception:
            return self._traceback()
        return None

    def _score(
        self, estimator: Any, X: Any, training: Any, testing: Any, task: Task, fit_time: float
    ) -> FoldScore:
        start = time.perf_counter()
        data, train = training
        params = _sklearn.slice_params(X, params=self.score_params, indices=task.split[1])
        raw, error = self._call_scorer(estimator, testing, params)
        scores = _named(raw, self.scorer)
        score_time = time.perf_counter() - start
        train_scores: dict[str, float] = {}
        if self.return_train_score:
            params = _sklearn.slice_params(X, params=self.score_params, indices=train)
            raw_train, train_error = self._call_scorer(estimator, data, params)
            train_scores, error = _named(raw_train, self.scorer), error or train_error
        return FoldScore(
            loss=self._loss(scores, isinstance(raw, dict)),
            scores=scores,
            train_scores=train_scores,
            multimetric=isinstance(raw, dict),
            fit_time=fit_time,
            score_time=score_time,
            score_error=error,
        )

    def _call_scorer(self, estimator: Any, data: Any, params: Params) -> tuple[Any, str | None]:
        X, y = data
        try:
            raw = (
                self.scorer(estimator, X, **params)
                if y is None
                else (self.scorer(estimator, X, y, **params))
            )
        except Exception:
            return None, self._traceback()
        if not isinstance(raw, dict):
            return raw, None
        # of several metrics, those that raised hold their traceback
        failed = [value for value in raw.values() if isinstance(value, str)]
        kept = {name: value for name, value in raw.items() if not isinstance(value, str)}
        return kept, failed[0] if failed else None

    def _loss(self, scores: dict[str, float], multimetric: bool) -> float:
        only = next(iter(scores), "")
        name = self.metric if multimetric and self.metric is not None else only
        loss = -float(scores.get(name, math.nan))
        return loss if math.isfinite(loss) else math.nan

    def _traceback(self) -> str:
        """The traceback of the exception being handled, which goes on if the user wants that."""
        if self.error_score == "raise":
            raise  # noqa: PLE0704  # called from except blocks alone
        return format_exc()


def _hook_arguments(training: Any, fit_params: Params) -> Params:
    X, y = training
    weight = fit_params.get("sample_weight")
    return {"X": X, "y": y, "metadata": None if weight is None else {"sample_weight": weight}}


def _named(raw: Any, scorer: Any) -> dict[str, float]:
    """Scores by name, as Python numbers; nothing where the scorer raised."""
    if raw is None:
        return {}
    named = raw if isinstance(raw, dict) else {"score": raw}
    return {name: _number(value, name, raw, scorer) for name, value in named.items()}


def _number(value: Any, name: str, raw: Any, scorer: Any) -> Any:
    if hasattr(value, "item"):
        with suppress(ValueError):
            value = value.item()
    if not isinstance(value, Number):
        raise ValueError(
            f"scoring must return a number, got {value} ({type(value)}) instead. "
            f"(scorer={name if isinstance(raw, dict) else scorer})"
        )
    return value
