"""Runs over candidates that scikit-learn's public grid and sampler make."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .._records import Observations, Points, Proposal, Slot
from .._typing import Params
from ..space import Categorical, Ordinal, Space, When
from ._draws import nothing_allowed


class CandidateRun:
    """Hands over candidates one after the other; remembers which trials are its own.

    A proposal's point is the same row for all, with no column active: nothing learns from it, and
    encoding thousands of candidates would cost more than drawing them.

    Parameters
    ----------
    space : Space
    candidates : iterator of dict
        Can be pickled where the search is to be.
    origin : str
        Name of the sampler.
    distinct : bool
        Whether to leave out what others (initial points) have tried.
    """

    def __init__(
        self, space: Space, candidates: Iterator[Params], origin: str, distinct: bool
    ) -> None:
        shape = (1, space.n_columns)
        self._row = Points(np.full(shape, 0.5), np.zeros(shape, dtype=bool))
        self._space = space
        self._candidates = candidates
        self._origin = origin
        self._distinct = distinct
        self._own: set[int] = set()
        self._others: set[bytes] = set()

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose the next candidate; None when there is none left."""
        others, open_ = self._others, self._foreign(pending)
        for params in self._candidates:
            key = self._key(params) if others or open_ else None
            if key is None or not (key in others or key in open_):
                self._own.add(trial)
                return Proposal(self._row, params, self._origin)
        return None

    def adopt(self, params: Params) -> bool:
        """Take a configuration for tried; false where the same one may be drawn again."""
        key = self._key(params) if self._distinct else None
        if key is not None:
            self._others.add(key)
        return key is not None

    def tell(self, observed: Observations) -> None:
        """Take note of what others have tried; losses are not looked at."""
        self._others.update(self._foreign(observed))

    def _foreign(self, observed: Observations) -> list[bytes]:
        if not self._distinct or self._own.issuperset(observed.trial.tolist()):
            return []
        rows = [trial >= 0 and trial not in self._own for trial in observed.trial.tolist()]
        return self._space.keys(observed.points[np.array(rows)])

    def _key(self, params: Params) -> bytes | None:
        points = self._space.encode(params)
        return None if points is None else self._space.keys(points)[0]


class ListedRun(CandidateRun):
    """Hands over candidates whose number is known."""

    def __init__(
        self, space: Space, candidates: Sequence[Params], origin: str, distinct: bool
    ) -> None:
        super().__init__(space, iter(candidates), origin, distinct)
        self._n_candidates = len(candidates)

    def __len__(self) -> int:
        return self._n_candidates


class Allowed:
    """Those of the candidates that the constraints allow; remembers how many it refused.

    Parameters
    ----------
    space : Space
    candidates : iterator of dict
    max_refused : int
        How many may be refused before the first one is allowed.
    """

    def __init__(self, space: Space, candidates: Iterator[Params], max_refused: int) -> None:
        self._space = space
        self._candidates = candidates
        self._max_refused = max_refused
        self._n_refused = 0
        self._found = False

    def __iter__(self) -> Iterator[Params]:
        return self

    def __next__(self) -> Params:
        for params in self._candidates:
            if self._space.allows(params):
                self._found = True
                return params
            self._n_refused += 1
            if not self._found and self._n_refused >= self._max_refused:
                break
        if self._found:
            raise StopIteration
        raise nothing_allowed(self._n_refused)


def listed(space: Space) -> list[dict[str, Any]] | None:
    """The declared dicts as scikit-learn's grid and sampler take them; None if they cannot.

    Unweighted `Categorical` and `Ordinal` become lists, and so does any sequence that is neither
    a Python sequence nor an array. Values of lists stay the very objects.
    """
    if any(isinstance(form, When) for branch in space.declared for form in branch.values()):
        return None
    return [{name: _listed(form) for name, form in branch.items()} for branch in space.declared]


def _listed(form: Any) -> Any:
    if isinstance(form, Ordinal) or (isinstance(form, Categorical) and form.weights is None):
        return _listed(form.values)
    if isinstance(form, np.ndarray | Sequence) or hasattr(form, "rvs"):
        return form
    return list(form)


def all_lists(branches: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no parameter is drawn from a distribution."""
    return not any(hasattr(form, "rvs") for branch in branches for form in branch.values())
