"""Every configuration of a finite space, in scikit-learn's order."""

from collections.abc import Iterable
from itertools import islice

import numpy as np
from sklearn.model_selection import ParameterGrid

from .._records import Plan
from .._typing import Params
from ..space import Space
from ._base import Sampler
from ._draws import nothing_allowed
from ._listed import ListedRun, all_lists, listed


class GridSampler(Sampler):
    """Propose every configuration of a finite space, one after the other.

    Lists are gone through as scikit-learn's `ParameterGrid` does: names sorted, the last varying
    fastest. Prefer it where the space is small enough to be tried whole; random search covers a
    larger one better in the same time.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Observations, Plan, Slot
    >>> from skhpo.samplers import GridSampler
    >>> from skhpo.space import make_space
    >>> space = make_space({"C": [1, 10], "kernel": ["linear", "rbf"]})
    >>> run = GridSampler().start(space, np.random.default_rng(0), Plan())
    >>> len(run)
    4
    >>> run.ask(0, Slot(), Observations.empty(2)).params
    {'C': 1, 'kernel': 'linear'}
    """

    adaptive = False
    needs_model_space = False

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> ListedRun:
        """Make the run object; no random number is drawn.

        Raises
        ------
        ValueError
            If a parameter has infinitely many values, or the constraints allow no cell.
        """
        cells = list(islice(_cells(space), plan.n_iter))
        if not cells:
            raise nothing_allowed(int(space.size))
        return ListedRun(space, cells, "grid", distinct=True)


def _cells(space: Space) -> Iterable[Params]:
    for column in space.columns:
        if column.n_values == np.inf:
            raise ValueError(
                f"Parameter {column.name!r} has infinitely many values, which a grid cannot hold. "
                "Give a list of values, or take random search."
            )
    branches = listed(space)
    if branches is None or not all_lists(branches):
        return space.enumerate()
    cells = ParameterGrid(branches)
    return filter(space.allows, cells) if space.has_constraints else cells
