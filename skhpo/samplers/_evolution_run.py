"""What an evolutionary strategy does between its start and its end, on any search space."""

from typing import Any, Protocol

import numpy as np

from .._records import Observations, Plan, Proposal, Slot
from .._typing import Vector
from ..space import Space
from ._base import SamplerRun
from ._cma_run import standing
from ._draws import PriorDraws, Seen, UniformRows

MAX_DRAWS = 50  # of points that were tried before, or are not allowed


class Strategy(Protocol):
    """Makes children and chooses among them; a child has its point in `x`."""

    def ask(self, rng: np.random.Generator) -> Any:
        """Make a child."""

    def foreign(self, x: Vector) -> Any:
        """Make the child for a point that others proposed."""

    def replayed(self, x: Vector) -> Any:
        """Make the child for a point of an earlier search."""

    def tell(self, child: Any, loss: float, rng: np.random.Generator) -> None:
        """Learn its loss; infinite where the trial failed."""


class EvolutionRun:
    """Remembers the strategy, whose trials are whose, what was tried, and its generator.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator
    plan : Plan
    strategy : Strategy
    startup : SamplerRun
        Proposes the first trials.
    n_startup : int
        How many of them, whoever proposed them.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        plan: Plan,
        strategy: Strategy,
        startup: SamplerRun,
        n_startup: int,
    ) -> None:
        self._space = space
        self._rng = rng
        self._plan = plan
        self._strategy = strategy
        self._startup = startup
        self._n_startup = n_startup
        self._draws = PriorDraws(space, UniformRows(rng, space.n_columns), rng)
        self._seen = Seen(space)
        self._known: dict[bytes, float] = {}
        self._asked: dict[int, Any] = {}
        self._n_finished = 0
        self._losses: set[float] = set()  # some different ones: there is something to learn

    def tell(self, observed: Observations) -> None:
        """Learn from finished trials; those with less than the full resource rank last."""
        self._seen.tell(observed)
        self._startup.tell(observed)
        losses, levels = standing(observed, self._plan.max_resource)
        keys = self._space.keys(observed.points)
        for i, trial in enumerate(observed.trial.tolist()):
            loss = losses[i] if levels[i] == 0.0 else np.inf
            child = self._asked.pop(trial, None)
            if child is None:
                make = self._strategy.foreign if trial >= 0 else self._strategy.replayed
                child = make(observed.points.x[i].copy())
            self._strategy.tell(child, loss, self._rng)
            if trial >= 0:  # those of earlier searches are to be tried again
                self._known[keys[i]] = loss
            self._n_finished += 1
            if np.isfinite(loss) and len(self._losses) < 2:
                self._losses.add(loss)

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose a child; None when every configuration was tried."""
        if self._n_finished < self._n_startup or len(self._losses) < 2:
            return self._startup.ask(trial, slot, pending)
        taken = self._seen.and_pending(pending)
        for _ in range(MAX_DRAWS):
            child = self._strategy.ask(self._rng)
            point = self._space.normalize(child.x[None])
            key = self._space.keys(point)[0]
            if key in self._known:  # it costs no trial
                self._strategy.tell(child, self._known[key], self._rng)
            elif key not in taken:
                params = self._space.decode(point)[0]
                if self._space.allows(params):
                    self._asked[trial] = child
                    return Proposal(point, params, "evolution")
        drawn = self._draws.draw(taken)
        return None if drawn is None else Proposal(drawn[0], drawn[1], "random")
