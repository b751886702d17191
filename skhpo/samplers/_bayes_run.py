"""What a Bayesian search does between its start and its end."""

from collections.abc import Container, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from .._records import Observations, Plan, Points, Proposal, Slot
from .._typing import Mask, Vector
from ..acquisition import Criterion, Effort, Region, maximize
from ..space import Space
from ..surrogates import GaussianProcess, Posterior, sample_paths, standardize
from ._base import SamplerRun
from ._bayes_criterion import LogSuccess, ModelCriterion, PathCriterion, Prediction
from ._bayes_models import Model, embedding_of, rows_to_fit
from ._draws import Seen
from ._startup import StartupRun
from ._tpe_leaves import MIN_TRIALS, SHARE, Leaves, leaf_order
from ._tpe_split import FULL, Trials

UNKNOWN_BUDGET = 100  # trials that are expected where nobody says
N_SAMPLES = 64  # of the pending results
MAX_PENDING = 16  # trials whose results are sampled; of more, the mean is taken
MAX_JOINT = 500  # trials and pending ones up to which they are sampled
N_FEATURES = 1024  # of a Thompson sample
N_GOOD = 5  # points that are searched around
MAX_LEAVES = 3  # that are tried for one proposal
MARGIN = 0.04  # improvement that counts at first, in standard deviations
RADIUS = 0.03  # closer than this to a finished trial is not worth a trial at first
CALM = 0.95  # share of the budget after which the last two are 0
MIN_FAILED, FAILED_SHARE = 3, 0.15  # from which on failures have a model of their own


@dataclass(frozen=True, slots=True)
class BayesSettings:
    """What a run is told of its spec, checked; see `BayesSampler`."""

    n_startup: int
    effort: Effort
    region: tuple[float, float] | None
    leaves: bool
    thompson: bool
    cost_aware: bool
    random_share: float
    origin: str
    partner_turn: int


