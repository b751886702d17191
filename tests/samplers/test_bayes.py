"""Bayesian search: start, proposals, failures, pending trials, ends of spaces, settings."""

import math
import pickle
import warnings

import numpy as np
import pytest
from scipy import stats

from skhpo._records import Observations, Plan, Points, Slot
from skhpo.acquisition import ACQUISITIONS
from skhpo.samplers import SURROGATES, BayesSampler
from skhpo.samplers._bayes_search import BayesSearch
from skhpo.space import Categorical, Integer, Real, When, make_space
from skhpo.surrogates import PRIORS, TRANSFORMS

CUBE = {name: Real(0, 1) for name in "ab"}
QUICK = {"n_candidates": 64, "n_starts": 2}
BRANCHES = [
    {"k": ["flat"], "u": Real(0, 1)},
    {"k": ["deep"], "v": Real(0, 1), "w": Real(0, 1)},
    {"k": ["bad"], "u": Real(0, 1)},
]


def jobs(rows, loss, first=0, resource=1.0, seconds=1.0):
    """Finished jobs at `rows` (Points), numbered from `first` on."""
    n = len(rows)
    loss = np.broadcast_to(np.asarray(loss, dtype=float), n).copy()
    status = np.where(np.isnan(loss), "failed", "complete").astype("<U9")
    seconds = np.broadcast_to(np.asarray(seconds, dtype=float), n).copy()
    return Observations(
        np.arange(first, first + n), loss, np.full(n, resource), status, seconds, rows
    )


class Play:
    """A search of one trial at a time; keeps what was proposed."""

    def __init__(self, declared, n_iter=50, seed=0, constraints=None, **settings):
        self.space = make_space(declared, constraints)
        rng = np.random.default_rng(seed)
        self.run = BayesSampler(**settings).start(self.space, rng, Plan(n_iter=n_iter))
        self.nothing = Observations.empty(self.space.n_columns)
        self.n_told = 0
        self.params, self.origins, self.losses = [], [], []

    def ask(self, pending=None, ahead=0):
        nothing = self.nothing if pending is None else pending
        return self.run.ask(self.n_told + ahead, Slot(), nothing)

    def tell(self, rows, loss, seconds=1.0):
        self.run.tell(jobs(rows, loss, self.n_told, seconds=seconds))
        self.n_told += len(rows)

    def step(self, objective, seconds=None):
        proposal = self.ask()
        if proposal is None:
            return False
        loss = objective(proposal.params)
        self.tell(proposal.point, loss, 1.0 if seconds is None else seconds(proposal.params))
        self.params.append(proposal.params)
        self.origins.append(proposal.origin)
        self.losses.append(loss)
        return True

    def steps(self, objective, n, seconds=None):
        for _ in range(n):
            if not self.step(objective, seconds):
                break
        return self

    def told(self, n, objective, seed=0, seconds=1.0):
        """Tell of `n` random trials of somebody else."""
        rng = np.random.default_rng(seed)
        rows = self.space.from_uniform(rng.random((n, self.space.n_columns)))
        self.tell(rows, [objective(params) for params in self.space.decode(rows)], seconds)
        return self


def bowl(p):
    return (p["a"] - 0.3) ** 2 + (p["b"] - 0.7) ** 2


# ---------------------------------------------------------------------------- start
@pytest.mark.parametrize(
    "n_iter, gp, forest",
    [(1, 2, 2), (9, 2, 2), (15, 3, 3), (20, 4, 4), (35, 4, 7), (500, 4, 8), (None, 4, 8)],
)
@pytest.mark.parametrize("surrogate", ["gp", "forest"])
def test_automatic_startup(n_iter, gp, forest, surrogate):
    expected = {"gp": gp, "forest": forest}[surrogate]
    play = Play(CUBE, n_iter, surrogate=surrogate, **QUICK).steps(bowl, 12)
    assert play.origins[:expected] == ["sobol"] * expected and surrogate in play.origins[expected:]
    assert play.origins[expected] == surrogate or surrogate == "forest"  # some of its are random


