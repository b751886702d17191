"""What `fit` settles before the first trial: data, scorers, space, sampler, scheduler, folds."""

import warnings
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from sklearn.model_selection import check_cv

from .. import _sklearn
from .._records import Plan
from .._typing import Params
from ..evaluation import Limits, can_limit_memory
from ..exceptions import SearchWarning
from ..execution import Executor
from ..samplers import (
    GridSampler,
    InitialPoints,
    Sampler,
    SamplerRun,
    initial_proposals,
)
from ..schedulers import Scheduler, SchedulerRun
from ..space import Space
from ..stopping import StoppingRule, Timeout
from ._earlier import Earlier

S = TypeVar("S", Sampler, Scheduler)


@dataclass(frozen=True, slots=True)
class Samples:
    """What the user handed to `fit`, checked and routed."""

    X: Any
    y: Any
    fit_params: Params
    split_params: Params
    score_params: Params
    hooks: Params  # what callbacks are told


def samples(search: Any, X: Any, y: Any, params: Params) -> Samples:
    """Check lengths and route the parameters of `fit`."""
    X, y = _sklearn.indexable(X, y)
    params = _sklearn.slice_params(X, params=params)
    routed = search._get_routed_params_for_fit(params)
    weight = params.get("sample_weight")
    metadata = None if weight is None else {"sample_weight": weight}
    return Samples(
        X,
        y,
        routed.estimator.fit,
        routed.splitter.split,
        routed.scorer.score,
        {"X": X, "y": y, "metadata": metadata},
    )


@dataclass(frozen=True, slots=True)
class Splitter:
    """The cross-validation and the number of its folds."""

    cv: Any
    n_splits: int

    def split(self, data: Samples) -> list[tuple[Any, Any]]:
        """The folds, by one call of ``cv.split``.

        Raises
        ------
        ValueError
            If the splitter contradicts itself, or makes no split.
        """
        found = list(self.cv.split(data.X, data.y, **data.split_params))
        if not found:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? Were there no candidates?"
            )
        if len(found) != self.n_splits:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. Expected "
                f"{self.n_splits} splits, got {len(found)}"
            )
        return found


def splitter(search: Any, data: Samples) -> Splitter:
    """The cross-validation that `cv` means; nothing is drawn yet."""
    cv = check_cv(search.cv, data.y, classifier=_sklearn.is_classifier(search.estimator))
    return Splitter(cv, cv.get_n_splits(data.X, data.y, **data.split_params))


def spec(name: str, value: Any, registry: Mapping[str, Callable[[], S]], kind: type[S]) -> S:
    """The sampler or scheduler that `value` names or is.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If `value` is neither a name nor such an object.
    """
    if isinstance(value, str):
        if value not in registry:
            raise ValueError(f"{name}={value!r} is unknown; known are {sorted(registry)}.")
        return registry[value]()
    if not isinstance(value, kind):
        hint = f"; pass an instance, {value.__name__}(...)" if isinstance(value, type) else ""
        raise TypeError(
            f"{name} must be one of {sorted(registry)} or a {kind.__name__}, got {value!r}{hint}."
        )
    return value


def stopping_rule(search: Any) -> StoppingRule | None:
    """`timeout` and `stop` as one rule; None if there is neither."""
    rule: StoppingRule | None = search.stop
    if rule is not None and not isinstance(rule, StoppingRule):
        raise TypeError(
            "stop must be a rule of skhpo.stopping (Timeout, Stagnation, TargetReached, joined "
            f"by |), got {rule!r}."
        )
    if search.timeout is not None:
        limit = Timeout(search.timeout)
        rule = limit if rule is None else limit | rule
    if rule is not None:
        rule.check()
    return rule


