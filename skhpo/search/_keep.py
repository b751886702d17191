"""What a search goes on from, its journal or `history_`, and where it is recorded."""

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
    open_journal,
    versions,
)
from .._records import Job, Plan, Provenance, Result
from ..evaluation._recording import RecordingRunner
from ..exceptions import JournalWarning
from ..samplers import Sampler
from ..schedulers import Scheduler, SchedulerRun
from ..space import Space
from . import _setup as setup
from ._identity import can_be_prolonged, check_hashes, check_repeatable, identity
from ._past import check_frame, check_layout, checked, of_history
from ._resources import Resource


class Keeper:
    """Finds the record of a search, makes its calls again, and has the rest recorded.

    Parameters
    ----------
    search : BaseSearch
    specs : tuple of Sampler and Scheduler
    data : Samples
    space : Space
    provenance : Provenance

    Attributes
    ----------
    record : Record or None
        What the search goes on from.
    splits : list of pairs
        The folds; empty until they are known.
    """

    def __init__(
        self,
        search: Any,
        specs: tuple[Sampler, Scheduler],
        data: setup.Samples,
        space: Space,
        provenance: Provenance,
    ) -> None:
        self._search = search
        self._specs = specs
        self._data = data
        self._space = space
        self._provenance = provenance
        self._parts: dict[str, str] = {}
        self._journal: Journal | None = None
        self.record: Record | None = None
        self.splits: list[Any] = []

    @property
    def earlier(self) -> tuple[Plan, tuple[int, ...]] | None:
        """The plan and the seeds of the record."""
        return None if self.record is None else (self.record.header.plan, self.record.header.seeds)

    def find(self, splitter: setup.Splitter, plan: Plan) -> None:
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
            self.record = of_history(search.history_, self._parts)
        if self.record is not None:
            self.record = checked(self.record, search, self._specs)
            check_frame(self.record.header, plan, splitter.n_splits, self._space)

    def split(self, splitter: setup.Splitter) -> list[Any]:
        """The folds, made by the first call."""
        if not self.splits:
            self.splits = splitter.split(self._data)
            self._parts = identity(
                self._search, self._specs, self._data, self._space, self.splits, self._provenance
            )
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
        layout = layout | {"full_resource": strategy.plan.max_resource}
        if self.record is not None:
            header = self.record.header
            check_layout(header, layout)
        else:
            n_columns = self._space.n_columns
            header = Header(self._parts, plan, strategy.seeds, n_columns, layout, versions())
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
        is_new = self._journal is not None and self._journal.record is None
        if is_new:  # what comes from history_ is written, too
            history.journal = self._journal
        if self.record is not None:
            prolonged = self.record.header.plan.n_iter != self._search._budget()
            can = can_be_prolonged(self._specs)
            adopt = strategy.sampler.adopt if prolonged and can else None
            parts = strategy.sampler, strategy.scheduler, self._space
            replay = Replay(history, *parts, adopt=adopt, skips_left=can)
            jobs = replay.run(self.record)
            self._compare(replay.differs, prolonged and can)
            self._resume(jobs, history, strategy, runner)
        history.journal = self._journal
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
                history.finish(result)
        history.journal = self._journal
        for job, result in jobs:
            if result is None or runner.concurrency is not None:
                runner.resume(job, result)
            else:
                strategy.sampler.tell(history.close(result))
                strategy.scheduler.report(result)

    def _compare(self, differs: int | None, prolonged: bool) -> None:
        if differs is not None and not prolonged:
            warnings.warn(
                f"Trial {differs} of the record is not what is proposed here, as happens with "
                "another version, processor or BLAS. The recorded trials are kept, and the search "
                "goes on from them.",
                JournalWarning,
                stacklevel=2,
            )


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
