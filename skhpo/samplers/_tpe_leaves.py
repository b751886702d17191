"""Which branch of a conditional space to try next: the one whose next loss promises most.

The density of good trials cannot tell: a branch that was searched more has more of them, and one
that has reached its best keeps them. So each branch is judged by how much its next loss is
expected to improve on the best one, given the losses that it had.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import erfcx, ndtr

from .._records import Points
from .._typing import Integers, Mask, Matrix, Vector
from ..space import Space
from ._tpe_split import FAILED, FULL, Trials, ranking

MIN_TRIALS = 3  # that every leaf gets, where the budget allows
SHARE = 0.5  # of the budget which these may take together
TOP = 0.5  # part of a leaf's losses, the best ones, by which it is judged
TEMPERATURE = 1.2  # of the draw by expected improvement
FEWEST, PATIENCE = 8, 12  # trials before, and without a gain, after which a leaf is exhausted
GAIN = 0.1  # that counts, in standard deviations of the better half of the losses
CLOSE = 0.5  # how far behind a rival may be, in what the best leaf has gained since


@dataclass(frozen=True, slots=True)
class Leaves:
    """The combinations of categories that decide which columns take part.

    Attributes
    ----------
    columns : ndarray of int of shape (p,)
        The columns that conditions refer to.
    codes : ndarray of shape (k, p)
        Their codes in each leaf; 0.5 where such a column does not take part itself.
    active : ndarray of bool of shape (k, p)
        Whether it takes part.
    """

    columns: Integers
    codes: Matrix
    active: Mask

    def __len__(self) -> int:
        return len(self.codes)

    def fixed(self, number: int) -> dict[int, float]:
        """The codes of a leaf by column."""
        active = self.active[number]
        columns, codes = self.columns[active].tolist(), self.codes[number, active].tolist()
        return dict(zip(columns, codes, strict=True))

    @classmethod
    def of(cls, space: Space, limit: int) -> "Leaves | None":
        """The leaves of `space`; None if there are fewer than two or more than `limit`."""
        parents = {c.column for column in space.columns for c in column.conditions}
        columns = np.array(sorted(parents), dtype=np.int64)
        rows = [np.full(space.n_columns, 0.5)]
        for j in columns:
            active = space.active(np.array(rows))[:, j]
            grown = []
            for row, on in zip(rows, active, strict=True):
                n_values = space.columns[j].n_values if on else 1
                if n_values > limit:
                    return None
                codes = space.columns[j].code(np.arange(int(n_values))) if on else [0.5]
                grown += [_replaced(row, j, code) for code in codes]
            rows = grown
            if len(rows) > limit:
                return None
        x = np.array(rows)
        return cls(columns, x[:, columns], space.active(x)[:, columns]) if len(x) > 1 else None

    def number(self, points: Points) -> Integers:
        """The leaf of each row."""
        x, active = points.x[:, None, self.columns], points.active[:, None, self.columns]
        same = (active == self.active) & (~self.active | (np.abs(x - self.codes) < 1e-9))
        return np.asarray(np.argmax(np.all(same, axis=2), axis=1))


def _replaced(row: Vector, j: int, code: float) -> Vector:
    copy = row.copy()
    copy[j] = code
    return copy


def leaf_order(
    trials: Trials,
    leaf: Integers,
    counts: Integers,
    min_trials: int,
    rng: np.random.Generator,
    preferred: Mask | None = None,
) -> Integers:
    """All leaves, the one to try first in front.

    Leaves with fewer than `min_trials` trials come first, the rarest of them in front; the others
    by chance, each with a probability that grows with its expected improvement.

    Parameters
    ----------
    trials : Trials
    leaf : ndarray of int of shape (n,)
        The leaf of each trial.
    counts : ndarray of int of shape (k,)
        How many trials each leaf has, pending ones included.
    min_trials : int
    rng : numpy.random.Generator
    preferred : ndarray of bool of shape (k,) or None, default=None
        Leaves that come before all others, in the order that they had if there were no others.

    Returns
    -------
    ndarray of int of shape (k,)
    """
    if preferred is None or not np.any(preferred):
        preferred = np.ones(len(counts), dtype=bool)
    rows = preferred[leaf]
    score = leaf_scores(comparable_losses(trials[rows]), leaf[rows], len(counts))
    score = score + TEMPERATURE * rng.gumbel(size=len(counts))
    rare = np.minimum(counts, min_trials)
    return np.lexsort((-score, rare, ~preferred))


def are_rivals(loss: Vector, leaf: Integers, n_leaves: int) -> Mask:
    """Which leaves are, for as many trials as they had, hardly worse than the best one was.

    By half of what the best leaf has gained since then at most; the losses, some of them finite,
    are those of the trials from the first to the last. Beside a leaf that was searched for long any
    other looks hopeless by its losses, but the best one had no better ones after as few trials.
    """
    loss = np.where(np.isfinite(loss), loss, np.inf)
    best = leaf[np.argmin(loss)]
    curve = np.minimum.accumulate(loss[leaf == best])
    near = np.ones(n_leaves, dtype=bool)
    for number in np.unique(leaf):
        own = loss[leaf == number]
        then = curve[min(len(own), len(curve)) - 1]
        near[number] = np.min(own) + CLOSE * curve[-1] <= (1.0 + CLOSE) * then
    near[best] = False
    return near


def is_exhausted(loss: Vector) -> bool:
    """Whether the last `PATIENCE` losses, the newest in the end, brought next to nothing."""
    if len(loss) < FEWEST + PATIENCE:
        return False
    finite = np.isfinite(loss)
    known = np.where(finite, loss, np.inf)
    gain = np.min(known[:-PATIENCE]) - np.min(known)
    return bool(gain <= GAIN * np.std(_better_half(loss[finite])))


def comparable_losses(trials: Trials) -> Vector:
    """The losses, infinite where a trial failed; ranks where resources differ."""
    if np.all((trials.level == FULL) | (trials.level == FAILED)):
        return trials.loss
    position = np.empty(len(trials))
    position[ranking(trials)] = np.arange(len(trials))
    return np.where(trials.level == FAILED, np.inf, np.log1p(position))


def leaf_scores(loss: Vector, leaf: Integers, n_leaves: int) -> Vector:
    """Log of the expected improvement on the best loss by the next one of each leaf.

    The next loss is taken as normal with the mean of the better half of the leaf's losses; the
    variance is theirs, with that of the better half of all losses as one more observation. A
    leaf without trials has the mean of all, one with failed ones alone the worst loss.
    """
    finite = np.isfinite(loss)
    better = _better_half(loss[finite])
    if len(better) == 0 or np.ptp(loss[finite]) == 0.0:
        return np.zeros(n_leaves)
    spread = float(np.std(better)) or float(np.std(loss[finite]))
    mean, variance = np.full(n_leaves, np.mean(better)), np.full(n_leaves, spread**2)
    for number in np.unique(leaf):
        own = _better_half(loss[finite & (leaf == number)])
        if len(own):
            mean[number] = np.mean(own)
            variance[number] = (spread**2 + np.sum((own - mean[number]) ** 2)) / len(own)
        else:
            mean[number] = np.max(loss[finite])
    sigma = np.sqrt(variance)
    return np.asarray(np.log(sigma) + log_improvement((np.min(loss[finite]) - mean) / sigma))


def _better_half(loss: Vector) -> Vector:
    return np.sort(loss)[: math.ceil(TOP * len(loss))]


def log_improvement(z: Vector) -> Vector:
    """log(phi(z) + z Phi(z)), for z of -1e6 or more.

    Below -1 as log phi(z) + log(1 + z sqrt(pi / 2) erfcx(-z / sqrt 2)), whose relative error
    grows as z^2 times that of the floating-point numbers.
    """
    z = np.maximum(np.asarray(z, dtype=float), -1e6)
    low, high = np.minimum(z, -1.0), np.maximum(z, -1.0)
    log_phi = -0.5 * low * low - 0.5 * math.log(2.0 * math.pi)
    tail = log_phi + np.log1p(low * math.sqrt(0.5 * math.pi) * erfcx(-low / math.sqrt(2.0)))
    phi = np.exp(-0.5 * high * high) / math.sqrt(2.0 * math.pi)
    return np.asarray(np.where(z < -1.0, tail, np.log(phi + high * ndtr(high))))
