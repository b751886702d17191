"""Grid search: scikit-learn's cells in its order, and spaces that it does not know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.model_selection import ParameterGrid
from sklearn.svm import SVC

from skhpo._records import Observations, Plan, Points, Slot
from skhpo.samplers import GridSampler, InitialPoints, initial_proposals
from skhpo.space import Categorical, Integer, Ordinal, Real, When, make_space

VALUES = st.lists(
    st.one_of(st.integers(-3, 3), st.sampled_from(["a", None, 0.5, (1, 2)]), st.just(SVC())),
    min_size=1,
    max_size=3,
)
GRIDS = st.dictionaries(st.sampled_from(["C", "clf", "clf__C", "n"]), VALUES, max_size=3)


def start(declared, n_iter=None, constraints=None):
    space = make_space(declared, constraints, model=False)
    return GridSampler().start(space, np.random.default_rng(0), Plan(n_iter=n_iter)), space


def params(declared, n_iter=None, constraints=None):
    run, space = start(declared, n_iter, constraints)
    nothing = Observations.empty(space.n_columns)
    return [run.ask(trial, Slot(), nothing).params for trial in range(len(run))]


@given(st.one_of(GRIDS, st.lists(GRIDS, min_size=1, max_size=3)))
def test_cells_are_those_of_scikit_learn(declared):
    expected, drawn = list(ParameterGrid(declared)), params(declared)
    assert len(drawn) == len(expected)
    for ours, theirs in zip(drawn, expected, strict=True):
        assert list(ours) == list(theirs)
        assert all(ours[name] is theirs[name] for name in theirs)


def test_n_iter_takes_the_first_cells():
    declared = {"a": range(1000), "b": range(1000), "c": range(1000)}
    run, _ = start(declared, n_iter=3)
    assert len(run) == 3
    assert params(declared, n_iter=3) == [{"a": 0, "b": 0, "c": c} for c in range(3)]


def test_the_end_is_none():
    run, space = start({"a": [1, 2]})
    nothing = Observations.empty(space.n_columns)
    asked = [run.ask(trial, Slot(), nothing) for trial in range(4)]
    assert [p and p.params for p in asked] == [{"a": 1}, {"a": 2}, None, None]


@pytest.mark.parametrize(
    "form", [stats.uniform(0, 1), Real(0, 1), When(Real(0, 1), a=[1]), stats.norm()]
)
def test_infinite_dimensions_are_refused_by_name(form):
    with pytest.raises(ValueError, match=r"'C' has infinitely many values.*list of values"):
        start({"a": [1, 2], "C": form})


def test_finite_dimensions_are_gone_through():
    declared = {
        "b": stats.randint(0, 2),
        "a": Integer(1, 5, step=2),
        "c": Categorical(["x", "y"], weights=[1, 3]),
    }
    assert params(declared) == list(ParameterGrid({"b": [0, 1], "a": [1, 3, 5], "c": ["x", "y"]}))


def test_own_lists_keep_the_order_in_which_they_are_written():
    declared = {"size": Ordinal(["s", "m", "l"]), "kind": Categorical(["z", "y"])}
    assert params(declared) == list(ParameterGrid({"size": ["s", "m", "l"], "kind": ["z", "y"]}))


def test_constraints_leave_cells_out():
    declared = {"a": [1, 2, 3], "b": [1, 2, 3]}
    expected = [p for p in ParameterGrid(declared) if p["a"] < p["b"]]
    assert params(declared, constraints=lambda p: p["a"] < p["b"]) == expected
    assert params(declared, 2, constraints=lambda p: p["a"] < p["b"]) == expected[:2]
    with pytest.raises(ValueError, match="constraints allow none of 9 configurations"):
        start(declared, constraints=lambda p: False)


def test_conditions_leave_parameters_out():
    declared = {"kernel": ["linear", "poly"], "degree": When([2, 3], kernel="poly")}
    assert params(declared) == [
        {"kernel": "linear"},
        {"kernel": "poly", "degree": 2},
        {"kernel": "poly", "degree": 3},
    ]


@pytest.mark.parametrize("told", [False, True])
def test_initial_points_are_not_tried_again(told):
    run, space = start({"a": [1, 2, 3]})
    first = initial_proposals(space, None, [{"a": 2}])
    wrapped = InitialPoints(run, first, None)
    one = observed(first[0].point, "complete" if told else "pending")
    drawn = [wrapped.ask(0, Slot(), Observations.empty(1))]
    if told:
        wrapped.tell(one)
    drawn += [wrapped.ask(t, Slot(), one[:0] if told else one) for t in range(1, 4)]
    assert [p and p.params for p in drawn] == [{"a": 2}, {"a": 1}, {"a": 3}, None]


def test_trials_of_earlier_searches_are_tried_again():
    run, space = start({"a": [1, 2]})
    run.tell(observed(space.encode({"a": 1}), "complete", trial=-1))
    assert run.ask(0, Slot(), Observations.empty(1)).params == {"a": 1}


def observed(point: Points, status, trial=0):
    one = np.ones(1)
    return Observations(np.array([trial]), one, one, np.array([status]), one, point)
