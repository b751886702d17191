"""CMA-ES by itself: reference values, invariances, ends, restarts, and how many points it needs."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skhpo.samplers._cma_bounds import from_unit, to_unit
from skhpo.samplers._cma_learning_rate import LearningRates
from skhpo.samplers._cma_parameters import make_parameters, population_size, tied
from skhpo.samplers._cma_restarts import Restarts
from skhpo.samplers._cma_state import CMA, longest
from skhpo.samplers._cma_stopping import Ends
from skhpo.samplers._cma_warm import warm_start

FIRST = np.array([(0.6, 0.7), (0.2, 0.4), (0.9, 0.5), (0.55, 0.45), (0.1, 0.9), (0.7, 0.2)])
FIRST_LOSSES = np.array([3.0, 1, 6, 2, 5, 4])
SECOND = np.array([(0.3, 0.5), (0.4, 0.35), (0.25, 0.6), (0.5, 0.3), (0.15, 0.45), (0.35, 0.55)])
SECOND_LOSSES = np.array([2.0, 1, 4, 3, 6, 5])


# ------------------------------------------------------------------ parameters
TABLE = """
 2  6 2.02861146 0.15481540 0.05785909 0.62455454 0.44620499 1.44620499 1.25427274
 5  8 2.60017883 0.04729230 0.03816916 0.45019956 0.36508838 1.36508838 2.12852376
10 10 3.16729928 0.01528382 0.02015428 0.29499038 0.28442859 1.28442859 3.08472657
20 12 3.72945893 0.00437235 0.00819140 0.17176721 0.19942801 1.19942801 4.41676665
50 15 4.54091521 0.00075866 0.00203884 0.07550193 0.10985581 1.10985581 7.03584716
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_parameters(row):
    n, popsize, *expected = (float(number) for number in row.split())
    p = make_parameters(int(n), population_size(int(n)))
    assert p.popsize == popsize
    found = [p.mueff, p.c1, p.cmu, p.cc, p.cs, p.ds, p.chi_n]
    assert_allclose(found, expected, atol=5e-9, rtol=0)
    assert math.isclose(np.sum(p.weights[p.weights > 0]), 1.0)


@pytest.mark.parametrize(
    "n, weights",
    [
        (2, ".6370425712 .2845702574 .0783871713 -.2863837826 -.7649580941 -1.1559817782"),
        (
            5,
            ".5299301845 .2857142857 .1428571429 .0414983869 -.1672795068 -.4567490478 "
            "-.7014920574 -.9134980955",
        ),
        (
            10,
            ".4562726469 .270753097 .1622311172 .0852335471 .0255095918 -.0853208625 "
            "-.2364766011 -.3674136577 -.4829083268 -.5862218288",
        ),
    ],
)
def test_weights(n, weights):
    expected = [float(w) for w in weights.split()]
    assert_allclose(make_parameters(n, population_size(n)).weights, expected, atol=5e-11, rtol=0)


def test_tied_losses_share_their_weights():
    weights = np.array([4.0, 2, 1, -1, -6])
    assert_allclose(tied(weights, np.array([3.0, 1, 1, 1, 2])), [-6, 7 / 3, 7 / 3, 7 / 3, -1])
    assert_allclose(tied(weights, np.zeros(5)), np.zeros(5))
    assert_allclose(tied(weights, np.array([np.inf, 0, np.inf, 1, 2])), [-3.5, 4, -3.5, 2, 1])


# ----------------------------------------------------------------------- trace
def test_two_generations():
    cma = CMA(np.array([0.5, 0.5]), 0.3, make_parameters(2, 6))
    cma.update(FIRST, FIRST_LOSSES)
    exactly = {"atol": 6e-11, "rtol": 0}
    assert_allclose(cma.mean, [0.3309544586, 0.4377446643], **exactly)
    assert_allclose(cma.sigma, 0.262545421511, atol=6e-13, rtol=0)
    C = [[0.8502971933, 0.1039392852], [0.1039392852, 0.8660231948]]
    assert_allclose(cma.C, C, **exactly)
    assert_allclose(cma.ps, [-0.6682607831, -0.2461040917], **exactly)
    assert_allclose(cma.pc, [-0.7438558372, -0.2739439], **exactly)
    cma.update(SECOND, SECOND_LOSSES)
    assert_allclose(cma.mean, [0.3793816914, 0.38876618], **exactly)
    assert_allclose(cma.sigma, 0.213149077826, atol=6e-13, rtol=0)
    C = [[0.6657984516, 0.0965305562], [0.0965305562, 0.7200783149]]
    assert_allclose(cma.C, C, **exactly)
    assert_allclose(cma.ps, [-0.11693158, -0.3897815792], **exactly)
    assert_allclose(cma.pc, [-0.0357814758, -0.3491185501], **exactly)


