"""Schedulers that take a trial up the rungs until a rule says no."""

import numpy as np

from .._records import Plan
from .._validation import check_integer, check_option, check_real
from ._ladder import _LadderScheduler
from ._rules import BelowPercentile, StoppingRun, TopShare


class ASHAStoppingScheduler(_LadderScheduler):
    """The stopping variant of asynchronous successive halving.

    A trial goes on from rung to rung at once, as long as it is in the best 1 / `factor` of what
    its rung has seen so far [1]_: the first ones of a rung go on only if they are the best so far.
    Prefer it where a trial cannot be taken up again later; `ASHAScheduler` wastes less on the
    first trials.

    Parameters
    ----------
    resource : str, default="n_samples"
        What is spent: "n_samples" (rows), or an integer parameter of the estimator, such as
        "n_estimators" or "clf__max_iter".
    factor : float, default=3
        Share that goes on, and ratio of the rungs' resources; at least 2.
    min_resources : int, "auto" or "smallest", default="auto"
        Resource of the first rung at least. "smallest" is as little as one can do with; "auto" a
        number of rows that can tell candidates apart, or a 27th of the upper end for a parameter.
    max_resources : int or "auto", default="auto"
        Upper end; "auto" is all rows, or the estimator's own value of the parameter.
    bound : {"rank", "quantile"}, default="rank"
        The top max(1, floor(n / factor)) of n go on; or those at or below the interpolated
        1 / `factor` quantile, where two are the first to be judged.
    bootstrap_count : int, default=0
        Trials of a rung that go on without being judged.

    References
    ----------
    .. [1] L. Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Plan
    >>> plan = Plan(min_resource=1, max_resource=9)
    >>> ASHAStoppingScheduler().start(np.random.default_rng(0), plan).next_slot().resource
    1.0
    """

    asynchronous = True

    def __init__(
        self,
        *,
        resource: str = "n_samples",
        factor: float = 3,
        min_resources: int | str = "auto",
        max_resources: int | str = "auto",
        bound: str = "rank",
        bootstrap_count: int = 0,
    ) -> None:
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.bound = bound
        self.bootstrap_count = bootstrap_count

    def start(self, rng: np.random.Generator, plan: Plan) -> StoppingRun:
        """Make the run object; no random number is drawn."""
        name = type(self).__name__
        bound = check_option(f"bound of {name}", self.bound, ("rank", "quantile"))
        n_free = check_integer(f"bootstrap_count of {name}", self.bootstrap_count, 0)
        rule = TopShare(self._factor(), bound == "quantile", n_free)
        return StoppingRun(self._ladder(plan), rule)


class MedianStoppingScheduler(_LadderScheduler):
    """Stop trials whose best loss is worse than the median of the others' means.

    A trial goes on from rung to rung until its best loss so far is worse than the median over
    the finished trials of their mean loss up to that rung [1]_. Prefer it where successive
    halving would stop good trials that learn slowly; it spends more.

    Parameters
    ----------
    resource : str, default="n_samples"
        What is spent: "n_samples" (rows), or an integer parameter of the estimator, such as
        "n_estimators" or "clf__max_iter".
    factor : float, default=3
        Ratio of the rungs' resources; at least 2.
    min_resources : int, "auto" or "smallest", default="auto"
        Resource of the first rung at least, after which no trial is stopped. "smallest" is as
        little as one can do with; "auto" a number of rows that can tell candidates apart, or a
        27th of the upper end for a parameter.
    max_resources : int or "auto", default="auto"
        Upper end; "auto" is all rows, or the estimator's own value of the parameter.
    percentile : float or None, default=50.0
        25 stops more, 75 less. None stops by `patience` alone.
    min_trials : int, default=5
        Trials that must have reached the full resource before one is stopped.
    patience : int, default=0
        Rungs without a better loss that are let pass before a trial may be stopped; must be
        positive if `percentile` is None.

    References
    ----------
    .. [1] D. Golovin et al., "Google Vizier: a service for black-box optimization", KDD 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Plan
    >>> plan = Plan(min_resource=1, max_resource=9)
    >>> MedianStoppingScheduler().start(np.random.default_rng(0), plan).next_slot().resource
    1.0
    """

    asynchronous = True

    def __init__(
        self,
        *,
        resource: str = "n_samples",
        factor: float = 3,
        min_resources: int | str = "auto",
        max_resources: int | str = "auto",
        percentile: float | None = 50.0,
        min_trials: int = 5,
        patience: int = 0,
    ) -> None:
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.percentile = percentile
        self.min_trials = min_trials
        self.patience = patience

    def start(self, rng: np.random.Generator, plan: Plan) -> StoppingRun:
        """Make the run object; no random number is drawn.

        Parameters
        ----------
        rng : numpy.random.Generator
            Not used.
        plan : Plan
            With the ends of the resource.

        Returns
        -------
        StoppingRun

        Raises
        ------
        TypeError, ValueError
            If an argument is out of its range.
        """
        name = type(self).__name__
        percentile = self.percentile
        if percentile is not None:
            percentile = check_real(f"percentile of {name}", percentile, 0, 100)
        min_trials = check_integer(f"min_trials of {name}", self.min_trials, 1)
        patience = check_integer(f"patience of {name}", self.patience, 0 if percentile else 1)
        return StoppingRun(self._ladder(plan), BelowPercentile(percentile, min_trials, patience))
