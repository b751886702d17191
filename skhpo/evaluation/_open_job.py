"""A job in flight, and the result that it becomes."""

import math
from dataclasses import dataclass

from .._records import FoldScore, Job, Result
from .._typing import Status


@dataclass(slots=True)
class OpenJob:
    """A job in flight; remembers which folds came back, and when it started and ended.

    Attributes
    ----------
    job : Job
    folds : list of FoldScore or None
    missing : int
        Folds that are still to come.
    started : float or None, default=None
    finished : float, default=0.0
    told : float or None, default=None
        The loss to tell if the job was cut by a racer before its last fold.
    is_lost : bool, default=False
        Whether a fold did not come back, so that its other folds are not worth a worker each.
    """

    job: Job
    folds: list[FoldScore | None]
    missing: int
    started: float | None = None
    finished: float = 0.0
    told: float | None = None
    is_lost: bool = False

    @property
    def is_late(self) -> bool:
        """Whether one of its folds took too long."""
        return any(fold is not None and fold.timed_out for fold in self.folds)

    def result(self, status: Status | None = None) -> Result:
        """How the job ended; at least one fold must be there.

        Parameters
        ----------
        status : str or None, default=None
            None is what the folds say.

        Returns
        -------
        Result
        """
        losses = [fold.loss for fold in self.folds if fold is not None]
        loss, share = sum(losses) / len(losses), 1.0
        if status is None:
            status = "failed" if math.isnan(loss) else "complete"
            if status == "complete" and self.told is not None and len(losses) < len(self.folds):
                status, loss, share = "pruned", self.told, len(losses) / len(self.folds)
            if self.is_late:
                status = "timed_out"
        return Result(
            self.job,
            tuple(self.folds),
            status,
            loss if status in ("complete", "pruned") else math.nan,
            self.job.slot.resource * share,
            self.started or 0.0,
            self.finished,
        )
