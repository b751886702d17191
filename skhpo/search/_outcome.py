"""What a finished search tells: tables, warnings, and which row is the best."""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.exceptions import FitFailedWarning

from .. import _sklearn, _table
from .._history import History
from .._records import FoldScore, Plan, Result
from .._typing import Params
from ..exceptions import StoppedWarning

LINE = "-" * 80 + "\n"
# what only some ends of a search set: an earlier fit must not show through
FITTED = (
    "best_index_",
    "best_params_",
    "best_score_",
    "best_estimator_",
    "refit_params_",
    "refit_time_",
    "feature_names_in_",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended.

    Attributes
    ----------
    history : History
        Read-only.
    scorer : object
        What `scorer_` shows.
    multimetric : bool
    n_splits : int
    plan : Plan
        As it was carried out.
    stop_reason : str
        "n_iter", "exhausted", "interrupt", or the name of the rule that fired.
    n_cut : int
        Trials that were opened and cut short.
    longest_fold : float
        Seconds.
    attributes : dict
        Those that only a search with a resource has.
    full_params : dict
        The parameter that is the resource, at its last rung.
    interrupt : KeyboardInterrupt or None
    """

    history: History
    scorer: Any
    multimetric: bool
    n_splits: int
    plan: Plan
    stop_reason: str
    n_cut: int
    longest_fold: float
    attributes: Params = field(default_factory=dict)
    full_params: Params = field(default_factory=dict)
    interrupt: KeyboardInterrupt | None = None

    def competing(self) -> Any:
        """Rows that may be the best: finished ones at the largest resource that one finished."""
        rows = _table.levels(self.history.rows)
        status = self.history.trials["status"]
        if not rows or np.all(status[rows[0]] == "cancelled"):
            return np.empty(0, dtype=np.int64)
        return rows[0]


def fold_scores(results: Sequence[Result]) -> list[FoldScore]:
    """All folds that were run."""
    return [fold for result in results for fold in result.folds if fold is not None]


def names_of_metrics(scorer: Any, results: Sequence[Result]) -> tuple[tuple[str, ...], bool]:
    """Names behind ``mean_test_``, and whether the scorer returns several metrics."""
    names = _sklearn.metric_names(scorer)
    if names:
        return names, True
    for fold in fold_scores(results):
        if fold.scores:
            return tuple(fold.scores), fold.multimetric
    return ("score",), False


def names_in(table: dict[str, Any]) -> list[str]:
    """Names of the metrics of a table."""
    prefix = "rank_test_"
    return [key.removeprefix(prefix) for key in table if key.startswith(prefix)]


def check_fits(history: History, error_score: Any) -> None:
    """Warn of fits that failed; raise if all did.

    Raises
    ------
    ValueError
        If no fit worked; the message holds the first traceback.
    """
    folds = fold_scores(history.results)
    errors = Counter(fold.fit_error for fold in folds if fold.fit_error is not None)
    n_failed = errors.total()
    if not n_failed:
        return
    details = "\n".join(
        f"{LINE}{n} fits failed with the following error:\n{error}" for error, n in errors.items()
    )
    if n_failed == len(folds):
        raise ValueError(
            f"\nAll the {n_failed} fits failed.\nIt is very likely that your model is "
            "misconfigured.\nYou can try to debug the error by setting error_score='raise'.\n\n"
            f"Below are more details about the failures:\n{details}"
        )
    warnings.warn(
        f"\n{n_failed} fits failed out of a total of {len(folds)}.\nThe score on these train-test "
        f"partitions for these parameters will be set to {error_score}.\nIf these failures are "
        "not expected, you can try to debug them by setting error_score='raise'.\n\n"
        f"Below are more details about the failures:\n{details}",
        FitFailedWarning,
        stacklevel=5,
    )


def check_scores(history: History, table: dict[str, Any], error_score: Any) -> None:
    """Warn, once each, of scorers that raised and of means that are not finite."""
    failed = [f.score_error for f in fold_scores(history.results) if f.score_error is not None]
    if failed:
        warnings.warn(
            f"Scoring failed on {len(failed)} train-test partitions. The score on these for their "
            f"parameters will be set to {error_score}. Details of the first: \n{failed[0]}",
            UserWarning,
            stacklevel=5,
        )
    for key, means in table.items():
        if key.startswith(("mean_test_", "mean_train_")) and not np.isfinite(means).all():
            warnings.warn(
                f"One or more of the {key.split('_')[1]} scores are non-finite: {means}",
                UserWarning,
                stacklevel=5,
            )


def check_stop(outcome: Outcome, n_rows: int) -> None:
    """Warn of trials that a limit or a rule cut short; raise if none had finished.

    Raises
    ------
    ValueError
        If no trial finished.
    """
    if not n_rows:
        raise ValueError(
            f"The search ended ({outcome.stop_reason}) before any trial had finished all its "
            f"{outcome.n_splits} folds. The longest fold took {outcome.longest_fold:.3g} s: allow "
            "more time, use fewer folds, or make single fits cheaper."
        )
    top = max(result.resource for result in outcome.history.rows)
    if top < outcome.plan.max_resource:
        warnings.warn(
            f"The search ended ({outcome.stop_reason}) before any trial had finished with the full "
            f"resource, {outcome.plan.max_resource:g}. The best one is among those at the largest "
            "resource that was reached; their scores are no estimate of what the refitted model "
            "does.",
            StoppedWarning,
            stacklevel=5,
        )
    if outcome.n_cut:
        warnings.warn(
            f"The search ended ({outcome.stop_reason}) with {outcome.n_cut} trials cut short; "
            "their rows have the status 'cancelled' in history_.trials and cannot be the best. "
            "Trials without a finished fold have no row.",
            StoppedWarning,
            stacklevel=5,
        )


def best_row(search: Any, table: dict[str, Any], metric: str, rows: Any) -> int:
    """The row that `refit` chooses; a callable sees only those that may be the best."""
    if callable(search.refit) and len(rows) < len(table["params"]):
        part = {
            key: [value[row] for row in rows] if isinstance(value, list) else value[rows]
            for key, value in table.items()
        }
        return int(rows[search._select_best_index(search.refit, metric, part)])
    return search._select_best_index(search.refit, metric, table)  # type: ignore[no-any-return]
