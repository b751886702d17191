"""Stopping rules: when they fire, that they stay fired, and what they refuse."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from skhpo import History
from skhpo._history import LiveHistory
from skhpo._records import Job, Points, Proposal, Result, Slot
from skhpo.stopping import Stagnation, StoppingRule, TargetReached, Timeout

NAN = float("nan")


def result(trial, loss, status="complete", resource=1.0):
    slot = Slot(trial=trial, resource=resource)
    proposal = Proposal(Points.empty(0), {}, "test")
    return Result(Job(trial, slot, proposal), (), status, loss, resource)


def history(losses, seconds=0.0):
    """A history of finished trials; NaN is a failed one."""
    results = [
        result(trial, loss, "failed" if np.isnan(loss) else "complete")
        for trial, loss in enumerate(losses)
    ]
    return History(results, seconds=seconds)


@pytest.mark.parametrize(("seconds", "fires"), [(0.0, False), (4.9, False), (5.0, True), (9, True)])
def test_timeout_fires_when_the_time_is_over(seconds, fires):
    assert Timeout(5)(history([], seconds)) is fires


def test_timeout_reads_the_clock_of_a_running_search():
    running = LiveHistory(0)
    assert not Timeout(3600)(running)
    running._start -= 3601
    assert Timeout(3600)(running)


@pytest.mark.parametrize(
    ("losses", "fires"),
    [
        ([], False),
        ([1.0, 1.0], False),  # the first is the best, one since then
        ([1.0, 1.0, 1.0], True),
        ([3.0, 2.0, 1.0, 0.0], False),
        ([1.0, 2.0, 0.5, 0.6], False),
        ([1.0, 2.0, 0.5, 0.6, 0.7], True),
        ([1.0, 2.0, 3.0, 0.5], True),  # final, although a later one is better
        ([NAN, NAN, NAN, NAN], False),  # failures do not count
        ([1.0, NAN, NAN, 2.0], False),
        ([1.0, NAN, 1.5, 2.0], True),
    ],
)
def test_stagnation_counts_completed_trials_since_the_best(losses, fires):
    assert Stagnation(2)(history(losses)) is fires


def test_stagnation_asks_for_more_than_min_delta():
    losses = [1.0, 0.95, 0.9]
    assert not Stagnation(2)(history(losses))
    assert Stagnation(2, min_delta=0.1)(history(losses))
    assert not Stagnation(2, min_delta=0.09)(history(losses))
    assert not Stagnation(2, min_delta=0.1)(history([1.0, 0.95, 0.8]))


def test_stagnation_looks_at_the_largest_resource():
    results = [
        result(0, 0.1, resource=1.0),
        result(1, 0.5, resource=3.0),  # worse, but the first there
        result(2, 0.0, resource=1.0),  # neither counts nor improves
        result(3, 0.4, resource=3.0),
        result(4, 0.6, resource=3.0),
    ]
    assert not Stagnation(2)(History(results))
    assert Stagnation(2)(History([*results, result(5, 0.4, resource=3.0)]))


def test_stagnation_ignores_jobs_that_were_cut():
    cut = [result(i, 9.0, status) for i, status in ((1, "pruned"), (2, "timed_out"))]
    assert not Stagnation(2)(History([result(0, 1.0), *cut]))


def test_target_is_a_score_and_reached_from_there_on():
    assert not TargetReached(0.9)(history([]))
    assert not TargetReached(0.9)(history([-0.89, NAN]))
    assert TargetReached(0.9)(history([-0.5, -0.9, -0.6]))
    assert TargetReached(-2.0)(history([2.0]))  # a negated error


RULES = st.one_of(
    st.builds(Timeout, st.floats(0.1, 10)),
    st.builds(Stagnation, st.integers(1, 5), st.floats(0, 1)),
    st.builds(TargetReached, st.floats(-2, 2)),
)


@given(
    rule=st.one_of(RULES, st.builds(lambda a, b: a | b, RULES, RULES)),
    losses=st.lists(st.one_of(st.floats(-2, 2), st.just(NAN)), max_size=12),
)
def test_rules_are_final_and_pure(rule, losses):
    answers = [rule(history(losses[:n], seconds=n)) for n in range(len(losses) + 1)]
    assert answers == sorted(answers)
    assert answers == [rule(history(losses[:n], seconds=n)) for n in range(len(losses) + 1)]


@given(first=RULES, second=RULES, losses=st.lists(st.floats(-2, 2), max_size=8))
def test_joined_rules_fire_with_either(first, second, losses):
    past = history(losses, seconds=len(losses))
    joined = first | second
    assert joined(past) == (first(past) or second(past))
    assert joined.reason(past) == (first.reason(past) or second.reason(past))
    assert bool(joined.reason(past)) == joined(past)


def test_reason_names_the_part_that_fired():
    rule = Timeout(10) | Stagnation(2) | TargetReached(0.9)
    assert rule.reason(history([], seconds=1)) == ""
    assert rule.reason(history([], seconds=10)) == "timeout"
    assert rule.reason(history([1.0, 1.0, 1.0])) == "stagnation"
    assert rule.reason(history([-0.95])) == "target"


def test_rules_of_others_can_be_joined():
    class Even(StoppingRule):
        name = "even"

        def __call__(self, history):
            return history.n_trials % 2 == 0

    rule = Timeout(5) | Even()
    rule.check()
    assert rule.reason(history([1.0, 2.0])) == "even"
    with pytest.raises(TypeError):
        Timeout(5) | (lambda past: True)


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        (Timeout(0), ValueError, "seconds of Timeout must be above 0, got 0"),
        (Timeout(-3), ValueError, "seconds of Timeout must be above 0, got -3"),
        (Timeout(float("inf")), ValueError, "seconds of Timeout must be finite"),
        (Timeout("5"), TypeError, "seconds of Timeout must be a number, got '5'"),
        (Timeout(True), TypeError, "seconds of Timeout must be a number, got True"),
        (Stagnation(0), ValueError, "n_trials of Stagnation must be at least 1, got 0"),
        (Stagnation(2.0), TypeError, "n_trials of Stagnation must be an integer, got 2.0"),
        (Stagnation(2, -1), ValueError, "min_delta of Stagnation must be at least 0, got -1"),
        (TargetReached(None), TypeError, "score of TargetReached must be a number, got None"),
        (Stagnation(3) | Timeout(0), ValueError, "seconds of Timeout"),
        (Timeout(0) | Stagnation(3), ValueError, "seconds of Timeout"),
    ],
)
def test_arguments_are_checked_at_the_start(rule, error, message):
    with pytest.raises(error, match=message):
        rule.check()


def test_good_arguments_pass():
    rule = Timeout(0.5) | Stagnation(1, 0) | TargetReached(np.float64(0.5))
    assert rule.check() is None


def test_rules_are_specs():
    rule = Timeout(5) | Stagnation(3)
    assert repr(rule) == "Timeout(seconds=5) | Stagnation(n_trials=3)"
    assert rule.get_params()["second__n_trials"] == 3
    copy = clone(rule).set_params(second__n_trials=4)
    assert (rule.second.n_trials, copy.second.n_trials) == (3, 4)
    assert pickle.loads(pickle.dumps(rule)).get_params()["first__seconds"] == 5
