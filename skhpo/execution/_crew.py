"""joblib's workers, what they were sent, and what came back; broken ones are replaced."""

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

import joblib

from ._base import Failure, Ticket, Ticketed, given_up
from ._joblib import DESERTED, Pool
from ._quarantine import Quarantine
from ._supply import Batch, Supply
from ._worker import Reply

_DESERTED = Failure(None, "NoWorker", "The cluster has had no worker for a long time.", "", True)
_LOST = Failure(None, "WorkerLost", "A worker process ended unexpectedly.", "", True)


class Crew:
    """Workers on joblib's active backend; remembers the batches in flight and what came back.

    When a worker dies, joblib's processes all go with it, and nobody says whose fault it was. So
    every task that was in flight is run again, alone; one that ends its worker then is a failure.
    Where workers die one by one, that goes for the tasks that this one had.

    Parameters
    ----------
    n_jobs : int or None
    n_workers : int
        What joblib makes of `n_jobs`.
    awaits_start : bool, default=False
        Whether no task is sent to processes that have not started yet.

    Attributes
    ----------
    finished : deque of (ticket, outcome)
        Emptied by its reader.
    durations : deque of float
        Seconds that the last tasks took.
    sent : dict of ticket to float
        When the tasks in flight were given to a worker.
    is_deserted : bool
        Whether there has been no worker for so long that nothing more is taken.
    """

    def __init__(self, n_jobs: int | None, n_workers: int, awaits_start: bool = False) -> None:
        self._n_jobs, self._n_workers = n_jobs, n_workers
        self._awaits_start = awaits_start
        self._pool: Pool | None = self._new_pool()
        n_cores = max(1, joblib.cpu_count() // n_workers, self._pool.inner_threads)
        self._supply = Supply(n_workers, n_cores)
        self.isolates = self._pool.isolates
        self.finished: deque[Ticketed] = deque()
        self.durations: deque[float] = deque(maxlen=4 * n_workers)
        self.sent: dict[Ticket, float] = {}
        self._numbers = count()
        self._flight: dict[int, Batch] = {}
        self._workers: dict[int, int | None] = {}
        self._quarantine = Quarantine()
        self._abandoned: set[int] = set()  # batches that may still hold a worker
        self._left: list[Pool] = []  # threads that could not be stopped
        self._arrived: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._interrupted = False
        self.is_deserted = False

    @property
    def is_busy(self) -> bool:
        """Whether anything is in flight or held back."""
        return bool(self._flight) or self._quarantine.is_open

    @property
    def n_held(self) -> int:
        """Workers that are busy with what was given up."""
        return len(self._abandoned)

    def shares(self, objects: tuple[Any, ...]) -> bool:
        """Whether the next tasks get these very objects."""
        return self._supply.is_of(objects)

    def share(self, objects: tuple[Any, ...]) -> None:
        """Give the next tasks these objects: a function, then its arguments after the task."""
        pool = self._live_pool()
        self._supply.renew(objects, pool)
        if self._awaits_start and pool.isolates and not self._flight:
            self._supply.start_workers(pool)

    def send(self, tasks: Sequence[Ticketed]) -> None:
        """Have one worker run these tasks, now or when those under suspicion are done."""
        batch = Batch(tuple(tasks), self._supply.shared, self._supply.parcel)
        if not self._quarantine.holds_back(batch):
            self._send(batch)

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
        elif not self.finished and self._live_pool().has_no_worker():
            self._desert()
        self._go_on()
        if self._interrupted:
            self._interrupted = False
            raise KeyboardInterrupt
        return bool(self.finished)

    def give_up(self, ticket: Ticket) -> bool:
        """Make a failure of a task; whether it was stopped.

        Processes are stopped together: what they also had in hand is sent to fresh ones.
        """
        found = (n for n, batch in self._flight.items() if ticket in dict(batch.tasks))
        number = next(found, None)
        if number is None and not self._quarantine.forget(ticket):
            return True  # it is back already
        self.finished.append((ticket, given_up()))
        self.sent.pop(ticket, None)
        if number is None:
            return True
        pool = self._live_pool()
        if not pool.isolates:
            del self._flight[number]
            self._abandon(number, pool)
            return False
        if pool.replace(self._workers[number]):
            lost = self._flight.pop(number)
            self._supply.suspect_all()
            for single in lost.singles():
                if single.tasks[0][0] != ticket:
                    self._send(single)
            return True
        again = [single for batch in self._flight.values() for single in batch.singles()]
        self._flight.clear()
        self._replace(pool)
        for single in again:
            if single.tasks[0][0] != ticket:
                self._send(single)
        self._go_on()
        return True

    def close(self) -> None:
        """Give the workers back, idle or, where they can be stopped, stopped."""
        if self._pool is None:
            return
        self._take_in_all()
        pool, self._pool = self._pool, None
        if not self._flight and pool.keeps_workers:
            self._supply.empty_workers(pool)
        pool.close(abort=bool(self._flight or self._abandoned or self.is_deserted))
        for left in self._left:
            left.close(abort=True)
        self._flight.clear()
        self._abandoned.clear()
        self._quarantine = Quarantine()
        self.finished.clear()
        self._supply.drop()

    def _new_pool(self) -> Pool:
        return Pool(self._n_jobs, self._n_workers)

    def _live_pool(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("This executor is closed; make another one.")
        return self._pool

    def _send(self, batch: Batch, can_renew: bool = True) -> None:
        if self.is_deserted:
            self._fail(batch, _DESERTED)
            return
        pool, number = self._live_pool(), next(self._numbers)
        self._flight[number] = batch
        self.sent.update((ticket, time.monotonic()) for ticket, _ in batch.tasks)
        try:
            calls = self._supply.calls(batch)
            self._workers[number] = pool.submit(
                calls, lambda outcome: self._arrived.put((number, outcome))
            )
        except Exception as error:
            del self._flight[number]
            failure = Failure.of(error, infrastructure=not pool.is_unsendable(error))
            if can_renew and pool.is_broken_by(error):
                self._renew(failure)
                if self._quarantine.holds_back(batch):
                    self._go_on()
                else:
                    self._send(batch, can_renew=False)
            else:
                self._fail(batch, failure)

    def _take_in(self, number: int, outcome: Any) -> Failure | None:
        """Open a batch that came back; the failure, if it means that the workers are gone."""
        self._abandoned.discard(number)
        worker = self._workers.pop(number, None)
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
            if pool.is_broken_by(error):
                self._flight[number] = batch
                return failure
            if pool.has_ended_worker(error):
                self._replace_one(pool, worker, batch, failure)
            else:
                self._fail(batch, failure)
        else:
            self._deliver(batch, replies)
        return None

    def _take_in_all(self) -> None:
        with suppress(Empty):
            while True:
                self._take_in(*self._arrived.get_nowait())

    def _deliver(self, batch: Batch, replies: Sequence[Reply]) -> None:
        unequipped = []
        for (ticket, task), reply in zip(batch.tasks, replies, strict=True):
            if reply.lacks_kit:
                unequipped.append((ticket, task))
                continue
            self.finished.append((ticket, reply.open()))
            self.sent.pop(ticket, None)
            self.durations.append(reply.seconds)
            self._supply.equip(reply.worker, batch.parcel)
        if unequipped:  # a worker that started late
            self._supply.suspect_all()
            self._send(replace(batch, tasks=tuple(unequipped)))

    def _fail(self, batch: Batch, failure: Failure) -> None:
        for ticket, _ in batch.tasks:
            self.finished.append((ticket, failure))
            self.sent.pop(ticket, None)

    def _renew(self, failure: Failure) -> None:
        """Get fresh workers; suspect what was in flight, or fail it if it was there alone."""
        self._take_in_all()
        lost = list(self._flight.values())
        self._flight.clear()
        self._suspect(lost, failure)
        self._replace(self._live_pool())

    def _replace_one(self, pool: Pool, worker: int | None, first: Batch, failure: Failure) -> None:
        """Get a fresh worker for one that ended alone, with all that it had still to do."""
        rest = [number for number in self._flight if self._workers[number] == worker]
        self._supply.suspect_all()
        self._suspect([first, *map(self._flight.pop, rest)], failure)
        pool.replace(worker)

    def _suspect(self, batches: Sequence[Batch], failure: Failure) -> None:
        lost = [single for batch in batches for single in batch.singles()]
        for single in lost:
            self.sent.pop(single.tasks[0][0], None)
        if self._quarantine.is_trial and len(lost) == 1:
            self._fail(lost[0], failure)
        else:
            self._quarantine.suspect(lost)

    def _go_on(self) -> None:
        """Send the next suspect if there is one, or else all that was held back for them."""
        if self._flight:
            return
        for batch in self._quarantine.release():
            self._send(batch)

    def _replace(self, pool: Pool) -> None:
        self._pool = None
        self._supply.suspect_all()
        pool.close(abort=True)
        deadline = time.monotonic() + DESERTED
        while self._pool is None:
            try:
                self._pool = self._new_pool()
            except TimeoutError:  # dask waits for a worker, and then gives up
                if time.monotonic() > deadline:
                    self._desert()
                    return
        if self._awaits_start and self._pool.isolates:
            self._supply.start_workers(self._pool)

    def _desert(self) -> None:
        """Fail all that was to be done, and take nothing more: there is nobody to do it."""
        for batch in [*self._flight.values(), *self._quarantine.release_all()]:
            self._fail(batch, _DESERTED)
        self._flight.clear()
        self.is_deserted = True

    def _abandon(self, number: int, pool: Pool) -> None:
        """Leave a batch to itself; other threads take the place of those of this process."""
        if pool.shares_memory:
            self._left.append(pool)
            self._pool = self._new_pool()
        else:
            self._abandoned.add(number)