@pytest.mark.parametrize(
    "space, plan",
    [(BRANCHES, Plan(n_iter=6)), (CUBE, Plan(n_iter=6, min_resource=1, max_resource=9))],
)
def test_branches_and_rungs_have_four_startup_trials_at_least(space, plan):
    space = make_space(space)
    run = BayesSampler(**QUICK).start(space, np.random.default_rng(0), plan)
    origins, one = [], np.ones(1)
    for trial in range(5):
        slot = Slot(0, 0, plan.max_resource)
        proposal = run.ask(trial, slot, Observations.empty(space.n_columns))
        status, loss = np.array(["complete"]), np.array([float(trial)])
        resource = np.array([plan.max_resource])
        told = Observations(np.array([trial]), loss, resource, status, one, proposal.point)
        run.tell(told)
        origins.append(proposal.origin)
    assert origins == ["sobol"] * 4 + ["gp"]


@pytest.mark.parametrize("n_startup_trials, expected", [(1, 2), (3, 3), (9, 9)])
def test_given_startup(n_startup_trials, expected):
    # two losses that differ are needed in any case
    play = Play(CUBE, n_startup_trials=n_startup_trials, **QUICK).steps(bowl, 10)
    assert play.origins == ["sobol"] * expected + ["gp"] * (10 - expected)


def test_trials_of_others_count_for_the_start():
    assert Play(CUBE, **QUICK).told(8, bowl).ask().origin == "gp"
    assert Play(CUBE, n_startup_trials=9, **QUICK).told(8, bowl).ask().origin == "sobol"


def test_while_everything_fails_the_prior_is_drawn_from():
    play = Play(CUBE, n_startup_trials=2, **QUICK).steps(lambda p: math.nan, 6)
    assert play.origins == ["sobol"] * 6
    play.steps(bowl, 2)
    assert play.ask().origin == "gp"


# ------------------------------------------------------------------------- restarts
def test_a_search_that_is_sure_begins_anew_beside_itself():
    play = Play(CUBE, 60, **QUICK).steps(bowl, 60)
    again = play.origins.index("sobol", 4)
    assert again < 36  # 0.6 of the budget
    anew = [i for i in range(again, 51) if i % 3]  # all others know every trial
    assert [play.origins[i] for i in anew].count("sobol") >= 3
    assert set(play.origins[4:again]) == {"gp"} == set(play.origins[51:])
    assert {play.origins[i] for i in range(again + 1, 51) if i % 3 == 0} == {"gp"}
    learnt = play.run._anew._trials.number
    assert again <= learnt[0] < 36 and learnt.tolist() == list(range(learnt[0], 60))
    assert play.run._anew._progress(learnt[0]) == 0.0 and play.run._anew._progress(60) == 1.0


@pytest.mark.parametrize(
    "settings", [{"restarts": False}, {"acquisition": "lcb"}, {"acquisition": "thompson"}]
)
def test_without_restarts_only_the_model_proposes(settings):
    play = Play(CUBE, 60, **settings, **QUICK).steps(bowl, 40)
    assert set(play.origins[4:]) == {"gp"}


def test_a_forest_draws_now_and_then():
    play = Play(CUBE, 150, surrogate="forest", **QUICK).steps(bowl, 56)
    assert set(play.origins[8:]) == {"forest", "sobol"}
    assert 1 <= play.origins[8:].count("sobol") <= 11  # of 48, one in twelve: binomial, 1e-3


# --------------------------------------------------------------- pending, taken, forbidden
@pytest.mark.parametrize("acquisition", [*ACQUISITIONS, "thompson"])
@pytest.mark.parametrize("n", [4, 20])
def test_parallel_proposals_keep_apart(acquisition, n):
    play = Play(CUBE, acquisition=acquisition, **QUICK).told(12, bowl)
    rows = play.nothing.points
    for ahead in range(n):
        proposal = play.ask(jobs(rows, math.nan, first=play.n_told), ahead)
        rows = Points.concatenate([rows, proposal.point])
    distances = np.abs(rows.x[:, None] - rows.x).max(axis=2)[np.triu_indices(n, 1)]
    assert distances.min() > 1e-9
    if n == 4 and acquisition in ("log-ei", "pi"):
        assert distances.min() > 0.005


def test_pending_results_move_the_next_proposal():
    def proposal(pending):
        play = Play(CUBE).told(12, bowl)
        rows = play.space.normalize(np.array(pending).reshape(-1, 2))
        return play.ask(jobs(rows, math.nan, first=12)).point.x

    alone = proposal([])
    assert np.abs(proposal(alone) - alone).max() > 0.01
    assert np.abs(proposal([[0.99, 0.01]]) - alone).max() < 0.1


def test_pending_trials_that_were_told_as_well_count_once():
    play = Play(CUBE, **QUICK).told(12, bowl)
    copy = pickle.loads(pickle.dumps(play))
    rows = copy.run._first._trials.points[np.arange(12)]
    assert copy.ask(jobs(rows, math.nan)).params == play.ask().params


