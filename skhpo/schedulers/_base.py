"""What a scheduler is: a spec that starts a run, and the run's slots and reports."""

from typing import Protocol, runtime_checkable

import numpy as np

from .._records import Plan, Result, Slot
from .._spec import Spec


@runtime_checkable
class SchedulerRun(Protocol):
    """Offer slots; what `Scheduler.start` returns, a state machine that can be pickled."""

    def next_slot(self) -> Slot | None:
        """Return the next slot; None says wait for a report, or finished. It changes nothing."""

    def report(self, result: Result) -> None:
        """Learn how the job of a slot ended.

        Parameters
        ----------
        result : Result
            How it ended.
        """

    def exhausted(self, slot: Slot) -> None:
        """Leave a slot empty, and never offer a fresh one again.

        Parameters
        ----------
        slot : Slot
            The one that no configuration was left for.
        """


class Scheduler(Spec):
    """Base of the scheduler specs: which trial, at which resource, next.

    Attributes
    ----------
    adaptive : bool
        Whether slots depend on results.
    asynchronous : bool
        Whether slots never wait for a whole rung: with several workers, jobs are then told as
        they end.
    resource : str or None
        What is spent: "n_samples", or a parameter of the estimator; None where every trial has
        all of it.
    min_resources, max_resources : int or str
        Ends of the resource, as users give them.
    """

    adaptive = True
    asynchronous = False
    resource: str | None = None
    min_resources: int | str = "auto"
    max_resources: int | str = "auto"

    def settle(self, plan: Plan) -> Plan:
        """Return the plan as this scheduler carries it out; nothing is started.

        Parameters
        ----------
        plan : Plan
            What is known so far.

        Returns
        -------
        Plan
            With the resources of the first and the last rung, and with the number of trials of
            one round where `plan` leaves that open and the scheduler has such rounds.
        """
        return plan

    def start(self, rng: np.random.Generator, plan: Plan) -> SchedulerRun:
        """Make the run object; the spec itself does not change.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of randomness.
        plan : Plan
            What is known before the first trial.

        Returns
        -------
        SchedulerRun
        """
        raise NotImplementedError(f"{type(self).__name__} must define start(rng, plan).")
