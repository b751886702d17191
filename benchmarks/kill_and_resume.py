"""Searches killed by SIGKILL at random moments, and resumed from their journals.

For each search: a reference runs to its end without a journal; the same search with a journal is
killed, maybe more than once, and resumed until it ends. Counted are finished jobs that were lost,
finished jobs that were run again, and sequential searches that differ from their reference.

Run with ``python benchmarks/kill_and_resume.py [--n 200]``.
"""

import argparse
import json
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from skhpo import (
    ASHASearchCV,
    BayesSearchCV,
    CMAESSearchCV,
    Real,
    TPESearchCV,
    read_journal,
)

X = np.arange(24.0).reshape(12, 2)
y = np.arange(12) % 2
SPACE = {"a": Real(0.1, 10, log=True), "b": Real(0, 1), "c": [1, 2, 3, 5, 8]}
PAUSE = 0.002  # seconds of a fit
SHARE_OF_PROCESSES = 5  # one ASHA search in so many runs on processes, the others on threads
LOG = "fits.log"


class Logged(ClassifierMixin, BaseEstimator):
    """Costs next to nothing, and writes down every fit in one system call."""

    def __init__(self, a=1.0, b=0.5, c=1, size=9, log=None):
        self.a = a
        self.b = b
        self.c = c
        self.size = size
        self.log = log

    def fit(self, X, y):
        if os.environ.get(LOG):
            line = json.dumps([os.environ["SESSION"], self.a, self.b, self.c, self.size])
            fd = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(fd, f"{line}\n".encode())
            os.close(fd)
        time.sleep(PAUSE)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        error = (np.log(self.a) - 1) ** 2 + (self.b - 0.3) ** 2 + 0.01 * self.c + 1 / self.size
        return float(1e-4 * X.sum() - error)


def search(kind, seed, folder=None):
    """A search of each kind, with enough trials to be past its start."""
    shared = {"cv": 2, "random_state": seed, "journal": folder, "refit": False}
    if kind == "TPE":
        return TPESearchCV(Logged(), SPACE, n_iter=25, **shared)
    if kind == "GP":
        return BayesSearchCV(Logged(), SPACE, n_iter=14, **shared)
    if kind == "CMA-ES":
        return CMAESSearchCV(Logged(), SPACE, n_iter=30, **shared)
    limits = {"resource": "size", "min_resources": 1, "max_resources": 9}
    return ASHASearchCV(Logged(), SPACE, n_iter=25, n_jobs=2, **limits, **shared)


def table(results):
    """What must agree: parameters, resources and scores."""
    scores = {key: list(value) for key, value in results.items() if "test_score" in key}
    return results["params"], {key: value for key, value in scores.items() if "rank" not in key}


def run(kind, seed, folder, session, backend):
    """Start a search in a process group of its own; returns its process id at once."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    code = 1
    try:
        os.environ["SESSION"] = str(session)
        if folder is not None:
            os.environ[LOG] = str(folder / LOG)
        with joblib.parallel_config(backend=backend):
            found = search(kind, seed, None if folder is None else folder / "journal").fit(X, y)
        if folder is not None:
            (folder / "done.pkl").write_bytes(pickle.dumps(table(found.cv_results_)))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def wait(pid, seconds=None):
    """The exit code of a process; None if it still runs after `seconds`."""
    end = time.monotonic() + (seconds if seconds is not None else 600)
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    return None


def kill(pid):
    try:
        os.killpg(pid, signal.SIGKILL)  # its workers, too
    except ProcessLookupError:  # it has no group yet
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def finished(folder):
    """{parameters: score} of the jobs whose lines are complete."""
    if not list((folder / "journal").glob("*.jsonl")):
        return {}
    results = read_journal(folder / "journal").cv_results
    if not results:
        return {}
    return dict(zip(map(key, results["params"]), results["mean_test_score"], strict=True))


def key(params):
    return params["a"], params["b"], params["c"], params.get("size", 9)


def fitted(folder, session):
    """Parameters of the fits of one session."""
    path = folder / LOG
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return {tuple(line[1:]) for line in lines if line[0] == str(session)}


def trial(kind, seed, backend, seconds, reference, rng):
    """Kill and resume one search; None if it ended before it could be killed."""
    folder = Path(tempfile.mkdtemp(prefix="kill_and_resume_"))
    lost = twice = session = 0
    jobs = []
    try:
        for _ in range(1 + (rng.random() < 0.3)):
            before = finished(folder)
            pid = run(kind, seed, folder, session, backend)
            code = wait(pid, rng.uniform(0, seconds * (1 - 0.5 * (session > 0))))
            if code is not None:
                if code:
                    raise RuntimeError(f"{kind} {seed} failed")
                break
            kill(pid)
            after = finished(folder)
            lost += sum(after.get(name) != score for name, score in before.items())
            twice += len(fitted(folder, session) & before.keys())
            jobs.append(len(after))
            session += 1
        if not session:
            return None
        if not (folder / "done.pkl").exists():
            before = finished(folder)
            if wait(run(kind, seed, folder, session, backend)) != 0:
                raise RuntimeError(f"{kind} {seed} could not be resumed: see {folder}")
            twice += len(fitted(folder, session) & before.keys())
        params, scores = pickle.loads((folder / "done.pkl").read_bytes())
        final = dict(zip(map(key, params), scores["mean_test_score"], strict=True))
        lost += sum(final.get(name) != score for name, score in before.items())
        same = kind == "ASHA" or (params, scores) == reference
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"lost": lost, "twice": twice, "differ": int(not same), "kills": session, "jobs": jobs}


def references(kind, seeds):
    """What each seed finds without a journal, and how long it takes with one."""
    found = {}
    for seed in seeds:
        folder = Path(tempfile.mkdtemp(prefix="kill_and_resume_"))
        start = time.monotonic()
        if wait(run(kind, seed, folder, 0, "threading")) != 0:
            raise RuntimeError(f"{kind} {seed} failed")
        seconds = time.monotonic() - start
        shutil.rmtree(folder)
        uninterrupted = table(search(kind, seed).fit(X, y).cv_results_) if kind != "ASHA" else None
        found[seed] = uninterrupted, seconds
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=200, help="searches, a quarter of each kind")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    titles = f"{'searches':>9}{'kills':>7}{'done at kill':>14}{'lost':>6}{'twice':>7}{'differ':>8}"
    print(f"{'search':12}{titles}", flush=True)
    total = 0
    for kind in ("TPE", "GP", "CMA-ES", "ASHA"):
        known = references(kind, range(3))
        rows = []
        while len(rows) < arguments.n // 4:
            seed = rng.randrange(3)
            reference, seconds = known[seed]
            processes = kind == "ASHA" and len(rows) % SHARE_OF_PROCESSES == 0
            backend = "loky" if processes else "threading"
            row = trial(kind, seed, backend, seconds * (1 + 6 * processes), reference, rng)
            if row is not None:
                rows.append(row)
        jobs = [n for row in rows for n in row["jobs"]]
        sums = {
            name: sum(row[name] for row in rows) for name in ("kills", "lost", "twice", "differ")
        }
        spread = f"{min(jobs)}-{max(jobs)}, {np.mean(jobs):.1f}"
        differ = "-" if kind == "ASHA" else sums["differ"]
        counts = f"{len(rows):9}{sums['kills']:7}{spread:>14}{sums['lost']:6}{sums['twice']:7}"
        print(f"{kind:12}{counts}{differ:>8}", flush=True)
        total += sums["lost"] + sums["twice"] + sums["differ"]
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
