"""Asynchronous Hyperband: several ladders of ASHA at once."""

import numpy as np

from .._records import Plan, Result, Slot
from ._asha import ASHARun
from ._hyperband import bracket_probabilities
from ._ladder import _LadderScheduler


class AsyncHyperbandScheduler(_LadderScheduler):
    """Hyperband without waiting: every fresh trial is assigned to a bracket of ASHA at random.

    A bracket is a ladder of resources of its own: the first one starts at the least resource, the
    last one at all of it. A trial is the likelier in a bracket the cheaper it is there, so that
    each bracket has about the same share of the work [1]_. Prefer it to `ASHAScheduler` where low
    resources may rank trials wrongly.

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

    References
    ----------
    .. [1] L. Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Plan
    >>> plan = Plan(min_resource=1, max_resource=81)
    >>> run = AsyncHyperbandScheduler().start(np.random.default_rng(0), plan)
    >>> {run.next_slot().resource for _ in range(100)} == {1.0, 3.0, 9.0, 27.0, 81.0}
    True
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

    def start(self, rng: np.random.Generator, plan: Plan) -> "AsyncHyperbandRun":
        """Make the run object, which draws the brackets."""
        factor, resources = self._factor(), self._ladder(plan)
        shares = bracket_probabilities(plan.min_resource, plan.max_resource, factor)
        runs = [ASHARun(resources[s:], factor, s) for s in range(len(resources))]
        return AsyncHyperbandRun(runs, shares, rng)


class AsyncHyperbandRun:
    """Offers the brackets' promotions first, then fresh slots; remembers whether these ended.

    Parameters
    ----------
    runs : list of ASHARun
        One a bracket.
    shares : list of float
        Probability of each bracket.
    rng : numpy.random.Generator
    """

    def __init__(self, runs: list[ASHARun], shares: list[float], rng: np.random.Generator) -> None:
        self._runs = runs
        self._shares = shares
        self._rng = rng
        self._closed = False

    def next_slot(self) -> Slot | None:
        """A promotion of some bracket, or a fresh slot of a random one."""
        slots = (run.next_slot() if self._closed else run.promotion() for run in self._runs)
        slot = next((slot for slot in slots if slot is not None), None)
        if slot is not None or self._closed:
            return slot
        return self._runs[self._rng.choice(len(self._runs), p=self._shares)].fresh()

    def report(self, result: Result) -> None:
        """Hand the result to its bracket."""
        self._runs[result.job.slot.bracket].report(result)

    def exhausted(self, slot: Slot) -> None:
        """Go on with the trials that there are."""
        self._closed = True
        self._runs[slot.bracket].exhausted(slot)
        for run in self._runs:
            run.close()
