"""The history of a search that keeps a record of itself, and may write it."""

from collections.abc import Sequence
from dataclasses import replace

from .._history import History, LiveHistory
from .._records import Job, Observations, Proposal, Provenance, Result, Slot
from .._table import Layout
from ..schedulers._base import SchedulerRun
from ._calls import Call, Header, Left, Opened, Record, Told
from ._journal import Journal


class KeptHistory(History):
    """A history that a later `fit` can go on from.

    Parameters
    ----------
    results : sequence of Result
        In the order in which they were told.
    layout : Layout
        Folds and metrics of the tables.
    record : Record
        The calls that led to them.
    seconds : float
        Duration of the search.
    full_resource : float
        What a job gets at most.
    """

    def __init__(
        self,
        results: Sequence[Result],
        layout: Layout,
        record: Record,
        seconds: float,
        full_resource: float,
    ) -> None:
        parts = record.header.parts
        provenance = Provenance(*(parts.get(name, "") for name in ("X", "y", "metric")))
        super().__init__(
            results, layout, seconds=seconds, full_resource=full_resource, provenance=provenance
        )
        self.record = record


class RecordedHistory(LiveHistory):
    """A history that remembers every call, and how far an earlier `fit` had come.

    Parameters
    ----------
    n_columns : int
        Number of columns of the space.
    resource : str or None, default=None
        The parameter of the estimator that the jobs' resource stands for.
    full_resource : float, default=1.0
        What a job gets at most.

    Attributes
    ----------
    journal : Journal or None
        What is written to, from when it is set.
    offset : float
        Seconds that the search took before this `fit`.
    """

    def __init__(
        self, n_columns: int, *, resource: str | None = None, full_resource: float = 1.0
    ) -> None:
        super().__init__(n_columns, resource=resource, full_resource=full_resource)
        self.journal: Journal | None = None
        self.offset = 0.0
        self._calls: list[Call] = []
        self._earlier: set[int] = set()
        self._sealed = False

    def open(self, slot: Slot, proposal: Proposal) -> Job:
        """Number a job, and its trial if it is a fresh one."""
        job = super().open(slot, proposal)
        fresh = proposal if slot.trial is None else None
        self._note(Opened(job.number, job.slot, fresh))
        return job

    def finish(self, result: Result) -> None:
        """Write how a job ended, which is told later."""
        if self.journal is not None:
            self.journal.finished(self._stamped(result))

    def close(self, result: Result) -> Observations:
        """Record how a job ended; returns it as samplers see it."""
        if not self._sealed:
            self._note(Told(result.job.number))
        return super().close(self._stamped(result))

    def leave(self, slot: Slot) -> None:
        """Note that a slot was left empty."""
        self._note(Left(slot))

    def recall(self, result: Result) -> None:
        """Take over a job that ended in an earlier `fit`, as it is, and has not been told yet."""
        self._earlier.add(result.job.number)
        self.offset = max(self.offset, result.finished)

    def seal(self) -> None:
        """Note no calls any more: what is closed from now on is not told to anybody."""
        self._sealed = True

    def kept(self, layout: Layout, header: Header) -> History:
        """A read-only copy that a later `fit` can go on from."""
        results = {r.job.number: r for r in self._results if r.status != "cancelled"}
        record = Record(header, tuple(self._calls), results)
        seconds = self.seconds + self.offset
        return KeptHistory(self._results, layout, record, seconds, self.full_resource)

    def _note(self, call: Call) -> None:
        self._calls.append(call)
        if self.journal is not None:
            self.journal.called(call)

    def _stamped(self, result: Result) -> Result:
        """The result with its times counted from the start of the first `fit`."""
        if not self.offset or result.job.number in self._earlier:
            return result
        return replace(
            result,
            started=result.started + self.offset,
            finished=result.finished + self.offset,
        )


class RecordedScheduler:
    """A scheduler's run whose empty slots are noted.

    Parameters
    ----------
    run : SchedulerRun
    history : RecordedHistory
    """

    def __init__(self, run: SchedulerRun, history: RecordedHistory) -> None:
        self._run = run
        self._history = history

    def next_slot(self) -> Slot | None:
        """Return the next slot; None says wait for a report, or finished."""
        return self._run.next_slot()

    def report(self, result: Result) -> None:
        """Pass on how the job of a slot ended."""
        self._run.report(result)

    def exhausted(self, slot: Slot) -> None:
        """Leave a slot empty, and note that."""
        self._run.exhausted(slot)
        self._history.leave(slot)
