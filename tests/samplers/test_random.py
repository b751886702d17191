"""Random search: scikit-learn's own draws, and what it has no counterpart of."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.svm import SVC

from skhpo._records import Observations, Plan, Slot
from skhpo.samplers import InitialPoints, RandomSampler, initial_proposals
from skhpo.space import Categorical, Integer, Ordinal, Real, When, make_space

LISTS = {"C": [0.1, 1, 10], "kernel": ("rbf", "poly"), "base": [SVC(), None], "n": np.arange(3)}
DISTRIBUTIONS = {
    "C": stats.loguniform(1e-3, 10),
    "n": stats.randint(1, 4),
    "kernel": ["rbf", "poly"],
}
BRANCHES = [DISTRIBUTIONS, {"kernel": ["linear"], "C": stats.expon()}, {}]
LIST_BRANCHES = [{"a": [1, 2, 3]}, {"b": range(4), "a": [7]}, {}]
SPACES = {
    "lists": LISTS,
    "distributions": DISTRIBUTIONS,
    "branches": BRANCHES,
    "list_branches": LIST_BRANCHES,
}


class Die:
    """A distribution with `rvs` alone."""

    def rvs(self, random_state):
        return random_state.randint(1, 7)


def start(declared, n_iter=None, random_state=0, constraints=None, seed=0):
    space = make_space(declared, constraints, model=False)
    spec = RandomSampler(random_state=random_state)
    return spec.start(space, np.random.default_rng(seed), Plan(n_iter=n_iter)), space


def draw(run, space, n):
    """Up to `n` proposals, none of them ever told."""
    nothing = Observations.empty(space.n_columns)
    proposals = []
    for trial in range(n):
        proposal = run.ask(trial, Slot(), nothing)
        if proposal is None:
            break
        proposals.append(proposal)
    return proposals


def params(declared, n_iter, n=None, **arguments):
    return [p.params for p in draw(*start(declared, n_iter, **arguments), n or n_iter)]


def identical(a, b):
    """Whether two lists of params hold the same objects, or equal numbers drawn anew."""
    return len(a) == len(b) and all(
        list(x) == list(y)
        and all(x[k] is y[k] or (type(x[k]) is type(y[k]) and x[k] == y[k]) for k in x)
        for x, y in zip(a, b, strict=True)
    )


def bag(many):
    """Params in an order of their own, to compare them as sets."""
    return sorted(str(sorted(each.items())) for each in many)


@given(
    declared=st.sampled_from(sorted(SPACES)),
    seed=st.integers(0, 2**32 - 1),
    n_iter=st.integers(1, 8),
)
def test_draws_are_those_of_scikit_learn(declared, seed, n_iter):
    declared = SPACES[declared]
    expected = list(ParameterSampler(declared, n_iter, random_state=seed))
    assert identical(params(declared, n_iter, random_state=seed), expected)


def test_a_distribution_needs_rvs_alone():
    declared = {"die": Die(), "C": [1, 2]}
    expected = list(ParameterSampler(declared, 20, random_state=3))
    assert params(declared, 20, random_state=3) == expected


def test_a_random_state_moves_on_as_in_scikit_learn_and_only_at_the_start():
    ours, theirs = np.random.RandomState(5), np.random.RandomState(5)
    run, space = start(DISTRIBUTIONS, 6, random_state=ours)
    list(ParameterSampler(DISTRIBUTIONS, 6, random_state=theirs))
    after = pickle.dumps(ours.get_state(legacy=False))
    assert after == pickle.dumps(theirs.get_state(legacy=False))
    assert len(draw(run, space, 6)) == 6
    assert pickle.dumps(ours.get_state(legacy=False)) == after


def test_without_a_seed_the_search_s_generator_decides():
    first = params(DISTRIBUTIONS, 5, random_state=None, seed=1)
    assert first == params(DISTRIBUTIONS, 5, random_state=None, seed=1)
    assert first != params(DISTRIBUTIONS, 5, random_state=None, seed=2)


def test_a_small_grid_ends_early_with_scikit_learn_s_warning():
    with pytest.warns(UserWarning, match="total space of parameters 8 is smaller than n_iter=30"):
        run, space = start(LIST_BRANCHES, 30)
    drawn = draw(run, space, 30)
    assert len(run) == len(drawn) == 8
    assert bag(p.params for p in drawn) == bag(ParameterGrid(LIST_BRANCHES))


@pytest.mark.parametrize("declared", [LISTS, LIST_BRANCHES])
def test_without_n_iter_lists_are_permuted(declared):
    run, space = start(declared)
    assert not hasattr(run, "__len__")
    drawn = [p.params for p in draw(run, space, 10_000)]
    cells = list(ParameterGrid(declared))
    assert drawn != cells
    assert bag(drawn) == bag(cells)


def test_every_order_of_a_permuted_list_is_equally_likely():
    counts = {}
    for seed in range(300):
        order = tuple(p["a"] for p in params({"a": [1, 2, 3]}, None, 3, random_state=seed))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    # one test at a false-alarm rate of 1e-4
    assert stats.chisquare(list(counts.values())).pvalue > 1e-4


@pytest.mark.parametrize("n_values", [1000, 10_000_000], ids=["10^15", "10^35"])
def test_huge_grids_are_not_written_out(n_values):
    declared = {name: range(n_values) for name in "abcde"}
    drawn = params(declared, None, 200)
    assert len({str(p) for p in drawn}) == 200
    assert all(0 <= value < n_values for p in drawn for value in p.values())


def test_without_n_iter_distributions_are_drawn_without_end():
    expected = list(ParameterSampler(BRANCHES, 300, random_state=4))
    assert identical(params(BRANCHES, None, 300, random_state=4), expected)


@pytest.mark.parametrize("n_iter", [None, 12])
@pytest.mark.parametrize("declared", [LIST_BRANCHES, BRANCHES], ids=["lists", "distributions"])
def test_a_run_can_be_pickled_half_way(declared, n_iter):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        run, space = start(declared, n_iter)
    draw(run, space, 3)
    again = pickle.loads(pickle.dumps(run))
    rest = [p.params for p in draw(run, space, 9)]
    assert rest
    assert rest == [p.params for p in draw(again, space, 9)]


@pytest.mark.parametrize("n_iter", [None, 100])
def test_constraints_choose_among_the_lists(n_iter):
    declared = {"a": list(range(20)), "b": ["x", "y"]}
    drawn = params(declared, n_iter, 100, constraints=lambda p: p["a"] % 4 == 0)
    assert sorted((p["a"], p["b"]) for p in drawn) == [
        (a, b) for a in range(0, 20, 4) for b in ("x", "y")
    ]


@pytest.mark.parametrize("n_iter", [None, 30])
def test_constraints_reject_draws(n_iter):
    drawn = params({"x": stats.uniform(0, 1)}, n_iter, 30, constraints=lambda p: p["x"] < 0.2)
    every = ParameterSampler({"x": stats.uniform(0, 1)}, 1000, random_state=0)
    assert drawn == [p for p in every if p["x"] < 0.2][:30]


@pytest.mark.parametrize(
    "declared",
    [
        LISTS,
        {"x": stats.uniform(0, 1)},
        {"a": ["x", "y"], "b": When([1, 2], a="x")},
        {"x": range(10**7)},
    ],
)
def test_constraints_that_allow_nothing_are_an_error(declared):
    with pytest.raises(ValueError, match=r"constraints allow none of \d+ configurations"):
        params(declared, 5, constraints=lambda p: False)


def test_own_lists_count_as_lists():
    declared = {"a": Categorical(["x", "y", "z"]), "b": Ordinal(np.array([1, 5, 9]))}
    plain = {"a": ["x", "y", "z"], "b": np.array([1, 5, 9])}
    assert params(declared, 9) == list(ParameterSampler(plain, 9, random_state=0))


def test_own_ranges_and_weights_count_as_distributions():
    declared = {"n": Integer(1, 2), "kind": Categorical(["a", "b"], weights=[9, 1])}
    drawn = params(declared, 2000)
    assert {type(p["n"]) for p in drawn} == {int}
    share = np.mean([p["kind"] == "a" for p in drawn])
    # one test at a false-alarm rate of 1e-4: 3.9 standard deviations
    assert abs(share - 0.9) < 3.9 * np.sqrt(0.9 * 0.1 / 2000)


def test_a_series_is_a_list():
    series = pd.Series([0.5, 2.0, 8.0], index=[7, 8, 9])
    drawn = params({"C": series, "k": ["a"]}, 3)
    assert sorted(p["C"] for p in drawn) == [0.5, 2.0, 8.0]


def test_conditions_hold_and_finite_spaces_end():
    declared = {
        "kernel": ["linear", "rbf"],
        "gamma": When([0.1, 1.0], kernel="rbf"),
    }
    drawn = params(declared, 10)
    assert bag(drawn) == bag(
        [{"kernel": "linear"}, {"kernel": "rbf", "gamma": 0.1}, {"kernel": "rbf", "gamma": 1.0}]
    )


def test_conditional_draws_follow_the_prior():
    declared = {
        "kernel": ["linear", "rbf"],
        "C": Real(1, 10),
        "gamma": When(Real(0, 4), kernel="rbf"),
    }
    drawn = [p["gamma"] for p in params(declared, 400) if p["kernel"] == "rbf"]
    # two tests at a false-alarm rate of 1e-4 each
    assert stats.binomtest(len(drawn), 400).pvalue > 1e-4
    assert stats.kstest(drawn, stats.uniform(0, 4).cdf).pvalue > 1e-4


def test_initial_points_are_not_drawn_again_from_lists():
    given_first = [{"a": 2, "b": "y"}, {"a": 3, "b": "x"}]
    run, space = start({"a": [1, 2, 3], "b": ["x", "y"]}, 6)
    wrapped = InitialPoints(run, initial_proposals(space, None, given_first), 6)
    drawn = [p.params for p in draw_pending(wrapped, space, 8)]
    assert drawn[:2] == given_first
    assert len(drawn) == len(set(bag(drawn))) == 6


def test_initial_points_take_the_place_of_the_first_draws():
    declared = {"n": stats.randint(0, 2)}
    run, space = start(declared, 6)
    wrapped = InitialPoints(run, initial_proposals(space, None, [{"n": 0}]), 6)
    drawn = [p.params for p in draw_pending(wrapped, space, 6)]
    assert drawn == [{"n": 0}, *list(ParameterSampler(declared, 6, random_state=0))[1:]]
    lists = {"a": list(range(20)), "b": ["x", "y"]}
    drawn = list(ParameterSampler(lists, 5, random_state=0))
    other = next(p for p in ({"a": a, "b": "x"} for a in range(20)) if p not in drawn)
    run, space = start(lists, 5)
    wrapped = InitialPoints(run, initial_proposals(space, None, [other]), 5)
    assert [p.params for p in draw_pending(wrapped, space, 5)] == [other, *drawn[1:]]


def draw_pending(run, space, n):
    """Proposals, all of which stay in flight."""
    proposals = []
    for trial in range(n):
        rows = [p.point for p in proposals]
        pending = Observations.empty(space.n_columns)
        if rows:
            nan = np.full(trial, np.nan)
            pending = Observations(
                np.arange(trial),
                nan,
                np.ones(trial),
                np.array(["pending"] * trial),
                np.zeros(trial),
                type(rows[0]).concatenate(rows),
            )
        proposal = run.ask(trial, Slot(), pending)
        if proposal is None:
            break
        proposals.append(proposal)
    return proposals
