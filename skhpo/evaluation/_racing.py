"""Racing on folds: a job that is behind the best one is not given its other folds."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import t, wilcoxon

from .._history import History
from .._records import FoldScore, Job
from .._typing import Vector

N_RECENT = 20  # trials whose spread is what a new one's is compared with
RANK_LEVEL = 0.1  # of the signed-rank test, whose smallest p-value is 2^-k
LEAST = 2  # folds, for a spread of their own
PRIOR_WEIGHT = 3  # degrees of freedom that this spread counts for
RULES = ("paired", "forgiving", "wilcoxon")

Folds = Sequence[FoldScore | None]


class Racer:
    """Compares a job with the best one so far, fold by fold.

    Folds are the same for all jobs, so that their differences are what counts.

    Parameters
    ----------
    rule : {"paired", "forgiving", "wilcoxon"}
        "paired": the mean difference is below 0 by a t-test whose standard deviation is shrunk to
        that of recent trials; where there are some, one fold may be enough. "forgiving": the mean
        is worse than the best job's worst fold [1]_. "wilcoxon": the signed-rank test on the
        differences, which needs four folds to say anything.
    alpha : float, default=0.12
        Level of the paired test; the higher, the more fits are spared, and the sooner a winner is
        lost. The signed-rank test has 0.1.

    References
    ----------
    .. [1] E. Bergman, L. Purucker, F. Hutter, "Don't waste your time: early stopping
       cross-validation", AutoML 2024.
    """

    def __init__(self, rule: str, alpha: float = 0.12) -> None:
        self._rule = rule
        self._alpha = alpha

    def judge(self, job: Job, folds: Folds, history: History) -> float | None:
        """Whether a job may be cut, given the folds that are there.

        Parameters
        ----------
        job : Job
            What is judged.
        folds : sequence of FoldScore or None
            None where a fold has not been run; those up to the first such one are looked at.
        history : History
            What happened so far.

        Returns
        -------
        float or None
            The loss to tell if it is to be cut: the best job's, and the mean difference to it on
            the folds that were run. None if it goes on.
        """
        losses = _begin(folds)
        rivals = [
            r for r in history.results if r.status == "complete" and r.resource == job.slot.resource
        ]
        if not len(losses) or len(losses) == len(folds) or not rivals:
            return None
        if not np.isfinite(losses).all():
            return None
        best = min(rivals, key=lambda r: (r.loss, r.job.number))
        reference = _begin(best.folds)
        worse = losses - reference[: len(losses)]
        if not self._is_behind(losses, worse, reference, history):
            return None
        return best.loss + float(worse.mean())

    def _is_behind(
        self, losses: Vector, worse: Vector, reference: Vector, history: History
    ) -> bool:
        if self._rule == "forgiving":
            return len(losses) > 1 and bool(losses.mean() > reference.max())
        if self._rule == "wilcoxon":
            return worse.mean() > 0 and signed_rank(worse) < RANK_LEVEL
        spread = _recent_spread(reference, history)
        if spread is None and len(losses) < LEAST:
            return False
        return paired_bound(-worse, len(reference), spread, self._alpha) < 0


def paired_bound(d: Vector, n_folds: int, spread: float | None, alpha: float = 0.12) -> float:
    """Upper confidence bound of the mean difference over all folds.

    mean(d) + t_{1-alpha, nu} s sqrt((1/j)(1 - j/k)), with s^2 = (3 s0^2 + (j-1) s_j^2) / (j + 2)
    and nu = j + 2; without s0, s = s_j and nu = j - 1.

    Parameters
    ----------
    d : ndarray of shape (j,)
        Score minus the best one's, on the first folds; without `spread` two at least.
    n_folds : int
        All folds, k.
    spread : float or None
        s0, the standard deviation of such differences in recent trials.
    alpha : float, default=0.12
        Level.

    Returns
    -------
    float
    """
    j = len(d)
    variance, freedom = float(np.var(d, ddof=1)) if j > 1 else 0.0, j - 1
    if spread is not None:
        variance = (PRIOR_WEIGHT * spread**2 + (j - 1) * variance) / (j - 1 + PRIOR_WEIGHT)
        freedom = j - 1 + PRIOR_WEIGHT
    error = math.sqrt(variance / j * (1 - j / n_folds))
    return float(np.mean(d) + t.ppf(1 - alpha, freedom) * error)


def signed_rank(worse: Vector) -> float:
    """One-sided p-value that losses are not worse; at least 2^-k with k folds.

    Parameters
    ----------
    worse : ndarray of shape (k,)
        Loss minus the best one's.

    Returns
    -------
    float
    """
    if not np.any(worse):
        return 1.0
    return float(wilcoxon(worse, zero_method="zsplit", alternative="greater").pvalue)


def _recent_spread(reference: Vector, history: History) -> float | None:
    """Median standard deviation of the differences of recent trials with three folds or more."""
    spreads = []
    for result in reversed(history.results):
        losses = _begin(result.folds)
        worse = losses - reference[: len(losses)]
        if len(losses) >= 3 and np.any(worse) and np.isfinite(worse).all():
            spreads.append(float(np.std(worse, ddof=1)))
            if len(spreads) == N_RECENT:
                break
    return float(np.median(spreads)) if spreads else None


def _begin(folds: Folds) -> Vector:
    """Losses of the folds before the first that is missing."""
    losses = []
    for fold in folds:
        if fold is None:
            break
        losses.append(fold.loss)
    return np.array(losses)
