"""Who ended the worker: the tasks that were in flight then are run again, one at a time."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from ._base import Ticket
from ._supply import Batch


class Quarantine:
    """Remembers the suspects, what is held back while they run, and whether one of them runs.

    Attributes
    ----------
    is_trial : bool
        Whether what is in flight is a suspect, alone.
    """

    def __init__(self) -> None:
        self.is_trial = False
        self._suspects: deque[Batch] = deque()
        self._held: deque[Batch] = deque()

    @property
    def is_open(self) -> bool:
        """Whether anything waits here."""
        return bool(self._suspects or self._held)

    def suspect(self, batches: Sequence[Batch]) -> None:
        """Have these run alone, before anything else."""
        self._suspects.extend(batches)

    def holds_back(self, batch: Batch) -> bool:
        """Whether this one has to wait; if so it is kept."""
        if not (self.is_trial or self._suspects):
            return False
        self._held.append(batch)
        return True

    def release(self) -> list[Batch]:
        """What may be sent now that nothing is in flight."""
        if self._suspects:
            self.is_trial = True
            return [self._suspects.popleft()]
        return self.release_all()

    def release_all(self) -> list[Batch]:
        """What is kept here, suspects first; nothing is kept any more."""
        batches = [*self._suspects, *self._held]
        self._suspects.clear()
        self._held.clear()
        self.is_trial = False
        return batches

    def forget(self, ticket: Ticket) -> bool:
        """Drop a task that is not to be run any more; whether it was here."""
        for kept in (self._suspects, self._held):
            for batch in list(kept):
                rest = tuple(task for task in batch.tasks if task[0] != ticket)
                if len(rest) < len(batch.tasks):
                    kept.remove(batch)
                    if rest:
                        kept.append(replace(batch, tasks=rest))
                    return True
        return False
