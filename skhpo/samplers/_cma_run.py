"""What CMA-ES does between its start and its end, on any search space."""

from collections.abc import Container
from dataclasses import dataclass, replace

import numpy as np

from .._records import Observations, Plan, Points, Proposal, Slot
from .._typing import Integers, Vector
from ..space import Space
from ._base import SamplerRun
from ._cma_drafts import Draft, Drafts
from ._cma_engine import Engine
from ._cma_members import Domain, First, Settings
from ._cma_space import Branch
from ._cma_start import first_distribution, transferred
from ._draws import PriorDraws, Seen, UniformRows
from ._startup import UNKNOWN_BUDGET
from ._tpe_leaves import MIN_TRIALS, SHARE, Leaves, leaf_order
from ._tpe_split import FAILED, FULL, Trials

MAX_DRAWS = 100  # of points that were tried before, or are not allowed
LEAST_POPSIZE, GENERATIONS = 4, 12  # that a population shrinks to, for so many generations
N_TRANSFER = 5  # startup trials are enough where an earlier search is known
MAX_LEAVES = 3  # that are tried for one proposal


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a run is told of its spec, checked; see `CMAESSampler`."""

    popsize: int | None
    sigma: float
    engine: Settings
    n_startup: int
    x0: Points | None


class CMAESRun:
    """Remembers the distributions, whose trials are whose, what was tried, and its generator.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator
    plan : Plan
    settings : RunSettings
    startup : SamplerRun
        Proposes the first trials.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        plan: Plan,
        settings: RunSettings,
        startup: SamplerRun,
    ) -> None:
        self._space = space
        self._rng = rng
        self._plan = plan
        self._settings = settings
        self._startup: SamplerRun | None = startup
        self._draws = PriorDraws(space, UniformRows(rng, space.n_columns), rng)
        self._seen = Seen(space)
        self._repeats = all(column.n_values < np.inf for column in space.columns)
        self._losses: dict[bytes, list[float]] = {}  # of finite spaces
        self._asked: dict[int, tuple[int, Draft]] = {}
        self._engines: dict[int, Engine] = {}
        self._drafts: dict[int, Drafts] = {}
        self._branches: dict[int, Branch] = {}
        self._closed: set[int] = set()  # branches in which nothing new was found
        self._trials = self._earlier = Trials.empty(space.n_columns)
        budget = plan.budget or UNKNOWN_BUDGET
        self._leaves = Leaves.of(space, max(2, int(SHARE * budget / 2)))
        n_leaves = 1 if self._leaves is None else len(self._leaves)
        self._min_trials = min(MIN_TRIALS, int(SHARE * budget / n_leaves))

    # ---------------------------------------------------------------- results
    def tell(self, observed: Observations) -> None:
        """Learn from finished trials."""
        keys, own = self._keys(observed), observed.trial >= 0  # others are to be tried again
        self._seen.add(key for key, yes in zip(keys, own, strict=True) if yes)
        if self._startup is not None:
            self._startup.tell(observed)
        if self._startup is not None or self._leaves is not None:
            self._trials = self._trials.with_(observed, self._plan.max_resource)
        losses, levels = standing(observed, self._plan.max_resource)
        if self._repeats:
            known = zip(keys, losses, levels, own, strict=True)
            self._losses.update({key: [loss, level] for key, loss, level, yes in known if yes})
        leaf = self._leaf(observed.points)
        for i, trial in enumerate(observed.trial.tolist()):
            if trial in self._asked:
                number, draft = self._asked.pop(trial)
                member = draft.member
            elif leaf[i] in self._engines:
                number = int(leaf[i])
                u, chosen = self._branch(number).parts(observed.points[i])
                member = self._engines[number].foreign(u[0], chosen[0])
            else:
                continue  # the engine will start from it
            self._engines[number].tell(member, losses[i], self._rng, levels[i])

    def _keys(self, observed: Observations) -> list[bytes]:
        """Of the configurations, which are known where they were proposed here."""
        asked = [self._asked.get(trial) for trial in observed.trial.tolist()]
        keys = [parts[1].key for parts in asked if parts is not None]
        return keys if len(keys) == len(asked) else self._space.keys(observed.points)

    def _leaf(self, points: Points) -> Integers:
        if self._leaves is None:
            return np.zeros(len(points), dtype=np.int64)
        return self._leaves.number(points)

    def transfer(self, earlier: Observations) -> None:
        """Start from trials of a search on other data; call it before the first `ask`."""
        self._earlier = self._earlier.with_(earlier, self._plan.max_resource)

    # -------------------------------------------------------------- proposals
    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose a point of the distribution; None when every configuration was tried."""
        if self._startup is not None:
            if not self._is_ready():
                return self._startup.ask(trial, slot, pending)
            self._startup = None
        taken = self._seen.and_pending(pending)
        for number in self._choices(pending.points):
            proposal = self._draw(trial, number, taken)
            if proposal is not None:
                return proposal
            self._closed.add(number)
        return self._from_prior(taken)

    def _draw(self, trial: int, number: int, taken: Container[bytes]) -> Proposal | None:
        """A point of a branch that nobody has tried, or None."""
        engine = self._engine(number)
        for _ in range(MAX_DRAWS):
            draft = self._drafts[number].next(self._rng)
            if draft.key in self._losses:  # known already: it costs no trial
                loss, level = self._losses[draft.key]
                engine.tell(draft.member, loss, self._rng, level)
            elif draft.key not in taken and self._space.allows(draft.params):
                self._asked[trial] = number, draft
                return Proposal(draft.point, draft.params, "cmaes")
        return None

    def _is_ready(self) -> bool:
        """Whether enough is known, and not all losses are the same."""
        trials, n = self._trials, self._settings.n_startup
        if len(self._earlier):
            n = min(n, N_TRANSFER)
        if n == 0:
            return True
        usable = trials.loss[trials.level != FAILED]
        return len(trials) >= n and len(usable) > 0 and bool(np.ptp(usable) > 0.0)

    def _choices(self, pending: Points) -> list[int]:
        """The branches to try one after the other; those without anything new come last."""
        if self._leaves is None:
            return [0]
        leaf = self._leaf(self._trials.points)
        both = np.concatenate([leaf, self._leaf(pending)])
        counts = np.bincount(both, minlength=len(self._leaves))
        order = leaf_order(self._trials, leaf, counts, self._min_trials, self._rng)
        return sorted(order.tolist(), key=self._closed.__contains__)[:MAX_LEAVES]

    def _from_prior(self, taken: Container[bytes]) -> Proposal | None:
        drawn = self._draws.draw(taken)
        if drawn is None:
            return None
        point, params, _ = drawn
        return Proposal(point, params, "random")

    # ---------------------------------------------------------------- engines
    def _branch(self, number: int) -> Branch:
        if number not in self._branches:
            self._branches[number] = self._make_branch(number)
        return self._branches[number]

    def _make_branch(self, number: int) -> Branch:
        space, leaves = self._space, self._leaves
        if leaves is None:
            return Branch(space, range(space.n_columns), {})
        active = leaves.active[number]
        codes = leaves.codes[number][active].tolist()
        fixed = dict(zip(leaves.columns[active].tolist(), codes, strict=True))
        x = np.full((1, space.n_columns), 0.5)
        for j, code in fixed.items():
            x[0, j] = code
        parents = set(leaves.columns.tolist())
        columns = [j for j in np.flatnonzero(space.active(x)[0]).tolist() if j not in parents]
        return Branch(space, columns, fixed)

    def _engine(self, number: int) -> Engine:
        if number not in self._engines:
            branch = self._branch(number)
            domain = branch.domain
            popsize = self._settings.popsize or self._popsize(domain)
            settings = replace(self._settings.engine, popsize=popsize)
            first = self._first(number, branch)
            engine = self._engines[number] = Engine(domain, settings, first)
            self._drafts[number] = Drafts(self._space, branch, engine)
        return self._engines[number]

    def _popsize(self, domain: Domain) -> int:
        """The usual one, less where there are few trials, more where there are many workers."""
        budget = self._plan.budget
        most = domain.popsize if budget is None else max(LEAST_POPSIZE, budget // GENERATIONS)
        return max(min(domain.popsize, most), self._plan.concurrency)

    def _first(self, number: int, branch: Branch) -> First:
        """The first distribution of a branch, from what is known of it."""
        sigma = self._settings.sigma
        if self._settings.x0 is not None and number == self._leaf(self._settings.x0)[0]:
            u, _ = branch.parts(self._settings.x0)
            return First(u[0], sigma, None, branch.q)
        earlier = self._earlier
        own = (self._leaf(earlier.points) == number) & (earlier.level == FULL)
        if np.any(own):
            return transferred(branch, earlier.points[own], earlier.loss[own], sigma)
        trials = self._trials
        own = (self._leaf(trials.points) == number) & (trials.level == FULL)
        return first_distribution(branch, trials.points[own], trials.loss[own], sigma)


def standing(observed: Observations, full: float) -> tuple[list[float], list[float]]:
    """Losses, infinite where a trial failed, and levels: 0 at the full resource, more below."""
    failed = ~np.isfinite(observed.loss) | (observed.status == "failed")
    short = (observed.resource < full) | (observed.status == "pruned")
    loss: Vector = np.where(failed, np.inf, observed.loss)
    level: Vector = np.where(short, 1.0 / (1.0 + np.maximum(observed.resource, 0.0)), 0.0)
    level = np.where(failed, 2.0, level)
    return loss.tolist(), level.tolist()