def test_constraints_hold():
    def rule(params):
        return params["a"] + params["b"] < 0.8

    play = Play(CUBE, 40, constraints=rule, **QUICK)
    play.steps(lambda p: -p["a"] - p["b"], 40)
    assert all(map(rule, play.params))
    assert play.origins.count("gp") >= 15
    assert min(play.losses) < -0.75


@pytest.mark.parametrize(
    "settings", [{}, {"branches": "joint"}, {"surrogate": "forest"}, {"acquisition": "thompson"}]
)
def test_a_finite_space_is_gone_through_once(settings):
    declared = [{"k": ["a", "b"], "n": [1, 2, 3, 4]}, {"k": ["c"], "m": [1, 2, 3]}]
    play = Play(declared, 100, **QUICK, **settings).steps(lambda p: p.get("n", 9), 100)
    assert len(play.params) == 11
    assert len({tuple(sorted(p.items())) for p in play.params}) == 11
    assert play.ask() is None


def test_pending_configurations_are_not_proposed_again():
    play = Play({"k": list("abcd")}, n_startup_trials=2).steps(lambda p: ord(p["k"]), 2)
    rows = play.nothing.points
    for ahead in range(2):
        proposal = play.ask(jobs(rows, math.nan, first=2), ahead)
        rows = Points.concatenate([rows, proposal.point])
    assert len({p["k"] for p in [*play.params, *play.space.decode(rows)]}) == 4
    assert play.ask(jobs(rows, math.nan, first=2), 2) is None


def test_duplicates_in_what_others_tried_are_harmless():
    play = Play(CUBE, **QUICK)
    rows = play.space.normalize(np.tile([[0.2, 0.4], [0.6, 0.6]], (10, 1)))
    play.tell(rows, np.tile([1.0, 2.0], 10) + np.arange(20) * 1e-3)
    params = play.ask().params
    assert params not in play.space.decode(rows) and play.run.ask(20, Slot(), play.nothing)


EIGHT = [{"k": [i], f"x{i}": Real(0, 1)} for i in range(8)]


@pytest.mark.parametrize("middle", [True, False])
def test_the_first_trial_of_a_branch_is_its_middle(middle):
    # the start has room for four of them
    play = Play(EIGHT, 60, middle=middle, belief=0.0, **QUICK).steps(lambda p: sum(p.values()), 20)
    first = {p["k"]: p[f"x{p['k']}"] for p in reversed(play.params)}
    assert sorted(first) == list(range(8))
    assert np.count_nonzero(np.array(list(first.values())) == 0.5) == (8 if middle else 0)


def test_branches_whose_middle_is_forbidden_are_tried_elsewhere():
    def below(params):
        return params[f"x{params['k']}"] < 0.4

    play = Play(EIGHT, 60, constraints=below, **QUICK).steps(lambda p: sum(p.values()), 20)
    assert {p["k"] for p in play.params} == set(range(8)) and all(map(below, play.params))
    assert play.origins.count("gp") >= 12


@pytest.mark.parametrize("way", ["failed", "pending"])
def test_a_branch_whose_middle_failed_or_flies_is_tried_elsewhere(way):
    play = Play(EIGHT[:2], 40, **QUICK)
    rows = [play.space.encode({"k": 0, "x0": x}) for x in (0.1, 0.3, 0.5, 0.6)]
    play.tell(Points.concatenate(rows), [0.1, 0.2, 0.3, 0.4])
    middle, pending = play.space.encode({"k": 1, "x1": 0.5}), None
    if way == "failed":
        play.tell(middle, math.nan)
    else:
        pending = jobs(middle, math.nan, 90)
    params = play.ask(pending).params
    assert params["k"] == 1 and params["x1"] != 0.5


def test_proposals_are_drawn_to_the_middle_less_and_less():
    def spread(belief, n):
        play = Play({name: Real(0, 1) for name in "abcd"}, 200, belief=belief, region=None, **QUICK)
        play.told(n, lambda p: 0.1 * sum(math.sin(30 * value) for value in p.values()))
        return np.mean([np.abs(play.ask(ahead=i).point.x - 0.5).mean() for i in range(6)])

    assert spread(5.0, 6) < spread(0.0, 6) - 0.1
    assert spread(5.0, 150) > spread(5.0, 6) + 0.05


