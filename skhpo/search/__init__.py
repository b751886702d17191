"""The search estimators."""

from ._asha import ASHASearchCV
from ._bayes import BayesSearchCV
from ._bohb import BOHBSearchCV
from ._classic import GridSearchCV, RandomizedSearchCV
from ._cmaes import CMAESSearchCV
from ._dehb import DEHBSearchCV
from ._evolution import EvolutionSearchCV
from ._halving import SuccessiveHalvingSearchCV
from ._hyperband import HyperbandSearchCV
from ._search import SearchCV
from ._tpe import TPESearchCV

__all__ = [
    "ASHASearchCV",
    "BOHBSearchCV",
    "BayesSearchCV",
    "CMAESSearchCV",
    "DEHBSearchCV",
    "EvolutionSearchCV",
    "GridSearchCV",
    "HyperbandSearchCV",
    "RandomizedSearchCV",
    "SearchCV",
    "SuccessiveHalvingSearchCV",
    "TPESearchCV",
]
