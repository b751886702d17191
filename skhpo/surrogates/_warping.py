"""Input warping: numbers on a scale that is learnt."""

import math

import numpy as np

from .._records import Points
from .._typing import Integers, Matrix, Vector
from ._embedding import Embedding
from ._likelihood import Hyperparameters, likelihood_terms, log_prior_terms
from ._priors import HyperPrior

MARGIN = 1e-6  # of codes, from 0 and 1
SHAPES = (0.25, 4.0)  # bounds of a and b
LOG_SHAPE_SD = 0.75  # of their prior


def kumaraswamy(x: Matrix, a: Vector, b: Vector) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Monotone map of [0, 1] to itself, ``w(x) = 1 - (1 - x^a)^b`` [1]_, with its derivatives.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Codes; clipped to 1e-6 from either end.
    a, b : ndarray of shape (d,)
        Shapes, above 0; both 1 leave x as it is.

    Returns
    -------
    w, dw_dx, dw_da, dw_db : ndarrays of shape (n, d)

    References
    ----------
    .. [1] J. Snoek et al., "Input warping for Bayesian optimization of non-stationary functions",
       ICML 2014.

    Examples
    --------
    >>> import numpy as np
    >>> w, _, _, _ = kumaraswamy(np.array([[0.5]]), np.array([2.0]), np.array([3.0]))
    >>> float(w[0, 0])
    0.578125
    """
    x = np.clip(x, MARGIN, 1.0 - MARGIN)
    power = x**a
    rest = 1.0 - power
    by_power = b * rest ** (b - 1.0)
    log_x = np.log(x)
    return (
        1.0 - rest**b,
        by_power * a * power / x,
        by_power * power * log_x,
        -(rest**b) * np.log(rest),
    )


class WarpedEmbedding(Embedding):
    """An embedding that warps its numbers first.

    Parameters
    ----------
    embedding : Embedding
        Of d columns.
    a, b : ndarray of shape (k,)
        Shapes of the warping of each of its k numbers.
    """

    def __init__(self, embedding: Embedding, a: Vector, b: Vector) -> None:
        super().__init__(embedding.n_levels, embedding.conditional)
        self._a, self._b = a, b

    def __call__(self, points: Points) -> Matrix:
        """Embed points; see `Embedding`."""
        features = super().__call__(points)
        where = self.first[self.numbers]
        features[:, where] = kumaraswamy(features[:, where], self._a, self._b)[0]
        return features

    def slopes(self, x: Vector) -> Vector:
        """Derivative of each column's first feature by its code."""
        slopes = np.ones(len(x))
        slopes[self.numbers] = kumaraswamy(x[None, self.numbers], self._a, self._b)[1][0]
        return slopes


def warped_objective(
    theta: Vector,
    features: Matrix,
    where: Integers,
    column: Integers,
    y: Vector,
    prior: HyperPrior,
) -> tuple[float, Vector]:
    """`negative_log_posterior` of a process with warped numbers.

    Parameters
    ----------
    theta : ndarray of shape (2 k + d + 2,)
        Logarithms of the k shapes a, of the k shapes b, then those of `Hyperparameters.theta`.
    features : ndarray of shape (n, D)
        Rows of the embedding, not warped.
    where : ndarray of int of shape (k,)
        The features that are warped.
    column : ndarray of int of shape (D,)
        The column that each feature belongs to.
    y : ndarray of shape (n,)
        Observations of mean 0.
    prior : HyperPrior
        What is known of the hyper-parameters.

    Returns
    -------
    value : float
        Up to a constant; infinite where the covariance cannot be factorised.
    gradient : ndarray of shape (2 k + d + 2,)
        With respect to `theta`.
    """
    k = len(where)
    log_a, log_b, rest = theta[:k], theta[k : 2 * k], theta[2 * k :]
    a, b = np.exp(log_a), np.exp(log_b)
    w, _, by_a, by_b = kumaraswamy(features[:, where], a, b)
    warped = features.copy()
    warped[:, where] = w
    hyper = Hyperparameters.of(rest)
    try:
        value, gradient, by_features = likelihood_terms(hyper, warped, column, y)
    except np.linalg.LinAlgError:
        return math.inf, np.zeros(len(theta))
    log_p, slope = log_prior_terms(rest, hyper, prior)
    gradient[-1] *= math.exp(rest[-1]) / hyper.noise
    shapes = theta[: 2 * k] / LOG_SHAPE_SD
    moved = by_features[:, where]
    of_shapes = np.concatenate([a * (moved * by_a).sum(axis=0), b * (moved * by_b).sum(axis=0)])
    total = value - log_p + 0.5 * float(shapes @ shapes)
    return total, np.concatenate([of_shapes + shapes / LOG_SHAPE_SD, gradient - slope])
