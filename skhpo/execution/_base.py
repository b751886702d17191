"""What an executor is: tasks go in, finished ones come out, in any order."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

Ticket: TypeAlias = int
Ticketed: TypeAlias = tuple[Ticket, Any]  # a task, or what came of it


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that did not return: an exception is a value here.

    Attributes
    ----------
    error : Exception or None
        The exception, where it could be carried over.
    kind : str
        Name of the exception's type.
    message : str
        `str` of the exception.
    traceback : str
        Formatted traceback from where it was raised; empty if the worker itself was lost.
    infrastructure : bool
        Whether the worker or the transport failed, not the task's own code.
    """

    error: Exception | None
    kind: str
    message: str
    traceback: str = ""
    infrastructure: bool = False

    @staticmethod
    def of(error: BaseException, infrastructure: bool = False) -> "Failure":
        """What is known of `error`; a lost worker's has no traceback of interest."""
        return Failure(
            error if isinstance(error, Exception) else None,
            type(error).__name__,
            str(error),
            "" if infrastructure else "".join(traceback.format_exception(error)),
            infrastructure,
        )


def given_up() -> Failure:
    """What stands for a task that was waited for no longer."""
    return Failure(None, "GivenUp", "The task took too long and was given up.", "", True)


@runtime_checkable
class Executor(Protocol):
    """Where tasks run; it knows nothing of search."""

    @property
    def n_workers(self) -> int:
        """How many tasks can run at once."""

    @property
    def n_free(self) -> int:
        """How many tasks may be submitted now.

        Without waiting in a queue; an executor that looks ahead also counts its queue's places.
        """

    @property
    def isolates(self) -> bool:
        """Whether a task has a process to itself, which can be limited and stopped."""

    @property
    def is_inline(self) -> bool:
        """Whether tasks run in the caller's own thread."""

    def submit(self, function: Callable[..., Any], task: object, *shared: object) -> Ticket:
        """Start ``function(task, *shared)``.

        Parameters
        ----------
        function : callable
            What to call.
        task : object
            Its first argument.
        *shared : object
            The others. They and `function` are the same objects every time and are not altered by
            a task: they travel to a worker once.

        Returns
        -------
        Ticket
        """

    def next_completed(self, timeout: float | None = None) -> tuple[Ticket, Any] | None:
        """Wait for the next finished task.

        Parameters
        ----------
        timeout : float or None, default=None
            Seconds.

        Returns
        -------
        tuple or None
            Its ticket, and its value or a `Failure`; None after `timeout`, or at once if nothing
            is in flight.
        """

    def sent_at(self, ticket: Ticket) -> float | None:
        """When a task in flight was given to a worker, by `time.monotonic`.

        Parameters
        ----------
        ticket : Ticket
            Of `submit`.

        Returns
        -------
        float or None
            The last time, if it was run again; None while it waits, or where that is not known.
        """

    def give_up(self, ticket: Ticket) -> bool:
        """Wait no longer for a task; a `Failure` comes in place of what it would have returned.

        Parameters
        ----------
        ticket : Ticket
            Of a task in flight.

        Returns
        -------
        bool
            Whether the task was stopped. Otherwise it goes on, and may hold its worker.
        """

    def close(self, cancel: bool = False) -> None:
        """Give back the workers, once for good.

        Parameters
        ----------
        cancel : bool, default=False
            Whether to give up what is in flight, which is waited for otherwise: processes are
            stopped at once, threads cannot be and go on until their tasks end.
        """
