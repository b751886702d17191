"""Hyper-parameter search for scikit-learn: change the import, keep the script.

`GridSearchCV` and `RandomizedSearchCV` stand in for scikit-learn's. A star import leaves them out,
so that it never replaces what a script took from scikit-learn.
"""

from . import exceptions, samplers, schedulers, space, stopping
from ._history import History
from ._journal import read_journal
from .search import (
    ASHASearchCV,
    BayesSearchCV,
    BOHBSearchCV,
    CMAESSearchCV,
    DEHBSearchCV,
    EvolutionSearchCV,
    HyperbandSearchCV,
    SearchCV,
    SuccessiveHalvingSearchCV,
    TPESearchCV,
)
from .search import GridSearchCV as GridSearchCV
from .search import RandomizedSearchCV as RandomizedSearchCV
from .space import Categorical, Integer, Ordinal, Real, When

__version__ = "0.1.0"

__all__ = [
    "ASHASearchCV",
    "BOHBSearchCV",
    "BayesSearchCV",
    "CMAESSearchCV",
    "Categorical",
    "DEHBSearchCV",
    "EvolutionSearchCV",
    "History",
    "HyperbandSearchCV",
    "Integer",
    "Ordinal",
    "Real",
    "SearchCV",
    "SuccessiveHalvingSearchCV",
    "TPESearchCV",
    "When",
    "exceptions",
    "read_journal",
    "samplers",
    "schedulers",
    "space",
    "stopping",
]
