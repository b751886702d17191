"""What is said of single fits: scikit-learn's lines from ``verbose=2`` on, and lost ones."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from sklearn.exceptions import FitFailedWarning

from .._records import FoldScore, Job, Task
from ..exceptions import StoppedWarning
from ..execution._base import Failure

WIDTH = 80


@dataclass(frozen=True, slots=True)
class Lines:
    """Prints the lines that begin with ``[CV``, as scikit-learn does.

    Attributes
    ----------
    verbose : int
        From 2 on fits that end, from 3 their scores, from 10 fits that start.
    n_splits : int
    n_candidates : int or None
        None where it is not known.
    metrics : tuple of str
        Names of several metrics; empty for a single one.
    error_score : float
        What stands for metrics that failed.
    """

    verbose: int = 0
    n_splits: int = 0
    n_candidates: int | None = None
    metrics: tuple[str, ...] = ()
    error_score: float = math.nan

    def announce(self, task: Task) -> None:
        """Print that a fit starts.

        Parameters
        ----------
        task : Task
            What starts.
        """
        if self.verbose > 9:
            message = f"[CV{self._progress(task)}] START {_params(task)}"
            print(f"{message}{(WIDTH - len(message)) * '.'}")

    def conclude(self, task: Task, score: FoldScore) -> None:
        """Print how a fit ended.

        Parameters
        ----------
        task : Task
            What ended.
        score : FoldScore
            What came of it.
        """
        if self.verbose <= 1:
            return
        start = f"[CV{self._progress(task)}] END "
        params = _params(task)
        message = params + (";" if params else "")
        if self.verbose > 2:
            message += self._scores(score)
        message += f" total time={_duration(score.fit_time + score.score_time)}"
        print(f"{start}{'.' * (WIDTH - len(start) - len(message))}{message}")

    def _progress(self, task: Task) -> str:
        if self.verbose <= 2:
            return ""
        text = f" {task.fold + 1}/{self.n_splits}"
        if self.verbose > 9:
            text += f"; {task.job + 1}" + (f"/{self.n_candidates}" if self.n_candidates else "")
        return text

    def _scores(self, score: FoldScore) -> str:
        names = self.metrics or (tuple(score.scores) if score.multimetric else ())
        if names:
            return "".join(
                f" {name}: ({self._train(score, name)}test={self._test(score, name)})"
                for name in sorted(names)
            )
        if score.train_scores:
            return f", score=({self._train(score, 'score')}test={self._test(score, 'score')})"
        return f", score={self._test(score, 'score')}"

    def _test(self, score: FoldScore, name: str) -> str:
        return f"{score.scores.get(name, self.error_score):.3f}"

    def _train(self, score: FoldScore, name: str) -> str:
        value = score.train_scores.get(name)
        return "" if value is None else f"train={value:.3f}, "


def _params(task: Task) -> str:
    params = task.schedule[-1][0]
    return ", ".join(f"{name}={params[name]}" for name in sorted(params))


def _duration(seconds: float) -> str:
    return f"{seconds / 60:4.1f}min" if seconds > 60 else f" {seconds:5.1f}s"


def lost(failure: Failure) -> FoldScore:
    """What a task that did not return counts as: a failing fit, if a worker was lost.

    Parameters
    ----------
    failure : Failure

    Returns
    -------
    FoldScore
    """
    if not failure.infrastructure:
        if failure.error is not None:
            raise failure.error
        raise RuntimeError(f"{failure.kind}: {failure.message}\n{failure.traceback}")
    return FoldScore(
        math.nan, {}, fit_error=failure.traceback or f"{failure.kind}: {failure.message}"
    )


def warn_of_failure(job: Job, score: FoldScore) -> None:
    """Warn that a fit failed, the first of a search.

    Parameters
    ----------
    job : Job
    score : FoldScore
        Of its fold that failed.
    """
    warnings.warn(
        f"The first fit failed, with params {job.proposal.params}. The search goes on; such "
        "configurations are not tried again. If this is not expected, set error_score='raise' to "
        f"debug it.\n{score.fit_error}",
        FitFailedWarning,
        stacklevel=2,
    )


def warn_of_abandoned(folds: Sequence[tuple[Job, int]]) -> None:
    """Warn of folds that go on although nobody waits for them.

    Parameters
    ----------
    folds : sequence of (Job, int)
        Each with the number of its fold.
    """
    names = ", ".join(
        f"fold {fold} of trial {job.slot.trial} with params {job.proposal.params}"
        for job, fold in folds
    )
    warnings.warn(
        f"Nobody waits any longer for {names}. Threads and the workers of dask cannot be stopped: "
        "what runs there goes on to its end. With the backends loky and multiprocessing it ends "
        "at once.",
        StoppedWarning,
        stacklevel=2,
    )
