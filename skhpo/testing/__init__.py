"""Checks that every sampler, scheduler and executor must pass, for whoever writes one.

They raise `AssertionError` and need no test runner.
"""

from ._executors import check_executor
from ._samplers import check_sampler
from ._schedulers import check_scheduler
from ._spaces import spaces

__all__ = ["check_executor", "check_sampler", "check_scheduler", "spaces"]
