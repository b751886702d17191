"""What the tree-structured Parzen estimator learns from: trials, split into good and bad ones."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._records import Observations, Points
from .._typing import Integers, Mask, Matrix, Vector
from ..surrogates import decay_weights, improvement_weights, uniform_weights

MAX_BELOW = 25
FULL, PARTIAL, FAILED = 0, 1, 2  # how far a trial came; better ones first


# -------------------------------------------------------------- how many are good
def linear_gamma(n: int, beta: float = 0.15) -> int:
    """min(ceil(beta n), 25): how many of `n` finished trials are good."""
    return min(math.ceil(beta * n), MAX_BELOW)


def sqrt_gamma(n: int, beta: float = 0.25) -> int:
    """min(ceil(beta sqrt(n)), 25): how many of `n` finished trials are good."""
    return min(math.ceil(beta * math.sqrt(n)), MAX_BELOW)


# ------------------------------------------------------------------------- trials
def teaching(observed: Observations, full_resource: float, share: float) -> Mask:
    """Which jobs a model of the full resource may learn from.

    Those that had `share` of it at least, or failed.
    """
    failed = ~np.isfinite(observed.loss)
    return np.asarray(failed | (observed.resource >= share * full_resource))


@dataclass(frozen=True, slots=True)
class Trials:
    """Finished trials, one row each, oldest first.

    Attributes
    ----------
    number : ndarray of int of shape (n,)
    loss : ndarray of shape (n,)
        Finite unless the trial failed.
    resource : ndarray of shape (n,)
        The largest resource that the trial was run with.
    level : ndarray of int of shape (n,)
        `FULL`, `PARTIAL` or `FAILED`.
    points : Points of n rows
    """

    number: Integers
    loss: Vector
    resource: Vector
    level: Integers
    points: Points

    def __len__(self) -> int:
        return len(self.number)

    def __getitem__(self, rows: Mask) -> "Trials":
        """Some of the trials."""
        return Trials(
            self.number[rows],
            self.loss[rows],
            self.resource[rows],
            self.level[rows],
            self.points[rows],
        )

    @staticmethod
    def empty(n_columns: int) -> "Trials":
        """No trials over `n_columns` columns."""
        none, no_number = np.empty(0), np.empty(0, dtype=np.int64)
        return Trials(no_number, none, none, no_number, Points.empty(n_columns))

    def with_(
        self, observed: Observations, full_resource: float, every_job: bool = False
    ) -> "Trials":
        """These trials and the `observed` ones; of each trial the largest resource remains.

        With `every_job` there is a row for each trial at each resource.
        """
        failed = ~np.isfinite(observed.loss) | (observed.status == "failed")
        short = observed.resource < full_resource
        level = np.where(failed, FAILED, np.where(short, PARTIAL, FULL))
        number = np.concatenate([self.number, observed.trial])
        resource = np.concatenate([self.resource, observed.resource])
        order = np.lexsort((resource, number))
        new = np.diff(number[order]) != 0
        if every_job:
            new |= np.diff(resource[order]) != 0
        last = order[np.append(new, True)] if len(order) else order
        return Trials(
            number[last],
            np.concatenate([self.loss, np.where(failed, np.inf, observed.loss)])[last],
            resource[last],
            np.concatenate([self.level, level])[last],
            Points.concatenate([self.points, observed.points])[last],
        )


# -------------------------------------------------------------------------- split
@dataclass(frozen=True, slots=True)
class Split:
    """The points of good and bad trials with their weights, each oldest first."""

    below: Points
    below_weights: Vector
    above: Points
    above_weights: Vector


def ranking(trials: Trials) -> Integers:
    """Rows from best to worst: full ones by loss, partial ones by resource and loss, failed ones.

    Ties go by number.
    """
    resource = np.where(trials.level == PARTIAL, -trials.resource, 0.0)
    return np.lexsort((trials.number, trials.loss, resource, trials.level))


def split(
    trials: Trials,
    pending: Points,
    gamma: Callable[[int], int],
    weighting: str,
    rng: np.random.Generator,
    leaf: Integers | None = None,
) -> Split:
    """The best ``gamma(n)`` of n trials, failed ones never among them, against all others.

    Pending points count as bad (the constant liar). Where no loss differs from another there is
    nothing to learn, and chance decides which trials are good. With `leaf`, a number for each
    trial, those of the same number are split among themselves.
    """
    order = ranking(trials)
    usable = trials.level != FAILED
    if is_constant(trials):
        order = np.concatenate([rng.permutation(np.flatnonzero(usable)), np.flatnonzero(~usable)])
    weights, good = np.ones(len(trials)), np.zeros(len(trials), dtype=bool)
    groups_ = np.zeros(len(trials), dtype=np.int64) if leaf is None else leaf
    for number in np.unique(groups_):
        rows = order[groups_[order] == number]
        n_below = min(gamma(len(rows)), int(np.sum(usable[rows])))
        below, above = np.sort(rows[:n_below]), rows[n_below:]
        good[below] = True
        weights[below] = _below_weights(trials, below, above, weighting)
    above_points = Points.concatenate([trials.points[~good], pending])
    above_weights = WEIGHTS[weighting][1](len(above_points))
    return Split(trials.points[good], weights[good], above_points, above_weights)


def is_constant(trials: Trials) -> bool:
    """Whether the trials that did not fail all have the same loss at the full resource."""
    usable = trials.level != FAILED
    if not np.any(usable):
        return False
    return bool(np.ptp(trials.loss[usable]) == 0.0 and np.all(trials.level[usable] == FULL))


def _below_weights(trials: Trials, below: Integers, above: Integers, weighting: str) -> Vector:
    given = WEIGHTS[weighting][0]
    if given is not None:
        return given(len(below))
    if np.any(trials.level[below] != FULL):  # losses at different resources do not compare
        return uniform_weights(len(below))
    finished = above[trials.level[above] == FULL]
    threshold = float(np.min(trials.loss[finished])) if len(finished) else math.inf
    return improvement_weights(trials.loss[below], threshold)


def drop_weights(n: int) -> Vector:
    """Ones for the 25 newest of `n` observations, next to nothing for the others."""
    return decay_weights(n, floor=1e-12)


# name -> weights of the good (None: by improvement) and of the bad trials, by their number
WEIGHTS: dict[str, tuple[Callable[[int], Vector] | None, Callable[[int], Vector]]] = {
    "ei": (None, uniform_weights),
    "uniform": (uniform_weights, uniform_weights),
    "old-decay": (decay_weights, decay_weights),
    "old-drop": (drop_weights, drop_weights),
}


# ------------------------------------------------------------------------- groups
def groups(patterns: Matrix | Mask) -> list[Integers]:
    """Columns that were active in the same trials, from the distinct rows of activity.

    This is the partition that is left when every block is cut by every row. Columns that were
    never active are in none; blocks are in the order of their first column.
    """
    blocks: dict[bytes, list[int]] = {}
    for j, active in enumerate(np.asarray(patterns, dtype=bool).T):
        if active.any():
            blocks.setdefault(active.tobytes(), []).append(j)
    return [np.array(columns, dtype=np.int64) for columns in blocks.values()]
