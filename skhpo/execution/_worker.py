"""What happens in a worker: run one task, and turn whatever comes of it into a value."""

import gc
import multiprocessing
import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from threading import Lock
from typing import Any

from ._base import Failure
from ._parcel import Bytes, Label, dumps, forget, unpack

CPU_LIMIT = "LOKY_MAX_CPU_COUNT"  # obeyed by joblib, hence by every nested n_jobs=-1, and LightGBM


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker sends back.

    Attributes
    ----------
    worker : int
        Its process.
    seconds : float
        How long the task took.
    outcome : Any
        The task's value or a `Failure`; pickled if `pickled`.
    pickled : bool
        Whether it comes from another process, where nothing must fail on the way back.
    lacks_kit : bool
        The task was not run: this worker has not seen what the tasks share.
    """

    worker: int
    seconds: float
    outcome: Any = None
    pickled: bool = False
    lacks_kit: bool = False

    def open(self) -> Any:
        """The task's value, or a `Failure`."""
        if not self.pickled:
            return self.outcome
        try:
            (outcome,) = pickle.loads(self.outcome)
            return outcome
        except Exception as error:
            return Failure.of(error)


def run_beside(function: Callable[..., Any], task: Any, *shared: Any) -> Reply:
    """Run a task in a thread of the caller's process."""
    start = time.perf_counter()
    outcome = _attempt(function, task, shared)
    return Reply(os.getpid(), time.perf_counter() - start, outcome)


def run_away(label: Label, n_cores: int, task: Any, kit: Bytes | None, *direct: Any) -> Reply:
    """Run a task in a process of its own, on its share of the cores."""
    try:
        content = unpack(label, kit, direct)
    except Exception as error:
        return Reply(os.getpid(), 0.0, _pickled(Failure.of(error)), True)
    if content is None:
        return Reply(os.getpid(), 0.0, lacks_kit=True)
    spare_collections()
    function, *shared = content
    start = time.perf_counter()
    with _cores.limited_to(n_cores):
        outcome = _attempt(function, task, shared)
    seconds = time.perf_counter() - start
    return Reply(os.getpid(), seconds, _pickled(outcome), True)


def get_ready(seconds: float, label: Label, kit: Bytes, *direct: Any) -> int:
    """Unpack a parcel, stay busy so that another worker does the same, and say who this is."""
    with suppress(Exception):  # the first task will say what is wrong
        unpack(label, kit, direct)
    time.sleep(seconds)
    return os.getpid()


@cache
def spare_collections() -> None:
    """Take what has been imported out of the garbage collector's sight, once in a loky worker.

    Without psutil such a worker collects all garbage every second, between two tasks: with
    scikit-learn loaded that takes a tenth of it.
    """
    if multiprocessing.current_process().name.startswith("LokyProcess"):
        gc.collect()
        gc.freeze()


def clean_up(token: str, seconds: float) -> int:
    """Forget a parcel, stay busy so that another worker does the same, and say who this is."""
    forget(token)
    time.sleep(seconds)
    return os.getpid()


def _attempt(function: Callable[..., Any], task: Any, shared: Any) -> Any:
    try:
        return function(task, *shared)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Failure.of(error)


def _pickled(outcome: Any) -> bytes:
    """`outcome` as bytes, whatever it is: an error that cannot travel is left out."""
    try:
        data = _shortest((outcome,))
        if isinstance(outcome, Failure):
            pickle.loads(data)
    except Exception as error:
        if isinstance(outcome, Failure):
            return pickle.dumps((replace(outcome, error=None),), 5)
        return _pickled(Failure.of(error, infrastructure=True))
    return data


def _shortest(outcome: tuple[Any]) -> bytes:
    try:
        return pickle.dumps(outcome, 5)
    except Exception:
        return dumps(outcome)


class _Cores:
    """The limit of the cores that this process may use; remembers what it was, and who is inside.

    Workers may be threads of one process, as dask's are: the last one out restores the limit.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._n_inside = 0
        self._before: str | None = None

    @contextmanager
    def limited_to(self, n_cores: int) -> Iterator[None]:
        with self._lock:
            if not self._n_inside:
                self._before = os.environ.get(CPU_LIMIT)
            self._n_inside += 1
            os.environ[CPU_LIMIT] = str(n_cores)
        try:
            yield
        finally:
            with self._lock:
                self._n_inside -= 1
                if not self._n_inside and self._before is None:
                    os.environ.pop(CPU_LIMIT, None)
                elif not self._n_inside:
                    os.environ[CPU_LIMIT] = str(self._before)


_cores = _Cores()