def concurrency(
    limit: int | None, specs: tuple[Sampler, Scheduler], n_workers: int, n_splits: int
) -> int | None:
    """Trials in flight; None where no worker is to wait and no number was asked for.

    That is where nothing depends on results, and where the scheduler is asynchronous. Otherwise
    folds fan out first, so that a sequential model stays sequential where the folds alone keep
    the workers busy.
    """
    if limit is not None:
        return limit
    if not any(spec.adaptive for spec in specs):
        return None
    if specs[1].asynchronous:
        return 1 if n_workers == 1 else None
    if n_workers <= 2 or n_splits % n_workers == 0:
        return 1
    if n_workers % n_splits == 0:
        return n_workers // n_splits
    return -(-n_workers // n_splits) + 1


def check_limits(limits: Limits, executor: Executor) -> None:
    """Warn of a limit that these workers, or this system, cannot keep."""
    if limits.memory is not None and not (executor.isolates and can_limit_memory()):
        where = "threads, dask and the main process" if can_limit_memory() else "this system"
        warnings.warn(
            f"trial_memory={limits.memory} has no effect: {where} cannot limit the memory of one "
            "fit. On Linux the backends loky, multiprocessing and ray can.",
            SearchWarning,
            stacklevel=7,
        )


def check_budget(
    search: Any, n_iter: int | None, rule: StoppingRule | None, specs: tuple[Sampler, Scheduler]
) -> None:
    """Refuse a search that nothing would end."""
    sampler, scheduler = specs
    rounds = scheduler.settle(Plan()).n_iter is not None
    ended = rounds or isinstance(sampler, GridSampler)
    if n_iter is None and rule is None and not ended:
        raise ValueError(
            f"{type(search).__name__} with n_iter=None never ends: set timeout (seconds) or stop "
            "(a rule of skhpo.stopping)."
        )


@dataclass(frozen=True, slots=True)
class Strategy:
    """The started sampler and scheduler.

    Attributes
    ----------
    sampler : InitialPoints
    scheduler : SchedulerRun
    plan : Plan
        As the scheduler carries it out.
    n_candidates : int or None
        How many rows there are at most, where that is known.
    seeds : tuple of int
        Behind all random numbers; the last one is that of the subsets of rows.
    """

    sampler: InitialPoints
    scheduler: SchedulerRun
    plan: Plan
    n_candidates: int | None
    seeds: tuple[int, ...]


def seeds(search: Any) -> tuple[int, ...]:
    """Draw the seeds of sampler, scheduler and subsets."""
    source = search._generator()
    drawn = [source.integers(2**32, size=4).tolist() for _ in range(2)]
    return (*drawn[0], *drawn[1], int(source.integers(2**32)))


def start(
    search: Any,
    space: Space,
    specs: tuple[Sampler, Scheduler],
    plan: Plan,
    before: tuple[Earlier, tuple[Plan, tuple[int, ...]] | None],
) -> Strategy:
    """Start both specs; a sampler that does not adapt makes all its draws here.

    `before` is what the sampler learns from, and the plan and the seeds of the `fit` that is gone
    on with: the parts then start as they did there; only the number of trials is `plan`'s.
    """
    sampler, scheduler = specs
    earlier, record = before
    first, drawn = (plan, seeds(search)) if record is None else record
    if not sampler.adaptive:
        first = replace(first, n_iter=plan.n_iter)
    if plan.n_iter is None and scheduler.resource and isinstance(sampler, GridSampler):
        plan = replace(plan, n_iter=int(space.size))
        first = replace(first, n_iter=plan.n_iter)
    settled = scheduler.settle(plan)
    streams = [np.random.default_rng(part) for part in (drawn[:4], drawn[4:8])]
    known = replace(scheduler.settle(first), n_earlier=earlier.n_told)
    run: SamplerRun = sampler.start(space, streams[0], known)
    earlier.teach(run, settled.max_resource)
    initial = search.initial_params
    if isinstance(initial, str) and not any(spec.adaptive for spec in specs):
        initial = None
    proposals = initial_proposals(space, search.estimator, initial)
    proposals += earlier.first(space, proposals, settled.n_iter)
    listed = len(run) + len(proposals) if isinstance(run, Sized) else None
    n_iter = settled.n_iter
    n_candidates = min((n for n in (listed, n_iter) if n is not None), default=None)
    points = InitialPoints(run, proposals, n_iter)
    scheduled = scheduler.start(streams[1], replace(first, n_iter=n_iter))
    n_rows = None if scheduler.resource else n_candidates
    return Strategy(points, scheduled, settled, n_rows, drawn)
