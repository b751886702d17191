"""The frozen records that the parts hand to each other.

Reserved words: a *trial* is one configuration, a *job* a trial at one resource, a *task* one fold
of a job. A *score* is greater-is-better (outside), a *loss* smaller-is-better (inside). *params*
live in the user's space, *points* in the unit cube.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ._typing import Integers, Mask, Matrix, Params, Status, Vector

STATUSES: tuple[Status, ...] = ("complete", "pruned", "failed", "timed_out", "cancelled")


@dataclass(frozen=True, slots=True)
class Points:
    """Rows of the unit cube, with a mask that says which cells take part.

    Attributes
    ----------
    x : ndarray of shape (n, d)
        Values in [0, 1]; inactive cells hold 0.5. Category i of m is (i + 1/2) / m.
    active : ndarray of bool of shape (n, d)
        Whether the parameter of that column exists in that row.
    """

    x: Matrix
    active: Mask

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: Any) -> "Points":
        """Some of the rows; an integer gives one row, still two-dimensional."""
        if isinstance(rows, int | np.integer):
            rows = slice(rows, rows + 1) if rows != -1 else slice(-1, None)
        return Points(self.x[rows], self.active[rows])

    @staticmethod
    def empty(n_columns: int) -> "Points":
        """No rows of `n_columns` columns."""
        return Points(np.empty((0, n_columns)), np.empty((0, n_columns), dtype=bool))

    @staticmethod
    def concatenate(parts: Sequence["Points"]) -> "Points":
        """All rows of `parts`, in order; `parts` must not be empty."""
        return Points(
            np.concatenate([p.x for p in parts]), np.concatenate([p.active for p in parts])
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that the scheduler wants filled: a trial to run at a resource.

    `trial` is None for a fresh configuration, which the sampler chooses; otherwise the trial that
    continues. `parent` is the trial whose models a fresh one starts from, if any.
    """

    bracket: int = 0
    rung: int = 0
    resource: float = 1.0
    trial: int | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A configuration: its row in the cube, its parameters, and which component proposed it."""

    point: Points
    params: Params
    origin: str


@dataclass(frozen=True, slots=True)
class Job:
    """A proposal at one resource. `slot.trial` is set; `source` is the job that it continues."""

    number: int
    slot: Slot
    proposal: Proposal
    source: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One fold of a job: fit with each step's params at its resource, in order, then score.

    `split` holds the row numbers of the training and of the test set; `state` is the model that the
    step before the last left, if it was kept; `context` is scikit-learn's callback context of this
    evaluation, where there is one; `seconds` is what the job has left.
    """

    job: int
    fold: int
    split: tuple[Any, Any]
    schedule: tuple[tuple[Params, float], ...]
    state: Any = None
    context: Any = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class FoldScore:
    """What one fold of a job gave.

    Attributes
    ----------
    loss : float
        Minus the objective's score; NaN where the fit or that metric failed.
    scores, train_scores : dict
        The metrics by name; those that failed are missing.
    multimetric : bool
        Whether the scorer returned a dict.
    fit_time, score_time : float
        Seconds.
    fit_error : str or None
        Traceback of a fit that raised.
    score_error : str or None
        Traceback of the first metric that raised.
    continued : bool
        Whether an earlier model was trained on.
    model : estimator or None
        What may be trained on later; only on its way back from a worker.
    rounds : int or None
        With how many rounds a fit that stopped early predicts, and
    n_fitted : int
        on how many rows it was fitted.
    timed_out : bool
        Whether the fit was ended because the trial took too long.
    """

    loss: float
    scores: dict[str, float]
    train_scores: dict[str, float] = field(default_factory=dict)
    multimetric: bool = False
    fit_time: float = 0.0
    score_time: float = 0.0
    fit_error: str | None = None
    score_error: str | None = None
    continued: bool = False
    model: Any = None
    rounds: int | None = None
    n_fitted: int = 0
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """How a job ended. `loss` (NaN: failed) and `resource` are what sampler and scheduler see.

    `folds` holds None where a fold was not run. `started` and `finished` are seconds since the
    start of the search.
    """

    job: Job
    folds: tuple[FoldScore | None, ...]
    status: Status
    loss: float
    resource: float
    started: float = 0.0
    finished: float = 0.0

    @property
    def cost(self) -> float:
        """Seconds of fitting and scoring, summed over the folds."""
        return sum(f.fit_time + f.score_time for f in self.folds if f is not None)


@dataclass(frozen=True, slots=True)
class Observations:
    """Jobs as models may see them: one row a job, points as they were proposed.

    Attributes
    ----------
    trial : ndarray of int of shape (n,)
        Trial numbers; negative ones come from earlier searches.
    loss : ndarray of shape (n,)
        NaN for failed and pending jobs.
    resource : ndarray of shape (n,)
        The resource that the loss belongs to.
    status : ndarray of str of shape (n,)
        One of `STATUSES`, or "pending".
    cost : ndarray of shape (n,)
        Seconds.
    points : Points of n rows
    """

    trial: Integers
    loss: Vector
    resource: Vector
    status: np.ndarray[Any, np.dtype[np.str_]]
    cost: Vector
    points: Points

    def __len__(self) -> int:
        return len(self.trial)

    def __getitem__(self, rows: Any) -> "Observations":
        """Some of the rows: a slice, a mask or an index array."""
        return Observations(
            self.trial[rows],
            self.loss[rows],
            self.resource[rows],
            self.status[rows],
            self.cost[rows],
            self.points[rows],
        )

    @staticmethod
    def of(
        jobs: Sequence[Job], loss: list[float], resource: list[float], status: str, cost: float
    ) -> "Observations":
        """The rows of some jobs, which must not be none, with one status and one cost."""
        trial = np.array([job.slot.trial for job in jobs], dtype=np.int64)
        points = Points.concatenate([job.proposal.point for job in jobs])
        words = np.array([status] * len(jobs), dtype="<U9")
        costs = np.full(len(jobs), cost)
        return Observations(trial, np.array(loss), np.array(resource), words, costs, points)

    @staticmethod
    def empty(n_columns: int) -> "Observations":
        """No rows over `n_columns` columns."""
        none = np.empty(0)
        return Observations(
            np.empty(0, dtype=np.int64),
            none,
            none,
            np.empty(0, dtype="<U9"),
            none,
            Points.empty(n_columns),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known before the first trial.

    `n_iter` is None where only a stopping rule ends the search; `concurrency` is the number of
    trials in flight; `n_earlier` trials are told before the first `ask`.
    """

    n_iter: int | None = None
    concurrency: int = 1
    min_resource: float = 1.0
    max_resource: float = 1.0
    n_earlier: int = 0

    @property
    def budget(self) -> int | None:
        """All trials that there are to learn from, the earlier ones included."""
        return None if self.n_iter is None else self.n_iter + self.n_earlier

    def progress(self, trial: int, usual: int) -> float:
        """The share of the budget, else of about `usual` trials, that is behind `trial`."""
        n = max(trial + self.n_earlier, 0)
        return n / (n + 0.5 * usual) if self.budget is None else min(n / self.budget, 1.0)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What scores depend on: hashes of the data, and the name of the metric."""

    X: str
    y: str
    metric: str
