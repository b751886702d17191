"""Tree-structured Parzen estimator."""

from collections.abc import Callable, Container
from dataclasses import dataclass

import numpy as np

from .._records import Observations, Plan, Points, Proposal, Slot
from .._typing import Mask
from .._validation import check_bool, check_integer, check_option, check_real
from ..space import Space
from ..surrogates import BANDWIDTHS, CATEGORICAL_KERNELS
from ._base import Sampler
from ._draws import Seen
from ._quasi_random import SobolSampler
from ._tpe_blocks import Block, Kernels
from ._tpe_split import WEIGHTS, Trials, groups, linear_gamma, split, sqrt_gamma

MAX_ROUNDS = 10  # of candidates that were all seen or not allowed
GAMMAS: dict[str, Callable[[int, float], int]] = {"linear": linear_gamma, "sqrt": sqrt_gamma}
BETAS = {"linear": 0.15, "sqrt": 0.25}


class TPESampler(Sampler):
    """Propose where good trials are dense and bad ones are not.

    Parameters
    ----------
    gamma : {"linear", "sqrt"} or callable, default="linear"
        How many of n finished trials are good: ceil(beta n) or ceil(beta sqrt(n)), 25 at most, or
        ``gamma(n)``.
    """

    def __init__(  # noqa: PLR0913  every one is a setting of the published algorithm
        self,
        gamma: str | Callable[[int], int] = "linear",
        beta: float | None = None,
        weights: str = "ei",
        bandwidth: str = "watanabe",
        categorical_kernel: str = "optuna",
        n_startup_trials: int | str = "auto",
        n_candidates: int = 24,
        multivariate: bool = True,
        group: bool = True,
        prior_weight: float = 1.0,
    ) -> None:
        self.gamma = gamma
        self.beta = beta
        self.weights = weights
        self.bandwidth = bandwidth
        self.categorical_kernel = categorical_kernel
        self.n_startup_trials = n_startup_trials
        self.n_candidates = n_candidates
        self.multivariate = multivariate
        self.group = group
        self.prior_weight = prior_weight

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> "TPERun":
        """Make the run object.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not what it should be.
        """
        return TPERun(space, rng, plan, self._settings(plan))

    def _settings(self, plan: Plan) -> "Settings":
        name = "{} of TPESampler".format
        multivariate = check_bool(name("multivariate"), self.multivariate)
        group = check_bool(name("group"), self.group)
        return Settings(
            gamma=self._gamma(),
            weights=check_option(name("weights"), self.weights, WEIGHTS),
            kernels=Kernels(
                check_option(name("bandwidth"), self.bandwidth, BANDWIDTHS),
                check_option(
                    name("categorical_kernel"), self.categorical_kernel, CATEGORICAL_KERNELS
                ),
                check_real(name("prior_weight"), self.prior_weight, 1e-6),
            ),
            n_startup=self._n_startup(plan),
            n_candidates=check_integer(name("n_candidates"), self.n_candidates, 1),
            blocks="group" if multivariate and group else "always" if multivariate else "single",
        )

    def _n_startup(self, plan: Plan) -> int:
        if self.n_startup_trials == "auto":
            return 10 if plan.n_iter is None else min(10, max(4, plan.n_iter // 3))
        return check_integer("n_startup_trials of TPESampler", self.n_startup_trials, 0)

    def _gamma(self) -> "Gamma":
        if callable(self.gamma):
            return Gamma(self.gamma, None)
        name = check_option("gamma of TPESampler", self.gamma, GAMMAS)
        beta = BETAS[name] if self.beta is None else self.beta
        return Gamma(GAMMAS[name], check_real("beta of TPESampler", beta, 1e-6, 1.0))


@dataclass(frozen=True, slots=True)
class Gamma:
    function: Callable[..., int]
    beta: float | None

    def __call__(self, n: int) -> int:
        return int(self.function(n) if self.beta is None else self.function(n, self.beta))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is told of its spec, checked."""

    gamma: Gamma
    weights: str
    kernels: Kernels
    n_startup: int
    n_candidates: int
    blocks: str


class TPERun:
    """Remembers the finished trials, what was tried, and its generator."""

    def __init__(
        self, space: Space, rng: np.random.Generator, plan: Plan, settings: Settings
    ) -> None:
        self._space = space
        self._rng = rng
        self._settings = settings
        self._full_resource = plan.max_resource
        self._prior = SobolSampler().start(space, rng, Plan(max(1, settings.n_startup)))
        self._seen = Seen(space)
        self._trials = Trials.empty(space.n_columns)
        self._patterns: dict[bytes, Mask] = {}

    def tell(self, observed: Observations) -> None:
        """Learn from finished trials."""
        self._prior.tell(observed)
        self._seen.tell(observed)
        self._trials = self._trials.with_(observed, self._full_resource)
        for row in observed.points.active:
            self._patterns.setdefault(row.tobytes(), row)

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose the best of some candidates; None when every configuration was tried."""
        trials = self._trials
        if len(trials) >= self._settings.n_startup and np.any(np.isfinite(trials.loss)):
            new = pending[~np.isin(pending.trial, trials.number)] if len(pending) else pending
            proposal = self._propose(new.points, self._seen.and_pending(pending))
            if proposal is not None:
                return proposal
        return self._prior.ask(trial, slot, pending)

    def _propose(self, pending: Points, taken: Container[bytes]) -> Proposal | None:
        """The best unseen candidate, or None."""
        settings, space = self._settings, self._space
        n_below = settings.gamma(len(self._trials))
        parts = split(self._trials, pending, n_below, settings.weights, self._rng)
        blocks = [Block.fit(space, c, parts, settings.kernels) for c in self._columns()]
        for _ in range(MAX_ROUNDS):
            for x in self._rows(blocks):
                point = space.normalize(x[None])
                if space.keys(point)[0] in taken:
                    continue
                params = space.decode(point)[0]
                if space.allows(params):
                    return Proposal(point, params, "tpe")
        return None

    def _columns(self) -> list[np.ndarray]:
        patterns = np.array(list(self._patterns.values()))
        if self._settings.blocks == "single":
            return [np.array([j]) for j in np.flatnonzero(patterns.any(axis=0))]
        blocks = groups(patterns)
        if self._settings.blocks == "always":
            raise NotImplementedError
        return blocks

    def _rows(self, blocks: list[Block]):
        space = self._space
        x = space.from_uniform(self._rng.random((1, space.n_columns))).x[0]
        last = None
        for block in blocks:
            if space.active(x[None])[0][block.columns].any():
                last = block.columns
                ranked = block.candidates(self._rng, self._settings.n_candidates)
                x[last] = ranked[0]
        for candidate in ranked:
            y = x.copy()
            y[last] = candidate
            yield y
