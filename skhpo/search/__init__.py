"""The search estimators."""

from ._classic import GridSearchCV, RandomizedSearchCV
from ._search import SearchCV
from ._tpe import TPESearchCV

__all__ = ["GridSearchCV", "RandomizedSearchCV", "SearchCV", "TPESearchCV"]
