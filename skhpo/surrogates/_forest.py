"""Random forests as surrogates: all trees grow, and are read, level by level at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .._records import Points
from .._typing import Integers, Mask, Matrix, Vector
from ._embedding import with_resource

ABSENT = -1.0  # code of a number that takes no part
MAX_TRIES = 4  # of thresholds, at a node where none leaves enough on either side
MIN_VARIANCE = 1e-3  # of a prediction, in variances of the observations
PURE = 1e-12  # variance, in variances of the observations, that is not split


@dataclass(frozen=True, slots=True)
class ForestPosterior:
    """What a forest knows after n observations; stands where a `Posterior` predicts.

    The N nodes of all trees are numbered together, the roots first.

    Attributes
    ----------
    n_levels : tuple of int
        The number of categories of each column; 0 for a number.
    widths : tuple of int
        The number of features of each column: one a level where a category has more than two.
    n_trees : int
    points : Points of n rows
        What was observed.
    y : ndarray of shape (n, S)
        Observations; several columns are samples of the same observations.
    floor : float
        Least variance of a prediction.
    feature, child : ndarray of int of shape (N,)
        What each node asks for, and its left child, which the right one follows; leaves are
        their own children.
    threshold : ndarray of shape (N,)
        What is above goes right; infinite at leaves.
    weight, spread : ndarray of shape (N,)
        Number and variance of the observations at each node; the variance is the mean of those
        of the S samples.
    mean : ndarray of shape (N, S)
        Their mean.
    """

    n_levels: tuple[int, ...]
    widths: tuple[int, ...]
    n_trees: int
    points: Points
    y: Matrix
    floor: float
    feature: Integers
    child: Integers
    threshold: Vector
    weight: Vector
    spread: Vector
    mean: Matrix

    def predict(self, points: Points) -> tuple[Matrix, Vector]:
        """Mean and variance over the trees and within their leaves.

        Parameters
        ----------
        points : Points of m rows
            Where.

        Returns
        -------
        mean : ndarray of shape (m, S)
        variance : ndarray of shape (m,)
            By the law of total variance, averaged over the S samples; `floor` at least.
        """
        leaf = self._leaves(points)
        means = self.mean[leaf]
        mean: Matrix = means.mean(axis=0)
        between = np.mean((means - mean) ** 2, axis=(0, 2))
        return mean, np.maximum(between + self.spread[leaf].mean(axis=0), self.floor)

    def condition(self, points: Points, y: Matrix) -> "ForestPosterior":
        """Add observations to the leaves that they fall into; no tree grows.

        Parameters
        ----------
        points : Points of p rows
            Where.
        y : ndarray of shape (p, S)
            S samples of what will be observed there, such as the mean that is predicted.

        Returns
        -------
        ForestPosterior
            Of ``n + p`` observations in S samples.
        """
        leaf = self._leaves(points)
        old = np.broadcast_to(self.mean, (len(self.mean), y.shape[1]))
        shift = y - old[leaf]
        total, square = np.zeros(old.shape), np.zeros(len(old))
        np.add.at(total, leaf, shift)
        np.add.at(square, leaf, np.mean(shift * shift, axis=2))
        weight = self.weight + np.bincount(leaf.ravel(), minlength=len(old))
        moved = total / weight[:, None]
        about_old = (self.weight * self.spread + square) / weight
        return replace(
            self,
            points=Points.concatenate([self.points, points]),
            y=np.concatenate([np.broadcast_to(self.y, (len(self.y), y.shape[1])), y]),
            weight=weight,
            spread=np.maximum(about_old - np.mean(moved * moved, axis=1), 0.0),
            mean=old + moved,
        )

    def _leaves(self, points: Points) -> Integers:
        """The leaf in each tree, of shape (n_trees, m), that each of m points falls into."""
        x = _features(points, self.n_levels, self.widths)
        m, d = x.shape
        flat = x.ravel()
        leaf = np.repeat(np.arange(self.n_trees), m)
        place, row = np.arange(len(leaf)), np.tile(np.arange(m) * d, self.n_trees)
        node = leaf
        while len(node):
            right = flat[row + self.feature[node]] > self.threshold[node]
            below = self.child[node] + right
            on = below != node
            leaf[place] = below
            place, row, node = place[on], row[on], below[on]
        return leaf.reshape(self.n_trees, m)


@dataclass(frozen=True, slots=True)
class Forest:
    """Extremely randomised trees of bootstrap samples [1]_.

    A node draws a threshold for every feature and takes the one which reduces the variance most.
    The prediction has the variance between trees and within leaves [2]_, section 4.3.2. To be
    preferred to a Gaussian process where most parameters are conditional or observations are
    many: it costs O(n log n) and needs no distance.

    Attributes
    ----------
    n_trees : int, default=30
        Number of trees.
    min_leaf : int, default=3
        Different observations that a leaf holds at least.

    References
    ----------
    .. [1] P. Geurts, D. Ernst, L. Wehenkel, "Extremely randomized trees", Machine Learning 63,
       2006.
    .. [2] F. Hutter et al., "Algorithm runtime prediction: methods & evaluation", Artificial
       Intelligence 206, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Points
    >>> x = np.linspace(0, 1, 99)[:, None]
    >>> points = Points(x, np.ones(x.shape, dtype=bool))
    >>> posterior = Forest().fit(points, x[:, 0] ** 2, [0], np.random.default_rng(0))
    >>> bool(np.abs(posterior.predict(points)[0] - x**2).max() < 0.1)
    True
    """

    n_trees: int = 30
    min_leaf: int = 3

    def fit(
        self, points: Points, y: Vector, n_levels: Sequence[int], rng: np.random.Generator
    ) -> ForestPosterior:
        """Grow the trees.

        Parameters
        ----------
        points : Points of n rows
            What was observed; one or more.
        y : ndarray of shape (n,)
            Observations.
        n_levels : sequence of int
            The number of categories of each column; 0 for a number.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ForestPosterior
        """
        levels = tuple(int(m) for m in n_levels)
        seen = [m + (not points.active[:, j].all()) if m else 0 for j, m in enumerate(levels)]
        widths = tuple(m if m > 2 else 1 for m in seen)
        x = _features(points, levels, widths)
        center, scale = float(y.mean()), float(y.std()) or 1.0
        growth = _Growth(x.T.copy(), (y - center) / scale, self.min_leaf, rng)
        feature, child, threshold, weight, spread, mean = growth.grow(self.n_trees)
        given = (levels, widths, self.n_trees, points, y[:, None], MIN_VARIANCE * scale * scale)
        nodes = (feature.astype(np.int64), child.astype(np.int64), threshold, weight)
        return ForestPosterior(
            *given, *nodes, spread=scale * scale * spread, mean=(center + scale * mean)[:, None]
        )


@dataclass(frozen=True, slots=True)
class _Level:
    """The nodes of one depth, with the rows that they hold one node after the other."""

    row: Integers  # (E,)
    times: Vector  # how often the bootstrap drew each of them
    size: Integers  # (G,) rows of each node

    @property
    def start(self) -> Integers:
        """The first row of each node."""
        return np.cumsum(self.size) - self.size

    @property
    def node(self) -> Integers:
        """The node of each row."""
        return np.repeat(np.arange(len(self.size)), self.size)

    def only(self, nodes: Mask) -> "_Level":
        """Some of the nodes."""
        rows = nodes[self.node]
        return _Level(self.row[rows], self.times[rows], self.size[nodes])

    def divide(self, right: Mask) -> "_Level":
        """The next level, a left and a right node for each."""
        child = 2 * self.node + right
        order = np.argsort(child, kind="stable")
        size = np.bincount(child, minlength=2 * len(self.size))
        return _Level(self.row[order], self.times[order], size)


class _Growth:
    """Grows trees from features of shape (D, n) and standardised observations."""

    def __init__(self, x: Matrix, y: Vector, min_leaf: int, rng: np.random.Generator) -> None:
        self._x, self._y, self._min_leaf, self._rng = x, y, min_leaf, rng

    def grow(self, n_trees: int) -> Matrix:
        """Feature, left child, threshold, weight, variance and mean of every node."""
        level = self._bootstrap(n_trees)
        grown, n_nodes = [], 0
        while len(level.size):
            nodes = self._leaves(level, n_nodes)
            grown.append(nodes)
            n_nodes += len(level.size)
            divisible = (level.size >= 2 * self._min_leaf) & (nodes[4] > PURE)
            level = level.only(divisible)
            feature, threshold, found = self._splits(level)
            level, feature, threshold = level.only(found), feature[found], threshold[found]
            inner = np.flatnonzero(divisible)[found]
            nodes[0, inner], nodes[2, inner] = feature, threshold
            nodes[1, inner] = n_nodes + 2 * np.arange(len(inner))
            node = level.node
            level = level.divide(self._x[feature[node], level.row] > threshold[node])
        return np.concatenate(grown, axis=1)

    def _bootstrap(self, n_trees: int) -> _Level:
        """The roots, each with as many rows as there are, drawn with replacement."""
        n = len(self._y)
        drawn = self._rng.integers(n, size=(n_trees, n)) + n * np.arange(n_trees)[:, None]
        times = np.bincount(drawn.ravel(), minlength=n_trees * n)
        cell = np.flatnonzero(times)
        size = np.bincount(cell // n, minlength=n_trees)
        return _Level(cell % n, times[cell].astype(float), size)

    def _leaves(self, level: _Level, first: int) -> Matrix:
        """The nodes of a level, numbered from `first`, as leaves."""
        start, y = level.start, self._y[level.row]
        weight = np.add.reduceat(level.times, start)
        mean = np.add.reduceat(level.times * y, start) / weight
        square = np.add.reduceat(level.times * (y - mean[level.node]) ** 2, start)
        none, number = np.zeros(len(start)), first + np.arange(len(start))
        return np.stack([none, number, none + np.inf, weight, square / weight, mean])

    def _splits(self, level: _Level) -> tuple[Integers, Vector, Mask]:
        """A feature and a threshold for each node, and whether any was found."""
        feature, threshold = np.zeros_like(level.size), np.zeros(len(level.size))
        found = np.zeros(len(level.size), dtype=bool)
        for _ in range(MAX_TRIES):
            if found.all():
                break
            left = ~found
            feature[left], threshold[left], found[left] = self._draw(level.only(left))
        return feature, threshold, found

    def _draw(self, level: _Level) -> tuple[Integers, Vector, Mask]:
        """The best of random thresholds, one a feature, and whether its leaves are large enough."""
        start, x = level.start, self._x[:, level.row]
        total = level.times * self._y[level.row]
        low = np.minimum.reduceat(x, start, axis=1)
        high = np.maximum.reduceat(x, start, axis=1)
        threshold = low + self._rng.random(low.shape) * (high - low)
        left = x <= np.repeat(threshold, level.size, axis=1)
        n_left = np.add.reduceat(left, start, axis=1, dtype=np.int64)
        w_left = np.add.reduceat(left * level.times, start, axis=1)
        s_left = np.add.reduceat(left * total, start, axis=1)
        w_right = np.add.reduceat(level.times, start) - w_left
        s_right = np.add.reduceat(total, start) - s_left
        valid = (n_left >= self._min_leaf) & (level.size - n_left >= self._min_leaf)
        with np.errstate(divide="ignore", invalid="ignore"):
            between = s_left**2 / w_left + s_right**2 / w_right
        best = np.argmax(np.where(valid, between, -np.inf), axis=0)
        nodes = np.arange(len(start))
        return best, threshold[best, nodes], valid[best, nodes]


def _features(points: Points, n_levels: tuple[int, ...], widths: tuple[int, ...]) -> Matrix:
    """Codes of numbers, -1 where absent; levels of categories, absence being one more."""
    features = np.empty((len(points), sum(widths)))
    start = 0
    if len(n_levels) > points.x.shape[1]:  # the last one is a resource, of which they have all
        points = with_resource(points, np.ones(len(points)))
    for j, (levels, width) in enumerate(zip(n_levels, widths, strict=True)):
        x, active = points.x[:, j], points.active[:, j]
        code = np.where(active, x, ABSENT)[:, None]
        if levels:
            index = np.minimum((x * levels).astype(np.int64), levels - 1)
            code = np.where(active, index, levels)[:, None]
        # absence that was never observed is none of the levels
        features[:, start : start + width] = code if width == 1 else code == np.arange(width)
        start += width
    return features
