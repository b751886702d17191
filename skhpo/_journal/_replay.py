"""The calls of an earlier `fit`, made again, so that sampler and scheduler are where they were."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .._records import Job, Proposal, Result, Slot
from .._typing import Params
from ..exceptions import JournalError
from ..samplers._base import SamplerRun
from ..schedulers._base import SchedulerRun
from ..space import Space
from ..space._values import same
from ._calls import Left, Opened, Record, Told
from ._recorded import RecordedHistory

Adopt = Callable[[int, Params], bool]


@dataclass(slots=True)
class Replay:
    """Makes the calls of a record; remembers which jobs are open.

    Attributes
    ----------
    history : RecordedHistory
        Empty.
    sampler : SamplerRun
        Just started.
    scheduler : SchedulerRun
        Just started.
    space : Space
    adopt : callable or None, default=None
        ``adopt(trial, params)`` hands a trial to a sampler that was started for more trials than
        before, and is false if it has to be asked instead.
    skips_left : bool, default=False
        Whether slots that were left empty are offered again.
    differs : int or None
        The first trial for which the sampler proposed something else than what is recorded.
    """

    history: RecordedHistory
    sampler: SamplerRun
    scheduler: SchedulerRun
    space: Space
    adopt: Adopt | None = None
    skips_left: bool = False
    differs: int | None = field(default=None, init=False)
    _open: dict[int, Job] = field(default_factory=dict, init=False)

    def run(self, record: Record) -> list[tuple[Job, Result | None]]:
        """Make all calls.

        Parameters
        ----------
        record : Record
            Of the same search.

        Returns
        -------
        list of tuple
            The jobs that were opened and not told, in order, each with its result if it had ended.

        Raises
        ------
        JournalError
            If the scheduler does not offer the slots that are recorded.
        """
        for call in record.calls:
            if isinstance(call, Opened):
                self._open_again(call)
            elif isinstance(call, Told):
                job = self._open.pop(call.job)
                self._tell(replace(record.results[call.job], job=job))
            elif not self.skips_left:
                self._leave(call)
        ended = {number: record.results.get(number) for number in self._open}
        return [
            (job, None if (result := ended[number]) is None else replace(result, job=job))
            for number, job in self._open.items()
        ]

    def _open_again(self, call: Opened) -> None:
        slot = self._next_slot(call.slot, fresh=call.proposal is not None)
        proposal = call.proposal or self.history.earlier(slot)
        if proposal is None:
            raise JournalError(f"Job {call.job} of the journal has no parameters.")
        trial = self.history.n_trials
        if slot.trial is None and not (self.adopt and self.adopt(trial, proposal.params)):
            asked = self.sampler.ask(trial, slot, self.history.pending)
            if not _same(asked, proposal):
                self._check(trial, proposal)
                self.differs = trial if self.differs is None else self.differs
        job = self.history.open(slot, proposal)
        self._open[job.number] = job

    def _check(self, trial: int, proposal: Proposal) -> None:
        """Refuse what nobody can have proposed here."""
        if self.space.is_model_space and self.space.encode(proposal.params) is None:
            raise JournalError(
                f"Trial {trial} of the journal, {proposal.params}, lies outside the space: the "
                "file was changed. Restore it from a copy, or move it away to start afresh."
            )

    def _tell(self, result: Result) -> None:
        self.history.recall(result)
        self.history.finish(result)
        self.sampler.tell(self.history.close(result))
        self.scheduler.report(result)

    def _leave(self, call: Left) -> None:
        slot = self._next_slot(call.slot, fresh=True)
        self.sampler.ask(self.history.n_trials, slot, self.history.pending)
        self.scheduler.exhausted(slot)

    def _next_slot(self, recorded: Slot, fresh: bool) -> Slot:
        """The scheduler's next slot, which must be the recorded one."""
        slot = self.scheduler.next_slot()
        wanted = replace(recorded, trial=None) if fresh else recorded
        if slot != wanted:
            raise JournalError(
                f"The search cannot be resumed: its record has {wanted}, but the scheduler now "
                f"offers {slot}. Resume it with the versions of the packages that began it, or "
                "start afresh with another folder."
            )
        return slot


def _same(asked: Proposal | None, recorded: Proposal) -> bool:
    """Whether two proposals are one configuration."""
    if asked is None or asked.params.keys() != recorded.params.keys():
        return False
    return all(same(value, recorded.params[name]) for name, value in asked.params.items())
