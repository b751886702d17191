"""The search classes whose trials climb rungs."""

from skhpo import (
    ASHASearchCV,
    BOHBSearchCV,
    DEHBSearchCV,
    HyperbandSearchCV,
    SuccessiveHalvingSearchCV,
)

CLASSES = [
    ASHASearchCV,
    BOHBSearchCV,
    DEHBSearchCV,
    HyperbandSearchCV,
    SuccessiveHalvingSearchCV,
]
