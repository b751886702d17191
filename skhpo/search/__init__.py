"""The search estimators."""

from ._bayes import BayesSearchCV
from ._classic import GridSearchCV, RandomizedSearchCV
from ._cmaes import CMAESSearchCV
from ._evolution import EvolutionSearchCV
from ._search import SearchCV
from ._tpe import TPESearchCV

__all__ = [
    "BayesSearchCV",
    "CMAESSearchCV",
    "EvolutionSearchCV",
    "GridSearchCV",
    "RandomizedSearchCV",
    "SearchCV",
    "TPESearchCV",
]
