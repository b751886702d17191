"""Executors on joblib's backends: each task once, in any order, failures as values."""

import gc
import threading

import joblib
import numpy as np
import pytest
from joblib.parallel import BACKENDS, ParallelBackendBase, ThreadingBackend

from skhpo.execution import Failure, make_executor
from skhpo.execution._parallel import ParallelExecutor
from skhpo.execution._serial import SerialExecutor

from . import tasks


@pytest.mark.parametrize("looks_ahead", [False, True])
def test_every_backend_gives_what_one_process_gives(make, backend, looks_ahead):
    X, y = np.arange(12.0).reshape(4, 3), list("abcd")
    expected = tasks.run(make_executor(1), tasks.weighted_sum, range(100), X, y)
    executor = make(backend, looks_ahead)
    assert tasks.run(executor, tasks.weighted_sum, range(100), X, y) == expected
    assert executor.next_completed() is None


def test_tasks_run_in_other_processes_or_threads(make, backend):
    process, thread = tasks.where(0)
    for there in tasks.run(make(backend), tasks.where, range(4)):
        assert there != (process, thread)
        assert (there[0] == process) == (backend == "threading")


def test_the_first_to_finish_comes_first(make, backend):
    executor = make(backend)
    tasks.run(executor, abs, range(100))  # workers are up; short tasks are not joined
    slow, quick = executor.submit(tasks.nap, 1.0), executor.submit(tasks.nap, 0.0)
    assert executor.next_completed() == (quick, 0.0)
    assert executor.next_completed() == (slow, 1.0)


def test_counts_free_workers(make, backend):
    executor = make(backend)
    assert (executor.n_workers, executor.n_free) == (2, 2)
    executor.submit(tasks.nap, 0.0)
    assert executor.n_free == 1
    executor.submit(tasks.nap, 0.0)
    assert executor.n_free == 0
    executor.next_completed()
    assert executor.n_free == 1


def test_waits_no_longer_than_asked(make, backend):
    executor = make(backend)
    assert executor.next_completed(timeout=60.0) is None  # nothing in flight
    ticket = executor.submit(tasks.nap, 0.8)
    assert executor.next_completed(timeout=0.0) is None
    assert executor.next_completed(timeout=0.01) is None
    assert executor.next_completed(timeout=60.0) == (ticket, 0.8)


def test_looking_ahead_has_places_behind_the_workers(make, backend):
    executor = make(backend, looks_ahead=True)
    assert executor.n_free == 4
    tasks.run(executor, abs, range(200))
    assert executor.n_free > 4  # short tasks travel together
    tasks.run(executor, tasks.nap, [0.25] * 9)
    assert executor.n_free == 4  # long ones do not


def test_an_exception_is_a_value(make, backend):
    (failure,) = tasks.run(make(backend), tasks.fail, ["bread"])
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, KeyError)
    assert (failure.kind, failure.message) == ("KeyError", "'no bread'")
    assert "in fail" in failure.traceback
    assert not failure.infrastructure


@pytest.mark.parametrize(
    ("function", "kind"),
    [(tasks.fail_pickily, "PickyError"), (tasks.leave, "SystemExit")],
)
def test_an_error_that_cannot_travel_is_described(make, processes, function, kind):
    (failure,) = tasks.run(make(processes), function, [1])
    assert (failure.error, failure.kind, failure.infrastructure) == (None, kind, False)
    assert f"in {function.__name__}" in failure.traceback


def test_an_error_of_the_main_script_is_the_same_class_here(make, processes):
    class LocalError(Exception):
        pass

    def fail(task):
        raise LocalError(task)

    (failure,) = tasks.run(make(processes), fail, ["here"])
    assert isinstance(failure.error, LocalError)


def test_a_result_that_cannot_be_pickled_is_a_failure(make, processes):
    executor = make(processes)
    (failure,) = tasks.run(executor, tasks.lock, [1])
    assert (failure.kind, failure.infrastructure) == ("TypeError", True)
    assert "lock" in failure.message
    (doubler,) = tasks.run(executor, tasks.doubler, [1])
    assert doubler(4) == 8


def test_a_task_that_cannot_be_pickled_is_a_failure(make, processes):
    executor = make(processes)
    outcomes = tasks.run(executor, tasks.ignore, [1, threading.Lock(), 2])
    failure = outcomes.pop(1)
    assert isinstance(failure, Failure)
    assert not failure.infrastructure
    assert "lock" in failure.traceback
    assert outcomes == [1, 2]


