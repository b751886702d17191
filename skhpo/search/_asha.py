"""Search by asynchronous successive halving."""

import os
from typing import Any

import numpy as np

from ..samplers import Sampler
from ..schedulers import ASHAScheduler, Scheduler
from ..stopping import StoppingRule
from ._docs import documented
from ._fidelity import RATE, _FidelitySearch


@documented
class ASHASearchCV(_FidelitySearch):
    """Search by asynchronous successive halving (ASHA).

    Whenever a worker is free, a trial that is in the best ``1 / factor`` of its rung goes on to
    `factor` times the resource, and if there is none, a new trial starts: no worker ever waits
    for a rung to fill [1]_. Prefer it with many workers or long fits, with ``sampler="tpe"`` where
    the space is large; it spends little with one worker too.

    Parameters
    ----------
    sampler : str or Sampler
        Where to look next: "random", "sobol", "grid", "tpe", or an object.

    See Also
    --------
    HyperbandSearchCV : Does not trust the least resource alone.
    SearchCV : With ``scheduler=ASHAScheduler(...)`` or "pasha", the rarer arguments.

    Notes
    -----
    With several workers the order in which jobs end decides what is promoted, so that two runs
    may differ, unless `max_concurrent_trials` is set.

    References
    ----------
    .. [1] L. Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.svm import SVC
    >>> from skhpo import ASHASearchCV
    >>> X, y = load_digits(n_class=3, return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-5, 1e-1)}
    >>> search = ASHASearchCV(
    ...     SVC(), space, n_iter=12, min_resources=59, cv=3, random_state=0
    ... ).fit(X, y)
    >>> search.n_candidates_, search.n_resources_
    ([12, 4, 1], [60, 179, 537])
    >>> bool(search.best_score_ > 0.9)
    True
    """

    _parameter_constraints = {
        **_FidelitySearch._parameter_constraints,
        "min_early_stopping_rate": [RATE],
    }

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
        sampler: str | Sampler = "random",
        resource: str = "n_samples",
        factor: float = 3,
        min_resources: int | str = "auto",
        max_resources: int | str = "auto",
        min_early_stopping_rate: int = 0,
        continuation: bool = False,
        racing: str | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
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
        self.sampler = sampler
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.min_early_stopping_rate = min_early_stopping_rate
        self.continuation = continuation
        self.racing = racing

    def _scheduler(self) -> Scheduler:
        return ASHAScheduler(
            resource=self.resource,
            factor=self.factor,
            min_resources=self.min_resources,
            max_resources=self.max_resources,
            min_early_stopping_rate=self.min_early_stopping_rate,
        )
