"""The history numbers jobs, keeps the incumbent, and never changes once frozen."""

import copy
import math
import pickle

import numpy as np
import pytest

from skhpo._history import History, LiveHistory
from skhpo._records import FoldScore, Points, Proposal, Result, Slot
from skhpo._table import Layout


def proposal(value):
    return Proposal(Points(np.array([[value]]), np.array([[True]])), {"a": value}, "test")


def close(history, job, loss, status="complete"):
    folds = (FoldScore(loss, {} if math.isnan(loss) else {"score": -loss}),)
    return history.close(Result(job, folds, status, loss, job.slot.resource))


def test_jobs_and_trials_are_numbered_in_order():
    history = LiveHistory(1)
    first = history.open(Slot(), proposal(0.1))
    second = history.open(Slot(), proposal(0.2))
    assert (first.number, first.slot.trial) == (0, 0)
    assert (second.number, second.slot.trial) == (1, 1)
    continued = history.open(Slot(rung=1, resource=3.0, trial=0), first.proposal)
    assert (continued.number, continued.slot.trial) == (2, 0)
    assert history.n_trials == 2


def test_pending_are_the_open_jobs():
    history = LiveHistory(1)
    assert len(history.pending) == 0
    first = history.open(Slot(), proposal(0.1))
    history.open(Slot(), proposal(0.2))
    close(history, first, 1.0)
    assert list(history.pending.trial) == [1]
    assert np.isnan(history.pending.loss).all()
    assert list(history.pending.status) == ["pending"]
    assert history.pending.points.x[0, 0] == 0.2


def test_however_many_are_open_each_is_pending_in_the_order_of_opening():
    history, rng, opened = LiveHistory(1), np.random.default_rng(0), []
    for step in range(600):
        if opened and rng.random() < 0.3:
            close(history, opened.pop(rng.integers(len(opened))), 1.0)
        else:
            opened.append(history.open(Slot(resource=step + 1.0), proposal(step / 600)))
        seen = history.pending
        assert seen.trial.tolist() == [job.slot.trial for job in opened]
        assert seen.resource.tolist() == [job.slot.resource for job in opened]
        assert seen.points.x[:, 0].tolist() == [job.proposal.point.x[0, 0] for job in opened]
        assert seen.points.active.all()
    assert len(opened) > 128  # so that there was not room enough at first


def test_what_samplers_see_of_a_result():
    history = LiveHistory(1)
    job = history.open(Slot(), proposal(0.1))
    seen = close(history, job, 2.5)
    assert (seen.trial[0], seen.loss[0], seen.status[0]) == (0, 2.5, "complete")
    assert seen.points.x[0, 0] == 0.1


def test_incumbent_is_the_first_best_and_never_a_failure():
    history = LiveHistory(1)
    jobs = [history.open(Slot(), proposal(v)) for v in (0.1, 0.2, 0.3, 0.4)]
    close(history, jobs[3], math.nan, "failed")
    assert history.incumbent is None
    close(history, jobs[2], 1.0)
    close(history, jobs[1], 1.0)
    assert history.incumbent.job.number == 1
    close(history, jobs[0], 5.0)
    assert history.incumbent.job.number == 1
    assert History(history.results, Layout(1)).incumbent.job.number == 1


def test_a_continued_trial_keeps_its_proposal():
    history = LiveHistory(1)
    job = history.open(Slot(), proposal(0.1))
    close(history, job, 1.0)
    assert history.earlier(Slot(trial=0)) is job.proposal
    assert history.earlier(Slot()) is None


def test_rows_stand_in_the_order_of_submission():
    history = LiveHistory(1)
    jobs = [history.open(Slot(), proposal(v)) for v in (0.1, 0.2)]
    close(history, jobs[1], 1.0)
    close(history, jobs[0], 2.0)
    frozen = History(history.results, Layout(1), seconds=history.seconds)
    assert [p["a"] for p in frozen.cv_results["params"]] == [0.1, 0.2]
    assert list(frozen.trials["trial"]) == [0, 1]
    assert [r.job.number for r in frozen.results] == [1, 0]


def test_frozen_is_its_own_copy_and_can_be_pickled():
    history = LiveHistory(1)
    job = history.open(Slot(), proposal(0.1))
    close(history, job, 1.0)
    frozen = History(history.results, Layout(1), seconds=history.seconds)
    assert copy.deepcopy(frozen) is frozen
    assert copy.copy(frozen) is frozen
    history.open(Slot(), proposal(0.2))
    again = pickle.loads(pickle.dumps(frozen))
    assert again.cv_results["params"] == [{"a": 0.1}]
    assert again.seconds == frozen.seconds
    with pytest.raises(AttributeError):
        frozen.seconds = 3
