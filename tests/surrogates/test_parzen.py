"""Parzen estimators: reference values, normalisation, limits of the kernels."""

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import log_ndtr

from skhpo.surrogates import BANDWIDTHS, CATEGORICAL_KERNELS, Axes, Cells, Kernels, ParzenEstimator
from skhpo.surrogates._parzen import log_gauss_mass, truncated_normal

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "tpe.json").read_text())
NUMBER, INTEGER = Axes(np.array([False]), (None,)), Axes(np.array([True]), (None,))


def categories(m):
    return Axes(np.array([False]), (np.full(m, 1 / m),))


def points(x):
    x = np.asarray(x, dtype=float)
    return Cells(x, x, x)


def column(values):
    return np.asarray(values, dtype=float).reshape(-1, 1)


# ----------------------------------------------------------------- reference values
@pytest.mark.parametrize("case", REFERENCE["densities"], ids=lambda case: case["rule"])
def test_density_reference(case):
    low, high = case["domain"]
    integer, scale = case.get("integer", False), np.log if case.get("log") else np.asarray
    length = scale(high) - scale(low)

    def encode(values):
        return column((scale(np.asarray(values, dtype=float)) - scale(low)) / length)

    observed = encode(case["observed"])
    weights = np.asarray(case.get("weights", np.ones(len(observed))), dtype=float)
    model = ParzenEstimator.fit(
        observed, INTEGER if integer else NUMBER, weights, Kernels(case["rule"])
    )
    np.testing.assert_allclose(model.sigmas[:, 0] * length, case["sigmas"], rtol=1e-9)
    values, expected = np.array(case["log_pdf"]).T
    x = encode(values)
    half = 0.5 / length if integer else 0.0
    actual = model.log_density(Cells(x, x - half, x + half)) - (0.0 if integer else np.log(length))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=6e-12)


def test_category_reference():
    case = REFERENCE["categories"]
    m = case["n"]
    model = ParzenEstimator.fit(
        (column(case["observed"]) + 0.5) / m, categories(m), np.ones(3), Kernels("optuna", "optuna")
    )
    rows = [[float(Fraction(p)) for p in row] for row in case["rows"]]
    np.testing.assert_allclose(model.rows[0], rows, rtol=1e-14)
    value, expected = np.array(case["log_pdf"]).T
    actual = model.log_density(points(column((value + 0.5) / m)))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=6e-12)


def test_joint_reference():
    case = REFERENCE["joint"]
    axes = Axes(np.array([False, False]), (None, np.full(3, 1 / 3)))
    observed = np.array(case["observed"])
    observed[:, 1] = (observed[:, 1] + 0.5) / 3
    model = ParzenEstimator.fit(observed, axes, np.ones(3), Kernels("optuna", "optuna"))
    x, c, expected = np.array(case["log_pdf"]).T
    actual = model.log_density(points(np.stack([x, (c + 0.5) / 3], axis=1)))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=6e-11)


@pytest.mark.parametrize("rule", sorted(REFERENCE["floors"]))
def test_smallest_bandwidth(rule):
    for n, floor in REFERENCE["floors"][rule].items():
        sigmas = BANDWIDTHS[rule](np.full((int(n), 1), 0.5))
        assert sigmas.min() == pytest.approx(floor if int(n) > 1 else max(floor, 0.5), rel=2e-5)


# ---------------------------------------------------------------------- bandwidths
def test_neighbours_by_rule():
    means = column([0.2, 0.3, 0.9])
    expected = {
        "watanabe": [0.2, 0.2, 0.4],  # the ends and the prior's mean count
        "optuna": [0.2, 0.6, 0.6],  # (0.1 is below the floor of 1 / 5)
        "hyperopt": [0.2, 0.2, 0.4],  # the prior's mean counts, the ends do not
    }
    for rule, sigmas in expected.items():
        np.testing.assert_allclose(BANDWIDTHS[rule](means)[:, 0], sigmas)


def test_single_observation():
    assert BANDWIDTHS["hyperopt"](column([0.9]))[0, 0] == 0.5
    assert BANDWIDTHS["optuna"](column([0.9]))[0, 0] == pytest.approx(0.9)
    assert BANDWIDTHS["watanabe"](column([0.9]))[0, 0] == pytest.approx(0.4)


def test_scott_follows_the_spread():
    rng = np.random.default_rng(0)
    means = np.clip(0.5 + rng.normal(size=(400, 1)) * [[0.1, 0.2]], 0, 1)
    sigmas = BANDWIDTHS["scott"](means)
    assert sigmas.shape == (400, 2)
    expected = 1.059 * np.std(means, axis=0, ddof=1) * 400**-0.2
    np.testing.assert_allclose(sigmas[0], expected, rtol=0.1)
    assert np.all(sigmas == sigmas[0])


@pytest.mark.parametrize("rule", sorted(BANDWIDTHS))
@pytest.mark.parametrize("n", [0, 1, 2, 3, 30, 200])
def test_bandwidths_lie_within_the_range(rule, n):
    means = np.random.default_rng(n).random((n, 3))
    sigmas = BANDWIDTHS[rule](means)
    assert sigmas.shape == (n, 3)
    assert np.all((sigmas >= 0.01) & (sigmas <= 1.0))
    shuffled = np.random.default_rng(1).permutation(n)
    np.testing.assert_allclose(BANDWIDTHS[rule](means[shuffled]), sigmas[shuffled], rtol=1e-12)


# --------------------------------------------------------------------- normalisation
observations = st.lists(st.integers(0, 1000).map(lambda i: i / 1000), max_size=8)
rules = st.sampled_from(sorted(BANDWIDTHS))


