"""Gaussian processes: reference values, scikit-learn's as a judge, slopes, pending results."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from skhpo._records import Points
from skhpo.acquisition import ACQUISITIONS
from skhpo.space import Categorical, Integer, Real, When, make_space
from skhpo.surrogates import (
    PRIORS,
    Embedding,
    GaussianProcess,
    Hyperparameters,
    Posterior,
    hyper_prior,
    negative_log_likelihood,
    negative_log_posterior,
)

NUMBERS = Embedding([0, 0], [False, False])
X = np.array([[0.1, 0.2], [0.4, 0.9], [0.8, 0.3], [0.6, 0.6], [0.25, 0.55]])
Y = np.array([1.2, -0.4, 0.3, -1.1, 0.0])
HYPER = Hyperparameters(np.array([0.5, 0.8]), 1.3, 0.01)

# in the order of their names, those that others depend on first
MIXED = make_space(
    {
        "kind": Categorical(["a", "b", "c"]),
        "n": Integer(1, 9),
        "x": Real(0, 1),
        "sub": When(Categorical(["p", "q"]), kind="c"),
        "y": When(Real(0, 1), kind=["a", "b"]),
    }
)
MIXED_EMBEDDING = Embedding(
    [int(c.n_values) if c.kind == "categorical" else 0 for c in MIXED.columns],
    [bool(c.conditions) for c in MIXED.columns],
)
NUMERIC = [j for j, c in enumerate(MIXED.columns) if c.kind != "categorical"]
MIXED_HYPER = Hyperparameters(np.array([0.4, 1.5, 0.7, 0.3, 0.9]), 0.8, 0.02)


def rows(x):
    x = np.asarray(x, dtype=float)
    return Points(x, np.ones(x.shape, dtype=bool))


def mixed(n, seed=0):
    rng = np.random.default_rng(seed)
    return MIXED.from_uniform(rng.random((n, 5))), rng.standard_normal(n)


def regressor(embedding, hyper, points, y, white=False):
    """scikit-learn's process on the embedded points."""
    kernel = ConstantKernel(hyper.signal) * Matern(hyper.lengthscale[embedding.column], nu=2.5)
    alpha = hyper.noise
    if white:
        kernel, alpha = kernel + WhiteKernel(hyper.noise), 0.0
    model = GaussianProcessRegressor(kernel, alpha=alpha or 1e-300, optimizer=None)
    return model.fit(embedding(points), y)


# ------------------------------------------------------------------------- reference
def test_likelihood_reference():
    value, gradient = negative_log_likelihood(HYPER, NUMBERS(rows(X)), NUMBERS.column, Y)
    assert value == pytest.approx(7.588970084675, abs=6e-13)
    expected = [3.04214668649, 3.44562418358, -1.88903166158, -0.21389625306]
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-11)


def test_posterior_reference():
    at = rows([[0.5, 0.5], [0.0, 0.0], [0.6, 0.6], [1.0, 1.0]])
    mean, variance = Posterior.given(NUMBERS, HYPER, rows(X), Y).predict(at)
    expected = [-0.833349713959, 1.467180439034, -1.042849871104, -0.315142264865]
    np.testing.assert_allclose(mean[:, 0], expected, rtol=0, atol=6e-13)
    expected = [0.053349199886, 0.136950330754, 0.009445152018, 0.802222781634]
    np.testing.assert_allclose(variance, expected, rtol=0, atol=6e-13)


def acquisition(posterior, points, best, name="log-ei"):
    """Value of an acquisition at one point, and its derivatives by the point's numbers."""
    mean, variance, d_mean, d_variance = posterior.gradient(points)
    sd = np.sqrt([variance])
    value, by_mean, by_sd = ACQUISITIONS[name](mean, sd, best)
    return value[0], d_mean @ by_mean[0] + by_sd[0] * d_variance / (2.0 * sd[0])


