"""Results of earlier searches, in whatever form the user has them, as one kind of row."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _sklearn
from .._history import History, as_whole
from .._typing import Params, Status
from ..space._values import same

FORMS = (
    "history_ of a fitted search, its cv_results_, or a list of pairs (parameters, score); "
    "scores are greater-is-better"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A configuration and its result.

    Attributes
    ----------
    params : dict
    loss : float
        NaN where it failed.
    share : float
        Of the full resource.
    status : str
    cost : float
        Seconds.
    trial : int
        Its number in the source: rows of one trial differ in `share`.
    """

    params: Params
    loss: float
    share: float
    status: Status
    cost: float
    trial: int


def read(source: Any, metric: str | None) -> list[Row]:
    """The rows of `warm_start_from`, oldest first.

    Parameters
    ----------
    source : History, dict or list of tuple
    metric : str or None
        The name behind ``mean_test_`` in a table of several metrics.

    Returns
    -------
    list of Row

    Raises
    ------
    TypeError
        If `source` is none of these, above all a search.
    ValueError
        If a table has no such metric, or a list holds something else.
    """
    if isinstance(source, History):
        return _of_history(source)
    if isinstance(source, Mapping):
        return _of_table(source, metric)
    if isinstance(source, _sklearn.BaseSearchCV):
        name = type(source).__name__
        raise TypeError(
            f"warm_start_from must be results, not a search, which would lose them when it is "
            f"cloned; pass history_ (or cv_results_) of the fitted {name}."
        )
    if isinstance(source, Sequence) and not isinstance(source, str | bytes):
        return [_of_pair(i, pair) for i, pair in enumerate(source)]
    raise TypeError(f"warm_start_from must be {FORMS}; got {source!r}.")


def _of_history(history: History) -> list[Row]:
    full = history.full_resource
    return [
        Row(
            result.job.proposal.params,
            result.loss,
            resource / full,
            result.status,
            cost,
            result.job.slot.trial or 0,
        )
        for result in history.results
        if result.status != "cancelled"
        for resource, cost in [as_whole(result)]
    ]


def _of_table(table: Mapping[str, Any], metric: str | None) -> list[Row]:
    key = _column(table, metric)
    params = list(table["params"])
    resource = np.asarray(table.get("n_resources", np.ones(len(params))), dtype=float)
    loss = -np.asarray(table[key], dtype=float)
    seconds = [np.asarray(table.get(f"mean_{name}_time", 0.0)) for name in ("fit", "score")]
    cost = np.broadcast_to(seconds[0] + seconds[1], (len(params),))
    share = resource / resource.max() if len(resource) else resource
    several = bool(np.any(share < 1.0))  # rows of a trial
    return [
        Row(
            params[i],
            float(loss[i]),
            float(share[i]),
            "complete" if math.isfinite(loss[i]) else "failed",
            float(cost[i]),
            next(k for k in range(i + 1) if same(params[k], params[i])) if several else i,
        )
        for i in range(len(params))
    ]


def _column(table: Mapping[str, Any], metric: str | None) -> str:
    """The column of the metric: its own, or the only one."""
    columns = [key for key in table if str(key).startswith("mean_test_")]
    for name in (f"mean_test_{metric}", "mean_test_score"):
        if name in columns:
            return name
    if "params" not in table or not columns:
        raise ValueError(
            "warm_start_from is a dict without the keys 'params' and 'mean_test_score'; pass "
            f"{FORMS}."
        )
    if len(columns) > 1 or metric is not None:
        raise ValueError(
            f"warm_start_from has the columns {columns}, but none for the metric {metric!r} that "
            "guides this search; set objective, or pass a list of pairs (parameters, score)."
        )
    return columns[0]


def _of_pair(i: int, pair: Any) -> Row:
    is_pair = isinstance(pair, tuple | list) and len(pair) == 2
    if not is_pair or not isinstance(pair[0], Mapping):
        raise ValueError(
            f"warm_start_from[{i}] must be a pair (parameters, score), a dict and a number; got "
            f"{pair!r}."
        )
    try:
        loss = -float(pair[1])
    except (TypeError, ValueError):
        raise ValueError(
            f"warm_start_from[{i}] has the score {pair[1]!r}, which is no number."
        ) from None
    status: Status = "complete" if math.isfinite(loss) else "failed"
    return Row(dict(pair[0]), loss, 1.0, status, 0.0, i)