@given(observed=observations, rule=rules, heavy=st.floats(0.1, 10.0))
def test_a_continuous_density_integrates_to_one(observed, rule, heavy):
    weights = np.linspace(1.0, heavy, len(observed))
    model = ParzenEstimator.fit(column(observed), NUMBER, weights, Kernels(rule))

    def density(x):
        return float(np.exp(model.log_density(points([[x]])))[0])

    breaks = sorted({0.0, 1.0, *observed})
    pieces = itertools.pairwise(breaks)
    total = sum(integrate.quad(density, a, b, epsabs=1e-11, limit=200)[0] for a, b in pieces)
    assert total == pytest.approx(1.0, abs=1e-8)


@given(
    observed=st.lists(st.integers(0, 11), max_size=8),
    widths=st.lists(st.floats(0.05, 1.0), min_size=12, max_size=12),
    rule=rules,
)
def test_masses_of_cells_sum_to_one(observed, widths, rule):
    edges = np.append(0.0, np.cumsum(widths)) / np.sum(widths)
    centers = column(0.5 * (edges[1:] + edges[:-1]))
    model = ParzenEstimator.fit(centers[observed], INTEGER, np.ones(len(observed)), Kernels(rule))
    log_mass = model.log_density(Cells(centers, column(edges[:-1]), column(edges[1:])))
    assert np.exp(log_mass).sum() == pytest.approx(1.0, abs=1e-8)


@given(
    observed=st.lists(st.integers(0, 4), max_size=8),
    kernel=st.sampled_from(sorted(CATEGORICAL_KERNELS)),
    prior_weight=st.floats(0.01, 10.0),
)
def test_categories_sum_to_one(observed, kernel, prior_weight):
    prior = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
    model = ParzenEstimator.fit(
        (column(observed) + 0.5) / 5,
        Axes(np.array([False]), (prior,)),
        np.ones(len(observed)),
        Kernels(categorical=kernel, prior_weight=prior_weight),
    )
    mass = np.exp(model.log_density(points(column((np.arange(5) + 0.5) / 5))))
    assert mass.sum() == pytest.approx(1.0, abs=1e-12)
    if not observed:
        np.testing.assert_allclose(mass, prior)
    else:
        assert mass[max(set(observed), key=observed.count)] > prior.min()


# -------------------------------------------------------------------------- sampling
def test_draws_follow_the_density():
    rng = np.random.default_rng(3)
    axes = Axes(np.array([False, False]), (None, np.full(3, 1 / 3)))
    observed = np.array([[0.02, 1 / 6], [0.1, 1 / 6], [0.9, 5 / 6], [1.0, 0.5]])
    model = ParzenEstimator.fit(observed, axes, np.array([4.0, 1.0, 2.0, 3.0]), Kernels())
    x = model.sample(rng, 20_000)
    assert x.min() >= 0.0 and x.max() <= 1.0

    components = np.exp(model.log_weights)
    low, high = (
        (0 - model.means[:, 0]) / model.sigmas[:, 0],
        (1 - model.means[:, 0]) / model.sigmas[:, 0],
    )

    def cdf(q):
        each = stats.truncnorm.cdf(q[:, None], low, high, model.means[:, 0], model.sigmas[:, 0])
        return each @ components

    assert stats.kstest(x[:, 0], cdf).pvalue > 1e-3
    counts = np.bincount((x[:, 1] * 3).astype(int), minlength=3)
    expected = components @ model.rows[1] * len(x)
    assert stats.chisquare(counts, expected).pvalue > 1e-3
    # one component is drawn for all columns: the first category goes with small numbers
    first = x[:, 1] < 1 / 3
    assert x[first, 0].mean() < x[~first, 0].mean() - 0.1


# --------------------------------------------------------------------------- kernels
def test_log_gauss_mass_in_the_tails():
    a = np.array([[-1.0, -40.0, 40.0, -3.0, 8.0, -0.001]])
    b = np.array([[1.0, -39.0, 41.0, 5.0, 9.0, 0.002]])
    expected = [
        math.log(math.erf(math.sqrt(0.5))),
        log_ndtr(-39.0),
        log_ndtr(-40.0),
        math.log(stats.norm.cdf(5) - stats.norm.cdf(-3)),
        math.log(stats.norm.sf(8) - stats.norm.sf(9)),
        math.log(0.003 / math.sqrt(2 * math.pi)),
    ]
    np.testing.assert_allclose(log_gauss_mass(a, b)[0], expected, rtol=1e-7)
    assert log_gauss_mass(np.zeros((1, 1)), np.zeros((1, 1)))[0, 0] == -np.inf


@given(q=st.floats(0, 1), mean=st.floats(0, 1), sigma=st.floats(1e-3, 1.0))
def test_truncated_normal_inverts_the_distribution(q, mean, sigma):
    x = float(truncated_normal(np.array(q), np.array(mean), np.array(sigma)))
    assert 0.0 <= x <= 1.0
    law = stats.truncnorm(-mean / sigma, (1 - mean) / sigma, mean, sigma)
    assert law.cdf(x) == pytest.approx(q, abs=1e-9)


def test_far_cells_keep_a_finite_density():
    model = ParzenEstimator.fit(np.full((200, 1), 0.01), INTEGER, np.ones(200), Kernels("optuna"))
    x = column([0.99])
    assert model.log_density(Cells(x, x - 0.005, x + 0.005))[0] == pytest.approx(
        float(np.log(0.01 * np.exp(-0.5 * 0.49**2) / 201 / 0.9599)), abs=0.2
    )
