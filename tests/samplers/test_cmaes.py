"""CMA-ES on search spaces: margins, categories, late results, branches, settings."""

import heapq
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from skhpo._records import Observations, Plan, Points, Slot
from skhpo.samplers import CMAESSampler
from skhpo.samplers._cma_categories import Categories
from skhpo.samplers._cma_drafts import Drafts
from skhpo.samplers._cma_engine import Engine
from skhpo.samplers._cma_margin import Margin, margin_alpha
from skhpo.samplers._cma_members import Domain, First, Settings
from skhpo.samplers._cma_parameters import make_parameters, tied
from skhpo.samplers._cma_space import Branch, GridCells
from skhpo.samplers._cma_state import CMA
from skhpo.space import Integer, Real, make_space


# ---------------------------------------------------------------------- margin
def unit_cells(low, high):
    def cells(x):
        k = np.clip(np.round(x), low, high)
        return np.where(k <= low, -np.inf, k - 0.5), np.where(k >= high, np.inf, k + 0.5)

    return cells


def test_margin():
    cma = CMA(np.array([5.1, 0.5]), 0.2, make_parameters(2, 6))
    rows = [(5.05, 0.5), (5.2, 0.4), (4.9, 0.6), (5.1, 0.55), (5.0, 0.3), (5.3, 0.7)]
    margin = Margin(np.array([0]), unit_cells(0, 10), 1 / 12)
    cma.update(np.array(rows), np.arange(6.0))
    margin.correct(cma)
    assert_allclose(cma.mean, [5.0, 0.4793816914], atol=6e-11, rtol=0)
    assert_allclose(cma.sigma, 0.15304788127, atol=6e-12, rtol=0)
    assert_allclose(margin.A, [2.0537318108], atol=6e-11, rtol=0)
    sd = margin.A[0] * cma.deviations[0]
    assert_allclose(ndtr((4.5 - cma.mean[0]) / sd), 0.0416666667, atol=6e-11, rtol=0)
    assert_allclose(ndtr((cma.mean[0] - 5.5) / sd), 0.0416666667, atol=6e-11, rtol=0)


@pytest.mark.parametrize(
    "n_integer, n_categorical, alpha", [(1, 0, 0.27), (2, 1, 0.0995886654), (3, 2, 0.0610022059)]
)
def test_margin_of_mixed_spaces(n_integer, n_categorical, alpha):
    assert_allclose(margin_alpha(n_integer, n_categorical), alpha, atol=6e-11, rtol=0)


@pytest.mark.parametrize("seed", range(5))
def test_every_integer_can_be_left(seed):
    rng = np.random.default_rng(seed)
    alpha, cells = 0.05, unit_cells(0, 3)
    cma = CMA(rng.uniform(0, 3, 2), 0.3, make_parameters(2, 6))
    margin = Margin(np.arange(2), cells, alpha)
    for _ in range(100):
        v = np.array([margin.enlarge(cma.sample(rng), cma.mean) for _ in range(6)])
        assert_allclose(margin.enlarge(margin.shrink(v, cma.mean)[0], cma.mean), v[0])
        cma.update(margin.shrink(v, cma.mean), np.round(v).sum(axis=1))
        margin.correct(cma)
        low, high = cells(cma.mean)
        sd = margin.A * cma.deviations
        below, above = ndtr((low - cma.mean) / sd), ndtr((cma.mean - high) / sd)
        at_the_end = np.isinf(low) | np.isinf(high)
        assert np.all(np.where(np.isinf(low), 1.0, below) >= 0.499 * alpha)
        assert np.all(np.where(np.isinf(high), 1.0, above) >= 0.499 * alpha)
        assert np.all((below + above)[at_the_end] >= 0.999 * alpha)


def test_cells_of_a_space_end_at_infinity():
    space = make_space({"n": Integer(1, 100, log=True), "k": Integer(0, 4)})
    low, high = GridCells(space.columns)(np.array([-0.3, 1.7]))
    assert_allclose(low, [-np.inf, math.log(199) / math.log(201)])
    assert_allclose(high, [0.2, np.inf])


