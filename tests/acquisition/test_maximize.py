"""The search for the maximum: known functions on every kind of space, and what it promises."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhpo._records import Points
from skhpo.acquisition import Effort, Region, maximize
from skhpo.space import Categorical, Integer, Ordinal, Real, When, make_space
from skhpo.testing import spaces

from ..space.strategies import spaces as drawn_spaces

SPACES = spaces()
LITTLE = Effort(32, 2, 2)


class Watched:
    """A criterion from a function of rows; keeps all points that it is asked about."""

    def __init__(self, f, smooth=True):
        self.f = f
        self.smooth = smooth
        self.asked = []

    def __call__(self, points):
        self.asked.append(Points(points.x.copy(), points.active.copy()))
        return self.f(points.x, points.active)

    def gradient(self, points):
        assert self.smooth
        value = float(self(points)[0])
        h = 1e-6 * np.eye(points.x.shape[1])
        ends = [
            self.f(points.x + sign * h, np.repeat(points.active, len(h), 0)) for sign in (1, -1)
        ]
        return value, (ends[0] - ends[1]) / 2e-6


def run(f, space, seed=0, good=None, smooth=True, **options):
    criterion = Watched(f, smooth)
    if good is None:
        good = Points.empty(space.n_columns)
    ranked = maximize(criterion, space, good, np.random.default_rng(seed), **options)
    return ranked, criterion


def best_of(f, space, **options):
    """The value of the first point, and its parameters."""
    ranked, criterion = run(f, space, **options)
    return float(criterion(ranked[0])[0]), space.decode(ranked[0])[0]


def category(x, m):
    return np.minimum((x * m).astype(int), m - 1)


def cube(d):
    return make_space({f"x{j}": Real(0, 1) for j in range(d)})


# ---------------------------------------------------------------------------- numbers
@pytest.mark.parametrize("d", [1, 2, 10])
def test_quadratic(d):
    target = np.random.default_rng(d).random(d)
    value, _ = best_of(lambda x, active: -np.sum((x - target) ** 2, axis=1), cube(d))
    assert value > -1e-4


def test_scales_help_a_narrow_ridge():
    target, length = np.array([0.37, 0.61]), np.array([2.0, 0.05])

    def f(x, active):
        return -np.sum(np.abs((x - target) / length) ** 2.5, axis=1)

    calls = []
    for scale in (length, None):
        ranked, criterion = run(f, cube(2), scale=scale)
        calls.append(len(criterion.asked))
        assert criterion(ranked[0])[0] > -1e-3
    assert calls[0] < 0.8 * calls[1]


def test_corner():
    value, params = best_of(lambda x, active: x[:, 0] - x[:, 1], cube(2))
    assert value == 1.0
    assert params == {"x0": 1.0, "x1": 0.0}


def branin(x, active):
    u, v = 15.0 * x[:, 0] - 5.0, 15.0 * x[:, 1]
    valley = v - 5.1 / (4 * np.pi**2) * u**2 + 5 / np.pi * u - 6
    return -(valley**2) - 10 * (1 - 1 / (8 * np.pi)) * np.cos(u) - 10


def hartmann6(x, active):
    a = [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
    p = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
    inner = np.sum(np.array(a) * (x[:, None] - np.array(p)) ** 2, axis=2)
    return np.exp(-inner) @ np.array([1.0, 1.2, 3.0, 3.2])


@pytest.mark.parametrize("seed", range(4))
def test_functions_of_several_maxima(seed):
    assert best_of(branin, cube(2), seed=seed)[0] == pytest.approx(-0.397887, abs=1e-3)
    assert best_of(hartmann6, cube(6), seed=seed)[0] == pytest.approx(3.32237, abs=1e-3)


def test_integers():
    space = make_space({"m": Integer(1, 100, log=True), "n": Integer(1, 30)})
    goal = space.encode({"n": 17, "m": 3}).x
    _, params = best_of(lambda x, active: -np.abs(x - goal).sum(axis=1), space)
    assert params == {"n": 17, "m": 3}


@pytest.mark.parametrize("seed", range(3))
def test_a_million_levels(seed):
    space = make_space({"m": Integer(0, 10**6), "n": Integer(0, 10**6), "x": Real(0, 1)})
    goal = space.encode({"n": 654_321, "m": 77, "x": 0.25}).x
    _, params = best_of(lambda x, active: -1e3 * np.abs(x - goal).sum(axis=1), space, seed=seed)
    assert (params["n"], params["m"]) == (654_321, 77)


def test_ordinal():
    space = make_space({"size": Ordinal(["s", "m", "l", "xl"])})
    assert best_of(lambda x, active: x[:, 0], space)[1] == {"size": "xl"}


# -------------------------------------------------------------------------- categories
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("d", "m"), [(1, 2), (1, 200), (6, 8), (20, 3), (3, 64)])
def test_sums_over_categories(d, m, seed):
    # where every column counts for itself, single exchanges reach the best
    worth = np.random.default_rng(seed).normal(size=(d, m))
    space = make_space({f"c{j}": Categorical(list(range(m))) for j in range(d)})
    value, _ = best_of(
        lambda x, active: worth[np.arange(d), category(x, m)].sum(axis=1), space, seed=seed
    )
    assert value == pytest.approx(worth.max(axis=1).sum())


def test_sums_over_many_categories():
    for seed in range(3):
        test_sums_over_categories(2, 200, seed)
        test_sums_over_categories(5, 200, seed)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_tables(seed):
    # anything over some dozens of configurations: nothing is better than what comes first
    worth = np.random.default_rng(seed).normal(size=(3, 4, 5))
    space = make_space({"a": list("abc"), "b": Integer(1, 4), "c": Ordinal([1, 2, 3, 4, 5])})

    def f(x, active):
        return worth[tuple(space.columns[j].index(x[:, j]) for j in range(3))]

    assert best_of(f, space, seed=seed)[0] == worth.max()


@pytest.mark.parametrize("seed", range(5))
def test_numbers_beside_categories(seed):
    # each category has a peak of its own; the highest is narrow
    peak = np.linspace(0.1, 0.9, 6)
    height = np.array([1.0, 2.0, 1.5, 2.5, 0.5, 2.2])
    space = make_space({"c": list("abcdef"), "n": Integer(0, 20), "x": Real(0, 1)})

    def f(x, active):
        c = category(x[:, 0], 6)
        loss = (x[:, 1] - 0.5) ** 2 + (x[:, 2] - peak[c]) ** 2
        return height[c] - (1.0 + 9.0 * (c == 3)) * loss

    value, params = best_of(f, space, seed=seed)
    assert value == pytest.approx(2.5, abs=1e-4)
    assert (params["c"], params["n"]) == ("d", 10)


# -------------------------------------------------------------------------- conditions
BRANCHES = make_space(
    {
        "k": ["a", "b", "c"],
        "n": When(Integer(0, 10), k="b"),
        "x": When(Real(0, 1), k="a"),
        "y": When(Real(0, 1), k="b"),
        "z": When(Real(0, 1), k=["b", "c"]),
    }
)


@pytest.mark.parametrize("winner", "abc")
def test_the_best_branch_wins(winner):
    def f(x, active):
        bonus = category(x[:, 0], 3) == "abc".index(winner)
        return bonus - np.sum(np.where(active, (x - 0.7) ** 2, 0.0)[:, 1:], axis=1)

    value, params = best_of(f, BRANCHES)
    assert params["k"] == winner
    assert set(params) == {"k"} | {"a": {"x"}, "b": {"y", "n", "z"}, "c": {"z"}}[winner]
    rounding = (BRANCHES.encode({"k": "b", "y": 0.5, "n": 7, "z": 0.5}).x[0, 1] - 0.7) ** 2
    assert value == pytest.approx(1.0 - rounding * (winner == "b"), abs=1e-4)


def children(effort):
    """What `z` is, wherever a search from points without it comes to look at it."""
    _, criterion = run(
        lambda x, active: np.where(active[:, 2], 1.0 - np.abs(x[:, 2] - 0.5), 0.0),
        BRANCHES,
        good=BRANCHES.encode({"k": "a", "x": 0.5})[np.zeros(20, dtype=int)],
        effort=effort,
    )
    z = np.concatenate([p.x[p.active[:, 4], 4] for p in criterion.asked])
    assert len(z) > 20
    return z


def test_children_near_good_points_are_drawn():
    assert np.mean(np.abs(children(Effort(1, 20, 1)) - 0.5) > 0.3) > 0.2  # of uniform draws, 0.4


def test_children_of_exchanges_are_drawn():
    assert np.mean(children(Effort(1, 0, 20)) == 0.5) < 0.1


# ------------------------------------------------------------------------------- fixed
def check_fixed(space, seed):
    rng = np.random.default_rng(seed)
    row = space.from_uniform(rng.random((1, space.n_columns)))
    for n_fixed in {1, space.n_columns // 2, space.n_columns}:
        columns = rng.permutation(space.n_columns)[:n_fixed].tolist()
        fixed = {j: float(row.x[0, j]) for j in columns if row.active[0, j]}
        _, criterion = run(
            lambda x, active: -np.sum(x, axis=1),
            space,
            good=row,
            region=Region.whole(space.n_columns, fixed),
            effort=LITTLE,
        )
        for points, (j, code) in itertools.product(criterion.asked, fixed.items()):
            np.testing.assert_array_equal(points.x[points.active[:, j], j], code)


@pytest.mark.parametrize("name", sorted(set(SPACES) - {"constant", "conditional", "nested"}))
def test_fixed_columns(name):
    check_fixed(SPACES[name], seed=0)


def test_fixed_columns_with_conditions():
    for seed, name in itertools.product(range(5), ("conditional", "nested")):
        check_fixed(SPACES[name], seed)


def test_everything_fixed():
    space = SPACES["mixed"]
    row = space.from_uniform(np.full((1, 4), 0.4))
    region = Region.whole(4, dict(enumerate(row.x[0].tolist())))
    ranked, _ = run(lambda x, active: x[:, 0], space, region=region)
    np.testing.assert_array_equal(ranked.x, np.repeat(row.x, len(ranked), axis=0))


def test_maximum_beside_fixed_columns():
    space = make_space({"c": list("abc"), "n": Integer(0, 4), "x": Real(0, 1), "y": Real(0, 1)})

    def f(x, active):
        return (category(x[:, 0], 3) == 1) - np.abs(x[:, 1] - x[:, 3]) - (x[:, 2] - x[:, 3]) ** 2

    fixed = {0: float(space.columns[0].code(2)), 3: 0.3}
    value, params = best_of(f, space, region=Region.whole(4, fixed))
    assert params["y"] == 0.3
    assert params["c"] == "c"
    assert params["x"] == pytest.approx(0.3, abs=0.01)
    assert params["n"] == 1
    assert value == pytest.approx(0.0, abs=1e-3)


# ------------------------------------------------------------------------------ region
BOX = make_space({"c": list("abc"), "m": Integer(0, 200), "x": Real(0, 1), "y": Real(0, 1)})


@pytest.mark.parametrize("smooth", [True, False])
def test_region(smooth):
    low, high = np.array([0.4, 0.3, 0.0, 0.65]), np.array([0.4, 0.7, 0.2, 0.65])
    good = BOX.from_uniform(np.random.default_rng(0).random((3, 4)))  # outside, too
    cell = 1.0 / 201

    def f(x, active):
        return x[:, 1] + x[:, 2] + x[:, 3] + (category(x[:, 0], 3) == 2)

    ranked, criterion = run(
        f, BOX, good=good, smooth=smooth, region=Region(low, high, {}), effort=Effort(64, 5, 3)
    )
    numbers = Points.concatenate([*criterion.asked, ranked]).x[:, 1:]
    assert np.all((numbers >= low[1:] - cell) & (numbers <= high[1:] + cell))
    value = criterion(ranked[0])[0]
    assert value == pytest.approx(1.0 + 0.7 + 0.2 + 0.65, abs=cell if smooth else 0.02)


def test_region_around():
    point = Points(np.array([[0.05, 0.5, 0.98]]), np.ones((1, 3), dtype=bool))
    region = Region.around(point, 0.1, {1: 0.5})
    np.testing.assert_allclose(region.low, [0.0, 0.4, 0.88])
    np.testing.assert_allclose(region.high, [0.15, 0.6, 1.0])
    assert region.fixed == {1: 0.5}


# ------------------------------------------------------------------------ every space
def check(space, seed, effort):
    rng = np.random.default_rng(seed)
    target = rng.random(space.n_columns)
    good = space.from_uniform(rng.random((3, space.n_columns)))
    before = good.x.copy()
    ranked, criterion = run(
        lambda x, active: -np.sum(active * np.abs(x - target), axis=1),
        space,
        seed=seed,
        good=good,
        effort=effort,
    )
    np.testing.assert_array_equal(good.x, before)
    asked = Points.concatenate([*criterion.asked, ranked])
    assert np.all((asked.x >= 0.0) & (asked.x <= 1.0))
    meant = space.normalize(asked.x)
    np.testing.assert_array_equal(asked.active, meant.active)
    np.testing.assert_allclose(asked.x, meant.x, rtol=0, atol=1e-12)
    values = criterion(ranked)
    assert values[0] == values.max()
    assert values[0] >= criterion(good).max()
    assert np.count_nonzero(np.diff(values) > 0.0) <= 1  # maxima, then candidates
    again, _ = run(criterion.f, space, seed=seed, good=good, effort=effort)
    np.testing.assert_array_equal(again.x, ranked.x)


@pytest.mark.parametrize("name", sorted(set(SPACES) - {"constant"}))
def test_promises_on_awkward_spaces(name):
    check(SPACES[name], seed=0, effort=LITTLE)


@settings(max_examples=20)
@given(space=drawn_spaces().filter(lambda space: space.n_columns), seed=st.integers(0, 99))
def test_promises_on_drawn_spaces(space, seed):
    check(space, seed, LITTLE)


@pytest.mark.parametrize(
    ("n_candidates", "n_nearby", "n_starts"), [(1, 0, 1), (1, 3, 1), (8, 0, 20)]
)
def test_little_effort(n_candidates, n_nearby, n_starts):
    check(SPACES["mixed"], seed=0, effort=Effort(n_candidates, n_nearby, n_starts))


def test_length_of_the_ranking():
    effort = Effort(64, 5, 4)
    good = SPACES["mixed"].from_uniform(np.full((2, 4), 0.3))
    ranked, _ = run(lambda x, active: x[:, 0], SPACES["mixed"], good=good, effort=effort)
    n_candidates = 64 + 2 * (2 * 5) + 2
    assert n_candidates < len(ranked) <= n_candidates + 4


def test_searches_around_good_points():
    # a peak that 1024 points of the square do not meet
    target = np.array([[0.123, 0.877]])

    def f(x, active):
        far = np.linalg.norm(x - target, axis=1) / 0.004
        return np.where(far < 1.0, 1.0 - far**2, 0.0)

    assert min(best_of(f, cube(2), seed=seed)[0] for seed in range(5)) == 0.0
    good = Points(target + 0.002, np.ones((1, 2), dtype=bool))
    assert best_of(f, cube(2), seed=1, good=good)[0] == pytest.approx(1.0, abs=1e-3)


def test_good_points_are_candidates():
    good = SPACES["mixed"].from_uniform(np.array([[0.11, 0.22, 0.33, 0.44]]))
    ranked, _ = run(lambda x, active: x[:, 0], SPACES["mixed"], good=good, effort=Effort(1, 0, 1))
    assert np.any(np.all(ranked.x == good.x, axis=1))


@pytest.mark.parametrize("seed", range(3))
def test_many_maxima_in_order(seed):
    ranked, criterion = run(lambda x, active: np.sin(60.0 * x[:, 0]) + x[:, 0], cube(1), seed=seed)
    maxima = criterion(ranked)[: len(ranked) - 1024]
    assert len(np.unique(maxima.round(2))) > 2
    assert np.all(np.diff(maxima) <= 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_without_a_gradient(seed):
    target = np.array([0.3, 0.62, 0.17])

    def f(x, active):  # steps, as trees make them
        return -np.abs(np.round((x - target) * 40) / 40).sum(axis=1)

    assert best_of(f, cube(3), seed=seed, smooth=False)[0] == 0.0


def test_flat_criterion():
    ranked, _ = run(lambda x, active: np.zeros(len(x)), SPACES["mixed"])
    assert len(np.unique(ranked.x, axis=0)) > 500


@pytest.mark.parametrize("spread", [1e-12, 1.0, 1e3, 1e8])
def test_steep_criteria(spread):
    for seed in range(5):
        value, _ = best_of(lambda x, active: -spread * np.abs(x[:, 0] - 0.4), cube(1), seed=seed)
        assert value > -1e-3 * spread


def test_weights_that_nearly_vanish():
    worth = np.array([0.0, -0.1, -0.1, -0.1, -744.4, -744.4, -1e4, -1e4])
    space = make_space({"c": list("abcdefgh")})
    value, _ = best_of(lambda x, active: worth[category(x[:, 0], 8)], space, effort=Effort(8, 0, 8))
    assert value == 0.0


def test_no_columns():
    assert len(run(lambda x, active: np.zeros(len(x)), make_space({}))[0]) > 0
