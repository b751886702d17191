"""A Gaussian process and a forest that know with how much of a resource losses were seen."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.gaussian_process.kernels import Matern

from skhpo._records import Points
from skhpo.surrogates import (
    Embedding,
    Forest,
    GaussianProcess,
    Hyperparameters,
    Posterior,
    hyper_prior,
    negative_log_posterior,
    sample_paths,
    with_resource,
)

EMBEDDING = Embedding([0, 0, 3], [False, True, False], resource=True)
HYPER = Hyperparameters(np.array([0.4, 0.8, 1.3, 0.6]), 0.9, 0.02, 0.7)
RUNGS = np.array([0.0, 1 / 3, 2 / 3, 1.0])


def drawn(n, seed=0):
    rng = np.random.default_rng(seed)
    x, active = rng.random((n, 3)), np.ones((n, 3), dtype=bool)
    active[:, 1] = rng.random(n) < 0.7
    x[~active] = 0.5
    return Points(x, active)


def observed(n=24, seed=0):
    rng = np.random.default_rng(seed + 100)
    points = with_resource(drawn(n, seed), rng.choice(RUNGS, n))
    return points, rng.standard_normal(n)


def dense(points, others):
    """The covariances by scikit-learn's kernels, levels included, noise left out."""
    a, b = EMBEDDING(points), EMBEDDING(others)
    length = HYPER.lengthscale[EMBEDDING.column]
    by_x = Matern(1.0, nu=2.5)(a[:, :-1] / length[:-1], b[:, :-1] / length[:-1])
    by_t = Matern(1.0, nu=2.5)(a[:, -1:] / length[-1], b[:, -1:] / length[-1])
    return HYPER.signal * by_x * by_t, HYPER.level * (a[:, -1:] == b[:, -1])


def test_points_without_a_resource_have_all_of_it():
    points = drawn(5)
    assert_allclose(EMBEDDING(points), EMBEDDING(with_resource(points, np.ones(5))))
    assert EMBEDDING(points).shape == (5, len(EMBEDDING.column))


def test_predictions_are_those_of_the_product_kernel_without_the_levels():
    points, y = observed()
    at = drawn(7, seed=3)
    smooth, levels = dense(points, points)
    k, inverse = dense(at, points)[0], np.linalg.inv(smooth + levels + 0.02 * np.eye(24))
    mean, variance = Posterior.given(EMBEDDING, HYPER, points, y).predict(at)
    assert_allclose(mean[:, 0], k @ inverse @ y, atol=1e-7)
    assert_allclose(variance, 0.9 - np.sum((k @ inverse) * k, axis=1), atol=1e-6)


def test_what_is_expected_at_a_rung_has_its_level():
    points, y = observed()
    at = with_resource(drawn(4, seed=3), RUNGS)
    smooth, levels = dense(points, points)
    inverse = np.linalg.inv(smooth + levels + 0.02 * np.eye(24))
    k = sum(dense(at, points))
    mean, joint = Posterior.given(EMBEDDING, HYPER, points, y).expect(at)
    assert_allclose(mean[:, 0], k @ inverse @ y, atol=1e-7)
    assert_allclose(joint, sum(dense(at, at)) - k @ inverse @ k.T, atol=1e-6)


def test_more_observations_are_the_same_as_all_at_once():
    points, y = observed()
    at = drawn(6, seed=5)
    once = Posterior.given(EMBEDDING, HYPER, points, y).predict(at)
    first = Posterior.given(EMBEDDING, HYPER, points[:20], y[:20])
    assert_allclose(first.condition(points[20:], y[20:, None]).predict(at)[0], once[0], atol=1e-7)


def test_gradients_at_all_of_the_resource():
    posterior = Posterior.given(EMBEDDING, HYPER, *observed())
    x = np.array([[0.3, 0.6, 0.5]])
    active = np.ones((1, 3), dtype=bool)
    mean, variance, d_mean, d_variance = posterior.gradient(Points(x, active))
    expected = posterior.predict(Points(x, active))
    assert_allclose((mean[0, 0], variance), (expected[0][0, 0], expected[1][0]))
    assert len(d_mean) == len(d_variance) == 3
    for j, h in ((0, 1e-6), (1, 1e-6)):
        step = np.eye(3)[j] * h
        ends = [posterior.predict(Points(x + s, active)) for s in (step, -step)]
        assert d_mean[j, 0] == pytest.approx((ends[0][0] - ends[1][0])[0, 0] / (2 * h), abs=1e-5)
        assert d_variance[j] == pytest.approx((ends[0][1] - ends[1][1])[0] / (2 * h), abs=1e-5)


