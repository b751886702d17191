"""Draws from the prior that the constraints allow and that nobody has tried."""

from collections.abc import Callable, Container, Iterable
from itertools import islice

import numpy as np

from .._records import Observations, Points, Proposal, Slot
from .._typing import Matrix, Params
from ..space import Space

MAX_DRAWS = 10_000  # in vain, one after the other
CHUNK = 100_000  # configurations of a finite space held at once

Rows = Callable[[int], Matrix]  # n -> the next n or more rows of numbers in [0, 1)


class Seen:
    """Which configurations were tried; remembers the keys of own and of finished trials.

    Trials with a negative number, which come from earlier searches, do not count.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._keys: set[bytes] = set()

    def add(self, keys: Iterable[bytes]) -> None:
        """Take these as tried."""
        self._keys.update(keys)

    def tell(self, observed: Observations) -> None:
        """Take the configurations of finished trials as tried."""
        self._keys.update(_keys(self._space, observed))

    def and_pending(self, pending: Observations) -> Container[bytes]:
        """The keys of all that was tried, and of what is in flight."""
        if not len(pending):
            return self._keys
        in_flight = _keys(self._space, pending)
        return self._keys if self._keys.issuperset(in_flight) else self._keys.union(in_flight)


def _keys(space: Space, observed: Observations) -> list[bytes]:
    return space.keys(observed.points[observed.trial >= 0])


class PriorDraws:
    """Draws from the prior, each configuration at most once; remembers rows drawn in advance.

    Parameters
    ----------
    space : Space
    rows : callable
        ``rows(n)`` gives the next `n` or more rows of uniform numbers; independent or
        quasi-random ones.
    rng : numpy.random.Generator
        Puts the last configurations of a finite space in order.
    n_first : int, default=1
        How many rows to draw at once.
    """

    def __init__(
        self, space: Space, rows: Rows, rng: np.random.Generator, n_first: int = 1
    ) -> None:
        self._space = space
        self._rows = rows
        self._rng = rng
        self._rest: list[Params] = []
        self._fill(n_first)

    def draw(self, taken: Container[bytes]) -> tuple[Points, Params, bytes] | None:
        """The next allowed configuration whose key is not in `taken`.

        Returns
        -------
        tuple or None
            Its row, its parameters and its key; None if every configuration is taken.

        Raises
        ------
        ValueError
            If the constraints seem to allow nothing.
        """
        space = self._space
        n_draws = int(min(MAX_DRAWS, 5 * space.size))
        some_taken = False
        for _ in range(n_draws):
            points, key = self._next()
            if key in taken:
                some_taken = True
                continue
            params = space.decode(points)[0]
            if space.allows(params):
                return points, params, key
        if space.size <= CHUNK or (some_taken and space.size < np.inf):
            return self._from_rest(taken, some_taken)
        if some_taken:
            return None
        raise nothing_allowed(n_draws)

    def _next(self) -> tuple[Points, bytes]:
        if self._position == len(self._points):
            self._fill(len(self._points))
        self._position += 1
        return self._points[self._position - 1], self._row_keys[self._position - 1]

    def _fill(self, n: int) -> None:
        self._points = self._space.from_uniform(self._rows(n))
        self._row_keys = self._space.keys(self._points)
        self._position = 0

    def _from_rest(
        self, taken: Container[bytes], some_taken: bool
    ) -> tuple[Points, Params, bytes] | None:
        """One of the configurations of a finite space that are left, in random order."""
        for attempt in range(2):
            while self._rest:
                params = self._rest.pop()
                points = _encode(self._space, params)
                key = self._space.keys(points)[0]
                if key not in taken:
                    return points, params, key
            if attempt == 0:
                self._rest = self._list_rest(taken)
        if some_taken:
            return None
        raise nothing_allowed(int(self._space.size))

    def _list_rest(self, taken: Container[bytes]) -> list[Params]:
        space = self._space
        unseen = (p for p in space.enumerate() if space.keys(_encode(space, p))[0] not in taken)
        rest = list(islice(unseen, CHUNK))
        return [rest[i] for i in self._rng.permutation(len(rest))]


def _encode(space: Space, params: Params) -> Points:
    """The row of a configuration that the space itself made."""
    points = space.encode(params)
    if points is None:
        raise RuntimeError(f"The space does not know its own configuration {params!r}.")
    return points


def nothing_allowed(n: int) -> ValueError:
    """The error for constraints that refuse whatever is drawn."""
    return ValueError(
        f"The constraints allow none of {n} configurations that were drawn. Loosen them, or say "
        "with When or a list of dicts which parameters go together."
    )


class PriorRun:
    """Hands over prior draws, none twice; remembers what was tried.

    Parameters
    ----------
    space : Space
    draws : PriorDraws
    origin : str
        Name of the sampler.
    """

    def __init__(self, space: Space, draws: PriorDraws, origin: str) -> None:
        self._seen = Seen(space)
        self._draws = draws
        self._origin = origin

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose the next draw that nobody has tried; None when there is none."""
        drawn = self._draws.draw(self._seen.and_pending(pending))
        if drawn is None:
            return None
        points, params, key = drawn
        self._seen.add([key])
        return Proposal(points, params, self._origin)

    def tell(self, observed: Observations) -> None:
        """Take note of what was tried; losses are not looked at."""
        self._seen.tell(observed)


class UniformRows:
    """Rows of independent uniform numbers; remembers its generator."""

    def __init__(self, rng: np.random.Generator, n_columns: int) -> None:
        self._rng = rng
        self._n_columns = n_columns

    def __call__(self, n: int) -> Matrix:
        return self._rng.random((n, self._n_columns))
