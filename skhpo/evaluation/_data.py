"""The data of a search: folds, and rows as a resource, nested subsets of each training fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import TimeSeriesSplit
from sklearn.utils.multiclass import type_of_target

from .._typing import Integers

N_BINS = 10  # of a numeric target
CLASSES = ("binary", "multiclass")


@dataclass(frozen=True, slots=True)
class Order:
    """In which order the rows of one training fold are taken.

    Attributes
    ----------
    rows : ndarray of int of shape (n_train,)
        Row numbers of the data, those taken first in front.
    stops : ndarray of int or None
        How many rows may be taken at once, ascending; None for any number.
    n_least : int
        Rows that are taken at least.
    """

    rows: Integers
    stops: Integers | None = None
    n_least: int = 1

    def first(self, n: int) -> Integers:
        """The rows that a number of rows means, ascending as in the data.

        Parameters
        ----------
        n : int
            At most all of them.

        Returns
        -------
        ndarray of int
        """
        n = max(n, self.n_least)
        if self.stops is not None:
            n = int(self.stops[np.searchsorted(self.stops, n)])
        return np.sort(self.rows[:n])


@dataclass(frozen=True, slots=True)
class Subsets:
    """The orders of all folds; the test folds are never cut.

    Attributes
    ----------
    orders : tuple of Order
        One a fold.
    n_samples : int
        Rows of all data, of which resources count.
    """

    orders: tuple[Order, ...]
    n_samples: int

    def train(self, fold: int, resource: float, train: Any) -> Any:
        """The share of a training fold that a resource means.

        Parameters
        ----------
        fold : int
            Number of the fold.
        resource : float
            Rows of all data.
        train : array-like of int or bool
            All rows of the training fold, returned as it is at the full resource.

        Returns
        -------
        array-like
        """
        if resource >= self.n_samples:
            return train
        order = self.orders[fold]
        return order.first(round(resource * len(order.rows) / self.n_samples))


@dataclass(frozen=True, slots=True)
class Data:
    """What every task needs: the samples, how each fold splits them, and rows as a resource."""

    X: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]
    subsets: Subsets | None = None

    def split(self, fold: int, resource: float) -> tuple[Any, Any]:
        """The rows to train and to test on.

        Parameters
        ----------
        fold : int
            Number of the fold.
        resource : float
            Of the job; without effect where rows are not the resource.

        Returns
        -------
        tuple
        """
        train, test = self.splits[fold]
        if self.subsets is None:
            return train, test
        return self.subsets.train(fold, resource, train), test


def make_subsets(
    splits: Sequence[tuple[Any, Any]],
    y: Any,
    n_samples: int,
    *,
    seed: int,
    cv: Any = None,
    classifier: bool = False,
    groups: Any = None,
) -> Subsets:
    """Lay down in which order each training fold's rows are taken.

    Classes keep their shares, a numeric target the shares of its deciles; with groups whole groups
    are taken; where the folds follow each other in time, the latest rows.

    Parameters
    ----------
    splits : sequence of pairs
        Row numbers, or masks, of the training and the test sets.
    y : array-like or None
        The target, which decides the strata.
    n_samples : int
        Number of rows.
    seed : int
        Together with the number of the fold, the source of the random order.
    cv : splitter, default=None
        What made the splits.
    classifier : bool, default=False
        Whether `y` is to be stratified as classes, every one of them present.
    groups : array-like or None, default=None
        What must stay together.

    Returns
    -------
    Subsets
    """
    trains = [row_numbers(train) for train, _ in splits]
    strata = strata_of(y, classifier)
    in_time = follow_in_time(cv, splits)
    orders = []
    for fold, train in enumerate(trains):
        rng = np.random.default_rng([seed, fold])
        labels = np.zeros(len(train), dtype=np.int64) if strata is None else strata[train]
        if in_time:
            orders.append(Order(np.sort(train)[::-1]))
        elif groups is not None:
            orders.append(group_order(train, labels, np.asarray(groups)[train], rng))
        else:
            n_least = len(np.unique(labels)) if classifier else 1
            orders.append(Order(train[stratified_order(labels, rng)], n_least=n_least))
    return Subsets(tuple(orders), n_samples)


def follow_in_time(cv: Any, splits: Sequence[tuple[Any, Any]]) -> bool:
    """Whether every test set comes after its training set, as of a `TimeSeriesSplit`.

    Parameters
    ----------
    cv : cross-validation generator
        The splitter.
    splits : sequence of pairs
        Its folds, as row numbers or masks.

    Returns
    -------
    bool
    """
    pairs = [(row_numbers(train), row_numbers(test)) for train, test in splits]
    return isinstance(cv, TimeSeriesSplit) or (
        len(pairs) > 1 and all(a.size and b.size and a.max() < b.min() for a, b in pairs)
    )


def stratified_order(labels: Any, rng: np.random.Generator) -> Integers:
    """Positions in an order of which every beginning has the classes' shares.

    The i-th of the n_c members of a class, in random order, gets the key (i - 1/2) / n_c, and the
    keys are sorted; one member of each class comes first of all. Of the first m, a class has m n_c
    / n, give or take 1/2 + K n_c / 2n with K classes.

    Parameters
    ----------
    labels : array-like of shape (n,)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int of shape (n,)
    """
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    shuffled = rng.permutation(len(codes))
    codes = codes.reshape(-1)[shuffled]
    by_class = np.argsort(codes, kind="stable")
    rank = np.empty(len(codes), dtype=np.int64)
    rank[by_class] = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    key = (rank + 0.5) / counts[codes]
    # the shuffle decides between equal keys
    order = np.lexsort((np.arange(len(codes)), key, rank > 0))
    return np.asarray(shuffled[order], dtype=np.int64)


def group_order(train: Integers, labels: Any, groups: Any, rng: np.random.Generator) -> Order:
    """Whole groups in random order, those first that bring a class not seen before."""
    _, codes = np.unique(groups, return_inverse=True)
    codes = codes.reshape(-1)
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    drawn = [members[code] for code in rng.permutation(len(members))]
    seen: set[Any] = set()
    new: list[Integers] = []
    rest: list[Integers] = []
    for rows in drawn:
        found = set(labels[rows].tolist())
        (rest if found <= seen else new).append(rows)
        seen |= found
    ordered = new + rest
    n_least = int(np.sum([len(rows) for rows in new]))
    stops = np.cumsum([len(rows) for rows in ordered])
    return Order(train[np.concatenate(ordered)], stops, n_least)


def strata_of(y: Any, classifier: bool) -> Any:
    """One label a row; None where there is nothing to keep the shares of."""
    if y is None:
        return None
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1 or len(values) == 0:
        return None
    if classifier:
        if type_of_target(values) not in CLASSES:
            return None
        return np.unique(values, return_inverse=True)[1].reshape(-1)
    if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        return None
    edges = np.quantile(values, np.arange(1, N_BINS) / N_BINS)
    return np.searchsorted(edges, values)


def row_numbers(rows: Any) -> Integers:
    """Row numbers from numbers or a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
