"""The record of a search: jobs as they were opened and how they ended."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from . import _table
from ._flight import Flight
from ._records import Job, Observations, Proposal, Provenance, Result, Slot
from ._table import Layout
from ._typing import Params

LAYOUT = Layout()


class History:
    """What happened in a search, read-only.

    A fitted search keeps it as ``history_``. It can be pickled; copying gives the same object.

    Parameters
    ----------
    results : sequence of Result
        In the order in which they were told.
    layout : Layout, default=Layout()
        Folds and metrics of the tables.
    seconds : float, default=0.0
        Duration of the search.
    full_resource : float, default=1.0
        What a job gets at most.
    provenance : Provenance or None, default=None
        The data and the metric.

    Attributes
    ----------
    results : tuple of Result
        In the order in which they were told.
    rows : tuple of Result
        In the order of submission, as in the tables.
    jobs : tuple of Job
        Those of `rows`.
    n_trials : int
        Number of trials that were opened.
    incumbent : Result or None
        The best loss at the largest resource that some job finished.
    seconds : float
        Duration of the search; while it runs, the time since its start.
    full_resource : float
        What a job gets at most: the resource of the last rung; 1 where there are none.
    provenance : Provenance or None
        Hashes of X and y, and the name of the metric.
    cv_results : dict
        The table ``cv_results_``.
    trials : dict
        Arrays row for row beside `cv_results`: "trial", "sampler" (which component proposed it),
        "status", "started" and "finished" (seconds since the start of the search), "resource",
        "rung", "bracket", "continued" (whether models were trained on, not fitted from scratch).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import TPESearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = TPESearchCV(SVC(), {"C": [1, 10, 100]}, n_iter=2, random_state=0).fit(X, y)
    >>> search.history_.trials["status"].tolist()
    ['complete', 'complete']
    """

    def __init__(
        self,
        results: Sequence[Result] = (),
        layout: Layout = LAYOUT,
        *,
        seconds: float = 0.0,
        full_resource: float = 1.0,
        provenance: Provenance | None = None,
    ) -> None:
        self._results = list(results)
        self.full_resource = full_resource
        self.provenance = provenance
        self._layout = layout
        self._seconds = seconds

    @property
    def results(self) -> tuple[Result, ...]:
        """Finished jobs in the order in which they were told."""
        return tuple(self._results)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Finished jobs in the order of submission."""
        return tuple(result.job for result in self.rows)

    @property
    def rows(self) -> tuple[Result, ...]:
        """Finished jobs in the order of submission, one a row of the tables."""
        return tuple(sorted(self._results, key=lambda result: result.job.number))

    @property
    def n_trials(self) -> int:
        """Number of trials."""
        return len({result.job.slot.trial for result in self._results})

    @property
    def incumbent(self) -> Result | None:
        """The best result at the largest resource that some job finished, the first of equals."""
        done = [r for r in self._results if r.status == "complete"]
        return min(done, key=lambda r: (-r.resource, r.loss, r.job.number), default=None)

    @property
    def seconds(self) -> float:
        """Duration of the search."""
        return self._seconds

    def schedule(self, job: Job) -> tuple[tuple[Params, float], ...]:
        """Return the steps that lead to `job`, its own the last.

        There are several where the resource is a parameter: models may be trained on.

        Parameters
        ----------
        job : Job
            One of `jobs`.

        Returns
        -------
        tuple of tuple
            Parameters and resource of each step.
        """
        steps, source = [(job.proposal.params, job.slot.resource)], job.source
        for earlier in (result.job for result in reversed(self._results)):
            if source is None:
                break
            if earlier.number == source:
                steps.insert(0, (earlier.proposal.params, earlier.slot.resource))
                source = earlier.source
        return tuple(steps)

    @property
    def cv_results(self) -> dict[str, Any]:
        """The table with scikit-learn's keys, made anew at each call."""
        return _table.cv_results(self.rows, self._layout)

    @property
    def trials(self) -> dict[str, Any]:
        """The table of what is ours, made anew at each call."""
        return _table.trials(self.rows)

    def __len__(self) -> int:
        return len(self._results)

    def __copy__(self) -> "History":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "History":
        return self

    def __repr__(self) -> str:
        best = self.incumbent
        text = "" if best is None else f", best loss {best.loss:.6g}"
        return f"<History of {self.n_trials} trials{text}>"


