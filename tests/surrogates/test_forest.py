"""Random forests: against scikit-learn, tree by tree, and their scale of losses."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate
from scipy.stats import norm
from sklearn.ensemble import ExtraTreesRegressor

from skhpo._records import Points
from skhpo.surrogates import Forest, log_normal_ei, log_scale


def full(x):
    x = np.asarray(x, dtype=float)
    return Points(x, np.ones(x.shape, dtype=bool))


def task(n=80, d=3, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.random((n, d))
    y = np.sin(5 * x[:, 0]) + x[:, 1] * x[:, -1] + 0.1 * rng.standard_normal(n)
    return full(x), y


def mixed(n=60, seed=0):
    """A number, three categories, a number under the first of them, two categories likewise."""
    rng = np.random.default_rng(seed)
    category, two = rng.integers(3, size=n), rng.integers(2, size=n)
    x = np.stack([rng.random(n), (category + 0.5) / 3, rng.random(n), (two + 0.5) / 2], axis=1)
    active = np.ones(x.shape, dtype=bool)
    active[:, 2:] = (category == 0)[:, None]
    x[~active] = 0.5
    y = np.where(category == 0, 2 * x[:, 2] - two, 0.5 * category) + 0.3 * x[:, 0]
    return Points(x, active), y


MIXED = [0, 3, 0, 2]


# ------------------------------------------------------------------ against others
def test_forest_agrees_with_scikit_learn():
    points, y = task()
    where, _ = task(40, seed=1)
    n_trees = 600
    posterior = Forest(n_trees, 1).fit(points, y, [0] * 3, np.random.default_rng(0))
    mean, variance = posterior.predict(where)
    peer = ExtraTreesRegressor(n_trees, bootstrap=True, random_state=0).fit(points.x, y)
    each = np.array([tree.predict(where.x) for tree in peer.estimators_])
    error = np.sqrt(2 * variance / n_trees)
    assert np.abs((mean[:, 0] - each.mean(axis=0)) / error).max() < 4
    assert np.abs((mean[:, 0] - each.mean(axis=0)) / error).std() < 1.5
    np.testing.assert_allclose(np.sqrt(variance), each.std(axis=0), rtol=0.3)
    assert np.sqrt(variance).mean() == pytest.approx(each.std(axis=0).mean(), rel=0.03)


def slow_predict(posterior, x):
    """Mean and variance at one row of features, one tree and one node after the other."""
    leaves = []
    for root in range(posterior.n_trees):
        node = root
        while posterior.child[node] != node:
            right = x[posterior.feature[node]] > posterior.threshold[node]
            node = posterior.child[node] + right
        leaves.append(node)
    means, spreads = posterior.mean[leaves, 0], posterior.spread[leaves]
    return means.mean(), means.var() + spreads.mean()


def test_prediction_is_what_single_trees_say():
    points, y = task(50)
    posterior = Forest(7).fit(points, y, [0] * 3, np.random.default_rng(0))
    where, _ = task(20, seed=1)
    mean, variance = posterior.predict(where)
    assert mean.shape == (20, 1)
    assert variance.shape == (20,)
    expected = np.array([slow_predict(posterior, x) for x in where.x])
    np.testing.assert_allclose(mean[:, 0], expected[:, 0], rtol=1e-12)
    np.testing.assert_allclose(variance, expected[:, 1], rtol=1e-12)


# ------------------------------------------------------------------ the trees
@pytest.mark.parametrize("min_leaf", [1, 3, 8])
def test_leaves_hold_what_their_parents_held(min_leaf):
    points, y = task(60)
    posterior = Forest(9, min_leaf).fit(points, y, [0] * 3, np.random.default_rng(0))
    inner = np.flatnonzero(posterior.child != np.arange(len(posterior.child)))
    left, right = posterior.child[inner], posterior.child[inner] + 1
    weight, mean, spread = posterior.weight, posterior.mean[:, 0], posterior.spread
    np.testing.assert_array_equal(weight[:9], 60)
    np.testing.assert_allclose(weight[inner], weight[left] + weight[right])
    total, square = weight * mean, weight * (spread + mean**2)
    np.testing.assert_allclose(total[inner], total[left] + total[right], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(square[inner], square[left] + square[right], rtol=1e-9)
    rows = posterior._leaves(points)
    for leaf in np.unique(rows):
        # different observations, the tree's own among them, and never more than it was given
        assert np.count_nonzero(rows == leaf) >= min_leaf
        assert weight[leaf] >= min_leaf
    assert sorted([*left, *right]) == list(range(9, len(weight)))


def test_leaf_variance_counts():
    """Noise that no tree can explain is not mistaken for certainty."""
    rng = np.random.default_rng(0)
    x = np.repeat([0.0, 1.0], 100)[:, None]
    y = 4 * x[:, 0] + rng.standard_normal(200)
    posterior = Forest(50).fit(full(x), y, [0], rng)
    mean, variance = posterior.predict(full([[0.0], [1.0]]))
    np.testing.assert_allclose(mean[:, 0], [y[:100].mean(), y[100:].mean()], atol=0.1)
    np.testing.assert_allclose(variance, [y[:100].var(), y[100:].var()], rtol=0.2)


def test_variance_has_a_floor():
    x = np.repeat([0.0, 1.0], 20)[:, None]
    y = np.repeat([0.0, 10.0], 20)
    _, variance = Forest().fit(full(x), y, [0], np.random.default_rng(0)).predict(full(x))
    np.testing.assert_allclose(variance, 1e-3 * y.var())


def test_variance_grows_away_from_what_was_observed():
    rng = np.random.default_rng(0)
    x = 0.4 * rng.random((200, 1))
    x[:20] += 0.6
    posterior = Forest(100).fit(full(x), np.sin(20 * x[:, 0]), [0], rng)
    _, inside = posterior.predict(full(np.linspace(0.05, 0.35, 50)[:, None]))
    _, between = posterior.predict(full([[0.5]]))
    assert between > 2 * np.median(inside)


def test_one_number_is_learned_although_leaves_must_not_be_small():
    x = np.random.default_rng(0).random((100, 1))
    posterior = Forest(30, 5).fit(full(x), x[:, 0], [0], np.random.default_rng(1))
    where = np.linspace(0.05, 0.95, 50)[:, None]
    assert np.mean((posterior.predict(full(where))[0] - where) ** 2) < 0.001


# ------------------------------------------------------------------ categories and conditions
def test_categories_and_conditions_are_learned():
    points, y = mixed(300)
    posterior = Forest(50).fit(points, y, MIXED, np.random.default_rng(0))
    assert posterior.widths == (1, 4 - 1, 1, 3)
    where, truth = mixed(200, seed=1)
    error = truth - posterior.predict(where)[0][:, 0]
    assert np.mean(error**2) < 0.04 * truth.var()


def test_middle_category_is_told_from_its_neighbours_at_once():
    """One question isolates any of many levels: they are not put in an order."""
    category = np.arange(350) % 7
    x = ((category + 0.5) / 7)[:, None]
    y = (category == 3).astype(float)
    posterior = Forest(20).fit(full(x), y, [7], np.random.default_rng(0))
    np.testing.assert_allclose(posterior.predict(full(x))[0][:, 0], y, atol=1e-12)
    assert len(posterior.child) == 3 * 20


def test_code_of_an_absent_parameter_does_not_matter():
    points, y = mixed()
    moved = Points(np.where(points.active, points.x, 0.123), points.active)
    first = Forest().fit(points, y, MIXED, np.random.default_rng(0))
    second = Forest().fit(moved, y, MIXED, np.random.default_rng(0))
    for a, b in zip(first.predict(points), second.predict(moved), strict=True):
        np.testing.assert_array_equal(a, b)


def test_absence_is_not_the_middle_of_a_number():
    rng = np.random.default_rng(0)
    x = rng.random((200, 1))
    active = rng.random((200, 1)) < 0.5
    x[~active] = 0.5
    points = Points(x, active)
    posterior = Forest().fit(points, np.where(active[:, 0], 0.0, 1.0), [0], rng)
    where = Points(np.array([[0.5], [0.5]]), np.array([[True], [False]]))
    np.testing.assert_allclose(posterior.predict(where)[0][:, 0], [0, 1], atol=1e-12)


def test_absence_that_was_never_observed_is_predicted_all_the_same():
    points = full(np.tile((np.arange(3) + 0.5) / 3, 10)[:, None])
    posterior = Forest().fit(points, np.tile([0.0, 1.0, 2.0], 10), [3], np.random.default_rng(0))
    mean, variance = posterior.predict(Points(np.array([[0.5]]), np.array([[False]])))
    assert 0 <= mean[0, 0] <= 2
    assert variance[0] > 0


# ------------------------------------------------------------------ properties
LOSSES = arrays(float, st.integers(1, 40), elements=st.floats(-1e3, 1e3, width=32))


@given(LOSSES, st.integers(1, 4), st.integers(0, 2**32))
def test_prediction_stays_within_the_observations(y, min_leaf, seed):
    rng = np.random.default_rng(seed)
    x = np.round(rng.random((len(y), 2)), 1)  # with ties
    mean, variance = Forest(5, min_leaf).fit(full(x), y, [0, 0], rng).predict(full(x))
    slack = 1e-9 * (1 + np.abs(y).max())
    assert mean.min() >= y.min() - slack
    assert mean.max() <= y.max() + slack
    assert np.all(variance >= 1e-3 * y.var() * (1 - 1e-9))
    assert np.all(variance <= np.ptp(y) ** 2 / 2 + 1e-3)


@example(np.array([-785.27954102, 100.0, *[0.0] * 8]), 2, 0)  # pow(scale, 2) is not exact
@given(LOSSES, st.integers(-20, 20), st.integers(0, 2**32))
def test_scale_of_the_losses_does_not_matter(y, exponent, seed):
    x = np.random.default_rng(seed).random((len(y), 2))
    results = [
        Forest(5).fit(full(x), factor * y, [0, 0], np.random.default_rng(seed)).predict(full(x))
        for factor in (1.0, 2.0**exponent)
    ]
    if np.ptp(y) > 0.0:
        np.testing.assert_array_equal(results[1][0], 2.0**exponent * results[0][0])
        np.testing.assert_array_equal(results[1][1], 4.0**exponent * results[0][1])


def test_equal_seeds_give_equal_forests_and_arguments_are_not_altered():
    points, y = mixed()
    for array in (points.x, points.active, y):
        array.flags.writeable = False
    means = [
        Forest().fit(points, y, MIXED, np.random.default_rng(seed)).predict(points)[0]
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(means[0], means[1])
    assert np.any(means[0] != means[2])


# ------------------------------------------------------------------ pending trials
def test_condition_adds_to_the_leaves():
    """As if the rows had been there when the leaves were summed up."""
    points, y = task(40)
    posterior = Forest(4).fit(points, y, [0] * 3, np.random.default_rng(0))
    more, values = task(6, seed=1)
    grown = posterior.condition(more, values[:, None])
    leaf = posterior._leaves(more)
    for node in np.unique(leaf):
        own = np.broadcast_to(values, leaf.shape)[leaf == node]
        n, k = posterior.weight[node], len(own)
        mean = (n * posterior.mean[node, 0] + own.sum()) / (n + k)
        square = n * (posterior.spread[node] + posterior.mean[node, 0] ** 2) + (own**2).sum()
        assert grown.weight[node] == n + k
        assert grown.mean[node, 0] == pytest.approx(mean, rel=1e-12)
        assert grown.spread[node] == pytest.approx(square / (n + k) - mean**2, rel=1e-9, abs=1e-12)
    assert len(grown.points) == len(grown.y) == 46
    others = np.setdiff1d(np.arange(len(posterior.mean)), leaf)
    np.testing.assert_array_equal(grown.mean[others], posterior.mean[others])


def test_condition_on_the_mean_lowers_the_variance_there():
    points, y = task(80)
    posterior = Forest().fit(points, y, [0] * 3, np.random.default_rng(0))
    where, _ = task(20, seed=1)
    for i in range(20):
        before_mean, before = posterior.predict(where[i])
        mean, variance = posterior.condition(where[i], before_mean).predict(where[i])
        assert variance[0] < 0.95 * before[0]
        assert abs(mean[0, 0] - before_mean[0, 0]) < 0.5 * np.sqrt(before[0])


def test_condition_on_samples_gives_a_mean_for_each():
    points, y = task(40)
    posterior = Forest().fit(points, y, [0] * 3, np.random.default_rng(0))
    more, _ = task(3, seed=1)
    samples = np.random.default_rng(2).standard_normal((3, 5))
    mean, variance = posterior.condition(more, samples).predict(points)
    assert mean.shape == (40, 5)
    assert variance.shape == (40,)
    singles = [posterior.condition(more, samples[:, [s]]).predict(points) for s in range(5)]
    np.testing.assert_allclose(mean, np.hstack([one for one, _ in singles]), rtol=1e-12)
    np.testing.assert_allclose(variance, np.mean([v for _, v in singles], axis=0), rtol=1e-12)


# ------------------------------------------------------------------ logarithms of losses
def test_log_scale_reference():
    scaled = log_scale(np.arange(1.0, 11.0))
    expected = [-3.04452244, -1.87445119, -1.34992672]
    np.testing.assert_allclose(scaled[:3], expected, rtol=0, atol=6e-9)
    assert scaled[-1] == 0


@given(LOSSES)
def test_log_scale_keeps_the_order(y):
    scaled = log_scale(y)
    assert np.all(np.isfinite(scaled))
    order = np.argsort(y, kind="stable")
    assert np.all(np.diff(scaled[order]) >= 0)
    assert scaled.max() == 0


@given(LOSSES, st.integers(-30, 30))
def test_log_scale_ignores_the_unit_of_the_losses(y, exponent):
    np.testing.assert_allclose(log_scale(2.0**exponent * y), log_scale(y), rtol=1e-12)


def test_ties_at_the_best_are_no_outliers():
    scaled = log_scale(np.array([0.0] * 5 + [1.0] * 10))
    assert np.ptp(scaled) == pytest.approx(np.log(1.001 / 0.001), rel=1e-12)
    np.testing.assert_array_equal(log_scale(np.full(4, 7.0)), 0)


def integrated(mean, sd, best):
    """The improvement over exp(best), as an integral over standard deviations below `best`."""
    v = (best - mean) / sd
    peak = max(v, 0.0)

    def integrand(u):
        return -np.expm1(-sd * u) * np.exp(-0.5 * (v - u) ** 2 + 0.5 * (v - peak) ** 2)

    edges = [0.0, *(np.array([0.01, 0.1, 1.0, 5.0, 20.0, 60.0]) / (1.0 + abs(min(v, 0.0))))]
    edges = sorted({*edges, *(max(peak + k, 0.0) for k in (-8.0, -2.0, 0.0, 2.0, 8.0, 40.0))})
    total = sum(
        integrate.quad(integrand, a, b, epsabs=0.0, epsrel=1e-12)[0]
        for a, b in itertools.pairwise(edges)
    )
    return best + np.log(total / np.sqrt(2 * np.pi)) - 0.5 * (v - peak) ** 2


@pytest.mark.parametrize("sd", [1e-4, 0.05, 1.0, 8.0])
@pytest.mark.parametrize("v", [-500.0, -30.0, -3.0, -1e-3, 0.0, 1e-3, 2.0, 9.0])
def test_log_normal_ei_is_the_logarithm_of_an_integral(v, sd):
    best = -1.3
    mean = best - v * sd
    value = log_normal_ei(np.array([[mean]]), np.array([sd]), np.array([best]))[0][0]
    assert value == pytest.approx(integrated(mean, sd, best), rel=1e-10, abs=1e-10)


def test_log_normal_ei_is_the_formula_where_that_works():
    mean, sd, best = np.array([[-1.0], [0.3]]), np.array([0.7, 1.2]), np.array([-0.5])
    v = (best - mean[:, 0]) / sd
    formula = np.exp(best) * norm.cdf(v)
    formula -= np.exp(mean[:, 0] + 0.5 * sd**2) * norm.cdf(v - sd)
    np.testing.assert_allclose(log_normal_ei(mean, sd, best)[0], np.log(formula), rtol=1e-12)


@given(
    arrays(float, (4, 3), elements=st.floats(-5, 5)),
    arrays(float, 4, elements=st.floats(0.01, 3)),
    arrays(float, 3, elements=st.floats(-5, 5)),
)
def test_log_normal_ei_has_the_derivatives_that_it_says(mean, sd, best):
    _, d_mean, d_sd = log_normal_ei(mean, sd, best)
    step = 1e-5 * sd  # central differences
    up, down = (log_normal_ei(mean, sd + s, best)[0] for s in (step, -step))
    np.testing.assert_allclose((up - down) / (2 * step), d_sd, rtol=1e-4, atol=1e-4)
    for j in range(3):
        shift = np.zeros(mean.shape)
        shift[:, j] = step
        up, down = (log_normal_ei(mean + s * shift, sd, best)[0] for s in (1, -1))
        np.testing.assert_allclose((up - down) / (2 * step), d_mean[:, j], rtol=1e-4, atol=1e-4)


def test_log_normal_ei_averages_improvements_over_samples():
    mean, sd, best = np.array([[0.1, -0.4]]), np.array([0.6]), np.array([0.0, -0.2])
    value = log_normal_ei(mean, sd, best)[0]
    single = [log_normal_ei(mean[:, [s]], sd, best[[s]])[0][0] for s in range(2)]
    assert value[0] == pytest.approx(np.log(np.mean(np.exp(single))), rel=1e-12)


@pytest.mark.parametrize("sd", [1e-6, 1e-2, 30.0])
def test_log_normal_ei_is_finite_and_falls_with_the_mean(sd):
    mean = np.linspace(-20, 20, 401)[:, None]
    value, d_mean, d_sd = log_normal_ei(mean, np.full(401, sd), np.zeros(1))
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(d_mean))
    assert np.all(np.isfinite(d_sd))
    assert np.all(np.diff(value) <= 1e-9)
