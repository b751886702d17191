"""Evaluation: a job's folds are fitted and scored, here or on workers."""

from ._objective import Environment, FoldObjective
from ._report import Lines
from ._runner import Data, Runner

__all__ = ["Data", "Environment", "FoldObjective", "Lines", "Runner"]