@pytest.mark.parametrize(
    ("at", "expected", "slope", "digits"),
    [
        ((0.5, 0.5), -4.253385619203, (6.6410723, 3.9674362), (12, 7)),
        ((0.7, 0.8), -2.257730527307, (-0.4359600, 2.4309906), (12, 7)),
        ((0.1, 0.2), -275.471514463, (-344.1255, -566.6332), (9, 4)),
    ],
)
def test_log_expected_improvement_reference(at, expected, slope, digits):
    posterior = Posterior.given(NUMBERS, HYPER, rows(X), Y)
    value, gradient = acquisition(posterior, rows([at]), np.array([-1.1]))
    assert value == pytest.approx(expected, abs=0.6 * 10.0 ** -digits[0])
    np.testing.assert_allclose(gradient, slope, rtol=0, atol=0.6 * 10.0 ** -digits[1])


# ---------------------------------------------------------------- scikit-learn's process
@pytest.mark.parametrize("seed", range(3))
def test_posterior_of_scikit_learn(seed):
    points, y = mixed(30, seed)
    at, _ = mixed(40, 100 + seed)
    posterior = Posterior.given(MIXED_EMBEDDING, MIXED_HYPER, points, y)
    model = regressor(MIXED_EMBEDDING, MIXED_HYPER, points, y)
    expected, covariance = model.predict(MIXED_EMBEDDING(at), return_cov=True)
    mean, variance = posterior.predict(at)
    np.testing.assert_allclose(mean[:, 0], expected, rtol=0, atol=1e-8)
    np.testing.assert_allclose(variance, np.diag(covariance), rtol=0, atol=1e-8)
    np.testing.assert_allclose(posterior.expect(at)[1], covariance, rtol=0, atol=1e-8)


def test_likelihood_of_scikit_learn():
    points, y = mixed(30)
    features, column = MIXED_EMBEDDING(points), MIXED_EMBEDDING.column
    value, gradient = negative_log_likelihood(MIXED_HYPER, features, column, y)
    model = regressor(MIXED_EMBEDDING, MIXED_HYPER, points, y, white=True)
    expected, slope = model.log_marginal_likelihood(model.kernel_.theta, eval_gradient=True)
    assert value == pytest.approx(-expected, abs=1e-8)
    # order there: signal, one length scale a feature, noise
    by_column = np.bincount(column, slope[1:-1])
    np.testing.assert_allclose(gradient, -np.array([*by_column, slope[0], slope[-1]]), atol=1e-8)


# ----------------------------------------------------------------------------- slopes
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("name", PRIORS)
def test_slope_of_the_log_posterior(name, seed):
    rng = np.random.default_rng(seed)
    points, y = mixed(15, seed)
    theta = np.append(rng.uniform(-1.5, 2.0, 5), [rng.uniform(-1.0, 1.0), rng.uniform(-6.0, 0.0)])
    arguments = (MIXED_EMBEDDING(points), MIXED_EMBEDDING.column, y, hyper_prior(name, 5))
    _, gradient = negative_log_posterior(theta, *arguments)
    for j in range(7):
        h = 1e-5 * np.eye(7)[j]
        ends = [negative_log_posterior(theta + step, *arguments)[0] for step in (h, -h)]
        assert gradient[j] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", PRIORS)
def test_log_posterior_is_the_sum(name):
    points, y = mixed(12)
    features, column, prior = MIXED_EMBEDDING(points), MIXED_EMBEDDING.column, hyper_prior(name, 5)
    value, _ = negative_log_posterior(MIXED_HYPER.theta, features, column, y, prior)
    expected = negative_log_likelihood(MIXED_HYPER, features, column, y)[0]
    expected -= prior.lengthscale(np.log(MIXED_HYPER.lengthscale))[0]
    expected -= prior.signal(np.log([MIXED_HYPER.signal]))[0]
    expected -= prior.noise(np.log([MIXED_HYPER.noise]))[0]
    assert value == pytest.approx(expected)


def numeric(f, points, columns, h=1e-6):
    """Central differences of `f` by some columns of one point."""
    slopes = []
    for j in columns:
        ends = []
        for step in (h, -h):
            x = points.x.copy()
            x[0, j] += step
            ends.append(f(Points(x, points.active)))
        slopes.append((ends[0] - ends[1]) / (2.0 * h))
    return np.array(slopes)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), n_samples=st.sampled_from([1, 4]))
