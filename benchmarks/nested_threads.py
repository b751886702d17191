"""How long a fit takes whose learner starts threads of its own, alone and side by side.

LightGBM's default asks joblib how many cores there are and starts a thread for each. In two
workers on two cores that is four threads that wait for each other, unless a worker knows its
share of the cores. Prints the time of a fit

- with one thread, alone,
- with one thread, in as many workers as there are cores, sent by this package's executor,
- with LightGBM's defaults, in the same workers,
- with the defaults, sent by `joblib.Parallel`.

Run with ``python benchmarks/nested_threads.py``; LightGBM must be installed. Exits with 1 if the
third is more than 1.5 times the second.
"""

import statistics
import sys
import time

import joblib
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification

from skhpo.execution import make_executor

LIMIT = 1.5
N_FITS = 8  # for each worker


def fit(options, X, y):
    start = time.perf_counter()
    LGBMClassifier(verbose=-1, **options).fit(X, y)
    return time.perf_counter() - start


def with_executor(n_workers, options, X, y):
    executor, seconds = make_executor(n_workers), []
    for n_left in range(n_workers * N_FITS, 0, -1):
        executor.submit(fit, {"random_state": n_left, **options}, X, y)
        if not executor.n_free:
            seconds.append(executor.next_completed()[1])
    executor.close()
    return seconds


def with_parallel(n_workers, X, y):
    tasks = ({"random_state": i} for i in range(n_workers * 2))
    return joblib.Parallel(n_workers, batch_size=1)(joblib.delayed(fit)(t, X, y) for t in tasks)


def main():
    X, y = make_classification(2000, 30, n_informative=10, random_state=0)
    n_workers = max(2, joblib.cpu_count())
    with_executor(n_workers, {}, X, y)  # workers are up, modules loaded
    alone = statistics.median(fit({"n_jobs": 1}, X, y) for _ in range(N_FITS))
    times = {
        f"one thread, {n_workers} workers, executor": with_executor(n_workers, {"n_jobs": 1}, X, y),
        f"defaults, {n_workers} workers, executor": with_executor(n_workers, {}, X, y),
        f"defaults, {n_workers} workers, Parallel": with_parallel(n_workers, X, y),
    }
    print(f"{'one thread, alone':32}{alone:8.3f} s")
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{name:32}{middle:8.3f} s{middle / alone:8.2f} times")
    one, default, _ = map(statistics.median, times.values())
    return default > LIMIT * one


if __name__ == "__main__":
    sys.exit(main())
