"""Frozen scipy distributions, and objects like them, as encodings."""

import math
from typing import Any

import numpy as np
from scipy import stats

from .._typing import Vector
from ._discrete import MAX_VALUES, DiscreteQuantile, Grid
from ._encodings import Drawn, Encoding, Interval, Quantile
from ._sequences import levels


def encode_distribution(name: str, distribution: Any, model: bool) -> Encoding:
    """The encoding of a distribution; those that scipy users know best become native kinds.

    Where no code can be had (no `ppf`), the distribution is refused if `model`, else only drawn.
    """
    _check_frozen(name, distribution, model)
    encoding = _native(name, distribution) or _by_quantiles(name, distribution)
    if encoding is not None:
        return encoding
    if not hasattr(distribution, "rvs"):
        raise TypeError(
            f"The distribution {distribution!r} for parameter {name!r} has no method rvs; take a "
            "frozen distribution of scipy.stats, Real or Integer."
        )
    if model:
        raise ValueError(
            f"The distribution {distribution!r} for parameter {name!r} cannot be used by a search "
            "with a model, which needs its inverse cdf (ppf and cdf); take a frozen distribution "
            "of scipy.stats, Real or Integer, or search at random."
        )
    return Drawn(distribution)


def _check_frozen(name: str, distribution: Any, model: bool) -> None:
    if not isinstance(distribution, stats.rv_continuous | stats.rv_discrete):
        return
    shapes: int = getattr(distribution, "numargs", 0)
    if hasattr(distribution, "xk") or not (model or shapes):
        return
    raise ValueError(
        f"The distribution {distribution.name!r} for parameter {name!r} is not frozen: call it "
        f"with its arguments, as in scipy.stats.{distribution.name}(...)."
    )


def _native(name: str, distribution: Any) -> Encoding | None:
    """The kind of its own that a recognised scipy distribution has here."""
    family = getattr(distribution, "dist", distribution)
    if hasattr(family, "xk") and hasattr(family, "pk"):
        return _atoms(family.xk, family.pk, _shift(distribution, 0))
    kind = getattr(family, "name", None) if hasattr(distribution, "dist") else None
    if kind not in ("uniform", "loguniform", "reciprocal", "randint", "bernoulli"):
        return None
    low, high = _bounds(name, distribution)
    if kind == "bernoulli":
        return _atoms([low, high], distribution.pmf([low, high]), 0.0)
    if kind == "randint":
        n_values = int(high) - int(low) + 1
        return Grid(int(low), 1, n_values) if n_values <= MAX_VALUES else None
    log = kind != "uniform"
    awkward = log and (_shift(distribution, 2) != 0 or float(high) / float(low) == math.inf)
    return None if awkward else Interval(low, high, log)


def _bounds(name: str, distribution: Any) -> tuple[float, float]:
    low, high = distribution.support()
    if np.ndim(low) or np.ndim(high) or not (math.isfinite(low) and low <= high < math.inf):
        arguments = ", ".join(
            [repr(arg) for arg in distribution.args]
            + [f"{key}={value!r}" for key, value in distribution.kwds.items()]
        )
        raise ValueError(
            f"The distribution {distribution.dist.name}({arguments}) for parameter {name!r} has no "
            "values: its arguments are not scalars in the range that scipy.stats allows (uniform "
            "takes a start and a width, randint an exclusive upper end)."
        )
    return low, high


def _shift(distribution: Any, n_shapes: int) -> float:
    """The argument `loc` of a frozen distribution."""
    args = getattr(distribution, "args", ())
    loc = args[n_shapes] if len(args) > n_shapes else 0
    return float(getattr(distribution, "kwds", {}).get("loc", loc))


def _atoms(values: Any, masses: Any, shift: float) -> Encoding:
    """Levels out of atoms with their probabilities; whole numbers become integers."""
    numbers = np.asarray(values, dtype=float).ravel() + shift
    weights: Vector = np.asarray(masses, dtype=float).ravel()
    order = [i for i in np.argsort(numbers, kind="stable") if weights[i] > 0]
    atoms = numbers[order]
    listed = atoms.astype(np.int64).tolist() if (atoms == np.rint(atoms)).all() else atoms.tolist()
    return levels(listed, "ordinal", weights=weights[order].tolist())


def _by_quantiles(name: str, distribution: Any) -> Encoding | None:
    if not (hasattr(distribution, "ppf") and hasattr(distribution, "cdf")):
        return None
    support = distribution.support() if hasattr(distribution, "support") else (-np.inf, np.inf)
    if np.ndim(support[0]) or np.isnan(np.asarray(support)).any():
        _bounds(name, distribution)
    law = _law(distribution)
    if hasattr(distribution, "pmf"):
        discrete = DiscreteQuantile(distribution, law)
        return discrete if discrete.n_values <= MAX_VALUES else None
    return Quantile(distribution, law, float(support[0]), float(support[1]))


def _law(distribution: Any) -> Any:
    """What tells one distribution from another: family and arguments, else the object itself."""
    if hasattr(distribution, "dist") and hasattr(distribution, "args"):
        family = distribution.dist
        return (type(family), family.name, tuple(distribution.args), dict(distribution.kwds))
    return distribution
