"""What a search goes on from, its journal or `history_`, and where it is recorded."""

import math
import warnings
from dataclasses import replace
from typing import Any

from .. import _sklearn
from .._journal import (
    Header,
    Journal,
    KeptHistory,
    Record,
    RecordedHistory,
    RecordedScheduler,
    Replay,
    Told,
    different,
    open_journal,
    versions,
)
from .._records import Job, Plan, Result
from ..evaluation import RecordingRunner
from ..exceptions import JournalWarning
from ..samplers import Sampler
from ..schedulers import Scheduler, SchedulerRun
from ..space import Space
from . import _setup as setup
from ._identity import can_be_prolonged, check_hashes, check_repeatable, identity
from ._resources import Resource


class Keeper:
    """Finds the record of a search, makes its calls again, and has the rest recorded.

    Parameters
    ----------
    search : BaseSearch
    specs : tuple of Sampler and Scheduler
    data : Samples
    space : Space

    Attributes
    ----------
    record : Record or None
        What the search goes on from.
    splits : list of pairs
        The folds; empty until they are known.
    """

    def __init__(
        self, search: Any, specs: tuple[Sampler, Scheduler], data: setup.Samples, space: Space
    ) -> None:
        self._search = search
        self._specs = specs
        self._data = data
        self._space = space
        self._parts: dict[str, str] = {}
        self._journal: Journal | None = None
        self.record: Record | None = None
        self.splits: list[Any] = []

    @property
    def earlier(self) -> tuple[Plan, tuple[int, ...]] | None:
        """The plan and the seeds of the record."""
        return None if self.record is None else (self.record.header.plan, self.record.header.seeds)

    def find(self, splitter: setup.Splitter) -> None:
        """Open the journal, or take the record of `history_`, where that is asked for.

        Raises
        ------
        ValueError
            If a journal cannot be kept of this search, or if there are more trials than wanted.
        """
        search = self._search
        warm = search.warm_start and isinstance(getattr(search, "history_", None), KeptHistory)
        if search.journal is None and not warm:
            return
        self.split(splitter)
        if search.journal is not None:
            check_repeatable(search, self._data, splitter, self.splits)
            check_hashes(self._parts)
            self._journal = open_journal(search.journal, self._parts, self._space.declared)
            self.record = self._journal.record
        if self.record is None and warm:
            self.record = self._of_history(search.history_)
        if self.record is not None:
            self.record = self._checked(self.record)

    def split(self, splitter: setup.Splitter) -> list[Any]:
        """The folds, made by the first call."""
        if not self.splits:
            self.splits = splitter.split(self._data)
            self._parts = identity(self._search, self._specs, self._data, self._space, self.splits)
        return self.splits

    def header(self, plan: Plan, strategy: setup.Strategy, layout: dict[str, Any]) -> Header:
        """What stands at the head of the record; written into the journal if that is new.

        Parameters
        ----------
        plan : Plan
            What sampler and scheduler were started with.
        strategy : Strategy
        layout : dict
            See `Header`.

        Returns
        -------
        Header
        """
        if self.record is not None:
            header = self.record.header
        else:
            full = {"full_resource": strategy.plan.max_resource}
            n_columns = self._space.n_columns
            header = Header(self._parts, plan, strategy.seeds, n_columns, layout | full, versions())
        if self._journal is not None and self._journal.record is None:
            self._journal.begin(replace(header, values=self._journal.texts()))
        return header

    def replay(
        self, history: RecordedHistory, strategy: setup.Strategy, runner: RecordingRunner
    ) -> SchedulerRun:
        """Make the recorded calls again, and have the next ones recorded.

        Parameters
        ----------
        history : RecordedHistory
        strategy : Strategy
            Started with `earlier`.
        runner : RecordingRunner
            Gets the jobs that were open.

        Returns
        -------
        SchedulerRun
            In place of the strategy's.
        """
        scheduler = RecordedScheduler(strategy.scheduler, history)
        written = self._journal is not None and self._journal.record is not None
        if not written:
            history.journal = self._journal
        if self.record is not None:
            prolonged = self.record.header.plan.n_iter != self._search._budget()
            can = can_be_prolonged(self._specs)
            adopt = strategy.sampler.adopt if prolonged and can else None
            replay = Replay(history, strategy.sampler, strategy.scheduler, adopt, skips_left=can)
            jobs = replay.run(self.record)
            history.journal = self._journal
            self._compare(replay.differs, prolonged and can)
            self._resume(jobs, history, strategy, runner)
        runner.finish = history.finish
        return scheduler

    def close(self) -> None:
        """Give back the journal."""
        if self._journal is not None:
            self._journal.close()

    def _resume(
        self,
        jobs: list[tuple[Job, Result | None]],
        history: RecordedHistory,
        strategy: setup.Strategy,
        runner: RecordingRunner,
    ) -> None:
        """Hand the open jobs to the runner; where no order is kept, tell those that had ended."""
        for _, result in jobs:
            if result is not None:
                history.recall(result)
        for job, result in jobs:
            if result is None or runner.concurrency is not None:
                runner.resume(job, result)
            else:
                strategy.sampler.tell(history.close(result))
                strategy.scheduler.report(result)

    def _of_history(self, history: KeptHistory) -> Record | None:
        """The record behind `history_`, if it is of this very search."""
        parts = history.record.header.parts
        strange = different(parts, self._parts)
        strange += [name for name, text in parts.items() if not text]
        if not strange:
            return history.record
        warnings.warn(
            f"warm_start=True: the search starts afresh, since it differs from that of history_ "
            f"in: {', '.join(strange)}.",
            JournalWarning,
            stacklevel=2,
        )
        return None

    def _checked(self, record: Record) -> Record:
        """The record as it is gone on from; warns of other versions.

        Raises
        ------
        ValueError
            If there are more trials than wanted.
        """
        n_iter = self._search._budget()
        if n_iter is not None and record.n_trials > n_iter:
            raise ValueError(
                f"n_iter={n_iter} is less than the {record.n_trials} trials that this search has "
                "already: it may be raised, not lowered. Take another folder, or warm_start=False, "
                "to start afresh."
            )
        then, now = record.header.versions, versions()
        strange = [
            f"{name} {then.get(name)} then, {now[name]} now" for name in different(then, now)
        ]
        if strange:
            warnings.warn(
                f"The search began with other versions: {'; '.join(strange)}. Its trials are kept; "
                "new ones may differ from what they would have been.",
                JournalWarning,
                stacklevel=2,
            )
        if can_be_prolonged(self._specs):
            return _revived(record, getattr(self._search, "trial_timeout", None))
        return record

    def _compare(self, differs: int | None, prolonged: bool) -> None:
        if differs is not None and not prolonged:
            warnings.warn(
                f"Trial {differs} of the record is not what is proposed here, as happens with "
                "another version, processor or BLAS. The recorded trials are kept, and the search "
                "goes on from them.",
                JournalWarning,
                stacklevel=2,
            )


def _revived(record: Record, limit: float | None) -> Record:
    """The record without the end of jobs that took too long, but not for the limit of today."""
    most = math.inf if limit is None else limit
    again = {
        number
        for number, result in record.results.items()
        if result.status == "timed_out" and result.finished - result.started < most
    }
    if not again:
        return record
    calls = tuple(
        call for call in record.calls if not (isinstance(call, Told) and call.job in again)
    )
    results = {number: r for number, r in record.results.items() if number not in again}
    return replace(record, calls=calls, results=results)


def layout(search: Any, scorer: Any, n_splits: int, resource: Resource) -> dict[str, Any]:
    """What the tables of a search must know, as far as it is known at the start."""
    numeric = float("nan") if search.error_score == "raise" else search.error_score
    return {
        "n_splits": n_splits,
        "metrics": _sklearn.metric_names(scorer) or None,
        "error_score": numeric,
        "train_scores": bool(search.return_train_score),
        "spends": resource.name is not None,
        "resource": resource.parameter,
    }
