"""Hyperband: brackets of successive halving, from many short trials to few long ones."""

import math
from dataclasses import dataclass

import numpy as np

from .._records import Plan
from .._validation import check_option
from ._bracket import Bracket, BracketsRun, FreshBracket
from ._ladder import SLACK, _LadderScheduler, ladder, n_divisions

FEW_RUNGS = 3  # with less, one iteration is too short to be a search
FEW_TRIALS = 20


@dataclass(frozen=True, slots=True)
class HyperbandTable:
    """Hyperband's brackets, by formula: sizes and resources of their rungs.

    Attributes
    ----------
    resources : tuple of float
        Of all rungs, the full one last.
    factor : float
    variant : {"table", "ceil"}
        Which of the two published formulas gives the size of a bracket.
    promote : {"all", "first"}
        "first": from the second iteration on every slot is a fresh one.
    """

    resources: tuple[float, ...]
    factor: float
    variant: str = "table"
    promote: str = "all"

    def first_size(self, s: int) -> int:
        """Return the size of bracket `s`; s = 0 runs at the full resource alone.

        Parameters
        ----------
        s : int
            Number of promotions in the bracket.

        Returns
        -------
        int
        """
        n = len(self.resources)  # s_max + 1
        if self.variant == "ceil":
            return math.ceil(n * self.factor**s / (s + 1) * (1 - SLACK))
        return int(n // (s + 1) * self.factor**s * (1 + SLACK))

    def sizes(self, s: int) -> list[int]:
        """Return the trials of each rung of bracket `s`.

        Parameters
        ----------
        s : int
            Number of promotions in the bracket.

        Returns
        -------
        list of int
        """
        first = self.first_size(s)
        return [first, *(self.keep(k, first, 0) for k in range(s))]

    def keep(self, rung: int, first: int, n: int) -> int:
        """How many trials a rung promotes in a bracket that started with `first`.

        Parameters
        ----------
        rung : int
            From 0.
        first : int
            Trials of the first rung.
        n : int
            Trials of this rung, which the formula does not look at.

        Returns
        -------
        int
        """
        return max(1, int(first / self.factor ** (rung + 1) * (1 + SLACK)))

    def __call__(self, number: int) -> Bracket | FreshBracket:
        """Make bracket `number`, counted from 0 over all iterations."""
        n = len(self.resources)
        s = n - 1 - number % n
        resources = self.resources[n - 1 - s :]
        if self.promote == "first" and number >= n:
            return FreshBracket(number, resources, self.sizes(s))
        return Bracket(number, resources, self.first_size(s), self.keep)


class HyperbandScheduler(_LadderScheduler):
    """Run brackets of successive halving that start at different resources.

    How little resource still ranks trials rightly is not known beforehand: the first bracket
    starts many trials with the least of it, the last one a few with all of it [1]_. Prefer it
    where low resources may mislead; `ASHAScheduler` spends less and keeps many workers busy.

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
    min_early_stopping_rate : int, default=0
        How many of the lowest rungs are left out, and with them as many of the brackets that
        stop most trials; the full resource always remains.
    variant : {"table", "ceil"}, default="table"
        Size of the brackets: as in the paper's table and the authors' program, or by the formula
        of its algorithm, which gives some more trials.
    promote : {"all", "first"}, default="all"
        Whether trials are promoted in all iterations, or in the first alone, as differential
        evolution wants it.

    Notes
    -----
    One iteration has a bracket for each rung; iterations follow each other until the trials are
    spent. Where nobody says how many trials there are, it is one iteration (two with
    ``promote="first"``), or 20 trials if there are less than three rungs.

    References
    ----------
    .. [1] L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar, "Hyperband: a novel
       bandit-based approach to hyperparameter optimization", JMLR 18(185), 2018.

    Examples
    --------
    >>> from skhpo._records import Plan
    >>> table = HyperbandScheduler().table(Plan(min_resource=1, max_resource=81))
    >>> [table.sizes(s) for s in (4, 3, 2, 1, 0)]
    [[81, 27, 9, 3, 1], [27, 9, 3, 1], [9, 3, 1], [6, 2], [5]]
    """

    def __init__(
        self,
        *,
        resource: str = "n_samples",
        factor: float = 3,
        min_resources: int | str = "auto",
        max_resources: int | str = "auto",
        min_early_stopping_rate: int = 0,
        variant: str = "table",
        promote: str = "all",
    ) -> None:
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.min_early_stopping_rate = min_early_stopping_rate
        self.variant = variant
        self.promote = promote

    def start(self, rng: np.random.Generator, plan: Plan) -> BracketsRun:
        """Make the run object; no random number is drawn."""
        return BracketsRun(self.table(plan))

    def table(self, plan: Plan) -> HyperbandTable:
        """Return the brackets that a plan means.

        Parameters
        ----------
        plan : Plan
            With the ends of the resource.

        Returns
        -------
        HyperbandTable
        """
        return HyperbandTable(
            tuple(self._ladder(plan)),
            self._factor(),
            check_option("variant of HyperbandScheduler", self.variant, ("table", "ceil")),
            check_option("promote of HyperbandScheduler", self.promote, ("all", "first")),
        )

    def _n_trials(self, plan: Plan) -> int:
        table = self.table(plan)
        brackets = range(len(table.resources))
        n = sum(table.first_size(s) for s in brackets)
        if len(brackets) < FEW_RUNGS:
            n *= -(-FEW_TRIALS // n)
        if self.promote == "first":
            n += sum(sum(table.sizes(s)) for s in brackets)
        return n


def bracket_probabilities(low: float, high: float, factor: float) -> list[float]:
    """Return the shares of the trials that asynchronous Hyperband starts in each bracket.

    They are proportional to (s_max + 1) / ((s_max + 1 - s') r_s'), where s' counts from the most
    aggressive bracket and r_s' is its first resource.

    Parameters
    ----------
    low, high : float
        Ends of the resource.
    factor : float
        At least 2.

    Returns
    -------
    list of float
        The most aggressive bracket first.
    """
    n = n_divisions(low, high, factor) + 1
    first = ladder(Plan(min_resource=low, max_resource=high), factor)
    weights = [n / ((n - s) * r) for s, r in enumerate(first)]
    return [weight / sum(weights) for weight in weights]
