"""Search with tree-structured Parzen estimators."""

import numbers
import os
from typing import Any

import numpy as np

from .._sklearn import Interval, StrOptions
from ..samplers import Sampler, TPESampler
from ..stopping import StoppingRule
from ._base import BaseSearch
from ._docs import documented


@documented
class TPESearchCV(BaseSearch):
    """Search with tree-structured Parzen estimators (TPE).

    Splits the finished trials into good and bad ones, models both with mixtures of kernels over
    all parameters at once, and tries the configuration whose ratio of the two densities is
    largest [1]_, [2]_. Prefer it for spaces with categories and conditions, for 20 trials and
    more, and wherever proposals must cost next to nothing.

    Parameters
    ----------
    n_startup_trials : int or "auto"
        Trials before the densities take over, the initial ones counted. "auto" is a share of
        `n_iter`, ten at most.
    gamma : {"linear", "sqrt"} or callable
        How many of the finished trials count as good; see `TPESampler`.
    n_candidates : int
        Configurations drawn from the density of the good ones, of which the best ratio is
        tried.

    See Also
    --------
    SearchCV : With ``sampler=TPESampler(...)``, every argument of the sampler.
    RandomizedSearchCV : Where results are to be independent draws.

    References
    ----------
    .. [1] J. Bergstra, R. Bardenet, Y. Bengio, B. Kegl, "Algorithms for hyper-parameter
       optimization", NeurIPS 2011.
    .. [2] S. Watanabe, "Tree-structured Parzen estimator: understanding its algorithm components
       and their roles for better empirical performance", arXiv:2304.11127, 2023.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import TPESearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = [
    ...     {"kernel": ["rbf"], "C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)},
    ...     {"kernel": ["linear"], "C": loguniform(1e-2, 1e3)},
    ... ]
    >>> search = TPESearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.9)
    True
    """

    _parameter_constraints = {
        **BaseSearch._parameter_constraints,
        "n_startup_trials": [
            Interval(numbers.Integral, 0, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "gamma": [StrOptions({"linear", "sqrt"}), callable],
        "n_candidates": [Interval(numbers.Integral, 1, None, closed="left")],
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
        n_startup_trials: int | str = "auto",
        gamma: Any = "linear",
        n_candidates: int = 24,
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
        self.n_startup_trials = n_startup_trials
        self.gamma = gamma
        self.n_candidates = n_candidates
        self.racing = racing

    def _sampler(self) -> Sampler:
        return TPESampler(
            n_startup_trials=self.n_startup_trials,
            gamma=self.gamma,
            n_candidates=self.n_candidates,
        )
