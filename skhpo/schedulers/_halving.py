"""Successive halving: all trials at little resource, the best of them at more."""

import math
from dataclasses import dataclass

import numpy as np

from .._records import Plan
from .._validation import check_bool, check_option
from ._bracket import Bracket, BracketsRun
from ._ladder import SLACK, _LadderScheduler, is_whole, ladder, n_divisions

MIN_EXHAUST = 10  # trials that "exhaust" means at least, where the lower end is automatic


class SuccessiveHalvingScheduler(_LadderScheduler):
    """Run all trials at a small resource, then the best of them at more, and so on.

    Each rung waits until all jobs of the one before have ended; then the best are promoted to
    `factor` times the resource [1]_. This is what scikit-learn's `HalvingRandomSearchCV` does, with
    its arguments. Prefer it where all candidates are known at the start and few workers are used;
    `ASHAScheduler` keeps many workers busy, `HyperbandScheduler` also tries larger first rungs.

    Parameters
    ----------
    resource : str, default="n_samples"
        What is spent: "n_samples" (rows), or an integer parameter of the estimator, such as
        "n_estimators" or "clf__max_iter".
    factor : float, default=3
        Of a rung's trials, one in `factor` goes on, at `factor` times the resource; at least 2.
    min_resources : int, "auto", "smallest" or "exhaust", default="auto"
        Resource of the first rung at least. "smallest" and "exhaust" are scikit-learn's: as little
        as one can do with, and as much as lets the last rung come near the upper end. "auto" is a
        number of rows that can tell candidates apart, or a 27th of the upper end for a parameter,
        and the last rung is at the upper end.
    max_resources : int or "auto", default="auto"
        Upper end; "auto" is all rows, or the estimator's own value of the parameter.
    aggressive_elimination : bool, default=False
        Whether so many are dropped after the first rung that less than `factor` are left at the
        last one, where the resource does not allow enough rungs for that.
    rounding : {"ceil", "floor"}, default="ceil"
        How many of n trials go on: ceil(n / factor), as in scikit-learn, or, after k rungs,
        floor(n_0 / factor**k) of the first n_0, as in the paper.

    References
    ----------
    .. [1] K. Jamieson, A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
       optimization", AISTATS 2016.

    Examples
    --------
    >>> from skhpo._records import Plan
    >>> scheduler = SuccessiveHalvingScheduler(min_resources="exhaust")
    >>> scheduler.rungs(Plan(n_iter=27, min_resource=20, max_resource=600))
    [(27, 22.0), (9, 66.0), (3, 198.0), (1, 594.0)]
    """

    def __init__(
        self,
        *,
        resource: str = "n_samples",
        factor: float = 3,
        min_resources: int | str = "auto",
        max_resources: int | str = "auto",
        aggressive_elimination: bool = False,
        rounding: str = "ceil",
    ) -> None:
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.aggressive_elimination = aggressive_elimination
        self.rounding = rounding

    def start(self, rng: np.random.Generator, plan: Plan) -> BracketsRun:
        """Make the run object; no random number is drawn."""
        return BracketsRun(_Single(self._ladder(plan), self._size(plan), self._keep(plan)))

    def rungs(self, plan: Plan) -> list[tuple[int, float]]:
        """Return how many trials have which resource, if none fails.

        Parameters
        ----------
        plan : Plan
            With the ends of the resource; `n_iter` may be None.

        Returns
        -------
        list of tuple
            Number of trials and resource of each rung.
        """
        keep, n = self._keep(plan), self._size(plan)
        first, rungs = n, []
        for k, resource in enumerate(self._ladder(plan)):
            rungs.append((n, resource))
            n = keep(k, first, n)
        return rungs

    def _n_trials(self, plan: Plan) -> int:
        """The trials that exhaust the resource at the last rung."""
        n = int(plan.max_resource / plan.min_resource * (1 + SLACK))
        return max(n, MIN_EXHAUST) if self.min_resources == "auto" else n

    def _size(self, plan: Plan) -> int:
        return self._n_trials(plan) if plan.n_iter is None else plan.n_iter

    def _n_rungs(self, plan: Plan) -> tuple[int, int]:
        """How many rungs the trials need, and how many the resource allows."""
        factor, ratio = self._factor(), plan.max_resource / plan.min_resource
        if is_whole(plan):
            ratio = plan.max_resource // plan.min_resource
        return n_divisions(1, self._size(plan), factor) + 1, n_divisions(1, ratio, factor) + 1

    def _ladder(self, plan: Plan) -> list[float]:
        factor, low, high = self._factor(), plan.min_resource, plan.max_resource
        required, possible = self._n_rungs(plan)
        if self.min_resources == "auto":
            return ladder(plan, factor, min(required, possible) - 1)
        whole = is_whole(plan)
        if self.min_resources == "exhaust":
            most = high / factor ** (required - 1)
            low = max(low, math.floor(most * (1 + SLACK)) if whole else most)
            possible = self._n_rungs(Plan(plan.n_iter, 1, low, high))[1]
        # scikit-learn's aggressive elimination also moves up a ladder that is too long
        first = max(0, possible - required) if self.aggressive_elimination else 0
        values = [min(low * factor ** (first + k), high) for k in range(min(required, possible))]
        return [float(int(value)) if whole else float(value) for value in values]

    def _keep(self, plan: Plan) -> "_Keep":
        name = type(self).__name__
        aggressive = check_bool(f"aggressive_elimination of {name}", self.aggressive_elimination)
        rounding = check_option(f"rounding of {name}", self.rounding, ("ceil", "floor"))
        required, possible = self._n_rungs(plan)
        extra = max(0, required - possible) if aggressive else 0
        return _Keep(self._factor(), rounding == "ceil", extra)


@dataclass(frozen=True, slots=True)
class _Keep:
    """How many trials go on; `extra` times more are dropped after the first rung."""

    factor: float
    up: bool
    extra: int = 0

    def __call__(self, rung: int, first: int, n: int) -> int:
        if not self.up:
            power = rung + 1 + self.extra
            return max(1, int(first / self.factor**power * (1 + SLACK)))
        for _ in range(1 if rung else 1 + self.extra):
            n = math.ceil(n / self.factor * (1 - SLACK))
        return n


@dataclass(frozen=True, slots=True)
class _Single:
    """One bracket and no other."""

    resources: list[float]
    size: int
    keep: _Keep

    def __call__(self, number: int) -> Bracket | None:
        return Bracket(number, self.resources, self.size, self.keep) if number == 0 else None
