"""Workers that die, and backends that cannot be driven one task at a time."""

import os
import signal
import sys
import threading
import time

import joblib
import numpy as np
import pytest
from joblib import parallel as joblib_parallel
from joblib.parallel import LokyBackend, ThreadingBackend

from skhpo.exceptions import SynchronousWarning
from skhpo.execution import Failure, _crew, make_executor
from skhpo.execution._synchronous import SynchronousExecutor

from . import tasks


def test_a_dead_worker_fails_its_task_and_the_rest_goes_on(make, processes):
    executor = make(processes)
    (failure,) = tasks.run(executor, tasks.die, [0])
    assert isinstance(failure, Failure)
    assert failure.infrastructure
    assert tasks.run(executor, tasks.ignore, range(10)) == list(range(10))


def test_a_dead_worker_loses_no_ticket(make, processes):
    def sometimes_die(task):
        return tasks.die(task) if task == 3 else tasks.nap(0.15)

    outcomes = tasks.run(make(processes, looks_ahead=True), sometimes_die, range(12))
    failure = outcomes.pop(3)
    assert failure.infrastructure
    assert outcomes == [0.15] * 11  # what shared the workers with it was run again


def test_a_worker_that_dies_once_costs_no_result(make, processes, tmp_path):
    def die_once(task):
        if task == 2 and not (tmp_path / "dead").exists():
            (tmp_path / "dead").touch()
            tasks.die(task)
        return task

    assert tasks.run(make(processes), die_once, range(6)) == list(range(6))


def test_workers_that_nobody_replaces(make, processes, monkeypatch):
    """As on a cluster whose machines are gone: what waits fails, and nothing more is taken."""

    def no_worker(*arguments):
        raise TimeoutError("no worker")

    executor = make(processes, looks_ahead=True)
    tickets = [executor.submit(tasks.die if n else tasks.ignore, n) for n in range(4)]
    monkeypatch.setattr(_crew, "Pool", no_worker)
    monkeypatch.setattr(_crew, "DESERTED", 0.0)
    outcomes = dict(executor.next_completed(timeout=60.0) for _ in tickets)
    assert sorted(outcomes) == tickets
    assert {outcomes[ticket].kind for ticket in tickets[1:]} == {"NoWorker"}
    assert executor.n_free == 0
    assert executor.next_completed(timeout=1.0) is None


def test_several_that_end_their_workers(make, processes):
    def sometimes_die(task):
        return tasks.die(task) if task in (1, 2) else tasks.nap(0.05)

    outcomes = tasks.run(make(processes), sometimes_die, range(4))
    assert [isinstance(outcome, Failure) for outcome in outcomes] == [False, True, True, False]


def test_giving_up_stops_a_process_and_nothing_else(make, processes, tmp_path):
    def count_up(task):
        for i in range(2000):
            (tmp_path / f"{task}-{i}").touch()
            time.sleep(0.05)
            if (tmp_path / "enough").exists():
                break
        return task

    executor = make(processes)
    assert executor.isolates
    first, second = executor.submit(count_up, 1), executor.submit(count_up, 2)
    while not all(list(tmp_path.glob(f"{task}-*")) for task in (1, 2)):
        assert executor.next_completed(timeout=0.05) is None
    assert executor.give_up(first)
    ticket, failure = executor.next_completed()
    assert (ticket, failure.kind, failure.infrastructure) == (first, "GivenUp", True)
    n_steps = len(list(tmp_path.glob("1-*")))
    assert executor.n_free == 1
    assert executor.next_completed(timeout=0.2) is None
    (tmp_path / "enough").touch()
    assert executor.next_completed(timeout=60.0) == (second, 2)
    assert len(list(tmp_path.glob("1-*"))) == n_steps
    assert tasks.run(executor, tasks.ignore, range(5)) == list(range(5))


def test_giving_up_what_is_back_already_changes_nothing(make):
    executor = make("threading")
    first, second = executor.submit(tasks.nap, 0.0), executor.submit(tasks.nap, 0.3)
    while len(executor._crew.finished) < 2:
        executor._crew.wait(1.0)
    assert executor.sent_at(first) is None
    assert executor.give_up(first) and executor.give_up(second)
    found = {executor.next_completed()[0] for _ in range(2)}
    assert found == {first, second}
    assert executor.next_completed() is None


