"""The search estimator: validate, compose, run, tabulate, refit."""

import numbers
import os
import time
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError

from .. import _sklearn
from .._sklearn import BaseSearchCV, CallbackTree, Interval, StrOptions, fit_context
from .._typing import Params
from ..evaluation import RULES
from ..samplers import Sampler
from ..schedulers import FullScheduler, Scheduler
from ..space import Space, make_space
from ..stopping import StoppingRule
from . import _setup as setup
from ._earlier import find_earlier
from ._early import refit_params
from ._guide import guide
from ._names import check_names
from ._outcome import FITTED, Outcome, best_row, check_fits, check_scores, check_stop, names_in
from ._provenance import provenance
from ._resources import RUNG_ATTRIBUTES, check_resource
from ._run import SearchRun


class BaseSearch(BaseSearchCV):
    """What every search class of skhpo shares; subclasses name a sampler and a scheduler.

    It owns the loop and keeps the interface of scikit-learn's `BaseSearchCV`: `fit` holds the
    state of a run in local variables and sets the attributes at its end, or at an interrupt.
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **{
            name: constraint
            for name, constraint in BaseSearchCV._parameter_constraints.items()
            if name != "pre_dispatch"
        },
        "param_distributions": [dict, list],
        "n_iter": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "timeout": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "random_state": ["random_state"],
        "max_concurrent_trials": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "trial_timeout": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "trial_memory": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "initial_params": [StrOptions({"estimator"}), list, tuple, None],
        "objective": [str, None],
        "constraints": [callable, list, tuple, None],
        "early_stopping": ["boolean"],
        "warm_start_from": [object],  # looked at by `find_earlier`
        "transfer": ["boolean"],
        "warm_start": ["boolean"],
        "stop": [StoppingRule, None],
        "journal": [str, os.PathLike, None],
        "racing": [StrOptions(set(RULES)), None],
        "continuation": ["boolean"],
    }
    _space_argument = "param_distributions"
    racing: str | None = None  # these are parameters of those classes that name them
    continuation = False
    early_stopping = False
    _classic = False  # prints scikit-learn's lines and warns like it

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int | None = 50,
        timeout: float | None = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        random_state: Any = None,
        error_score: float | str = np.nan,
        return_train_score: bool = False,
        max_concurrent_trials: int | None = None,
        trial_timeout: float | None = None,
        trial_memory: int | None = None,
        initial_params: Any = "estimator",
        objective: str | None = None,
        constraints: Any = None,
        early_stopping: bool = False,
        warm_start_from: Any = None,
        transfer: bool = False,
        warm_start: bool = False,
        stop: StoppingRule | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.timeout = timeout
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.random_state = random_state
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.max_concurrent_trials = max_concurrent_trials
        self.trial_timeout = trial_timeout
        self.trial_memory = trial_memory
        self.initial_params = initial_params
        self.objective = objective
        self.constraints = constraints
        self.early_stopping = early_stopping
        self.warm_start_from = warm_start_from
        self.transfer = transfer
        self.warm_start = warm_start
        self.stop = stop
        self.journal = journal

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_run_search" in cls.__dict__:
            raise TypeError(
                f"{cls.__name__} defines _run_search, which skhpo never calls. Write a sampler "
                "(skhpo.samplers.Sampler) and pass it to SearchCV instead."
            )

    # what a subclass may choose

    def _sampler(self) -> Sampler:
        """The spec that says where to look next."""
        raise NotImplementedError(f"{type(self).__name__} must define _sampler().")

    def _scheduler(self) -> Scheduler:
        """The spec that says how much to spend."""
        return FullScheduler()

    def _generator(self) -> np.random.Generator:
        """The generator behind every proposal; a RandomState that was passed moves on."""
        state = self.random_state
        if isinstance(state, np.random.RandomState):
            return np.random.default_rng(state.randint(2**31, size=4))
        return np.random.default_rng(state)

    def _budget(self) -> int | None:
        return self.n_iter

    # scikit-learn's protocol

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]  # defined by scikit-learn
        tags.array_api_support = False
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        if hasattr(self, "best_estimator_"):
            return True
        if self.refit and hasattr(self, "stop_reason_"):
            raise NotFittedError(
                f"This {type(self).__name__} has no best_estimator_: fit ended with stop_reason_="
                f"{self.stop_reason_!r} before a model was refitted. cv_results_ holds what "
                "finished; call fit again for a model."
            )
        return hasattr(self, "cv_results_")

    @fit_context
    def fit(self, X: Any, y: Any = None, **params: Any) -> "BaseSearch":
        """Search for the best parameters and refit the estimator with them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Training data; a square kernel or distance matrix where the estimator wants one.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.
        **params : dict of str to object
            Parameters of the estimator's ``fit``, the scorer and the splitter (`groups`). Those
            of length n_samples are split like `X`.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        ValueError
            If an argument is wrong, or if no fit worked.
        """
        specs = self._sampler(), self._scheduler()
        rule = setup.stopping_rule(self)
        setup.check_budget(self, self._budget(), rule, specs)
        metric = guide(self, specs, rule)
        data = setup.samples(self, X, y, params)
        space = self._space(specs[0])
        check_resource(self, specs[1], self._space_argument, space)
        now = provenance(self, metric, data.X, data.y)
        earlier = find_earlier(self, metric, specs[1].resource, space, now)
        callbacks = CallbackTree(self, data.hooks, bool(self.refit))
        outcome = SearchRun(self, specs, rule, metric, data, space, callbacks, earlier).execute()
        self._conclude(outcome, data, callbacks)
        callbacks.end()
        return self

    def _space(self, sampler: Sampler) -> Space:
        declared = getattr(self, self._space_argument)
        space = make_space(declared, self.constraints, model=sampler.needs_model_space)
        check_names(self._space_argument, self.estimator, space)
        return space

    def _conclude(self, outcome: Outcome, data: setup.Samples, callbacks: CallbackTree) -> None:
        """Set the fitted attributes, then raise or warn of what went wrong, then refit."""
        for name in (*FITTED, *RUNG_ATTRIBUTES):
            self.__dict__.pop(name, None)
        table = outcome.history.cv_results
        self.cv_results_ = table
        self.history_ = outcome.history
        self.n_trials_ = outcome.history.n_trials
        self.n_splits_ = outcome.n_splits
        self.scorer_ = outcome.scorer
        self.multimetric_ = outcome.multimetric
        self.stop_reason_ = outcome.stop_reason
        self.max_concurrent_trials_ = outcome.plan.concurrency
        vars(self).update(outcome.attributes)
        rows = outcome.competing()
        if outcome.interrupt is not None:
            if len(rows):
                self._choose(outcome, rows)
            raise outcome.interrupt
        check_stop(outcome, len(rows))
        check_fits(outcome.history, self.error_score)
        check_scores(outcome.history, table, self.error_score)
        if outcome.multimetric and callable(self.scoring):
            self._check_refit_for_multimetric(names_in(table))
        self._choose(outcome, rows)
        if self.refit:
            self._refit(data, outcome.full_params, callbacks)

    def _choose(self, outcome: Outcome, rows: Any) -> None:
        """Set `best_index_` and what goes with it."""
        if not (self.refit or not outcome.multimetric):
            return
        metric = self.refit if outcome.multimetric else "score"
        self.best_index_ = best_row(self, self.cv_results_, metric, rows)
        self.best_params_ = self.cv_results_["params"][self.best_index_]
        if not callable(self.refit):
            self.best_score_ = self.cv_results_[f"mean_test_{metric}"][self.best_index_]

    def _refit(self, data: setup.Samples, full: Params, callbacks: CallbackTree) -> None:
        """Fit a clone with the best parameters on all data, with all of the resource."""
        self.refit_params_ = refit_params(self, _sklearn.num_samples(data.X), full)
        # the values may be estimators, which the fit would change
        estimator = _sklearn.clone(self.estimator).set_params(
            **_sklearn.clone(self.refit_params_, safe=False)
        )
        start = time.perf_counter()
        with callbacks.refit(estimator):
            target = () if data.y is None else (data.y,)
            estimator.fit(data.X, *target, **data.fit_params)
        self.best_estimator_ = estimator
        self.refit_time_ = time.perf_counter() - start
        if hasattr(estimator, "feature_names_in_"):
            self.feature_names_in_ = estimator.feature_names_in_
