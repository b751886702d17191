"""joblib's workers, what they were sent, and what came back; broken ones are replaced."""

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

import joblib

from ._base import Failure, Ticket
from ._joblib import Call, Pool
from ._parcel import Parcel
from ._worker import Reply, clean_up, run_away, run_beside

Ticketed: TypeAlias = tuple[Ticket, Any]  # a task, or what came of it

LARGE_KIT = 1 << 20  # bytes that idle workers should not keep
CLEANING = 0.01  # seconds that a worker is kept from emptying itself twice
CLEANING_LIMIT = 0.5  # seconds

_LOST = Failure(None, "WorkerLost", "A worker process ended unexpectedly.", "", True)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Tasks that one worker runs one after the other; no parcel for threads."""

    tasks: tuple[Ticketed, ...]
    shared: tuple[Any, ...]
    parcel: Parcel | None


class Crew:
    """Workers on joblib's active backend; remembers the batches in flight and what came back.

    Parameters
    ----------
    n_jobs : int or None
    n_workers : int
        What joblib makes of `n_jobs`.

    Attributes
    ----------
    finished : deque of (ticket, outcome)
        Emptied by its reader.
    durations : deque of float
        Seconds that the last tasks took.
    """

    def __init__(self, n_jobs: int | None, n_workers: int) -> None:
        self._n_jobs, self._n_workers = n_jobs, n_workers
        self._pool: Pool | None = Pool(n_jobs)
        self._n_cores = max(1, joblib.cpu_count() // n_workers, self._pool.inner_threads)
        self.finished: deque[Ticketed] = deque()
        self.durations: deque[float] = deque(maxlen=4 * n_workers)
        self._numbers = count()
        self._flight: dict[int, _Batch] = {}
        self._arrived: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._shared: tuple[Any, ...] = ()
        self._parcel: Parcel | None = None
        self._equipped: set[int] = set()  # workers that have the parcel's kit
        self._interrupted = False

    @property
    def is_busy(self) -> bool:
        """Whether anything is in flight."""
        return bool(self._flight)

    def shares(self, objects: tuple[Any, ...]) -> bool:
        """Whether the next tasks get these very objects."""
        same = (one is other for one, other in zip(objects, self._shared, strict=False))
        return len(objects) == len(self._shared) and all(same)

    def share(self, objects: tuple[Any, ...]) -> None:
        """Give the next tasks these objects: a function, then its arguments after the task."""
        pool = self._live_pool()
        self._parcel = None if pool.shares_memory else Parcel(objects, pool.max_nbytes)
        self._shared = objects
        self._equipped.clear()

    def send(self, tasks: Sequence[Ticketed]) -> None:
        """Have one worker run these tasks."""
        self._send(_Batch(tuple(tasks), self._shared, self._parcel))

    def wait(self, timeout: float) -> bool:
        """Take in what arrives first, if anything does.

        Raises
        ------
        KeyboardInterrupt
            Also if it was raised in a worker.
        """
        try:
            arrival = self._arrived.get(timeout=timeout)
        except Empty:
            failure = None
        else:
            failure = self._take_in(*arrival)
        if failure is None and self._live_pool().has_lost_worker():
            failure = _LOST
        if failure is not None:
            self._renew(failure)
        if self._interrupted:
            self._interrupted = False
            raise KeyboardInterrupt
        return bool(self.finished)

    def close(self) -> None:
        """Give the workers back, idle or, where they can be stopped, stopped."""
        if self._pool is None:
            return
        self._take_in_all()
        pool, self._pool = self._pool, None
        if not self._flight and pool.keeps_workers:
            self._empty_workers(pool)
        pool.close(abort=bool(self._flight))
        self._flight.clear()
        self.finished.clear()
        self._shared, self._parcel = (), None

    def _live_pool(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("This executor is closed; make another one.")
        return self._pool

    def _send(self, batch: _Batch, can_renew: bool = True) -> None:
        pool, number = self._live_pool(), next(self._numbers)
        self._flight[number] = batch
        try:
            pool.submit(self._calls(batch), lambda outcome: self._arrived.put((number, outcome)))
        except Exception as error:
            del self._flight[number]
            failure = Failure.of(error, infrastructure=not pool.is_unsendable(error))
            if can_renew and pool.is_broken_by(error):
                self._renew(failure)
                self._send(batch, can_renew=False)
            else:
                self._fail(batch, failure)

    def _calls(self, batch: _Batch) -> Sequence[Call]:
        if batch.parcel is None:
            function, *shared = batch.shared
            return [(run_beside, (function, task, *shared), {}) for _, task in batch.tasks]
        parcel = batch.parcel
        everyone_has_it = parcel is self._parcel and len(self._equipped) >= self._n_workers
        kit = None if everyone_has_it else parcel.kit
        return [
            (run_away, (parcel.label, self._n_cores, task, kit, *parcel.direct), {})
            for _, task in batch.tasks
        ]

    def _take_in(self, number: int, outcome: Any) -> Failure | None:
        """Open a batch that came back; the failure, if it means that the workers are gone."""
        batch = self._flight.pop(number, None)
        if batch is None:  # given up before
            return None
        pool = self._live_pool()
        try:
            replies = pool.results(outcome)
        except KeyboardInterrupt as interrupt:  # Ctrl-C reached the worker too
            self._interrupted = True
            self._fail(batch, Failure.of(interrupt, infrastructure=True))
        except Exception as error:
            failure = Failure.of(error, infrastructure=not pool.is_unsendable(error))
            self._fail(batch, failure)
            return failure if pool.is_broken_by(error) else None
        else:
            self._deliver(batch, replies)
        return None

    def _take_in_all(self) -> None:
        with suppress(Empty):
            while True:
                self._take_in(*self._arrived.get_nowait())

    def _deliver(self, batch: _Batch, replies: Sequence[Reply]) -> None:
        unequipped = []
        for (ticket, task), reply in zip(batch.tasks, replies, strict=True):
            if reply.lacks_kit:
                unequipped.append((ticket, task))
                continue
            self.finished.append((ticket, reply.open()))
            self.durations.append(reply.seconds)
            if batch.parcel is self._parcel:
                self._equipped.add(reply.worker)
        if unequipped:  # a worker that started late
            self._equipped.clear()
            self._send(_Batch(tuple(unequipped), batch.shared, batch.parcel))

    def _fail(self, batch: _Batch, failure: Failure) -> None:
        self.finished.extend((ticket, failure) for ticket, _ in batch.tasks)

    def _renew(self, failure: Failure) -> None:
        """Fail what is in flight; what is sent from now on finds fresh workers."""
        self._take_in_all()
        for batch in self._flight.values():
            self._fail(batch, failure)
        self._flight.clear()
        self._equipped.clear()
        pool, self._pool = self._live_pool(), None
        pool.close(abort=True)
        self._pool = Pool(self._n_jobs)

    def _empty_workers(self, pool: Pool) -> None:
        """Have idle workers forget a large kit; those that are not found keep it for a while."""
        if self._parcel is None or self._parcel.kit.nbytes < LARGE_KIT:
            return
        call: Call = clean_up, (self._parcel.label.token, CLEANING), {}
        holders, deadline = set(self._equipped), time.monotonic() + CLEANING_LIMIT
        with suppress(Exception):
            while holders and time.monotonic() < deadline:
                for _ in range(self._n_workers):
                    pool.submit([call], lambda outcome: self._arrived.put((-1, outcome)))
                for _ in range(self._n_workers):
                    _, outcome = self._arrived.get(timeout=CLEANING_LIMIT)
                    holders.difference_update(pool.results(outcome))
