"""Priors of the hyper-parameters: reference values, densities, slopes."""

import numpy as np
import pytest
from scipy import stats

from skhpo.surrogates import PRIORS, hyper_prior
from skhpo.surrogates._priors import dimension_scaled

GRID = np.log(np.array([1e-5, 1e-3, 0.03, 0.2, 1.0, 3.0, 40.0]))
PARTS = ("lengthscale", "signal", "noise")


def values(density, log_x):
    """One value for each entry."""
    return np.array([density(log_x[[i]])[0] for i in range(len(log_x))])


# ------------------------------------------------------------------------- reference
@pytest.mark.parametrize(
    ("d", "mean", "median", "mode"),
    [
        (1, 1.41421356, 4.113250, 0.204787),
        (2, 1.76078715, 5.817014, 0.289612),
        (5, 2.21893252, 9.197507, 0.457917),
        (10, 2.56550611, 13.007240, 0.647592),
        (20, 2.91207970, 18.395015, 0.915834),
    ],
)
def test_dimension_scaled_reference(d, mean, median, mode):
    prior = dimension_scaled(d)
    assert prior.mean == pytest.approx(mean, abs=6e-9)
    assert np.exp(prior.mean) == pytest.approx(median, abs=6e-7)
    exact = np.exp(prior.mean - prior.sd**2)
    assert exact == pytest.approx(mode, abs=6e-7)
    assert prior(np.log([exact]))[1] == pytest.approx([0.0], abs=1e-14)
    assert hyper_prior("dim-scaled", d).lengthscale == prior


def test_dimension_scaled_density():
    mean = np.sqrt(2.0) + 0.5 * np.log(7)
    log_l = np.array([-1.0, 0.3, 2.0])
    expected = -((log_l - mean) ** 2) / 6.0 - log_l
    np.testing.assert_allclose(values(dimension_scaled(7), log_l), expected, rtol=1e-13)


def test_noise_of_the_dimension_scaled_prior():
    noise = hyper_prior("dim-scaled", 5).noise
    for log_v in (-4.0, -5.0):
        expected = {-4.0: 0.018316, -5.0: 0.006738}[log_v]  # median and mode
        assert np.exp(log_v) == pytest.approx(expected, abs=6e-7)
    assert noise.mean == -4.0
    assert noise(np.array([-5.0]))[1] == pytest.approx([0.0], abs=1e-14)


def test_heuristic_formula():
    prior = hyper_prior("heuristic", 3)
    log_l, log_s, log_v = np.array([-2.0, 0.1, 1.5]), np.array([0.4]), np.array([-3.0])
    b, s, v = np.exp(-2.0 * log_l), np.exp(0.4), np.exp(-3.0)
    assert prior.lengthscale(log_l)[0] == pytest.approx(-np.sum(0.1 / b + 0.1 * b))
    assert prior.signal(log_s)[0] == pytest.approx(0.4 - s)
    assert prior.noise(log_v)[0] == pytest.approx(0.1 * -3.0 - 30.0 * v)


def test_vizier_formula():
    prior = hyper_prior("vizier", 3)
    x = np.array([0.02, 0.7, 5.0])
    for part, center, quantity in (
        ("lengthscale", 0.5, x**2),
        ("signal", 0.039, x),
        ("noise", 0.0039, x),
    ):
        expected = -0.01 * np.sum(np.log(quantity / center) ** 2)
        assert getattr(prior, part)(np.log(x))[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "part", "distribution"),
    [
        ("heuristic", "signal", stats.gamma(2)),
        ("heuristic", "noise", stats.gamma(1.1, scale=1 / 30)),
        ("dim-scaled", "signal", stats.gamma(2)),
        ("dim-scaled", "noise", stats.lognorm(1, scale=np.exp(-4))),
        ("botorch-old", "lengthscale", stats.gamma(3, scale=1 / 6)),
        ("botorch-old", "signal", stats.gamma(2, scale=1 / 0.15)),
        ("botorch-old", "noise", stats.gamma(1.1, scale=1 / 0.05)),
    ],
)
def test_densities_of_scipy(name, part, distribution):
    # of the quantity itself: no Jacobian of the logarithm
    actual = values(getattr(hyper_prior(name, 4), part), GRID)
    expected = distribution.logpdf(np.exp(GRID))
    np.testing.assert_allclose(np.diff(actual), np.diff(expected), rtol=1e-10)


# -------------------------------------------------------------------------- any prior
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", PRIORS)
def test_slope(name, part):
    density = getattr(hyper_prior(name, 15), part)
    log_x = np.random.default_rng(0).uniform(-3.0, 3.0, 6)
    _, slope = density(log_x)
    h = 1e-5
    for i in range(6):
        step = h * np.eye(6)[i]
        difference = (density(log_x + step)[0] - density(log_x - step)[0]) / (2.0 * h)
        assert slope[i] == pytest.approx(difference, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", PRIORS)
def test_sum_over_entries(name, part):
    density = getattr(hyper_prior(name, 3), part)
    value, slope = density(GRID)
    assert isinstance(value, float)
    assert value == pytest.approx(values(density, GRID).sum())
    assert slope.shape == GRID.shape
    assert density(np.empty(0))[0] == 0.0


@pytest.mark.parametrize("name", PRIORS)
@pytest.mark.parametrize("d", [1, 5, 100])
def test_start(name, d):
    start = hyper_prior(name, d).start
    assert 0.1 <= start <= 2.0
    if name == "dim-scaled":
        assert start == min(np.exp(dimension_scaled(d).mean), 2.0)


def test_auto():
    assert hyper_prior("auto", 12) == hyper_prior("heuristic", 12)
    assert hyper_prior("auto", 13) == hyper_prior("dim-scaled", 13)
    assert hyper_prior("auto", 13) != hyper_prior("dim-scaled", 14)


def test_unknown_name():
    with pytest.raises(ValueError, match=r"no prior 'nope'.*heuristic"):
        hyper_prior("nope", 3)
