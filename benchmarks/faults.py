"""What becomes of a search when something goes wrong: every fault on every backend, as a table.

    python benchmarks/faults.py --backends loky,threading --faults exit,hang --out faults.jsonl

A search of six trials with two folds each, on two workers; its third trial is the bad one. A cell
says how the search ended, how many of the five other trials it kept, and the seconds it took. No
cell may take longer than two minutes.
"""

import argparse
import ctypes
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
from clusters import BACKENDS, installed, two_workers
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold

from skhpo import SearchCV
from skhpo.exceptions import JournalWarning

LIMIT = 120.0  # seconds for a cell
START = 180.0  # seconds for a backend to start
BAD = 2
FAULTS = {
    "exception": "fit raises",
    "picky": "fit raises what cannot be pickled",
    "result": "a score that cannot be pickled",
    "scorer": "the scorer raises",
    "splitter": "the splitter raises",
    "exit": "worker calls os._exit",
    "kill": "worker gets SIGKILL",
    "segfault": "worker: segmentation fault",
    "memory": "out of memory, RLIMIT_AS",
    "trial_memory": "trial_memory=200 MB",
    "sleep": "fit never returns, trial_timeout=3",
    "hang": "the same, in C code",
    "timeout": "fit never returns, timeout=6",
    "pool": "all workers get SIGKILL",
    "interrupt": "Ctrl-C",
    "disk": "a full disk under the journal",
}
# threads share the process: what ends a worker ends the script, and nobody can do better
CLUSTERS = ("dask", "ray")
FATAL_IN_THREADS = ("exit", "kill", "segfault", "pool", "memory")


class PickyError(Exception):
    def __reduce__(self):
        raise TypeError("this error cannot be pickled")


class OddNumber(float):
    def __reduce__(self):
        raise TypeError("this number cannot be pickled")


