"""Sobol search: evenness, continuation, priors, duplicates."""

import pickle

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from skhpo._records import Observations, Plan, Slot
from skhpo.samplers import SobolSampler, _quasi_random
from skhpo.space import Categorical, Integer, Real, When, make_space

CUBE = {name: Real(0, 1) for name in "abc"}


def start(declared, n_iter=None, seed=0, scramble=True, constraints=None):
    space = make_space(declared, constraints)
    spec = SobolSampler(scramble=scramble)
    return spec.start(space, np.random.default_rng(seed), Plan(n_iter=n_iter)), space


def draw(run, space, n):
    nothing = Observations.empty(space.n_columns)
    drawn = []
    for trial in range(n):
        proposal = run.ask(trial, Slot(), nothing)
        if proposal is None:
            break
        drawn.append(proposal)
    return drawn


def rows(declared, n, n_iter=None, **arguments):
    proposals = draw(*start(declared, n_iter, **arguments), n)
    return np.concatenate([proposal.point.x for proposal in proposals])


@pytest.mark.parametrize("scramble", [True, False])
@pytest.mark.parametrize("n_iter", [None, 64])
def test_every_interval_is_hit_once(n_iter, scramble):
    x = rows(CUBE, 64, n_iter, scramble=scramble)
    for column in x.T:
        assert sorted((column * 64).astype(int)) == list(range(64))


def test_points_are_more_even_than_random_ones():
    x = rows(CUBE, 128, seed=3)
    random = np.random.default_rng(3).uniform(size=(128, 3))
    assert qmc.discrepancy(x) < 0.25 * qmc.discrepancy(random)


@pytest.mark.parametrize("n_iter", [1, 5, 16, 100])
def test_the_sequence_is_continued_not_restarted(n_iter):
    assert np.array_equal(rows(CUBE, 130, n_iter), rows(CUBE, 130, None))


def test_without_scrambling_it_is_scipy_s_sequence_whatever_the_seed():
    expected = qmc.Sobol(3, scramble=False).random(32)
    assert np.array_equal(rows(CUBE, 32, scramble=False, seed=1), expected)
    assert np.array_equal(rows(CUBE, 32, scramble=False, seed=2), expected)


def test_scrambling_follows_the_seed():
    assert np.array_equal(rows(CUBE, 8, seed=1), rows(CUBE, 8, seed=1))
    assert not np.array_equal(rows(CUBE, 8, seed=1), rows(CUBE, 8, seed=2))


def test_more_columns_than_the_sequence_has_are_latin_hypercubes(monkeypatch):
    monkeypatch.setattr(_quasi_random, "MAX_DIMENSION", 2)
    x = rows(CUBE, 20, n_iter=10)
    assert not np.array_equal(x[:10], x[10:])
    for block in (x[:10], x[10:]):
        for column in block.T:
            assert sorted((column * 10).astype(int)) == list(range(10))


def test_priors_are_followed():
    declared = {"kind": Categorical(["a", "b"], weights=[3, 1]), "x": stats.expon()}
    drawn = [p.params for p in draw(*start(declared, 256), 256)]
    assert sum(p["kind"] == "a" for p in drawn) == 192
    below = [p["x"] < np.log(2) for p in drawn]
    assert sum(below) == 128


def test_repeated_configurations_are_skipped_until_none_is_left():
    run, space = start({"n": Integer(1, 5), "kind": ["a", "b", "c"]}, n_iter=40)
    drawn = [tuple(p.params.values()) for p in draw(run, space, 40)]
    assert sorted(drawn) == [(n, kind) for n in range(1, 6) for kind in "abc"]
    assert run.ask(40, Slot(), Observations.empty(2)) is None


def test_conditions_hold():
    declared = {"kernel": ["linear", "rbf"], "gamma": When(Real(1, 2), kernel="rbf")}
    run, space = start(declared)
    drawn = [p.params for p in draw(run, space, 9)]
    assert sum(p == {"kernel": "linear"} for p in drawn) == 1
    assert all(1 <= p["gamma"] <= 2 for p in drawn if p["kernel"] == "rbf")


def test_constraints_hold():
    run, space = start(CUBE, 50, constraints=lambda p: p["a"] + p["b"] < 0.5)
    drawn = [p.params for p in draw(run, space, 50)]
    assert len(drawn) == 50
    assert all(p["a"] + p["b"] < 0.5 for p in drawn)
    run, space = start(CUBE, 50, constraints=lambda p: False)
    with pytest.raises(ValueError, match="constraints allow none of 10000 configurations"):
        draw(run, space, 1)


@pytest.mark.parametrize("n_iter", [None, 20])
def test_a_run_can_be_pickled_half_way(n_iter):
    run, space = start(CUBE, n_iter)
    draw(run, space, 5)
    again = pickle.loads(pickle.dumps(run))
    rest = [p.params for p in draw(run, space, 70)]
    assert rest == [p.params for p in draw(again, space, 70)]


def test_scramble_must_be_a_bool():
    with pytest.raises(TypeError, match="scramble of SobolSampler must be True or False, got 1"):
        start(CUBE, scramble=1)
