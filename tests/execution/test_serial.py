"""One task at a time, where the caller is."""

import pytest

from skhpo.execution import Failure, make_executor

from . import tasks


@pytest.fixture
def executor():
    executor = make_executor(1)
    yield executor
    executor.close(cancel=True)


def test_runs_where_the_result_is_asked_for(executor):
    done = []
    executor.submit(done.append, 1)
    assert done == []
    executor.next_completed()
    assert done == [1]
    assert tasks.run(executor, tasks.where, [0]) == [tasks.where(0)]


def test_holds_one_task(executor):
    assert (executor.n_workers, executor.n_free) == (1, 1)
    executor.submit(abs, -1)
    assert executor.n_free == 0
    with pytest.raises(RuntimeError, match="next_completed first"):
        executor.submit(abs, -2)
    assert executor.next_completed(timeout=0.0) == (0, 1)
    assert executor.n_free == 1
    assert executor.next_completed() is None


def test_an_exception_is_a_value_and_keeps_its_traceback(executor):
    (failure,) = tasks.run(executor, tasks.fail, ["bread"])
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, KeyError)
    assert failure.error.__traceback__ is not None
    assert (failure.kind, failure.message) == ("KeyError", "'no bread'")
    assert "in fail" in failure.traceback
    assert not failure.infrastructure


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_passes_through(executor, error):
    def interrupt(task):
        raise error

    executor.submit(interrupt, None)
    with pytest.raises(error):
        executor.next_completed()
    assert executor.n_free == 1


@pytest.mark.parametrize(("cancel", "expected"), [(False, [1]), (True, [])])
def test_close_runs_or_forgets_the_task(cancel, expected):
    done, executor = [], make_executor(1)
    executor.submit(done.append, 1)
    executor.close(cancel=cancel)
    assert done == expected
