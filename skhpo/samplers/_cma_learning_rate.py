"""Learning rates of CMA-ES that follow from how much of its steps is signal [1]_.

.. [1] M. Nomura, Y. Akimoto, I. Ono, "CMA-ES with learning rate adaptation: can CMA-ES with
   default population size solve multimodal and noisy problems?", GECCO 2023.
"""

import math

import numpy as np

from .._typing import Matrix, Vector
from ._cma_state import CMA

ALPHA, GAMMA = 1.4, 0.1
BETA_MEAN, BETA_COVARIANCE = 0.1, 0.03


class _Rate:
    """A learning rate; remembers moving averages of a step and of its squared length."""

    def __init__(self, size: int, beta: float) -> None:
        self.eta = 1.0
        self._beta = beta
        self._mean = np.zeros(size)
        self._square = 0.0

    def tell(self, step: Vector) -> None:
        b = self._beta
        self._mean = (1.0 - b) * self._mean + b * step
        self._square = (1.0 - b) * self._square + b * float(step @ step)
        drift = float(self._mean @ self._mean)
        noise = self._square - drift
        snr = (drift - b / (2.0 - b) * self._square) / noise if noise > 0.0 else math.inf
        relative = min(max(snr / (ALPHA * self.eta) - 1.0, -1.0), 1.0)
        self.eta = min(1.0, self.eta * math.exp(min(GAMMA * self.eta, b) * relative))


class LearningRates:
    """Shortens the steps of a `CMA`; remembers both rates.

    Parameters
    ----------
    n : int
        Dimension.
    """

    def __init__(self, n: int) -> None:
        self._of_mean = _Rate(n, BETA_MEAN)
        self._of_covariance = _Rate(n * n, BETA_COVARIANCE)

    @property
    def eta(self) -> tuple[float, float]:
        """The rates of the mean and of the covariance."""
        return self._of_mean.eta, self._of_covariance.eta

    def shorten(self, cma: CMA, before: tuple[Vector, float, Matrix]) -> None:
        """Take back a part of the update that led from (mean, sigma, C) `before` to `cma`."""
        mean, sigma, C = before
        old, new = sigma**2 * C, cma.sigma**2 * cma.C
        values, B = np.linalg.eigh(old)
        root = (B / np.sqrt(values)) @ B.T  # Sigma^-1/2
        eta_before = self._of_mean.eta
        self._of_mean.tell(root @ (cma.mean - mean))
        self._of_covariance.tell((root @ (new - old) @ root).ravel() / math.sqrt(2.0))
        eta_mean, eta_covariance = self.eta
        cma.mean = mean + eta_mean * (cma.mean - mean)
        both = old + eta_covariance * (new - old)
        scale = float(np.exp(np.linalg.slogdet(both)[1] / len(mean)))  # sigma^2
        cma.C = both / scale
        cma.sigma = math.sqrt(scale) * eta_before / eta_mean
        cma.decompose()
