"""Tasks on joblib's active backend: one for each free worker, results as they come."""

import time
from collections.abc import Callable
from itertools import count
from typing import Any

from ._base import Ticket, Ticketed
from ._crew import Crew
from ._joblib import PAUSE

BATCH_SECONDS = 0.1  # of work: what short tasks are joined to where the caller looks ahead
LARGEST_BATCH = 64  # tasks


class ParallelExecutor:
    """Runs tasks on joblib's active backend; remembers which have not come back.

    Workers that die are replaced, and what was in flight is run again.

    Parameters
    ----------
    n_jobs : int or None
    n_workers : int
        What joblib makes of `n_jobs`.
    looks_ahead : bool
        Whether tasks may queue behind the running ones; short ones then travel together.
    isolate : bool, default=False
        Whether tasks have limits of time, in which the start of a worker must not count.
    """

    is_inline = False

    def __init__(
        self, n_jobs: int | None, n_workers: int, looks_ahead: bool, isolate: bool = False
    ) -> None:
        self.n_workers = n_workers
        self._looks_ahead = looks_ahead
        self._crew = Crew(n_jobs, n_workers, awaits_start=isolate)
        self.isolates = self._crew.isolates
        self._tickets = count()
        self._n_open = 0  # tickets given out and not yet returned
        self._waiting: list[Ticketed] = []
        self._batch_size = 1

    @property
    def n_free(self) -> int:
        """Free workers and, if this executor looks ahead, free places behind them."""
        if self._crew.is_deserted:
            return 0
        places = self.n_workers * (2 * self._batch_size if self._looks_ahead else 1)
        return max(0, places - self._n_open - self._crew.n_held)

    def submit(self, function: Callable[..., Any], task: object, *shared: object) -> Ticket:
        """Start a task, or keep it until there are enough short ones to travel together.

        Raises
        ------
        Exception
            If `function` and `shared` cannot be pickled: what pickling them raised.
        """
        objects = (function, *shared)
        if not self._crew.shares(objects):
            self._send_waiting(self._batch_size)
            self._crew.share(objects)
        ticket = next(self._tickets)
        self._waiting.append((ticket, task))
        self._n_open += 1
        if len(self._waiting) >= self._batch_size:
            self._send_waiting(self._batch_size)
        return ticket

    def next_completed(self, timeout: float | None = None) -> tuple[Ticket, Any] | None:
        """Wait for a task, in slices, so that Ctrl-C gets through on every system.

        Raises
        ------
        KeyboardInterrupt
            Also if it was raised in a worker.
        """
        finished = self._crew.finished
        if not finished:
            self._send_waiting(self._fair_size())
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while not finished:
            left = deadline - time.monotonic()
            if not self._crew.is_busy:
                return None
            if self._crew.wait(max(0.0, min(PAUSE, left))):
                self._adapt()
            elif left <= 0.0:
                return None
        self._n_open -= 1
        return finished.popleft()

    def sent_at(self, ticket: Ticket) -> float | None:
        """When a task was last given to a worker; None while it waits."""
        return self._crew.sent.get(ticket)

    def give_up(self, ticket: Ticket) -> bool:
        """Make a failure of a task; processes are stopped, and then replaced."""
        self._send_waiting(1)
        return self._crew.give_up(ticket)

    def close(self, cancel: bool = False) -> None:
        """Give the workers back; with `cancel`, stop them first if they are busy."""
        if not cancel:
            while self.next_completed() is not None:
                pass
        self._crew.close()
        self._waiting.clear()
        self._n_open = 0

    def _fair_size(self) -> int:
        """Of a batch: less than usual if the caller has no more tasks to fill all places with."""
        fair = len(self._waiting) // self.n_workers
        return min(self._batch_size, max(1, fair)) if self.n_free else self._batch_size

    def _send_waiting(self, size: int) -> None:
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), size):
            self._crew.send(waiting[start : start + size])

    def _adapt(self) -> None:
        """Join as many tasks as make a tenth of a second, coming near in steps."""
        durations = self._crew.durations
        if self._looks_ahead and durations:
            mean = sum(durations) / len(durations)
            wanted = int(BATCH_SECONDS / max(mean, 1e-6))
            self._batch_size = max(1, min(wanted, 2 * self._batch_size, LARGEST_BATCH))
