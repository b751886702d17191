"""Evaluation: a job's folds are fitted and scored, here or on workers."""

from ._data import Data, Subsets, make_subsets
from ._objective import Environment, FoldObjective
from ._racing import RULES, Racer
from ._report import Lines
from ._runner import Runner

__all__ = [
    "Data",
    "Environment",
    "FoldObjective",
    "Lines",
    "RULES",
    "Racer",
    "Runner",
    "Subsets",
    "make_subsets",
]
