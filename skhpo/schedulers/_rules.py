"""Rules that stop a running trial, and the run that asks them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from .._records import Result, Slot
from ._ladder import share


class Rule(Protocol):
    """Says whether a trial goes on; remembers what it was told."""

    def goes_on(self, slot: Slot, loss: float, last: bool) -> bool:
        """Take the loss of a trial at a rung, and decide; after the `last` rung nothing follows."""


class StoppingRun:
    """Takes every trial up the rungs, one job after the other, until a rule stops it.

    It remembers the trials whose next job waits, and whether fresh ones may start.

    Parameters
    ----------
    resources : sequence of float
        Of the rungs, the full one last.
    rule : Rule
    """

    def __init__(self, resources: Sequence[float], rule: Rule) -> None:
        self._resources = list(resources)
        self._rule = rule
        self._ready: list[tuple[int, int]] = []  # rung and trial
        self._over: list[int] = []
        self._closed = False

    def next_slot(self) -> Slot | None:
        """The next job of a trial that goes on, the one furthest up first; or a fresh slot."""
        if self._ready:
            rung, trial = max(self._ready, key=lambda ready: (ready[0], -ready[1]))
            self._ready.remove((rung, trial))
            return Slot(0, rung, self._resources[rung], trial)
        return None if self._closed else Slot(0, 0, self._resources[0])

    def report(self, result: Result) -> None:
        """Take a job's loss and decide whether its trial goes on."""
        slot, last = result.job.slot, len(self._resources) - 1
        failed = result.status != "complete"
        loss = float("inf") if failed else result.loss
        goes_on = self._rule.goes_on(slot, loss, slot.rung == last)
        if goes_on and not failed and slot.rung < last and slot.trial is not None:
            self._ready.append((slot.rung + 1, slot.trial))
        elif slot.trial is not None:
            self._over.append(slot.trial)

    def over(self) -> list[int]:
        """Trials that will never go on, told once."""
        found, self._over = self._over, []
        return found

    def exhausted(self, slot: Slot) -> None:
        """Offer no fresh slot any more."""
        self._closed = True


@dataclass(slots=True)
class TopShare:
    """Goes on in the best share of what was seen at the rung so far; remembers the losses.

    Attributes
    ----------
    factor : float
    quantile : bool, default=False
        Whether the bound is the interpolated quantile, with no decision below two losses.
    n_free : int, default=0
        Losses at a rung before the first decision.
    """

    factor: float
    quantile: bool = False
    n_free: int = 0
    seen: dict[int, list[float]] = field(default_factory=dict)

    def goes_on(self, slot: Slot, loss: float, last: bool) -> bool:
        """Whether the loss is among the best of its rung."""
        losses = self.seen.setdefault(slot.rung, [])
        losses.append(loss)
        n = len(losses)
        if n <= self.n_free:
            return True
        if self.quantile:
            finite = [value for value in losses if value < float("inf")]
            return len(finite) < 2 or loss <= float(np.quantile(finite, 1 / self.factor))
        # ties go to who came first
        return sum(other <= loss for other in losses) <= max(1, share(n, self.factor))


@dataclass(slots=True)
class BelowPercentile:
    """Goes on unless the best loss so far is worse than a percentile of finished trials.

    These are represented by the mean of their losses up to the same rung. Remembers all curves.

    Attributes
    ----------
    percentile : float or None
        None leaves it to the patience.
    min_trials : int
        Finished trials before the first decision.
    patience : int
        Rungs without improvement that are let pass before a trial may be stopped.
    """

    percentile: float | None
    min_trials: int
    patience: int
    curves: dict[int, list[float]] = field(default_factory=dict)
    finished: list[int] = field(default_factory=list)

    def goes_on(self, slot: Slot, loss: float, last: bool) -> bool:
        """Whether the trial may have its next rung."""
        trial = -1 if slot.trial is None else slot.trial
        curve = self.curves.setdefault(trial, [])
        curve.append(loss)
        if last and loss < float("inf"):
            self.finished.append(trial)
        if slot.rung == 0:  # grace
            return True
        if self.patience and len(curve) - 1 - int(np.argmin(curve)) < self.patience:
            return True
        if self.percentile is None:
            return False
        means = [np.mean(self.curves[other][: slot.rung + 1]) for other in self.finished]
        if len(means) < self.min_trials:
            return True
        return bool(min(curve) <= np.percentile(means, self.percentile))
