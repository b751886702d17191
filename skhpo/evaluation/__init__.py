"""Evaluation: a job's folds are fitted and scored, here or on workers."""

from ._data import Data, Subsets, make_subsets
from ._limits import Limits, can_limit_memory
from ._objective import Environment, FoldObjective
from ._racing import RULES, Racer
from ._report import Lines
from ._runner import Runner

__all__ = [
    "Data",
    "Environment",
    "FoldObjective",
    "Limits",
    "Lines",
    "RULES",
    "Racer",
    "Runner",
    "Subsets",
    "can_limit_memory",
    "make_subsets",
]