def test_threads_that_are_given_up_go_on_beside_fresh_ones(make, tmp_path):
    executor = make("threading")
    assert not executor.isolates
    for _ in range(2):
        ticket = executor.submit(tasks.nap, 1.0)
        assert executor.next_completed(timeout=0.05) is None
        assert not executor.give_up(ticket)
        assert executor.next_completed()[1].kind == "GivenUp"
    assert executor.n_free == 2
    both = threading.Barrier(2, timeout=60.0)  # which either must wait for the other at
    assert sorted(tasks.run(executor, lambda task: both.wait(), range(2))) == [0, 1]
    executor.close()


def test_one_worker_is_a_process_if_it_must_be():
    executor = make_executor(1, isolate=True)
    assert (executor.n_workers, executor.isolates, executor.is_inline) == (1, True, False)
    assert {process for process, _ in tasks.run(executor, tasks.where, range(3))} != {os.getpid()}
    ticket = executor.submit(tasks.nap, 3600.0)
    assert executor.next_completed(timeout=0.1) is None
    assert executor.give_up(ticket)
    assert executor.next_completed()[1].kind == "GivenUp"
    assert tasks.run(executor, tasks.ignore, [1, 2]) == [1, 2]
    executor.close()


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_a_worker_that_dies_idle_is_replaced(make, processes):
    executor = make(processes)
    workers = {process for process, _ in tasks.run(executor, tasks.where, range(20))}
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    outcomes = tasks.run(executor, tasks.ignore, range(10))
    assert outcomes[4:] == list(range(4, 10))
    assert all(not isinstance(o, Failure) or o.infrastructure for o in outcomes)


def test_a_pool_that_somebody_else_shut_down_is_replaced(make):
    executor = make("loky")
    tasks.run(executor, tasks.ignore, range(4))
    joblib.externals.loky.get_reusable_executor(max_workers=2, reuse=True).shutdown()
    assert tasks.run(executor, tasks.ignore, range(10))[4:] == list(range(4, 10))


def hide_batched_calls(patch):
    patch.delattr(joblib_parallel, "BatchedCalls")


def hide_submit(patch):
    for kind in (LokyBackend, ThreadingBackend, joblib_parallel.ParallelBackendBase):
        for name in ("submit", "apply_async"):
            if hasattr(kind, name):
                patch.setattr(kind, name, None)


def hide_callbacks(patch):
    patch.setattr(LokyBackend, "supports_retrieve_callback", False)


def hide_folders(patch):
    patch.setattr(LokyBackend, "_workers", None, raising=False)
    patch.setattr(LokyBackend, "configure", lambda self, n_jobs, **options: n_jobs)


@pytest.mark.parametrize("hide", [hide_batched_calls, hide_submit, hide_callbacks, hide_folders])
def test_without_private_parts_tasks_run_in_batches(hide, monkeypatch):
    with monkeypatch.context() as patch:
        hide(patch)
        with pytest.warns(SynchronousWarning, match="in batches") as caught:
            executor = make_executor(2)
    assert len(caught) == 1
    assert isinstance(executor, SynchronousExecutor)
    assert tasks.run(executor, tasks.weighted_sum, range(9), np.ones(2), "ab") == [
        2.0 * task + 2 for task in range(9)
    ]
    executor.close()


class TestSynchronous:
    """The executor that needs nothing but `joblib.Parallel`."""

    @pytest.fixture(params=["loky", "threading", "multiprocessing"])
    def executor(self, request):
        with joblib.parallel_config(backend=request.param):
            executor = SynchronousExecutor(2, 2)
            yield executor
            executor.close(cancel=True)

    def test_each_task_once(self, executor):
        assert (executor.n_workers, executor.n_free) == (2, 2)
        assert tasks.run(executor, abs, range(-7, 0)) == [7, 6, 5, 4, 3, 2, 1]
        assert executor.next_completed() is None

    def test_an_exception_is_a_value(self, executor):
        failure, fine = tasks.run(executor, tasks.fail_if_odd, [1, 2])
        assert (failure.kind, failure.infrastructure, fine) == ("ValueError", False, 2)

    def test_close_runs_or_forgets(self, executor, tmp_path):
        executor.submit(tasks.touch, tmp_path / "one")
        executor.close()
        executor.submit(tasks.touch, tmp_path / "two")
        executor.close(cancel=True)
        assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_dead_worker_fails_a_whole_batch_of_the_synchronous_executor():
    executor = SynchronousExecutor(2, 2)
    outcomes = tasks.run(executor, tasks.die, [0, 1])
    assert all(outcome.infrastructure for outcome in outcomes)
    assert tasks.run(executor, abs, [-1, -2]) == [1, 2]
