"""Any sampler with any scheduler."""

import os
from typing import Any

import numpy as np

from ..samplers import SAMPLERS, Sampler
from ..schedulers import SCHEDULERS, Scheduler
from ..stopping import StoppingRule
from . import _setup as setup
from ._base import BaseSearch
from ._docs import documented
from ._parts import check_nested


@documented
class SearchCV(BaseSearch):
    """Search with any sampler and any scheduler.

    Prefer a named class such as `TPESearchCV` where one fits; this one is for the pairs that have
    no class of their own, and for the rarer arguments of samplers and schedulers.

    Parameters
    ----------
    sampler : str or Sampler
        Where to look next: "random", "sobol", "grid", "tpe", "cmaes",
        "evolution", or an object such as
        ``TPESampler(n_candidates=48)``.
    scheduler : str or Scheduler
        How much to spend on each trial: "full", "halving", "hyperband", "asha",
        "async-hyperband", "asha-stopping", "pasha", "median", or an object such as
        ``ASHAScheduler(resource="max_iter", max_resources=81)``.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpo import SearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = SearchCV(
    ...     LogisticRegression(max_iter=1000),
    ...     {"C": loguniform(1e-3, 1e3)},
    ...     sampler="sobol",
    ...     n_iter=8,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> sorted(search.best_params_)
    ['C']
    """

    _parameter_constraints = {
        **BaseSearch._parameter_constraints,
        "sampler": [str, Sampler],
        "scheduler": [str, Scheduler],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        sampler: str | Sampler = "tpe",
        scheduler: str | Scheduler = "full",
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
        racing: str | None = None,
        continuation: bool = False,
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
        self.scheduler = scheduler
        self.racing = racing
        self.continuation = continuation

    def set_params(self, **params: Any) -> "SearchCV":
        """Set parameters, nested ones too.

        Parameters
        ----------
        **params : dict of str to object
            ``sampler__n_candidates`` is the parameter of a sampler object.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a nested parameter belongs to a sampler or scheduler that is given by its name.
        """
        check_nested(self, params)
        super().set_params(**params)
        return self

    def _sampler(self) -> Sampler:
        return setup.spec("sampler", self.sampler, SAMPLERS, Sampler)

    def _scheduler(self) -> Scheduler:
        return setup.spec("scheduler", self.scheduler, SCHEDULERS, Scheduler)
