"""Evaluation: a job's folds are fitted and scored, here or on workers."""

from ._boosters import rounds_of
from ._continuation import Continuation
from ._data import Data, Subsets, follow_in_time, make_subsets
from ._early_stopping import find_booster
from ._holdout import HoldOut
from ._limits import Limits, can_limit_memory
from ._models import Models
from ._objective import Environment, FoldObjective
from ._racing import RULES, Racer
from ._report import Lines
from ._runner import Runner

__all__ = [
    "Continuation",
    "Data",
    "Environment",
    "FoldObjective",
    "HoldOut",
    "Limits",
    "Lines",
    "Models",
    "RULES",
    "Racer",
    "Runner",
    "Subsets",
    "can_limit_memory",
    "find_booster",
    "follow_in_time",
    "make_subsets",
    "rounds_of",
]