def test_learning_rates():
    cma = CMA(np.array([0.5, 0.5]), 0.3, make_parameters(2, 6))
    before = cma.mean, cma.sigma, cma.C
    rates = LearningRates(2)
    cma.update(FIRST, FIRST_LOSSES)
    rates.shorten(cma, before)
    assert_allclose(cma.mean, [0.3464651537, 0.4434568737], atol=6e-11, rtol=0)
    assert_allclose(cma.sigma, 0.26890363748, atol=6e-12, rtol=0)
    assert_allclose(rates.eta, [0.9082454646, 0.9707622643], atol=6e-11, rtol=0)


def test_warm_start():
    i = np.arange(20)
    x = np.column_stack([0.1 * i, 0.05 * i + 0.1 * (i % 3)])
    mean, sigma, C = warm_start(x, (i - 4.0) ** 2)
    assert_allclose(mean, [0.35, 0.225])
    assert_allclose(sigma, 0.11602978935530, atol=6e-15, rtol=0)
    expected = [[0.9284766909, 0.2785430073], [0.2785430073, 1.1605958636]]
    assert_allclose(C, expected, atol=6e-11, rtol=0)


@pytest.mark.parametrize("n, length", [(2, 2.414214), (5, 3.664639), (10, 4.828944)])
def test_steps_to_foreign_points_are_limited(n, length):
    assert_allclose(longest(n), length, atol=6e-7, rtol=0)
    p = make_parameters(n, 4)
    near, far = CMA(np.zeros(n), 0.1, p), CMA(np.zeros(n), 0.1, p)
    x = 0.1 * np.eye(4, n)
    first = np.arange(4) == 0
    near.update(np.where(first[:, None], length * x, x), np.arange(4.0))
    far.update(np.where(first[:, None], 1e6 * x, x), np.arange(4.0), first)
    assert_allclose(far.mean, near.mean, rtol=1e-5)
    assert_allclose(far.sigma, near.sigma, rtol=1e-5)
    assert_allclose(far.C, near.C, rtol=1e-5)


# ---------------------------------------------------------------------- bounds
def test_bound_map():
    t = np.array([-0.3, -0.05, 0, 0.03, 0.05, 0.5, 0.97, 1, 1.05, 1.3])
    expected = [0.2, 0, 0.0125, 0.032, 0.05, 0.5, 0.968, 0.9875, 1, 0.8]
    assert_allclose(to_unit(t), expected, atol=1e-15)


def test_bound_map_is_continuous_periodic_and_has_an_inverse():
    t = np.linspace(-5, 5, 100_001)
    u = to_unit(t)
    assert u.min() >= 0
    assert u.max() <= 1
    assert np.max(np.abs(np.diff(u))) < 1.001e-4
    assert_allclose(to_unit(t + 2.2), u, atol=1e-12)
    u = np.linspace(0, 1, 1001)
    assert_allclose(to_unit(from_unit(u)), u, atol=1e-15)


# ----------------------------------------------------------------- invariances
def generations(cma, function, n, rng, order=None):
    for _ in range(n):
        x = np.array([cma.sample(rng) for _ in range(cma.parameters.popsize)])
        losses = np.array([function(row) for row in x])
        if order is not None:
            shuffled = order.permutation(len(x))
            x, losses = x[shuffled], losses[shuffled]
        cma.update(x, losses)
    return cma


def ellipsoid(x):
    return float(np.sum(10.0 ** (6.0 * np.arange(len(x)) / max(1, len(x) - 1)) * x**2))


