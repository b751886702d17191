"""Bayesian search."""

import os
from typing import Any

import numpy as np

from .._sklearn import StrOptions
from ..acquisition import ACQUISITIONS
from ..samplers import SURROGATES, BayesSampler, Sampler
from ..stopping import StoppingRule
from ._base import BaseSearch
from ._docs import documented


@documented
class BayesSearchCV(BaseSearch):
    """Bayesian search: a model of the score chooses what to try next.

    A Gaussian process over numbers, categories and conditional parameters predicts the score of
    untried configurations and how sure it is; the next trial is where the expected improvement on
    the best one is largest [1]_, [2]_. Prefer it for 10 to 300 trials, the more so the longer a
    single fit takes: each proposal costs some hundredths of a second.

    Parameters
    ----------
    surrogate : {"gp", "forest"}
        The model: a Gaussian process, or a random forest, which suits spaces with very many
        categories and conditions.
    acquisition : {"log-ei", "lcb", "pi", "thompson"}
        What is maximised: the expected improvement, a lower confidence bound of the loss, the
        probability of improvement, or a sample of the model.

    See Also
    --------
    SearchCV : With ``sampler=BayesSampler(...)``, every argument of the sampler.
    TPESearchCV : Costs next to nothing per proposal.

    References
    ----------
    .. [1] J. Snoek, H. Larochelle, R. P. Adams, "Practical Bayesian optimization of machine
       learning algorithms", NeurIPS 2012.
    .. [2] S. Ament et al., "Unexpected improvements to expected improvement for Bayesian
       optimization", NeurIPS 2023.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import BayesSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> search = BayesSearchCV(SVC(), space, n_iter=15, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.97)
    True
    """

    _parameter_constraints = {
        **BaseSearch._parameter_constraints,
        "surrogate": [StrOptions(set(SURROGATES))],
        "acquisition": [StrOptions({*ACQUISITIONS, "thompson"})],
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
        surrogate: str = "gp",
        acquisition: str = "log-ei",
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
        self.surrogate = surrogate
        self.acquisition = acquisition
        self.racing = racing

    def _sampler(self) -> Sampler:
        return BayesSampler(surrogate=self.surrogate, acquisition=self.acquisition)
