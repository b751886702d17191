"""What a Bayesian search does between its start and its end."""

from collections.abc import Callable, Sequence

import numpy as np

from .._records import Observations, Plan, Proposal, Slot
from ..space import Space
from ._bayes_models import Model
from ._bayes_search import BayesSearch, BayesSettings
from ._draws import Seen
from ._startup import UNKNOWN_BUDGET, StartupRun, design_spread

SPENT = -7.0  # log of the expected improvement, in standard deviations, that is not worth a trial
LATEST = 0.6  # share of the budget after which no search begins anew
TOGETHER = 0.85  # and after which the first one, which knows all trials, is asked alone
FIRST_TURN = 3  # until then it makes every third proposal


class BayesRun:
    """Remembers what was tried, and its searches: the first one, and one that began anew.

    Where a search is sure that nothing better is near, it may have found a local optimum, of which
    its model leaves no doubt. Then another one begins with a start-up of its own; like the restart
    of a trust region [1]_ it knows nothing of earlier trials.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator
    plan : Plan
    make_models : callable
        Makes the models of a search.
    settings : BayesSettings

    References
    ----------
    .. [1] D. Eriksson et al., "Scalable global optimization via local Bayesian optimization",
       NeurIPS 2019.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        plan: Plan,
        make_models: Callable[[], Sequence[Model]],
        settings: BayesSettings,
    ) -> None:
        self._space = space
        self._rng = rng
        self._plan = plan
        self._make_models = make_models
        self._settings = settings
        self._startup = StartupRun(
            space, rng, settings.n_startup, settings.middle, design_spread(plan.budget)
        )
        self._seen = Seen(space)
        self._first = BayesSearch(space, rng, plan, make_models(), settings)
        self._anew: BayesSearch | None = None

    def tell(self, observed: Observations) -> None:
        """Learn from finished trials."""
        self._startup.tell(observed)
        self._seen.tell(observed)
        self._first.tell(observed)
        if self._anew is not None:
            self._anew.tell(observed)

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose where the acquisition is largest; None when every configuration was tried."""
        search, progress = self._first, self._plan.progress(trial, UNKNOWN_BUDGET)
        if self._anew is not None and trial % FIRST_TURN and progress < TOGETHER:
            search = self._anew
        if search.is_ready() and self._rng.random() >= self._settings.random_share:
            taken = self._seen.and_pending(pending)
            proposal, promise = search.propose(trial, pending, taken)
            latest = search is (self._anew or self._first)
            if self._settings.restarts and latest and promise < SPENT and progress < LATEST:
                self._anew = BayesSearch(
                    self._space, self._rng, self._plan, self._make_models(), self._settings, trial
                )
            elif proposal is not None:
                return proposal
        return self._startup.ask(trial, slot, pending)