# ------------------------------------------------------------------ categories
def test_categories_follow_the_good_points():
    rng = np.random.default_rng(0)
    categories = Categories((3, 5, 2), margin_alpha(0, 3))
    w = tied(np.maximum(make_parameters(3, 7).weights, 0), np.arange(7.0))
    for _ in range(60):
        chosen = np.array([categories.sample(rng) for _ in range(7)])
        losses = np.sum(chosen != [2, 4, 0], axis=1)
        categories.update(chosen[np.argsort(losses, kind="stable")], w)
        assert_allclose(np.sum(categories.q, axis=1), 1)
    assert categories.q.argmax(axis=1).tolist() == [2, 4, 0]
    least = margin_alpha(0, 3) / np.array([2, 4, 1])
    for q, k, low in zip(categories.q, (3, 5, 2), least, strict=True):
        assert np.all(q[:k] >= low * (1 - 1e-9))
        assert np.all(q[k:] == 0)


def test_categories_are_drawn_by_their_probabilities():
    q = np.array([[0.7, 0.2, 0.1], [0.4, 0.6, 0.0]])
    categories = Categories((3, 2), 0.01, q)
    rng = np.random.default_rng(0)
    drawn = np.array([categories.sample(rng) for _ in range(4000)])
    for j in range(2):
        assert_allclose(np.bincount(drawn[:, j], minlength=3) / 4000, q[j], atol=0.03)


# ---------------------------------------------------------------- late results
def sphere(x):
    return float(np.sum(x**2))


def workers(function, n, seed, n_workers=8, target=1e-9):
    """Trials until the target is met, and the share of results that entered a generation."""
    rng = np.random.default_rng(seed)
    domain = Domain(n, np.empty(0, dtype=int), lambda x: (x, x))
    settings = Settings(max(domain.popsize, n_workers), 0.1, None, 1e-14)
    engine = Engine(domain, settings, First(np.full(n, 0.8), 0.1))
    flying = []
    now, n_done = 0.0, 0

    def submit():
        wait = rng.exponential() if n_workers > 1 else 1.0
        heapq.heappush(flying, (now + wait, rng.random(), engine.ask(rng)))

    for _ in range(n_workers):
        submit()
    while n_done < 20_000:
        now, _, member = heapq.heappop(flying)
        loss = function(10 * engine.units([member])[0] - 5)
        n_done += 1
        engine.tell(member, loss, rng)
        if loss < target:
            break
        submit()
    return n_done, engine.popsize * engine.generation / n_done


def ellipsoid(x):
    return float(np.sum(10.0 ** (6 * np.arange(len(x)) / (len(x) - 1)) * x**2))


def rosenbrock(x):
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


@pytest.mark.parametrize(
    "function, n_seeds",
    [
        (sphere, 3),
        pytest.param(sphere, 11, marks=pytest.mark.slow),
        pytest.param(ellipsoid, 11, marks=pytest.mark.slow),
        pytest.param(rosenbrock, 11, marks=pytest.mark.slow),
    ],
)
def test_no_result_is_lost_with_eight_workers(function, n_seeds):
    alone = [workers(function, 5, seed, 1)[0] for seed in range(n_seeds)]
    together = [workers(function, 5, seed) for seed in range(n_seeds)]
    assert np.median([n for n, _ in together]) <= 1.5 * np.median(alone)
    assert min(share for _, share in together) > 0.95


def test_results_of_others_are_half_of_a_generation_at_most():
    domain = Domain(2, np.empty(0, dtype=int), lambda x: (x, x))
    engine = Engine(domain, Settings(6, 0.2, None, 1e-12), First(np.full(2, 0.5), 0.2))
    rng = np.random.default_rng(0)
    for i in range(20):
        engine.tell(engine.foreign(rng.random(2), np.empty(0, dtype=int)), float(i), rng)
    assert engine.generation == 0
    for i in range(18):
        engine.tell(engine.ask(rng), float(i), rng)
    assert engine.generation == 6


