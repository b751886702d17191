"""The distribution with which CMA-ES starts in a branch, from the trials that are known."""

import math

import numpy as np

from .._records import Points
from .._typing import Vector
from ._cma_bounds import from_unit
from ._cma_members import First
from ._cma_space import Branch
from ._cma_warm import warm_start

SHARE = 0.25  # of the known trials, the best ones


def first_distribution(branch: Branch, points: Points, losses: Vector, sigma: float) -> First:
    """Around the best of the known points; around the middle where there are none."""
    mean, q = np.full(len(branch.numbers), 0.5), branch.q
    if not len(losses):
        return First(mean, sigma, None, q)
    best = np.argsort(losses, kind="stable")[: math.ceil(SHARE * len(losses))]
    u, chosen = branch.parts(points[best])
    weights = math.log(len(best) + 0.5) - np.log(np.arange(1, len(best) + 1))
    weights = weights / np.sum(weights)
    mean = weights @ _genotypes(branch, u)
    if q is not None:
        seen = [np.bincount(column, weights, q.shape[1]) for column in chosen.T]
        q = 0.5 * (q + np.array(seen))
    return First(mean, sigma, None, q)


def transferred(branch: Branch, points: Points, losses: Vector, sigma: float) -> First:
    """Around the best points of a search on other data, as wide as they lie apart."""
    u, chosen = branch.parts(points)
    q = branch.q
    if q is not None:
        best = chosen[np.argsort(losses, kind="stable")[: math.ceil(SHARE * len(losses))]]
        seen = [np.bincount(column, minlength=q.shape[1]) / len(best) for column in best.T]
        q = 0.5 * (q + np.array(seen))
    if not len(branch.numbers):
        return First(np.empty(0), sigma, None, q)
    mean, scale, C = warm_start(_genotypes(branch, u), losses)
    return First(mean, max(scale, sigma), C, q)


def _genotypes(branch: Branch, u: np.ndarray) -> np.ndarray:
    """Numbers before the bound map, which leaves integers alone."""
    x = u.copy()
    j = branch.domain.continuous
    x[:, j] = from_unit(u[:, j])
    return x
