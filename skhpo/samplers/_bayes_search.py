"""How a Bayesian search turns the trials that it knows into a proposal."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from .._records import Observations, Plan, Points, Proposal
from .._typing import Mask, Vector
from ..acquisition import Criterion, Effort, Region, maximize
from ..space import Space
from ..surrogates import GaussianProcess, Posterior, sample_paths, standardize
from ._bayes_criterion import (
    Believed,
    LogSuccess,
    ModelCriterion,
    PathCriterion,
    Prediction,
    pending_losses,
)
from ._bayes_models import Model, embedding_of, rows_to_fit
from ._bayes_rungs import Rungs, can_learn, without_resource
from ._startup import MIDDLE, UNKNOWN_BUDGET
from ._tpe_leaves import SHARE, Leaves, are_rivals, is_exhausted, leaf_order
from ._tpe_split import FULL, Trials, teaching

N_FEATURES = 1024  # of a Thompson sample
N_GOOD = 5  # points that are searched around
MAX_LEAVES = 3  # that are tried for one proposal
MIN_TRIALS = 2  # that every leaf gets, where the budget allows
TURN = 2  # one of as many proposals is in a rival leaf, once that of the best trial is exhausted
MARGIN = 0.04  # improvement that counts at first, in standard deviations
RADIUS = 0.03  # closer than this to a finished trial is not worth a trial at first
CALM = 0.95  # share of the budget after which the last two are 0
MIN_FAILED, FAILED_SHARE = 3, 0.15  # from which on failures have a model of their own
ROUGH = 0.05  # variance of the noise, over that of the losses, above which the best one is luck


@dataclass(frozen=True, slots=True)
class BayesSettings:
    """What a run is told of its spec, checked; see `BayesSampler`."""

    n_startup: int
    effort: Effort
    region: tuple[float, float] | None
    leaves: bool
    thompson: bool
    restarts: bool
    cost_aware: bool
    random_share: float
    belief: float
    middle: bool
    origin: str
    min_share: float


class BayesSearch:
    """Remembers the trials that it learns from, their jobs, and its models.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator
    plan : Plan
    models : sequence of Model
        They take turns.
    settings : BayesSettings
    since : int or None, default=None
        The first trial that it learns from; None for all, those of earlier searches too.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        plan: Plan,
        models: Sequence[Model],
        settings: BayesSettings,
        since: int | None = None,
    ) -> None:
        self._space = space
        self._rng = rng
        self._plan = plan
        self._models = models
        self._settings = settings
        self._since = since
        self._trials = Trials.empty(space.n_columns)
        self._rungs = Rungs.of(plan)
        self._jobs = self._trials  # a row for each trial at each resource, where there are rungs
        self._seconds: dict[int, float] = {}
        budget = plan.budget or UNKNOWN_BUDGET
        self._leaves = Leaves.of(space, int(SHARE * budget / 2)) if settings.leaves else None
        if self._leaves is not None:
            self._min_trials = min(MIN_TRIALS, int(SHARE * budget / len(self._leaves)))

    def tell(self, observed: Observations) -> None:
        """Learn from finished trials."""
        if self._since is not None:
            observed = observed[observed.trial >= self._since]
        full = self._plan.max_resource
        observed = observed[teaching(observed, full, self._settings.min_share)]
        self._trials = self._trials.with_(observed, full)
        if self._rungs is not None:
            self._jobs = self._jobs.with_(observed, full, every_job=True)
        if self._settings.cost_aware:
            seconds = observed.cost * full / observed.resource
            self._seconds.update(zip(observed.trial.tolist(), seconds.tolist(), strict=True))

    def is_ready(self) -> bool:
        """Whether the models have something to learn from."""
        trials = self._trials
        if len(trials) < self._settings.n_startup or self._space.n_columns == 0:
            return False
        if self._rungs is not None:
            return can_learn(self._jobs)
        full = trials.loss[trials.level == FULL]
        return len(full) > 0 and bool(np.ptp(full) > 0.0)

    def propose(
        self, trial: int, pending: Observations, taken: Container[bytes]
    ) -> tuple[Proposal | None, float]:
        """Choose the best point that nobody has tried.

        Parameters
        ----------
        trial : int
        pending : Observations
            Trials whose results are out.
        taken : container of bytes
            Keys of what was tried.

        Returns
        -------
        proposal : Proposal or None
            None where everything was tried.
        promise : float
            Largest value of the acquisition around the best trial; infinite if another branch is
            searched.
        """
        progress, rungs = self._progress(trial), self._rungs
        rest = max(0.0, 1.0 - progress / CALM)
        promise = np.inf
        new = pending[~np.isin(pending.trial, self._trials.number)].points
        flying = new if rungs is None else rungs.place(pending.points, pending.resource)
        fitted = self._fit(self._models[trial % len(self._models)])
        criterion = self._criterion(fitted, flying, progress, MARGIN * rest)
        believed = self._with_belief(criterion)
        points = self._best_first(fitted)
        known = Points.concatenate([self._trials.points, new])
        d = self._space.n_columns
        scale = fitted.hyper.lengthscale[:d] if isinstance(fitted, Posterior) else None
        width = self._width(fitted, progress)
        for fixed in self._choices(trial, new):
            good = points[_inside(points, fixed)][:N_GOOD]
            is_new = not _inside(known, fixed).any()
            for region in self._regions(good, width, fixed, is_new):
                ranked = maximize(
                    believed, self._space, good, self._rng, self._settings.effort, scale, region
                )
                if _inside(points[:1], fixed).all():
                    promise = float(criterion(ranked[:1])[0])
                proposal = self._pick(ranked, taken, RADIUS * rest)
                if proposal is not None:
                    return proposal, promise
        return None, promise

    def _progress(self, trial: int) -> float:
        """The share of its own budget that is behind `trial`."""
        progress = self._plan.progress(trial, UNKNOWN_BUDGET)
        if self._since is None:
            return progress
        start = self._plan.progress(self._since, UNKNOWN_BUDGET)
        return (progress - start) / (1.0 - start)

    def _fit(self, model: Model) -> Prediction:
        rungs = self._rungs
        trials = self._trials if rungs is None else self._jobs
        rows = rows_to_fit(trials, partial=rungs is not None)
        if self._models_failure(trials.loss[rows]):
            rows = rows[np.isfinite(trials.loss[rows])]
        points = trials.points[rows]
        if rungs is not None:
            points = rungs.place(points, trials.resource[rows])
        return model.fit(points, trials.loss[rows], len(trials))

    def _best_first(self, fitted: Prediction) -> Points:
        """What was observed; where there are rungs, the trials by what they promise at the last."""
        if self._rungs is None:
            return fitted.points[np.argsort(fitted.y[:, 0], kind="stable")]
        points = self._trials.points[np.isfinite(self._trials.loss)]
        return points[np.argsort(fitted.predict(points)[0][:, 0], kind="stable")]

    @staticmethod
    def _models_failure(loss: Vector) -> bool:
        failed = np.count_nonzero(~np.isfinite(loss))
        return bool(failed >= max(MIN_FAILED, FAILED_SHARE * len(loss)))

    def _criterion(
        self, fitted: Prediction, pending: Points, progress: float, margin: float
    ) -> Criterion:
        """What to maximise."""
        if len(pending):
            fitted = fitted.condition(pending, pending_losses(fitted, pending, self._rng))
        points = fitted.points if self._rungs is None else without_resource(fitted.points)
        best = fitted.predict(points)[0].min(axis=0) - margin
        if self._settings.thompson and isinstance(fitted, Posterior):
            return PathCriterion(sample_paths(fitted, N_FEATURES, 1, self._rng), self._success())
        acquisition = self._models[0].acquisition
        weight, cost = self._cost(progress) if self._settings.cost_aware else (0.0, None)
        return ModelCriterion(fitted, acquisition, best, self._success(), cost, weight)

    def _with_belief(self, criterion: Criterion) -> Criterion:
        """The criterion with what is believed of its maximum, the less the more is known."""
        if self._settings.belief == 0.0:
            return criterion
        numbers = np.array([column.kind != "categorical" for column in self._space.columns])
        return Believed(criterion, self._settings.belief / len(self._trials), numbers)

    def _success(self) -> LogSuccess | None:
        """What is known of success, where enough trials failed."""
        rows = rows_to_fit(self._trials, partial=self._rungs is not None)
        loss = self._trials.loss[rows]
        if not self._models_failure(loss):
            return None
        labels = np.where(np.isfinite(loss), -1.0, 1.0)
        center = float(labels.mean())
        process = GaussianProcess(embedding_of(self._space))
        return LogSuccess(process.fit(self._trials.points[rows], labels - center), center)

    def _cost(self, progress: float) -> tuple[float, Posterior | None]:
        """The weight of cost, which cools [Lee et al. 2020], and a process of log-seconds."""
        rows = rows_to_fit(self._trials, partial=self._rungs is not None)
        numbers = self._trials.number[rows].tolist()
        seconds = np.array([self._seconds.get(number, np.nan) for number in numbers])
        known = seconds > 0.0
        logs = np.log(seconds[known])
        if len(logs) < 2 or np.ptp(logs) == 0.0:
            return 0.0, None
        points = self._trials.points[rows[known]]
        process = GaussianProcess(embedding_of(self._space))
        return (1.0 - progress) * float(logs.std()), process.fit(points, standardize(logs))

    def _choices(self, trial: int, pending: Points) -> Iterator[dict[int, float]]:
        """Codes of the leaves to try, one after the other; or no restriction."""
        if self._leaves is None:
            yield {}
            return
        leaf = self._leaves.number(self._trials.points)
        both = np.concatenate([leaf, self._leaves.number(pending)])
        counts = np.bincount(both, minlength=len(self._leaves))
        turn = self._rungs is None and trial % TURN == TURN - 1
        loss, rivals = self._trials.loss, None
        if turn and is_exhausted(loss):
            rivals = are_rivals(loss, leaf, len(counts))
        order = leaf_order(self._trials, leaf, counts, self._min_trials, self._rng, rivals)
        for number in order[:MAX_LEAVES]:
            yield self._leaves.fixed(int(number))

    def _width(self, fitted: Prediction, progress: float) -> float | None:
        """How far from the best trial to search, ever less; None for everywhere.

        Where no smooth function explains the losses, the best trial is a lucky one, and the optimum
        need not be near it. Under rungs noise is also what little of the resource tells.
        """
        if self._settings.region is None:
            return None
        if self._rungs is None and isinstance(fitted, Posterior) and fitted.hyper.noise > ROUGH:
            return None
        first, last = self._settings.region
        width: float = first * (last / first) ** progress
        return width

    def _regions(
        self, good: Points, width: float | None, fixed: dict[int, float], is_new: bool
    ) -> Iterator[Region]:
        """Where to search, one after the other: first in the middle of what nobody has tried."""
        d = self._space.n_columns
        if is_new and self._settings.middle and self._since is None:
            middle = np.full(d, MIDDLE)
            yield Region(middle, middle, fixed)
        if width is None or len(good) == 0:
            yield Region.whole(d, fixed)
        else:
            yield Region.around(good[0], width, fixed)

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