def test_a_foreign_point_is_where_the_distribution_is():
    domain = Domain(2, np.empty(0, dtype=int), lambda x: (x, x))
    engine = Engine(domain, Settings(6, 0.2, None, 1e-12), First(np.array([2.0, -0.4]), 0.2))
    u = np.array([0.15, 0.3])
    member = engine.foreign(u, np.empty(0, dtype=int))
    assert_allclose(engine.units([member])[0], u)
    assert np.all(np.abs(member.v - engine.cma.mean) <= 0.55)


# --------------------------------------------------------------------- sampler
CUBE = {name: Real(0, 1) for name in "abc"}


class Play:
    """A search of one trial at a time; keeps what was proposed."""

    def __init__(self, declared, n_iter=60, seed=0, constraints=None, concurrency=1, **settings):
        self.space = make_space(declared, constraints)
        plan = Plan(n_iter, concurrency)
        self.run = CMAESSampler(**settings).start(self.space, np.random.default_rng(seed), plan)
        self.params, self.origins, self.losses = [], [], []

    def tell(self, trial, point, loss):
        status = np.array(["failed" if math.isnan(loss) else "complete"], dtype="<U9")
        one = np.ones(1)
        self.run.tell(Observations(np.array([trial]), np.array([loss]), one, status, one, point))

    def steps(self, objective, n):
        nothing = Observations.empty(self.space.n_columns)
        for _ in range(n):
            proposal = self.run.ask(len(self.params), Slot(), nothing)
            if proposal is None:
                break
            loss = objective(proposal.params)
            self.tell(len(self.params), proposal.point, loss)
            self.params.append(proposal.params)
            self.origins.append(proposal.origin)
            self.losses.append(loss)
        return self


def bowl(params):
    return sum((value - 0.3) ** 2 for value in params.values())


@pytest.mark.parametrize(
    "n_iter, x0, expected",
    [(5, None, 2), (10, None, 3), (12, None, 4), (50, None, 10), (500, None, 16), (500, 0.5, 0)],
)
def test_first_trials(n_iter, x0, expected):
    x0 = None if x0 is None else dict.fromkeys("abc", x0)
    play = Play(CUBE, n_iter, x0=x0).steps(bowl, 20)
    assert play.origins == ["sobol"] * expected + ["cmaes"] * (20 - expected)


def test_a_tpe_may_come_first():
    play = Play(CUBE, 100, startup="tpe", n_startup_trials=15).steps(bowl, 16)
    assert play.origins == ["sobol"] * 10 + ["tpe"] * 5 + ["cmaes"]


@pytest.mark.parametrize("startup", ["sobol", "tpe"])
def test_it_finds_the_bottom_of_a_bowl(startup):
    best = [min(Play(CUBE, 100, seed, startup=startup).steps(bowl, 100).losses) for seed in (1, 2)]
    assert max(best) < 1e-3


def test_it_starts_where_it_is_told():
    x0 = {"a": 0.2, "b": 0.7, "c": 0.5}
    play = Play(CUBE, x0=x0, sigma0=1e-6).steps(bowl, 4)
    for params in play.params:
        assert_allclose(list(params.values()), list(x0.values()), atol=1e-4)


def test_categories_and_integers_are_learnt():
    declared = {"x": Real(-1, 1), "k": Integer(1, 50), "c": list("abcdef"), "b": [True, False]}

    def loss(p):
        return p["x"] ** 2 + ((p["k"] - 33) / 20) ** 2 + (p["c"] != "e") + 0.5 * p["b"]

    for seed in range(3):
        play = Play(declared, 250, seed).steps(loss, 250)
        assert min(play.losses) < 1e-3
        assert play.params[int(np.argmin(play.losses))]["k"] == 33