def test_the_likelihood_is_that_of_the_dense_covariance_and_so_is_its_gradient():
    points, y = observed()
    prior = hyper_prior("heuristic", 4)
    arguments = EMBEDDING(points), EMBEDDING.column, y, prior, True
    value, gradient = negative_log_posterior(HYPER.theta, *arguments)
    k = sum(dense(points, points)) + 0.02 * np.eye(24)
    expected = 0.5 * y @ np.linalg.solve(k, y) + 0.5 * np.linalg.slogdet(k)[1]
    expected += 12 * np.log(2 * np.pi)
    expected -= prior.lengthscale(np.log(HYPER.lengthscale))[0] + prior.signal(np.log([0.9]))[0]
    expected -= prior.noise(np.log([0.02]))[0] + np.log(0.7) - 0.7  # the level's: Gamma(2, 1)
    assert value == pytest.approx(expected)
    for j in range(len(HYPER.theta)):
        step = np.eye(len(HYPER.theta))[j] * 1e-6
        ends = [negative_log_posterior(HYPER.theta + s, *arguments)[0] for s in (step, -step)]
        assert gradient[j] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-4)


def test_hyper_parameters_come_back_from_their_logarithms():
    again = Hyperparameters.of(HYPER.theta, with_level=True)
    assert_allclose([*again.lengthscale, again.signal, again.noise, again.level],
                    [*HYPER.lengthscale, 0.9, 0.02, 0.7])  # fmt: skip


def test_little_of_the_resource_says_where_the_best_is_with_all_of_it():
    """Losses fall with the resource; the optimum, at 0.3, is seen at the lower rungs alone."""
    rng = np.random.default_rng(0)
    x, rung = rng.random((40, 1)), rng.integers(3, size=40)
    y = (x[:, 0] - 0.3) ** 2 - rung + 0.01 * rng.standard_normal(40)
    y = (y - y.mean()) / y.std()
    process = GaussianProcess(Embedding([0], [False], resource=True))
    points = with_resource(Points(x, np.ones((40, 1), dtype=bool)), RUNGS[rung])
    posterior = process.fit(points, y)
    grid = Points(np.linspace(0, 1, 101)[:, None], np.ones((101, 1), dtype=bool))
    assert abs(np.argmin(posterior.predict(grid)[0][:, 0]) - 30) <= 6


def test_paths_have_the_moments_of_the_posterior():
    points, y = observed()
    posterior = Posterior.given(EMBEDDING, HYPER, points, y)
    at = drawn(6, seed=7)
    paths = sample_paths(posterior, 4096, 2000, np.random.default_rng(0))
    mean, variance = posterior.predict(at)
    values = paths(at)
    error = np.sqrt(variance / 2000)
    assert np.all(np.abs(values.mean(axis=1) - mean[:, 0]) < 5 * error + 0.02)
    assert_allclose(values.var(axis=1), variance, rtol=0.2, atol=0.01)
    one = Points(at.x[:1], np.ones((1, 3), dtype=bool))
    value, slope = paths.gradient(one)
    assert_allclose(value, paths(one), atol=1e-9)
    step = np.array([[1e-6, 0, 0]])
    ends = [paths(Points(one.x + s, one.active)) for s in (step, -step)]
    assert_allclose(slope[0], (ends[0] - ends[1])[0] / 2e-6, atol=1e-4)


def test_a_forest_takes_the_resource_as_a_number():
    rng = np.random.default_rng(0)
    x, rung = rng.random((200, 1)), rng.integers(2, size=200)
    points = with_resource(Points(x, np.ones((200, 1), dtype=bool)), rung.astype(float))
    posterior = Forest().fit(points, x[:, 0] + 5 * rung, [0, 0], rng)
    at = Points(np.array([[0.5]]), np.ones((1, 1), dtype=bool))
    assert posterior.predict(at)[0][0, 0] == pytest.approx(5.5, abs=0.5)
