"""Every stopping rule is a pure function of the history, final once it says yes."""

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from skhpo import History
from skhpo._records import Job, Points, Proposal, Result, Slot
from skhpo.stopping import Timeout

from .registry import RULES, cases

LOSSES = st.lists(st.one_of(st.floats(-2, 2), st.just(math.nan)), max_size=15)


def past(losses, seconds):
    results = []
    for trial, loss in enumerate(losses):
        job = Job(trial, Slot(trial=trial), Proposal(Points.empty(0), {}, "test"))
        status = "failed" if math.isnan(loss) else "complete"
        results.append(Result(job, (), status, loss, 1.0))
    return History(results, seconds=seconds)


@pytest.mark.parametrize(("name", "rule"), cases(RULES), ids=repr)
@given(losses=LOSSES, pace=st.floats(0, 1))
def test_rule(name, rule, losses, pace):
    before = dict(vars(rule))
    histories = [past(losses[:n], n * pace) for n in range(len(losses) + 1)]
    rule.check()
    answers = [rule(history) for history in histories]
    assert all(type(answer) is bool for answer in answers)
    assert answers == sorted(answers), "a yes was taken back"
    for other in (rule, clone(rule), pickle.loads(pickle.dumps(rule))):
        assert [other(history) for history in reversed(histories)] == answers[::-1]
    assert [bool(rule.reason(history)) for history in histories] == answers
    joined = rule | Timeout(1e9)
    assert [joined(history) for history in histories] == answers
    assert vars(rule) == before


def test_names_differ():
    names = [rule.name for _, rule in cases(RULES)]
    assert len(set(names)) == len(RULES)
