"""Search with CMA-ES."""

import numbers
import os
from typing import Any

import numpy as np

from .._sklearn import Interval, StrOptions
from ..samplers import CMAESSampler, Sampler
from ..stopping import StoppingRule
from ._base import BaseSearch
from ._docs import documented


@documented
class CMAESSearchCV(BaseSearch):
    """Search with covariance matrix adaptation (CMA-ES).

    Draws configurations from a normal distribution and moves it, generation by generation, to
    where scores are high [1]_. Only the order of the scores counts, so that outliers, plateaus
    and failed fits do no harm. Prefer it for numeric parameters that interact, with 100 trials
    and more, for noisy scores, and with many workers; integers, categories and conditional
    parameters are fine, too.

    Parameters
    ----------
    popsize : int or "auto"
        Configurations of a generation. "auto" grows with the number of parameters and of workers,
        and is smaller where `n_iter` is small.
    sigma0 : float or "auto"
        First step size as a share of each range; see `CMAESSampler`.
    restarts : {"bipop", "ipop", "none"}
        What follows when a distribution has converged; see `CMAESSampler`.

    See Also
    --------
    SearchCV : With ``sampler=CMAESSampler(...)``, every argument of the sampler.
    TPESearchCV : Learns from fewer trials.

    References
    ----------
    .. [1] N. Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772, 2016.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import CMAESSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> search = CMAESSearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.9)
    True
    """

    _parameter_constraints = {
        **BaseSearch._parameter_constraints,
        "popsize": [Interval(numbers.Integral, 4, None, closed="left"), StrOptions({"auto"})],
        "sigma0": [Interval(numbers.Real, 0, 1, closed="right"), StrOptions({"auto"})],
        "restarts": [StrOptions({"bipop", "ipop", "none"})],
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
        popsize: int | str = "auto",
        sigma0: float | str = "auto",
        restarts: str = "bipop",
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
        self.popsize = popsize
        self.sigma0 = sigma0
        self.restarts = restarts
        self.racing = racing

    def _sampler(self) -> Sampler:
        return CMAESSampler(popsize=self.popsize, sigma0=self.sigma0, restarts=self.restarts)
