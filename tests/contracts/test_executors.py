"""Every executor keeps its promises."""

import pytest

from skhpo.testing import check_executor

from .registry import EXECUTORS


@pytest.mark.parametrize("name", EXECUTORS)
def test_executor(name):
    check_executor(EXECUTORS[name])
