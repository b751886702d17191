"""One task at a time, in the caller's thread."""

from collections.abc import Callable
from itertools import count
from typing import Any

from ._base import Failure, Ticket


class SerialExecutor:
    """Runs a task when its result is asked for; remembers the one that was submitted."""

    n_workers = 1
    isolates = False
    is_inline = True

    def __init__(self) -> None:
        self._tickets = count()
        self._queued: tuple[Ticket, Callable[[], Any]] | None = None

    @property
    def n_free(self) -> int:
        """1, or 0 while a task waits to be run."""
        return int(self._queued is None)

    def submit(self, function: Callable[..., Any], task: object, *shared: object) -> Ticket:
        """Keep one task for the next call of `next_completed`."""
        if self._queued is not None:
            raise RuntimeError("This executor holds one task; call next_completed first.")
        ticket = next(self._tickets)
        self._queued = ticket, lambda: function(task, *shared)
        return ticket

    def next_completed(self, timeout: float | None = None) -> tuple[Ticket, Any] | None:
        """Run the submitted task to its end, however long that takes."""
        if self._queued is None:
            return None
        (ticket, call), self._queued = self._queued, None
        try:
            return ticket, call()
        except Exception as error:
            return ticket, Failure.of(error)

    def sent_at(self, ticket: Ticket) -> float | None:
        """Nothing: this is the caller's own thread."""
        return None

    def give_up(self, ticket: Ticket) -> bool:
        """Forget a task that has not begun; one that has is over before this can be called."""
        self._queued = None
        return True

    def close(self, cancel: bool = False) -> None:
        """Run the submitted task, or with `cancel` forget it."""
        if not cancel:
            self.next_completed()
        self._queued = None
