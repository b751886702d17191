"""What a scheduler's resource means for an estimator and its data: its ends, checked."""

import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _sklearn
from .._history import History
from .._records import Plan
from .._typing import Params
from ..schedulers import Scheduler
from ..space import Space

ROWS = "n_samples"
FEWEST_ROWS = 50  # that "auto" starts with
ROWS_PER_FEATURE = 10
MOST_FEATURES = 100  # that count for it
SLACK = 1e-9  # of logarithms
NO_RESOURCES = ("n_jobs", "random_state", "verbose")
DEPTH = 27  # "auto" starts a parameter at this share of its upper end

RUNG_ATTRIBUTES = (
    "n_resources_",
    "n_candidates_",
    "n_remaining_candidates_",
    "min_resources_",
    "max_resources_",
    "n_iterations_",
    "n_possible_iterations_",
    "n_required_iterations_",
)


@dataclass(frozen=True, slots=True)
class Resource:
    """What trials differ in, and how much of it there is.

    Attributes
    ----------
    name : str or None
        "n_samples", a parameter of the estimator, or None where every trial has all of it.
    low, high : float, default=1.0
    """

    name: str | None
    low: float = 1.0
    high: float = 1.0

    @property
    def parameter(self) -> str | None:
        """The parameter of the estimator, if it is one."""
        return None if self.name == ROWS else self.name

    @property
    def is_rows(self) -> bool:
        """Whether jobs differ in the number of rows."""
        return self.name == ROWS

    def plan(self, n_iter: int | None, concurrency: int) -> Plan:
        """The plan before a scheduler has settled it."""
        return Plan(n_iter, concurrency, self.low, self.high)


def check_resource(search: Any, scheduler: Scheduler, argument: str, space: Space) -> None:
    """Refuse a resource that the estimator does not have, or that is searched too.

    Parameters
    ----------
    search : BaseSearch
    scheduler : Scheduler
    argument : str
        Name of the space among the arguments of `search`.
    space : Space

    Raises
    ------
    ValueError
    """
    name = scheduler.resource
    if name is None or name == ROWS:
        return
    params = search.estimator.get_params(deep=True)
    if name not in params or not _may_be_integer(params[name]):
        known = sorted(key for key, value in params.items() if _is_integer(value))
        known = [key for key in known if key.split("__")[-1] not in NO_RESOURCES]
        found = f"; its {name!r} is {params[name]!r}" if name in params else ""
        raise ValueError(
            f"resource={name!r} is no integer parameter of {type(search.estimator).__name__}"
            f"{found}. Use 'n_samples' or one of those that it has: {known}."
        )
    if any(name in branch for branch in space.declared):
        raise ValueError(
            f"resource={name!r} is in {argument} too: a parameter is either searched or spent. "
            f"Take it out of {argument}, or choose another resource."
        )


def find_resource(search: Any, scheduler: Scheduler, data: Any, n_splits: int) -> Resource:
    """The resource and its ends.

    Parameters
    ----------
    search : BaseSearch
    scheduler : Scheduler
    data : Samples
    n_splits : int

    Returns
    -------
    Resource

    Raises
    ------
    ValueError
        If an end is wrong.
    """
    name = scheduler.resource
    if name is None:
        return Resource(None)
    if name == ROWS:
        return _rows(search, scheduler, data, n_splits)
    high = _end("max_resources", scheduler.max_resources, ("auto",))
    if high is None:
        high = search.estimator.get_params(deep=True)[name]
        if not _is_integer(high) or high < 1:
            raise ValueError(
                f"max_resources='auto' takes the estimator's own {name!r}, which is {high!r}: set "
                "max_resources to the number that a full fit has."
            )
    low = _end("min_resources", scheduler.min_resources, ("auto", "smallest", "exhaust"))
    if low is None:
        low = max(1, int(high) // DEPTH) if scheduler.min_resources == "auto" else 1
    return _ordered(name, low, int(high))


def rung_attributes(history: History, scheduler: Scheduler, resource: Resource) -> Params:
    """The fitted attributes of scikit-learn's halving classes; none without a resource.

    Parameters
    ----------
    history : History
    scheduler : Scheduler
    resource : Resource

    Returns
    -------
    dict
    """
    if resource.name is None:
        return {}
    jobs = [job.slot.resource for job in history.jobs]
    levels, counts = np.unique(np.array(jobs, dtype=np.int64), return_counts=True)
    factor = float(getattr(scheduler, "factor", 3))
    required = math.log(max(history.n_trials, 1), factor)
    possible = math.log(resource.high // resource.low, factor)
    last = int(counts[-1]) if len(counts) else 0
    values = (
        levels.tolist(),
        counts.tolist(),
        math.ceil(last / factor),
        int(levels[0]) if len(levels) else int(resource.low),
        int(resource.high),
        len(levels),
        1 + math.floor(possible + SLACK),
        1 + math.floor(required + SLACK),
    )
    return dict(zip(RUNG_ATTRIBUTES, values, strict=True))


def _rows(search: Any, scheduler: Scheduler, data: Any, n_splits: int) -> Resource:
    n_samples = _sklearn.num_samples(data.X)
    if n_samples == 0:
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
    high = _end("max_resources", scheduler.max_resources, ("auto",)) or n_samples
    if high > n_samples:
        raise ValueError(
            f"max_resources={high} rows are more than the {n_samples} of X. Use 'auto' for all."
        )
    n_classes = _n_classes(search, data)
    low = _end("min_resources", scheduler.min_resources, ("auto", "smallest", "exhaust"))
    for end, value in (("max_resources", high), ("min_resources", low)):
        if value is not None and value < n_classes:
            raise ValueError(
                f"{end}={value} rows are fewer than the {n_classes} classes of y: no fit would "
                f"see all of them. Raise {end}."
            )
    if low is None:
        low = 2 * n_splits * n_classes
        if scheduler.min_resources == "auto":
            n_features = min(_n_features(data.X), MOST_FEATURES)
            low = max(low, ROWS_PER_FEATURE * n_features, FEWEST_ROWS)
        low = min(low, high)
    return _ordered(ROWS, low, high)


def _ordered(name: str, low: int, high: int) -> Resource:
    if low > high:
        raise ValueError(
            f"min_resources={low} is greater than max_resources={high} (resource={name!r}): lower "
            "the one or raise the other."
        )
    return Resource(name, float(low), float(high))


def _end(name: str, value: Any, words: tuple[str, ...]) -> int | None:
    """An end as a number; None for one of the words."""
    if isinstance(value, str) and value in words:
        return None
    if not _is_integer(value) or value < 1:
        raise ValueError(f"{name} must be a positive integer or one of {words}, got {value!r}.")
    return int(value)


def _is_integer(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool | np.bool_)


def _may_be_integer(value: Any) -> bool:
    return value is None or _is_integer(value)


def _n_classes(search: Any, data: Any) -> int:
    """Classes that every fit must see; 1 where there are none."""
    if data.y is None or not _sklearn.is_classifier(search.estimator):
        return 1
    y = np.asarray(data.y)
    return len(np.unique(y)) if y.ndim == 1 else 1


def _n_features(X: Any) -> int:
    """Columns of X; 1 for whatever has none."""
    shape = getattr(X, "shape", None)
    if shape is None:
        first = X[0] if len(X) else ()
        return len(first) if isinstance(first, list | tuple | np.ndarray) else 1
    return int(shape[1]) if len(shape) > 1 else 1
