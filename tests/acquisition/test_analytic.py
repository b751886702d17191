"""Acquisition functions: reference values, limits, slopes, several columns."""

import decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from skhpo.acquisition import (
    ACQUISITIONS,
    h_ratios,
    log_expected_improvement,
    log_h,
    log_probability_of_improvement,
    lower_confidence_bound,
)

REFERENCE = np.array(
    [
        # z, log h, Phi / h, phi / h
        [5, 1.6094379231264314, 0.19999994053122, 2.9734389976756e-7],
        [3, 1.0987396653277078, 0.332840968451795, 1.47709464461429e-3],
        [1, 0.080026218849306936, 0.776638725201739, 0.223361274798261],
        [0, -0.91893853320467274, 1.2533141373155, 1],
        [-0.5, -1.6205162643873199, 1.55987314834808, 1.77993657417404],
        [-1, -2.4851210257126413, 1.90427123332969, 2.90427123332969],
        [-2, -4.7687835239171142, 2.67941688395559, 6.35883376791117],
        [-5, -16.74430116266099, 5.36181624128809, 27.8090812064404],
        [-10, -55.553122036122356, 10.1943830334126, 102.943830334126],
        [-20, -206.9178385094251, 20.0992628111013, 402.985256222026],
        [-25, -319.86146358149595, 25.0796202342665, 627.990505856663],
        [-38, -730.19618340211374, 38.0525227600413, 1446.99586488157],
        [-50, -1258.7441828684609, 50.0399521338727, 2502.99760669363],
        [-100, -5010.1295788002498, 100.019994004196, 10002.9994004196],
        [-1000, -500014.73445209116, 1000.001999994, 1000002.999994],
        [-1e6, -500000000028.54996, 1000000.000002, 1.000000000003e12],
    ]
)
NAMES = sorted(ACQUISITIONS)


# ------------------------------------------------------------------------- reference
@pytest.mark.parametrize("row", REFERENCE, ids=lambda r: f"{r[0]:g}")
def test_reference(row):
    value, cdf, pdf = (column[0] for column in h_ratios(row[:1]))
    assert value == pytest.approx(row[1], rel=3e-16, abs=4e-13)
    assert cdf == pytest.approx(row[2], rel=2e-14 if row[0] > -5 else 3e-13)
    assert pdf == pytest.approx(row[3], rel=2e-14 if row[0] > -5 else 3e-13)


def exact(z):
    """``log(h / phi) = log(1 - x R)``, with 50 digits of the continued fraction of Mills' R."""
    with decimal.localcontext(prec=50):
        x = decimal.Decimal(-z)
        tail = x
        for k in range(4000, 0, -1):
            tail = x + k / tail
        return float((1 - x / tail).ln())


@pytest.mark.parametrize("z", [-1.0, -1.001, -1.5, -3.3, -8.0, -17.7, -30.0, -49.99, -50.01, -99.0])
def test_against_many_digits(z):
    # the quadratic part takes a few digits of the correction with it
    correction = log_h(np.array([z]))[0] + 0.5 * z * z + 0.5 * np.log(2.0 * np.pi)
    assert correction == pytest.approx(exact(z), abs=1e-12)
    assert h_ratios(np.array([z]))[2][0] == pytest.approx(np.exp(-exact(z)), rel=4e-13)


@pytest.mark.parametrize("seam", [-1.0, -50.0])
def test_seams(seam):
    # the formulas of both sides agree where they meet
    z = np.array([np.nextafter(seam, 0.0), seam])
    for column in h_ratios(z):
        assert column[0] == pytest.approx(column[1], rel=1e-12)


@given(z=st.lists(st.floats(-1e8, 1e8), min_size=1, max_size=20).map(np.array))
def test_finite_everywhere(z):
    value, cdf, pdf = h_ratios(z)
    for column in (value, cdf, pdf):
        assert column.shape == z.shape
        assert np.all(np.isfinite(column))
    assert np.all(cdf > 0.0)
    assert np.all(pdf >= 0.0)
    # h = phi + z Phi, over h; cancels where z is far below 0
    near = z > -30.0
    np.testing.assert_allclose((pdf + z * cdf)[near], 1.0, rtol=1e-9)
    rising = np.argsort(z)
    assert np.all(np.diff(value[rising]) >= 0.0)


def test_any_shape():
    z = np.linspace(-60.0, 5.0, 24).reshape(2, 3, 4)
    np.testing.assert_array_equal(log_h(z), log_h(z.ravel()).reshape(z.shape))
    assert log_h(np.empty((0, 3))).shape == (0, 3)
    assert log_h(np.float64(0.5)) == log_h(np.array([0.5]))[0]


# ---------------------------------------------------------------------- what they mean
def samples(mean, sd, n=200_000):
    return mean + sd * ndtri((np.arange(n) + 0.5) / n)


@pytest.mark.parametrize("best", [-1.0, 0.3, 2.0])
def test_expectations(best):
    y = samples(0.3, 0.7)
    mean, sd, f = np.array([[0.3]]), np.array([0.7]), np.array([best])
    improvement = np.maximum(best - y, 0.0).mean()
    assert np.exp(log_expected_improvement(mean, sd, f)[0]) == pytest.approx(improvement, rel=1e-4)
    probability = np.mean(y < best)
    assert np.exp(log_probability_of_improvement(mean, sd, f)[0]) == pytest.approx(
        probability, rel=1e-4
    )


@pytest.mark.parametrize("kappa", [0.0, 1.8, 3.0])
def test_confidence_bound(kappa):
    mean, sd = np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([0.5, 2.0])
    value, d_mean, d_sd = lower_confidence_bound(kappa)(mean, sd, np.zeros(2))
    np.testing.assert_allclose(value, kappa * sd - [1.5, -0.5])
    np.testing.assert_array_equal(d_mean, np.full((2, 2), -0.5))
    np.testing.assert_array_equal(d_sd, [kappa, kappa])


