"""The search estimators."""

from ._bayes import BayesSearchCV
from ._classic import GridSearchCV, RandomizedSearchCV
from ._search import SearchCV
from ._tpe import TPESearchCV

__all__ = ["BayesSearchCV", "GridSearchCV", "RandomizedSearchCV", "SearchCV", "TPESearchCV"]