class Faulty(ClassifierMixin, BaseEstimator):
    def __init__(self, a=0, fault=None):
        self.a = a
        self.fault = fault

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        time.sleep(0.2)
        if self.a == BAD and hasattr(self, f"_{self.fault}"):
            getattr(self, f"_{self.fault}")()
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        if self.a == BAD and self.fault == "scorer":
            raise RuntimeError("no score")
        odd = self.a == BAD and self.fault == "result"
        return (OddNumber if odd else float)(self.a / 10)

    def _exception(self):
        raise RuntimeError("no fit")

    def _picky(self):
        raise PickyError("no fit")

    def _exit(self):
        os._exit(3)

    def _kill(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def _segfault(self):
        ctypes.string_at(0)

    def _memory(self):
        before = resource.getrlimit(resource.RLIMIT_AS)
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + (1 << 26), before[1]))
        try:
            np.ones(1 << 29, dtype=np.uint8)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)

    def _trial_memory(self):
        np.ones(1 << 29, dtype=np.uint8)

    def _sleep(self):
        time.sleep(3600.0 if threading.current_thread() is threading.main_thread() else 20.0)

    _timeout = _sleep

    def _hang(self):
        held = threading.current_thread() is threading.main_thread()
        (ctypes.PyDLL if held else ctypes.CDLL)(None).sleep(3600 if held else 20)

    def _pool(self):
        ours = "ray::" if "ray" in sys.modules else ""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
                command = (stat.parent / "cmdline").read_text()
            except OSError:
                continue
            sibling = parent == os.getppid() and int(stat.parent.name) != os.getpid()
            helper = "tracker" in command or "Agent" in command  # no workers
            if sibling and ours in command and not helper:
                os.kill(int(stat.parent.name), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


class BadFolds(StratifiedKFold):
    def split(self, X, y=None, groups=None):
        raise RuntimeError("no folds")


def cell(fault):
    """How a search with this fault ends, on workers that are warm."""
    options = {
        "sleep": {"trial_timeout": 3.0},
        "hang": {"trial_timeout": 3.0},
        "timeout": {"timeout": 6.0},
        "trial_memory": {"trial_memory": 200_000_000},
    }.get(fault, {})
    cv = BadFolds(2) if fault == "splitter" else StratifiedKFold(2)
    search = SearchCV(Faulty(fault=fault), {"a": list(range(6))}, sampler="grid", n_iter=6, cv=cv)
    search.set_params(n_jobs=2, refit=False, **options)
    X, y = np.zeros((20, 2)), np.arange(20) % 2
    joblib.Parallel(n_jobs=2)(joblib.delayed(len)("ab") for _ in range(4))
    if fault == "interrupt":
        search.set_params(param_distributions={"a": list(range(100, 160))}, n_iter=60)
        seconds = 8.0 if "ray" in sys.modules else 2.0  # its workers start with the search
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()
    start, ended = time.monotonic(), ""
    with warnings.catch_warnings(record=True) as caught, ExitStack() as stack:
        if fault == "disk":
            folder = stack.enter_context(TemporaryDirectory())
            search.set_params(journal=folder, random_state=0)
            stack.enter_context(files_end_at(3_000))
        try:
            search.fit(X, y)
        except BaseException as error:
            if isinstance(error, TooLong):
                raise
            ended = f"raises {type(error).__name__}"
    if any(issubclass(warning.category, JournalWarning) for warning in caught):
        ended = "goes on without it, warns"
    seconds = time.monotonic() - start
    kept, bad = 0, ""
    if hasattr(search, "history_"):
        status, trials = search.history_.trials["status"], search.cv_results_["params"]
        kept = sum(s == "complete" and p["a"] != BAD for s, p in zip(status, trials, strict=True))
        bad = ",".join(s for s, p in zip(status, trials, strict=True) if p["a"] == BAD) or "no row"
        others = Counter(s for s in status if s != "complete")
        bad = bad if fault != "interrupt" else f"{others['cancelled']} cancelled"
    return {"fault": fault, "kept": kept, "bad": bad, "ended": ended, "seconds": seconds}


@contextmanager
def files_end_at(size):
    """No file of this process grows beyond some bytes: what a full disk does, but to it alone."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class TooLong(BaseException):
    """A cell took longer than `LIMIT`; nothing that a search catches."""


def child(backend, faults):
    def too_long(number, frame):
        raise TooLong

    signal.signal(signal.SIGALRM, too_long)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
    with two_workers(backend):
        print(json.dumps({"up": True}), flush=True)
        for fault in faults:
            signal.alarm(int(LIMIT))
            try:
                row = cell(fault)
            except TooLong:
                row = {"fault": fault, "ended": "does not end", "seconds": LIMIT}
            signal.alarm(0)
            print(json.dumps(row), flush=True)


def run(backend, faults):
    """The rows of a backend; a process that does not answer is killed, and another goes on.

    Clusters are started anew for each fault: what one did to their workers is not the next one's.
    """
    if backend in CLUSTERS and len(faults) > 1:
        for fault in faults:
            yield from run(backend, [fault])
        return
    faults = list(faults)
    while faults:
        command = [sys.executable, __file__, "--child", backend, "--faults", ",".join(faults)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:
            limit = START
            while faults:
                line = read_line(process.stdout, limit)
                if not line:
                    break
                if not line.startswith(b"{"):  # ray's own words
                    continue
                row = json.loads(line)
                limit = LIMIT + 20.0
                if "up" not in row:
                    faults.remove(row["fault"])
                    yield row
            else:
                read_line(process.stdout, 30.0)  # it ends by itself
            if faults:
                yield {"fault": faults.pop(0), "ended": "process lost", "seconds": LIMIT}
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def read_line(stream, seconds):
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return stream.readline() if selector.select(seconds) else b""


def describe(row):
    if row is None:
        return "-"
    if "kept" not in row:
        return row["ended"]
    parts = [row["ended"], row["bad"], f"{row['kept']} kept", f"{row['seconds']:.1f} s"]
    return ", ".join(filter(None, parts))


def report(rows, backends, faults):
    found = {(row["backend"], row["fault"]): row for row in rows}
    for backend in backends:
        for fault in FATAL_IN_THREADS if backend == "threading" else ():
            found[backend, fault] = {"ended": "ends the script: a thread is no process"}
    table = [["", *backends]]
    for fault in faults:
        table.append([FAULTS[fault], *(describe(found.get((b, fault))) for b in backends)])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backends", default=",".join(filter(installed, BACKENDS)))
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--child")
    arguments = parser.parse_args()
    faults, backends = arguments.faults.split(","), arguments.backends.split(",")
    if arguments.child:
        child(arguments.child, faults)
        return
    rows = []
    for backend in backends:
        skipped = FATAL_IN_THREADS if backend == "threading" else ()
        for row in run(backend, [fault for fault in faults if fault not in skipped]):
            rows.append({"backend": backend, **row})
            print(
                f"{backend}: {FAULTS[row['fault']]}: {describe(row)}", file=sys.stderr, flush=True
            )
            if arguments.out:
                with arguments.out.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
    report(rows, backends, faults)


if __name__ == "__main__":
    main()