def test_a_best_value_at_the_end_of_its_range_is_found():
    play = Play(CUBE, 40, **QUICK).steps(lambda p: (p["a"] - 1.0) ** 2 + p["b"] ** 2, 40)
    assert min(play.losses) < 1e-3


# ------------------------------------------------------------------ failures and ties
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_a_few_failures_are_the_worst_loss(surrogate):
    play = Play(CUBE, 60, surrogate=surrogate, **QUICK).told(30, bowl)
    play.tell(play.space.normalize(np.array([[0.3, 0.7], [0.3, 0.7]])), [math.nan, math.inf])
    proposal = play.ask()
    assert proposal.origin == surrogate
    assert np.isfinite(proposal.point.x).all()


@pytest.mark.parametrize("acquisition", ["log-ei", "lcb"])
def test_many_failures_are_kept_away_from(acquisition, monkeypatch):
    # losses fall towards where trials fail; failures next to its edge are fair
    def half(params):
        return math.nan if params["a"] < 0.5 else params["a"] + (params["b"] - 0.7) ** 2

    def proposed():
        settings = {"acquisition": acquisition, "region": None, "belief": 0.0, **QUICK}
        play = Play(CUBE, 60, **settings).told(24, half).steps(half, 12)
        return [p["a"] for p in play.params]

    assert np.median(proposed()) > 0.4
    monkeypatch.setattr(BayesSearch, "_success", lambda search: None)
    assert max(proposed()) < 0.4


def test_equal_losses_are_drawn_from_the_prior():
    play = Play({name: Real(0, 1) for name in "xyz"}, 60, seed=5).steps(lambda p: 1.0, 60)
    x = np.array([list(p.values()) for p in play.params])
    assert set(play.origins) == {"sobol"} and len({tuple(row) for row in x}) == 60
    assert min(stats.kstest(column, "uniform").pvalue for column in x.T) > 1e-3


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("transform", ["auto", *TRANSFORMS])
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_losses_of_any_size(transform, surrogate):
    for scale, shift in [(1e-12, 0.0), (1e12, -1e12), (1.0, 1e6)]:
        settings = {"transform": transform, "surrogate": surrogate, **QUICK}
        play = Play(CUBE, **settings).told(12, lambda p, s=scale, m=shift: m + s * bowl(p))
        assert np.isfinite(play.ask().point.x).all()


# ------------------------------------------------------------------------- branches
def branched(params):
    """One branch is good everywhere, another one is better where it is best."""
    if params["k"] == "flat":
        return 0.1 + 0.001 * params["u"]
    if params["k"] == "deep":
        return (params["v"] - 0.3) ** 2 + (params["w"] - 0.8) ** 2
    return 5.0 + params["u"]


@pytest.mark.parametrize("branches", ["improvement", "joint"])
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_the_deep_branch_is_found(branches, surrogate):
    settings = {"branches": branches, "surrogate": surrogate, **QUICK}
    best = [min(Play(BRANCHES, 40, s, **settings).steps(branched, 40).losses) for s in range(9)]
    assert np.median(best) < 0.05


def test_every_branch_gets_its_trials_first():
    play = Play(BRANCHES, 60, **QUICK).steps(branched, 30)
    first = [p["k"] for p in play.params[:7]]
    assert min(first.count(k) for k in ("flat", "deep", "bad")) >= 2
    assert [p["k"] for p in play.params].count("bad") <= 8


@pytest.mark.parametrize(
    "deep, last, expected",
    [
        (2.0, 1.0, True),
        (2.0, -1.0, False),  # the last trials have gained
        (5.0, 1.0, False),  # no rival: at four trials "flat" had 2 to 3, and has gained 2 since
    ],
)
def test_where_a_branch_is_exhausted_its_rivals_have_a_turn(deep, last, expected):
    play = Play(BRANCHES[:2], 90, restarts=False, **QUICK)

    def tell(branch, losses):
        uniform = np.random.default_rng(play.n_told).random((len(losses), play.space.n_columns))
        uniform[:, 0] = 0.25 if branch == "flat" else 0.75
        rows = play.space.from_uniform(uniform)
        assert {params["k"] for params in play.space.decode(rows)} == {branch}
        play.tell(rows, losses)

    fall = np.linspace(1.0, 0.0, 12)
    tell("flat", 2.0 + fall)
    tell("deep", np.full(4, deep))
    tell("flat", fall)
    tell("flat", fall + last)
    elsewhere = [play.ask(ahead=i).params["k"] == "deep" for i in range(8)]
    assert elsewhere == [False, expected] * 4


