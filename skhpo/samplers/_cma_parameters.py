"""Strategy parameters of CMA-ES, and its weights where losses tie; symbols as in [Hansen16]_.

.. [Hansen16] N. Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772, 2016.
"""

import math
from dataclasses import dataclass

import numpy as np

from .._typing import Vector


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """What follows from the dimension and the population size.

    Attributes
    ----------
    n : int
        Dimension.
    popsize : int
        lambda, the points of a generation.
    weights : ndarray of shape (popsize,)
        By rank; the positive ones sum to 1.
    mueff : float
        How many points the positive weights are worth.
    c1, cmu, cc, cs, ds : float
        Learning rates of the covariance (rank one, rank mu), of the two paths, and the damping of
        the step size.
    chi_n : float
        Length of a standard normal vector to be expected.
    """

    n: int
    popsize: int
    weights: Vector
    mueff: float
    c1: float
    cmu: float
    cc: float
    cs: float
    ds: float
    chi_n: float


def population_size(n: int) -> int:
    """The usual lambda for `n` dimensions."""
    return 4 + math.floor(3 * math.log(max(n, 1)))


def make_parameters(n: int, popsize: int) -> Parameters:
    """Default parameters (table 1) for `n` dimensions and `popsize` points."""
    mu = popsize // 2
    raw = math.log((popsize + 1) / 2) - np.log(np.arange(1, popsize + 1))  # (49)
    mueff = _effective(raw[:mu])
    c1 = 2.0 / ((n + 1.3) ** 2 + mueff)  # (57)
    cmu = 2.0 * (mueff - 2.0 + 1.0 / mueff) / ((n + 2) ** 2 + mueff)  # (58)
    cmu = min(1.0 - c1 - 1e-8, cmu)
    cs = (mueff + 2.0) / (n + mueff + 5.0)  # (55)
    return Parameters(
        n=n,
        popsize=popsize,
        weights=_scaled(raw, mu, mueff, (n, c1, cmu)),
        mueff=mueff,
        c1=c1,
        cmu=cmu,
        cc=(4.0 + mueff / n) / (n + 4.0 + 2.0 * mueff / n),  # (56)
        cs=cs,
        ds=1.0 + 2.0 * max(0.0, math.sqrt((mueff - 1.0) / (n + 1.0)) - 1.0) + cs,
        chi_n=math.sqrt(n) * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n)),
    )


def _effective(weights: Vector) -> float:
    return float(np.sum(weights) ** 2 / np.sum(weights**2))


def _scaled(raw: Vector, mu: int, mueff: float, rates: tuple[int, float, float]) -> Vector:
    """Positive weights that sum to 1; negative ones as large as (50) to (53) allow."""
    n, c1, cmu = rates
    positive = raw >= 0.0
    minus = _effective(raw[mu:])
    largest = 1.0 + 2.0 * minus / (mueff + 2.0)
    if cmu > 0.0:
        largest = min(largest, 1.0 + c1 / cmu, (1.0 - c1 - cmu) / (n * cmu))
    down = largest / np.sum(np.abs(raw[~positive]))
    return np.where(positive, raw / np.sum(raw[positive]), raw * down)


def tied(weights: Vector, losses: Vector) -> Vector:
    """The weight of each point: by the rank of its loss, averaged over equal losses.

    Averages make an update independent of the order in which the points came. Several rows of
    weights give as many rows.
    """
    order = np.argsort(losses, kind="stable")
    ordered = losses[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    counts = np.diff(np.append(starts, len(losses)))
    shared = np.empty(weights.shape)
    sums = np.add.reduceat(weights, starts, axis=-1)
    shared[..., order] = np.repeat(sums / counts, counts, axis=-1)
    return shared
