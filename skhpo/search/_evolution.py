"""Search with light-weight evolution strategies."""

import numbers
import os
from typing import Any

import numpy as np

from .._sklearn import Interval, StrOptions
from ..samplers import EvolutionSampler, Sampler
from ..stopping import StoppingRule
from ._base import BaseSearch
from ._docs import documented


@documented
class EvolutionSearchCV(BaseSearch):
    """Search with light-weight evolution strategies.

    Varies the best configurations so far: one of them by normal noise [1]_, or a population by
    the differences of its members [2]_, [3]_. Prefer it where proposals must cost nothing and
    the scores are too rugged for a model; `CMAESSearchCV` where numeric parameters interact.

    Parameters
    ----------
    strategy : {"gaussian-es", "1+1", "de", "jade"}
        "gaussian-es" adds noise to the best, "1+1" learns the directions of success, too; "de" is
        differential evolution, "jade" adapts its parameters. See `EvolutionSampler`.
    popsize : int or "auto"
        Configurations that "de" and "jade" keep.

    See Also
    --------
    SearchCV : With ``sampler=EvolutionSampler(...)``, every argument of the sampler.
    CMAESSearchCV : Learns how parameters interact.

    References
    ----------
    .. [1] C. Igel, T. Suttorp, N. Hansen, "A computational efficient covariance matrix update and
       a (1+1)-CMA for evolution strategies", GECCO 2006.
    .. [2] R. Storn, K. Price, "Differential evolution", Journal of Global Optimization 11, 1997.
    .. [3] J. Zhang, A. C. Sanderson, "JADE: adaptive differential evolution with optional
       external archive", IEEE Transactions on Evolutionary Computation 13(5), 2009.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import EvolutionSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> search = EvolutionSearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.9)
    True
    """

    _parameter_constraints = {
        **BaseSearch._parameter_constraints,
        "strategy": [StrOptions({"gaussian-es", "1+1", "de", "jade"})],
        "popsize": [Interval(numbers.Integral, 4, None, closed="left"), StrOptions({"auto"})],
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
        strategy: str = "1+1",
        popsize: int | str = "auto",
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
        self.strategy = strategy
        self.popsize = popsize
        self.racing = racing

    def _sampler(self) -> Sampler:
        return EvolutionSampler(self.strategy, popsize=self.popsize)
