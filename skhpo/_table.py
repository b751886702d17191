"""From results to `cv_results_` (scikit-learn's keys) and to what stands beside it."""

from collections import defaultdict
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.ma import MaskedArray
from scipy.stats import rankdata

from ._records import FoldScore, Result
from ._typing import Integers, Mask, Matrix, Params, Vector

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the tables must know of the search.

    Attributes
    ----------
    n_splits : int
    metrics : tuple of str
        The names behind ``mean_test_``.
    error_score : float
        What stands for a metric that failed.
    train_scores : bool
        Whether training scores were computed.
    resource : bool
        Whether jobs differ in what they were given: the columns "iter" and "n_resources".
    """

    n_splits: int = 0
    metrics: tuple[str, ...] = ("score",)
    error_score: float = np.nan
    train_scores: bool = False
    resource: bool = False


def cv_results(results: Sequence[Result], layout: Layout) -> Table:
    """One row a job, in the order of `results`, with the keys and dtypes of scikit-learn.

    Parameters
    ----------
    results : sequence of Result
    layout : Layout

    Returns
    -------
    dict of arrays, and a list of dicts at the key "params"
    """
    table: Table = {}

    def cells(value: Callable[[FoldScore], float]) -> tuple[Matrix, Mask]:
        return _cells([result.folds for result in results], layout.n_splits, value)

    _add(table, "fit_time", cells(lambda f: f.fit_time))
    _add(table, "score_time", cells(lambda f: f.score_time))
    params = [result.job.proposal.params for result in results]
    table |= param_columns(params)
    table["params"] = params
    if layout.resource:
        slots = [result.job.slot for result in results]
        table["iter"] = np.array([slot.rung for slot in slots], dtype=np.int64)
        table["n_resources"] = np.array([slot.resource for slot in slots]).astype(np.int64)
    default = layout.error_score
    for name in layout.metrics:
        test = cells(lambda f, name=name: f.scores.get(name, default))  # type: ignore[misc]  # bound now
        _add(table, f"test_{name}", test, splits=True)
        table[f"rank_test_{name}"] = ranks(table[f"mean_test_{name}"], results)
        if layout.train_scores:
            train = cells(lambda f, name=name: f.train_scores.get(name, default))  # type: ignore[misc]  # bound now
            _add(table, f"train_{name}", train, splits=True)
    return table


def trials(results: Sequence[Result]) -> Table:
    """What is ours, row for row beside `cv_results`: who proposed what, when, and how it ended."""
    jobs = [result.job for result in results]
    table = {
        "trial": np.array([job.slot.trial for job in jobs], dtype=np.int64),
        "sampler": np.array([job.proposal.origin for job in jobs], dtype=object),
        "status": np.array([result.status for result in results], dtype=object),
        "started": np.array([result.started for result in results], dtype=np.float64),
        "finished": np.array([result.finished for result in results], dtype=np.float64),
        "resource": np.array([job.slot.resource for job in jobs], dtype=np.float64),
        "rung": np.array([job.slot.rung for job in jobs], dtype=np.int64),
        "bracket": np.array([job.slot.bracket for job in jobs], dtype=np.int64),
        "continued": np.array([_continues(result) for result in results], dtype=bool),
    }
    return table | _rounds(results)


def _rounds(results: Sequence[Result]) -> Table:
    """Where fits stopped early: the rounds of each fold and their median, NaN for other fits."""
    if all(f is None or f.rounds is None for result in results for f in result.folds):
        return {}
    rows = [
        [np.nan if f is None or f.rounds is None else f.rounds for f in r.folds] for r in results
    ]
    rounds = np.array(rows, dtype=np.float64)
    median = [
        np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in rounds
    ]
    folds = {f"split{k}_rounds": rounds[:, k] for k in range(rounds.shape[1])}
    return {"rounds": np.array(median), **folds}


def _continues(result: Result) -> bool:
    """Whether some fold trained an earlier model on."""
    return any(fold is not None and fold.continued for fold in result.folds)


def _cells(
    folds: Sequence[Sequence[FoldScore | None]], n_splits: int, value: Callable[[FoldScore], float]
) -> tuple[Matrix, Mask]:
    """Rows of values, one column a fold, and which folds were run (NaN where not)."""
    shape = len(folds), n_splits
    cells = [[np.nan if f is None else value(f) for f in row] for row in folds]
    run = [[f is not None for f in row] for row in folds]
    return np.array(cells, dtype=np.float64).reshape(shape), np.array(run, bool).reshape(shape)


def _add(table: Table, name: str, cells: tuple[Matrix, Mask], splits: bool = False) -> None:
    """Store the mean and standard deviation over the folds that were run, and each fold."""
    values, run = cells
    if splits:
        table.update({f"split{k}_{name}": values[:, k] for k in range(values.shape[1])})
    if not values.size:  # numpy warns of means of nothing
        values = values.reshape(0, 1)
    means = values.mean(axis=1)
    stds = np.sqrt(((values - means[:, np.newaxis]) ** 2).mean(axis=1))
    for row in np.flatnonzero(~run.all(axis=1)):
        part = values[row, run[row]]
        means[row] = part.mean()
        stds[row] = np.sqrt(((part - means[row]) ** 2).mean())
    table[f"mean_{name}"] = means
    table[f"std_{name}"] = stds


def ranks(means: Vector, results: Sequence[Result]) -> Any:
    """Ranks from 1, ties share the lowest.

    Jobs at the largest resource that some job finished come first, then the others by resource,
    jobs cut short last. Within each group NaN ties for the last place, as in scikit-learn.
    """
    out = np.ones(len(means), dtype=np.int32)
    above = 0
    for rows in levels(results):
        out[rows] = above + _ranks_of_group(means[rows])
        above += len(rows)
    return out


def levels(results: Sequence[Result]) -> list[Integers]:
    """Rows that compare with each other, the most trusted first.

    These are jobs of one resource, the larger ones first; resources at which all jobs failed come
    after the others, and jobs cut short last.

    Parameters
    ----------
    results : sequence of Result

    Returns
    -------
    list of ndarray of int
    """
    resource = np.array([r.resource for r in results])
    status = np.array([r.status for r in results], dtype=object)
    cut = status == "cancelled"
    found = [np.flatnonzero((resource == r) & ~cut) for r in np.unique(resource[~cut])[::-1]]
    found.sort(key=lambda rows: not np.any(status[rows] == "complete"))
    return [*found, np.flatnonzero(cut)] if cut.any() else found


def _ranks_of_group(means: Vector) -> Any:
    if np.isnan(means).all():
        return np.ones(len(means), dtype=np.int32)
    filled = np.nan_to_num(means, nan=np.nanmin(means) - 1)
    return rankdata(-filled, method="min").astype(np.int32)


def param_columns(candidates: Sequence[Params]) -> Table:
    """Masked arrays ``param_<name>``, masked where a candidate does not have the parameter."""
    rows: dict[str, dict[int, Any]] = defaultdict(dict)
    for row, params in enumerate(candidates):
        for name, value in params.items():
            rows[f"param_{name}"][row] = value
    table: Table = {}
    for name, values in rows.items():
        column = MaskedArray(np.empty(len(candidates), dtype=_dtype(values)), mask=True)
        for row, value in values.items():
            column[row] = value  # unmasks the cell
        table[name] = column
    return table


def _dtype(values: dict[int, Any]) -> Any:
    """The dtype numpy infers, or object for text and for whatever is not a scalar."""
    if any(map(_is_sequence, values.values())):
        return np.dtype(object)
    array = np.array(list(values.values()))
    return array.dtype if array.dtype.kind != "U" and array.ndim == 1 else np.dtype(object)


def _is_sequence(value: Any) -> bool:
    sized = isinstance(value, Sized) and not isinstance(value, str | bytes)
    return sized and getattr(value, "ndim", 1) > 0
