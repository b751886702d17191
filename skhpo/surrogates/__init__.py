"""Surrogate models: they fit plain arrays in the unit cube and know no trial."""

from ._parzen import Axes, Cells, Kernels, ParzenEstimator
from ._parzen_rules import (
    BANDWIDTHS,
    CATEGORICAL_KERNELS,
    decay_weights,
    improvement_weights,
    uniform_weights,
)
from ._product_kde import ProductDensity

__all__ = [
    "BANDWIDTHS",
    "CATEGORICAL_KERNELS",
    "Axes",
    "Cells",
    "Kernels",
    "ParzenEstimator",
    "ProductDensity",
    "decay_weights",
    "improvement_weights",
    "uniform_weights",
]
