"""What the scores of a search depend on, so that a later one knows whether they are its own."""

from typing import Any

from sklearn.metrics import make_scorer

from .. import _sklearn
from .._journal import fingerprint
from .._records import Provenance
from ._guide import Guide

SCORER = type(make_scorer(max))  # what scikit-learn makes


def provenance(search: Any, guide: Guide, X: Any, y: Any) -> Provenance:
    """The data and the metric of a search."""
    return Provenance(fingerprint(X), fingerprint(y), _metric(search, guide))


def _metric(search: Any, guide: Guide) -> str:
    """The name of the metric that guides the search, whatever the user called it."""
    scoring, name = search.scoring, guide.objective
    names = _sklearn.metric_names(guide.scorer)
    if names:
        name = name or names[0]
        return _name(scoring[name]) if isinstance(scoring, dict) else name
    if callable(scoring) and name is not None:
        return f"{_name(scoring)}[{name!r}]"
    return _name(scoring)


def _name(scoring: Any) -> str:
    if scoring is None:
        return "score"
    if isinstance(scoring, str):
        return scoring
    if isinstance(scoring, SCORER):
        return repr(scoring)
    return getattr(scoring, "__qualname__", None) or type(scoring).__qualname__
