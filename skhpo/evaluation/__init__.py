"""Evaluation: a job's folds are fitted and scored, here or on workers."""

from ._data import Data, Subsets, make_subsets
from ._objective import Environment, FoldObjective
from ._racing import RULES, Racer
from ._recording import RecordingRunner
from ._report import Lines
from ._runner import Runner

__all__ = [
    "Data",
    "Environment",
    "FoldObjective",
    "Lines",
    "RULES",
    "Racer",
    "RecordingRunner",
    "Runner",
    "Subsets",
    "make_subsets",
]
