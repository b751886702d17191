"""Input warping: reference value, shape, derivatives, and what the process makes of it."""

import numpy as np
import pytest
from scipy.stats import beta

from skhpo._records import Points
from skhpo.surrogates import (
    Embedding,
    GaussianProcess,
    Hyperparameters,
    Posterior,
    hyper_prior,
    kumaraswamy,
    negative_log_posterior,
    sample_paths,
)
from skhpo.surrogates._warping import WarpedEmbedding, warped_objective

# two numbers, three categories, and a number that may be absent
PLAIN = Embedding([0, 3, 0, 0], [False, False, False, True])
NUMBERS = [0, 2, 3]
A, B = np.array([0.5, 2.0, 1.3]), np.array([3.0, 0.7, 1.0])
WARPED = WarpedEmbedding(PLAIN, A, B)
HYPER = Hyperparameters(np.array([0.4, 1.5, 0.7, 0.3]), 0.8, 0.02)


def rows(n, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.05, 0.95, (n, 4))
    x[:, 1] = (rng.integers(3, size=n) + 0.5) / 3
    active = np.ones(x.shape, dtype=bool)
    active[1::2, 3] = False
    x[~active] = 0.5
    return Points(x, active)


def moved(points, j, by):
    x = points.x.copy()
    x[:, j] += by
    return Points(x, points.active)


def test_reference():
    # a = 2, b = 3 at 1/2: 1 - (3/4)^3
    w = kumaraswamy(np.array([[0.5]]), np.array([2.0]), np.array([3.0]))[0]
    assert w[0, 0] == pytest.approx(0.578125, abs=1e-15)


@pytest.mark.parametrize("b", [0.25, 1.0, 4.0])
def test_it_is_a_beta_distribution_where_one_shape_is_1(b):
    x = np.linspace(0.01, 0.99, 9)[:, None]
    one = np.ones(1)
    given, free = np.array([b]), np.ravel(x)
    np.testing.assert_allclose(kumaraswamy(x, one, given)[0][:, 0], beta(1, b).cdf(free))
    np.testing.assert_allclose(kumaraswamy(x, given, one)[0][:, 0], beta(b, 1).cdf(free))


@pytest.mark.parametrize("a", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("b", [0.25, 1.0, 4.0])
def test_it_grows_from_0_to_1_and_stays_finite(a, b):
    x = np.linspace(0, 1, 101)[:, None]
    parts = kumaraswamy(x, np.array([a]), np.array([b]))
    assert all(np.isfinite(part).all() for part in parts)
    w = parts[0][:, 0]
    assert np.all(np.diff(w) > 0) and w[0] >= 0 and w[-1] <= 1
    assert w[0] < 0.13 and w[-1] > 0.95  # the margin to the power of 1/4


def test_no_shape_leaves_codes_alone():
    x = np.array([[0.1, 0.5], [0.9, 0.3]])
    w, slope, _, _ = kumaraswamy(x, np.ones(2), np.ones(2))
    np.testing.assert_allclose(w, x, atol=1e-15)
    np.testing.assert_allclose(slope, 1.0, atol=1e-15)


@pytest.mark.parametrize("seed", range(4))
def test_derivatives(seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.02, 0.98, (7, 3))
    a, b = np.exp(rng.uniform(-1.3, 1.3, (2, 3)))
    _, by_x, by_a, by_b = kumaraswamy(x, a, b)
    h = 1e-6
    for actual, up, down in [
        (by_x, (x + h, a, b), (x - h, a, b)),
        (by_a, (x, a + h, b), (x, a - h, b)),
        (by_b, (x, a, b + h), (x, a, b - h)),
    ]:
        expected = (kumaraswamy(*up)[0] - kumaraswamy(*down)[0]) / (2 * h)
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-8)


# -------------------------------------------------------------------------- objective
def objective(seed, name):
    rng = np.random.default_rng(seed)
    points = rows(15, seed)
    y = rng.standard_normal(15)
    theta = np.concatenate([0.4 * rng.standard_normal(6), HYPER.theta])
    where = PLAIN.first[PLAIN.numbers]
    arguments = (PLAIN(points), where, PLAIN.column, y - y.mean(), hyper_prior(name, 4))
    return theta, lambda theta: warped_objective(theta, *arguments)