class LiveHistory(History):
    """The history while the search runs: remembers open jobs, finished ones and the incumbent.

    Parameters
    ----------
    n_columns : int
        Number of columns of the space.
    resource : str or None, default=None
        The parameter of the estimator that the jobs' resource stands for.
    full_resource : float, default=1.0
        What a job gets at most.
    """

    def __init__(
        self,
        n_columns: int,
        *,
        resource: str | None = None,
        full_resource: float = 1.0,
    ) -> None:
        super().__init__(full_resource=full_resource)
        self._resource = resource
        self._listener: Callable[[LiveHistory], None] | None = None
        self._start = time.monotonic()
        self._flight = Flight(n_columns)
        self._proposals: list[Proposal] = []  # by trial
        self._latest: dict[int, int] = {}  # job by trial, where the resource is a parameter
        self._n_jobs = 0
        self._n_trials = 0
        self._incumbent: Result | None = None

    @property
    def n_trials(self) -> int:
        """Number of trials opened so far, which is also the number of the next one."""
        return self._n_trials

    @property
    def incumbent(self) -> Result | None:
        """The best result so far, the first of equals."""
        return self._incumbent

    @property
    def seconds(self) -> float:
        """Seconds since the start of the search."""
        return time.monotonic() - self._start

    @property
    def pending(self) -> Observations:
        """The open jobs, as samplers see them."""
        return self._flight.observations()

    def earlier(self, slot: Slot) -> Proposal | None:
        """The proposal of the trial that `slot` continues; None for a fresh one."""
        if slot.trial is None:
            return None
        return self._proposals[slot.trial]

    def open(self, slot: Slot, proposal: Proposal) -> Job:
        """Number a job, and its trial if it is a fresh one."""
        if slot.trial is None:
            slot = Slot(slot.bracket, slot.rung, slot.resource, self._n_trials, slot.parent)
            self._n_trials += 1
            self._proposals.append(proposal)
        trial = slot.trial or 0
        if self._resource is not None:
            params = {**proposal.params, self._resource: round(slot.resource)}
            proposal = Proposal(proposal.point, params, proposal.origin)
        job = Job(self._n_jobs, slot, proposal, self._latest.get(trial))
        if self._resource is not None:
            self._latest[trial] = job.number
        self._n_jobs += 1
        self._flight.add(job)
        return job

    def close(self, result: Result) -> Observations:
        """Record how a job ended; returns it as samplers see it."""
        self._flight.remove(result.job.number)
        self._results.append(result)
        best = self._incumbent
        if result.status == "complete" and (best is None or _key(result) < _key(best)):
            self._incumbent = result
        if self._listener is not None:
            self._listener(self)
        resource, cost = as_whole(result)
        return Observations.of([result.job], [result.loss], [resource], result.status, cost)

    def listen(self, listener: Callable[["LiveHistory"], None] | None) -> None:
        """Call `listener` whenever a job has ended, from now on."""
        self._listener = listener


def as_whole(result: Result) -> tuple[float, float]:
    """Return the resource that a loss belongs to, and what that costs in seconds.

    A job that a racer cut is told the loss that it would have had with all its folds.
    """
    resource = result.job.slot.resource
    if result.status != "pruned":
        return result.resource, result.cost
    return resource, result.cost * resource / result.resource


def _key(result: Result) -> tuple[float, float, int]:
    return -result.resource, result.loss, result.job.number
