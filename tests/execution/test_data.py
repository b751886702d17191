"""What tasks share travels once: memory maps for large arrays, one pickle for the rest."""

import numpy as np
import pytest
import scipy.sparse
from joblib import Parallel, delayed

from . import tasks

LARGE = 300_000  # float64, above joblib's megabyte


@pytest.mark.parametrize("looks_ahead", [False, True])
def test_a_large_array_is_one_read_only_memory_map(make, processes, looks_ahead):
    X = np.arange(float(LARGE))
    X[0] = 7.0
    seen = tasks.run(make(processes, looks_ahead), tasks.look, range(12), X)
    assert {(kind, writeable, first) for kind, writeable, _, _, first in seen} == {
        ("memmap", False, 7.0)
    }
    assert len({filename for _, _, filename, _, _ in seen}) == 1


def test_sparse_matrices_are_memory_maps_too(make, processes):
    matrix = scipy.sparse.csr_matrix(np.ones((300, 1000)))
    executor = make(processes)
    seen = tasks.run(executor, tasks.look_inside, range(6), matrix)
    assert {(kind, total) for kind, _, total in seen} == {("memmap", 300_000.0)}
    assert len({filename for _, filename, _ in seen}) == 1


def test_numeric_frames_are_not_copied(make, processes):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.ones((300_000, 2)), columns=["a", "b"])
    seen = tasks.run(make(processes), tasks.is_copied, range(6), frame)
    assert set(seen) == {(False, 300_000.0)}


def test_threads_see_the_very_objects(make):
    X = np.arange(float(LARGE))
    seen = tasks.run(make("threading"), tasks.look, range(4), X)
    assert {identity for *_, identity, _ in seen} == {id(X)}


def test_the_limit_for_memory_maps_is_the_users(make):
    X = np.arange(float(LARGE))
    executor = make("multiprocessing", max_nbytes=None)
    assert {kind for kind, *_ in tasks.run(executor, tasks.look, range(4), X)} == {"ndarray"}
    executor = make("multiprocessing", max_nbytes=1000)
    assert {kind for kind, *_ in tasks.run(executor, tasks.look, [0], X[:500])} == {"memmap"}


def test_other_objects_are_pickled_once_and_unpickled_once_a_worker(make, processes, tmp_path):
    shared = tasks.Counted(tmp_path)
    executor = make(processes)
    tasks.run(executor, tasks.ignore, [0], shared)
    n_pickles = shared.n_pickles
    tasks.run(executor, tasks.ignore, range(50), shared)
    assert shared.n_pickles == n_pickles
    workers = [mark.name.split("-")[0] for mark in tmp_path.iterdir()]
    assert len(workers) == len(set(workers)) <= 2


def test_text_and_numbers_in_one_object(make, processes):
    words = ["first", *("word" for _ in range(200_000))]
    columns = {"words": words, "numbers": np.ones(LARGE)}

    def check(task, columns):
        return columns["words"][0], float(columns["numbers"].sum())

    seen = tasks.run(make(processes), check, range(6), columns)
    assert set(seen) == {("first", float(LARGE))}


def test_new_shared_objects_replace_the_old_ones(make, backend):
    executor = make(backend, looks_ahead=True)
    for word in ("one", "two", "one"):
        seen = tasks.run(executor, tasks.first_word, range(10), [word])
        assert seen == [word] * 10


def test_shared_objects_may_change_while_tasks_wait(make, backend):
    executor, expected = make(backend, looks_ahead=True), {}
    tasks.run(executor, abs, range(100))  # from now on, short tasks wait for others
    for word in ("one", "two", "three", "four"):
        expected[executor.submit(tasks.first_word, 0, [word])] = word
    for _ in range(4):
        ticket, seen = executor.next_completed()
        assert seen == expected.pop(ticket)


@pytest.mark.parametrize("looks_ahead", [False, True])
def test_a_worker_that_lacks_the_objects_gets_them(make, processes, looks_ahead):
    executor = make(processes, looks_ahead)
    words = ["here"]
    executor._crew.share((tasks.first_word, words))
    executor._crew._supply._equipped.update({-1, -2})  # two workers that are gone
    assert tasks.run(executor, tasks.first_word, range(10), words) == ["here"] * 10


def test_idle_workers_do_not_keep_large_objects(make):
    executor = make("loky")
    words = [str(i) for i in range(300_000)]
    assert set(tasks.run(executor, tasks.first_word, range(10), words)) == {"0"}
    executor.close()
    kept = Parallel(n_jobs=2)(delayed(tasks.kept)() for _ in range(8))
    assert {n for _, n in kept} == {0}
