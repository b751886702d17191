"""Samplers: where to look next."""

from collections.abc import Callable
from functools import partial

from ._base import Sampler, SamplerRun
from ._bayes import SURROGATES, BayesSampler
from ._bohb import BOHBSampler
from ._cmaes import CMAESSampler
from ._dehb import DEHBSampler
from ._evolution import EvolutionSampler
from ._grid import GridSampler
from ._initial import InitialPoints, initial_proposals, known_proposal
from ._quasi_random import SobolSampler
from ._random import RandomSampler
from ._tpe import TPESampler

__all__ = [
    "BOHBSampler",
    "BayesSampler",
    "CMAESSampler",
    "DEHBSampler",
    "EvolutionSampler",
    "GridSampler",
    "InitialPoints",
    "RandomSampler",
    "SAMPLERS",
    "SURROGATES",
    "Sampler",
    "SamplerRun",
    "SobolSampler",
    "TPESampler",
    "initial_proposals",
    "known_proposal",
]

SAMPLERS: dict[str, Callable[[], Sampler]] = {
    "bohb": BOHBSampler,
    "cmaes": CMAESSampler,
    "dehb": DEHBSampler,
    "evolution": EvolutionSampler,
    "forest": partial(BayesSampler, surrogate="forest"),
    "gp": BayesSampler,
    "grid": GridSampler,
    "random": RandomSampler,
    "sobol": SobolSampler,
    "tpe": TPESampler,
}
