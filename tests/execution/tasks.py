"""What the workers of these tests run; at module level, so that every backend can pickle it."""

import mmap
import os
import sys
import threading
import time

import joblib
import numpy as np

from skhpo.execution import make_executor


def run(executor, function, tasks, *shared):
    """The outcome of each task, in the order of `tasks`."""
    waiting, places, outcomes = list(enumerate(tasks)), {}, {}
    while waiting or places:
        while waiting and executor.n_free:
            place, task = waiting.pop(0)
            places[executor.submit(function, task, *shared)] = place
        ticket, outcome = executor.next_completed(timeout=120.0)
        outcomes[places.pop(ticket)] = outcome
    return [outcomes[place] for place in range(len(outcomes))]


def where(task, *shared):
    return os.getpid(), threading.get_ident()


def weighted_sum(task, X, y):
    return task * float(X.sum()) + len(y)


def nap(seconds):
    time.sleep(seconds)
    return seconds


def fail(task, *shared):
    raise KeyError(f"no {task}")


class PickyError(Exception):
    """Pickles, but cannot be unpickled."""

    def __init__(self, one, other):
        super().__init__(f"{one} and {other}")


def fail_pickily(task):
    raise PickyError("this", "that")


def leave(task):
    sys.exit(task)


def interrupt(task):
    raise KeyboardInterrupt


def lock(task):
    return threading.Lock()


def doubler(task):
    return lambda number: 2 * number


def call(task):
    return task(21)


def die(task):
    os._exit(3)


def look(task, X):
    return type(X).__name__, X.flags.writeable, getattr(X, "filename", None), id(X), float(X[0])


def look_inside(task, matrix):
    return type(matrix.data).__name__, matrix.data.filename, float(matrix.sum())


def is_copied(task, frame):
    values = frame["a"].to_numpy(copy=False)
    base = values
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    return not isinstance(base, mmap.mmap), float(values.sum())


def first_word(task, words):
    return words[0]


class Counted:
    """Remembers in a folder who unpickled it, and in itself how often it was pickled."""

    def __init__(self, folder):
        self.folder = folder
        self.n_pickles = 0

    def __getstate__(self):
        self.n_pickles += 1
        return {"folder": self.folder}

    def __setstate__(self, state):
        self.__dict__.update(state)
        (self.folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()


def ignore(task, *shared):
    return task


def cores(task):
    limit = os.environ.get("LOKY_MAX_CPU_COUNT")
    return limit, joblib.cpu_count(), joblib.effective_n_jobs(-1)


def environment_limit():
    time.sleep(0.05)
    return os.environ.get("LOKY_MAX_CPU_COUNT")


def kept():
    from skhpo.execution import _parcel

    time.sleep(0.05)
    return os.getpid(), len(_parcel._kept)


def nested(n_jobs):
    """What an executor gives within a worker of somebody else."""
    executor = make_executor(n_jobs)
    outcomes = run(executor, weighted_sum, range(5), np.ones(3), "ab")
    executor.close()
    return outcomes, executor.n_workers


def nested_task(task):
    return joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(-i) for i in range(3))


def fail_if_odd(task):
    if task % 2:
        raise ValueError(task)
    return task


def touch(path):
    path.touch()
