"""Schedulers: which trial runs next, and at which resource."""

from ._asha import ASHAScheduler
from ._async_hyperband import AsyncHyperbandScheduler
from ._base import Scheduler, SchedulerRun
from ._full import FullScheduler
from ._halving import SuccessiveHalvingScheduler
from ._hyperband import HyperbandScheduler, HyperbandTable, bracket_probabilities
from ._pasha import PASHAScheduler
from ._stopping import ASHAStoppingScheduler, MedianStoppingScheduler

__all__ = [
    "SCHEDULERS",
    "ASHAScheduler",
    "ASHAStoppingScheduler",
    "AsyncHyperbandScheduler",
    "FullScheduler",
    "HyperbandScheduler",
    "HyperbandTable",
    "MedianStoppingScheduler",
    "PASHAScheduler",
    "Scheduler",
    "SchedulerRun",
    "SuccessiveHalvingScheduler",
    "bracket_probabilities",
]

SCHEDULERS: dict[str, type[Scheduler]] = {
    "full": FullScheduler,
    "halving": SuccessiveHalvingScheduler,
    "hyperband": HyperbandScheduler,
    "asha": ASHAScheduler,
    "asha-stopping": ASHAStoppingScheduler,
    "async-hyperband": AsyncHyperbandScheduler,
    "pasha": PASHAScheduler,
    "median": MedianStoppingScheduler,
}
