"""The jobs in flight, as rows that samplers are shown at every proposal."""

import numpy as np

from ._records import Job, Observations, Points

FIRST_ROWS = 64


class Flight:
    """Jobs by number; remembers their rows in arrays, so that showing hundreds takes no time.

    Parameters
    ----------
    n_columns : int
        Number of columns of the space.
    """

    def __init__(self, n_columns: int) -> None:
        self._rows: dict[int, int] = {}  # by job, in the order of opening
        self._free = list(range(FIRST_ROWS))
        self._none = Observations.empty(n_columns)
        self._trial = np.zeros(FIRST_ROWS, dtype=np.int64)
        self._resource = np.zeros(FIRST_ROWS)
        self._x = np.zeros((FIRST_ROWS, n_columns))
        self._active = np.zeros((FIRST_ROWS, n_columns), dtype=bool)

    def add(self, job: Job) -> None:
        """Take a job that was opened."""
        if not self._free:
            self._grow()
        row = self._rows[job.number] = self._free.pop()
        point = job.proposal.point
        self._trial[row] = -1 if job.slot.trial is None else job.slot.trial
        self._resource[row] = job.slot.resource
        self._x[row], self._active[row] = point.x[0], point.active[0]

    def remove(self, number: int) -> None:
        """Forget a job that ended."""
        self._free.append(self._rows.pop(number))

    def observations(self) -> Observations:
        """The jobs in flight; their losses are not known."""
        n = len(self._rows)
        if n == 0:
            return self._none
        rows = np.fromiter(self._rows.values(), dtype=np.int64, count=n)
        points = Points(self._x[rows], self._active[rows])
        status = np.full(n, "pending", dtype="<U9")
        return Observations(
            self._trial[rows], np.full(n, np.nan), self._resource[rows], status, np.zeros(n), points
        )

    def _grow(self) -> None:
        n = len(self._trial)
        self._free = list(range(n, 2 * n))
        names = "_trial", "_resource", "_x", "_active"
        for name in names:
            rows = getattr(self, name)
            setattr(self, name, np.concatenate([rows, np.zeros_like(rows)]))