def test_a_branch_that_constraints_close_is_left():
    play = Play(BRANCHES, 40, constraints=lambda p: p["k"] != "bad", **QUICK).steps(branched, 40)
    assert {p["k"] for p in play.params} == {"flat", "deep"}
    assert play.origins.count("gp") > 10


def test_nested_conditions():
    declared = {
        "k": Categorical(["p", "q"]),
        "m": When(["r", "s"], k=["p"]),
        "x": When(Real(0, 1), m=["r"]),
        "n": Integer(1, 9),
    }

    def loss(p):
        return p["n"] / 9 + abs(p.get("x", 2.0) - 0.4)

    play = Play(declared, 40, **QUICK).steps(loss, 40)
    assert min(play.losses) < 0.2
    assert len({tuple(sorted(p.items())) for p in play.params}) == 40


# ---------------------------------------------------------------------------- settings
def distance_from_the_best(region, loss, n_told=20, ahead=0, **settings):
    """How far the next proposals are from the best trial, at most."""
    play = Play({name: Real(0, 1) for name in "abcde"}, 100, region=region, **QUICK, **settings)
    play.told(n_told, loss)
    trials = play.run._first._trials
    best = trials.points.x[np.argmin(trials.loss)]
    proposed = [play.ask(ahead=ahead + i).point.x for i in range(4)]
    return np.abs(np.concatenate(proposed) - best).max()


def total(params):
    return sum(params.values())


@pytest.mark.parametrize("region", [0.1, 0.3])
def test_region_bounds_the_distance_from_the_best_trial(region):
    assert distance_from_the_best(None, total) > 0.3
    assert distance_from_the_best(region, total) <= region + 1e-12
    late = distance_from_the_best(region, total, ahead=75)
    assert late <= region * 0.15**0.95 + 1e-12  # it shrinks


def test_where_losses_are_rough_the_best_trial_is_not_trusted():
    def rough(params):
        return total(params) + 0.5 * math.sin(1e4 * total(params))

    assert distance_from_the_best(0.1, total, 40) <= 0.1 + 1e-12
    assert distance_from_the_best(0.1, rough, 40) > 0.3
    assert distance_from_the_best(0.1, rough, 40, noise=False) <= 0.1 + 1e-12  # as it is told


def test_cheap_points_are_preferred():
    def flat(p):
        return 0.01 * math.sin(20 * p["b"])

    def mean_cost(cost_aware):
        play = Play(CUBE, 200, cost_aware=cost_aware, region=None, belief=0.0, **QUICK)
        play.told(16, flat, seconds=1.0)
        rows = play.space.from_uniform(np.random.default_rng(1).random((16, 2)))
        play.tell(rows, [flat(p) for p in play.space.decode(rows)], np.exp(6 * rows.x[:, 0]))
        play.steps(flat, 10, lambda p: math.exp(6 * p["a"]))
        return np.mean([p["a"] for p in play.params])

    assert mean_cost(True) < mean_cost(False) - 0.1


@pytest.mark.parametrize("seconds", [0.0, math.nan, 1.0])
def test_costs_that_say_nothing(seconds):
    play = Play(CUBE, cost_aware=True, **QUICK).told(12, bowl, seconds=seconds)
    assert np.isfinite(play.ask().point.x).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "settings",
    [
        *({"acquisition": name} for name in [*ACQUISITIONS, "thompson"]),
        *({"prior": name} for name in PRIORS),
        {"noise": False},
        {"warp": True},
        {"region": None},
        {"surrogate": "forest"},
        {"transform": "none"},
    ],
)
def test_every_setting_learns(settings):
    play = Play(CUBE, 30, seed=1, **QUICK, **settings).steps(bowl, 30)
    assert min(play.losses) < (5e-2 if settings.get("surrogate") else 5e-3)


