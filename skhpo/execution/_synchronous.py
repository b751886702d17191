"""Tasks in batches through joblib's public interface alone, for backends that allow no more."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from itertools import count
from typing import Any

import joblib

from ._base import Failure, Ticket
from ._worker import run_beside


class SynchronousExecutor:
    """Gathers a task for each worker and runs them together; remembers tasks and results.

    The slowest task of a batch keeps the other workers waiting, and none can be given up.

    Parameters
    ----------
    n_jobs : int or None
    n_workers : int
        What joblib makes of `n_jobs`.
    """

    isolates = False
    is_inline = False

    def __init__(self, n_jobs: int | None, n_workers: int) -> None:
        self.n_workers = n_workers
        self._given = {} if n_jobs is None else {"n_jobs": n_jobs}
        self._tickets = count()
        self._waiting: list[tuple[Ticket, tuple[Any, ...]]] = []
        self._ready: deque[tuple[Ticket, Any]] = deque()

    @property
    def n_free(self) -> int:
        """How many tasks the next batch has room for."""
        return max(0, self.n_workers - len(self._waiting) - len(self._ready))

    def submit(self, function: Callable[..., Any], task: object, *shared: object) -> Ticket:
        """Keep a task for the next batch."""
        ticket = next(self._tickets)
        self._waiting.append((ticket, (function, task, *shared)))
        return ticket

    def next_completed(self, timeout: float | None = None) -> tuple[Ticket, Any] | None:
        """A result of the last batch; where there is none left, run the next one to its end."""
        if not self._ready and self._waiting:
            waiting, self._waiting = self._waiting, []
            outcomes = self._run([call for _, call in waiting])
            self._ready.extend(zip((ticket for ticket, _ in waiting), outcomes, strict=True))
        return self._ready.popleft() if self._ready else None

    def sent_at(self, ticket: Ticket) -> float | None:
        """Nothing: the caller waits for all of a batch."""
        return None

    def give_up(self, ticket: Ticket) -> bool:
        """Nothing: while a batch runs the caller waits, and then all of it is there."""
        return False

    def close(self, cancel: bool = False) -> None:
        """Run what is waiting, or with `cancel` forget it."""
        if not cancel:
            while self.next_completed() is not None:
                pass
        self._waiting.clear()
        self._ready.clear()

    def _run(self, calls: list[tuple[Any, ...]]) -> list[Any]:
        try:
            replies = joblib.Parallel(**self._given)(
                joblib.delayed(run_beside)(*call) for call in calls
            )
        except Exception as error:
            failure = Failure.of(error, infrastructure=isinstance(error, BrokenExecutor))
            return [failure] * len(calls)
        return [reply.open() for reply in replies]
