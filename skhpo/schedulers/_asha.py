"""Asynchronous successive halving: a rung is never waited for."""

from bisect import insort
from collections.abc import Sequence

import numpy as np

from .._records import Plan, Result, Slot
from .._validation import check_integer, check_option
from ._ladder import SLACK, _LadderScheduler, is_whole, ladder, share

TRIALS_PER_FINALIST = 7


class Rung:
    """What ended at one resource; remembers the losses, and who was promoted."""

    def __init__(self) -> None:
        self.losses: dict[int, float] = {}  # by trial, without those that failed or were cut
        self._sorted: list[tuple[float, int]] = []
        self.n = 0  # jobs that ended, failed ones too
        self.n_cut = 0  # by a racer
        self.promoted: set[int] = set()
        self.given: set[int] = set()  # initial points, which no sampler chose

    def add(self, trial: int, result: Result) -> None:
        """Take note of a job that ended."""
        self.n += 1
        if result.status == "complete":
            self.losses[trial] = result.loss
            insort(self._sorted, (result.loss, trial))
            if result.job.proposal.origin.startswith("initial"):
                self.given.add(trial)
        elif result.status == "pruned" and not result.job.proposal.origin.startswith("initial"):
            self.n_cut += 1

    def ranked(self) -> list[int]:
        """Trials that did not fail, the best first, ties by number."""
        return [trial for _, trial in self._sorted]

    def promotable(self, factor: float) -> int | None:
        """The best trial of the top floor(n / factor) that may still go on.

        Not more than so many are promoted, however the best ones change.
        """
        quota = share(self.n, factor)
        if len(self.promoted) >= quota:
            return None
        return next((t for _, t in self._sorted[:quota] if t not in self.promoted), None)

    def best_left(self, sampled: bool = False) -> int | None:
        """The best trial that was not promoted; of the sampled ones, if they alone count."""
        barred = self.promoted | self.given if sampled else self.promoted
        return next((t for _, t in self._sorted if t not in barred), None)


