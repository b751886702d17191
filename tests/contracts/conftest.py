"""What scikit-learn's own tests expect of the configuration that they run under."""

import pytest


def pytest_configure(config):
    config.addinivalue_line("markers", "thread_unsafe: scikit-learn's, for its threaded runs")


@pytest.fixture
def global_random_seed():
    return 42