def test_default_confidence_bound():
    mean, sd, best = np.array([[1.0]]), np.array([2.0]), np.zeros(1)
    np.testing.assert_allclose(ACQUISITIONS["lcb"](mean, sd, best)[0], [1.8 * 2.0 - 1.0])


def test_mean_over_columns():
    rng = np.random.default_rng(0)
    mean, sd, best = rng.normal(size=(6, 5)), rng.uniform(0.1, 2.0, 6), rng.normal(size=5)
    for name in ("log-ei", "pi"):
        each = [ACQUISITIONS[name](mean[:, [s]], sd, best[[s]])[0] for s in range(5)]
        expected = np.log(np.mean(np.exp(each), axis=0))
        np.testing.assert_allclose(ACQUISITIONS[name](mean, sd, best)[0], expected)


@pytest.mark.parametrize("name", NAMES)
def test_columns_that_agree_are_as_one(name):
    mean, sd, best = np.array([[0.3], [-4.0]]), np.array([0.5, 1e-3]), np.array([-0.2])
    one = ACQUISITIONS[name](mean, sd, best)
    four = ACQUISITIONS[name](np.repeat(mean, 4, axis=1), sd, np.repeat(best, 4))
    np.testing.assert_allclose(four[0], one[0])
    np.testing.assert_allclose(four[1].sum(axis=1), one[1][:, 0])
    np.testing.assert_allclose(four[2], one[2])


def test_two_points_at_once():
    # E (f - min(y_p, y_x))^+ = E (f - y_p)^+ + E [EI of x given y_p]
    best, n = -0.5, 2_000
    pending = samples(0.1, 1.0, n)  # means (.1, -.2), covariance [[1, .6], [.6, .8]]
    mean, sd = (-0.2 + 0.6 * (pending - 0.1))[None], np.sqrt([0.8 - 0.36])
    value, _, _ = log_expected_improvement(mean, sd, np.minimum(best, pending))
    joint = np.maximum(best - pending, 0.0).mean() + np.exp(value[0])
    both = np.minimum(pending[:, None], mean[0][:, None] + samples(0.0, sd, n))
    assert joint == pytest.approx(np.maximum(best - both, 0.0).mean(), abs=1e-4)
    assert joint == pytest.approx(0.2966, abs=5e-4)  # a sampled value, to .0003


# ----------------------------------------------------------------------------- slopes
@pytest.mark.parametrize("n_samples", [1, 4])
@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 2**32 - 1), decades=st.floats(-2.0, 1.5))
def test_slopes(name, n_samples, seed, decades):
    rng = np.random.default_rng(seed)
    m = 5
    mean, best = rng.normal(size=(m, n_samples)), rng.normal(size=n_samples)
    sd = np.exp(rng.uniform(-1.0, 1.0, m)) * 10.0**decades
    f = ACQUISITIONS[name]
    value, d_mean, d_sd = f(mean, sd, best)
    assert value.shape == d_sd.shape == (m,)
    assert d_mean.shape == (m, n_samples)
    h = 1e-5 * sd
    scale = np.abs(value) * 1e-10 / h  # what rounding leaves of a difference
    slope = (f(mean, sd + h, best)[0] - f(mean, sd - h, best)[0]) / (2.0 * h)
    assert np.all(np.abs(d_sd - slope) <= 1e-5 * np.abs(slope) + scale + 1e-7)
    for s in range(n_samples):
        step = h[:, None] * np.eye(n_samples)[s]
        slope = (f(mean + step, sd, best)[0] - f(mean - step, sd, best)[0]) / (2.0 * h)
        assert np.all(np.abs(d_mean[:, s] - slope) <= 1e-5 * np.abs(slope) + scale + 1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_where_improvement_is_hopeless(name):
    # nothing underflows: the slope still says which way is better
    mean, sd, best = np.array([[3.0], [2.0]]), np.array([1e-4, 1e-4]), np.array([0.0])
    value, d_mean, d_sd = ACQUISITIONS[name](mean, sd, best)
    assert np.all(np.isfinite(value))
    assert value[1] > value[0]
    assert np.all(d_mean < 0.0)
    assert np.all(d_sd > 0.0)


@pytest.mark.parametrize("z", [-30.0, -1e3, -1e5])
def test_slope_of_the_probability_far_out(z):
    # phi / Phi tends to -z - 1 / z
    _, d_mean, _ = log_probability_of_improvement(np.array([[-z]]), np.ones(1), np.zeros(1))
    assert -d_mean[0, 0] == pytest.approx(-z - 1.0 / z, rel=1e-5)


def test_slope_of_the_probability_very_far_out():
    _, d_mean, _ = log_probability_of_improvement(np.array([[1e7]]), np.ones(1), np.zeros(1))
    assert -d_mean[0, 0] == pytest.approx(1e7, rel=1e-6)


def test_probability_of_certain_success():
    value, d_mean, d_sd = log_probability_of_improvement(
        np.array([[-50.0]]), np.ones(1), np.zeros(1)
    )
    assert value[0] == pytest.approx(np.log(ndtr(50.0)), abs=1e-15)
    np.testing.assert_allclose([d_mean[0, 0], d_sd[0]], 0.0, atol=1e-15)


def test_arguments_stay_what_they_are():
    arguments = np.array([[0.3, 0.1]]), np.array([0.5]), np.array([-0.2, 0.1])
    before = [a.copy() for a in arguments]
    for f in ACQUISITIONS.values():
        f(*arguments)
    for argument, old in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(argument, old)
