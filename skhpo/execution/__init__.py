"""Where tasks run: in the caller's thread, or on the workers of joblib's active backend."""

import warnings

import joblib

from ..exceptions import SynchronousWarning
from ._base import Executor, Failure, Ticket
from ._interrupt import InterruptWatch
from ._lone import UnsupportedBackendError, can_isolate
from ._parallel import ParallelExecutor
from ._serial import SerialExecutor
from ._synchronous import SynchronousExecutor

__all__ = ["Executor", "Failure", "InterruptWatch", "Ticket", "make_executor"]


def make_executor(
    n_jobs: int | None = None, looks_ahead: bool = False, isolate: bool = False
) -> Executor:
    """Make workers for tasks, on the backend that `joblib.parallel_config` names.

    Parameters
    ----------
    n_jobs : int or None, default=None
        As for `joblib.Parallel`: None is 1 unless `joblib.parallel_config` says otherwise, -1 all
        cores, -2 all but one.
    looks_ahead : bool, default=False
        Whether to accept more tasks than there are workers, so that none of them waits and short
        tasks travel together. For tasks that do not depend on the results of others.
    isolate : bool, default=False
        Whether tasks have limits: one worker alone is a process too, where the system lets this
        one have children, and no task is handed to a process that has not started yet.

    Returns
    -------
    Executor
        One that runs tasks in the caller's thread where there is one worker, unless `isolate`.

    Raises
    ------
    ValueError
        If `n_jobs` is 0.

    Examples
    --------
    >>> from skhpo.execution import make_executor
    >>> executor = make_executor(n_jobs=1)
    >>> ticket = executor.submit(pow, 2, 10)
    >>> executor.next_completed() == (ticket, 1024)
    True
    >>> executor.close()
    """
    n_workers = int(joblib.effective_n_jobs(n_jobs))
    if n_workers == 1 and not (isolate and can_isolate()):
        return SerialExecutor()
    try:
        return ParallelExecutor(n_jobs, n_workers, looks_ahead, isolate)
    except UnsupportedBackendError as error:
        warnings.warn(
            f"joblib {joblib.__version__} with {error} cannot be driven one task at a time; "
            "tasks run in batches, and workers wait for the slowest of a batch.",
            SynchronousWarning,
            stacklevel=2,
        )
        return SynchronousExecutor(n_jobs, n_workers)
