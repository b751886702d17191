"""Executors on every backend, closed after each test."""

import joblib
import pytest

from skhpo.execution import make_executor

BACKENDS = ["loky", "threading", "multiprocessing"]


@pytest.fixture(params=BACKENDS)
def backend(request):
    return request.param


@pytest.fixture(params=["loky", "multiprocessing"])
def processes(request):
    return request.param


@pytest.fixture
def make():
    """``make(backend, **options)`` gives an executor with two workers."""
    opened = []

    def make_one(backend, looks_ahead=False, **options):
        config = joblib.parallel_config(backend=backend, n_jobs=2, **options)
        opened.append((config, make_executor(None, looks_ahead)))
        return opened[-1][1]

    yield make_one
    for config, executor in reversed(opened):
        executor.close(cancel=True)
        config.unregister()
