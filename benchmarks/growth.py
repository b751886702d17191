"""Time and memory of long random searches on an estimator that costs nothing.

Per trial, beyond scikit-learn's RandomizedSearchCV on the same: at most 0.5 ms, and 1.5 ms with a
journal, apart from what the file system takes for an fsync; 20,000 trials take at most 4.4 times as
long as 5,000, and as much memory.

Run with ``python benchmarks/growth.py [--n 20000]``; every figure comes from a process of its own.
"""

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.stats import uniform
from sklearn import model_selection
from sklearn.base import BaseEstimator, ClassifierMixin

import skhpo

X = np.zeros((20, 2))
y = np.arange(20) % 2


class Free(ClassifierMixin, BaseEstimator):
    """Fits nothing; its score is its parameter."""

    def __init__(self, a=0.0):
        self.a = a

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return self.a


def measure(kind, n, pipe):
    """Seconds of one search, of the processor and by the clock, and megabytes it added."""
    arguments = {"n_iter": n, "cv": 2, "random_state": 0, "refit": False}
    with tempfile.TemporaryDirectory() as folder:
        if kind == "scikit-learn":
            search = model_selection.RandomizedSearchCV(Free(), {"a": uniform()}, **arguments)
        else:
            journal = folder if kind == "skhpo, journal" else None
            search = skhpo.RandomizedSearchCV(
                Free(), {"a": uniform()}, journal=journal, **arguments
            )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        clock, start = time.perf_counter(), time.process_time()
        search.fit(X, y)
        cpu, wall = time.process_time() - start, time.perf_counter() - clock
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        pipe.send((cpu, wall, memory))


def fresh(kind, n):
    """`measure` in a new process."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=measure, args=(kind, n, there))
    process.start()
    there.close()
    found = here.recv()
    process.join()
    return found


def fsync_seconds(n=200):
    """Median seconds of a short write and its fsync."""
    with tempfile.TemporaryDirectory() as folder:
        fd = os.open(Path(folder) / "file", os.O_WRONLY | os.O_CREAT)
        times = []
        for _ in range(n):
            start = time.perf_counter()
            os.write(fd, b"x" * 300)
            os.fsync(fd)
            times.append(time.perf_counter() - start)
        os.close(fd)
    return float(np.median(times))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20_000)
    n = parser.parse_args().n
    print(f"a write with fsync: {1e3 * fsync_seconds():.3f} ms (median)")
    print(f"{'':16}{'trials':>8}{'cpu s':>9}{'wall s':>9}{'MB':>7}{'cpu ms a trial':>16}")
    each = {}
    for kind in ("skhpo", "skhpo, journal", "scikit-learn"):
        found = {}
        for size in (n // 4, n):
            found[size] = cpu, wall, memory = fresh(kind, size)
            each[kind, size] = 1e3 * cpu / size
            numbers = f"{cpu:9.2f}{wall:9.2f}{memory:7.0f}{each[kind, size]:16.3f}"
            print(f"{kind:16}{size:8}{numbers}", flush=True)
        ratios = [b / max(a, 1e-9) for a, b in zip(found[n // 4], found[n], strict=True)]
        print(f"{'':16}{'ratio':>8}{ratios[0]:9.2f}{ratios[1]:9.2f}{ratios[2]:7.2f}", flush=True)
    for kind in ("skhpo", "skhpo, journal"):
        beyond = [each[kind, size] - each["scikit-learn", size] for size in (n // 4, n)]
        print(f"{kind}, beyond scikit-learn: {beyond[0]:.3f} and {beyond[1]:.3f} ms a trial")


if __name__ == "__main__":
    main()
