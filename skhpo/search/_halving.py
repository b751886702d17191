"""Search by successive halving."""

import numbers
import os
from typing import Any

import numpy as np

from .._sklearn import Interval, StrOptions
from ..samplers import Sampler
from ..schedulers import Scheduler, SuccessiveHalvingScheduler
from ..stopping import StoppingRule
from ._docs import documented
from ._fidelity import _FidelitySearch


@documented
class SuccessiveHalvingSearchCV(_FidelitySearch):
    """Search by successive halving.

    All candidates are tried with little of a resource, such as rows or trees; of each rung the
    best ``1 / factor`` go on to `factor` times as much [1]_. The arguments, columns and attributes
    are those of scikit-learn's `HalvingRandomSearchCV`. Prefer it where one worker or few are
    there; `ASHASearchCV` keeps many workers busy, `HyperbandSearchCV` does not trust the least
    resource alone.

    Parameters
    ----------
    n_candidates : int or "exhaust"
        Candidates of the first rung. "exhaust": as many as let the last rung use all resources;
        ten at least, unless `min_resources` is given.
    sampler : str or Sampler
        Where the candidates come from: "random", "sobol", "grid", "tpe", or an object.
    aggressive_elimination : bool
        Whether so many candidates are dropped after the first rung that less than `factor` are
        left at the last one, where the resource does not allow enough rungs for that.

    See Also
    --------
    ASHASearchCV : The same without waiting for whole rungs.
    HyperbandSearchCV : Several first rungs.

    Notes
    -----
    Other than scikit-learn's class, only training folds are cut to fewer rows, never test folds;
    the rows are stratified, and a larger part contains the smaller ones. With
    `aggressive_elimination` no candidate is run twice at the same resource.

    References
    ----------
    .. [1] K. Jamieson, A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
       optimization", AISTATS 2016.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.svm import SVC
    >>> from skhpo import SuccessiveHalvingSearchCV
    >>> X, y = load_digits(n_class=3, return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-5, 1e-1)}
    >>> search = SuccessiveHalvingSearchCV(
    ...     SVC(), space, n_candidates=12, min_resources=59, cv=3, random_state=0
    ... ).fit(X, y)
    >>> search.n_candidates_, search.n_resources_
    ([12, 4, 2], [59, 177, 531])
    >>> bool(search.best_score_ > 0.9)
    True
    """

    _parameter_constraints = {
        **_FidelitySearch._parameter_constraints,
        "n_candidates": [
            Interval(numbers.Integral, 1, None, closed="left"),
            StrOptions({"exhaust"}),
        ],
        "aggressive_elimination": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_candidates: int | str = "exhaust",
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
        sampler: str | Sampler = "random",
        resource: str = "n_samples",
        factor: float = 3,
        min_resources: int | str = "auto",
        max_resources: int | str = "auto",
        continuation: bool = False,
        racing: str | None = None,
        aggressive_elimination: bool = False,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_iter=None,
            timeout=timeout,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
            max_concurrent_trials=max_concurrent_trials,
            trial_timeout=trial_timeout,
            trial_memory=trial_memory,
            initial_params=initial_params,
            objective=objective,
            constraints=constraints,
            early_stopping=early_stopping,
            warm_start_from=warm_start_from,
            transfer=transfer,
            warm_start=warm_start,
            stop=stop,
            journal=journal,
        )
        self.n_candidates = n_candidates
        self.sampler = sampler
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.continuation = continuation
        self.racing = racing
        self.aggressive_elimination = aggressive_elimination

    def _budget(self) -> int | None:
        if self.n_candidates == "exhaust":
            if self.min_resources == "exhaust":
                raise ValueError(
                    "n_candidates and min_resources cannot be both set to 'exhaust': each is "
                    "derived from the other. Give a number for one of them."
                )
            return None
        return int(self.n_candidates)

    def _scheduler(self) -> Scheduler:
        return SuccessiveHalvingScheduler(
            resource=self.resource,
            factor=self.factor,
            min_resources=self.min_resources,
            max_resources=self.max_resources,
            aggressive_elimination=self.aggressive_elimination,
        )
