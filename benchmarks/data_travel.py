"""What data cost: 200 MB of numbers, a frame of 10^6 strings, per task after the first.

    python benchmarks/data_travel.py --backends loky,multiprocessing

Tasks that do nothing run one after the other; what they take with the data less what they take
without is the price of the data. The first tasks, which bring the data to the workers, are shown
apart.
"""

import argparse
import time

import numpy as np
from clusters import BACKENDS, installed, two_workers

from skhpo.execution import make_executor

N_TASKS = 60
N_FIRST = 6  # tasks within which both workers have been asked


def touch(task, X):
    return task


def durations(X):
    """Seconds of each task, two in flight."""
    executor = make_executor(None)
    took, start = [], time.perf_counter()
    try:
        for task in range(N_TASKS):
            executor.submit(touch, task, X)
            if not executor.n_free:
                executor.next_completed()
            took.append(time.perf_counter() - start)
            start = time.perf_counter()
        while executor.next_completed() is not None:
            pass
    finally:
        executor.close()
    return np.array(took)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backends", default=",".join(filter(installed, BACKENDS)))
    arguments = parser.parse_args()
    import pandas as pd

    words = pd.DataFrame({"word": [f"word {i}" for i in range(10**6)]}, dtype=object)
    data = {"200 MB": np.ones((25_000, 1000)), "10^6 strings": words}
    for backend in arguments.backends.split(","):
        with two_workers(backend):
            durations(np.ones(1))
            for name, X in data.items():
                bare = durations(np.ones(1))[N_FIRST:]
                took = durations(X)
                later = took[N_FIRST:]
                median = 1000 * (np.median(later) - np.median(bare))
                mean = 1000 * (np.mean(later) - np.mean(bare))
                print(
                    f"{backend}, {name}: first {N_FIRST} tasks {took[:N_FIRST].sum():.2f} s, then "
                    f"{median:.2f} ms a task beyond one without data (median; mean {mean:.2f})",
                    flush=True,
                )


if __name__ == "__main__":
    main()
