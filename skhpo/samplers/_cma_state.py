"""The normal distribution of CMA-ES: points are drawn from it, and a generation moves it."""

import math

import numpy as np

from .._typing import Mask, Matrix, Vector
from ._cma_parameters import Parameters, tied

SIGMA_MAX = 1.0  # the unit cube is no larger
LEAST_EIGENVALUE = 1e-15  # of the largest one; a run ends before
FLAT_SHARE = 0.75  # of a generation, with one loss


class CMA:
    """Mean, step size, covariance and the two paths; `update` is one generation.

    Parameters
    ----------
    mean : ndarray of shape (n,)
    sigma : float
    parameters : Parameters
    C : ndarray of shape (n, n) or None, default=None
        None is the identity.

    Attributes
    ----------
    mean, sigma, C, ps, pc
        As in the paper.
    g : int
        Generations so far.
    widens : bool
        Whether the step size grows after a flat generation; not of use where the run ends then.
    """

    def __init__(
        self, mean: Vector, sigma: float, parameters: Parameters, C: Matrix | None = None
    ) -> None:
        n = parameters.n
        self.parameters = parameters
        self.widens = True
        self.mean = np.array(mean, dtype=float)
        self.sigma = float(sigma)
        self.C = np.eye(n) if C is None else np.array(C, dtype=float)
        self.ps = np.zeros(n)
        self.pc = np.zeros(n)
        self.g = 0
        self._every = 1  # generations from one decomposition to the next
        if parameters.c1 + parameters.cmu > 0.0:
            self._every = max(1, int(1.0 / (10.0 * n * (parameters.c1 + parameters.cmu))))
        self.decompose()

    def decompose(self) -> None:
        """Take the eigenvectors `B` and the roots `D` of the eigenvalues of `C`."""
        self.C = 0.5 * (self.C + self.C.T)
        values, self.B = np.linalg.eigh(self.C)
        low = LEAST_EIGENVALUE * values[-1]
        if values[0] < low:
            values = np.maximum(values, low)
            self.C = (self.B * values) @ self.B.T
        self.D = np.sqrt(values)

    @property
    def deviations(self) -> Vector:
        """Standard deviation of each coordinate."""
        return np.asarray(self.sigma * np.sqrt(np.diag(self.C)))

    def sample(self, rng: np.random.Generator) -> Vector:
        """One point."""
        z = rng.standard_normal(self.parameters.n)
        return np.asarray(self.mean + self.sigma * (self.B @ (self.D * z)))

    def whiten(self, y: Matrix) -> Matrix:
        """C^-1/2 y, for rows y."""
        return np.asarray(((y @ self.B) / self.D) @ self.B.T)

    def update(self, x: Matrix, losses: Vector, foreign: Mask | None = None) -> None:
        """Learn from a generation.

        Parameters
        ----------
        x : ndarray of shape (popsize, n)
            The points.
        losses : ndarray of shape (popsize,)
            Infinite where a trial failed.
        foreign : ndarray of bool of shape (popsize,) or None
            Which points were not drawn from this very distribution: steps to these are shortened,
            so that none of them alone can throw the paths off.
        """
        p = self.parameters
        y = (np.asarray(x, dtype=float) - self.mean) / self.sigma
        white = self.whiten(y)
        length = np.linalg.norm(white, axis=1)
        if foreign is not None:
            shrink = np.where(foreign, np.minimum(1.0, longest(p.n) / (length + 1e-300)), 1.0)
            y, white, length = y * shrink[:, None], white * shrink[:, None], length * shrink
        w, signed = tied(np.stack([np.maximum(p.weights, 0.0), p.weights]), losses)
        mueff = 1.0 / float(np.sum(w**2))
        self.g += 1
        self.mean = self.mean + self.sigma * (w @ y)  # (41), (42)
        self._update_paths(w @ y, w @ white, mueff)
        self._update_covariance(y, signed, length)
        self._update_sigma(losses)

    def _update_paths(self, yw: Vector, white: Vector, mueff: float) -> None:
        p = self.parameters
        self.ps = (1.0 - p.cs) * self.ps + math.sqrt(p.cs * (2.0 - p.cs) * mueff) * white  # (43)
        decay = 1.0 - (1.0 - p.cs) ** (2 * (self.g + 1))
        self._hs = (
            float(np.linalg.norm(self.ps)) / math.sqrt(decay) < (1.4 + 2.0 / (p.n + 1)) * p.chi_n
        )
        step = math.sqrt(p.cc * (2.0 - p.cc) * mueff) * yw if self._hs else 0.0
        self.pc = (1.0 - p.cc) * self.pc + step  # (45)

    def _update_covariance(self, y: Matrix, w: Vector, length: Vector) -> None:
        p = self.parameters
        kept = 1.0 - p.c1 - p.cmu * float(np.sum(w))
        if not self._hs:
            kept += p.c1 * p.cc * (2.0 - p.cc)
        wo = np.where(w >= 0.0, w, w * p.n / (length**2 + 1e-8))  # (46)
        rank_mu = (y.T * wo) @ y
        self.C = kept * self.C + p.c1 * np.outer(self.pc, self.pc) + p.cmu * rank_mu  # (47)
        if self.g % self._every == 0:
            self.decompose()

    def _update_sigma(self, losses: Vector) -> None:
        p = self.parameters
        rate = p.cs / p.ds
        log_step = rate * (float(np.linalg.norm(self.ps)) / p.chi_n - 1.0)  # (44)
        if self.widens and is_flat(losses):
            log_step += 0.2 + rate
        self.sigma = min(self.sigma * math.exp(log_step), SIGMA_MAX)


def is_flat(losses: Vector) -> bool:
    """Whether most of a generation has the lowest loss, so that there is little to see."""
    ordered = np.sort(losses)
    return bool(ordered[0] == ordered[math.ceil(FLAT_SHARE * len(ordered)) - 1])


def longest(n: int) -> float:
    """Length of the longest step to a foreign point, in standard deviations.

    N. Hansen, "Injecting external solutions into CMA-ES", arXiv:1110.4181, 2011.
    """
    return math.sqrt(n) + 2.0 * n / (n + 2.0)
