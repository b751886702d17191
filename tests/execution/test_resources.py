"""What workers may use, and what is left when an executor is closed."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress

import joblib
import numpy as np
import pytest

from skhpo.execution import make_executor

from . import tasks

SHARE = max(1, joblib.cpu_count() // 2)


def eventually(condition):
    """Whether `condition` holds within a while; things end when the system gets to it."""
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_process_has_its_share_of_the_cores(make, processes):
    seen = tasks.run(make(processes), tasks.cores, range(4))
    assert set(seen) == {(str(SHARE), SHARE, SHARE)}


def test_more_threads_on_demand(make):
    executor = make("loky", inner_max_num_threads=SHARE + 1)
    assert {limit for limit, *_ in tasks.run(executor, tasks.cores, range(4))} == {str(SHARE + 1)}


def test_threads_leave_the_environment_alone(make):
    before = tasks.cores(0)[:2]
    assert {seen[:2] for seen in tasks.run(make("threading"), tasks.cores, range(4))} == {before}


def test_the_limit_ends_with_the_task(make):
    executor = make("loky")
    tasks.run(executor, tasks.cores, range(4))
    executor.close()
    limits = joblib.Parallel(n_jobs=2)(joblib.delayed(tasks.environment_limit)() for _ in range(4))
    assert set(limits) == {os.environ.get("LOKY_MAX_CPU_COUNT")}


def test_a_task_may_use_joblib(make, backend):
    assert tasks.run(make(backend), tasks.nested_task, range(4)) == [[0, 1, 2]] * 4


def test_an_executor_within_a_worker(backend):
    with joblib.parallel_config(backend=backend, n_jobs=2):
        found = joblib.Parallel()(joblib.delayed(tasks.nested)(2) for _ in range(3))
    assert found == [([2.0, 5.0, 8.0, 11.0, 14.0], 2)] * 3


def test_an_executor_within_an_executor(make, backend):
    found = tasks.run(make(backend), tasks.nested, [2, 2, 2])
    assert found == [([2.0, 5.0, 8.0, 11.0, 14.0], 2)] * 3


def test_cores_are_not_shared_twice(make, processes):
    found = tasks.run(make(processes), tasks.nested, [-1, -1])
    assert [n_workers for _, n_workers in found] == [SHARE, SHARE]


def test_closing_keeps_lokys_workers_for_the_next_call(make):
    first, second = make("loky"), make("loky")
    before = {process for process, _ in tasks.run(first, tasks.where, range(20))}
    first.close()
    assert before & {process for process, _ in tasks.run(second, tasks.where, range(20))}


@pytest.mark.parametrize("cancel", [False, True])
@pytest.mark.parametrize("busy", [False, True])
def test_closing_leaves_no_process_thread_or_file(backend, busy, cancel, tmp_path):
    joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(i) for i in range(4))  # loky's own threads
    n_threads = threading.active_count()
    processes = set(multiprocessing.active_children())
    with joblib.parallel_config(backend=backend, n_jobs=2, temp_folder=str(tmp_path)):
        executor = make_executor()
        tasks.run(executor, tasks.look, range(4), np.ones(300_000))
        if busy:
            executor.submit(tasks.nap, 1.0)
            executor.submit(tasks.nap, 1.0)
        executor.close(cancel=cancel)
        executor.close(cancel=cancel)
    if backend == "multiprocessing":
        assert eventually(lambda: set(multiprocessing.active_children()) <= processes)
    assert eventually(lambda: not list(tmp_path.rglob("*.pkl")))
    assert eventually(lambda: threading.active_count() <= n_threads)


def test_closing_waits_for_what_runs(make, backend, tmp_path):
    def leave_a_mark(task):
        time.sleep(0.3)
        (tmp_path / str(task)).touch()

    executor = make(backend)
    executor.submit(leave_a_mark, 1)
    executor.submit(leave_a_mark, 2)
    executor.close()
    assert len(list(tmp_path.iterdir())) == 2


def test_cancelling_stops_running_processes(make, processes, tmp_path):
    def leave_a_mark(task):
        (tmp_path / "begun").touch()
        time.sleep(1.0)
        (tmp_path / "done").touch()

    executor = make(processes)
    executor.submit(leave_a_mark, 1)
    assert eventually((tmp_path / "begun").exists)
    executor.close(cancel=True)
    time.sleep(1.2)
    assert not (tmp_path / "done").exists()


def test_a_closed_executor_takes_no_task(make, backend):
    executor = make(backend)
    executor.close()
    with pytest.raises(RuntimeError, match="closed"):
        executor.submit(abs, -1)
    assert executor.next_completed() is None


INTERRUPTED = """
    import multiprocessing, os, signal, sys, time
    import joblib
    from skhpo.execution import make_executor

    def sleep(seconds):
        os.write(1, b"begun\\n")  # at once, whoever else writes
        time.sleep(seconds)

    if __name__ == "__main__":
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
        with joblib.parallel_config(backend=sys.argv[1], n_jobs=2):
            executor = make_executor()
        executor.submit(abs, -1)
        executor.submit(abs, -2)
        executor.next_completed(), executor.next_completed()
        executor.submit(sleep, 3600.0)
        executor.submit(sleep, 3600.0)
        try:
            executor.next_completed()
        except KeyboardInterrupt:
            executor.close(cancel=True)
            print("interrupted", len(multiprocessing.active_children()), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("whole_group", [False, True])
def test_an_interrupt_ends_the_wait_and_the_workers(backend, whole_group, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(INTERRUPTED))
    with subprocess.Popen(
        [sys.executable, str(script), backend],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        try:
            assert [process.stdout.readline() for _ in range(2)] == ["begun\n"] * 2
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
            output, errors = process.communicate(timeout=60.0)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert output == "interrupted 0\n", errors
    assert process.returncode == 0, errors
