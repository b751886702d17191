"""The resources of the rungs: geometric, and safe from the logarithm's rounding."""

from .._records import Plan
from .._validation import check_integer, check_real
from ._base import Scheduler

SLACK = 1e-9  # relative; math.log(243, 3) is 4.999999999999999


def n_divisions(low: float, high: float, factor: float) -> int:
    """How many times `high` can be divided by `factor` without falling below `low`.

    Parameters
    ----------
    low, high : float
        Positive.
    factor : float
        Above 1.

    Returns
    -------
    int
    """
    n, value = 0, low * factor
    while value <= high * (1 + SLACK):
        n, value = n + 1, value * factor
    return n


def share(n: int, factor: float) -> int:
    """floor(n / factor), rounding errors forgiven.

    Parameters
    ----------
    n : int
    factor : float

    Returns
    -------
    int
    """
    return int(n / factor * (1 + SLACK))


def ladder(plan: Plan, factor: float, n: int | None = None) -> list[float]:
    """Resources R eta^-n, ..., R / eta, R between the ends of `plan`.

    They are rounded where both ends are whole, so that the first may exceed the lower end.

    Parameters
    ----------
    plan : Plan
    factor : float
    n : int or None, default=None
        Divisions; None for as many as there can be.

    Returns
    -------
    list of float
    """
    low, high = plan.min_resource, plan.max_resource
    n = n_divisions(low, high, factor) if n is None else n
    values = [max(low, high / factor**k) for k in range(n, -1, -1)]
    return [float(round(value)) for value in values] if is_whole(plan) else values


def is_whole(plan: Plan) -> bool:
    """Whether the resource comes in whole units.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    bool
    """
    return float(plan.min_resource).is_integer() and float(plan.max_resource).is_integer()


class _LadderScheduler(Scheduler):
    """A scheduler with rungs: their factor, and the plan that they mean."""

    factor: float
    min_early_stopping_rate: int = 0

    def _factor(self) -> float:
        return check_real(f"factor of {type(self).__name__}", self.factor, 2)

    def _ladder(self, plan: Plan) -> list[float]:
        """Resources of the rungs, the full one last."""
        return self._without_lowest(ladder(plan, self._factor()))

    def _without_lowest(self, rungs: list[float]) -> list[float]:
        """The rungs without those that `min_early_stopping_rate` leaves out."""
        name = f"min_early_stopping_rate of {type(self).__name__}"
        n = check_integer(name, self.min_early_stopping_rate, 0)
        return rungs[min(n, len(rungs) - 1) :]

    def _n_trials(self, plan: Plan) -> int | None:
        """Trials of one round; None where there are no rounds."""
        return None

    def settle(self, plan: Plan) -> Plan:
        """Return the plan with the resources of the rungs and the trials of one round."""
        rungs = self._ladder(plan)
        n_iter = self._n_trials(plan) if plan.n_iter is None else plan.n_iter
        return Plan(n_iter, plan.concurrency, rungs[0], rungs[-1])