def test_lambdas_travel_as_far_as_joblib_takes_them(make, processes):
    executor = make(processes)
    assert tasks.run(executor, lambda task: task + 1, [1, 2]) == [2, 3]
    (outcome,) = tasks.run(executor, tasks.call, [lambda number: 2 * number])
    assert outcome == 42 if processes == "loky" else isinstance(outcome, Failure)


def test_shared_objects_that_cannot_be_pickled_raise_at_once(make, processes):
    executor = make(processes)
    with pytest.raises(TypeError, match="lock"):
        executor.submit(tasks.ignore, 1, threading.Lock())
    assert executor.n_free == 2
    assert tasks.run(executor, tasks.ignore, [1, 2]) == [1, 2]


def test_an_interrupt_in_a_worker_is_one_here(make, backend):
    executor = make(backend)
    executor.submit(tasks.interrupt, 1)
    with pytest.raises(KeyboardInterrupt):
        executor.next_completed()
    (_, failure) = executor.next_completed()
    assert (failure.kind, failure.infrastructure) == ("KeyboardInterrupt", True)
    executor.submit(tasks.interrupt, 2)
    tasks.nap(0.2)
    executor.close(cancel=True)


@pytest.mark.parametrize("n_jobs", [None, 1])
def test_one_job_runs_here(n_jobs):
    assert isinstance(make_executor(n_jobs), SerialExecutor)


@pytest.mark.parametrize(
    ("given", "configured", "expected"), [(None, 3, 3), (2, 3, 2), (3, None, 3)]
)
def test_the_number_of_workers_is_joblibs(given, configured, expected):
    with joblib.parallel_config(backend="threading", n_jobs=configured):
        executor = make_executor(given)
    assert executor.n_workers == expected
    executor.close()


@pytest.mark.parametrize("n_jobs", [-1, -2])
def test_negative_numbers_count_from_all_cores(n_jobs, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", str(joblib.cpu_count()))
    with joblib.parallel_config(backend="threading"):
        executor = make_executor(n_jobs)
    assert executor.n_workers == max(1, joblib.cpu_count() + 1 + n_jobs)
    executor.close()


def test_no_jobs_at_all_is_joblibs_error():
    with pytest.raises(ValueError, match="n_jobs == 0"):
        make_executor(0)


def test_another_parallel_call_in_the_same_context_does_not_disturb(make, backend):
    executor = make(backend)
    executor.submit(tasks.nap, 0.2)
    with joblib.Parallel() as parallel:
        assert parallel(joblib.delayed(abs)(-i) for i in range(4)) == [0, 1, 2, 3]
    executor.submit(tasks.nap, 0.1)
    assert {executor.next_completed()[1], executor.next_completed()[1]} == {0.1, 0.2}


class OldBackend(ParallelBackendBase):
    """A third party's, written before joblib had `submit`."""

    supports_retrieve_callback = True
    supports_sharedmem = True

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = ThreadingBackend(nesting_level=0)

    def effective_n_jobs(self, n_jobs):
        return self.inner.effective_n_jobs(n_jobs)

    def configure(self, n_jobs=1, parallel=None, **options):
        return self.inner.configure(n_jobs, parallel)

    def apply_async(self, func, callback=None):
        method = getattr(self.inner, "submit", None) or self.inner.apply_async
        return method(func, callback)

    def retrieve_result_callback(self, out):
        return self.inner.retrieve_result_callback(out)

    def abort_everything(self, ensure_ready=True):
        self.inner.abort_everything(ensure_ready)

    def terminate(self):
        self.inner.terminate()


def test_a_backend_without_submit_is_driven_by_apply_async(make, monkeypatch):
    monkeypatch.setitem(BACKENDS, "old", OldBackend)
    executor = make("old")
    assert isinstance(executor, ParallelExecutor)
    assert tasks.run(executor, abs, [-1, -2, -3]) == [1, 2, 3]


def test_what_a_loky_worker_imported_is_not_collected_between_tasks(make):
    frozen = tasks.run(make("loky"), lambda task: gc.get_freeze_count(), range(2))
    assert min(frozen) > 10_000
    before = gc.get_freeze_count()
    tasks.run(make("threading"), tasks.ignore, range(2))
    assert gc.get_freeze_count() == before
