"""The loss of a boosted model after each of its rounds, and when it no longer falls."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import is_classifier


class Patience:
    """scikit-learn's rule: stop at a loss that is below none of the last ones by `tol`.

    It remembers the last losses.

    Parameters
    ----------
    n : int
        How many.
    tol : float
    """

    def __init__(self, n: int, tol: float) -> None:
        self._last = np.full(n, np.inf)
        self._tol = tol
        self._n = 0

    def __call__(self, loss: float) -> bool:
        """Whether to stop at the loss of one more round.

        Parameters
        ----------
        loss : float

        Returns
        -------
        bool
        """
        if not np.any(loss + self._tol < self._last):
            return True
        self._last[self._n % len(self._last)] = loss
        self._n += 1
        return False


def staged_losses(learner: Any, X: Any, y: Any, weight: Any) -> Iterator[float]:
    """The loss after each round; it may be asked for while the rounds are added.

    Parameters
    ----------
    learner : estimator
        One of scikit-learn's, with staged predictions.
    X, y : array-like
    weight : array-like or None

    Returns
    -------
    iterator of float
    """
    y = np.asarray(y).reshape(-1)
    if is_classifier(learner):
        stages = learner.staged_predict_proba(X)
        for p in stages:
            own = p[np.arange(len(y)), np.searchsorted(learner.classes_, y)]
            yield float(np.average(-np.log(np.maximum(own, 1e-300)), weights=weight))
        return
    for p in learner.staged_predict(X):
        yield float(np.average(_losses(learner, y, p), weights=weight))


def _losses(learner: Any, y: Any, p: Any) -> Any:
    if learner.loss == "quantile":
        q = learner.alpha if hasattr(learner, "alpha") else learner.quantile
        return np.maximum(q * (y - p), (q - 1) * (y - p))
    if learner.loss in ("absolute_error", "huber"):
        return np.abs(y - p)
    if learner.loss == "poisson":
        return p - y * np.log(p)
    if learner.loss == "gamma":
        return np.log(p) + y / p
    return (y - p) ** 2
