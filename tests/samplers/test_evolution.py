"""The light-weight strategies: constants, success rules, populations, late results, settings."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skhpo._records import Observations, Plan, Slot
from skhpo.samplers import EvolutionSampler
from skhpo.samplers._evolution_de import DifferentialEvolution, Trial
from skhpo.samplers._evolution_es import Child, OnePlusOne
from skhpo.space import Integer, Real, make_space

KINDS = ("gaussian-es", "1+1", "de", "jade")


def parent(n=2, adapt=True):
    strategy = OnePlusOne(np.zeros(n, dtype=bool), 0.2, adapt)
    strategy.tell(strategy.foreign(np.full(n, 0.5)), 1.0, np.random.default_rng())
    return strategy


# -------------------------------------------------------------------------- (1+1)
@pytest.mark.parametrize("n, c_cov", [(2, 0.2), (5, 0.0645161), (10, 0.0188679)])
def test_learning_rate_of_the_covariance(n, c_cov):
    assert_allclose(parent(n).c_cov, c_cov, atol=6e-8)


def test_one_success_and_one_failure():
    strategy, rng = parent(), np.random.default_rng()
    y = np.array([1.0, -2.0])
    strategy.tell(Child(np.array([0.6, 0.4]), y), 0.5, rng)
    p = 11 / 12 * 2 / 11 + 1 / 12
    assert_allclose(strategy.p, p)
    assert_allclose(strategy.sigma, 0.2 * math.exp((p - 2 / 11) / (9 / 11 * 2)))
    pc = math.sqrt(0.5 * 1.5) * y
    assert_allclose(strategy.C, 0.8 * np.eye(2) + 0.2 * np.outer(pc, pc))
    assert_allclose(strategy.parent, [0.6, 0.4])
    C, sigma = strategy.C.copy(), strategy.sigma
    strategy.tell(Child(np.array([0.9, 0.9]), y), 0.7, rng)
    assert_allclose(strategy.p, 11 / 12 * p)
    assert_allclose(strategy.sigma, sigma * math.exp((11 / 12 * p - 2 / 11) / (9 / 11 * 2)))
    assert_allclose(strategy.C, C)
    assert_allclose(strategy.parent, [0.6, 0.4])


def test_many_successes_let_the_path_fade():
    strategy, rng = parent(), np.random.default_rng()
    strategy.p = 0.9
    strategy.tell(Child(np.array([0.6, 0.4]), np.ones(2)), 0.5, rng)
    assert_allclose(strategy.C, (0.8 + 0.2 * 0.5 * 1.5) * np.eye(2))


def test_without_a_covariance_steps_stay_round():
    strategy = parent(adapt=False)
    strategy.tell(Child(np.array([0.6, 0.4]), np.ones(2)), 0.5, np.random.default_rng())
    assert_allclose(strategy.C, np.eye(2))


def test_points_of_others_change_the_parent_only():
    strategy, rng = parent(), np.random.default_rng()
    strategy.tell(strategy.foreign(np.array([0.1, 0.2])), 0.5, rng)
    assert_allclose(strategy.parent, [0.1, 0.2])
    assert strategy.sigma == 0.2
    strategy.tell(strategy.foreign(np.array([0.3, 0.3])), math.inf, rng)
    assert_allclose(strategy.parent, [0.1, 0.2])


def test_a_parent_that_nothing_improves_gives_way():
    strategy, rng = parent(), np.random.default_rng(0)
    for _ in range(1000):
        strategy.tell(strategy.ask(rng), 2.0, rng)
        if strategy.parent is None:
            break
    assert strategy.parent is None
    strategy.tell(strategy.ask(rng), 3.0, rng)
    assert strategy.loss == 3.0


# ---------------------------------------------------------------------------- DE
def filled(popsize=6, d=3, adapt=False):
    strategy, rng = DifferentialEvolution(d, popsize, adapt), np.random.default_rng(0)
    for i in range(popsize):
        strategy.tell(strategy.foreign(rng.random(d)), float(i), rng)
    return strategy, rng


@pytest.mark.parametrize("adapt", [False, True])
def test_trials_lie_in_the_cube_and_differ_from_their_slot(adapt):
    strategy, rng = filled(adapt=adapt)
    for i in range(100):
        trial = strategy.ask(rng)
        assert trial.slot == i % 6
        assert np.all((trial.x >= 0) & (trial.x <= 1))
        assert np.any(trial.x != strategy.x[trial.slot])


def test_a_late_result_meets_what_is_in_its_slot_by_then():
    strategy, rng = filled()
    strategy.tell(Trial(np.zeros(3), 5), 0.5, rng)
    strategy.tell(Trial(np.ones(3), 5), 0.7, rng)
    assert_allclose(strategy.x[5], 0)
    strategy.tell(Trial(np.ones(3), 5), 0.5, rng)
    assert_allclose(strategy.x[5], 1)


def test_others_take_the_place_of_the_worst():
    strategy, rng = filled()
    strategy.tell(strategy.foreign(np.zeros(3)), 4.5, rng)
    assert strategy.losses == [0, 1, 2, 3, 4, 4.5]
    strategy.tell(strategy.foreign(np.zeros(3)), math.inf, rng)
    assert strategy.losses == [0, 1, 2, 3, 4, 4.5]


def test_parameters_follow_the_successes():
    strategy, rng = filled(adapt=True)
    for slot, f, cr in ((1, 0.4, 0.2), (2, 0.8, 0.4)):
        strategy.tell(Trial(np.zeros(3), slot, f, cr), -1.0, rng)
    for slot in (0, 3, 4, 5):
        strategy.tell(Trial(np.zeros(3), slot, 1.0, 1.0), 9.0, rng)
    assert_allclose(strategy.mu_F, 0.9 * 0.5 + 0.1 * (0.16 + 0.64) / 1.2)
    assert_allclose(strategy.mu_CR, 0.9 * 0.5 + 0.1 * 0.3)
    assert len(strategy._archive) == 2


# ----------------------------------------------------------------------- sampler
def play(kind, declared, objective, n, seed=0, n_iter=None, **settings):
    space = make_space(declared)
    spec = EvolutionSampler(kind, **settings)
    run = spec.start(space, np.random.default_rng(seed), Plan(n_iter=n_iter or n))
    nothing, proposals, losses, one = Observations.empty(space.n_columns), [], [], np.ones(1)
    for trial in range(n):
        proposal = run.ask(trial, Slot(), nothing)
        if proposal is None:
            break
        loss = objective(proposal.params)
        status = np.array(["failed" if math.isnan(loss) else "complete"])
        number = np.array([trial])
        run.tell(Observations(number, np.array([loss]), one, status, one, proposal.point))
        proposals.append(proposal)
        losses.append(loss)
    return proposals, losses


CUBE = {name: Real(0, 1) for name in "abc"}


def bowl(params):
    return sum((value - 0.3) ** 2 for value in params.values())


@pytest.mark.parametrize(
    "kind, best", [("gaussian-es", 1e-4), ("1+1", 1e-4), ("de", 1e-2), ("jade", 1e-2)]
)
def test_it_finds_the_bottom_of_a_bowl(kind, best):
    for seed in range(2):
        assert min(play(kind, CUBE, bowl, 200, seed)[1]) < best


@pytest.mark.parametrize("kind", KINDS)
def test_mixed_spaces_are_searched(kind):
    declared = {"x": Real(-1, 1), "k": Integer(1, 20), "c": list("abcd")}

    def loss(p):
        return p["x"] ** 2 + ((p["k"] - 7) / 10) ** 2 + (p["c"] != "b")

    assert min(play(kind, declared, loss, 200)[1]) < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_failures_do_no_harm(kind):
    losses = play(kind, CUBE, lambda p: math.nan if p["a"] > 0.4 else bowl(p), 150)[1]
    assert np.nanmin(losses) < 0.02


def test_first_trials_fill_the_population():
    origins = [p.origin for p in play("de", CUBE, bowl, 30, n_iter=120)[0]]
    assert origins == ["sobol"] * 15 + ["evolution"] * 15
    origins = [p.origin for p in play("jade", CUBE, bowl, 30)[0]]
    assert origins == ["sobol"] * 5 + ["evolution"] * 25
    origins = [p.origin for p in play("1+1", CUBE, bowl, 30)[0]]
    assert origins == ["sobol"] * 4 + ["evolution"] * 26


@pytest.mark.parametrize(
    "kind, settings, error, match",
    [
        ("hill", {}, ValueError, "strategy of EvolutionSampler"),
        (1, {}, TypeError, "strategy"),
        ("de", {"popsize": 3}, ValueError, "popsize"),
        ("1+1", {"sigma0": 0.0}, ValueError, "sigma0"),
        ("1+1", {"sigma0": "auto"}, TypeError, "sigma0"),
    ],
)
def test_wrong_settings(kind, settings, error, match):
    with pytest.raises(error, match=match):
        play(kind, CUBE, bowl, 1, **settings)


def test_steps_of_an_earlier_search_are_taken_up():
    def function(x):
        return float(np.sum((x - 0.3) ** 2))

    rng = np.random.default_rng(0)
    is_category = np.zeros(4, dtype=bool)
    one, other = OnePlusOne(is_category, 0.2, True), OnePlusOne(is_category, 0.2, True)
    points = [np.full(4, 0.9)]
    one.tell(one.foreign(points[0]), function(points[0]), rng)
    for _ in range(40):
        child = one.ask(rng)
        points.append(child.x)
        one.tell(child, function(child.x), rng)
    for x in points:
        other.tell(other.replayed(x), function(x), rng)
    assert np.array_equal(other.parent, one.parent)
    assert abs(np.log(one.sigma / 0.2)) > 0.5
    assert abs(np.log(other.sigma / one.sigma)) < 0.35
    fresh = OnePlusOne(is_category, 0.2, True)
    fresh.tell(fresh.replayed(points[0]), 1.0, rng)
    fresh.tell(fresh.replayed(np.zeros(4)), 2.0, rng)  # too far to be a step
    assert fresh.sigma == 0.2
