"""Runs of CMA-ES one after the other, over numbers, integers and categories, for any workers.

A generation closes with as many results as the population is large, whoever comes first; there is
no waiting. Results of points that were drawn in an earlier generation, and of points that others
proposed, are members of the one in which they arrive.
"""

from collections import deque

import numpy as np

from .._typing import Integers, Matrix, Vector
from ._cma_bounds import MARGIN, from_unit, to_unit
from ._cma_categories import Categories
from ._cma_centering import CenteredMargin
from ._cma_learning_rate import LearningRates
from ._cma_margin import Margin, margin_alpha
from ._cma_members import Domain, First, Member, Settings, Told, ranks_of
from ._cma_parameters import make_parameters, tied
from ._cma_restarts import Restarts, Start
from ._cma_state import CMA, SIGMA_MAX
from ._cma_stopping import Ends

PERIOD = 2.0 * (1.0 + 2.0 * MARGIN)  # of the bound map
REDRAWS = 10  # of points outside, before they are folded in
LATE_SHIFT = 0.5  # part of the way that the mean has gone since, which late points go with it


class Engine:
    """Draws points and learns from results in any order.

    Parameters
    ----------
    domain : Domain
    settings : Settings
    first : First
    """

    def __init__(self, domain: Domain, settings: Settings, first: First) -> None:
        self.domain = domain
        self.settings = settings
        self.best: Told | None = None
        self.run = -1
        self._varied = False  # whether any generation had different losses
        self._continuous = domain.continuous
        self._restarts = (
            None
            if settings.restarts is None
            else Restarts(settings.restarts, settings.popsize, settings.sigma)
        )
        self._begin(Start(settings.popsize, first.sigma), first)

    def _begin(self, start: Start, first: First) -> None:
        domain, n = self.domain, self.domain.n
        self.run += 1
        self.generation = 0
        self.popsize = start.popsize
        self._max_trials = start.max_trials
        self._n_told = 0
        self._weights = make_parameters(max(n, 1), start.popsize).weights
        alpha = margin_alpha(len(domain.integers), len(domain.categories))
        self.cma, self._rates = None, None
        self.margin: Margin | None = None
        if n:
            self.cma = CMA(first.mean, first.sigma, make_parameters(n, start.popsize), first.C)
            if self.settings.adapt_rates:
                self._rates = LearningRates(n)
        if len(domain.integers):
            if domain.categories and domain.centers is not None:
                parts = domain.integers, domain.cells, alpha, domain.centers
                self.margin = CenteredMargin(*parts)
            else:
                self.margin = Margin(domain.integers, domain.cells, 1.0 / (n * start.popsize))
        self.categories = (
            Categories(domain.categories, alpha, first.q) if domain.categories else None
        )
        tol_x, share = self.settings.tol_x, domain.discrete
        self._ends = Ends(max(n, 1), start.popsize, first.sigma, tol_x, share)
        self._members: list[Told] = []
        self._late: deque[Told] = deque()
        self._foreign: deque[Told] = deque()

    # ------------------------------------------------------------------ points
    @property
    def n_open(self) -> int:
        """How many results the generation waits for."""
        return max(1, self.popsize - len(self._members) - len(self._late))

    def ask(self, rng: np.random.Generator) -> Member:
        """Draw a point."""
        mean = v = np.empty(0)
        if self.cma is not None:
            mean, v = self.cma.mean, self._sample(self.cma, rng)
            if self.margin is not None:
                v = self.margin.enlarge(v, mean)
        chosen = np.empty(0, dtype=np.int64)
        if self.categories is not None:
            chosen = self.categories.sample(rng)
        return Member(v, chosen, self.run, self.generation, mean)

    def _sample(self, cma: CMA, rng: np.random.Generator) -> Vector:
        """A point, within the bounds if it comes soon.

        The map of the bounds is for a mean at a bound. Elsewhere its folds mirror a valley, and
        the covariance would have to be learnt anew at each of them. On a plateau there is nothing
        to learn, and folded points are spread more evenly.
        """
        on_plateau = self.generation > 0 and not self._ends.varied
        for _ in range(1 if on_plateau else REDRAWS):
            v = cma.sample(rng)
            inside = v[self._continuous]
            if np.all((inside >= 0.0) & (inside <= 1.0)):
                break
        return v

    def units(self, members: list[Member]) -> Matrix:
        """The numbers of members within [0, 1]; integers not yet rounded."""
        v = np.array([member.v for member in members])
        u = np.minimum(np.maximum(v, 0.0), 1.0)
        u[:, self._continuous] = to_unit(v[:, self._continuous])
        return np.asarray(u)

    def foreign(self, u: Vector, chosen: Integers) -> Member:
        """The member for numbers in [0, 1] and categories that others chose."""
        v = u.copy()
        if self.cma is not None:
            j = self._continuous
            v[j] = _nearest_image(from_unit(u[j]), self.cma.mean[j])
        return Member(v, chosen, self.run, -1, v)

    # ----------------------------------------------------------------- results
    def tell(
        self, member: Member, loss: float, rng: np.random.Generator, level: float = 0.0
    ) -> None:
        """Learn from a result: infinite where the trial failed.

        Parameters
        ----------
        member : Member
        loss : float
        rng : numpy.random.Generator
            For the next run, should this one end.
        level : float, default=0.0
            0 for a result at the full resource; the larger, the less was spent.
        """
        told = Told(member, loss, level)
        if self.best is None or (level, loss) < (self.best.level, self.best.loss):
            self.best = told
        if member.run != self.run:
            return  # what an earlier run sought is no concern of this one
        if member.generation == self.generation:
            self._members.append(told)
        else:
            (self._late if member.generation >= 0 else self._foreign).append(told)
        while self._is_full():
            self._close()
            if self._restarts is not None and self._has_ended():
                self._restart(self._restarts, rng)

    def _is_full(self) -> bool:
        n_foreign = min(len(self._foreign), self.popsize // 2)
        return len(self._members) + len(self._late) + n_foreign >= self.popsize

    def _close(self) -> None:
        """Update all distributions with the results that have come."""
        members, self._members = self._members, []
        for queue in (self._late, self._foreign):
            while queue and len(members) < self.popsize:
                members.append(queue.popleft())
        late = np.array([told.member.generation != self.generation for told in members])
        ranks = ranks_of(members)
        if self.cma is not None:
            self._update_numbers(self.cma, members, ranks, late)
        if self.categories is not None:
            chosen = np.array([told.member.chosen for told in members])
            self.categories.update(chosen, tied(np.maximum(self._weights, 0.0), ranks))
        self.generation += 1
        self._n_told += len(members)
        full = [told.loss if told.level == 0.0 else np.inf for told in members]
        losses = {told.loss for told in members if told.loss < np.inf}
        self._ends.tell(np.array(full), ranks, len(losses) > 1)
        self._varied = self._varied or self._ends.varied
        if self.cma is not None and not self._varied:
            self.cma.sigma = SIGMA_MAX  # nothing is known: any point is as good as others

    def _update_numbers(
        self, cma: CMA, members: list[Told], ranks: Vector, late: np.ndarray
    ) -> None:
        v = np.array([told.member.v for told in members])
        mean = np.array([told.member.mean for told in members])
        own = np.array([told.member.generation >= 0 for told in members])
        v += np.where(own & late, LATE_SHIFT, 0.0)[:, None] * (cma.mean - mean)
        if isinstance(self.margin, CenteredMargin):
            v = self.margin.center(v, cma.mean, tied(np.maximum(self._weights, 0.0), ranks) > 0.0)
        x = v if self.margin is None else self.margin.shrink(v, cma.mean)
        before = cma.mean, cma.sigma, cma.C
        cma.widens = self._restarts is None or not self._ends.varied
        cma.update(x, ranks, late)
        if self._rates is not None:
            self._rates.shorten(cma, before)
        if self.margin is not None:
            self.margin.correct(cma)

    def _has_ended(self) -> bool:
        return self._n_told >= self._max_trials or self._ends.reason(self.cma) is not None

    def _restart(self, restarts: Restarts, rng: np.random.Generator) -> None:
        start = restarts.next(self._n_told, rng)
        first = First(rng.random(self.domain.n), start.sigma)
        if start.near_best and self.best is not None:
            member = self.best.member
            first = First(member.v, start.sigma, None, self._mixed(member.chosen))
        self._begin(start, first)

    def _mixed(self, chosen: Integers) -> Matrix | None:
        """Probabilities half uniform, half on these categories."""
        if not self.domain.categories:
            return None
        K = np.array(self.domain.categories)
        values = np.arange(int(K.max()))
        return np.asarray(
            0.5 * (values < K[:, None]) / K[:, None] + 0.5 * (values == chosen[:, None])
        )


def _nearest_image(t: Vector, mean: Vector) -> Vector:
    """Of all numbers that mean the same as `t` under the bound map, the one next to `mean`."""
    mirrored = -2.0 * MARGIN - t
    images = [s + PERIOD * np.round((mean - s) / PERIOD) for s in (t, mirrored)]
    return np.where(np.abs(images[0] - mean) <= np.abs(images[1] - mean), *images)
