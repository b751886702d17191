"""Every trial at the full resource."""

import numpy as np

from .._records import Plan, Result, Slot
from ._base import Scheduler


class FullScheduler(Scheduler):
    """Run every trial once, at the full resource.

    This is what `GridSearchCV` and `RandomizedSearchCV` do. Prefer a halving scheduler where single
    fits are long and bad configurations show early.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Plan
    >>> run = FullScheduler().start(np.random.default_rng(0), Plan(n_iter=2))
    >>> run.next_slot()
    Slot(bracket=0, rung=0, resource=1.0, trial=None, parent=None)
    """

    adaptive = False

    def start(self, rng: np.random.Generator, plan: Plan) -> "FullRun":
        """Make the run object; no random number is drawn."""
        return FullRun(plan.max_resource)


class FullRun:
    """Offers fresh slots without end; remembers only whether the sampler is exhausted."""

    def __init__(self, resource: float) -> None:
        self._slot: Slot | None = Slot(resource=resource)

    def next_slot(self) -> Slot | None:
        """A fresh slot at the full resource, or None once the sampler is exhausted."""
        return self._slot

    def report(self, result: Result) -> None:
        """Nothing depends on results."""

    def exhausted(self, slot: Slot) -> None:
        """Offer nothing more."""
        self._slot = None
