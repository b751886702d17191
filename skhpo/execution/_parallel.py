"""Tasks on joblib's active backend: one for each free worker, results as they come."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

import joblib

from ._base import Failure, Ticket
from ._joblib import PAUSE, Call, Pool
from ._parcel import Parcel
from ._worker import Reply, clean_up, run_away, run_beside

BATCH_SECONDS = 0.1  # of work: what short tasks are joined to where the caller looks ahead
LARGEST_BATCH = 64  # tasks
LARGE_KIT = 1 << 20  # bytes that idle workers should not keep
CLEANING = 0.01  # seconds that a worker is kept from emptying itself twice
CLEANING_LIMIT = 0.5  # seconds

_LOST = Failure(None, "WorkerLost", "A worker process ended unexpectedly.", "", True)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Tasks that one worker runs one after the other; no parcel for threads."""

    tasks: tuple[tuple[Ticket, Any], ...]
    shared: tuple[Any, ...]
    parcel: Parcel | None


class ParallelExecutor:
    """Runs tasks on joblib's active backend; remembers what is in flight.

    Workers that die make failures of all tasks in flight and are replaced.

    Parameters
    ----------
    n_jobs : int or None
    n_workers : int
        What joblib makes of `n_jobs`.
    looks_ahead : bool
        Whether tasks may queue behind the running ones; short ones then travel together.
    """

    def __init__(self, n_jobs: int | None, n_workers: int, looks_ahead: bool) -> None:
        self.n_workers = n_workers
        self._n_jobs = n_jobs
        self._looks_ahead = looks_ahead
        self._pool: Pool | None = Pool(n_jobs)
        self._n_cores = max(1, joblib.cpu_count() // n_workers, self._pool.inner_threads)
        self._tickets, self._numbers = count(), count()
        self._n_open = 0  # tickets given out and not yet returned
        self._shared: tuple[Any, ...] | None = None
        self._parcel: Parcel | None = None
        self._equipped: set[int] = set()  # workers that have the parcel's kit
        self._waiting: list[tuple[Ticket, Any]] = []
        self._flight: dict[int, _Batch] = {}
        self._arrived: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._ready: deque[tuple[Ticket, Any]] = deque()
        self._durations: deque[float] = deque(maxlen=4 * n_workers)
        self._batch_size = 1

    @property
    def n_free(self) -> int:
        """Free workers and, if this executor looks ahead, free places behind them."""
        places = self.n_workers * (2 * self._batch_size if self._looks_ahead else 1)
        return max(0, places - self._n_open)

    def submit(self, function: Callable[..., Any], task: object, *shared: object) -> Ticket:
        """Start a task, or keep it until there are enough short ones to travel together.

        Raises
        ------
        Exception
            If `function` and `shared` cannot be pickled: what pickling them raised.
        """
        self._share((function, *shared))
        ticket = next(self._tickets)
        self._waiting.append((ticket, task))
        self._n_open += 1
        if len(self._waiting) >= self._batch_size:
            self._send_waiting()
        return ticket

    def next_completed(self, timeout: float | None = None) -> tuple[Ticket, Any] | None:
        """Wait for a task, in slices, so that Ctrl-C gets through on every system."""
        if not self._ready:
            self._flush()
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while not self._ready:
            left = deadline - time.monotonic()
            if not self._flight:
                return None
            try:
                arrival = self._arrived.get(timeout=max(0.0, min(PAUSE, left)))
            except Empty:
                failure = None
                if left <= 0.0:
                    return None
            else:
                failure = self._collect(*arrival)
            if failure is None and self._live_pool().has_lost_worker():
                failure = _LOST
            if failure is not None:
                self._renew(failure)
        self._n_open -= 1
        return self._ready.popleft()

    def close(self, cancel: bool = False) -> None:
        """Give the workers back; with `cancel`, stop them first if they are busy."""
        if self._pool is None:
            return
        if cancel:
            self._collect_arrived()
        else:
            while self.next_completed() is not None:
                pass
        pool, self._pool = self._pool, None
        if not self._flight and pool.keeps_workers:
            self._empty_workers(pool)
        pool.close(abort=bool(self._flight))
        self._waiting.clear()
        self._flight.clear()
        self._ready.clear()
        self._shared = self._parcel = None
        self._n_open = 0

    def _live_pool(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("This executor is closed; make another one.")
        return self._pool

    def _share(self, shared: tuple[Any, ...]) -> None:
        """Pack what the tasks share, unless these very objects are packed already."""
        pool = self._live_pool()
        if self._shared is not None and len(shared) == len(self._shared):
            if all(one is other for one, other in zip(shared, self._shared, strict=True)):
                return
        self._send_waiting()
        self._parcel = None if pool.shares_memory else Parcel(shared, pool.max_nbytes)
        self._shared = shared
        self._equipped.clear()

    def _flush(self) -> None:
        """Send what waits; shared out evenly if the caller has no more to fill the queue with."""
        fair = len(self._waiting) // self.n_workers
        self._send_waiting(min(self._batch_size, max(1, fair)) if self.n_free else None)

    def _send_waiting(self, n_tasks: int | None = None) -> None:
        """Send what waits, `n_tasks` at a time; by default as many as make a batch."""
        waiting, self._waiting = self._waiting, []
        size = n_tasks or self._batch_size
        for start in range(0, len(waiting), size):
            tasks = tuple(waiting[start : start + size])
            self._send(_Batch(tasks, self._shared or (), self._parcel))

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
        everyone_has_it = parcel is self._parcel and len(self._equipped) >= self.n_workers
        kit = None if everyone_has_it else parcel.kit
        return [
            (run_away, (parcel.label, self._n_cores, task, kit, *parcel.direct), {})
            for _, task in batch.tasks
        ]

    def _collect(self, number: int, outcome: Any) -> Failure | None:
        """Take in a batch; the failure, if it means that the workers are gone."""
        batch = self._flight.pop(number, None)
        if batch is None:  # given up before
            return None
        pool = self._live_pool()
        try:
            replies = pool.results(outcome)
        except (Exception, SystemExit) as error:
            failure = Failure.of(error, infrastructure=not pool.is_unsendable(error))
            self._fail(batch, failure)
            return failure if pool.is_broken_by(error) else None
        self._deliver(batch, replies)
        return None

    def _deliver(self, batch: _Batch, replies: Sequence[Reply]) -> None:
        unequipped = []
        for (ticket, task), reply in zip(batch.tasks, replies, strict=True):
            if reply.lacks_kit:
                unequipped.append((ticket, task))
                continue
            self._ready.append((ticket, reply.open()))
            self._durations.append(reply.seconds)
            if batch.parcel is self._parcel:
                self._equipped.add(reply.worker)
        if unequipped:  # a worker that started late
            self._equipped.clear()
            self._send(_Batch(tuple(unequipped), batch.shared, batch.parcel))
        elif self._looks_ahead:
            mean = sum(self._durations) / len(self._durations)
            wanted = int(BATCH_SECONDS / max(mean, 1e-6))
            self._batch_size = max(1, min(wanted, 2 * self._batch_size, LARGEST_BATCH))

    def _fail(self, batch: _Batch, failure: Failure) -> None:
        self._ready.extend((ticket, failure) for ticket, _ in batch.tasks)

    def _collect_arrived(self) -> None:
        with suppress(Empty):
            while True:
                self._collect(*self._arrived.get_nowait())

    def _renew(self, failure: Failure) -> None:
        """Fail what is in flight; what is sent from now on finds fresh workers."""
        self._collect_arrived()
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
                for _ in range(self.n_workers):
                    pool.submit([call], lambda outcome: self._arrived.put((-1, outcome)))
                for _ in range(self.n_workers):
                    _, outcome = self._arrived.get(timeout=CLEANING_LIMIT)
                    holders.difference_update(pool.results(outcome))
