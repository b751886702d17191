"""How wide the kernels of a Parzen estimator are, and how much each of them weighs."""

from collections.abc import Callable

import numpy as np

from .._typing import Integers, Matrix, Vector

PRIOR_MEAN, PRIOR_SIGMA = 0.5, 1.0  # the prior kernel: the middle and the length of the range


# ------------------------------------------------------------------ weights
def uniform_weights(n: int) -> Vector:
    """Weigh all observations alike.

    Parameters
    ----------
    n : int
        Number of observations.

    Returns
    -------
    ndarray of shape (n,)
        Ones.
    """
    return np.ones(n)


def decay_weights(n: int, n_recent: int = 25, floor: float | None = None) -> Vector:
    """Weigh observations by age: ones for the newest, a ramp from 1 / n to 1 before.

    Parameters
    ----------
    n : int
        Number of observations, oldest first.
    n_recent : int, default=25
        How many have weight one.
    floor : float or None, default=None
        The weight of the others, instead of the ramp.

    Returns
    -------
    ndarray of shape (n,)
    """
    n_old = max(n - n_recent, 0)
    old = np.linspace(1.0 / max(n, 1), 1.0, n_old) if floor is None else np.full(n_old, floor)
    return np.concatenate([old, np.ones(n - n_old)])


def improvement_weights(loss: Vector, threshold: float) -> Vector:
    """Weigh observations by improvement, max(1e-12, y* - y), scaled to a mean of one.

    Parameters
    ----------
    loss : ndarray of shape (n,)
        The losses y, finite.
    threshold : float
        The threshold y*.

    Returns
    -------
    ndarray of shape (n,)
        Ones where `threshold` is not finite, or all improvements are equal.
    """
    gain = np.maximum(threshold - loss, 1e-12)
    if len(gain) == 0 or not np.all(np.isfinite(gain)) or np.ptp(gain) == 0.0:
        return np.ones(len(gain))
    return np.asarray(gain / np.mean(gain))


# --------------------------------------------------------------- bandwidths
def watanabe_bandwidths(means: Matrix) -> Matrix:
    """Larger gap to the neighbours; the prior's mean and the ends of the range are neighbours.

    Clipped to [max(0.03, (N + 2)^-2), 1]. `means` has shape (N, p) and lies in [0, 1].
    """
    floor = max(0.03, (len(means) + 2.0) ** -2)
    return np.clip(_gaps(means, prior=True, ends=True), floor, 1.0)


def optuna_bandwidths(means: Matrix) -> Matrix:
    """Larger gap to the neighbours among the observations; clipped to [1 / min(100, N + 2), 1].

    The ends of the range count as neighbours of a single observation only.
    """
    n = len(means)
    return np.clip(_gaps(means, prior=False, ends=n < 2), 1.0 / min(100, n + 2), 1.0)


def hyperopt_bandwidths(means: Matrix) -> Matrix:
    """Larger gap to the neighbours, the prior's mean among them, and half the range for N = 1.

    Clipped to [1 / min(100, N + 2), 1].
    """
    n = len(means)
    gaps = np.full(means.shape, 0.5) if n == 1 else _gaps(means, prior=True, ends=False)
    return np.clip(gaps, 1.0 / min(100, n + 2), 1.0)


def scott_bandwidths(means: Matrix) -> Matrix:
    """Scott's rule 1.059 min(IQR / 1.34, s) N^-1/5 per column, clipped as `watanabe` is."""
    n = len(means)
    if n == 0:
        return np.empty(means.shape)
    low, high = np.percentile(means, [25.0, 75.0], axis=0)
    deviation = np.std(means, axis=0, ddof=1) if n > 1 else np.full(means.shape[1], PRIOR_SIGMA)
    sigma = 1.059 * np.minimum((high - low) / 1.34 if n > 1 else deviation, deviation) * n**-0.2
    floor = max(0.03, (n + 2.0) ** -2)
    return np.tile(np.clip(sigma, floor, 1.0), (n, 1))


BANDWIDTHS: dict[str, Callable[[Matrix], Matrix]] = {
    "watanabe": watanabe_bandwidths,
    "optuna": optuna_bandwidths,
    "hyperopt": hyperopt_bandwidths,
    "scott": scott_bandwidths,
}


def _gaps(means: Matrix, prior: bool, ends: bool) -> Matrix:
    """The larger gap between each mean and its neighbours in its column; ties keep their order."""
    n, p = means.shape
    if n == 0:
        return np.empty((0, p))
    rows = np.vstack([means, np.full((1, p), PRIOR_MEAN)]) if prior else means
    order = np.argsort(rows, axis=0, kind="stable")
    ranked = np.take_along_axis(rows, order, axis=0)
    outside = np.zeros((1, p)), np.ones((1, p))
    steps = np.diff(np.vstack([outside[0], ranked, outside[1]]), axis=0)
    if not ends:
        steps[0], steps[-1] = steps[1], steps[-2]
    gaps = np.empty_like(rows)
    np.put_along_axis(gaps, order, np.maximum(steps[:-1], steps[1:]), axis=0)
    return gaps[:n]


# ----------------------------------------------------------- categorical kernels
def optuna_categories(choice: Integers, prior: Vector, prior_weight: float) -> Matrix:
    """One row of probabilities a component: (onehot + pw / (N + 1)) / (1 + m pw / (N + 1)).

    The last row is `prior`, the mass of each of the m categories.
    """
    n, m = len(choice), len(prior)
    pseudo = prior_weight / (n + 1.0)
    rows = np.full((n + 1, m), pseudo / (1.0 + m * pseudo))
    rows[np.arange(n), choice] += 1.0 / (1.0 + m * pseudo)
    rows[n] = prior
    return rows


def aitchison_aitken(choice: Integers, prior: Vector, prior_weight: float) -> Matrix:
    """One row of probabilities a component: 0.8 on the observed category, 0.2 on all others.

    The last row is `prior`; `prior_weight` has no influence.
    """
    n, m = len(choice), len(prior)
    b = min(0.2, (m - 1.0) / m)
    rows = np.full((n + 1, m), b / max(m - 1.0, 1.0))
    rows[np.arange(n), choice] = 1.0 - b
    rows[n] = prior
    return rows


CATEGORICAL_KERNELS: dict[str, Callable[[Integers, Vector, float], Matrix]] = {
    "optuna": optuna_categories,
    "aitchison-aitken": aitchison_aitken,
}
