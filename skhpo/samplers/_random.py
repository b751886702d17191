"""Random search, drawn as scikit-learn draws it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils import check_random_state

from .._records import Observations, Plan, Proposal, Slot
from .._typing import Matrix, Params
from ..space import Space
from ._base import Sampler, SamplerRun
from ._draws import CHUNK, MAX_DRAWS, PriorDraws, PriorRun
from ._listed import Allowed, CandidateRun, ListedRun, all_lists, listed

MAX_GRID = 2**62  # cells that an index of 64 bits can name


class RandomSampler(Sampler):
    """Propose independent draws from the space.

    For the same seed these are the very candidates, in order, of scikit-learn's
    `ParameterSampler`: without replacement where every parameter is a list, otherwise with it.
    Without a number of trials, lists are gone through in random order and distributions drawn
    without end. Prefer it as a baseline, or where so many workers are free that learning from
    results brings little. Trial i has the i-th candidate; initial points take the place of the
    first ones.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        Seed of the draws; None takes one from the search's own generator.

    References
    ----------
    .. [1] J. Bergstra, Y. Bengio, "Random search for hyper-parameter optimization", Journal of
       Machine Learning Research 13, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import ParameterSampler
    >>> from skhpo._records import Observations, Plan, Slot
    >>> from skhpo.samplers import RandomSampler
    >>> from skhpo.space import make_space
    >>> lists = {"C": [0.1, 1, 10], "kernel": ["linear", "rbf"]}
    >>> sampler = RandomSampler(random_state=0)
    >>> run = sampler.start(make_space(lists), np.random.default_rng(), Plan(n_iter=3))
    >>> drawn = [run.ask(trial, Slot(), Observations.empty(2)).params for trial in range(3)]
    >>> drawn == list(ParameterSampler(lists, 3, random_state=0))
    True
    """

    adaptive = False
    needs_model_space = False

    def __init__(self, random_state: Any = None) -> None:
        self.random_state = random_state

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> SamplerRun:
        """Make the run object, and all draws where the number of trials is known.

        Raises
        ------
        ValueError
            If the constraints seem to allow nothing.
        """
        seed = self.random_state
        random = check_random_state(int(rng.integers(2**32)) if seed is None else seed)
        branches = listed(space)
        if branches is None or (all_lists(branches) and space.size > MAX_GRID):
            rows = _Uniform(random, space.n_columns)
            return PriorRun(space, PriorDraws(space, rows, rng, plan.n_iter or 1), "random")
        distinct = all_lists(branches)
        if plan.n_iter is not None and not space.has_constraints:
            drawn = list(ParameterSampler(branches, plan.n_iter, random_state=random))
            return _RandomRun(space, drawn, "random", distinct)
        source: Iterator[Params]
        source = _Shuffled(branches, random) if distinct else _Endless(branches, random)
        if space.has_constraints:
            whole = distinct and space.size <= CHUNK
            source = Allowed(space, source, CHUNK if whole else MAX_DRAWS)
        if plan.n_iter is None:
            return CandidateRun(space, source, "random", distinct)
        return _RandomRun(space, list(islice(source, plan.n_iter)), "random", distinct)


class _RandomRun(ListedRun):
    """Gives trial i the i-th draw: initial points stand for the first ones, which come last."""

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose the next draw; None when there is none left."""
        if trial and not self._own:
            drawn = list(self._candidates)
            self._candidates = iter(drawn[trial:] + drawn[:trial])
        return super().ask(trial, slot, pending)


class _Endless:
    """Draws with replacement, as many as are wanted; remembers its RandomState."""

    def __init__(self, branches: list[dict[str, Any]], random: np.random.RandomState) -> None:
        self._draw = ParameterSampler(branches, 1, random_state=random)

    def __iter__(self) -> Iterator[Params]:
        return self

    def __next__(self) -> Params:
        return next(iter(self._draw))


class _Shuffled:
    """The cells of a grid in random order, each once; remembers the cells that changed places."""

    def __init__(self, branches: list[dict[str, Any]], random: np.random.RandomState) -> None:
        self._grid = ParameterGrid(branches)
        self._size = len(self._grid)
        self._random = random
        self._moved: dict[int, int] = {}
        self._n_drawn = 0

    def __iter__(self) -> Iterator[Params]:
        return self

    def __next__(self) -> Params:
        """Fisher and Yates' shuffle, one step a call."""
        i = self._n_drawn
        if i == self._size:
            raise StopIteration
        j = int(self._random.randint(i, self._size, dtype=np.int64))
        cell = self._moved.pop(j, j)
        if j != i:
            self._moved[j] = self._moved.pop(i, i)
        self._n_drawn += 1
        params: Params = self._grid[cell]
        return params


class _Uniform:
    """Rows of independent uniform numbers; remembers its RandomState."""

    def __init__(self, random: np.random.RandomState, n_columns: int) -> None:
        self._random = random
        self._n_columns = n_columns

    def __call__(self, n: int) -> Matrix:
        return self._random.uniform(size=(n, self._n_columns))
