"""Surrogate models: they fit plain arrays in the unit cube and know no trial."""

from ._embedding import Embedding, with_resource
from ._forest import Forest, ForestPosterior
from ._gp import GaussianProcess
from ._kernels import matern52
from ._likelihood import Hyperparameters, negative_log_likelihood, negative_log_posterior
from ._log_losses import log_normal_ei, log_scale
from ._parzen import Axes, Cells, Kernels, ParzenEstimator
from ._parzen_rules import (
    BANDWIDTHS,
    CATEGORICAL_KERNELS,
    decay_weights,
    improvement_weights,
    uniform_weights,
)
from ._posterior import Posterior
from ._priors import PRIORS, hyper_prior
from ._product_kde import ProductDensity
from ._thompson import Paths, sample_paths
from ._transforms import TRANSFORMS, clip_bad, standardize, transform_losses
from ._warping import kumaraswamy

__all__ = [
    "Axes",
    "BANDWIDTHS",
    "CATEGORICAL_KERNELS",
    "Cells",
    "Embedding",
    "Forest",
    "ForestPosterior",
    "GaussianProcess",
    "Hyperparameters",
    "Kernels",
    "PRIORS",
    "ParzenEstimator",
    "Paths",
    "Posterior",
    "ProductDensity",
    "TRANSFORMS",
    "clip_bad",
    "decay_weights",
    "hyper_prior",
    "improvement_weights",
    "kumaraswamy",
    "log_normal_ei",
    "log_scale",
    "matern52",
    "negative_log_likelihood",
    "negative_log_posterior",
    "sample_paths",
    "standardize",
    "transform_losses",
    "uniform_weights",
    "with_resource",
]
