"""The categories of CatCMA: a product of categorical distributions, moved along its gradient.

.. [1] R. Hamano, S. Saito, M. Nomura, K. Uchida, S. Shirakawa, "CatCMA: stochastic optimization
   for mixed-category problems", GECCO 2024.
.. [2] Y. Akimoto, S. Shirakawa, N. Yoshinari, K. Uchida, S. Saito, K. Nishida, "Adaptive
   stochastic natural gradient method for one-shot neural architecture search", ICML 2019.
"""

import math

import numpy as np

from .._typing import Integers, Matrix, Vector

SNR = 1.5  # the signal that a step should have against its noise


class Categories:
    """Probabilities of the values of each categorical variable; `update` is one generation.

    Parameters
    ----------
    n_values : sequence of int
        Of each variable, 2 at least.
    alpha : float
        Probability that the other values of a variable keep together.
    q : ndarray of shape (n_variables, largest n_values) or None, default=None
        The first probabilities, 0 where a variable has fewer values; None is uniform.

    Attributes
    ----------
    q : ndarray of shape (n_variables, largest n_values)
    """

    def __init__(self, n_values: tuple[int, ...], alpha: float, q: Matrix | None = None) -> None:
        self._K = np.array(n_values)
        self._exists = np.arange(int(self._K.max())) < self._K[:, None]
        self._least = np.where(self._exists, (alpha / (self._K - 1))[:, None], 0.0)
        self.q = self._exists / self._K[:, None] if q is None else np.array(q, dtype=float)
        self._keep_margin()
        n_free = int(np.sum(self._K - 1))
        self._root_free = math.sqrt(n_free)
        self._s = np.zeros(n_free)
        self._gamma = 0.0
        self._Delta = 1.0

    def sample(self, rng: np.random.Generator) -> Integers:
        """One value of each variable, by number."""
        below = np.cumsum(self.q, axis=1)[:, :-1]
        return np.asarray(np.sum(rng.random((len(self.q), 1)) >= below, axis=1))

    def update(self, chosen: Integers, w: Vector) -> None:
        """Learn from a generation.

        Parameters
        ----------
        chosen : ndarray of int of shape (popsize, n_variables)
        w : ndarray of shape (popsize,)
            Weights, not negative, with sum 1.
        """
        onehot = chosen[:, :, None] == np.arange(self.q.shape[1])
        G = np.einsum("i,ijk->jk", w, onehot) - self.q
        t = self._whitened(G)
        length = float(np.linalg.norm(t))
        if length == 0.0:
            return
        delta = 1.0 / self._Delta
        self.q = self.q + delta / (length + 1e-8) * G
        beta = delta / self._root_free
        self._s = (1.0 - beta) * self._s + math.sqrt(beta * (2.0 - beta)) * t / length
        self._gamma = (1.0 - beta) ** 2 * self._gamma + beta * (2.0 - beta)
        signal = float(self._s @ self._s) / SNR
        self._Delta *= math.exp(beta * (self._gamma - signal))
        self._Delta = max(self._Delta, 1.0 / self._root_free)  # beta is 1 at most
        self._keep_margin()

    def _whitened(self, G: Matrix) -> Vector:
        """The root of the Fisher information times `G`, without the last value of each variable."""
        t = []
        for q, g, k in zip(self.q, G, self._K, strict=True):
            free, last = slice(0, k - 1), q[k - 1]
            root = np.sqrt(q[free])
            t.append(g[free] / root + root * np.sum(g[free]) / (last + math.sqrt(last)))
        return np.concatenate(t)

    def _keep_margin(self) -> None:
        q = np.where(self._exists, np.maximum(self.q, self._least), 0.0)
        total = np.sum(q, axis=1, keepdims=True)
        free = total - np.sum(self._least, axis=1, keepdims=True)
        over = np.where(free > 1e-12, (total - 1.0) / np.where(free > 1e-12, free, 1.0), 0.0)
        q = q - over * (q - self._least)
        self.q = q / np.sum(q, axis=1, keepdims=True)
