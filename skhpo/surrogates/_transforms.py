"""Monotone transforms of losses that make them easier to model; all leave the best one best."""

import numpy as np
from scipy.stats import boxcox, norm, yeojohnson

from .._typing import Vector

MIN_SD = 1e-10
BAD_SIDE = 5.0  # distances from the median to the best, beyond which losses are clipped


def standardize(y: Vector) -> Vector:
    """Subtract the mean and divide by the standard deviation.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Losses.

    Returns
    -------
    ndarray of shape (n,)
        All 0 where all are equal.
    """
    spread = float(np.ptp(y))
    if spread == 0.0:
        return np.zeros(len(y))
    shares = (y - y.min()) / spread
    standard: Vector = (shares - shares.mean()) / shares.std()
    return standard


def clip_bad(y: Vector) -> Vector:
    """Clip losses worse than the median by more than five times its distance to the best.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Losses.

    Returns
    -------
    ndarray of shape (n,)
    """
    median = float(np.median(y))
    reach = BAD_SIDE * (median - float(y.min()))
    return np.minimum(y, median + reach) if reach > 0.0 else y


def half_rank(y: Vector, threshold: float | None = None) -> Vector:
    """Replace the worse half of the losses by normal quantiles of their ranks [1]_.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Losses.
    threshold : float or None, default=None
        Losses up to this one, not below the best, stay what they are. None is their median.

    Returns
    -------
    ndarray of shape (n,)

    References
    ----------
    .. [1] X. Song et al., "The Vizier Gaussian process bandit algorithm", 2024.

    Examples
    --------
    >>> import numpy as np
    >>> half_rank(np.array([0.0, 1.0, 2.0, 3.0, 100.0])).round(2)
    array([0.  , 1.  , 2.  , 2.68, 3.65])
    """
    g = -np.asarray(y, dtype=float)  # to be maximised, as in the paper
    labels, index = np.unique(g, return_inverse=True)
    median = float(np.median(g)) if threshold is None else -threshold
    position = int(np.searchsorted(labels, median))
    is_label = position < len(labels) and labels[position] == median
    sd = float(np.sqrt(np.mean((labels[labels >= median] - median) ** 2))) or float(labels.std())
    rank = (np.arange(1, len(labels) + 1) - 0.5) / (position + 0.5 * is_label)
    worse = labels < median
    labels = labels.copy()
    labels[worse] = median + sd * norm.ppf(0.5 * rank[worse])
    ranked: Vector = -labels[index.ravel()]
    return ranked


def log_warp(y: Vector) -> Vector:
    """Stretch the losses near the best one [1]_.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Losses.

    Returns
    -------
    ndarray of shape (n,)
        From -0.5 (best) to 0.5 (worst).

    References
    ----------
    .. [1] X. Song et al., "The Vizier Gaussian process bandit algorithm", 2024.
    """
    spread = float(y.max() - y.min())
    if spread == 0.0:
        return np.zeros(len(y))
    warped: Vector = -0.5 + np.log1p(0.5 * (y - y.min()) / spread) / np.log(1.5)
    return warped


def power(y: Vector) -> Vector:
    """Power transform towards a normal distribution [1]_.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Losses.

    Returns
    -------
    ndarray of shape (n,)
        Box-Cox where all are positive and it keeps their spread, else Yeo-Johnson, else `y` over
        its standard deviation.

    References
    ----------
    .. [1] A. I. Cowen-Rivers et al., "HEBO: pushing the limits of sample-efficient hyper-parameter
       optimisation", JAIR 74, 2022.
    """
    scaled = y / max(float(y.std()), MIN_SD)
    if len(np.unique(y)) < 3:
        return scaled
    for transform in (boxcox, yeojohnson) if y.min() > 0 else (yeojohnson,):
        with np.errstate(all="ignore"):  # what overflows is not taken
            values: Vector = transform(scaled)[0]
        if np.all(np.isfinite(values)) and values.std() >= 0.5:
            return values
    return scaled


def anchored_rank(y: Vector, n_first: int) -> Vector:
    """Rank losses that are worse than the median of the first ones, as `half_rank` does.

    The more trials lie near the best one, the more does `half_rank` look at their differences
    alone; this transform goes on seeing the rest.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Losses, oldest first.
    n_first : int
        How many were tried before results were looked at.

    Returns
    -------
    ndarray of shape (n,)
    """
    anchor = max(float(np.median(y)), float(np.median(y[:n_first])))
    return half_rank(y, anchor)


TRANSFORMS = ("half-rank", "anchored-rank", "log-warp", "power", "none")


def transform_losses(y: Vector, name: str, n_first: int = 10) -> Vector:
    """Transform and standardise finite losses.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Finite losses, oldest first.
    name : {"half-rank", "anchored-rank", "log-warp", "power", "none"}
        The transform; "log-warp" follows "half-rank". All but the ranks clip very bad losses first.
    n_first : int, default=10
        How many were tried before results were looked at; for "anchored-rank".

    Returns
    -------
    ndarray of shape (n,)
        With mean 0 and standard deviation 1, in the order of `y`.

    Raises
    ------
    ValueError
        If there is no such transform.

    Examples
    --------
    >>> import numpy as np
    >>> transform_losses(np.array([1.0, 2.0, 3.0]), "none").round(2) + 0.0
    array([-1.22,  0.  ,  1.22])
    """
    largest = float(np.abs(y).max())
    y = y / largest if largest > 0.0 else y  # squares neither overflow nor vanish
    if name == "anchored-rank":
        return standardize(anchored_rank(y, n_first))
    if name in ("half-rank", "log-warp"):
        ranked = half_rank(clip_bad(y))
        return standardize(ranked if name == "half-rank" else log_warp(ranked))
    if name in ("power", "none"):
        clipped = clip_bad(y)
        return standardize(power(clipped) if name == "power" else clipped)
    raise ValueError(f"There is no transform {name!r} of losses; take one of {TRANSFORMS}.")
