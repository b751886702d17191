"""Points of a CMA-ES distribution, drawn a generation at a time: it costs little more than one."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from .._records import Points
from .._typing import Params
from ..space import Space
from ._cma_engine import Engine
from ._cma_members import Member
from ._cma_space import Branch


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A member of a generation as the search space sees it."""

    member: Member
    point: Points
    key: bytes
    params: Params


class Drafts:
    """Hands over points of the present distribution; remembers those drawn in advance.

    Parameters
    ----------
    space : Space
    branch : Branch
    engine : Engine
    """

    def __init__(self, space: Space, branch: Branch, engine: Engine) -> None:
        self._space = space
        self._branch = branch
        self._engine = engine
        self._drawn: deque[Draft] = deque()

    def next(self, rng: np.random.Generator) -> Draft:
        """A point of the distribution as it is now."""
        now = self._engine.run, self._engine.generation
        if self._drawn and (self._drawn[0].member.run, self._drawn[0].member.generation) != now:
            self._drawn.clear()
        if not self._drawn:
            self._draw(rng)
        return self._drawn.popleft()

    def _draw(self, rng: np.random.Generator) -> None:
        members = [self._engine.ask(rng) for _ in range(self._engine.n_open)]
        chosen = np.array([member.chosen for member in members])
        points = self._branch.points(self._engine.units(members), chosen)
        keys, params = self._space.keys(points), self._space.decode(points)
        parts = zip(members, keys, params, strict=True)
        self._drawn.extend(Draft(m, points[i], k, p) for i, (m, k, p) in enumerate(parts))
