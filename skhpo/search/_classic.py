"""scikit-learn's two search classes: the same candidates, scores and ranks, on our loop."""

import numbers
import os
from typing import Any

import numpy as np
from sklearn import model_selection
from sklearn.model_selection import ParameterGrid

from .. import _sklearn
from ..samplers import GridSampler, RandomSampler, Sampler
from ..space import Categorical, Integer, Ordinal, Real, Space, When
from ..stopping import StoppingRule
from ._base import BaseSearch
from ._docs import documented

_SHARED = {
    name: constraint
    for name, constraint in BaseSearch._parameter_constraints.items()
    if name not in ("param_distributions", "n_iter", "random_state")
}
_SHARED["pre_dispatch"] = [numbers.Integral, str, None]


# of the fitted attributes, what scikit-learn's classes do not have
_OURS = frozenset(
    ("history_", "n_trials_", "stop_reason_", "max_concurrent_trials_", "refit_params_")
)


_DIMENSIONS = (Categorical, Integer, Ordinal, Real, When)


def holds_dimensions(grid: Any) -> bool:
    """Whether some value of the grid is a dimension of skhpo, which scikit-learn does not know."""
    dicts = [grid] if isinstance(grid, dict) else grid
    return any(
        isinstance(values, _DIMENSIONS)
        for parameters in dicts
        if isinstance(parameters, dict)
        for values in parameters.values()
    )


class _Classic(BaseSearch):
    """What the two share: scikit-learn's lines and warnings, and its listing of attributes."""

    _classic = True

    def __dir__(self) -> list[str]:
        """Names as scikit-learn's class lists them, so that code that compares the two agrees."""
        return [name for name in super().__dir__() if name not in _OURS]

    def __sklearn_tags__(self) -> Any:
        if self.estimator is None:  # made without arguments, as discovery tools do
            return _sklearn.default_tags(self)
        return super().__sklearn_tags__()


@documented
class GridSearchCV(_Classic, model_selection.GridSearchCV):  # type: ignore[misc]  # untyped
    """Exhaustive search over a grid.

    Gives the candidates, scores and ranks of `sklearn.model_selection.GridSearchCV`, in the same
    order, with skhpo's asynchronous workers, limits and stopping rules. Prefer it for a handful
    of candidates; any other class needs fewer fits for the same score.

    Parameters
    ----------
    param_grid : dict or list of dicts
        Parameter names and the sequences of values to try; each dict of a list is a grid of its
        own.
    initial_params : list of dicts or None
        Parameters to try before the grid.

    See Also
    --------
    TPESearchCV : Fewer fits for the same score.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"kernel": ["linear", "rbf"], "C": [1, 10]}).fit(X, y)
    >>> search.best_params_
    {'C': 1, 'kernel': 'linear'}
    """

    _parameter_constraints = {**_SHARED, "param_grid": [dict, list]}
    _space_argument = "param_grid"

    def __init__(
        self,
        estimator: Any = None,
        param_grid: Any = None,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        error_score: float | str = np.nan,
        return_train_score: bool = False,
        timeout: float | None = None,
        max_concurrent_trials: int | None = None,
        trial_timeout: float | None = None,
        trial_memory: int | None = None,
        initial_params: Any = None,
        objective: str | None = None,
        constraints: Any = None,
        warm_start_from: Any = None,
        transfer: bool = False,
        warm_start: bool = False,
        stop: StoppingRule | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> None:
        self.estimator = estimator
        self.param_grid = param_grid
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.pre_dispatch = pre_dispatch
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.timeout = timeout
        self.max_concurrent_trials = max_concurrent_trials
        self.trial_timeout = trial_timeout
        self.trial_memory = trial_memory
        self.initial_params = initial_params
        self.objective = objective
        self.constraints = constraints
        self.warm_start_from = warm_start_from
        self.transfer = transfer
        self.warm_start = warm_start
        self.stop = stop
        self.journal = journal

    def _sampler(self) -> Sampler:
        return GridSampler()

    def _space(self, sampler: Sampler) -> Space:
        if not holds_dimensions(self.param_grid):
            ParameterGrid(self.param_grid)  # for scikit-learn's words about a wrong grid
        return super()._space(sampler)

    def _generator(self) -> np.random.Generator:
        return np.random.default_rng(0)  # nothing is drawn from it

    def _budget(self) -> int | None:
        return None


@documented
class RandomizedSearchCV(_Classic, model_selection.RandomizedSearchCV):  # type: ignore[misc]  # untyped
    """Search over random draws.

    Gives the candidates, scores and ranks of `sklearn.model_selection.RandomizedSearchCV` for the
    same seed, with skhpo's asynchronous workers, limits and stopping rules. Prefer it as a
    baseline, for very many workers, or where the draws must be independent of the results.

    Parameters
    ----------
    param_distributions : dict or list of dicts
        Parameter names and what to draw their values from: sequences, frozen scipy
        distributions, anything that has ``rvs``, or the dimensions of `skhpo.space`.
    n_iter : int or None
        Number of draws; None draws until `timeout` or `stop` ends the search, or all values
        of lists are used up.
    initial_params : list of dicts or None
        Parameters to try before the draws; they count in `n_iter`.

    See Also
    --------
    TPESearchCV : Learns from the results.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpo import RandomizedSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = RandomizedSearchCV(
    ...     LogisticRegression(max_iter=1000), {"C": loguniform(1e-3, 1e3)}, random_state=0
    ... ).fit(X, y)
    >>> len(search.cv_results_["params"])
    10
    """

    _parameter_constraints = {
        **_SHARED,
        "param_distributions": [dict, list],
        "n_iter": BaseSearch._parameter_constraints["n_iter"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any = None,
        param_distributions: Any = None,
        *,
        n_iter: int | None = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: float | str = np.nan,
        return_train_score: bool = False,
        timeout: float | None = None,
        max_concurrent_trials: int | None = None,
        trial_timeout: float | None = None,
        trial_memory: int | None = None,
        initial_params: Any = None,
        objective: str | None = None,
        constraints: Any = None,
        warm_start_from: Any = None,
        transfer: bool = False,
        warm_start: bool = False,
        stop: StoppingRule | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.pre_dispatch = pre_dispatch
        self.random_state = random_state
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.timeout = timeout
        self.max_concurrent_trials = max_concurrent_trials
        self.trial_timeout = trial_timeout
        self.trial_memory = trial_memory
        self.initial_params = initial_params
        self.objective = objective
        self.constraints = constraints
        self.warm_start_from = warm_start_from
        self.transfer = transfer
        self.warm_start = warm_start
        self.stop = stop
        self.journal = journal

    def _sampler(self) -> Sampler:
        return RandomSampler(random_state=self.random_state)

    def _generator(self) -> np.random.Generator:
        # the sampler draws from random_state itself, if there is one
        return np.random.default_rng(None if self.random_state is None else 0)
