"""Low-discrepancy search: scrambled Sobol points."""

import numpy as np
from scipy.stats import qmc

from .._records import Plan
from .._typing import Matrix
from .._validation import check_bool
from ..space import Space
from ._base import Sampler
from ._draws import PriorDraws, PriorRun

MAX_DIMENSION = 21201  # of the direction numbers in use
BLOCK = 64  # rows drawn at once where the number of trials is not known


class SobolSampler(Sampler):
    """Propose points of a Sobol sequence, which fill the space more evenly than random ones.

    Each parameter is covered according to its prior; repeated configurations are skipped. Spaces
    of more than 21201 columns are covered by Latin hypercubes. Prefer it to random search
    wherever results need not be independent draws, above all with few trials.

    Parameters
    ----------
    scramble : bool, default=True
        Whether to randomise the sequence (Owen's scrambling), which keeps its evenness; without
        it the points do not depend on the seed and the first has all parameters at their low end.

    References
    ----------
    .. [1] I. M. Sobol', "The distribution of points in a cube and the accurate evaluation of
       integrals", USSR Computational Mathematics and Mathematical Physics 7, 1967.
    .. [2] A. B. Owen, "Scrambling Sobol' and Niederreiter-Xing points", Journal of Complexity 14,
       1998.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._records import Observations, Plan, Slot
    >>> from skhpo.samplers import SobolSampler
    >>> from skhpo.space import Real, make_space
    >>> space = make_space({"x": Real(0, 4)})
    >>> run = SobolSampler().start(space, np.random.default_rng(0), Plan(n_iter=4))
    >>> drawn = [run.ask(trial, Slot(), Observations.empty(1)).params["x"] for trial in range(4)]
    >>> sorted(int(x) for x in drawn)
    [0, 1, 2, 3]
    """

    adaptive = False

    def __init__(self, scramble: bool = True) -> None:
        self.scramble = scramble

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> PriorRun:
        """Make the run object, and all draws where the number of trials is known.

        Raises
        ------
        TypeError
            If `scramble` is not a bool.
        """
        check_bool("scramble of SobolSampler", self.scramble)
        rows = (
            _Sobol(space.n_columns, self.scramble, rng)
            if space.n_columns <= MAX_DIMENSION
            else _LatinHypercubes(space.n_columns, rng)
        )
        return PriorRun(space, PriorDraws(space, rows, rng, plan.n_iter or BLOCK), "sobol")


class _Sobol:
    """Blocks of a Sobol sequence, powers of two long; remembers how far it has come."""

    def __init__(self, n_columns: int, scramble: bool, rng: np.random.Generator) -> None:
        self._n_columns = n_columns
        self._sequence = qmc.Sobol(max(1, n_columns), scramble=scramble, seed=rng)

    def __call__(self, n: int) -> Matrix:
        block: Matrix = self._sequence.random(1 << (n - 1).bit_length())
        return block[:, : self._n_columns]


class _LatinHypercubes:
    """Latin hypercubes one after the other; remembers its generator."""

    def __init__(self, n_columns: int, rng: np.random.Generator) -> None:
        self._sequence = qmc.LatinHypercube(n_columns, seed=rng)

    def __call__(self, n: int) -> Matrix:
        block: Matrix = self._sequence.random(n)
        return block
