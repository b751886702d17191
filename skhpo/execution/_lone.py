"""One worker process, for a search whose fits must not run in the caller's."""

import warnings
from typing import Any

from joblib import executor as joblib_executor
from joblib import parallel as joblib_parallel


class UnsupportedBackendError(Exception):
    """The active backend, or this joblib, cannot be driven one batch at a time."""


def lone_backend(nesting_level: int = 0) -> Any:
    """Loky with a single process, where joblib itself would use none."""
    kind: Any = getattr(joblib_parallel, "LokyBackend", object)
    get_executor: Any = getattr(joblib_executor, "get_memmapping_executor", None)
    if get_executor is None or not hasattr(kind, "_prepare_worker_env"):
        raise UnsupportedBackendError("a single worker process")

    class LoneLoky(kind):  # type: ignore[misc]  # joblib ships no types
        def configure(
            self,
            n_jobs: int = 1,
            parallel: Any = None,
            prefer: Any = None,
            require: Any = None,
            **options: Any,
        ) -> int:
            environment = self._prepare_worker_env(n_jobs=1)
            options.pop("idle_worker_timeout", None)
            options = {"env": environment, "context_id": parallel._id, **options}
            self._workers = get_executor(1, **options)
            self.parallel = parallel
            return 1

    return LoneLoky(nesting_level=nesting_level)


def can_isolate() -> bool:
    """Whether this thread may have a worker process, which daemons may not."""
    try:
        backend, _ = joblib_parallel.get_active_backend()
        lone = lone_backend(getattr(backend, "nesting_level", None) or 0)
    except (AttributeError, UnsupportedBackendError):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return int(lone.effective_n_jobs(2)) == 2