def test_slopes_of_the_prediction(seed, n_samples):
    points, y = mixed(14, seed)
    pending, _ = mixed(2, seed + 1)
    posterior = Posterior.given(MIXED_EMBEDDING, MIXED_HYPER, points, y)
    best = np.full(n_samples, y.min())
    if n_samples > 1:
        fantasies = posterior.fantasies(pending, n_samples, np.random.default_rng(seed))
        posterior = posterior.condition(pending, fantasies)
        best = np.minimum(best, fantasies.min(axis=0))
    at, _ = mixed(1, seed + 2)
    columns = [j for j in NUMERIC if at.active[0, j]]  # the numbers that take part
    mean, variance, d_mean, d_variance = posterior.gradient(at)
    np.testing.assert_allclose(mean, posterior.predict(at)[0], atol=1e-12)
    assert variance == pytest.approx(posterior.predict(at)[1][0], abs=1e-12)
    expected = numeric(lambda p: posterior.predict(p)[0][0], at, columns)
    np.testing.assert_allclose(d_mean[columns], expected, rtol=1e-5, atol=1e-7)
    expected = numeric(lambda p: posterior.predict(p)[1][0], at, columns)
    np.testing.assert_allclose(d_variance[columns], expected, rtol=1e-5, atol=1e-7)
    for name in ACQUISITIONS:
        _, slope = acquisition(posterior, at, best, name)
        expected = numeric(
            lambda p, name=name: acquisition(posterior, p, best, name)[0], at, columns
        )
        np.testing.assert_allclose(slope[columns], expected, rtol=1e-5, atol=1e-5)


# ------------------------------------------------------------------- more observations
def test_fifty_appends():
    points, y = mixed(60)
    posterior = Posterior.given(MIXED_EMBEDDING, MIXED_HYPER, points[:10], y[:10])
    for i in range(10, 60):
        posterior = posterior.condition(points[i], y[[i], None])
    full = Posterior.given(MIXED_EMBEDDING, MIXED_HYPER, points, y)
    np.testing.assert_allclose(posterior.factor, full.factor, rtol=0, atol=1e-8)
    at, _ = mixed(30, 1)
    for actual, expected in zip(posterior.predict(at), full.predict(at), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-9)