class BayesRun:
    """Remembers the finished trials, its models and its generator.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator
    plan : Plan
    models : list of Model
        They take turns.
    settings : BayesSettings
    partner : SamplerRun or None, default=None
        Makes every `partner_turn`-th proposal.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        plan: Plan,
        models: list[Model],
        settings: BayesSettings,
        partner: SamplerRun | None = None,
    ) -> None:
        self._space = space
        self._rng = rng
        self._plan = plan
        self._models = models
        self._settings = settings
        self._startup = StartupRun(space, rng, settings.n_startup)
        self._seen = Seen(space)
        self._trials = Trials.empty(space.n_columns)
        self._partner = partner
        self._seconds: dict[int, float] = {}
        budget = plan.budget or UNKNOWN_BUDGET
        self._leaves = Leaves.of(space, int(SHARE * budget / 2)) if settings.leaves else None
        if self._leaves is not None:
            self._min_trials = min(MIN_TRIALS, int(SHARE * budget / len(self._leaves)))

    def tell(self, observed: Observations) -> None:
        """Learn from finished trials."""
        self._startup.tell(observed)
        self._seen.tell(observed)
        if self._partner is not None:
            self._partner.tell(observed)
        self._trials = self._trials.with_(observed, self._plan.max_resource)
        if self._settings.cost_aware:
            pairs = zip(observed.trial.tolist(), observed.cost.tolist(), strict=True)
            self._seconds.update(pairs)

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose where the acquisition is largest; None when every configuration was tried."""
        trials = self._trials
        full = trials.loss[trials.level == FULL]
        enough = len(trials) >= self._settings.n_startup and self._space.n_columns > 0
        ready = enough and len(full) > 0 and np.ptp(full) > 0.0
        if ready and self._rng.random() >= self._settings.random_share:
            if self._partner is not None and trial % self._settings.partner_turn == 0:
                return self._partner.ask(trial, slot, pending)
            new = pending[~np.isin(pending.trial, trials.number)].points
            proposal = self._propose(trial, new, self._seen.and_pending(pending))
            if proposal is not None:
                return proposal
        return self._startup.ask(trial, slot, pending)

    def _propose(self, trial: int, pending: Points, taken: Container[bytes]) -> Proposal | None:
        """The best point that nobody has tried, or None."""
        progress = self._plan.progress(trial, UNKNOWN_BUDGET)
        rest = max(0.0, 1.0 - progress / CALM)
        fitted = self._fit(self._models[trial % len(self._models)])
        criterion = self._criterion(fitted, pending, progress, MARGIN * rest)
        points = fitted.points[np.argsort(fitted.y[:, 0], kind="stable")]
        scale = fitted.hyper.lengthscale if isinstance(fitted, Posterior) else None
        for fixed in self._choices(pending):
            good = points[_inside(points, fixed)][:N_GOOD]
            region = self._region(good, progress, fixed)
            ranked = maximize(
                criterion, self._space, good, self._rng, self._settings.effort, scale, region
            )
            proposal = self._pick(ranked, taken, RADIUS * rest)
            if proposal is not None:
                return proposal
        return None

    def _fit(self, model: Model) -> Prediction:
        trials = self._trials
        rows = rows_to_fit(trials)
        if self._models_failure(trials.loss[rows]):
            rows = rows[np.isfinite(trials.loss[rows])]
        return model.fit(trials.points[rows], trials.loss[rows], len(trials))

    @staticmethod
    def _models_failure(loss: Vector) -> bool:
        failed = np.count_nonzero(~np.isfinite(loss))
        return bool(failed >= max(MIN_FAILED, FAILED_SHARE * len(loss)))

    def _criterion(
        self, fitted: Prediction, pending: Points, progress: float, margin: float
    ) -> Criterion:
        """What to maximise."""
        if len(pending):
            fitted = fitted.condition(pending, self._pending_losses(fitted, pending))
        best = fitted.predict(fitted.points)[0].min(axis=0) - margin
        if self._settings.thompson and isinstance(fitted, Posterior):
            return PathCriterion(sample_paths(fitted, N_FEATURES, 1, self._rng), self._success())
        acquisition = self._models[0].acquisition
        weight, cost = self._cost(progress) if self._settings.cost_aware else (0.0, None)
        return ModelCriterion(fitted, acquisition, best, self._success(), cost, weight)

    def _pending_losses(self, fitted: Prediction, pending: Points) -> Vector:
        """Samples of the pending results, or their mean where samples are dear."""
        few = len(pending) <= MAX_PENDING and len(fitted.y) + len(pending) <= MAX_JOINT
        if few and isinstance(fitted, Posterior):
            return fitted.fantasies(pending, N_SAMPLES, self._rng)
        return fitted.predict(pending)[0]

    def _success(self) -> LogSuccess | None:
        """What is known of success, where enough trials failed."""
        rows = rows_to_fit(self._trials)
        loss = self._trials.loss[rows]
        if not self._models_failure(loss):
            return None
        labels = np.where(np.isfinite(loss), -1.0, 1.0)
        center = float(labels.mean())
        process = GaussianProcess(embedding_of(self._space))
        return LogSuccess(process.fit(self._trials.points[rows], labels - center), center)

    def _cost(self, progress: float) -> tuple[float, Posterior | None]:
        """The weight of cost, which cools [Lee et al. 2020], and a process of log-seconds."""
        rows = rows_to_fit(self._trials)
        numbers = self._trials.number[rows].tolist()
        seconds = np.array([self._seconds.get(number, np.nan) for number in numbers])
        known = seconds > 0.0
        logs = np.log(seconds[known])
        if len(logs) < 2 or np.ptp(logs) == 0.0:
            return 0.0, None
        points = self._trials.points[rows[known]]
        process = GaussianProcess(embedding_of(self._space))
        return (1.0 - progress) * float(logs.std()), process.fit(points, standardize(logs))

    def _choices(self, pending: Points) -> Iterator[dict[int, float]]:
        """Codes of the leaves to try, one after the other; or no restriction."""
        if self._leaves is None:
            yield {}
            return
        leaf = self._leaves.number(self._trials.points)
        both = np.concatenate([leaf, self._leaves.number(pending)])
        counts = np.bincount(both, minlength=len(self._leaves))
        order = leaf_order(self._trials, leaf, counts, self._min_trials, self._rng)
        for number in order[:MAX_LEAVES]:
            yield self._leaves.fixed(int(number))

    def _region(self, good: Points, progress: float, fixed: dict[int, float]) -> Region:
        """The box around the best point, which shrinks from the first to the last trial."""
        if self._settings.region is None or len(good) == 0:
            return Region.whole(self._space.n_columns, fixed)
        first, last = self._settings.region
        return Region.around(good[0], first * (last / first) ** progress, fixed)

    def _pick(self, ranked: Points, taken: Container[bytes], radius: float) -> Proposal | None:
        """The first point that is allowed and new; points next to finished trials come last."""
        gaps = cdist(ranked.x, self._trials.points.x, "chebyshev").min(axis=1)
        for i in np.argsort(gaps < radius, kind="stable"):
            point = ranked[int(i)]
            if self._space.keys(point)[0] not in taken:
                params = self._space.decode(point)[0]
                if self._space.allows(params):
                    return Proposal(point, params, self._settings.origin)
        return None


def _inside(points: Points, fixed: dict[int, float]) -> Mask:
    """Which points have the codes that are fixed."""
    columns, codes = list(fixed), list(fixed.values())
    same = np.abs(points.x[:, columns] - codes) < 1e-9
    inside: Mask = np.all(same & points.active[:, columns], axis=1)
    return inside
