"""The loop in which space, sampler, scheduler and evaluation meet."""

from typing import Protocol

from ._history import LiveHistory
from ._records import Job, Result
from .samplers._base import SamplerRun
from .schedulers._base import SchedulerRun


class Runner(Protocol):
    """What the loop needs of the evaluation of jobs."""

    def has_room(self) -> bool:
        """Whether one more job may be opened; false for good once the search is to stop."""

    def submit(self, job: Job) -> None:
        """Start a job."""

    def next_completed(self) -> Result | None:
        """Wait for a job to end; None if nothing is in flight, after a stop, or for more work."""

    def is_idle(self) -> bool:
        """Whether nothing is in flight."""


def run(history: LiveHistory, sampler: SamplerRun, scheduler: SchedulerRun, runner: Runner) -> None:
    """Search until the scheduler, the sampler or a rule has had enough.

    The scheduler offers slots, the sampler fills the fresh ones, the runner evaluates them, and
    both learn of every result before the next slot is offered.
    """
    while True:
        while runner.has_room() and (slot := scheduler.next_slot()) is not None:
            proposal = history.earlier(slot) or sampler.ask(history.n_trials, slot, history.pending)
            if proposal is None:
                scheduler.exhausted(slot)  # a rung may just have closed: ask again
            else:
                runner.submit(history.open(slot, proposal))
        result = runner.next_completed()
        if result is None:
            if runner.is_idle():
                return
            continue  # a worker is free though no job has ended
        sampler.tell(history.close(result))
        scheduler.report(result)
