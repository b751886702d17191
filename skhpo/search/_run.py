"""One run of a search: the parts are started, the loop goes, and what came of it is kept."""

import warnings
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .. import _sklearn
from .._history import History, LiveHistory
from .._journal import Header, RecordedHistory, layout_of
from .._loop import run
from .._records import Plan
from .._sklearn import CallbackTree
from ..evaluation import (
    Continuation,
    Data,
    Environment,
    FoldObjective,
    Limits,
    Lines,
    Models,
    Racer,
    Runner,
    follow_in_time,
    make_subsets,
)
from ..evaluation._recording import RecordingRunner
from ..exceptions import ExhaustedWarning
from ..execution import Executor, InterruptWatch, make_executor
from ..samplers import RandomSampler, Sampler
from ..schedulers import Scheduler
from ..space import Space, When
from ..stopping import StoppingRule
from . import _setup as setup
from ._earlier import Earlier
from ._early import check_early_stopping, hold_out
from ._guide import Guide, check_metrics
from ._keep import Keeper, layout
from ._outcome import Outcome, names_of_metrics
from ._progress import announce
from ._resources import Resource, find_resource, rung_attributes


@dataclass(frozen=True, slots=True)
class SearchRun:
    """Everything that `fit` has settled, ready to run.

    Attributes
    ----------
    search : BaseSearch
        Read only.
    specs : tuple of Sampler and Scheduler
    rule : StoppingRule or None
    guide : Guide
    data : Samples
    space : Space
    callbacks : CallbackTree
    earlier : Earlier
    """

    search: Any
    specs: tuple[Sampler, Scheduler]
    rule: StoppingRule | None
    guide: Guide
    data: setup.Samples
    space: Space
    callbacks: CallbackTree
    earlier: Earlier

    def execute(self) -> Outcome:
        """Run on the workers that `n_jobs` means; they are given back whatever happens."""
        splitter = setup.splitter(self.search, self.data)
        limits = self._limits
        executor = make_executor(
            self.search.n_jobs, looks_ahead=self._static and not limits, isolate=bool(limits)
        )
        healthy = False
        try:
            with InterruptWatch() as watch:
                outcome = self._execute_on(executor, splitter, watch)
            healthy = outcome.interrupt is None
            return outcome
        finally:
            executor.close(cancel=not healthy)

    @property
    def _limits(self) -> Limits:
        return Limits(self.search.trial_timeout, self.search.trial_memory)

    @property
    def _static(self) -> bool:
        """Whether no proposal depends on a result."""
        return not any(spec.adaptive for spec in self.specs)

    def _execute_on(
        self, executor: Executor, splitter: setup.Splitter, watch: InterruptWatch
    ) -> Outcome:
        now = self.earlier.provenance
        keeper = Keeper(self.search, self.specs, self.data, self.space, now)
        try:
            return self._go_on(executor, splitter, keeper, watch)
        finally:
            keeper.close()

    def _go_on(
        self,
        executor: Executor,
        splitter: setup.Splitter,
        keeper: Keeper,
        watch: InterruptWatch,
    ) -> Outcome:
        n_splits = splitter.n_splits
        limit = setup.concurrency(
            self.search.max_concurrent_trials, self.specs, executor.n_workers, n_splits
        )
        resource = find_resource(self.search, self.specs[1], self.data, n_splits)
        check_early_stopping(self.search, self.space, self.data.fit_params, resource.parameter)
        plan = resource.plan(self.search._budget(), limit or executor.n_workers)
        keeper.find(splitter, plan)
        strategy = setup.start(
            self.search, self.space, self.specs, plan, (self.earlier, keeper.earlier)
        )
        data = self._data(splitter, keeper, strategy, resource)
        history = RecordedHistory(
            self.space.n_columns,
            resource=resource.parameter,
            full_resource=strategy.plan.max_resource,
        )
        header = keeper.header(
            plan, strategy, layout(self.search, self.guide.scorer, n_splits, resource)
        )
        objective = self._objective(executor, splitter, strategy, (data, resource))
        runner = self._runner(objective, executor, data, history, (limit, strategy, watch))
        setup.check_limits(self._limits, executor)
        scheduler = keeper.replay(history, strategy, runner)
        progress = announce(self.search, history, strategy.n_candidates, n_splits)
        history.listen(progress)
        interrupt = self._loop(history, replace(strategy, scheduler=scheduler), runner)
        reason = self._stop_reason(runner, strategy, interrupt)
        if runner.is_late:
            executor.close(cancel=True)
        n_cut = runner.n_open
        history.seal()
        for result in runner.cancel():
            history.close(result)
        if progress is not None:
            progress.end()
        end = reason, n_cut, runner.longest_fold, interrupt
        outcome = self._outcome(history, strategy.plan, header, end)
        name, full = resource.parameter, round(strategy.plan.max_resource)
        return replace(
            outcome,
            attributes=rung_attributes(outcome.history, self.specs[1], resource),
            full_params={} if name is None else {name: full},
        )

    def _runner(
        self,
        objective: FoldObjective,
        executor: Executor,
        data: Data,
        history: RecordedHistory,
        order: tuple[int | None, setup.Strategy, InterruptWatch],
    ) -> RecordingRunner:
        (limit, strategy, watch), rule = order, self.search.racing
        factor = getattr(self.specs[1], "factor", 3.0)
        return RecordingRunner(
            objective,
            executor,
            data,
            history,
            concurrency=limit,
            ahead=self._static,
            stop=partial(self._must_stop, watch),
            warn_at_first_failure=not self.search._classic,
            callbacks=self.callbacks,
            racer=Racer(rule, strategy.plan, factor) if rule else None,
            models=Models(over=getattr(strategy.scheduler, "over", None)),
            check_scores=partial(check_metrics, self.search, self.guide),
            seconds=self.search.trial_timeout,
        )

    def _data(
        self,
        splitter: setup.Splitter,
        keeper: Keeper,
        strategy: setup.Strategy,
        resource: Resource,
    ) -> Data:
        """The samples with their folds, and with the subsets that a number of rows means."""
        X, y = self.data.X, self.data.y
        splits = keeper.split(splitter)
        if not resource.is_rows:
            return Data(X, y, splits)
        subsets = make_subsets(
            splits,
            y,
            _sklearn.num_samples(X),
            seed=strategy.seeds[-1],
            cv=splitter.cv,
            classifier=_sklearn.is_classifier(self.search.estimator),
            groups=self.data.split_params.get("groups"),
        )
        return Data(X, y, splits, subsets)

    def _loop(
        self, history: LiveHistory, strategy: setup.Strategy, runner: Runner
    ) -> KeyboardInterrupt | None:
        n = strategy.n_candidates
        left = None if n is None else (n - len(history)) * len(runner.data.splits)
        self.callbacks.begin_search(left)
        try:
            run(history, strategy.sampler, strategy.scheduler, runner)
        except KeyboardInterrupt as interrupt:
            runner.executor.close(cancel=True)
            return interrupt
        finally:
            runner.models.close()
            self.callbacks.end_search()
        return None

    def _must_stop(self, watch: InterruptWatch, history: History) -> bool:
        """Whether the rule says so; an interrupt that was swallowed is raised here."""
        watch.check()
        return self.rule is not None and self.rule(history)

    def _objective(
        self,
        executor: Executor,
        splitter: setup.Splitter,
        strategy: setup.Strategy,
        subject: tuple[Data, Resource],
    ) -> FoldObjective:
        search, data = self.search, self.data
        folds, resource = subject
        in_time = follow_in_time(splitter.cv, folds.splits)
        numeric = float("nan") if search.error_score == "raise" else search.error_score
        names = _sklearn.metric_names(self.guide.scorer)
        return FoldObjective(
            estimator=_sklearn.clone(search.estimator),
            scorer=self.guide.scorer,
            metric=self.guide.objective,
            fit_params=data.fit_params,
            score_params=data.score_params,
            error_score=search.error_score,
            return_train_score=search.return_train_score,
            lines=Lines(search.verbose, splitter.n_splits, strategy.n_candidates, names, numeric),
            environment=None if executor.is_inline else Environment.current(),
            continuation=None
            if resource.parameter is None
            else Continuation(resource.parameter, strategy.plan.max_resource, search.continuation),
            holdout=hold_out(search, strategy.seeds[-1], data.split_params.get("groups"), in_time),
            limits=self._limits,
        )

    def _stop_reason(
        self, runner: Runner, strategy: setup.Strategy, interrupt: KeyboardInterrupt | None
    ) -> str:
        if interrupt is not None:
            return "interrupt"
        if runner.stopped and self.rule is not None:
            return self.rule.reason(runner.history)
        if runner.is_stuck:
            return "workers"
        n_iter = strategy.plan.n_iter if self.search._budget() is not None else None
        if not strategy.sampler.exhausted:
            return "n_iter"
        if n_iter is not None and not self._warns_itself():
            warnings.warn(
                f"The search space has only {runner.history.n_trials} configurations, fewer than "
                f"n_iter={n_iter}: the search ended early. Lower n_iter, or widen the space.",
                ExhaustedWarning,
                stacklevel=6,
            )
        return "exhausted"

    def _warns_itself(self) -> bool:
        """Whether scikit-learn's sampler made the draws, and so its own warning of their end."""
        forms = (form for branch in self.space.declared for form in branch.values())
        return (
            isinstance(self.specs[0], RandomSampler)
            and not self.space.has_constraints
            and not any(isinstance(form, When) for form in forms)
        )

    def _outcome(
        self, history: RecordedHistory, plan: Plan, header: Header, end: tuple[Any, ...]
    ) -> Outcome:
        reason, n_cut, longest_fold, interrupt = end
        _, multimetric = names_of_metrics(self.guide.scorer, history.results)
        layout = layout_of(header, history)
        return Outcome(
            history=history.kept(layout, header),
            plan=plan,
            scorer=_sklearn.public_scorer(self.guide.scorer),
            multimetric=multimetric,
            n_splits=layout.n_splits,
            stop_reason=reason,
            n_cut=n_cut,
            longest_fold=longest_fold,
            interrupt=interrupt,
        )
