"""TPE: start, proposals, branches, ends of spaces, settings, and that it learns."""

import math
import pickle
import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from skhpo._records import Observations, Plan, Points, Slot
from skhpo.samplers import TPESampler
from skhpo.samplers._tpe_blocks import Block
from skhpo.samplers._tpe_split import Trials, split
from skhpo.space import Categorical, Integer, Ordinal, Real, When, make_space
from skhpo.surrogates import Kernels

CUBE = {name: Real(0, 1) for name in "abc"}
PRESETS = {
    "watanabe": {"bandwidth": "watanabe", "branches": "density", "middle": False},
    "optuna": {
        "beta": 0.1,
        "weights": "old-decay",
        "bandwidth": "optuna",
        "branches": "density",
        "n_startup_trials": 10,
        "middle": False,
        "group": False,
    },
    "hyperopt": {
        "gamma": "sqrt",
        "weights": "old-decay",
        "bandwidth": "hyperopt",
        "branches": "density",
        "multivariate": False,
        "n_startup_trials": 20,
        "middle": False,
    },
}


def jobs(space, rows, loss, first=0, resource=1.0):
    """Finished jobs at `rows` (Points), numbered from `first` on."""
    loss = np.atleast_1d(np.asarray(loss, dtype=float))
    status = np.where(np.isnan(loss), "failed", "complete").astype("<U9")
    n = len(loss)
    return Observations(
        np.arange(first, first + n), loss, np.full(n, resource), status, np.zeros(n), rows
    )


class Play:
    """A search of one trial at a time; keeps what was proposed."""

    def __init__(self, declared, n_iter=50, seed=0, constraints=None, **settings):
        self.space = make_space(declared, constraints)
        self.run = TPESampler(**settings).start(
            self.space, np.random.default_rng(seed), Plan(n_iter=n_iter)
        )
        self.nothing = Observations.empty(self.space.n_columns)
        self.params, self.origins, self.losses = [], [], []

    def ask(self, pending=None):
        nothing = self.nothing if pending is None else pending
        return self.run.ask(len(self.params), Slot(), nothing)

    def step(self, objective):
        proposal = self.ask()
        if proposal is None:
            return False
        loss = objective(proposal.params)
        self.run.tell(jobs(self.space, proposal.point, loss, len(self.params)))
        self.params.append(proposal.params)
        self.origins.append(proposal.origin)
        self.losses.append(loss)
        return True

    def steps(self, objective, n):
        for _ in range(n):
            if not self.step(objective):
                break
        return self


def told(declared, n, objective, seed=0, **settings):
    """A play that was told `n` random trials of somebody else, and asked nothing yet."""
    play = Play(declared, n + 50, **settings)
    rows = play.space.from_uniform(np.random.default_rng(seed).random((n, play.space.n_columns)))
    losses = [objective(params) for params in play.space.decode(rows)]
    play.run.tell(jobs(play.space, rows, losses))
    play.params = [None] * n
    return play


# ---------------------------------------------------------------------------- start
@pytest.mark.parametrize(
    "n_iter, expected", [(1, 4), (12, 4), (20, 4), (60, 6), (100, 10), (500, 10), (None, 10)]
)
def test_automatic_startup(n_iter, expected):
    play = Play(CUBE, n_iter).steps(lambda p: p["a"], 12)
    assert play.origins == ["sobol"] * expected + ["tpe"] * (12 - expected)


@pytest.mark.parametrize("middle", [True, False])
def test_the_first_trials_of_branches_are_their_middles(middle):
    play = Play(BRANCHES, 60, middle=middle).steps(branched, 6)
    first = {p["k"]: [v for name, v in p.items() if name != "k"] for p in play.params[::-1]}
    assert len(first) > 1
    assert all((set(values) == {0.5}) == middle for values in first.values())


def test_trials_of_others_count_for_the_start():
    assert told(CUBE, 10, lambda p: p["a"]).ask().origin == "tpe"
    assert told(CUBE, 10, lambda p: p["a"], n_startup_trials=11).ask().origin == "sobol"


