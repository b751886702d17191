"""The one door to joblib's private names: a pool of workers that takes one batch at a time."""

import copy
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Future
from contextlib import suppress
from pickle import PicklingError
from threading import Thread
from typing import Any, TypeAlias

import joblib
from joblib import parallel as joblib_parallel

from ._lone import UnsupportedBackendError, lone_backend
from ._ray import RayActors

Call: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
Callback: TypeAlias = Callable[[Any], object]
Worker: TypeAlias = int | None

STUCK = 5.0  # seconds for a multiprocessing pool to end; a dead worker may hold its lock
PAUSE = 0.25  # seconds between two looks at the workers
DESERTED = 30.0  # seconds without any worker after which a cluster is given up

_OURS = ("LokyBackend", "MultiprocessingBackend", "ThreadingBackend")


class Pool:
    """Workers of joblib's active backend; remembers the `Parallel` that owns them.

    Parameters
    ----------
    n_jobs : int or None
        None leaves it to `joblib.parallel_config`.

    Attributes
    ----------
    shares_memory : bool
        Whether the workers are threads of this process.
    max_nbytes : float
        Arrays above this size reach processes as memory maps.
    inner_threads : int
        What the user asked for as threads per worker, or 0.
    keeps_workers : bool
        Whether the workers are processes that live on after `close`.
    isolates : bool
        Whether a worker runs one task at a time in a process of its own, which can be killed.
    """

    def __init__(self, n_jobs: int | None, n_workers: int = 2) -> None:
        given = {} if n_jobs is None else {"n_jobs": n_jobs}
        backend = _own_backend() if n_workers > 1 else lone_backend()
        self._parallel: Any = joblib.Parallel(backend=backend, **given)
        self._parallel.__enter__()
        try:
            self._open()
        except BaseException:
            self._parallel.__exit__(None, None, None)
            raise

    def _open(self) -> None:
        backend: Any = getattr(self._parallel, "_backend", None)
        self._backend = backend
        self._submit = _submit_method(backend)
        self._batched_calls: Any = getattr(joblib_parallel, "BatchedCalls", None)
        self._is_loky = _is_a(backend, "LokyBackend")
        self._enter_folder = _folder_switch(self._parallel, backend) if self._is_loky else None
        if self._batched_calls is None or not getattr(backend, "supports_retrieve_callback", False):
            raise UnsupportedBackendError(type(backend).__name__)
        self.shares_memory: bool = getattr(backend, "supports_sharedmem", False)
        self.max_nbytes = _memmap_limit(self._parallel)
        self.inner_threads: int = getattr(backend, "inner_max_num_threads", None) or 0
        pool = getattr(backend, "_pool", None)
        self._processes = list(getattr(pool, "_pool", ())) if not self.shares_memory else []
        self._next_look, self._last_seen = 0.0, time.monotonic()
        self._futures: set[Any] = set()
        self.keeps_workers = not self.shares_memory and not self._processes
        self._actors = RayActors(backend._pool) if type(backend).__name__ == "RayBackend" else None
        self.isolates = self._is_loky or bool(self._processes) or self._actors is not None
        self.keeps_workers = self.keeps_workers and self._actors is None
        self._parallel._calling = True  # makes `__exit__` call `stop_call`
        if hasattr(backend, "start_call"):
            backend.start_call()

    def submit(self, calls: Sequence[Call], callback: Callback) -> Worker:
        """Have a worker make these calls; `callback` gets what `results` takes, in any thread.

        Returns
        -------
        int or None
            Which worker it is, where one of them can be stopped alone.
        """
        nested = self._backend.get_nested_backend()
        batch = self._batched_calls(list(calls), nested, self._enter_folder, {})
        if self._actors is not None:
            worker, callback = self._actors.choose(callback)
            self._submit(batch, callback=callback)
            return worker
        future = self._submit(batch, callback=callback)
        if isinstance(future, Future):
            self._futures.add(future)
        if isinstance(future, Future) and not self._is_loky:  # dask tells of no failures
            future.add_done_callback(self._futures.discard)
            future.add_done_callback(lambda done: _call_back_on_error(done, callback))
        return None

    def has_ended_worker(self, error: BaseException) -> bool:
        """Whether this error of a batch means that its worker, and no other, is gone."""
        return self._actors is not None and self._actors.is_death(error)

    def replace(self, worker: Worker) -> bool:
        """Stop one worker and get another in its place, where that can be done."""
        if self._actors is None or worker is None:
            return False
        self._actors.replace(worker)
        return True

    def store(self, item: Any) -> Any:
        """What stands for an object that travels to many workers: for ray, where it is kept."""
        return item if self._actors is None else self._actors.store(item)

    def results(self, outcome: Any) -> list[Any]:
        """What the calls returned.

        Raises
        ------
        Exception
            The batch did not get through, see `is_broken_by` and `is_unsendable`.
        """
        if self._is_loky:
            self._futures.discard(outcome)
        return list(self._backend.retrieve_result_callback(outcome))

    def has_no_worker(self) -> bool:
        """Whether a dask cluster has been without any worker for long; looks every second."""
        count_cores = getattr(getattr(self._backend, "client", None), "ncores", None)
        now = time.monotonic()
        if count_cores is None or now < self._next_look:
            return False
        self._next_look = now + 4 * PAUSE
        try:
            seen = bool(count_cores())
        except Exception:  # the scheduler is gone
            seen = False
        if seen:
            self._last_seen = now
        return now - self._last_seen > DESERTED

    def has_lost_worker(self) -> bool:
        """Whether a process died that nobody will speak for; looks every 0.25 s at most."""
        now = time.monotonic()
        if not self._processes or now < self._next_look:
            return False
        self._next_look = now + PAUSE
        return any(process.exitcode is not None for process in self._processes)

    def is_broken_by(self, error: BaseException) -> bool:
        """Whether this error, of a batch or of `submit`, means that the workers are gone."""
        if isinstance(error, BrokenExecutor | CancelledError):
            return True  # dask cancels tasks whose data went with a worker
        if type(error).__name__ == "KilledWorker":  # dask's, and data may be gone with it
            return True
        return self._is_loky and isinstance(error, RuntimeError)  # shut down by somebody else

    def is_unsendable(self, error: BaseException) -> bool:
        """Whether this error of a batch means that one of its tasks cannot be pickled."""
        return isinstance(error, PicklingError) or bool(self._processes)

    def close(self, abort: bool = False) -> None:
        """Give the workers back to joblib; with `abort`, stop them first where they can be."""
        if abort and self._processes:
            self._end_processes()
        elif abort:
            self._await_start()
            self._cancel_on_cluster()
            self._backend.abort_everything(ensure_ready=False)
        self._parallel.__exit__(None, None, None)

    def _await_start(self) -> None:
        """Let loky's thread take note of what was just submitted: else its abort breaks there."""
        deadline = time.monotonic() + (PAUSE if self._is_loky else 0.0)
        while time.monotonic() < deadline:
            if all(future.running() or future.done() for future in self._futures):
                return
            time.sleep(PAUSE / 50)

    def _cancel_on_cluster(self) -> None:
        """Have dask forget what waits there: else it is run, with nobody to hear of it."""
        client = getattr(self._backend, "client", None)
        if client is None:
            return
        sent = dict(getattr(self._backend, "_results", {}))
        with suppress(OSError, TimeoutError):  # the scheduler is gone, and all it had
            client.cancel([there for there, here in sent.items() if here in self._futures])

    def _end_processes(self) -> None:
        pool = self._backend._pool
        thread = Thread(
            target=self._backend.abort_everything, kwargs={"ensure_ready": False}, daemon=True
        )
        thread.start()
        thread.join(STUCK)
        if thread.is_alive():
            for process in list(pool._pool):
                process.kill()
            pool._temp_folder_manager._clean_temporary_resources(force=True)
            self._backend._pool = None  # else `__exit__` would wait for the same lock


