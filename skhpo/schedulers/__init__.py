"""Schedulers: which trial runs next, and at which resource."""

from ._base import Scheduler, SchedulerRun
from ._full import FullScheduler

__all__ = ["SCHEDULERS", "FullScheduler", "Scheduler", "SchedulerRun"]

SCHEDULERS: dict[str, type[Scheduler]] = {"full": FullScheduler}