def test_each_branch_has_its_own_distribution():
    space = [
        {"kind": ["one"], "a": Real(0, 1)},
        {"kind": ["two"], "b": Real(0, 1), "c": Real(0, 1)},
    ]

    def loss(p):
        return (p["b"] - 0.8) ** 2 + (p["c"] - 0.1) ** 2 if p["kind"] == "two" else 0.2 + p["a"]

    play = Play(space, 80).steps(loss, 80)
    assert min(play.losses) < 1e-3
    counts = [sum(p["kind"] == kind for p in play.params) for kind in ("one", "two")]
    assert counts[1] > counts[0] >= 4


def test_failures_are_avoided():
    def loss(p):
        return math.nan if p["a"] > 0.4 else bowl(p)

    play = Play(CUBE, 80).steps(loss, 80)
    assert sum(math.isnan(value) for value in play.losses[40:]) < 15
    assert np.nanmin(play.losses) < 0.02


def test_constraints_hold():
    play = Play(CUBE, 60, constraints=[lambda p: bool(p["a"] + p["b"] > 0.9)]).steps(bowl, 60)
    assert all(p["a"] + p["b"] > 0.9 for p in play.params)
    assert min(play.losses) < 0.07


def test_what_is_known_costs_no_trial():
    declared = {"k": Integer(0, 9), "m": Integer(0, 9), "c": list("abc")}
    play = Play(declared, None).steps(lambda p: p["k"] + p["m"] + (p["c"] == "a"), 400)
    assert len(play.params) == 300
    assert len({tuple(p.values()) for p in play.params}) == 300
    best = play.losses.index(0)
    assert best < 60


def test_workers_get_larger_populations():
    play = Play(CUBE, 500, concurrency=20, n_startup_trials=0).steps(bowl, 1)
    assert play.run._engine(0).popsize == 20
    assert Play(CUBE, 500, n_startup_trials=0).steps(bowl, 1).run._engine(0).popsize == 7
    assert Play(CUBE, 60, n_startup_trials=0).steps(bowl, 1).run._engine(0).popsize == 5


def test_it_restarts():
    play = Play({"x": Real(0, 1)}, None, tol_x=1e-4).steps(lambda p: (p["x"] - 0.3) ** 2, 300)
    assert play.run._engine(0).run >= 2
    one = Play({"x": Real(0, 1)}, None, tol_x=1e-4, restarts="none")
    assert one.steps(lambda p: (p["x"] - 0.3) ** 2, 300).run._engine(0).run == 0


def test_learning_rates_shrink_under_noise():
    rng = np.random.default_rng(0)
    play = Play(CUBE, None, adapt_learning_rate=True, n_startup_trials=0)
    play.steps(lambda p: rng.normal(), 300)
    assert max(play.run._engine(0)._rates.eta) < 0.5


def test_earlier_trials_show_where_to_start():
    play = Play(CUBE, 100, n_startup_trials=8)
    rng = np.random.default_rng(0)
    x = rng.random((40, 3))
    for i, row in enumerate(x):
        loss = float(np.sum((row - 0.3) ** 2))
        play.tell(-1 - i, play.space.normalize(row[None]), loss)
    play.steps(bowl, 10)
    assert play.origins == ["cmaes"] * 10
    assert np.median(play.losses) < 0.1


def test_other_data_show_where_to_start():
    def play_after(shift):
        play = Play(CUBE | {"c": [True, False]}, 100)
        if shift is not None:
            rows = play.space.from_uniform(np.random.default_rng(0).random((60, 3)))
            loss = [
                (p["a"] - 0.8 - shift) ** 2 + (p["b"] - 0.1) ** 2 + p["c"]
                for p in play.space.decode(rows)
            ]
            one, status = np.ones(60), np.full(60, "complete")
            earlier = Observations(-1 - np.arange(60), np.array(loss), one, status, one, rows)
            play.run.transfer(earlier)
        return play.steps(lambda p: (p["a"] - 0.8) ** 2 + (p["b"] - 0.1) ** 2 + p["c"], 30)

    alone, helped = play_after(None), play_after(0.05)
    assert helped.origins[:6] == ["sobol"] * 5 + ["cmaes"]
    assert alone.origins[:17] == ["sobol"] * 16 + ["cmaes"]
    assert np.median(helped.losses[5:16]) < 0.5 * np.median(alone.losses[5:16])


