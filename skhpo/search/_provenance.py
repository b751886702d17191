"""What the scores of a search depend on, so that a later one knows whether they are its own."""

import hashlib
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.metrics import make_scorer

from .. import _sklearn
from .._records import Provenance
from ._guide import Guide

CHUNK = 1 << 20  # elements that are read at once
PLAIN = (str, bytes, int, float, bool, type(None))  # whose `repr` says all
SCORER = type(make_scorer(max))  # what scikit-learn makes


def provenance(search: Any, guide: Guide, X: Any, y: Any) -> Provenance:
    """The data and the metric of a search."""
    return Provenance(digest(X), digest(y), _metric(search, guide))


def digest(data: Any) -> str:
    """A hash of arrays, frames, sparse matrices and lists: equal for equal values.

    Parameters
    ----------
    data : array-like or None

    Returns
    -------
    str
        Hexadecimal.
    """
    found = hashlib.blake2b(digest_size=16)
    for part in _parts(data):
        found.update(part)
    return found.hexdigest()


def _parts(data: Any) -> Iterator[bytes]:
    """What is hashed, piece by piece."""
    if hasattr(data, "tocsr"):
        data = data.tocsr(copy=True)
        data.sum_duplicates()
        yield repr(("sparse", data.shape)).encode()
        for part in (data.data, data.indices.astype(np.int64), data.indptr.astype(np.int64)):
            yield from _parts(part)
    elif hasattr(data, "columns") and hasattr(data, "shape"):
        yield repr(("frame", tuple(map(str, data.columns)))).encode()
        take = data.iloc if hasattr(data, "iloc") else data
        for j in range(data.shape[1]):
            yield from _parts(np.asarray(take[:, j]))
    elif isinstance(data, list | tuple):
        yield repr(("sequence", len(data))).encode()
        for item in data:
            yield from _parts(item)
    elif hasattr(data, "__array__"):
        yield from _of_array(np.asarray(data))
    else:
        yield _of_item(data)


def _of_array(array: np.ndarray[Any, Any]) -> Iterator[bytes]:
    yield repr(("array", array.dtype.str, array.shape)).encode()
    n_rows = max(1, CHUNK // max(1, array[:1].size)) if array.ndim else 1
    for start in range(0, len(array) if array.ndim else 1, n_rows):
        rows = array[start : start + n_rows] if array.ndim else array
        if array.dtype.hasobject:
            for item in rows.ravel().tolist():
                yield _of_item(item)
        else:
            yield np.ascontiguousarray(rows).tobytes()


def _of_item(item: Any) -> bytes:
    if isinstance(item, PLAIN):
        return repr(item).encode() + b"\0"
    try:
        return pickle.dumps(item, protocol=5)
    except (pickle.PicklingError, TypeError, AttributeError):  # it says nothing but its type
        return type(item).__qualname__.encode() + b"\0"


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
