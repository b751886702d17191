"""Branches of conditional spaces: which there are, and which comes next."""

import json
from pathlib import Path

import numpy as np
import pytest

from skhpo._records import Observations, Points
from skhpo.samplers._tpe_leaves import (
    Leaves,
    are_rivals,
    comparable_losses,
    is_exhausted,
    leaf_order,
    leaf_scores,
    log_improvement,
)
from skhpo.samplers._tpe_split import Trials
from skhpo.space import Integer, Real, When, make_space

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "tpe.json").read_text())
NESTED = {
    "a": ["x", "y", "z"],
    "b": When(["p", "q"], a=["y", "z"]),
    "c": When(Real(0, 1), b="q"),
    "d": When([1, 2, 3, 4], a="x"),
    "e": Real(0, 1),
}


def trials(loss, resource=None, full=1.0):
    n = len(loss)
    status = np.where(np.isnan(loss), "failed", "complete").astype("<U9")
    resource = np.ones(n) if resource is None else np.asarray(resource, dtype=float)
    points = Points(np.full((n, 1), 0.5), np.ones((n, 1), dtype=bool))
    observed = Observations(
        np.arange(n), np.asarray(loss, dtype=float), resource, status, np.zeros(n), points
    )
    return Trials.empty(1).with_(observed, full)


def test_log_improvement_reference():
    z, expected = np.array(REFERENCE["log_improvement"]).T
    np.testing.assert_allclose(log_improvement(z[:-1]), expected[:-1], rtol=1e-12)
    np.testing.assert_allclose(log_improvement(z[-1:]), expected[-1:], rtol=1e-10)
    assert log_improvement(np.array([-1e300]))[0] == log_improvement(np.array([-1e6]))[0]


# --------------------------------------------------------------------- which there are
def test_leaves_of_nested_conditions():
    space = make_space(NESTED)
    leaves = Leaves.of(space, 10)
    assert [space.columns[j].name for j in leaves.columns] == ["a", "b"]
    assert len(leaves) == 5  # x; y and z with p and q
    drawn = space.from_uniform(np.random.default_rng(0).random((200, space.n_columns)))
    number = leaves.number(drawn)
    meant = {}
    for leaf, params in zip(number, space.decode(drawn), strict=True):
        assert meant.setdefault(int(leaf), (params["a"], params.get("b"))) == (
            params["a"],
            params.get("b"),
        )
    assert sorted(meant) == list(range(5))


def test_leaves_of_a_list_of_dicts():
    space = make_space([{"k": ["a"], "x": Real(0, 1)}, {"k": ["b"]}, {"k": ["c"], "y": Real(0, 1)}])
    leaves = Leaves.of(space, 10)
    assert len(leaves) == 3
    assert leaves.number(space.normalize(np.array([[0.9, 0.5, 0.5]]))).tolist() == [2]


def test_conditions_on_ordinal_values():
    space = make_space({"n": [1, 2, 3], "x": When(Real(0, 1), n=[2, 3])})
    assert len(Leaves.of(space, 10)) == 3


@pytest.mark.parametrize(
    "declared",
    [
        {"x": Real(0, 1), "k": ["a", "b"]},
        {"n": Integer(1, 50), "x": When(Real(0, 1), n=[2, 3])},
        NESTED,
    ],
)
def test_no_leaves(declared):
    assert Leaves.of(make_space(declared), 4) is None


# --------------------------------------------------------------------- which comes next
def test_a_leaf_at_its_best_gives_way():
    rng = np.random.default_rng(0)
    saturated = 1.0 + 1e-4 * rng.random(20)
    hopeful = np.array([1.1, 1.3, 1.6, 2.0])
    loss = np.concatenate([saturated, hopeful])
    leaf = np.repeat([0, 1], [20, 4])
    scores = leaf_scores(loss, leaf, 2)
    assert scores[1] > scores[0] + 2


def test_a_leaf_without_hope_is_left():
    loss = np.array([1.0, 1.1, 1.2, 1.3, 9.0, 9.1, 9.2, 9.3])
    scores = leaf_scores(loss, np.repeat([0, 1], 4), 2)
    assert scores[0] > scores[1] + 5


def test_scores_follow_shift_and_scale():
    rng = np.random.default_rng(1)
    loss, leaf = rng.normal(size=30), rng.integers(0, 3, 30)
    moved = leaf_scores(7.0 + 100.0 * loss, leaf, 3)
    np.testing.assert_allclose(moved, leaf_scores(loss, leaf, 3) + np.log(100.0), rtol=1e-9)


def test_failed_and_unknown_leaves():
    loss = np.array([1.0, 1.5, 2.0, 4.0, np.inf, np.inf])
    scores = leaf_scores(loss, np.array([0, 0, 0, 0, 1, 1]), 3)
    assert scores[2] > scores[1]
    assert np.all(np.isfinite(scores))
    assert leaf_scores(np.full(4, np.inf), np.zeros(4, dtype=int), 2).tolist() == [0.0, 0.0]
    assert leaf_scores(np.ones(4), np.zeros(4, dtype=int), 2).tolist() == [0.0, 0.0]


