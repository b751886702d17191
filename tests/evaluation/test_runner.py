"""The runner: folds fan out first, jobs are told in order, a stop starts nothing more."""

import math

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

from skhpo._history import LiveHistory
from skhpo._loop import run
from skhpo._records import FoldScore, Plan, Points, Proposal
from skhpo.evaluation import Data, Runner
from skhpo.execution import Failure
from skhpo.schedulers import FullScheduler

N_SPLITS = 3


class Shuffled:
    """An executor of `n` places that finishes tasks in an order drawn from `rng`."""

    def __init__(self, n, rng=None):
        self.n_workers = n
        self.rng = rng
        self.tasks = {}
        self.log = []
        self.most = 0

    @property
    def n_free(self):
        return self.n_workers - len(self.tasks)

    def submit(self, function, task, *shared):
        assert self.n_free > 0
        ticket = len(self.log)
        self.log.append((task.job, task.fold))
        self.tasks[ticket] = (function, task, shared)
        self.most = max(self.most, len(self.tasks))
        return ticket

    def next_completed(self, timeout=None):
        if not self.tasks:
            return None
        tickets = list(self.tasks)
        ticket = tickets[0] if self.rng is None else self.rng.choice(tickets)
        function, task, shared = self.tasks.pop(ticket)
        try:
            return ticket, function(task, *shared)
        except Exception as error:
            return ticket, Failure(error, type(error).__name__, str(error), "traceback")

    def close(self, cancel=False):
        self.tasks.clear()


class Counting:
    """A sampler whose params are the trial's number; remembers what it was told."""

    def __init__(self, n):
        self.n = n
        self.told = []
        self.pending = []

    def ask(self, trial, slot, pending):
        self.pending.append(list(pending.trial))
        point = Points(np.array([[0.5]]), np.array([[True]]))
        return Proposal(point, {"a": trial}, "counting") if trial < self.n else None

    def tell(self, observed):
        self.told.extend(observed.trial)


def score(task, X, y):
    return FoldScore(loss=task.schedule[-1][0]["a"] + task.fold, scores={"score": 0.0})


def search(executor, n=6, objective=score, **changes):
    history = LiveHistory(1)
    splits = [(np.arange(2), np.arange(2, 3))] * N_SPLITS
    runner = Runner(objective, executor, Data(None, None, splits), history, **changes)
    sampler = Counting(n)
    scheduler = FullScheduler().start(np.random.default_rng(0), Plan())
    run(history, sampler, scheduler, runner)
    return history, sampler, runner


def test_every_fold_of_every_job_is_run_once():
    executor = Shuffled(1)
    history, sampler, _ = search(executor)
    assert executor.log == [(job, fold) for job in range(6) for fold in range(N_SPLITS)]
    assert sampler.told == list(range(6))
    assert [r.loss for r in history.results] == [job + 1.0 for job in range(6)]


@pytest.mark.parametrize("seed", range(5))
def test_sequential_search_runs_folds_in_parallel(seed):
    executor = Shuffled(2, np.random.default_rng(seed))
    history, sampler, _ = search(executor, concurrency=1)
    assert executor.most == 2
    assert all(pending == [] for pending in sampler.pending)
    assert sampler.told == list(range(6))
    assert len(history) == 6


@pytest.mark.parametrize("n_workers", [1, 2, 5])
@pytest.mark.parametrize("seed", range(5))
def test_k_trials_in_flight_are_told_in_order_whatever_the_workers(n_workers, seed):
    executor = Shuffled(n_workers, np.random.default_rng(seed))
    _, sampler, _ = search(executor, concurrency=3)
    assert sampler.told == list(range(6))
    assert sampler.pending == [[], [0], [0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]


@pytest.mark.parametrize("seed", range(5))
def test_no_worker_waits_where_nothing_depends_on_results(seed):
    executor = Shuffled(4, np.random.default_rng(seed))
    idle = []
    receive = executor.next_completed

    def watched(timeout=None):
        if len(executor.log) < 6 * N_SPLITS:
            idle.append(executor.n_free)
        return receive(timeout)

    executor.next_completed = watched
    _, sampler, _ = search(executor, concurrency=None)
    assert sorted(sampler.told) == list(range(6))
    assert not any(idle)


def test_a_stop_starts_no_fold_and_keeps_what_was_begun(monkeypatch):
    monkeypatch.setattr("skhpo.evaluation._stop.PAUSE", -1.0)  # the rule below has no history
    executor = Shuffled(2)
    history, _, runner = search(executor, concurrency=2, stop=lambda h: len(executor.log) >= 4)
    assert runner.stopped
    assert len(executor.log) == 4
    assert [r.job.number for r in history.results] == [0]
    cut = runner.cancel()
    assert [(r.status, r.job.number) for r in cut] == [("cancelled", 1)]
    assert [fold is None for fold in cut[0].folds] == [False, True, True]
    assert math.isnan(cut[0].loss)


def test_one_failed_fold_fails_the_job():
    def objective(task, X, y):
        if task.fold == 1:
            return FoldScore(math.nan, {}, fit_error="Traceback: no luck")
        return FoldScore(1.0, {"score": -1.0})

    with pytest.warns(FitFailedWarning, match=r"'a': 0.*\n.*no luck") as caught:
        history, _, _ = search(Shuffled(1), objective=objective, warn_at_first_failure=True)
    assert len(caught) == 1
    assert {r.status for r in history.results} == {"failed"}
    assert all(math.isnan(r.loss) for r in history.results)
    assert history.incumbent is None


def test_what_the_objective_raises_ends_the_search():
    def objective(task, X, y):
        raise KeyError("original")

    with pytest.raises(KeyError, match="original"):
        search(Shuffled(2), objective=objective)


def test_a_lost_worker_is_a_failed_fold():
    class Dying(Shuffled):
        def next_completed(self, timeout=None):
            done = super().next_completed(timeout)
            if done is not None and done[0] == 0:
                return 0, Failure(None, "BrokenExecutor", "a worker died", infrastructure=True)
            return done

    history, _, _ = search(Dying(1))
    assert [r.status for r in history.results] == ["failed"] + ["complete"] * 5
    assert "a worker died" in history.results[0].folds[0].fit_error
    assert history.results[0].folds[1:] == (None, None)  # which would end workers too


def test_first_scores_are_checked_once():
    seen = []
    search(Shuffled(1), check_scores=seen.append)
    assert len(seen) == 1


def test_times_are_within_the_search():
    history, _, runner = search(Shuffled(1))
    for result in history.results:
        assert 0 <= result.started <= result.finished <= history.seconds
    assert runner.longest_fold == 0.0
