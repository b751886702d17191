"""Priors of the hyper-parameters of a Gaussian process, as log-densities with gradients.

All take the logarithms of what they are priors of, and differentiate with respect to these; the
densities are those of the quantities themselves, without a Jacobian.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._typing import Vector

LogPrior = Callable[[Vector], tuple[float, Vector]]  # log parameters -> log density, gradient


def reciprocal_penalty(log_l: Vector) -> tuple[float, Vector]:
    """Keep length scales from both ends: ``-0.1 (b + 1/b)`` with ``b = l^-2``."""
    b = np.exp(-2.0 * log_l)
    return float(-0.1 * np.sum(1.0 / b + b)), -0.2 * (1.0 / b - b)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Logarithm normal with `mean` and standard deviation `sd`."""

    mean: float
    sd: float

    def __call__(self, log_x: Vector) -> tuple[float, Vector]:
        """Log-density up to a constant, summed, and its gradient."""
        z = (log_x - self.mean) / self.sd
        return float(-0.5 * np.sum(z * z) - np.sum(log_x)), -z / self.sd - 1.0


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma distribution with `shape` and `rate`."""

    shape: float
    rate: float

    def __call__(self, log_x: Vector) -> tuple[float, Vector]:
        """Log-density up to a constant, summed, and its gradient."""
        x = np.exp(log_x)
        value = float(np.sum((self.shape - 1.0) * log_x - self.rate * x))
        return value, (self.shape - 1.0) - self.rate * x


@dataclass(frozen=True, slots=True)
class LogSquare:
    """Penalty ``-weight log^2(x^power / center)``."""

    weight: float
    center: float
    power: float = 1.0

    def __call__(self, log_x: Vector) -> tuple[float, Vector]:
        """Penalty, summed, and its gradient."""
        z = self.power * log_x - math.log(self.center)
        return float(-self.weight * np.sum(z * z)), -2.0 * self.weight * self.power * z


@dataclass(frozen=True, slots=True)
class HyperPrior:
    """Priors of length scales, signal variance and noise variance, and where to start from."""

    lengthscale: LogPrior
    signal: LogPrior
    noise: LogPrior
    start: float = 1.0  # length scale of the neutral point


def dimension_scaled(d: int) -> LogNormal:
    """Length scales that grow with the square root of the dimension [1]_.

    Parameters
    ----------
    d : int
        Number of dimensions.

    Returns
    -------
    LogNormal
        With mean ``sqrt(2) + log(d)/2`` and standard deviation ``sqrt(3)``.

    References
    ----------
    .. [1] C. Hvarfner, E. O. Hellsten, L. Nardi, "Vanilla Bayesian optimization performs great in
       high dimensions", ICML 2024.

    Examples
    --------
    >>> round(dimension_scaled(5).mean, 8)
    2.21893252
    """
    return LogNormal(math.sqrt(2.0) + 0.5 * math.log(d), math.sqrt(3.0))


PRIORS = ("auto", "heuristic", "dim-scaled", "botorch-old", "vizier")


def hyper_prior(name: str, d: int) -> HyperPrior:
    """Look up a prior by its name.

    Parameters
    ----------
    name : {"auto", "heuristic", "dim-scaled", "botorch-old", "vizier"}
        "auto" is "heuristic" up to 12 dimensions and "dim-scaled" above.
    d : int
        Number of dimensions.

    Returns
    -------
    HyperPrior

    Raises
    ------
    ValueError
        If there is no such prior.
    """
    if name == "auto":
        name = "heuristic" if d <= 12 else "dim-scaled"
    if name == "heuristic":
        return HyperPrior(reciprocal_penalty, Gamma(2.0, 1.0), Gamma(1.1, 30.0))
    if name == "dim-scaled":
        scaled = dimension_scaled(d)
        start = min(math.exp(scaled.mean), 2.0)
        return HyperPrior(scaled, Gamma(2.0, 1.0), LogNormal(-4.0, 1.0), start)
    if name == "botorch-old":
        return HyperPrior(Gamma(3.0, 6.0), Gamma(2.0, 0.15), Gamma(1.1, 0.05), 0.5)
    if name == "vizier":
        lengthscale = LogSquare(0.01, 0.5, 2.0)
        return HyperPrior(lengthscale, LogSquare(0.01, 0.039), LogSquare(0.01, 0.0039), 0.7)
    raise ValueError(f"There is no prior {name!r}; take one of {PRIORS}.")
