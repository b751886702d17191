"""What tasks share, packed for the workers, and which of them have it already."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Any

from ._base import Ticketed
from ._joblib import Call, Pool
from ._parcel import Parcel
from ._worker import clean_up, get_ready, run_away, run_beside

LARGE_KIT = 1 << 20  # bytes that idle workers should not keep
CLEANING = 0.01  # seconds that a worker is kept from emptying itself twice
CLEANING_LIMIT = 0.5  # seconds
START_LIMIT = 120.0  # seconds that all workers together may take to start


@dataclass(frozen=True, slots=True)
class Batch:
    """Tasks that one worker runs one after the other; no parcel for threads."""

    tasks: tuple[Ticketed, ...]
    shared: tuple[Any, ...]
    parcel: Parcel | None

    def singles(self) -> list["Batch"]:
        """Each task for itself."""
        return [replace(self, tasks=(task,)) for task in self.tasks]


class Supply:
    """The objects that the next tasks share; remembers the workers that hold them.

    Parameters
    ----------
    n_workers : int
    n_cores : int
        What one worker may use.

    Attributes
    ----------
    shared : tuple of objects
        A function, then its arguments after the task.
    parcel : Parcel or None
        These, packed; None for threads.
    """

    def __init__(self, n_workers: int, n_cores: int) -> None:
        self.shared: tuple[Any, ...] = ()
        self.parcel: Parcel | None = None
        self._n_workers, self._n_cores = n_workers, n_cores
        self._equipped: set[int] = set()

    def is_of(self, objects: tuple[Any, ...]) -> bool:
        """Whether it holds these very objects."""
        same = (one is other for one, other in zip(objects, self.shared, strict=False))
        return len(objects) == len(self.shared) and all(same)

    def renew(self, objects: tuple[Any, ...], pool: Pool) -> None:
        """Hold these from now on."""
        self.parcel = None
        if not pool.shares_memory:
            self.parcel = Parcel(objects, pool.max_nbytes, pool.store)
        self.shared = objects
        self._equipped.clear()

    def drop(self) -> None:
        """Hold nothing."""
        self.shared, self.parcel = (), None

    def calls(self, batch: Batch) -> Sequence[Call]:
        """What a worker is to call for these tasks, which may share what was held before."""
        if batch.parcel is None:
            function, *rest = batch.shared
            return [(run_beside, (function, task, *rest), {}) for _, task in batch.tasks]
        parcel = batch.parcel
        everyone_has_it = parcel is self.parcel and len(self._equipped) >= self._n_workers
        kit = None if everyone_has_it else parcel.kit
        return [
            (run_away, (parcel.label, self._n_cores, task, kit, *parcel.direct), {})
            for _, task in batch.tasks
        ]

    def equip(self, worker: int, parcel: Parcel | None) -> None:
        """Note that a worker has unpacked this."""
        if parcel is self.parcel:
            self._equipped.add(worker)

    def suspect_all(self) -> None:
        """Note that nobody may be relied upon to have anything."""
        self._equipped.clear()

    def start_workers(self, pool: Pool) -> None:
        """Wait for idle workers to start and to import what tasks need, which is no task's time."""
        if self.parcel is None:
            return
        label, kit, direct = self.parcel.label, self.parcel.kit, self.parcel.direct
        call: Call = get_ready, (CLEANING, label, kit, *direct), {}
        deadline = time.monotonic() + START_LIMIT
        with suppress(Exception):
            while len(self._equipped) < self._n_workers and time.monotonic() < deadline:
                self._equipped.update(self._ask_all(pool, call, START_LIMIT))

    def empty_workers(self, pool: Pool) -> None:
        """Have idle workers forget a large kit; those that are not found keep it for a while."""
        if self.parcel is None or self.parcel.nbytes < LARGE_KIT:
            return
        call: Call = clean_up, (self.parcel.label.token, CLEANING), {}
        holders, deadline = set(self._equipped), time.monotonic() + CLEANING_LIMIT
        with suppress(Exception):
            while holders and time.monotonic() < deadline:
                holders.difference_update(self._ask_all(pool, call, CLEANING_LIMIT))

    def _ask_all(self, pool: Pool, call: Call, seconds: float) -> set[int]:
        """The answers to as many calls as there are workers; one may get several."""
        arrived: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self._n_workers):
            pool.submit([call], arrived.put)
        found: set[int] = set()
        for _ in range(self._n_workers):
            found.update(pool.results(arrived.get(timeout=seconds)))
        return found
