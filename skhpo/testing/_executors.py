"""What every executor must do."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..execution import Executor, Failure


def check_executor(make: Callable[[], Executor]) -> None:
    """Check that an executor runs each task once and returns failures as values.

    Parameters
    ----------
    make : callable
        Called without arguments; returns a new executor. It is called several times, and what it
        returned is closed before the next call.

    Raises
    ------
    AssertionError
        If the executor breaks its protocol.

    Examples
    --------
    >>> from skhpo.execution import make_executor
    >>> from skhpo.testing import check_executor
    >>> check_executor(lambda: make_executor(1))
    """
    for check in (_check_idle, _check_each_once, _check_failures, _check_cancel):
        executor = make()
        try:
            check(executor)
        finally:
            executor.close()
            executor.close()  # a second time changes nothing


def _check_idle(executor: Executor) -> None:
    assert isinstance(executor, Executor), f"{executor!r} lacks a part of the protocol"
    assert executor.n_workers >= 1
    assert executor.n_free >= 1, "a new executor must take a task"
    assert executor.next_completed(timeout=0.0) is None, "nothing is in flight"
    assert executor.next_completed() is None, "nothing is in flight, whatever the timeout"


def _check_each_once(executor: Executor) -> None:
    shared = (np.arange(5.0), {"text": "shared"})
    tasks = list(range(23))
    expected: dict[int, int] = {}
    got: dict[int, Any] = {}
    while tasks or len(got) < len(expected):
        while tasks and executor.n_free > 0:
            n_free = executor.n_free
            task = tasks.pop(0)
            ticket = executor.submit(_square, task, *shared)
            assert ticket not in expected, f"ticket {ticket} was given twice"
            assert executor.n_free < n_free, "a task that was submitted takes a place"
            expected[ticket] = task
        done = executor.next_completed(timeout=60.0)
        assert done is not None, "a task was lost"
        ticket, value = done
        assert ticket in expected, f"ticket {ticket} was never given"
        assert ticket not in got, f"ticket {ticket} came back twice"
        got[ticket] = value
    for ticket, task in expected.items():
        assert got[ticket] == (task**2, 10.0, "shared"), f"task {task} gave {got[ticket]!r}"
    assert executor.next_completed(timeout=0.0) is None, "everything had come back"


def _check_failures(executor: Executor) -> None:
    for function, kind in ((_fail, "ValueError"), (_fail_unpicklably, "UnpicklableError")):
        executor.submit(function, "task")
        done = executor.next_completed(timeout=60.0)
        assert done is not None, "a task that raised was lost"
        failure = done[1]
        assert isinstance(failure, Failure), f"an exception is a value, got {failure!r}"
        assert failure.kind == kind, f"expected kind {kind}, got {failure!r}"
        assert "wrong with task" in failure.message
        assert function.__name__ in failure.traceback
        assert not failure.infrastructure, "the task's own code failed"
    ticket = executor.submit(_square, 3, np.zeros(1), {"text": ""})
    done = executor.next_completed(timeout=60.0)
    assert done == (ticket, (9, 0.0, "")), "the executor must go on after a failure"


def _check_cancel(executor: Executor) -> None:
    n_free = executor.n_free
    for _ in range(n_free):
        executor.submit(time.sleep, 0.5)
    executor.next_completed(timeout=0.1)
    executor.close(cancel=True)


def _square(task: int, numbers: Any, words: dict[str, str]) -> tuple[int, float, str]:
    return task**2, float(numbers.sum()), words["text"]


def _fail(task: str) -> None:
    raise ValueError(f"wrong with {task}")


class UnpicklableError(Exception):
    """An error that cannot leave its process."""

    def __reduce__(self) -> Any:
        raise TypeError("this error cannot be pickled")


def _fail_unpicklably(task: str) -> None:
    raise UnpicklableError(f"wrong with {task}")
