"""What the tree-structured Parzen estimator does between its start and its end."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace

import numpy as np

from .._records import Observations, Plan, Points, Proposal, Slot
from .._typing import Integers, Mask, Vector
from ..space import Space
from ..surrogates import Kernels
from ._base import SamplerRun
from ._draws import Seen
from ._startup import UNKNOWN_BUDGET
from ._tpe_blocks import Block
from ._tpe_leaves import MIN_TRIALS, SHARE, Leaves, leaf_order
from ._tpe_split import Split, Trials, groups, is_constant, split, teaching

MAX_ROUNDS = 10  # of candidates that were all tried before or not allowed
MAX_LEAVES = 3  # that are tried for one proposal


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is told of its spec, checked; see `TPESampler`."""

    gamma: Callable[[int], int]
    weights: str
    kernels: Kernels
    final_scale: float  # of the good density's bandwidths, when the budget is spent
    n_startup: int
    n_candidates: int
    multivariate: bool
    group: bool
    leaves: bool
    min_share: float


class TPERun:
    """Remembers the finished trials, what was tried, and its generator.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator
    plan : Plan
    settings : Settings
    prior : SamplerRun
        Proposes the first trials, and where the densities have nothing new.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        plan: Plan,
        settings: Settings,
        prior: SamplerRun,
    ) -> None:
        self._space = space
        self._rng = rng
        self._plan = plan
        self._settings = settings
        self._prior = prior
        self._seen = Seen(space)
        self._trials = Trials.empty(space.n_columns)
        self._told: set[int] = set()  # trials, those that teach nothing too
        self._patterns: dict[bytes, Mask] = {}
        self._closed: set[int] = set()  # leaves in which nothing new was found
        budget = plan.budget or UNKNOWN_BUDGET
        self._leaves = Leaves.of(space, int(SHARE * budget / 2)) if settings.leaves else None
        if self._leaves is not None:
            self._min_trials = min(MIN_TRIALS, int(SHARE * budget / len(self._leaves)))

    def tell(self, observed: Observations) -> None:
        """Learn from finished trials."""
        self._prior.tell(observed)
        self._seen.tell(observed)
        self._told.update(observed.trial.tolist())
        full = self._plan.max_resource
        observed = observed[teaching(observed, full, self._settings.min_share)]
        self._trials = self._trials.with_(observed, full)
        for row in observed.points.active:
            self._patterns.setdefault(row.tobytes(), row)

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose the best of some candidates; None when every configuration was tried."""
        trials = self._trials
        if len(trials) >= self._settings.n_startup and np.any(np.isfinite(trials.loss)):
            new = pending[[number not in self._told for number in pending.trial.tolist()]]
            proposal = self._propose(trial, new.points, self._seen.and_pending(pending))
            if proposal is not None:
                return proposal
        return self._prior.ask(trial, slot, pending)

    def _propose(self, trial: int, pending: Points, taken: Container[bytes]) -> Proposal | None:
        """The best candidate that nobody has tried, or None."""
        model = self._model(trial, pending)
        for number, fixed in self._choices(pending):
            for _ in range(MAX_ROUNDS):
                for x in model.rows(self._rng, fixed):
                    proposal = self._proposal(x, taken)
                    if proposal is not None:
                        return proposal
            self._closed.add(number)
        return None

    def _proposal(self, x: Vector, taken: Container[bytes]) -> Proposal | None:
        point = self._space.normalize(x[None])
        if self._space.keys(point)[0] in taken:
            return None
        params = self._space.decode(point)[0]
        return Proposal(point, params, "tpe") if self._space.allows(params) else None

    def _choices(self, pending: Points) -> Iterator[tuple[int, dict[int, float]]]:
        """The leaves to try one after the other and their codes by column; or no restriction."""
        if self._leaves is None or is_constant(self._trials):
            yield -1, {}
            return
        leaf = self._leaves.number(self._trials.points)
        both = np.concatenate([leaf, self._leaves.number(pending)])
        counts = np.bincount(both, minlength=len(self._leaves))
        order = leaf_order(self._trials, leaf, counts, self._min_trials, self._rng)
        open_first = sorted(order.tolist(), key=self._closed.__contains__)
        for number in open_first[:MAX_LEAVES]:
            yield number, self._leaves.fixed(number)

    def _model(self, trial: int, pending: Points) -> "Model":
        settings = self._settings
        leaf = None if self._leaves is None else self._leaves.number(self._trials.points)
        parts = split(self._trials, pending, settings.gamma, settings.weights, self._rng, leaf)
        progress = self._plan.progress(trial, UNKNOWN_BUDGET)
        scale = 1.0 + (settings.final_scale - 1.0) * progress
        good = replace(settings.kernels, scale=scale)
        return Model(self._space, self._blocks(), parts, good, settings)

    def _blocks(self) -> list[Integers]:
        patterns = np.array(list(self._patterns.values()))
        if self._settings.multivariate and self._settings.group:
            return groups(patterns)
        common = self._settings.multivariate & patterns.all(axis=0)
        alone = [np.array([j]) for j in np.flatnonzero(patterns.any(axis=0) & ~common)]
        return ([np.flatnonzero(common)] if common.any() else []) + alone


class Model:
    """The blocks of a space, fitted when they are first needed; remembers those."""

    def __init__(
        self, space: Space, columns: list[Integers], parts: Split, good: Kernels, settings: Settings
    ) -> None:
        self._space = space
        self._columns = columns
        self._parts = parts
        self._good = good
        self._settings = settings
        self._fitted: dict[int, Block] = {}

    def rows(self, rng: np.random.Generator, fixed: dict[int, float]) -> Iterator[Vector]:
        """Rows of the cube, best first: they differ in the last block that takes part.

        Columns that no trial had are drawn from the prior, `fixed` ones are what they are.
        """
        x = self._space.from_uniform(rng.random((1, self._space.n_columns))).x[0]
        for j, code in fixed.items():
            x[j] = code
        last, ranked = np.empty(0, dtype=np.int64), np.empty((1, 0))
        for number, columns in enumerate(self._columns):
            free = [j for j in columns if j not in fixed]
            if free and self._space.active(x[None])[0, columns].any():
                last = columns
                ranked = self._block(number).candidates(rng, self._settings.n_candidates, fixed)
                x[last] = ranked[0]
        for candidate in ranked:
            row = x.copy()
            row[last] = candidate
            yield row

    def _block(self, number: int) -> Block:
        if number not in self._fitted:
            self._fitted[number] = Block.fit(
                self._space,
                self._columns[number],
                self._parts,
                self._good,
                self._settings.kernels,
            )
        return self._fitted[number]
