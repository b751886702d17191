"""A runner that hands on how jobs ended at once, and takes jobs that ended in an earlier `fit`."""

from collections.abc import Callable

from .._records import FoldScore, Job, Result
from ..execution._base import Failure, Ticket
from ._open_job import OpenJob
from ._runner import Runner


class RecordingRunner(Runner):
    """A runner whose history wants to know of finished jobs before they are told.

    It takes the arguments of `Runner`.

    Attributes
    ----------
    finish : callable or None
        Called with the result of a job when its last fold is back.
    """

    finish: Callable[[Result], None] | None = None

    def resume(self, job: Job, result: Result | None) -> None:
        """Take a job that was opened in an earlier `fit`.

        Parameters
        ----------
        job : Job
            Opened by the history.
        result : Result or None
            How it ended, if it did; it is told when its turn comes.
        """
        if result is None:
            self.submit(job)
        else:
            self._jobs[job.number] = _Ended(result)

    def _receive(self, ticket: Ticket, value: FoldScore | Failure) -> None:
        number = self._flight[ticket].job
        super()._receive(ticket, value)
        open_job = self._jobs[number]
        if self.finish is not None and not open_job.missing:
            self.finish(open_job.result())


class _Ended(OpenJob):
    """A job that ended in an earlier `fit`."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.job, list(result.folds), 0)
        self._ended = result

    def result(self, status: object = None) -> Result:
        """How the job ended."""
        return self._ended