def test_no_start_at_all():
    play = Play(CUBE, n_startup_trials=0).steps(lambda p: p["a"], 2)
    assert play.origins == ["sobol", "tpe"]


def test_while_everything_fails_the_prior_is_drawn_from():
    play = Play(CUBE, n_startup_trials=2).steps(lambda p: math.nan, 8)
    assert play.origins == ["sobol"] * 8
    play.step(lambda p: 1.0)
    assert play.ask().origin == "tpe"


def test_earlier_trials_are_learned_from_and_may_be_repeated():
    play = Play({"k": ["a", "b", "c"]}, n_startup_trials=3)
    rows = play.space.normalize(np.array([[0.1], [0.5], [0.9]]))
    play.run.tell(jobs(play.space, rows, [3.0, 1.0, 2.0], first=-3))
    assert play.ask().origin == "tpe"
    assert len(play.steps(lambda p: 1.0, 9).params) == 3


# ------------------------------------------------------------------------ proposals
def test_proposals_gather_where_losses_are_small():
    play = told(CUBE, 40, lambda p: abs(p["a"] - 0.2) + abs(p["b"] - 0.7))
    proposed = [play.ask() for _ in range(40)]
    a, b, _ = np.concatenate([p.point.x for p in proposed]).T
    assert np.median(np.abs(a - 0.2)) < 0.15 and np.median(np.abs(b - 0.7)) < 0.15
    assert len({tuple(p.params.values()) for p in proposed}) == 40


def test_kernels_of_good_trials_shrink_with_the_budget():
    def spread(trial):
        play = told({"x": Real(0, 1)}, 30, lambda p: abs(p["x"] - 0.5))
        return np.std([play.run.ask(trial, Slot(), play.nothing).point.x[0, 0] for _ in range(60)])

    assert spread(78) < 0.75 * spread(0)


def test_pending_points_lower_the_ratio_where_they_are():
    space = make_space({"x": Real(0, 1)})
    rows = space.normalize(np.linspace(0.05, 0.95, 10)[:, None])
    trials = Trials.empty(1).with_(jobs(space, rows, np.abs(rows.x[:, 0] - 0.45)), 1.0)

    def ratio(pending):
        rng = np.random.default_rng(0)
        parts = split(trials, pending, lambda n: 3, "ei", rng)
        block = Block.fit(space, np.array([0]), parts, Kernels(), Kernels())
        return block.log_ratio(block._cells(np.array([[0.45], [0.9]])))

    before, after = ratio(Points.empty(1)), ratio(space.normalize(np.array([[0.45]] * 3)))
    assert after[0] < before[0] - 0.3
    assert after[0] - after[1] < before[0] - before[1]


def test_parallel_proposals_keep_apart():
    play = told({"x": Real(0, 1), "k": ["a", "b"]}, 20, lambda p: abs(p["x"] - 0.5))
    pending = play.nothing
    for trial in range(20, 60):
        proposal = play.run.ask(trial, Slot(), pending)
        in_flight = Points.concatenate([pending.points, proposal.point])
        pending = jobs(play.space, in_flight, np.full(trial - 19, np.nan), first=20)
    x = np.sort(pending.points.x[:, 0])
    assert np.std(x) > 0.1
    assert len({tuple(row) for row in pending.points.x}) == 40


