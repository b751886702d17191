"""The first trials of a search with a model: an even design around what is known already."""

import numpy as np

from .._records import Observations, Plan, Points, Proposal, Slot
from ..space import Space
from ._draws import Seen
from ._quasi_random import SobolSampler


class StartupRun:
    """Hands over Sobol points; remembers the design that is left and what was tried.

    Whoever comes with trials of his own, such as the initial ones, has a part of the space covered:
    each takes the place of the design's nearest point.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator
    n : int
        Points of the design, rounded up to a power of two.
    """

    def __init__(self, space: Space, rng: np.random.Generator, n: int) -> None:
        self._n = 1 << max(0, n - 1).bit_length()
        self._sobol = SobolSampler().start(space, rng, Plan(n_iter=self._n))
        self._seen = Seen(space)
        self._space = space
        self._known = Points.empty(space.n_columns)
        self._design: list[Proposal] | None = None
        self._spared: list[Proposal] = []  # their place was taken by a known trial

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose the next point of the design, then of the sequence; None when all are tried."""
        if self._design is None:
            self._design = self._draw(trial, slot, pending)
        taken = self._seen.and_pending(pending)
        while self._design:
            proposal = self._design.pop(0)
            if self._space.keys(proposal.point)[0] not in taken:
                return proposal
        found = self._sobol.ask(trial, slot, pending)
        while found is None and self._spared:  # a small space is gone through whole
            proposal = self._spared.pop(0)
            found = None if self._space.keys(proposal.point)[0] in taken else proposal
        return found

    def _draw(self, trial: int, slot: Slot, pending: Observations) -> list[Proposal]:
        drawn = [self._sobol.ask(trial, slot, pending) for _ in range(self._n)]
        design = [proposal for proposal in drawn if proposal is not None]
        for x in Points.concatenate([self._known, pending.points]).x:
            if design:
                distances = [np.abs(proposal.point.x[0] - x).sum() for proposal in design]
                self._spared.append(design.pop(int(np.argmin(distances))))
        return design

    def tell(self, observed: Observations) -> None:
        """Take note of what was tried."""
        self._seen.tell(observed)
        self._sobol.tell(observed)
        if self._design is None:
            self._known = Points.concatenate([self._known, observed.points])