def same(a, b, tolerance=1e-9):
    for name in ("mean", "sigma", "C", "ps", "pc"):
        assert_allclose(getattr(a, name), getattr(b, name), rtol=tolerance, atol=1e-12)


def start(n=4, sigma=0.3, seed=0):
    rng = np.random.default_rng(seed)
    return CMA(rng.random(n), sigma, make_parameters(n, population_size(n)))


def test_only_the_order_of_the_losses_counts():
    a = generations(start(), ellipsoid, 20, np.random.default_rng(1))
    b = generations(start(), lambda x: np.log1p(ellipsoid(x)), 20, np.random.default_rng(1))
    same(a, b, 1e-12)


def test_the_order_of_the_points_does_not_count_even_if_losses_tie():
    def steps(x):
        return float(np.floor(3 * ellipsoid(x) ** 0.2))

    a = generations(start(), steps, 15, np.random.default_rng(1))
    shuffled = generations(start(), steps, 15, np.random.default_rng(1), np.random.default_rng(2))
    same(a, shuffled)


def test_rotating_the_problem_rotates_the_search():
    Q, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))
    rng = np.random.default_rng(1)
    a, b = start(), start()
    b.mean = Q @ a.mean
    for _ in range(15):
        x = np.array([a.sample(rng) for _ in range(a.parameters.popsize)])
        losses = np.array([ellipsoid(row) for row in x])
        a.update(x, losses)
        b.update(x @ Q.T, losses)
        assert_allclose(Q @ a.mean, b.mean, atol=1e-9)
        assert_allclose(a.sigma, b.sigma)
        assert_allclose(Q @ a.C @ Q.T, b.C, atol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_covariance_stays_positive_whatever_is_told(n):
    cma, rng = start(n), np.random.default_rng(0)
    for g in range(1500):
        x = np.array([cma.sample(rng) for _ in range(cma.parameters.popsize)])
        choices = (
            -np.linalg.norm(x - cma.mean, axis=1),  # the farther the better
            rng.integers(0, 2, len(x)).astype(float),
            np.full(len(x), np.inf),
            x[:, 0],
        )
        cma.update(x, choices[g % 4 if g > 500 else rng.integers(4)])
        assert np.all(np.isfinite(cma.C))
        assert np.all(np.linalg.eigvalsh(cma.C) > 0)
        assert 0 < cma.sigma <= 1


# ------------------------------------------------------------------ efficiency
def rosenbrock(x):
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def sphere(x):
    return float(np.sum(x**2))


@pytest.mark.parametrize(
    "function, n, median",
    [
        (sphere, 2, 312),
        (sphere, 5, 848),
        (ellipsoid, 2, 594),
        (ellipsoid, 5, 1656),
        (rosenbrock, 2, 516),
        pytest.param(sphere, 10, 1700, marks=pytest.mark.slow),
        pytest.param(ellipsoid, 10, 4590, marks=pytest.mark.slow),
        pytest.param(rosenbrock, 5, 1936, marks=pytest.mark.slow),
        pytest.param(rosenbrock, 10, 5210, marks=pytest.mark.slow),
    ],
)
def test_points_needed(function, n, median):
    needed = []
    for seed in range(11):
        rng = np.random.default_rng(seed)
        mean = np.zeros(n) if function is rosenbrock else np.full(n, 3.0)
        cma = CMA(mean, 0.5, make_parameters(n, population_size(n)))
        count, best = 0, np.inf
        while best > 1e-9 and count < 20 * median:
            x = np.array([cma.sample(rng) for _ in range(cma.parameters.popsize)])
            losses = np.array([function(row) for row in x])
            cma.update(x, losses)
            count, best = count + len(x), min(best, losses.min())
        needed.append(count)
    assert abs(np.median(needed) / median - 1) <= 0.15, needed


# ------------------------------------------------------------- ends, restarts
def ended(function, n=3, tol_x=1e-9, max_generations=3000):
    cma, rng = start(n), np.random.default_rng(0)
    p = cma.parameters
    ends = Ends(n, p.popsize, cma.sigma, tol_x)
    for g in range(max_generations):
        x = np.array([cma.sample(rng) for _ in range(p.popsize)])
        losses = np.array([function(row) for row in x])
        cma.update(x, losses)
        ends.tell(losses, losses, np.ptp(losses) > 0)
        if (reason := ends.reason(cma)) is not None:
            return reason, g + 1
    return None, max_generations


def test_ends():
    assert ended(lambda x: sphere(x) ** 0.05)[0] == "tolx"
    assert ended(lambda x: 1e-15 * sphere(x)) == ("tolfun", 10 + math.ceil(90 / 7))
    assert ended(lambda x: 0.5) == ("tolfun", 10 + math.ceil(90 / 7))
    assert ended(lambda x: round(sphere(x), 3))[0] == "tolflatfitness"
    noise = np.random.default_rng(0)
    assert ended(lambda x: noise.random(), max_generations=700)[0] in ("stagnation", "maxiter")


def test_flat_generations_end_a_run_later_where_values_are_few():
    flat, best = np.array([1.0, 1, 1, 1, 1, 2]), np.arange(6.0)
    for discrete, n in ((0.0, 2), (0.5, 17), (1.0, 32)):
        ends = Ends(2, 6, 0.3, 1e-12, discrete)
        for losses in [np.zeros(6)] * 40 + [flat] * (n - 1) + [best] + [flat] * (n - 1):
            ends.tell(best, losses, np.ptp(losses) > 0)
            assert ends.reason(None) is None
        ends.tell(best, flat, True)
        assert ends.reason(None) == "tolflatfitness"


def test_a_flat_generation_widens_where_nothing_ends():
    flat = np.array([1.0, 1, 1, 1, 1, 2])
    narrow, wide = (CMA(np.zeros(2), 0.1, make_parameters(2, 6)) for _ in range(2))
    narrow.widens = False
    for cma in (narrow, wide):
        cma.update(0.1 * FIRST, flat)
    p = wide.parameters
    assert math.isclose(wide.sigma / narrow.sigma, math.exp(0.2 + p.cs / p.ds))
    narrow.update(0.1 * SECOND, np.ones(6))
    assert narrow.sigma < 0.1


def test_ends_by_the_state():
    p = make_parameters(2, 6)
    ends = Ends(2, 6, 0.3, 1e-12)
    assert ends.reason(CMA(np.ones(2), 0.3, p, np.diag([1.0, 2e-14]))) is None
    assert ends.reason(CMA(np.ones(2), 0.3, p, np.diag([1.0, 0]))) == "conditioncov"
    assert Ends(2, 6, 1e-4, 1e-12).reason(CMA(np.ones(2), 0.2, p)) == "tolupsigma"
    assert ends.reason(CMA(np.full(2, 1e6), 1e-11, p)) == "noeffectaxis"
    assert ends.reason(CMA(np.array([0, 1e6]), 1e-11, p)) == "noeffectcoord"
    assert Ends(2, 6, 0.3, 1e-3).reason(CMA(np.ones(2), 1e-4, p)) == "tolx"


def test_the_population_doubles():
    restarts, rng = Restarts("ipop", 6, 0.2), np.random.default_rng(0)
    starts = [restarts.next(100, rng) for _ in range(4)]
    assert [s.popsize for s in starts] == [12, 24, 48, 96]
    assert [s.near_best for s in starts] == [False, False, True, False]
    assert [s.sigma for s in starts] == [0.2, 0.2, 0.05, 0.2]


def test_small_and_large_populations_share_the_budget():
    restarts, rng = Restarts("bipop", 6, 0.2), np.random.default_rng(0)
    used, popsizes = {True: 0, False: 0}, []
    start = restarts.next(100, rng)
    used[False] += 100
    for _ in range(60):
        large = start.max_trials == np.inf
        n = 50 * start.popsize if large else int(min(start.max_trials, 40 * start.popsize))
        if large:
            popsizes.append(start.popsize)
            assert used[False] >= used[True]
            last = n
        else:
            assert used[False] < used[True]
            assert 6 <= start.popsize <= 0.5 * popsizes[-1]
            assert start.max_trials == max(last / 2, start.popsize)
            assert 0.002 <= start.sigma <= 0.2
        used[large] += n
        start = restarts.next(n, rng)
    assert popsizes == [6 * 2**k for k in range(1, len(popsizes) + 1)]
