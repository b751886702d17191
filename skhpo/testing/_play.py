"""A search without an estimator: whoever plays decides which job ends next, and how."""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .._records import Observations, Plan, Points, Proposal, Slot
from ..samplers import Sampler, SamplerRun
from ..space import Space

SHARE_PRUNED = 0.1
LOSSES = (0.0, 0.25, 0.25, 0.5, 1.0, -3.0, float("nan"), float("inf"), float("-inf"))


@dataclass(slots=True)
class SearchPlay:
    """A search in progress; remembers what is in flight and which configurations were tried."""

    run: SamplerRun
    space: Space
    rng: np.random.Generator
    n_trials: int = 0
    n_earlier: int = 0
    flying: dict[int, Points] = field(default_factory=dict)  # trial -> row
    keys: set[bytes] = field(default_factory=set)
    proposals: list[tuple[Proposal, bytes]] = field(default_factory=list)

    @staticmethod
    def start(spec: Sampler, space: Space, plan: Plan, seed: int) -> "SearchPlay":
        """Start `spec`; losses and order of arrival have a generator of their own."""
        with warnings.catch_warnings():
            # scikit-learn's own, where there are fewer configurations than trials
            warnings.filterwarnings("ignore", "The total space of parameters", UserWarning)
            run = spec.start(space, np.random.default_rng(seed), plan)
        assert isinstance(run, SamplerRun), f"{run!r} lacks a part of the protocol"
        return SearchPlay(run, space, np.random.default_rng(seed + 1))

    def ask(self, distinct: bool) -> Proposal | None:
        """Ask for the next trial, which must be a new configuration if `distinct`."""
        proposal = self.run.ask(self.n_trials, Slot(), self._pending())
        if proposal is None:
            assert self.space.size < np.inf, "an infinite space cannot be exhausted"
            return None
        placed = proposal.point.active.any()
        meant = proposal.point if placed else self.space.encode(proposal.params)
        assert meant is not None, f"{proposal.params!r} lies outside the space"
        key = self.space.keys(meant)[0]
        assert not (distinct and key in self.keys), f"{proposal.params!r} has been tried"
        self.keys.add(key)
        self.flying[self.n_trials] = proposal.point
        self.proposals.append((proposal, proposal.point.x.tobytes()))
        self.n_trials += 1
        return proposal

    def tell_some(self, n_left: int, loss: Callable[[], float]) -> None:
        """Let jobs end in any order until `n_left` are in flight."""
        while len(self.flying) > n_left:
            trial = int(self.rng.choice(list(self.flying)))
            point = self.flying.pop(trial)
            pruned = self.rng.random() < SHARE_PRUNED
            self.run.tell(_observations([trial], [loss()], point, "pruned" if pruned else None))

    def tell_strangers(self, n: int, earlier: bool = False) -> None:
        """Tell of trials that others proposed, in this search or (`earlier`) in another."""
        points = self.space.from_uniform(self.rng.uniform(size=(n, self.space.n_columns)))
        if earlier:
            trials = [-1 - self.n_earlier - i for i in range(n)]
            self.n_earlier += n
        else:
            trials = [self.n_trials + i for i in range(n)]
            self.n_trials += n
            self.keys.update(self.space.keys(points))
        self.run.tell(_observations(trials, [self.any_loss() for _ in trials], points))

    def any_loss(self) -> float:
        """A loss of any sort: ties, failures, infinities."""
        return float(self.rng.choice(LOSSES))

    def check_unaltered(self) -> None:
        """Check that no proposal was altered after it was made."""
        for proposal, row in self.proposals:
            assert proposal.point.x.tobytes() == row, "a proposal was altered after it was made"

    def _pending(self) -> Observations:
        if not self.flying:
            return Observations.empty(self.space.n_columns)
        rows = Points.concatenate(list(self.flying.values()))
        return _observations(list(self.flying), [float("nan")] * len(rows), rows, "pending")


def _observations(
    trials: list[int], loss: list[float], points: Points, status: str | None = None
) -> Observations:
    """Read-only observations; without a status, a job whose loss is NaN has failed."""
    n = len(trials)
    states = [status or ("failed" if math.isnan(value) else "complete") for value in loss]
    observed = Observations(
        trial=np.array(trials, dtype=np.int64),
        loss=np.array(loss),
        resource=np.ones(n),
        status=np.array(states, dtype="<U9"),
        cost=np.full(n, 0.1),
        points=Points(points.x.copy(), points.active.copy()),
    )
    for array in (observed.trial, observed.loss, observed.resource, observed.cost):
        array.flags.writeable = False
    observed.status.flags.writeable = False
    observed.points.x.flags.writeable = False
    observed.points.active.flags.writeable = False
    return observed
