"""How busy workers are: two with a random search, eight of loky with ASHA.

    python benchmarks/utilisation.py --backends loky,dask,ray --repeats 3
    python benchmarks/utilisation.py --asha --repeats 3

The random search has 40 one-fold trials, 0.05 to 1 s each.
Utilisation is the length of the ideal list schedule of the same durations, in the same order, over
the time from the first task's start to the last one's end, on workers that are warm. A gap is the
time between the end of a task and the start of the next one on the same worker. On a busy machine
compare with `joblib.Parallel`, run in turns.

Under ASHA fits sleep for a time that is log-normal (standard deviation = mean) and grows with the
resource. Utilisation is the share of the workers' time that is slept, from the moment when all of
them have started until the last fresh trial starts; up to then there is always work.
"""

import argparse
import heapq
import os
import tempfile
import threading
import time
from pathlib import Path

import joblib
import numpy as np
from clusters import BACKENDS, installed, two_workers
from scipy.stats import lognorm, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import ShuffleSplit

from skhpo import ASHASearchCV, RandomizedSearchCV

N_TRIALS = 40
N_WORKERS = 8  # under ASHA


class Sleeper(ClassifierMixin, BaseEstimator):
    def __init__(self, seconds=0.0, folder=None, effort=None):
        self.seconds = seconds
        self.folder = folder
        self.effort = effort

    def fit(self, X, y):
        start = time.time()
        time.sleep(self.seconds * (1 if self.effort is None else 1 + self.effort / 9))
        self.classes_ = np.unique(y)
        worker = f"{os.getpid()}-{threading.get_ident()}"
        row = f"{worker} {start!r} {time.time()!r} {self.effort}"
        (Path(self.folder) / f"{start!r}").write_text(row)
        return self

    def score(self, X, y):
        return 0.0


def search(folder, n_iter, seed):
    sleeper, cv = Sleeper(folder=str(folder)), ShuffleSplit(1, random_state=0)
    space = {"seconds": uniform(0.05, 0.95)}
    random = RandomizedSearchCV(sleeper, space, n_iter=n_iter, cv=cv, random_state=seed)
    random.set_params(n_jobs=2, refit=False).fit(np.zeros((10, 2)), np.arange(10) % 2)


def plain(folder, n_iter, seed):
    """The same sleeps through `joblib.Parallel`, which knows all of them beforehand."""
    rng, X, y = np.random.default_rng(seed), np.zeros((10, 2)), np.arange(10) % 2
    sleepers = [Sleeper(seconds, str(folder)) for seconds in rng.uniform(0.05, 1.0, n_iter)]
    joblib.Parallel(n_jobs=2, batch_size=1)(joblib.delayed(s.fit)(X, y) for s in sleepers)


def measure(seed, do):
    """Utilisation, and the gaps in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        do(folder, 6, seed)
        for path in Path(folder).iterdir():
            path.unlink()
        do(folder, N_TRIALS, seed)
        rows = sorted(path.read_text().split() for path in Path(folder).iterdir())
    spans = sorted((float(start), float(end), worker) for worker, start, end, _ in rows)
    free = [0.0, 0.0]
    for start, end, _ in spans:
        heapq.heappush(free, heapq.heappop(free) + end - start)
    took = max(end for _, end, _ in spans) - spans[0][0]
    last, gaps = {}, []
    for start, end, worker in spans:
        if worker in last:
            gaps.append(1000 * (start - last[worker]))
        last[worker] = end
    return max(free) / took, gaps


def asha(folder, n_iter, seed):
    space = {"seconds": lognorm(np.sqrt(np.log(2)), scale=np.sqrt(0.5))}  # mean 1
    search = ASHASearchCV(
        Sleeper(folder=str(folder), effort=9), space, n_iter=n_iter, resource="effort",
        max_resources=9, min_resources=1, cv=2, n_jobs=N_WORKERS, refit=False, random_state=seed,
        initial_params=None,
    )  # fmt: skip
    search.fit(np.zeros((10, 2)), np.arange(10) % 2)


def eight_at_once(folder, n_iter, seed):
    """Sleeps of the same distribution, about as many, through `joblib.Parallel`."""
    X, y = np.zeros((10, 2)), np.arange(10) % 2
    seconds = lognorm(np.sqrt(np.log(2)), scale=np.sqrt(0.5)).rvs(3 * n_iter, random_state=seed)
    sleepers = [Sleeper(each, str(folder), 1) for each in seconds]
    joblib.Parallel(n_jobs=N_WORKERS, batch_size=1)(joblib.delayed(s.fit)(X, y) for s in sleepers)


def busy_share(do, seed, n_iter):
    """Share of the time slept while there is work, and the seconds of that."""
    with tempfile.TemporaryDirectory() as folder:
        do(folder, N_WORKERS, seed)  # the workers are warm then
        for path in Path(folder).iterdir():
            path.unlink()
        do(folder, n_iter, seed)
        rows = [path.read_text().split() for path in Path(folder).iterdir()]
    spans = [(float(start), float(end), worker) for worker, start, end, _ in rows]
    first = max(min(s for s, _, w in spans if w == each) for each in {w for *_, w in spans})
    last = max(float(start) for _, start, _, effort in rows if effort == "1")
    slept = sum(max(0.0, min(end, last) - max(start, first)) for start, end, _ in spans)
    return slept / (N_WORKERS * (last - first)), last - first


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backends", default=",".join(filter(installed, BACKENDS)))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--asha", action="store_true")
    parser.add_argument("--trials", type=int, default=120, help="under ASHA")
    arguments = parser.parse_args()
    if arguments.asha:
        for seed in range(arguments.repeats):
            for name, do in (("ASHA", asha), ("joblib.Parallel", eight_at_once)):
                share, seconds = busy_share(do, seed, arguments.trials)
                print(
                    f"{name}, {N_WORKERS} loky workers: {share:.1%} of {seconds:.0f} s", flush=True
                )
        return
    for backend in arguments.backends.split(","):
        with two_workers(backend):
            found = {do: [] for do in (search, plain)}
            for seed in range(arguments.repeats):
                for do, runs in found.items():
                    runs.append(measure(seed, do))
        for name, runs in zip(("search", "joblib.Parallel"), found.values(), strict=True):
            shares = " ".join(f"{share:.1%}" for share, _ in runs)
            middle, high = np.percentile(np.concatenate([gaps for _, gaps in runs]), [50, 95])
            print(
                f"{backend}, {name}: utilisation {shares}; gaps: median {middle:.1f} ms, "
                f"95% {high:.1f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
