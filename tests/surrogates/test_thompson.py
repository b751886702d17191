"""Functions drawn from a Gaussian process: their kernel, their distribution, their gradients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from skhpo._records import Points
from skhpo.surrogates._embedding import Embedding
from skhpo.surrogates._gp import Posterior
from skhpo.surrogates._kernels import matern52
from skhpo.surrogates._likelihood import Hyperparameters
from skhpo.surrogates._thompson import matern52_frequencies, sample_paths

X = np.array([[0.1, 0.2], [0.4, 0.9], [0.8, 0.3], [0.6, 0.6], [0.25, 0.55]])
Y = np.array([1.2, -0.4, 0.3, -1.1, 0.0])
LENGTHSCALE = np.array([0.5, 0.8])


def full(x):
    x = np.asarray(x, dtype=float)
    return Points(x, np.ones(x.shape, dtype=bool))


def posterior(noise=0.01, y=Y):
    hyper = Hyperparameters(LENGTHSCALE, 1.3, noise)
    return Posterior.given(Embedding((0, 0), (False, False)), hyper, full(X), y)


def mixed(seed=0):
    """A posterior over a number, three categories and a number that may be absent."""
    rng = np.random.default_rng(seed)
    x = rng.random((12, 3))
    x[:, 1] = (rng.integers(3, size=12) + 0.5) / 3
    active = np.ones(x.shape, dtype=bool)
    active[:, 2] = x[:, 1] < 0.5
    x[~active] = 0.5
    embedding = Embedding((0, 3, 0), (False, False, True))
    hyper = Hyperparameters(np.array([0.4, 1.5, 0.7]), 0.8, 0.02)
    return Posterior.given(embedding, hyper, Points(x, active), rng.standard_normal(12))


# ------------------------------------------------------------------ the features
def test_kernel_reference():
    scaled = np.array([0.2, 0.5]) / LENGTHSCALE
    exact = 0.6806273568
    assert matern52(scaled @ scaled) == pytest.approx(exact, abs=6e-11)
    rng = np.random.default_rng(0)
    for n in (1_000, 30_000, 300_000):
        estimate = np.cos(matern52_frequencies(n, 2, rng) @ scaled).mean()
        assert abs(estimate - exact) < np.sqrt(0.5 / n)


def test_features_are_spread_more_evenly_than_by_chance():
    scaled = np.array([0.2, 0.5]) / LENGTHSCALE
    error = [
        np.cos(matern52_frequencies(512, 2, np.random.default_rng(seed)) @ scaled).mean()
        - matern52(scaled @ scaled)
        for seed in range(20)
    ]
    once, twice = matern52(np.array([1.0, 4.0]) * (scaled @ scaled))
    by_chance = np.sqrt((0.5 + 0.5 * twice - once**2) / 512)
    assert np.sqrt(np.mean(np.square(error))) < 0.5 * by_chance


@given(st.integers(1, 12), st.floats(0, 5), st.integers(0, 2**32))
def test_features_estimate_the_kernel_in_every_direction(d, distance, seed):
    rng = np.random.default_rng(seed)
    direction = rng.standard_normal(d)
    x = distance * direction / np.linalg.norm(direction)
    waves = np.cos(matern52_frequencies(4096, d, rng) @ x)
    error = waves.mean() - matern52(np.array(distance**2))
    assert abs(error) < 5 * np.sqrt(0.5 / 4096)


def test_prior_paths_have_the_kernel_as_covariance():
    """Far from all observations nothing but the prior is left."""
    x = np.array([[1.0, 0.5], [1.0, 0.9], [0.6, 1.0]])
    hyper = Hyperparameters(np.array([0.05, 0.2]), 2.0, 0.01)
    embedding = Embedding((0, 0), (False, False))
    given_one = Posterior.given(embedding, hyper, full([[0.0, 0.0]]), np.zeros(1))
    values = sample_paths(given_one, 4096, 4000, np.random.default_rng(0))(full(x))
    scaled = x / hyper.lengthscale
    exact = 2.0 * matern52(np.sum((scaled[:, None] - scaled) ** 2, axis=2))
    np.testing.assert_allclose(np.cov(values), exact, atol=0.2)
    assert exact[0, 1] > 0.25


# ------------------------------------------------------------------ the distribution
@pytest.mark.parametrize("noise", [1e-4, 0.3])
def test_paths_follow_the_posterior(noise):
    model = posterior(noise)
    where = full(np.concatenate([X, [[0.5, 0.5], [0.0, 0.0], [1.0, 1.0], [0.9, 0.1]]]))
    n = 4000
    values = sample_paths(model, 8192, n, np.random.default_rng(1))(where)
    mean, variance = model.predict(where)
    z = (values.mean(axis=1) - mean[:, 0]) / np.sqrt((variance + 1e-12) / n)
    assert np.abs(z).max() < 4.5
    sd = np.sqrt(variance)
    exact = model.expect(where)[1] / np.outer(sd, sd)
    error = np.cov(values) / np.outer(sd, sd) - exact
    assert np.abs(error).max() < 0.12
    assert abs(np.diag(error).mean()) < 0.05


def test_paths_of_categories_and_conditions_follow_the_posterior():
    model = mixed()
    values = sample_paths(model, 4096, 4000, np.random.default_rng(2))(model.points)
    mean, variance = model.predict(model.points)
    z = (values.mean(axis=1) - mean[:, 0]) / np.sqrt(variance / 4000)
    assert np.abs(z).max() < 4.5
    np.testing.assert_allclose(values.var(axis=1), variance, rtol=0.25)


def test_marginal_distribution_is_normal():
    model = posterior()
    where = full([[0.5, 0.5]])
    mean, variance = model.predict(where)
    rng = np.random.default_rng(3)
    # frequencies of its own for each
    values = [float(sample_paths(model, 1024, 1, rng)(where)[0, 0]) for _ in range(500)]
    assert kstest((values - mean[0, 0]) / np.sqrt(variance[0]), "norm").pvalue > 0.001


def test_minima_are_where_the_posterior_sees_them():
    """Each of two observed valleys is the lowest as often as its depth says."""
    hyper = Hyperparameters(np.array([0.15]), 1.0, 0.04)
    x = np.array([[0.0], [0.2], [0.5], [0.8], [1.0]])
    y = np.array([1.0, -1.0, 1.0, -0.8, 1.0])
    model = Posterior.given(Embedding((0,), (False,)), hyper, full(x), y)
    grid = full(np.linspace(0, 1, 101)[:, None])
    joint = model.expect(grid)[1] + 1e-9 * np.eye(101)
    exact = np.random.default_rng(0).multivariate_normal(model.predict(grid)[0][:, 0], joint, 4000)
    paths = sample_paths(model, 4096, 4000, np.random.default_rng(1))(grid)
    share = np.mean(exact.argmin(axis=1) < 50)
    assert 0.55 < share < 0.9
    assert abs(np.mean(paths.argmin(axis=0) < 50) - share) < 0.05


# ------------------------------------------------------------------ single paths
def test_noiseless_paths_meet_the_observations():
    values = sample_paths(posterior(1e-6), 256, 20, np.random.default_rng(0))(full(X))
    np.testing.assert_allclose(values, np.repeat(Y[:, None], 20, axis=1), atol=0.01)


def test_a_path_is_one_function():
    paths = sample_paths(posterior(), 256, 3, np.random.default_rng(0))
    where = np.random.default_rng(1).random((40, 2))
    values = paths(full(where))
    assert values.shape == (40, 3)
    np.testing.assert_array_equal(paths(full(where)), values)
    np.testing.assert_allclose(paths(full(where[::-1])), values[::-1], rtol=1e-10)
    np.testing.assert_allclose(paths(full(where[7:8])), values[7:8], rtol=1e-10)
    again = sample_paths(posterior(), 256, 3, np.random.default_rng(0))
    np.testing.assert_array_equal(again(full(where)), values)
    other = sample_paths(posterior(), 256, 3, np.random.default_rng(1))
    assert np.all(other(full(where)) != values)


def test_paths_take_the_samples_of_pending_results_in_turn():
    pending = full([[0.9, 0.9]])
    model = posterior(1e-6).condition(pending, np.array([[2.0, -2.0]]))
    values = sample_paths(model, 512, 5, np.random.default_rng(0))(pending)
    np.testing.assert_allclose(values, [[2, -2, 2, -2, 2]], atol=0.02)


@given(st.integers(0, 2**32), st.integers(1, 3))
def test_gradient_is_that_of_the_values(seed, n_paths):
    rng = np.random.default_rng(seed)
    model = mixed(seed)
    paths = sample_paths(model, 64, n_paths, rng)
    row = int(np.argmax(model.points.active[:, 2]))  # one where every number takes part, if any
    point = Points(model.points.x[[row]] + 0.01, model.points.active[[row]])
    value, slope = paths.gradient(point)
    np.testing.assert_allclose(value, paths(point), rtol=1e-9, atol=1e-12)
    assert slope.shape == (3, n_paths)
    for j in np.flatnonzero(point.active[0] & [True, False, True]):
        step = np.zeros((1, 3))
        step[0, j] = 1e-5
        up, down = (paths(Points(point.x + s * step, point.active)) for s in (1, -1))
        np.testing.assert_allclose(((up - down) / 2e-5)[0], slope[j], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("n_features", [1, 2, 7])
def test_few_features_are_enough_to_run(n_features):
    values = sample_paths(posterior(), n_features, 2, np.random.default_rng(0))(full(X))
    assert np.all(np.isfinite(values))
