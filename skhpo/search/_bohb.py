"""Search by BOHB: Hyperband with a model."""

import os
from typing import Any

import numpy as np

from ..samplers import BOHBSampler, Sampler
from ..schedulers import HyperbandScheduler, Scheduler
from ..stopping import StoppingRule
from ._docs import documented
from ._fidelity import RATE, _FidelitySearch


@documented
class BOHBSearchCV(_FidelitySearch):
    """Search by BOHB: Hyperband, with a model of the good configurations.

    Hyperband's brackets, but nine of ten new trials come from kernel densities of the good and
    the bad trials at the largest resource that has enough of them [1]_, once one of the upper rungs
    has: the lower ones would lead all brackets to what is good with little. Prefer it to
    `HyperbandSearchCV` for more than one iteration, or for spaces of more than a few parameters.

    Parameters
    ----------
    n_iter : int or None
        Number of trials, that is of configurations tried. None is one iteration of Hyperband: a
        bracket for each rung (20 trials where there are less than three rungs).

    See Also
    --------
    HyperbandSearchCV : The same without a model.
    SearchCV : With ``sampler=BOHBSampler(...)``, every argument of the model.

    References
    ----------
    .. [1] S. Falkner, A. Klein, F. Hutter, "BOHB: robust and efficient hyperparameter
       optimization at scale", ICML 2018.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.svm import SVC
    >>> from skhpo import BOHBSearchCV
    >>> X, y = load_digits(n_class=3, return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-5, 1e-1)}
    >>> search = BOHBSearchCV(
    ...     SVC(), space, min_resources=59, cv=3, random_state=0
    ... ).fit(X, y)
    >>> search.n_candidates_, search.n_resources_
    ([9, 6, 5], [60, 179, 537])
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
        n_iter: int | None = None,
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
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.min_early_stopping_rate = min_early_stopping_rate
        self.continuation = continuation
        self.racing = racing

    def _sampler(self) -> Sampler:
        return BOHBSampler()

    def _scheduler(self) -> Scheduler:
        return HyperbandScheduler(
            resource=self.resource,
            factor=self.factor,
            min_resources=self.min_resources,
            max_resources=self.max_resources,
            min_early_stopping_rate=self.min_early_stopping_rate,
        )
