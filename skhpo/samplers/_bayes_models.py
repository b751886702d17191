"""The surrogates of a Bayesian search, and which trials they are fitted to."""

from math import ceil
from typing import Protocol

import numpy as np

from .._records import Points
from .._typing import Integers, Vector
from ..acquisition import ACQUISITIONS, Acquisition
from ..space import Space
from ..surrogates import (
    Embedding,
    Forest,
    ForestPosterior,
    GaussianProcess,
    Hyperparameters,
    Posterior,
    clip_bad,
    log_normal_ei,
    log_scale,
    standardize,
    transform_losses,
)
from ._tpe_split import PARTIAL, Trials, ranking

MAX_ROWS = 400  # that a process is fitted to
N_NEAREST = 50  # of these, the rows next to the best one
N_EVERY = 100  # rows up to which each fit looks for new hyper-parameters
WITHIN_RUNGS = "within-rungs"  # what is done to losses at different resources


class Model(Protocol):
    """Fits finished trials, and says how its predictions are rated."""

    @property
    def acquisition(self) -> Acquisition:
        """How its predictions are rated."""

    def fit(self, points: Points, loss: Vector, n_trials: int) -> Posterior | ForestPosterior:
        """Fit losses, oldest first, of which there were `n_trials` in all."""


class ProcessModel:
    """A Gaussian process of transformed losses; remembers its last hyper-parameters.

    Parameters
    ----------
    process : GaussianProcess
    transform : str
        See `transform_losses`; "within-rungs" clips the losses of each resource for themselves.
    acquisition : str
        See `ACQUISITIONS`.
    n_first : int
        Trials of the start-up.
    """

    def __init__(
        self, process: GaussianProcess, transform: str, acquisition: str, n_first: int
    ) -> None:
        self._process = process
        self._transform = transform
        self._n_first = n_first
        self._name = acquisition
        self._hyper: Hyperparameters | None = None
        self._n_fitted = 0

    @property
    def acquisition(self) -> Acquisition:
        """How its predictions are rated."""
        return ACQUISITIONS[self._name]

    def fit(self, points: Points, loss: Vector, n_trials: int) -> Posterior:
        """Fit losses, NaN or infinite where a trial failed: these get the worst one.

        New hyper-parameters are looked for at every fit up to 100 trials, later at every 25th part
        of them.
        """
        fine = np.isfinite(loss)
        y = np.empty(len(loss))
        if self._transform == WITHIN_RUNGS:
            y[fine] = clipped_within(loss[fine], points.x[fine, -1])
        else:
            y[fine] = transform_losses(loss[fine], self._transform, self._n_first)
        y[~fine] = y[fine].max()
        hyper = self._hyper
        if hyper is not None and n_trials > N_EVERY:
            if n_trials - self._n_fitted < ceil(n_trials / 25):
                return Posterior.given(self._process.embedding, hyper, points, y)
        posterior = self._process.fit(points, y, () if hyper is None else (hyper,))
        self._hyper, self._n_fitted = posterior.hyper, n_trials
        return posterior


class ForestModel:
    """A random forest of the logarithms of losses.

    Parameters
    ----------
    n_levels : list of int
        Categories of each column; 0 for numbers.
    rng : numpy.random.Generator
        Source of randomness.
    """

    acquisition: Acquisition = staticmethod(log_normal_ei)

    def __init__(self, n_levels: list[int], rng: np.random.Generator) -> None:
        self._n_levels = n_levels
        self._rng = rng

    def fit(self, points: Points, loss: Vector, n_trials: int) -> ForestPosterior:
        """Fit losses, infinite where a trial failed: these get the worst one."""
        fine = np.isfinite(loss)
        y = log_scale(np.where(fine, loss, loss[fine].max()))
        return Forest().fit(points, y, self._n_levels, self._rng)


def levels_of(space: Space) -> list[int]:
    """The number of categories of each column; 0 for numbers."""
    columns = space.columns
    return [int(c.n_values) if c.kind == "categorical" else 0 for c in columns]


def embedding_of(space: Space, resource: bool = False) -> Embedding:
    """The features of a space's points, and of their resource."""
    conditional = [bool(column.conditions) for column in space.columns]
    return Embedding(levels_of(space), conditional, resource)


def clipped_within(loss: Vector, share: Vector) -> Vector:
    """Standardised losses, very bad ones clipped by what others with the same resource had."""
    clipped = loss.copy()
    for each in np.unique(share):
        clipped[share == each] = clip_bad(loss[share == each])
    return standardize(clipped)


def rows_to_fit(trials: Trials, limit: int = MAX_ROWS, partial: bool = False) -> Integers:
    """Rows of the trials that ran in full or failed, with `partial` of all, oldest first.

    Of more than `limit`: those nearest to the best one, the best quarter of `limit`, and a sample
    of the others that changes with every 25th trial.
    """
    rows = np.flatnonzero((trials.level != PARTIAL) | partial)
    if len(rows) <= limit:
        return rows
    rows = ranking(trials)
    rows = rows[(trials.level[rows] != PARTIAL) | partial]
    x = trials.points.x[rows]
    nearest = np.argsort(np.abs(x - x[0]).sum(axis=1), kind="stable")[:N_NEAREST]
    order = np.minimum(np.arange(len(rows)), limit // 4)
    order[nearest] = -1
    sample = np.random.default_rng(len(rows) // 25).random(len(rows))
    return np.sort(rows[np.lexsort((sample, order))[:limit]])
