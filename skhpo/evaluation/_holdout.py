"""The part of a training fold by which early stopping judges."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._typing import Integers
from ._data import group_order, row_numbers, strata_of, stratified_order

SHARE = 0.1  # of the rows of a training fold
FEWEST = 20
SEED = 510  # beside the search's and the fold's, so that other draws are not repeated


@dataclass(frozen=True, slots=True)
class HoldOut:
    """Takes a tenth of the rows away from a training fold, 20 at least.

    Classes, or the deciles of a numeric target, keep their shares, and every class stays in what is
    left; whole groups are taken; where folds follow each other in time, the latest rows.

    Attributes
    ----------
    seed : int
    classifier : bool
        Whether the target is classes.
    groups : array-like or None
        Of all rows: what must stay together.
    in_time : bool
        Whether rows stand in the order of time.
    """

    seed: int
    classifier: bool = False
    groups: Any = None
    in_time: bool = False

    def split(self, fold: int, train: Any, y: Any) -> tuple[Integers, Integers]:
        """What is left of a training fold, and what is taken away; both ascending.

        Parameters
        ----------
        fold : int
            Number of the fold.
        train : array-like of int or bool
            Its rows.
        y : array-like
            The target of all rows.

        Returns
        -------
        tuple of ndarray
        """
        rows = np.sort(row_numbers(train))
        n = min(max(FEWEST, round(SHARE * len(rows))), len(rows) // 2)
        if self.in_time:
            return rows[: len(rows) - n], rows[len(rows) - n :]
        rng = np.random.default_rng([SEED, self.seed, fold])
        strata = strata_of(y, self.classifier)
        labels = np.zeros(len(rows), dtype=np.int64) if strata is None else strata[rows]
        kept = None if self.groups is None else self._whole_groups(rows, labels, n, rng)
        if kept is None:
            n_least = len(np.unique(labels)) if self.classifier else 1
            kept = rows[stratified_order(labels, rng)[: max(len(rows) - n, n_least)]]
        kept = np.sort(kept)
        return kept, np.setdiff1d(rows, kept)

    def _whole_groups(
        self, rows: Integers, labels: Any, n: int, rng: np.random.Generator
    ) -> Integers | None:
        """Groups without those that hold `n` rows or more; None where one must hold all."""
        order = group_order(rows, labels, np.asarray(self.groups)[rows], rng)
        stops = np.asarray(order.stops)[:-1]
        stops = stops[stops >= order.n_least] if self.classifier else stops
        if not len(stops):
            return None
        small = stops[stops <= len(rows) - n]
        return order.rows[: small.max() if len(small) else stops.min()]