@pytest.mark.parametrize("name", ["heuristic", "dim-scaled"])
@pytest.mark.parametrize("seed", range(3))
def test_gradient_of_the_objective(seed, name):
    theta, value = objective(seed, name)
    h = 1e-5
    expected = [
        (value(theta + h * unit)[0] - value(theta - h * unit)[0]) / (2 * h)
        for unit in np.eye(len(theta))
    ]
    np.testing.assert_allclose(value(theta)[1], expected, rtol=1e-5, atol=1e-6)


def test_objective_without_a_warping_is_that_of_a_process():
    theta, value = objective(0, "heuristic")
    theta[:6] = 0.0
    points = rows(15)
    y = np.random.default_rng(0).standard_normal(15)
    arguments = (PLAIN(points), PLAIN.column, y - y.mean(), hyper_prior("heuristic", 4))
    expected, gradient = negative_log_posterior(theta[6:], *arguments)
    actual, slope = value(theta)
    assert actual == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(slope[6:], gradient, rtol=1e-7, atol=1e-7)


# -------------------------------------------------------------------------- embedding
def test_embedding_warps_numbers_alone():
    points = rows(8)
    plain, warped = PLAIN(points), WARPED(points)
    same = np.setdiff1d(np.arange(plain.shape[1]), PLAIN.first[NUMBERS])
    np.testing.assert_array_equal(warped[:, same], plain[:, same])
    expected = 1 - (1 - points.x[:, NUMBERS] ** A) ** B
    np.testing.assert_allclose(warped[:, PLAIN.first[NUMBERS]], expected, rtol=1e-12)


def test_slopes_of_the_embedding():
    point, h = rows(1), 1e-6
    for j in NUMBERS:
        up, down = (WARPED(moved(point, j, step))[0, PLAIN.first[j]] for step in (h, -h))
        assert WARPED.slopes(point.x[0])[j] == pytest.approx((up - down) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_gradients_through_a_warping(seed):
    y = np.random.default_rng(seed).standard_normal(14)
    posterior = Posterior.given(WARPED, HYPER, rows(14, seed), y)
    paths = sample_paths(posterior, 64, 2, np.random.default_rng(seed))
    point, h = rows(1, seed + 10), 1e-5
    _, _, d_mean, d_variance = posterior.gradient(point)
    slope = paths.gradient(point)[1]
    for j in NUMBERS:
        up, down = moved(point, j, h), moved(point, j, -h)
        high, low = posterior.predict(up), posterior.predict(down)
        np.testing.assert_allclose(d_mean[j], (high[0] - low[0])[0] / (2 * h), rtol=1e-5, atol=1e-7)
        assert d_variance[j] == pytest.approx(float((high[1] - low[1])[0]) / (2 * h), abs=1e-6)
        change = (paths(up) - paths(down))[0] / (2 * h)
        np.testing.assert_allclose(slope[j], change, rtol=1e-5, atol=1e-6)


# -------------------------------------------------------------------------- the process
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_process_stretches_the_end_where_changes_are(mirrored):
    x = np.linspace(0.005, 0.995, 30)[:, None]
    y = np.sin(14 * (1 - x[:, 0] if mirrored else x[:, 0]) ** 0.4)
    points, y = Points(x, np.ones(x.shape, dtype=bool)), (y - y.mean()) / y.std()
    embedding = GaussianProcess(Embedding([0], [False]), warp=True).fit(points, y).embedding
    low, high = (embedding.slopes(np.array([at]))[0] for at in (0.05, 0.95))
    assert high > 2 * low if mirrored else low > 2 * high


@pytest.mark.parametrize("d, least", [(1, 20), (7, 21)])
def test_warping_begins_with_enough_observations(d, least):
    rng = np.random.default_rng(0)
    x = rng.random((least, d))
    points, y = Points(x, np.ones(x.shape, dtype=bool)), rng.standard_normal(least)
    process = GaussianProcess(Embedding([0] * d, [False] * d), warp=True)
    before = process.fit(points[np.arange(least - 1)], y[:-1])
    assert not isinstance(before.embedding, WarpedEmbedding)
    assert isinstance(process.fit(points, y).embedding, WarpedEmbedding)
