"""Clocks of jobs and folds, and the limits that a process keeps itself."""

import signal
import sys
import threading
import time

import numpy as np
import pytest

from skhpo.evaluation import _limits
from skhpo.evaluation._limits import Clock, Limits, TimeIsUp, limited


@pytest.fixture
def now(monkeypatch):
    """A clock that is set by hand."""
    times = [100.0]
    monkeypatch.setattr(_limits.time, "monotonic", lambda: times[0])
    return times


def test_a_job_has_its_time_from_its_first_fold_on(now):
    clock = Clock(10.0)
    assert clock.left(7) == 10.0
    now[0] += 50.0  # a worker starts
    assert clock.left(7) == 10.0
    clock.begin(0, 7, 10.0)
    now[0] += 4.0
    assert clock.left(7) == 6.0
    assert clock.left(8) == 10.0
    assert Clock(None).left(7) is None


def test_a_fold_is_late_once_and_only_after_the_grace(now):
    clock, sent = Clock(10.0), {0: 100.0}
    clock.begin(0, 7, 10.0)
    now[0] += 10.0 + _limits.GRACE
    assert clock.overdue(sent.get) == []
    now[0] += 0.1
    assert clock.overdue(sent.get) == [0]
    assert clock.overdue(sent.get) == []
    assert clock.end(0) == pytest.approx(10.1 + _limits.GRACE)
    clock.begin(1, 7, 0.0)
    assert clock.end(1) is None


def test_a_fold_that_is_run_again_has_its_time_again(now):
    clock, sent = Clock(10.0), {0: None}
    clock.begin(0, 7, 10.0)
    now[0] += 100.0
    assert clock.overdue(sent.get) == []  # held back
    sent[0] = now[0]
    assert clock.overdue(sent.get) == []
    assert clock.left(7) == 10.0
    now[0] += 10.1 + _limits.GRACE
    assert clock.overdue(sent.get) == [0]


def test_without_a_limit_nobody_is_late(now):
    clock = Clock(None)
    clock.begin(0, 7, None)
    now[0] += 1e9
    assert clock.overdue(lambda ticket: 100.0) == []
    assert clock.end(0) is None
    assert not Limits()
    assert Limits(seconds=1.0) and Limits(memory=1)


@pytest.mark.skipif(sys.platform == "win32", reason="timers are POSIX")
def test_the_timer_ends_python_code_and_leaves_nothing_behind():
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimeIsUp), limited(0.05, None):
        time.sleep(60.0)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_memory_is_limited_for_a_while():
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    with limited(None, 50_000_000):
        with pytest.raises(MemoryError):
            np.empty(200_000_000, dtype=np.uint8)
        np.empty(20_000_000, dtype=np.uint8)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    np.empty(200_000_000, dtype=np.uint8)


def test_other_threads_are_left_alone():
    seen = []

    def work():
        with limited(0.01, 1):
            time.sleep(0.05)
            seen.append(len(np.empty(10_000_000)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [10_000_000]
