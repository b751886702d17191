"""The first trials of a search with a model: an even design around what is known already."""

from collections.abc import Container

import numpy as np

from .._records import Observations, Plan, Points, Proposal, Slot
from ..space import Space
from ._draws import Seen
from ._quasi_random import SobolSampler
from ._tpe_leaves import Leaves

MIDDLE = 0.5
NARROWEST = 0.5  # share of the ranges over which a design is spread at least
WIDE = 12  # trials from which on it reaches the edges
MAX_LEAVES = 100  # branches that are told apart
UNKNOWN_BUDGET = 100  # trials that are expected where nobody says


def startup_trials(budget: int | None, most: int) -> int:
    """How many trials to wait for: a fifth of the budget, but 4, or a third of it, at least."""
    if budget is None:
        return most
    return min(most, max(2, min(4, budget // 3), budget // 5))


def design_size(budget: int | None) -> int:
    """How many points of a design come before densities: a tenth of the budget, from 4 to 10."""
    return 10 if budget is None else min(10, max(4, budget // 10))


def design_spread(budget: int | None) -> float:
    """Over which share of the ranges a design is spread: few trials have none for the edges."""
    return 1.0 if budget is None else min(1.0, max(NARROWEST, budget / WIDE))


def drawn_in(space: Space, proposal: Proposal, spread: float) -> Proposal:
    """The proposal with its numbers `spread` times as far from the middle, if that is allowed."""
    parents = {c.column for column in space.columns for c in column.conditions}
    moves = [c.kind != "categorical" and j not in parents for j, c in enumerate(space.columns)]
    x = proposal.point.x
    point = space.normalize(np.where(moves, MIDDLE + spread * (x - MIDDLE), x))
    params = space.decode(point)[0]
    return Proposal(point, params, proposal.origin) if space.allows(params) else proposal


def _leaf_of(leaves: Leaves | None, points: Points) -> list[int]:
    """The branch of each row; 0 where there is but one."""
    return [0] * len(points) if leaves is None else leaves.number(points).tolist()


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
    middle : bool, default=False
        Whether the first point of each branch without trials has its numbers in the middle.
    spread : float, default=1.0
        Share of the ranges, around the middle, over which the design is spread.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        n: int,
        middle: bool = False,
        spread: float = 1.0,
    ) -> None:
        self._middle = middle
        self._spread = spread
        self._n = 1 << max(0, n - 1).bit_length()
        self._sobol = SobolSampler().start(space, rng, Plan(n_iter=self._n))
        self._seen = Seen(space)
        self._space = space
        self._told: list[Observations] = []  # and not yet taken note of
        self._design: list[Proposal] | None = None
        self._spare: list[Proposal] = []

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose the next point of the design, then of the sequence; None when all are tried."""
        told, self._told = self._told, []
        for observed in told:
            self._seen.tell(observed)
            self._sobol.tell(observed)
        if self._design is None:
            known = Points.concatenate([*(o.points for o in told), pending.points])
            self._design = self._draw(trial, slot, pending, known)
        taken = self._seen.and_pending(pending)
        return (
            self._new(self._design, taken)
            or self._sobol.ask(trial, slot, pending)
            or self._new(self._spare, taken)
        )

    def _new(self, proposals: list[Proposal], taken: Container[bytes]) -> Proposal | None:
        """Take the first of the proposals that nobody has tried off the list."""
        while proposals:
            proposal = proposals.pop(0)
            if self._space.keys(proposal.point)[0] not in taken:
                return proposal
        return None

    def _draw(self, trial: int, slot: Slot, pending: Observations, known: Points) -> list[Proposal]:
        drawn = [self._sobol.ask(trial, slot, pending) for _ in range(self._n)]
        design = [proposal for proposal in drawn if proposal is not None]
        for x in known.x:
            if design:
                distances = [np.abs(proposal.point.x[0] - x).sum() for proposal in design]
                self._spare.append(design.pop(int(np.argmin(distances))))
        if self._spread < 1.0:
            self._spare += design
            design = [drawn_in(self._space, proposal, self._spread) for proposal in design]
        return self._with_middles(design, known) if self._middle else design

    def _with_middles(self, design: list[Proposal], known: Points) -> list[Proposal]:
        """The design, the first point of each branch that nobody has tried moved to its middle."""
        leaves = Leaves.of(self._space, MAX_LEAVES)
        visited = set(_leaf_of(leaves, known))
        moved = list(design)
        for i, proposal in enumerate(design):
            leaf = _leaf_of(leaves, proposal.point)[0]
            if leaf not in visited:
                visited.add(leaf)
                moved[i] = drawn_in(self._space, proposal, 0.0)
                self._spare.append(proposal)
        return moved

    def tell(self, observed: Observations) -> None:
        """Remember what was tried until a point is asked for."""
        self._told.append(observed)
