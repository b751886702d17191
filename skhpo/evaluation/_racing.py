"""Racing on folds: a job that is behind the best one is not given its other folds."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import t, wilcoxon

from .._history import History
from .._records import FoldScore, Job, Plan, Result
from .._typing import Vector

N_RECENT = 20  # trials whose spread is what a new one's is compared with
LEVELS = (0.2, 0.04)  # of the paired test, for the first and the last trial
USUAL_BUDGET = 50  # trials, where the plan does not say; shorter searches are its end
RANK_LEVEL = 0.1  # of the signed-rank test, whose smallest p-value is 2^-k
LEAST = 2  # folds, for a spread of their own
PRIOR_WEIGHT = 3  # degrees of freedom that this spread counts for
RULES = ("paired", "forgiving", "wilcoxon")

PLAN = Plan()
Folds = Sequence[FoldScore | None]


class Racer:
    """Compares a job, fold by fold, with the best one so far, or the first that is not promoted.

    Folds are the same for all jobs, so that their differences are what counts. With all of the
    resource the rival is the best job. With less, where one job in `factor` is promoted, it is the
    first that is not: of n jobs that ended in the same bracket with the same resource, the complete
    one of rank floor((n + 1) / factor) + 1. So there are always enough left to promote.

    Parameters
    ----------
    rule : {"paired", "forgiving", "wilcoxon"}
        "paired": the mean difference is below 0 by a t-test whose standard deviation is shrunk to
        that of recent trials; where there are some, one fold may be enough. "forgiving": the mean
        is worse than the rival's worst fold [1]_. "wilcoxon": the signed-rank test on the
        differences, which needs four folds to say anything.
    plan : Plan, default=Plan()
        How many trials there will be.
    factor : float, default=3
        Of the jobs below the full resource, one in so many goes on.

    Notes
    -----
    The higher its level, the more fits the paired test spares, and the sooner it loses a winner. It
    falls over the budget, from 0.2 to 0.04: what is lost early, a later trial makes up for. A
    search of fewer than 50 trials begins lower, as if it were the end of one of 50. The signed-rank
    test has 0.1 throughout.

    References
    ----------
    .. [1] E. Bergman, L. Purucker, F. Hutter, "Don't waste your time: early stopping
       cross-validation", AutoML 2024.
    """

    def __init__(self, rule: str, plan: Plan = PLAN, factor: float = 3.0) -> None:
        self._rule = rule
        self._plan = plan
        self._factor = factor

    def judge(self, job: Job, folds: Folds, history: History) -> float | None:
        """Whether a job may be cut, given the folds that are there.

        Parameters
        ----------
        job : Job
            What is judged.
        folds : sequence of FoldScore or None
            None where a fold has not been run; in the order of `fold_order`, those up to the first
            such one are looked at.
        history : History
            What happened so far.

        Returns
        -------
        float or None
            The loss to tell if it is to be cut: the rival's, and the mean difference to it on the
            folds that were run. None if it goes on.
        """
        order = fold_order(job.number, len(folds))
        losses = _losses(folds)[order]
        n_run = next((k for k, fold in enumerate(order) if folds[fold] is None), len(folds))
        losses = losses[:n_run]
        if n_run in (0, len(folds)) or not np.isfinite(losses).all():
            return None
        rival = self._rival(job, history)
        if rival is None:
            return None
        reference = _losses(rival.folds)[order]
        worse = losses - reference[:n_run]
        if not self._is_behind(job, losses, reference, _spread(rival, history)):
            return None
        return rival.loss + float(worse.mean())

    def _rival(self, job: Job, history: History) -> Result | None:
        """The complete job that a job has to keep up with; None if there are too few."""
        slot = job.slot
        peers = [r for r in history.results if r.job.slot.resource == slot.resource]
        place = 0
        if slot.resource < history.full_resource:
            peers = [r for r in peers if r.job.slot.bracket == slot.bracket]
            place = math.floor((len(peers) + 1) / self._factor)
        ranked = sorted(
            (r for r in peers if r.status == "complete"), key=lambda r: (r.loss, r.job.number)
        )
        return ranked[place] if place < len(ranked) else None

    def _is_behind(self, job: Job, losses: Vector, reference: Vector, spread: float | None) -> bool:
        worse = losses - reference[: len(losses)]
        if self._rule == "forgiving":
            return len(losses) > 1 and bool(losses.mean() > reference.max())
        if self._rule == "wilcoxon":
            return worse.mean() > 0 and signed_rank(worse) < RANK_LEVEL
        if spread is None and len(losses) < LEAST:
            return False
        return paired_bound(-worse, len(reference), spread, self._level(job)) < 0

    def _level(self, job: Job) -> float:
        """Of the paired test."""
        plan, trial = self._plan, job.number if job.slot.trial is None else job.slot.trial
        spent, (first, last) = plan.progress(trial, USUAL_BUDGET), LEVELS
        if plan.budget is not None and plan.budget < USUAL_BUDGET:
            spent = 1.0 - (1.0 - spent) * plan.budget / USUAL_BUDGET
        return first + (last - first) * spent


def paired_bound(d: Vector, n_folds: int, spread: float | None, alpha: float) -> float:
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
    alpha : float
        Level, in (0, 1).

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


def _spread(rival: Result, history: History) -> float | None:
    """Median standard deviation of the differences of recent trials with three folds or more.

    Of those with the rival's resource, or of all where there are none of them.
    """
    reference = _losses(rival.folds)
    spreads: list[float] = []
    others: list[float] = []
    for result in reversed(history.results):
        run = [fold is not None for fold in result.folds]
        worse = (_losses(result.folds) - reference)[run]
        if len(worse) >= 3 and np.any(worse) and np.isfinite(worse).all():
            alike = result.job.slot.resource == rival.job.slot.resource
            (spreads if alike else others).append(float(np.std(worse, ddof=1)))
            if len(spreads) == N_RECENT:
                break
    recent = spreads or others[:N_RECENT]
    return float(np.median(recent)) if recent else None


def fold_order(job: int, n_folds: int) -> list[int]:
    """The order in which the folds of a job are run, each job starting with another one.

    If all started with the same one, a rival that was lucky there would cut whatever came after
    it, and nothing would be learned of how much the other folds differ.

    Parameters
    ----------
    job : int
        Its number.
    n_folds : int

    Returns
    -------
    list of int
    """
    return [(job + k) % n_folds for k in range(n_folds)]


def _losses(folds: Folds) -> Vector:
    """The losses, NaN where a fold was not run."""
    return np.array([math.nan if fold is None else fold.loss for fold in folds])