class ASHARun:
    """Promotes a trial as soon as it is in the top share of its rung.

    It remembers every rung's losses, who was promoted, and how many jobs are in flight.

    Parameters
    ----------
    resources : sequence of float
        Of the rungs, the full one last.
    factor : float
    bracket : int, default=0
        What the slots say.
    finalists : int, default=1
        Trials that stand at the full resource at the end, if there are seven times as many.
    """

    def __init__(
        self, resources: Sequence[float], factor: float, bracket: int = 0, finalists: int = 1
    ) -> None:
        self._resources = list(resources)
        self._factor = factor
        self._bracket = bracket
        self._finalists = finalists
        self._rungs = [Rung() for _ in resources]
        self._top = len(resources) - 1
        self._n_fresh = 0
        self._n_flying = 0
        self._closed = False

    def next_slot(self) -> Slot | None:
        """A promotion, from the highest rung that has one; otherwise a fresh slot."""
        slot = self.promotion()
        if slot is not None:
            return slot
        return self._last_promotion() if self._closed else self.fresh()

    def promotion(self) -> Slot | None:
        """The promotion from the highest rung that has one."""
        for k in reversed(range(self._top)):
            trial = self._rungs[k].promotable(self._factor)
            if trial is not None:
                return self._promote(k, trial)
        return None

    def fresh(self) -> Slot:
        """A fresh slot at the first rung."""
        self._n_fresh += 1
        return self._slot(0, None)

    def report(self, result: Result) -> None:
        """Take a job's loss."""
        slot = result.job.slot
        self._n_flying -= 1
        if slot.trial is not None:
            self._rungs[slot.rung].add(slot.trial, result)

    def exhausted(self, slot: Slot) -> None:
        """Go on with the trials that there are."""
        self._closed = True
        self._n_fresh -= 1
        self._n_flying -= 1

    def close(self) -> None:
        """Offer no fresh slot any more."""
        self._closed = True

    def _slot(self, rung: int, trial: int | None) -> Slot:
        self._n_flying += 1
        return Slot(self._bracket, rung, self._resources[rung], trial)

    def _promote(self, rung: int, trial: int, to: int | None = None) -> Slot:
        self._rungs[rung].promoted.add(trial)
        return self._slot(rung + 1 if to is None else to, trial)

    def _last_promotion(self) -> Slot | None:
        """With no fresh trials left: the best goes on until enough stand at the full resource.

        Initial points do not count, so that none is returned for want of a rival.
        """
        share_left = int(self._n_fresh / self._factor**self._top * (1 + SLACK))
        finalists = min(self._finalists, self._n_fresh // TRIALS_PER_FINALIST)
        top = self._rungs[self._top]
        missing = max(1, share_left, finalists) - (len(top.losses) - len(top.given) + top.n_cut)
        if self._n_flying >= missing:
            return None
        for sampled in (True, False) if not top.losses else (True,):
            for k in reversed(range(self._top)):
                trial = self._rungs[k].best_left(sampled)
                if trial is not None:
                    return self._promote(k, trial)
        return None


class ASHAScheduler(_LadderScheduler):
    """Asynchronous successive halving (ASHA): promote as soon as a trial is in the top share.

    No rung is waited for: whenever a worker is free, a trial in the best 1 / `factor` of the
    highest rung that has one goes on to the next rung; if there is none, a fresh trial starts
    [1]_. Prefer it with many workers, long fits, or fits of very different length; with one
    worker it spends as little as successive halving.

    Parameters
    ----------
    resource : str, default="n_samples"
        What is spent: "n_samples" (rows), or an integer parameter of the estimator, such as
        "n_estimators" or "clf__max_iter".
    factor : float, default=3
        Of a rung's trials, one in `factor` goes on, at `factor` times the resource; at least 2.
    min_resources : int, "auto" or "smallest", default="auto"
        Resource of the first rung at least. "smallest" is as little as one can do with; "auto" a
        number of rows that can tell candidates apart, or a 27th of the upper end for a parameter.
    max_resources : int or "auto", default="auto"
        Upper end; "auto" is all rows, or the estimator's own value of the parameter.
    rungs : {"from_max", "from_min"}, default="from_max"
        Where the ladder of resources begins: at the upper end, divided by `factor` while the lower
        one allows it, or at the lower end, multiplied by it, with the upper end as last rung.
    min_early_stopping_rate : int, default=0
        How many of the lowest rungs are left out, s of [1]_; the full resource always remains.
    finalists : int, default=8
        Trials that stand at the full resource at the end at least, but not more than a seventh of
        all: the best of one or two is no choice where lower rungs rank trials in another order.
        1 is the published algorithm.

    Notes
    -----
    Of n trials that ended at a rung, failed ones included, at most floor(n / factor) are ever
    promoted. When no fresh trial is left, the best ones of the highest rungs go on until
    max(1, floor(n / factor**K), min(finalists, floor(n / 7))) of the n trials stand at the full
    resource, K promotions above the first rung, initial points not among them.

    References
    ----------
    .. [1] L. Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Plan
    >>> plan = Plan(n_iter=27, min_resource=1, max_resource=100)
    >>> ASHAScheduler().settle(plan)
    Plan(n_iter=27, concurrency=1, min_resource=1.0, max_resource=100.0, n_earlier=0)
    >>> ASHAScheduler().start(np.random.default_rng(0), plan).next_slot()
    Slot(bracket=0, rung=0, resource=1.0, trial=None, parent=None)
    """

    asynchronous = True

    def __init__(
        self,
        *,
        resource: str = "n_samples",
        factor: float = 3,
        min_resources: int | str = "auto",
        max_resources: int | str = "auto",
        rungs: str = "from_max",
        min_early_stopping_rate: int = 0,
        finalists: int = 8,
    ) -> None:
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.rungs = rungs
        self.min_early_stopping_rate = min_early_stopping_rate
        self.finalists = finalists

    def start(self, rng: np.random.Generator, plan: Plan) -> ASHARun:
        """Make the run object; no random number is drawn."""
        finalists = check_integer("finalists of ASHAScheduler", self.finalists, 1)
        return ASHARun(self._ladder(plan), self._factor(), finalists=finalists)

    def _ladder(self, plan: Plan) -> list[float]:
        name = f"rungs of {type(self).__name__}"
        up = check_option(name, self.rungs, ("from_max", "from_min")) == "from_min"
        return self._without_lowest((ladder_from_min if up else ladder)(plan, self._factor()))


def ladder_from_min(plan: Plan, factor: float) -> list[float]:
    """Resources r, r eta, ... below R, then R.

    Parameters
    ----------
    plan : Plan
    factor : float

    Returns
    -------
    list of float
    """
    values, value = [], plan.min_resource
    while value < plan.max_resource * (1 - SLACK):
        values.append(float(int(value)) if is_whole(plan) else value)
        value *= factor
    return [*values, float(plan.max_resource)]