WRONG = [
    ({"surrogate": "tree"}, ValueError, "'forest', 'gp'.*'tree'"),
    ({"acquisition": "ei"}, ValueError, "'lcb', 'log-ei', 'pi', 'thompson'.*'ei'"),
    ({"transform": "log"}, ValueError, "'auto'.*'log'"),
    ({"prior": "flat"}, ValueError, "'auto'.*'flat'"),
    ({"noise": 1}, TypeError, "1"),
    ({"warp": None}, TypeError, "None"),
    ({"restarts": "yes"}, TypeError, "'yes'"),
    ({"middle": 1}, TypeError, "True or False, got 1"),
    ({"belief": -1.0}, ValueError, "at least 0.0"),
    ({"n_startup_trials": 0}, ValueError, "0"),
    ({"n_startup_trials": "many"}, ValueError, "'auto'.*'many'"),
    ({"region": 0.0}, ValueError, "0.0"),
    ({"region": 2.0}, ValueError, "2.0"),
    ({"region": "all"}, TypeError, "'all'"),
    ({"branches": "density"}, ValueError, "'improvement', 'joint'.*'density'"),
    ({"cost_aware": "yes"}, TypeError, "'yes'"),
    ({"n_candidates": 0}, ValueError, "0"),
    ({"n_starts": 0}, ValueError, "0"),
    ({"min_share": 1.5}, ValueError, "1.5"),
]


@pytest.mark.parametrize("settings, error, message", WRONG)
def test_bad_settings(settings, error, message):
    name = next(iter(settings))
    with pytest.raises(error, match=f"{name} of BayesSampler.*{message}"):
        BayesSampler(**settings).start(make_space(CUBE), np.random.default_rng(0), Plan())


def test_a_forest_has_one_acquisition():
    sampler = BayesSampler(surrogate="forest", acquisition="lcb")
    with pytest.raises(ValueError, match="acquisition='lcb' of BayesSampler needs surrogate='gp'"):
        sampler.start(make_space(CUBE), np.random.default_rng(0), Plan())


# ---------------------------------------------------------------------- repeatability
@pytest.mark.parametrize(
    "settings",
    [{}, {"acquisition": "thompson"}, {"surrogate": "forest"}, {"cost_aware": True, "warp": True}],
)
def test_pickled_between_any_two_calls_it_goes_on_alike(settings):
    declared = [{"x": Real(0, 1), "k": ["a", "b"]}, {"n": Integer(1, 99)}]

    def loss(p):
        return (p.get("x", 0.5) - 0.3) ** 2 + p.get("n", 9) / 99

    plain = Play(declared, 26, **QUICK, **settings).steps(loss, 26)
    pickled = Play(declared, 26, **QUICK, **settings)
    for _ in range(26):
        pickled.run = pickle.loads(pickle.dumps(pickled.run))
        proposal = pickled.ask()
        pickled.run = pickle.loads(pickle.dumps(pickled.run))
        pickled.tell(proposal.point, loss(proposal.params))
        pickled.params.append(proposal.params)
    assert pickled.params == plain.params
    other = Play(declared, 26, seed=1, **QUICK, **settings).steps(loss, 26)
    assert other.params != plain.params


# ------------------------------------------------------------------------- it learns
def branin(p):
    x, y = p["x"], p["y"]
    bend = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def mixed(p):
    off = {"a": 0.5, "b": 0.0, "c": 1.0, "d": 2.0}[p["c"]]
    return (
        (p["x"] - 0.3) ** 2
        + (p["y"] + 0.4) ** 2
        + (math.log10(p["lr"]) + 2) ** 2 / 2
        + ((p["k"] - 7) / 6) ** 2
        + (math.log(p["m"] / 3) / 1.5) ** 2
        + off * (1 + 0.3 * (p["x"] - 0.3) ** 2)
    )


MIXED = {
    "x": Real(-2, 2),
    "y": Real(-2, 2),
    "lr": Real(1e-5, 1, log=True),
    "k": Integer(1, 20),
    "m": Integer(1, 100, log=True),
    "c": list("abcd"),
}


def test_branin():
    # the minimum is 0.397887; random search ends at 1.1
    declared = {"x": Real(-5, 10), "y": Real(0, 15)}
    best = [min(Play(declared, 50, seed).steps(branin, 50).losses) for seed in range(3)]
    assert np.median(best) <= 0.39796


def test_mixed():
    # the minimum is 0; random search ends at 1.5
    best = [min(Play(MIXED, 80, seed).steps(mixed, 80).losses) for seed in range(2)]
    assert max(best) <= 1e-3


@pytest.mark.parametrize("settings", [{}, {"acquisition": "thompson"}, {"surrogate": "forest"}])
def test_many_trials_stay_finite(settings):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        play = Play(MIXED, 600, **QUICK, **settings)
        play.told(410, lambda p: math.nan if p["c"] == "d" else mixed(p))
        play.steps(mixed, 2)
    assert np.isfinite([list(p.values())[:5] for p in play.params]).all()
    assert np.median(play.losses) < 3.0