def test_it_goes_on_from_a_pickle_in_the_middle_of_a_generation():
    a = Play(CUBE, 60).steps(bowl, 30)
    b = pickle.loads(pickle.dumps(a))
    assert a.steps(bowl, 20).params == b.steps(bowl, 20).params


def test_less_resource_ranks_behind_more():
    play = Play(CUBE, 60, n_startup_trials=0)
    engine = play.steps(bowl, 1).run._engine(0)
    nothing = Observations.empty(3)
    proposal = play.run.ask(1, Slot(), nothing)
    one = np.ones(1)
    play.run.tell(
        Observations(
            np.array([1]), np.array([-9.0]), 0.3 * one, np.array(["complete"]), one, proposal.point
        )
    )
    assert engine.best.loss == play.losses[0]
    assert isinstance(proposal.point, Points)


@pytest.mark.parametrize(
    "settings, error, match",
    [
        ({"popsize": 3}, ValueError, "popsize of CMAESSampler must be at least 4"),
        ({"popsize": 5.0}, TypeError, "popsize"),
        ({"popsize": "many"}, ValueError, "must be an integer or 'auto', got 'many'"),
        ({"sigma0": "wide"}, ValueError, "must be a number or 'auto', got 'wide'"),
        ({"sigma0": 0}, ValueError, "sigma0"),
        ({"sigma0": 2.0}, ValueError, "sigma0"),
        ({"restarts": "never"}, ValueError, "restarts"),
        ({"restarts": None}, TypeError, "restarts"),
        ({"x0": {"a": 3}}, ValueError, "x0 of CMAESSampler must lie in the space"),
        ({"x0": [0, 0, 0]}, TypeError, "x0"),
        ({"n_startup_trials": -1}, ValueError, "n_startup_trials"),
        ({"startup": "grid"}, ValueError, "startup"),
        ({"adapt_learning_rate": 1}, TypeError, "adapt_learning_rate"),
        ({"tol_x": -1.0}, ValueError, "tol_x"),
    ],
)
def test_wrong_settings(settings, error, match):
    with pytest.raises(error, match=match):
        Play(CUBE, **settings)


def test_points_drawn_in_advance_are_of_the_present_generation():
    space = make_space({"x": Real(0, 1), "y": Real(0, 1)})
    branch, rng = Branch(space, range(2), {}), np.random.default_rng(0)
    engine = Engine(branch.domain, Settings(6, 0.2, None, 0.0), First(np.full(2, 0.5), 0.2))
    drafts = Drafts(space, branch, engine)
    assert drafts.next(rng).member.generation == 0
    for i in range(6):
        engine.tell(engine.ask(rng), float(i), rng)
    drafted = [drafts.next(rng) for _ in range(20)]
    assert {draft.member.generation for draft in drafted} == {1}
    assert len({draft.key for draft in drafted}) == 20


def test_points_outside_are_drawn_again_unless_the_mean_is_there():
    domain, rng = Domain(2, np.empty(0, dtype=int), lambda x: (x, x)), np.random.default_rng(0)
    for mean, sigma, share in ((0.9, 0.2, 0.99), (1.0, 0.2, 0.9), (1.2, 0.01, 0.0)):
        first = First(np.full(2, mean), sigma)
        engine = Engine(domain, Settings(6, sigma, None, 0.0), first)
        members = [engine.ask(rng) for _ in range(1000)]
        v, u = np.array([member.v for member in members]), engine.units(members)
        inside = np.all((v >= 0) & (v <= 1), axis=1)
        assert np.mean(inside) >= share
        assert share > 0 or not inside.any()
        assert np.all((u >= 0) & (u <= 1))
        assert np.all(np.any(u[~inside] != v[~inside], axis=1))