def test_samples_are_columns():
    points, y = mixed(10)
    pending, _ = mixed(3, 1)
    at, _ = mixed(5, 2)
    samples = np.random.default_rng(0).standard_normal((3, 4))
    posterior = Posterior.given(MIXED_EMBEDDING, MIXED_HYPER, points, y)
    before = [a.copy() for a in (posterior.factor, posterior.y, posterior.alpha)]
    mean, variance = posterior.condition(pending, samples).predict(at)
    assert mean.shape == (5, 4)
    both = Points.concatenate([points, pending])
    for s in range(4):
        one = Posterior.given(MIXED_EMBEDDING, MIXED_HYPER, both, np.append(y, samples[:, s]))
        np.testing.assert_allclose(mean[:, [s]], one.predict(at)[0], atol=1e-10)
        np.testing.assert_allclose(variance, one.predict(at)[1], atol=1e-10)
    for array, old in zip((posterior.factor, posterior.y, posterior.alpha), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_fantasies_follow_the_posterior():
    points, y = mixed(8)
    pending, _ = mixed(3, 1)
    hyper = Hyperparameters(MIXED_HYPER.lengthscale, 0.8, 0.3)
    posterior = Posterior.given(MIXED_EMBEDDING, hyper, points, y)
    samples = posterior.fantasies(pending, 4096, np.random.default_rng(0))
    assert samples.shape == (3, 4096)
    np.testing.assert_allclose(samples.mean(axis=1), posterior.predict(pending)[0][:, 0], atol=0.01)
    expected = posterior.expect(pending)[1] + 0.3 * np.eye(3)  # as they would be observed
    np.testing.assert_allclose(np.cov(samples), expected, atol=0.02)
    again = posterior.fantasies(pending, 4096, np.random.default_rng(0))
    np.testing.assert_array_equal(samples, again)


@pytest.mark.parametrize("n_samples", [1, 5, 64])
def test_number_of_fantasies(n_samples):
    posterior = Posterior.given(NUMBERS, HYPER, rows(X), Y)
    samples = posterior.fantasies(rows(X[:2]), n_samples, np.random.default_rng(0))
    assert samples.shape == (2, n_samples)


def test_fantasies_of_a_point_twice_pending():
    posterior = Posterior.given(NUMBERS, Hyperparameters(HYPER.lengthscale, 1.0, 1e-6), rows(X), Y)
    twice = rows(np.full((2, 2), 0.35))
    samples = posterior.fantasies(twice, 64, np.random.default_rng(0))
    np.testing.assert_allclose(samples[0], samples[1], atol=0.02)
    assert np.all(np.isfinite(posterior.condition(twice, samples).predict(twice)[0]))


@pytest.mark.parametrize("seed", range(5))
def test_less_is_expected_where_a_trial_is_pending(seed):
    points, y = mixed(12, seed)
    posterior = Posterior.given(MIXED_EMBEDDING, MIXED_HYPER, points, y)
    at, _ = mixed(200, seed + 100)

    def expected_improvement(model, best, where):
        mean, variance = model.predict(where)
        return ACQUISITIONS["log-ei"](mean, np.sqrt(variance), best)[0]

    before = expected_improvement(posterior, y.min(keepdims=True), at)
    pending = at[int(np.argmax(before))]
    samples = posterior.fantasies(pending, 64, np.random.default_rng(seed))
    best = np.minimum(y.min(), samples.min(axis=0))
    after = expected_improvement(posterior.condition(pending, samples), best, pending)
    assert after[0] < before.max() - 0.5


# --------------------------------------------------------------------------- fitting
def wave(n, d=2, seed=0):
    x = np.random.default_rng(seed).random((n, d))
    y = np.sin(7.0 * x[:, 0])
    return rows(x), (y - y.mean()) / y.std()


@pytest.mark.parametrize("prior", PRIORS)
def test_fit_finds_a_mode(prior):
    points, y = wave(20)
    posterior = GaussianProcess(NUMBERS, prior).fit(points, y)
    arguments = (NUMBERS(points), NUMBERS.column, y, hyper_prior(prior, 2))
    value, gradient = negative_log_posterior(posterior.hyper.theta, *arguments)
    inside = (posterior.hyper.lengthscale < 900) & (posterior.hyper.lengthscale > 0.026)
    assert np.all(np.abs(gradient[:2][inside]) < 0.1)
    rng = np.random.default_rng(0)
    for _ in range(20):
        other = posterior.hyper.theta + 0.1 * rng.standard_normal(4)
        other[:2] = np.minimum(other[:2], np.log(1e3))  # the longest length scale
        assert negative_log_posterior(other, *arguments)[0] > value - 0.05


def test_fit_sees_what_matters():
    points, y = wave(30)
    length = GaussianProcess(NUMBERS).fit(points, y).hyper.lengthscale
    assert length[1] > 3.0 * length[0]


def test_fit_estimates_noise():
    points, y = wave(60)
    noisy = y + 0.5 * np.random.default_rng(1).standard_normal(60)
    assert 0.1 < GaussianProcess(NUMBERS, "dim-scaled").fit(points, noisy).hyper.noise < 0.5
    assert GaussianProcess(NUMBERS, "dim-scaled").fit(points, y).hyper.noise < 0.02


def test_without_noise_it_interpolates():
    points, y = wave(15)
    posterior = GaussianProcess(NUMBERS, noise=False).fit(points, y)
    assert posterior.hyper.noise == pytest.approx(1e-6, rel=0.01)
    mean, variance = posterior.predict(points)
    np.testing.assert_allclose(mean[:, 0], y, atol=1e-3)
    assert np.all((variance >= 0.0) & (variance < 1e-5))


def test_a_start_may_lead_to_a_better_mode():
    x = np.linspace(0.0, 1.0, 30)[:, None]  # three waves: from afar, they look like noise
    embedding, y = Embedding([0], [False]), np.sin(20.0 * x[:, 0])
    y = (y - y.mean()) / y.std()
    process, short = GaussianProcess(embedding), Hyperparameters(np.array([0.05]), 1.0, 1e-3)
    arguments = (x, embedding.column, y, hyper_prior("auto", 1))
    warm = process.fit(rows(x), y, (short,)).hyper
    assert negative_log_posterior(warm.theta, *arguments)[0] < 10.0
    assert warm.lengthscale[0] == pytest.approx(0.19, abs=0.02)


def test_starts_can_only_help():
    points, y = wave(12, seed=3)
    arguments = (NUMBERS(points), NUMBERS.column, y, hyper_prior("auto", 2))
    process = GaussianProcess(NUMBERS)
    cold = process.fit(points, y).hyper
    wild = Hyperparameters(np.array([1e9, 1e-9]), 1e-9, 1e9)  # out of bounds
    for start in (cold, wild):
        warm = process.fit(points, y, (start,)).hyper
        values = [negative_log_posterior(h.theta, *arguments)[0] for h in (warm, cold)]
        assert values[0] <= values[1] + 1e-6
        assert np.all((warm.lengthscale > 0.024) & (warm.lengthscale < 1001.0))


def test_hyperparameters_round_trip():
    again = Hyperparameters.of(HYPER.theta)
    np.testing.assert_allclose(again.lengthscale, HYPER.lengthscale)
    assert (again.signal, again.noise) == (pytest.approx(1.3), pytest.approx(0.01))
    assert np.all(np.isfinite(Hyperparameters(HYPER.lengthscale, 1.0, 0.0).theta))


# ------------------------------------------------------------------------- edge cases
@pytest.mark.parametrize("prior", PRIORS)
def test_few_points_in_many_dimensions(prior):
    rng = np.random.default_rng(0)
    embedding = Embedding([0] * 50, [False] * 50)
    points, y = rows(rng.random((5, 50))), rng.standard_normal(5)
    mean, variance = GaussianProcess(embedding, prior).fit(points, y).predict(points)
    assert np.all(np.isfinite(mean))
    assert np.all(variance >= 0.0)


@pytest.mark.parametrize("noise", [True, False])
def test_repeated_rows(noise):
    points, y = wave(10)
    twice = points[np.repeat(np.arange(10), 3)]
    posterior = GaussianProcess(NUMBERS, noise=noise).fit(twice, np.repeat(y, 3))
    np.testing.assert_allclose(posterior.predict(points)[0][:, 0], y, atol=0.1)
    contradiction = np.random.default_rng(0).standard_normal(30)
    mean, variance = GaussianProcess(NUMBERS, noise=noise).fit(twice, contradiction).predict(twice)
    assert np.all(np.isfinite(mean))
    assert np.all(variance >= 0.0)


@pytest.mark.parametrize("n", [1, 2])
def test_hardly_any_observations(n):
    mean, variance = GaussianProcess(NUMBERS).fit(rows(X[:n]), np.zeros(n)).predict(rows(X))
    np.testing.assert_allclose(mean, 0.0, atol=1e-9)
    assert np.all(variance[n:] > variance[0])


def test_constant_columns_and_no_columns():
    y = np.random.default_rng(0).standard_normal(6)
    for embedding in (MIXED_EMBEDDING, Embedding([], [])):
        points = rows(np.full((6, embedding.n_columns), 0.5))
        mean, _ = GaussianProcess(embedding).fit(points, y).predict(points)
        np.testing.assert_allclose(mean, np.full((6, 1), mean[0, 0]))


def test_wild_observations():
    # not standardised: the bounds hold, and no number overflows
    points, y = wave(10)
    posterior = GaussianProcess(NUMBERS).fit(points, 1e8 * y)
    assert np.all(np.isfinite(posterior.predict(points)[0]))
    assert posterior.hyper.signal <= 100.0 * (1.0 + 1e-9)


def test_unknown_prior():
    with pytest.raises(ValueError, match="no prior 'nope'"):
        GaussianProcess(NUMBERS, "nope").fit(rows(X), Y)


def test_missing_observations_are_refused():
    x = np.linspace(0.0, 1.0, 3)[:, None]
    points = Points(x, np.ones(x.shape, dtype=bool))
    with pytest.raises(ValueError, match="NaN"):
        GaussianProcess(Embedding((0,), (False,))).fit(points, np.array([0.0, np.nan, 1.0]))
