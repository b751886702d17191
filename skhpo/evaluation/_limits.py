"""What a trial may take: seconds and bytes, kept within the worker and, where that fails, outside.

Within a worker process a timer and the system's limit on its data do it. A fit in compiled code
answers to no timer: the caller then has the process stopped.
"""

import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from .._records import FoldScore

GRACE = 2.0  # seconds after which a worker that has not kept the time itself is stopped


class TimeIsUp(BaseException):
    """Ends a fit; no `Exception`, so that no estimator takes it for one of its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a trial may take.

    Attributes
    ----------
    seconds : float or None, default=None
        From the start of a job's first fold to the end of its last one.
    memory : int or None, default=None
        Bytes that the process of a fold may add to what it holds when the fold begins.
    """

    seconds: float | None = None
    memory: int | None = None

    def __bool__(self) -> bool:
        return self.seconds is not None or self.memory is not None


@contextmanager
def limited(seconds: float | None, memory: int | None) -> Iterator[None]:
    """Keep these limits in the main thread of a process; elsewhere do nothing.

    Parameters
    ----------
    seconds : float or None
    memory : int or None
        Bytes.

    Raises
    ------
    TimeIsUp
        When the time is over and Python code runs.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _timer(seconds), _data_limit(memory):
        yield


def can_limit_memory() -> bool:
    """Whether this system can limit the data of a process.

    Returns
    -------
    bool
    """
    return sys.platform == "linux"


@contextmanager
def _timer(seconds: float | None) -> Iterator[None]:
    if seconds is None or not hasattr(signal, "setitimer"):
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), GRACE / 4)  # again if it is swallowed
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


@contextmanager
def _data_limit(memory: int | None) -> Iterator[None]:
    if memory is None or not can_limit_memory():
        yield
        return
    import resource  # noqa: PLC0415  # not on every system

    before = resource.getrlimit(resource.RLIMIT_DATA)
    soft, hard = (math.inf if limit == resource.RLIM_INFINITY else limit for limit in before)
    limit = int(min(_data_bytes() + memory, soft, hard))
    resource.setrlimit(resource.RLIMIT_DATA, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _data_bytes() -> int:
    """What counts for the limit: private memory that can be written to."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) << 10
    return 0


def timed_out(seconds: float, limit: float | None) -> FoldScore:
    """What stands for a fold that took too long.

    Parameters
    ----------
    seconds : float
        What it took.
    limit : float or None
        What its trial may take; None where the whole search was over.

    Returns
    -------
    FoldScore
    """
    text = "" if limit is None else f": the trial took longer than trial_timeout={limit:g} s"
    return FoldScore(math.nan, {}, fit_time=seconds, fit_error=f"Timed out{text}.", timed_out=True)


class Clock:
    """The deadlines of jobs and of the folds in flight; remembers both, and who is late.

    Parameters
    ----------
    seconds : float or None
        What a job may take.
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._ends: dict[int, float] = {}  # of jobs
        self._sent: dict[int, tuple[int, float, float]] = {}  # ticket -> job, start, seconds
        self._late: set[int] = set()

    def left(self, job: int) -> float | None:
        """Seconds that a job has left; all of them until its first fold was handed over.

        Parameters
        ----------
        job : int
            Its number.

        Returns
        -------
        float or None
        """
        if self.seconds is None or job not in self._ends:
            return self.seconds
        return self._ends[job] - time.monotonic()

    def begin(self, ticket: int, job: int, seconds: float | None) -> None:
        """Note that a fold was handed over.

        Parameters
        ----------
        ticket : int
        job : int
            Its number.
        seconds : float or None
            What the fold may take.
        """
        if seconds is not None:
            now = time.monotonic()
            self._ends.setdefault(job, now + seconds)
            self._sent[ticket] = job, now, max(seconds, 0.0)

    def overdue(self, sent_at: Callable[[int], float | None]) -> list[int]:
        """Folds in flight that have not kept the time themselves, each of them once.

        Parameters
        ----------
        sent_at : callable
            When a ticket was last given to a worker: one that is run again has its time again.

        Returns
        -------
        list of int
            Tickets.
        """
        found = []
        for ticket, (job, start, seconds) in self._sent.items():
            again = sent_at(ticket)
            if again is None or ticket in self._late:
                continue
            if again > start:
                self._ends[job] += again - start
                self._sent[ticket] = job, again, seconds
            if time.monotonic() > again + seconds + GRACE:
                found.append(ticket)
        self._late.update(found)
        return found

    def end(self, ticket: int) -> float | None:
        """Note that a fold came back.

        Parameters
        ----------
        ticket : int

        Returns
        -------
        float or None
            The seconds that it took, if it was late.
        """
        _, start, _ = self._sent.pop(ticket, (0, 0.0, 0.0))
        if ticket not in self._late:
            return None
        self._late.discard(ticket)
        return time.monotonic() - start
