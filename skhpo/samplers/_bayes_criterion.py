"""What the next trial of a Bayesian search is chosen by: acquisition, feasibility, cost."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import log_ndtr

from .._records import Points
from .._typing import Mask, Matrix, Vector
from ..acquisition import Acquisition, Criterion
from ..surrogates import Paths, Posterior

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
MIN_VARIANCE = 1e-12
N_SAMPLES = 64  # of the pending results
MAX_PENDING = 16  # trials whose results are sampled; of more, the mean is taken
BELIEF_SD = 0.25  # of a number, in units of its range
LOG_PEAK = -LOG_SQRT_2PI - math.log(BELIEF_SD * math.erf(0.5 / BELIEF_SD / math.sqrt(2.0)))
MAX_JOINT = 500  # trials and pending ones up to which they are sampled


class Prediction(Protocol):
    """A fitted surrogate."""

    @property
    def points(self) -> Points:
        """What was observed."""

    @property
    def y(self) -> Matrix:
        """The observations, one column a sample."""

    def predict(self, points: Points) -> tuple[Matrix, Vector]:
        """Means, one column a sample, and variances."""

    def condition(self, points: Points, y: Matrix) -> "Prediction":
        """The same surrogate with more observations."""


def pending_losses(fitted: Prediction, pending: Points, rng: np.random.Generator) -> Matrix:
    """Samples of the pending results, or their mean where samples are dear; one column each."""
    if not isinstance(fitted, Posterior):
        return fitted.predict(pending)[0]
    if len(pending) <= MAX_PENDING and len(fitted.y) + len(pending) <= MAX_JOINT:
        return fitted.fantasies(pending, N_SAMPLES, rng)
    return fitted.expect(pending)[0]


@dataclass(frozen=True, slots=True)
class LogSuccess:
    """Logarithm of the probability that a trial succeeds.

    Attributes
    ----------
    posterior : Posterior
        Of -1 where trials succeeded and 1 where they failed, less `center`.
    center : float
        The mean of these labels, to which the process returns far from all trials.
    """

    posterior: Posterior
    center: float

    def __call__(self, points: Points) -> Vector:
        """``log Phi(t)`` with ``t = -mean / sqrt(variance + noise)`` at each point."""
        mean, variance = self.posterior.predict(points)
        t = -(mean[:, 0] + self.center) / np.sqrt(variance + self.posterior.hyper.noise)
        value: Vector = log_ndtr(t)
        return value

    def gradient(self, points: Points) -> tuple[float, Vector]:
        """Value and derivatives at one point."""
        mean, variance, d_mean, d_variance = self.posterior.gradient(points)
        total = variance + self.posterior.hyper.noise
        t = -(float(mean[0, 0]) + self.center) / math.sqrt(total)
        value = float(log_ndtr(t))
        slope = math.exp(-0.5 * t * t - LOG_SQRT_2PI - value)
        return value, slope * (-d_mean[:, 0] / math.sqrt(total) - 0.5 * t * d_variance / total)


@dataclass(frozen=True, slots=True)
class ModelCriterion:
    """An acquisition of a surrogate's prediction, as `maximize` takes it.

    Attributes
    ----------
    model : Prediction
        Of the losses.
    acquisition : callable
        See `skhpo.acquisition.ACQUISITIONS`.
    best : ndarray of shape (S,)
        The loss to improve on, one a sample of the pending results.
    success : LogSuccess or None
        Is added.
    cost : Posterior or None
        Of the standardised logarithm of seconds; the seconds to the power of `cost_weight` over
        its standard deviation are a divisor.
    cost_weight : float
        0 or more.
    """

    model: Prediction
    acquisition: Acquisition
    best: Vector
    success: LogSuccess | None = None
    cost: Posterior | None = None
    cost_weight: float = 0.0

    @property
    def smooth(self) -> bool:
        """Whether the surrogate has gradients."""
        return isinstance(self.model, Posterior)

    def __call__(self, points: Points) -> Vector:
        """Value at each point."""
        mean, variance = self.model.predict(points)
        value = self.acquisition(mean, np.sqrt(variance + MIN_VARIANCE), self.best)[0]
        if self.success is not None:
            value = value + self.success(points)
        if self.cost is not None:
            value = value - self.cost_weight * self.cost.predict(points)[0][:, 0]
        return value

    def gradient(self, points: Points) -> tuple[float, Vector]:
        """Value and derivatives at one point."""
        if not isinstance(self.model, Posterior):
            raise TypeError(f"{type(self.model).__name__} has no gradient.")
        mean, variance, d_mean, d_variance = self.model.gradient(points)
        sd = np.sqrt([variance + MIN_VARIANCE])
        values, by_mean, by_sd = self.acquisition(mean, sd, self.best)
        value = float(values[0])
        slope = d_mean @ by_mean[0] + by_sd[0] * d_variance / (2.0 * sd[0])
        if self.success is not None:
            more, by_x = self.success.gradient(points)
            value, slope = value + more, slope + by_x
        if self.cost is not None:
            mean, _, d_mean, _ = self.cost.gradient(points)
            value -= self.cost_weight * float(mean[0, 0])
            slope = slope - self.cost_weight * d_mean[:, 0]
        return value, slope


@dataclass(frozen=True, slots=True)
class Believed:
    """A criterion on a logarithmic scale plus a belief where its maximum lies [1]_.

    The belief pi(x) takes each number that takes part for normal about the middle of its range, cut
    off at its ends; ``log alpha(x) + beta/n log pi(x)`` is what is maximised.

    Attributes
    ----------
    criterion : Criterion
        log alpha.
    weight : float
        beta/n, with n the trials that are known: what was seen replaces what was believed.
    numbers : ndarray of bool of shape (d,)
        The columns that are no categories.

    References
    ----------
    .. [1] C. Hvarfner et al., "piBO: augmenting acquisition functions with user beliefs for
       Bayesian optimization", ICLR 2022.
    """

    criterion: Criterion
    weight: float
    numbers: Mask

    @property
    def smooth(self) -> bool:
        """Whether the criterion has gradients."""
        return self.criterion.smooth

    def __call__(self, points: Points) -> Vector:
        """Value at each point."""
        return self.criterion(points) + self.weight * self._log_pi(points)

    def gradient(self, points: Points) -> tuple[float, Vector]:
        """Value and derivatives at one point."""
        value, slope = self.criterion.gradient(points)
        by_x = np.where(self.numbers, (0.5 - points.x[0]) / BELIEF_SD**2, 0.0)
        return value + self.weight * float(self._log_pi(points)[0]), slope + self.weight * by_x

    def _log_pi(self, points: Points) -> Vector:
        """Sum of the log-densities of the numbers that take part."""
        z = (points.x - 0.5) / BELIEF_SD
        log_density = np.where(points.active & self.numbers, LOG_PEAK - 0.5 * z * z, 0.0)
        return np.asarray(log_density.sum(axis=1))


@dataclass(frozen=True, slots=True)
class PathCriterion:
    """Minus a function drawn from the posterior: its maximum is a Thompson sample.

    Attributes
    ----------
    paths : Paths
        One function.
    success : LogSuccess or None
        Is added.
    """

    paths: Paths
    success: LogSuccess | None = None

    @property
    def smooth(self) -> bool:
        """It has a gradient."""
        return True

    def __call__(self, points: Points) -> Vector:
        """Value at each point."""
        value: Vector = -self.paths(points)[:, 0]
        return value if self.success is None else value + self.success(points)

    def gradient(self, points: Points) -> tuple[float, Vector]:
        """Value and derivatives at one point."""
        path, by_x = self.paths.gradient(points)
        value, slope = -float(path[0, 0]), -by_x[:, 0]
        if self.success is not None:
            more, by_x = self.success.gradient(points)
            value, slope = value + more, slope + by_x
        return value, slope