def test_losses_count_by_order_except_for_the_weights():
    def proposals(power):
        play = told(CUBE, 30, lambda p: (1 + p["a"] + p["b"]) ** power, weights="uniform")
        return [play.ask().params for _ in range(5)]

    assert proposals(1) == proposals(9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("preset", PRESETS)
def test_many_trials_of_all_kinds(preset):
    declared = {
        "x": Real(1e-3, 1e3, log=True),
        "n": Integer(1, 10**6, log=True),
        "o": Ordinal(["low", "mid", "high"]),
        "w": stats.binom(20, 0.3),
        "k": Categorical(list("abcdefgh")),
        "y": When(stats.norm(), k=["a", "b"]),
    }
    play = told(
        declared,
        1000,
        lambda p: math.nan if p["k"] == "h" else math.log(p["x"]) ** 2 + p["w"],
        **PRESETS[preset],
    )
    proposals = [play.ask() for _ in range(30)]
    assert {p.origin for p in proposals} == {"tpe"}
    assert not any(p.params["k"] == "h" for p in proposals)
    assert np.median([abs(math.log(p.params["x"])) for p in proposals]) < 3.0


# ------------------------------------------------------------------------- branches
BRANCHES = [
    {"k": ["flat"], "u": Real(0, 1)},
    {"k": ["deep"], "v": Real(0, 1), "w": Real(0, 1)},
    {"k": ["bad"], "u": Real(0, 1)},
]


def branched(params):
    """One branch is good everywhere, another one is better where it is best."""
    if params["k"] == "flat":
        return 0.1 + 0.001 * params["u"]
    if params["k"] == "deep":
        return (params["v"] - 0.3) ** 2 + (params["w"] - 0.8) ** 2
    return 5.0 + params["u"]


def test_every_branch_gets_its_trials_first():
    play = Play(BRANCHES, 60).steps(branched, 30)
    first = [p["k"] for p in play.params[:12]]
    assert min(first.count(k) for k in ("flat", "deep", "bad")) >= 3
    assert [p["k"] for p in play.params].count("bad") <= 8


def test_a_flat_branch_does_not_take_the_budget():
    plays = [Play(BRANCHES, 50, seed) for seed in range(8)]
    best = np.array([min(play.steps(branched, 50).losses) for play in plays])
    assert np.mean(best < 0.05) > 0.7


def test_a_branch_that_constraints_close_is_left():
    play = Play(BRANCHES, 40, constraints=lambda p: p["k"] != "bad").steps(branched, 40)
    assert {p["k"] for p in play.params} == {"flat", "deep"}
    assert play.origins.count("tpe") > 20


def test_shared_parameters_are_learned_across_branches():
    space = [{"k": [name], "x": Real(0, 1)} for name in "abc"]
    play = told(space, 60, lambda p: abs(p["x"] - 0.1) + (p["k"] == "c"))
    x = [play.ask().params["x"] for _ in range(30)]
    assert np.median(x) < 0.3


@pytest.mark.parametrize("settings", [*PRESETS.values(), {}])
def test_unknown_branches_are_drawn_from_the_prior(settings):
    x = np.array([[1 / 6, 0.3, 0.5, 0.5], [1 / 6, 0.6, 0.5, 0.5], [1 / 6, 0.9, 0.5, 0.5]])
    seen = set()
    for seed in range(5):
        play = Play(BRANCHES, 40, seed, **{**settings, "n_startup_trials": 3})
        rows = play.space.normalize(x)
        play.run.tell(jobs(play.space, rows, [1.0, 2.0, 3.0]))
        play.params = [None] * 3
        seen |= {play.ask().params["k"] for _ in range(80)}
    assert seen >= {"bad", "deep"}


# -------------------------------------------------------------------- ends of spaces
@pytest.mark.parametrize("settings", [{}, PRESETS["hyperopt"], {"n_startup_trials": 2}])
def test_a_finite_space_is_gone_through_once(settings):
    declared = [{"k": ["a", "b"], "n": [1, 2, 3, 4]}, {"k": ["c"], "m": [1, 2, 3]}]
    play = Play(declared, 100, **settings).steps(lambda p: p.get("n", 9), 100)
    assert len(play.params) == 11
    assert len({tuple(sorted(p.items())) for p in play.params}) == 11
    assert play.ask() is None


def test_pending_configurations_are_not_proposed_again():
    play = Play({"k": list("abcd")}, n_startup_trials=2).steps(lambda p: ord(p["k"]), 2)
    pending = play.nothing
    rows = []
    for trial in (2, 3):
        proposal = play.run.ask(trial, Slot(), pending)
        rows.append(proposal.point)
        points = Points.concatenate(rows)
        pending = jobs(play.space, points, np.full(len(points), np.nan), first=2)
    assert len({p["k"] for p in [*play.params, *play.space.decode(pending.points)]}) == 4
    assert play.run.ask(4, Slot(), pending) is None


def test_constraints_hold():
    def rule(params):
        return params["a"] + params["b"] < 0.8

    play = Play(CUBE, 40, constraints=rule).steps(lambda p: -p["a"] - p["b"], 40)
    assert all(map(rule, play.params))
    assert play.origins.count("tpe") >= 30


# ------------------------------------------------------------------- without a signal
@pytest.mark.parametrize("settings", [{}, PRESETS["watanabe"]])
def test_equal_losses_are_random_search(settings):
    # 3 tests at 1e-3 each; the seed is fixed
    play = Play(CUBE, 200, seed=5, **settings).steps(lambda p: 1.0, 120)
    x = np.array([list(p.values()) for p in play.params])
    assert len({tuple(row) for row in x}) == 120
    assert min(stats.kstest(column[:30], "uniform").pvalue for column in x.T) > 1e-3


# -------------------------------------------------------------------------- resources
def test_higher_resources_are_looked_at_first():
    space = make_space({"x": Real(0, 1)})
    run = TPESampler(n_startup_trials=5, beta=0.25).start(
        space, np.random.default_rng(0), Plan(n_iter=50, max_resource=9.0)
    )
    x = np.concatenate([np.full(15, 0.2), np.full(5, 0.8)]) + np.linspace(0, 0.1, 20)
    rows = space.normalize(x[:, None])
    run.tell(jobs(space, rows[:15], np.linspace(0.0, 0.1, 15), resource=3.0))
    run.tell(jobs(space, rows[15:], np.linspace(5.0, 6.0, 5), first=15, resource=9.0))
    proposed = [run.ask(20, Slot(), Observations.empty(1)).point.x[0, 0] for _ in range(30)]
    assert np.median(proposed) > 0.6


@pytest.mark.parametrize(
    "min_share, status, origin",
    [(0.3, "complete", "sobol"), (0.1, "complete", "tpe"), (0.3, "pruned", "sobol")],
)
def test_trials_with_little_of_the_resource_teach_nothing(min_share, status, origin):
    space = make_space({"x": Real(0, 1)})
    run = TPESampler(n_startup_trials=5, min_share=min_share).start(
        space, np.random.default_rng(0), Plan(n_iter=50, max_resource=9.0)
    )
    rows = space.normalize(np.linspace(0.1, 0.9, 10)[:, None])
    told = jobs(space, rows, np.linspace(0.0, 1.0, 10), resource=1.0)
    run.tell(replace(told, status=np.full(10, status)))
    assert run.ask(20, Slot(), Observations.empty(1)).origin == origin


def test_failures_with_little_of_the_resource_are_bad_all_the_same():
    space = make_space({"x": Real(0, 1)})
    run = TPESampler(n_startup_trials=5).start(
        space, np.random.default_rng(0), Plan(n_iter=50, max_resource=9.0)
    )
    low, high = np.linspace(0.0, 0.5, 10), np.linspace(0.5, 1.0, 5)
    run.tell(jobs(space, space.normalize(low[:, None]), np.full(10, np.nan), resource=1.0))
    rows = space.normalize(high[:, None])
    run.tell(jobs(space, rows, np.linspace(0.0, 0.1, 5), first=10, resource=9.0))
    proposed = [run.ask(20, Slot(), Observations.empty(1)).point.x[0, 0] for _ in range(30)]
    assert np.min(proposed) > 0.4


def test_a_promoted_trial_is_no_liar_of_its_own():
    space = make_space({"x": Real(0, 1)})
    run = TPESampler(n_startup_trials=4).start(
        space, np.random.default_rng(0), Plan(n_iter=50, max_resource=9.0)
    )
    rows = space.normalize(np.array([[0.5]]))
    run.tell(jobs(space, rows, np.array([0.0]), resource=1.0))
    pending = replace(
        jobs(space, rows, np.array([np.nan]), resource=9.0), status=np.array(["pending"])
    )
    seen = []
    run._propose = lambda trial, points, taken: seen.append(len(points))
    run.tell(jobs(space, space.normalize(np.linspace(0, 1, 5)[:, None]), np.arange(5.0), 1, 9.0))
    run.ask(20, Slot(), pending)
    run.ask(20, Slot(), replace(pending, trial=np.array([7])))
    assert seen == [0, 1]


# ---------------------------------------------------------------------------- settings
@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"gamma": "log"}, ValueError, r"gamma of TPESampler.*'linear', 'sqrt'.*'log'"),
        ({"gamma": 0.1}, TypeError, "gamma of TPESampler"),
        ({"beta": 0}, ValueError, "beta of TPESampler"),
        ({"weights": "none"}, ValueError, "weights of TPESampler"),
        ({"bandwidth": 0.1}, TypeError, "bandwidth of TPESampler"),
        ({"categorical_kernel": "x"}, ValueError, "categorical_kernel of TPESampler"),
        ({"n_startup_trials": -1}, ValueError, "n_startup_trials of TPESampler"),
        ({"n_startup_trials": "many"}, ValueError, "n_startup_trials of TPESampler .* 'auto'"),
        ({"middle": 1}, TypeError, "middle of TPESampler"),
        ({"n_candidates": 0}, ValueError, "n_candidates of TPESampler"),
        ({"multivariate": 1}, TypeError, "multivariate of TPESampler"),
        ({"group": None}, TypeError, "group of TPESampler"),
        ({"prior_weight": 0}, ValueError, "prior_weight of TPESampler"),
        ({"min_share": 1.5}, ValueError, "min_share of TPESampler"),
        ({"branches": "all"}, ValueError, "branches of TPESampler"),
    ],
)
def test_bad_settings(settings, error, message):
    space = make_space(CUBE)
    with pytest.raises(error, match=message):
        TPESampler(**settings).start(space, np.random.default_rng(0), Plan())


