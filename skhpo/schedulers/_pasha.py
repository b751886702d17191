"""Progressive asynchronous successive halving: more resource only while ranks change."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np

from .._records import Plan, Result, Slot
from ._asha import ASHARun
from ._ladder import _LadderScheduler

FIRST_CAP = 2  # rungs above the first that the search begins with
NOISE_QUANTILE = 0.9
TO_AND_FRO = 3  # rungs that it takes to overtake and to be overtaken again


class PASHAScheduler(_LadderScheduler):
    """Progressive ASHA (PASHA): raise the largest resource only while rankings are unstable.

    The search begins with three rungs and is ASHA on them. Whenever the trials at the highest one
    are ranked otherwise than at the rung below, by more than the noise explains, it gets one rung
    more [1]_. Prefer it where the full resource is large and rankings settle early.

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

    Notes
    -----
    The search ends with one job of the best trial at the full resource, unless some trial stands
    there already; only that job tells what the winner is worth.

    References
    ----------
    .. [1] O. Bohdal et al., "PASHA: efficient HPO and NAS with progressive resource allocation",
       ICLR 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Plan
    >>> plan = Plan(min_resource=1, max_resource=81)
    >>> PASHAScheduler().start(np.random.default_rng(0), plan).cap
    2
    """

    asynchronous = True

    def __init__(
        self,
        *,
        resource: str = "n_samples",
        factor: float = 3,
        min_resources: int | str = "auto",
        max_resources: int | str = "auto",
    ) -> None:
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources

    def start(self, rng: np.random.Generator, plan: Plan) -> "PASHARun":
        """Make the run object; no random number is drawn."""
        return PASHARun(self._ladder(plan), self._factor())


class PASHARun(ASHARun):
    """ASHA below a cap that grows; remembers the cap.

    Attributes
    ----------
    cap : int
        The highest rung that trials are promoted to, but for the winner at the end.
    """

    def __init__(self, resources: Sequence[float], factor: float) -> None:
        super().__init__(resources, factor)
        self._last = self._top
        self._top = min(FIRST_CAP, self._last)

    @property
    def cap(self) -> int:
        """The highest rung that trials are promoted to."""
        return self._top

    def next_slot(self) -> Slot | None:
        """A promotion below the cap, a fresh slot, or the winner's last job."""
        slot = super().next_slot()
        if slot is not None or not self._closed or self._n_flying:
            return slot
        if self._rungs[self._last].losses:
            return None
        for k in reversed(range(self._last)):
            trial = self._rungs[k].best_left()
            if trial is not None:
                return self._promote(k, trial, self._last)
        return None

    def report(self, result: Result) -> None:
        """Take a job's loss; raise the cap if the ranking at the top is not settled."""
        super().report(result)
        at_top = result.job.slot.rung == self._top
        if at_top and self._top < self._last and not self._is_settled():
            self._top += 1

    def _is_settled(self) -> bool:
        top, below = self._rungs[self._top], self._rungs[self._top - 1]
        ranking = top.ranked()
        lower = [trial for trial in below.ranked() if trial in top.losses]
        losses = [below.losses[trial] for trial in lower]
        tolerance = self._noise()
        return all(
            trial in lower[first : last + 1]
            for trial, (first, last) in zip(ranking, _groups(losses, tolerance), strict=True)
        )

    def _noise(self) -> float:
        """How much the losses of trials differ that overtook each other to and fro."""
        curves: dict[int, list[float]] = {}
        for rung in self._rungs[: self._top + 1]:
            for trial, loss in rung.losses.items():
                curves.setdefault(trial, []).append(loss)
        long = [curve for curve in curves.values() if len(curve) >= TO_AND_FRO]
        gaps = [
            abs(one[n - 1] - other[n - 1])
            for one, other in combinations(long, 2)
            if _criss_cross(one, other, n := min(len(one), len(other)))
        ]
        return float(np.quantile(gaps, NOISE_QUANTILE)) if gaps else 0.0


def _groups(losses: list[float], tolerance: float) -> list[tuple[int, int]]:
    """For each of some sorted losses, the first and last one within `tolerance`."""
    values = np.array(losses)
    first = np.searchsorted(values, values - tolerance, "left")
    last = np.searchsorted(values, values + tolerance, "right") - 1
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _criss_cross(one: list[float], other: list[float], n: int) -> bool:
    """Whether two curves changed their order and changed it back."""
    worse = [a > b for a, b in zip(one[:n], other[:n], strict=True) if a != b]
    return sum(before != after for before, after in pairwise(worse)) > 1