def test_rare_leaves_come_first():
    known = trials([1.0, 5.0, 5.0, 5.0, 5.0])
    leaf, counts = np.array([0, 1, 1, 1, 2]), np.array([2, 3, 1])
    order = leaf_order(known, leaf, counts, 3, np.random.default_rng(0))
    assert order.tolist() == [2, 0, 1]
    free = {
        tuple(leaf_order(known, leaf, counts, 1, np.random.default_rng(seed))) for seed in range(30)
    }
    assert len(free) > 1


@pytest.mark.parametrize(
    "own, expected",
    [
        ([9.0, 7.0], True),  # the best leaf had 6 after two trials and has gained 4 since
        ([8.0, 9.0], True),
        ([8.1, 9.0], False),
        ([8.1], True),  # after one it had 10
        ([9.0, 9.0, 9.0, 6.1], True),
        ([9.0, 9.0, 9.0, 6.1, 9.0], False),  # after five it had 4
        ([9.0, 9.0, 9.0, 6.1, 9.0, 3.1], False),
        ([9.0] * 9 + [2.1], False),  # it has not got as many, and is better
        ([np.inf, np.nan], False),
        ([], True),
    ],
)
def test_rivals_are_hardly_worse_at_as_many_trials(own, expected):
    best = [10.0, 6.0, 7.0, 6.0, 4.0, 2.0]
    loss, leaf = np.array(best + own), np.repeat([1, 0], [6, len(own)])
    assert are_rivals(loss, leaf, 2).tolist() == [expected, False]
    assert are_rivals(1e3 + 7.0 * loss, leaf, 2).tolist() == [expected, False]


def test_a_leaf_that_failed_first_has_rivals():
    loss, leaf = np.array([np.inf, np.inf, 1.0, 5.0, np.inf]), np.array([0, 0, 0, 1, 2])
    assert are_rivals(loss, leaf, 3).tolist() == [False, True, True]


@pytest.mark.parametrize("gap, first", [(0.05, {(0, 2), (2, 0)}), (5.0, {(0, 2)})])
def test_preferred_leaves_come_first_as_if_there_were_no_others(gap, first):
    # beside 30 losses near 0 all others look hopeless, and leaf 2 by far worse than leaf 0
    two = 1.4 + 0.1 * np.arange(3)
    known = trials([*np.linspace(0.1, 0.0, 30), *two, *(two + gap), *(two + 50.0)])
    leaf, counts = np.repeat([1, 0, 2, 3], [30, 3, 3, 3]), np.array([3, 30, 3, 3])
    preferred, rng = np.array([True, False, True, False]), np.random.default_rng(0)
    assert {leaf_order(known, leaf, counts, 3, rng)[0] for _ in range(20)} == {1}
    drawn = [leaf_order(known, leaf, counts, 3, rng, preferred).tolist() for _ in range(20)]
    assert {tuple(order[:2]) for order in drawn} == first
    assert {tuple(sorted(order)) for order in drawn} == {(0, 1, 2, 3)}


@pytest.mark.parametrize("preferred", [False, True])
def test_where_none_or_all_are_preferred_the_order_is_the_usual_one(preferred):
    known, leaf, counts = trials([3.0, 1.0, 9.0, 9.5]), np.array([0, 0, 1, 1]), np.array([2, 2])
    for seed in range(20):
        drawn = [
            leaf_order(known, leaf, counts, 1, np.random.default_rng(seed), which).tolist()
            for which in (None, np.full(2, preferred))
        ]
        assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    "loss, expected",
    [
        ([*range(8, 0, -1), *[5.0] * 12], True),
        ([*range(8, 0, -1), *[5.0] * 11], False),  # too few
        ([*range(8, 0, -1), *[5.0] * 11, 0.9], True),  # a gain, but less than a tenth of 1.9
        ([*range(8, 0, -1), *[5.0] * 11, 0.0], False),
        ([*range(8, 0, -1), 0.0, *[5.0] * 11], False),
        ([*range(8, 0, -1), 0.0, *[5.0] * 12], True),
        ([np.inf] * 8 + [1.0, *[5.0] * 11], False),  # what failed is nothing to gain on
        ([*range(8, 0, -1), *[np.inf] * 12], True),
        ([3.0] * 20, True),
    ],
)
def test_a_leaf_without_gain_is_exhausted(loss, expected):
    loss = np.array(loss, dtype=float)
    assert is_exhausted(loss) == expected
    assert is_exhausted(1e6 + 1e3 * loss) == expected


def test_ranks_stand_for_losses_at_several_resources():
    known = trials([0.1, 0.2, 0.3, np.nan], resource=[1, 9, 3, 9], full=9.0)
    loss = comparable_losses(known)
    assert loss.argsort().tolist() == [1, 2, 0, 3]
    assert np.isinf(loss[3])
    full = trials([0.1, np.nan])
    assert comparable_losses(full).tolist() == [0.1, np.inf]


def test_numbers_of_no_rows():
    leaves = Leaves.of(make_space(NESTED), 10)
    assert leaves.number(Points.empty(5)).shape == (0,)
