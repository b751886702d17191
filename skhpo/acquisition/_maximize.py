"""Search for the maximum of an acquisition over numbers, categories and conditions."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from .._records import Points
from .._typing import Mask, Matrix, Vector
from ._climb import Climber
from ._domain import Criterion, Domain, Region

SPREADS = (0.1, 0.02)  # of the candidates around good points
MAX_DIMENSION = 21201  # of Sobol sequences
MIN_WEIGHT = 1e-200  # of a start, beside that of the best


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard `maximize` tries.

    Attributes
    ----------
    n_candidates : int
        Quasi-random points of the region, rounded up to a power of two.
    n_nearby : int
        Perturbations of each good point and spread.
    n_starts : int
        Points that are improved step by step.
    """

    n_candidates: int = 1024
    n_nearby: int = 10
    n_starts: int = 8


def maximize(
    criterion: Criterion,
    domain: Domain,
    good: Points,
    rng: np.random.Generator,
    effort: Effort | None = None,
    scale: Vector | None = None,
    region: Region | None = None,
) -> Points:
    """Find points where `criterion` is large [1]_.

    Quasi-random points and perturbations of good ones are rated at once. From the best of them,
    and from others drawn in proportion to the exponential of their ratings, continuous columns are
    improved together by L-BFGS-B and the others by single exchanges, in turn, until neither helps.

    Parameters
    ----------
    criterion : Criterion
        What is maximised; without a gradient, continuous columns too are exchanged.
    domain : Domain
        Where, such as a `skhpo.space.Space`.
    good : Points
        Points to search around, best first; may be empty.
    rng : numpy.random.Generator
        Source of randomness.
    effort : Effort or None, default=None
        None stands for the defaults.
    scale : ndarray of shape (d,) or None, default=None
        Typical lengths over which the criterion changes, by column; None is 1 for all.
    region : Region or None, default=None
        The part of the cube to stay in; None is all of it.

    Returns
    -------
    Points
        Local maxima first, then rated candidates, each group by falling value.

    References
    ----------
    .. [1] M. Balandat et al., "BoTorch: a framework for efficient Monte-Carlo Bayesian
       optimization", NeurIPS 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Points
    >>> from skhpo.acquisition import maximize
    >>> from skhpo.space import Integer, Real, make_space
    >>> class Hill:
    ...     smooth = True
    ...     def __call__(self, points):
    ...         return -np.sum((points.x - 0.3) ** 2, axis=1)
    ...     def gradient(self, points):
    ...         return float(self(points)[0]), -2 * (points.x[0] - 0.3)
    >>> space = make_space({"x": Real(0, 1), "n": Integer(1, 10)})
    >>> best = maximize(Hill(), space, Points.empty(2), np.random.default_rng(0))[0]
    >>> [(round(p["x"], 3), p["n"]) for p in space.decode(best)]
    [(0.3, 3)]
    """
    effort = effort or Effort()
    d = len(domain.columns)
    region = region or Region.whole(d)
    candidates = _candidates(domain, good, rng, effort, region)
    values = criterion(candidates)
    order = np.argsort(-values, kind="stable")
    candidates, values = candidates[order], values[order]
    climber = Climber(criterion, domain, rng, np.ones(d) if scale is None else scale, region)
    starts = _starts(values, effort.n_starts, rng)
    found = [climber.climb(candidates[i], float(values[i])) for i in starts]
    found.sort(key=lambda pair: -pair[1])
    return Points.concatenate([*(point for point, _ in found), candidates])


def _candidates(
    domain: Domain, good: Points, rng: np.random.Generator, effort: Effort, region: Region
) -> Points:
    numbers = np.array([c.kind != "categorical" for c in domain.columns], dtype=bool)
    d = len(numbers)
    n = 1 << max(0, effort.n_candidates - 1).bit_length()
    if 0 < d <= MAX_DIMENSION:
        uniform = qmc.Sobol(d, seed=rng).random(n)
    else:
        uniform = rng.random((n, d))
    drawn = domain.from_uniform(uniform).x
    inside = np.where(numbers, region.low + drawn * (region.high - region.low), drawn)
    parts = [inside, good.x]
    m = effort.n_nearby
    others = domain.from_uniform(rng.random((len(good) * len(SPREADS) * m, d))).x
    for i, (x, active) in enumerate(zip(good.x, good.active, strict=True)):
        for j, spread in enumerate(SPREADS):
            start = (i * len(SPREADS) + j) * m
            other = others[start : start + m]
            near = _perturbed(x, spread, other, numbers, rng)
            parts.append(np.where(active, near, other))
    return domain.normalize(region.hold(np.concatenate(parts), numbers))


def _perturbed(
    x: Vector, spread: float, other: Matrix, numbers: Mask, rng: np.random.Generator
) -> Matrix:
    """Rows near `x`: numbers move a little, one category in d is that of the `other` row."""
    n, d = other.shape
    moved = np.clip(x + spread * rng.standard_normal((n, d)), 0.0, 1.0)
    renewed = rng.random((n, d)) < 1.0 / max(d, 1)
    return np.where(numbers, moved, np.where(renewed, other, x))


def _starts(values: Vector, n: int, rng: np.random.Generator) -> list[int]:
    """The best row, and others drawn without replacement in proportion to ``exp(value)``."""
    weights = np.exp(values - values[0])
    weights[0] = 0.0
    weights[weights < MIN_WEIGHT] = 0.0
    n_others = min(n - 1, int(np.count_nonzero(weights)))
    if n_others < 1:
        return [0]
    drawn = rng.choice(len(values), n_others, replace=False, p=weights / weights.sum())
    return [0, *drawn.tolist()]
