"""dask and ray, on two local workers; what is not installed is skipped."""

import os

import joblib
import numpy as np
import pytest

from skhpo.execution import make_executor
from skhpo.testing import check_executor

from . import tasks

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # theirs
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def dask():
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(host="127.0.0.1", **options) as cluster:
        with distributed.Client(cluster):
            yield "dask"


@pytest.fixture(scope="module")
def ray():
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    register_ray()
    yield "ray"
    ray.shutdown()


@pytest.fixture(params=["dask", "ray"])
def cluster(request):
    name = request.getfixturevalue(request.param)
    if name == "dask":  # a test before may have ended some
        pytest.importorskip("distributed").default_client().wait_for_workers(2)
    return name


@pytest.fixture
def executor(cluster):
    with joblib.parallel_config(backend=cluster, n_jobs=2):
        executor = make_executor(isolate=True)
        yield executor
        executor.close(cancel=True)


def test_keeps_every_promise(cluster):
    def make():
        with joblib.parallel_config(backend=cluster, n_jobs=2):
            return make_executor()

    check_executor(make)


def test_the_first_to_finish_comes_first(executor):
    tasks.run(executor, abs, range(10))
    slow, quick = executor.submit(tasks.nap, 2.0), executor.submit(tasks.nap, 0.0)
    assert executor.next_completed() == (quick, 0.0)
    assert executor.next_completed() == (slow, 2.0)


def test_data_travel_once(executor, tmp_path):
    X, counted = np.ones(300_000), tasks.Counted(tmp_path)
    assert set(tasks.run(executor, tasks.ignore, range(12), counted, X)) == set(range(12))
    assert counted.n_pickles <= 2  # one to see whether it holds large arrays
    assert len(list(tmp_path.iterdir())) <= 2


def test_a_worker_that_dies_is_replaced(executor, tmp_path):
    def die_at_two(task):
        return os._exit(3) if task == 2 else task

    outcomes = tasks.run(executor, die_at_two, range(6))
    failure = outcomes.pop(2)
    assert failure.infrastructure
    assert outcomes == [0, 1, 3, 4, 5]


def test_what_waits_behind_a_task_that_ends_its_worker(cluster):
    def die_at_two(task):
        return os._exit(3) if task == 2 else task

    with joblib.parallel_config(backend=cluster, n_jobs=2):
        executor = make_executor(looks_ahead=True)
        try:
            outcomes = tasks.run(executor, die_at_two, range(12))
        finally:
            executor.close(cancel=True)
    assert outcomes.pop(2).infrastructure
    assert outcomes == [task for task in range(12) if task != 2]


def test_a_task_that_is_given_up(executor):
    slow, quick = executor.submit(tasks.nap, 6.0), executor.submit(tasks.nap, 0.5)
    assert executor.next_completed(timeout=0.1) is None
    assert executor.give_up(slow) == executor.isolates
    assert executor.next_completed()[1].kind == "GivenUp"
    assert executor.n_free == (1 if executor.isolates else 0)  # one holds its worker on dask
    assert executor.next_completed() == (quick, 0.5)
    assert tasks.run(executor, tasks.nap, [0.1] * 4) == [0.1] * 4
