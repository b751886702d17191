"""Samplers: where to look next."""

from ._base import Sampler, SamplerRun
from ._bohb import BOHBSampler
from ._dehb import DEHBSampler
from ._grid import GridSampler
from ._initial import InitialPoints, initial_proposals
from ._quasi_random import SobolSampler
from ._random import RandomSampler
from ._tpe import TPESampler

__all__ = [
    "SAMPLERS",
    "BOHBSampler",
    "DEHBSampler",
    "GridSampler",
    "InitialPoints",
    "RandomSampler",
    "Sampler",
    "SamplerRun",
    "SobolSampler",
    "TPESampler",
    "initial_proposals",
]

SAMPLERS: dict[str, type[Sampler]] = {
    "bohb": BOHBSampler,
    "dehb": DEHBSampler,
    "grid": GridSampler,
    "random": RandomSampler,
    "sobol": SobolSampler,
    "tpe": TPESampler,
}