def _call_back_on_error(done: "Future[Any]", callback: Callback) -> None:
    error = CancelledError() if done.cancelled() else done.exception()
    if error is not None:
        callback(error)


def _own_backend() -> Any:
    """The active backend; a copy of joblib's own ones, which other `Parallel` calls configure."""
    get_active = getattr(joblib_parallel, "get_active_backend", None)
    if get_active is None:
        return None
    backend, _ = get_active()
    ours = any(_is_a(backend, name, exactly=True) for name in _OURS)
    return copy.copy(backend) if ours else backend


def _submit_method(backend: Any) -> Callable[..., Any]:
    """`submit` of joblib >= 1.5, or `apply_async` of before and of older third parties."""
    base = getattr(joblib_parallel, "ParallelBackendBase", None)
    method: Callable[..., Any] | None = getattr(backend, "submit", None)
    if method is None or getattr(type(backend), "submit", None) is getattr(base, "submit", None):
        method = getattr(backend, "apply_async", None)
    if method is None:
        raise UnsupportedBackendError(type(backend).__name__)
    return method


def _memmap_limit(parallel: Any) -> float:
    """`max_nbytes` of this `Parallel`; joblib < 1.5 keeps it under another name."""
    options = getattr(parallel, "_backend_kwargs", None) or getattr(parallel, "_backend_args", {})
    limit = options.get("max_nbytes", 1 << 20)
    return float("inf") if limit is None else float(limit)


def _folder_switch(parallel: Any, backend: Any) -> Callable[[], None]:
    """What makes loky write memory maps to the folder of this `Parallel`."""
    try:
        switch = backend._workers._temp_folder_manager.set_current_context
        name = parallel._id
    except AttributeError as error:
        raise UnsupportedBackendError(type(backend).__name__) from error
    return lambda: switch(name)


def _is_a(backend: Any, name: str, exactly: bool = False) -> bool:
    kind = getattr(joblib_parallel, name, None)
    if kind is None:
        return False
    return type(backend) is kind if exactly else isinstance(backend, kind)
