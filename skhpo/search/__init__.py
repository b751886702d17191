"""The search estimators."""

from ._asha import ASHASearchCV
from ._bohb import BOHBSearchCV
from ._classic import GridSearchCV, RandomizedSearchCV
from ._dehb import DEHBSearchCV
from ._halving import SuccessiveHalvingSearchCV
from ._hyperband import HyperbandSearchCV
from ._search import SearchCV
from ._tpe import TPESearchCV

__all__ = [
    "ASHASearchCV",
    "BOHBSearchCV",
    "DEHBSearchCV",
    "GridSearchCV",
    "HyperbandSearchCV",
    "RandomizedSearchCV",
    "SearchCV",
    "SuccessiveHalvingSearchCV",
    "TPESearchCV",
]