def test_a_function_may_say_how_many_are_good():
    asked = []

    def gamma(n):
        asked.append(n)
        return 3

    Play(CUBE, gamma=gamma, n_startup_trials=5).steps(lambda p: p["a"], 7)
    assert asked == [5, 6]


@pytest.mark.parametrize("preset", PRESETS)
def test_pickled_half_way_it_goes_on_alike(preset):
    play = Play([{"x": Real(0, 1), "k": ["a", "b"]}, {"n": Integer(1, 9)}], **PRESETS[preset])
    play.steps(lambda p: sum(v for v in p.values() if not isinstance(v, str)), 25)
    copy = pickle.loads(pickle.dumps(play.run))
    for trial in range(25, 30):
        a = play.run.ask(trial, Slot(), play.nothing)
        b = copy.ask(trial, Slot(), play.nothing)
        assert a.params == b.params and np.array_equal(a.point.x, b.point.x)


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


FUNCTIONS = {
    "branin": (branin, {"x": Real(-5, 10), "y": Real(0, 15)}, 50),
    "mixed": (
        mixed,
        {
            "x": Real(-2, 2),
            "y": Real(-2, 2),
            "lr": Real(1e-5, 1, log=True),
            "k": Integer(1, 20),
            "m": Integer(1, 100, log=True),
            "c": list("abcd"),
        },
        80,
    ),
}


@pytest.mark.parametrize(
    "name, preset", [("branin", None), *(("mixed", p) for p in [None, *PRESETS])]
)
def test_it_beats_random_search(name, preset):
    # one-sided Mann-Whitney test, 16 runs against 40; a false alarm in 1000
    function, declared, n_iter = FUNCTIONS[name]
    settings = PRESETS.get(preset, {})
    ours = [
        min(Play(declared, n_iter, seed, **settings).steps(function, n_iter).losses)
        for seed in range(16)
    ]
    space = make_space(declared)
    rng = np.random.default_rng(0)
    random = []
    for _ in range(40):
        drawn = space.decode(space.from_uniform(rng.random((n_iter, space.n_columns))))
        random.append(min(map(function, drawn)))
    assert stats.mannwhitneyu(ours, random, alternative="less").pvalue < 1e-3


def test_nothing_is_warned_of_in_a_long_search():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Play(BRANCHES, 120).steps(branched, 120)
