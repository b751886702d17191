"""What every scheduler must do."""

import pickle
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone

from .._records import Job, Plan, Points, Proposal, Result, Slot
from .._typing import Status
from ..schedulers import Scheduler, SchedulerRun

MAX_STEPS = 10_000
NO_PLAN = Plan(n_iter=20, concurrency=3, min_resource=1.0, max_resource=27.0)


def check_scheduler(spec: Scheduler, plan: Plan = NO_PLAN, *, seed: int = 0) -> None:
    """Check that a scheduler keeps its promises, with results in any order.

    A search is played without an estimator: `plan.concurrency` jobs are in flight, any of them
    may end next, some fail, some tie, and the sampler has nothing left after `plan.n_iter` trials.

    Parameters
    ----------
    spec : Scheduler
        Must be new: not shared with a search.
    plan : Plan, default=Plan(n_iter=20, concurrency=3, min_resource=1.0, max_resource=27.0)
        What the scheduler is told at the start.
    seed : int, default=0
        Decides the losses, the failures and the order of arrival.

    Raises
    ------
    AssertionError
        If a slot is offered twice or at a wrong time, the budget is not kept, the search does not
        end, or the same seed does not give the same slots.

    Examples
    --------
    >>> from skhpo.schedulers import FullScheduler
    >>> from skhpo.testing import check_scheduler
    >>> check_scheduler(FullScheduler())
    """
    before = dict(vars(spec))
    slots = _Play(spec, plan, seed).run()
    assert vars(spec) == before, "start must not change the spec"
    assert _Play(clone(spec), plan, seed).run() == slots, "same seed, other slots"
    assert _Play(spec, plan, seed, pickled=True).run() == slots, "pickling changed the slots"
    for share_failed in (0.0, 1.0):
        _Play(spec, plan, seed, share_failed).run()


@dataclass(slots=True)
class _Play:
    """A search without estimator; remembers what is in flight and how each job ended."""

    spec: Scheduler
    plan: Plan
    seed: int
    share_failed: float = 0.2
    pickled: bool = False
    offered: list[Slot] = field(default_factory=list)
    flying: list[Job] = field(default_factory=list)
    ended: dict[int, tuple[float, Status]] = field(default_factory=dict)  # by trial
    n_fresh: int = 0
    closed: bool = False

    def run(self) -> list[Slot]:
        """Play to the end; the slots that were offered."""
        rng = np.random.default_rng(self.seed)
        run = self.spec.start(np.random.default_rng(self.seed), self.plan)
        assert isinstance(run, SchedulerRun), f"{run!r} lacks a part of the protocol"
        for _ in range(MAX_STEPS):
            if self.pickled:
                run = pickle.loads(pickle.dumps(run))
            self._fill(run)
            if not self.flying:
                self._check_end()
                return self.offered
            run.report(self._result(self.flying.pop(rng.integers(len(self.flying))), rng))
        raise AssertionError(f"the search did not end within {MAX_STEPS} reports")

    def _fill(self, run: SchedulerRun) -> None:
        while len(self.flying) < self.plan.concurrency:
            slot = run.next_slot()
            if slot is None:
                assert run.next_slot() is None, "nothing happened, yet there is a slot now"
                return
            low, high = self.plan.min_resource, self.plan.max_resource
            assert low <= slot.resource <= high, f"{slot} lies outside [{low}, {high}]"
            if slot.trial is None:
                assert not self.closed, f"{slot} is fresh, but the sampler is exhausted"
                if self.n_fresh == self.plan.n_iter:
                    self.closed = True
                    run.exhausted(slot)
                    continue
                slot = Slot(slot.bracket, slot.rung, slot.resource, self.n_fresh, slot.parent)
                self.n_fresh += 1
            else:
                self._check_promotion(slot)
            self.flying.append(Job(len(self.offered), slot, _PROPOSAL))
            self.offered.append(slot)

    def _check_promotion(self, slot: Slot) -> None:
        known = {job.slot.trial for job in self.flying}
        assert slot.trial not in known, f"{slot}: this trial is in flight"
        assert slot.trial in self.ended, f"{slot}: this trial has not been run"
        resource, status = self.ended[slot.trial]
        assert status == "complete", f"{slot}: this trial has {status}"
        assert slot.resource > resource, f"{slot}: this trial has had resource {resource}"

    def _check_end(self) -> None:
        n_iter = self.plan.n_iter
        if n_iter is not None:
            assert self.n_fresh == n_iter, f"{self.n_fresh} trials were started, not {n_iter}"

    def _result(self, job: Job, rng: np.random.Generator) -> Result:
        failed = rng.random() < self.share_failed
        loss = float("nan") if failed else float(rng.integers(10))
        status: Status = "failed" if failed else "complete"
        trial: Any = job.slot.trial
        self.ended[trial] = job.slot.resource, status
        return Result(job, (), status, loss, job.slot.resource)


_PROPOSAL = Proposal(Points.empty(0), {}, "nobody")
