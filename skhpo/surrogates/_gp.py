"""Gaussian process regression on points of the unit cube."""

import numpy as np
from scipy.optimize import Bounds, minimize

from .._records import Points
from .._typing import Matrix, Vector
from ._embedding import Embedding
from ._likelihood import Hyperparameters, negative_log_posterior
from ._posterior import Posterior
from ._priors import HyperPrior, hyper_prior
from ._warping import SHAPES, WarpedEmbedding, warped_objective

LENGTHSCALES = (0.025, 1e3)
SIGNALS = (1e-2, 1e2)
NOISES = (1e-9, 10.0)  # above the least noise
LEVELS = (1e-4, 1e2)
NEUTRAL_NOISE, NEUTRAL_LEVEL = 0.02, 0.5
MAX_ITER = 200
TOLERANCE = 1e-2  # of the gradient; less only fits noise
MIN_WARPED = (20, 3)  # trials, and trials a column, from which on inputs are warped


class GaussianProcess:
    """Matern 5/2 process with a length scale a column, fitted by its posterior mode [1]_.

    Where the embedding has a resource, the kernel is the product of one over the other columns and
    one over the resource [2]_; see `Hyperparameters`.

    Parameters
    ----------
    embedding : Embedding
        How points become features.
    prior : {"auto", "heuristic", "dim-scaled", "botorch-old", "vizier"}, default="auto"
        Prior of the hyper-parameters.
    noise : bool, default=True
        Whether observations are noisy; otherwise the noise is 1e-6.
    warp : bool, default=False
        Whether to learn a monotone warping of each number, from ``max(20, 3 d)`` observations on;
        without effect where there is a resource.

    References
    ----------
    .. [1] C. E. Rasmussen, C. K. I. Williams, "Gaussian processes for machine learning", 2006.
    .. [2] K. Kandasamy et al., "Multi-fidelity Bayesian optimisation with continuous
       approximations", ICML 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Points
    >>> x = np.linspace(0, 1, 9)[:, None]
    >>> points = Points(x, np.ones(x.shape, dtype=bool))
    >>> process = GaussianProcess(Embedding((0,), (False,)))
    >>> mean, variance = process.fit(points, np.sin(6 * x[:, 0])).predict(points)
    >>> bool(np.abs(mean[:, 0] - np.sin(6 * x[:, 0])).max() < 0.1)
    True
    """

    def __init__(
        self, embedding: Embedding, prior: str = "auto", noise: bool = True, warp: bool = False
    ) -> None:
        self.embedding = embedding
        self.prior = prior
        self.noise = noise
        self.warp = warp

    def fit(self, points: Points, y: Vector, starts: tuple[Hyperparameters, ...] = ()) -> Posterior:
        """Find the most probable hyper-parameters and condition on the observations.

        Parameters
        ----------
        points : Points of n rows
            Where.
        y : ndarray of shape (n,)
            Observations of mean 0 and standard deviation 1.
        starts : tuple of Hyperparameters, default=()
            Where to start the search, beside a neutral point; such as the last optimum.

        Returns
        -------
        Posterior

        Raises
        ------
        ValueError
            If an observation is not a finite number.
        """
        if not np.all(np.isfinite(y)):
            raise ValueError("y holds NaN or infinite values; leave those observations out.")
        d = self.embedding.n_columns
        prior = hyper_prior(self.prior, max(d, 1))
        features = self.embedding(points)
        levelled = self.embedding.resource
        level = NEUTRAL_LEVEL if levelled else None
        neutral = Hyperparameters(np.full(d, prior.start), 1.0, NEUTRAL_NOISE, level)
        bounds = np.log([LENGTHSCALES] * d + [LEVELS] * levelled + [SIGNALS, NOISES])
        if not self.noise:
            bounds[-1] = np.log(NOISES[0])
        best, best_value = np.clip(neutral.theta, *bounds.T), np.inf
        for start in (*starts, neutral):
            found = minimize(
                negative_log_posterior,
                np.clip(start.theta, bounds[:, 0], bounds[:, 1]),
                (features, self.embedding.column, y, prior, levelled),
                "L-BFGS-B",
                jac=True,
                bounds=Bounds(*bounds.T),
                options={"maxiter": MAX_ITER, "gtol": TOLERANCE},
            )
            if found.fun < best_value:
                best, best_value = found.x, found.fun
        least, per_column = MIN_WARPED
        if self.warp and not levelled and len(y) >= max(least, per_column * d):
            return self._warped(points, features, y, prior, best, bounds)
        return Posterior.given(self.embedding, Hyperparameters.of(best, levelled), points, y)

    def _warped(
        self,
        points: Points,
        features: Matrix,
        y: Vector,
        prior: HyperPrior,
        theta: Vector,
        bounds: Matrix,
    ) -> Posterior:
        """The posterior with the most probable warping, found from `theta` without one."""
        embedding = self.embedding
        where = embedding.first[embedding.numbers]
        k = len(where)
        shape_bounds = np.log([SHAPES] * (2 * k)).reshape(-1, 2)
        found = minimize(
            warped_objective,
            np.concatenate([np.zeros(2 * k), theta]),
            (features, where, embedding.column, y, prior),
            "L-BFGS-B",
            jac=True,
            bounds=Bounds(*np.concatenate([shape_bounds, bounds]).T),
            options={"maxiter": MAX_ITER, "gtol": TOLERANCE},
        )
        shapes = np.exp(found.x[: 2 * k])
        warped = WarpedEmbedding(embedding, shapes[:k], shapes[k:])
        return Posterior.given(warped, Hyperparameters.of(found.x[2 * k :]), points, y)
