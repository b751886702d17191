"""Transforms of losses: reference values, order, what becomes of ties and wild numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from skhpo.surrogates import TRANSFORMS, transform_losses
from skhpo.surrogates._transforms import (
    anchored_rank,
    clip_bad,
    half_rank,
    log_warp,
    power,
    standardize,
)

LABELS = np.array([0.7, 0.9, 0.95, 0.2, 0.5, 0.96])  # to be maximised
LOSSES = np.array([0.1, 0.2, 0.25, 0.9, 5.0])
FREE = sorted(set(TRANSFORMS) - {"anchored-rank"})  # those that ask for no order of trials

finite = st.floats(-1e6, 1e6, allow_subnormal=False)
vectors = st.lists(finite, min_size=1, max_size=40).map(np.array)
wide = st.lists(
    st.builds(lambda sign, e: sign * 10.0**e, st.sampled_from([-1, 1]), st.floats(-30, 60)),
    min_size=1,
    max_size=40,
).map(np.array)


# ------------------------------------------------------------------------- reference
def test_half_rank_reference():
    expected = [0.77071591, 0.9, 0.95, 0.60753677, 0.70613519, 0.96]
    np.testing.assert_allclose(-half_rank(-LABELS), expected, rtol=0, atol=6e-9)


def test_half_rank_quantile():
    # the median is .8, the spread of the better half .13916417163
    worst = 0.8 + 0.13916417163 * stats.norm.ppf(0.5 * 0.5 / 3)
    assert -half_rank(-LABELS)[3] == pytest.approx(worst, abs=1e-11)


def test_log_warp_reference():
    expected = [-0.0866048, 0.29853701, 0.46525916, -0.5, -0.25858539, 0.5]
    actual = -log_warp(half_rank(-LABELS))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=6e-8)
    np.testing.assert_allclose(actual[1:], expected[1:], rtol=0, atol=6e-9)
    np.testing.assert_allclose(transform_losses(-LABELS, "log-warp"), standardize(-actual))


def test_box_cox_reference():
    expected = [-1.35993914, -0.53671606, -0.31084117, 0.69794091, 1.50955545]
    # the exponent is found by search, to about eight digits
    np.testing.assert_allclose(standardize(power(LOSSES)), expected, rtol=0, atol=2e-8)


def test_yeo_johnson_reference():
    expected = [-1.01568354, -0.69527494, -0.55399008, 0.57881433, 1.68613423]
    scaled = LOSSES / LOSSES.std()
    actual = stats.yeojohnson(scaled)[0]
    # the exponent is found by search, to about eight digits
    np.testing.assert_allclose(standardize(actual), expected, rtol=0, atol=2e-8)


def test_power_of_losses_of_both_signs():
    y = np.array([-2.0, -1.0, -0.5, 0.0, 0.3, 4.0])
    expected = stats.yeojohnson(y / y.std())[0]
    assert expected.std() > 0.5
    np.testing.assert_allclose(power(y), expected)


def test_power_keeps_what_it_would_flatten():
    y = np.array([-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -2.0, 1e4])
    np.testing.assert_allclose(power(y), y / y.std())


def test_clip():
    y = np.array([1.0, 2.0, 3.0, 12.9, 13.1, 1e9])  # median 7.95, 6.95 above the best
    np.testing.assert_array_equal(clip_bad(y), [1.0, 2.0, 3.0, 12.9, 13.1, 7.95 + 5 * 6.95])
    y = np.array([-1e9, 2.0, 3.0])  # never the good side
    np.testing.assert_array_equal(clip_bad(y), y)


def test_half_rank_of_one_label_on_the_median():
    # odd number: the median is a label, and counts half; ppf(0.5 * 0.5 / 1.5)
    y = np.array([1.0, 2.0, 3.0])
    expected = 2.0 - np.sqrt(0.5) * stats.norm.ppf(1.0 / 6.0)
    np.testing.assert_allclose(half_rank(y), [1.0, 2.0, expected])


def test_half_rank_ranks_ties_once():
    y = np.array([1.0, 2.0, 3.0, 9.0, 9.0])
    warped = half_rank(y)
    assert warped[3] == warped[4]
    assert warped[3] == pytest.approx(3.0 - np.sqrt(5 / 3) * stats.norm.ppf(0.5 * 0.5 / 1.5))


def test_half_rank_above_a_threshold():
    y = np.array([1.0, 5.0, 2.0, 3.0, 9.0])
    expected = 4.0 - np.sqrt((9 + 4 + 1) / 3) * stats.norm.ppf(0.5 * np.array([1.5, 0.5]) / 2.0)
    np.testing.assert_allclose(half_rank(y, 4.0), [1.0, expected[0], 2.0, 3.0, expected[1]])
    np.testing.assert_array_equal(half_rank(y, 3.0), half_rank(y))


def test_anchor():
    # the median of the first ones, but never less than that of all
    y = np.array([5.0, 9.0, 4.0, 1.0, 2.0, 3.0, 1.5])
    np.testing.assert_array_equal(anchored_rank(y, 3), half_rank(y, 5.0))
    np.testing.assert_array_equal(anchored_rank(y[::-1], 3), half_rank(y[::-1]))
    np.testing.assert_array_equal(anchored_rank(y, 100), half_rank(y))
    actual = transform_losses(y, "anchored-rank", 3)
    np.testing.assert_allclose(actual, standardize(anchored_rank(y, 3)), rtol=1e-12)


# -------------------------------------------------------------------------- any losses
@pytest.mark.parametrize("name", TRANSFORMS)
@settings(max_examples=40)
@given(y=st.one_of(vectors, wide))
def test_monotone(name, y):
    before = y.copy()
    warped = transform_losses(y, name)
    np.testing.assert_array_equal(y, before)
    assert np.all(np.isfinite(warped))
    order = np.argsort(y, kind="stable")
    assert np.all(np.diff(warped[order]) >= -1e-9)


@pytest.mark.parametrize("name", TRANSFORMS)
@settings(max_examples=40)
@given(y=vectors)
def test_the_best_stays_best(name, y):
    warped = transform_losses(y, name)
    assert warped[np.argmin(y)] <= warped.min() + 1e-9
    assert warped.std() <= 1.0 + 1e-9


@pytest.mark.parametrize("name", TRANSFORMS)
@settings(max_examples=40)
@given(
    y=st.lists(st.integers(-1000, 1000), min_size=4, max_size=30, unique=True),
    scale=st.floats(1e-3, 1e6),
    shift=st.integers(-1000, 1000),
)
def test_affine_invariance(name, y, scale, shift):
    y = np.array(y, dtype=float)
    if name == "power":  # a power has a zero
        shift = 0
    expected = transform_losses(y, name)
    assert abs(expected.mean()) < 1e-9
    assert expected.std() == pytest.approx(1.0)
    actual = transform_losses(scale * (y + shift), name)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-4 if name == "power" else 1e-7)


@pytest.mark.parametrize("name", FREE)
@settings(max_examples=40)
@given(y=vectors, seed=st.integers(0, 99))
def test_order_of_trials_does_not_matter(name, y, seed):
    order = np.random.default_rng(seed).permutation(len(y))
    expected = transform_losses(y, name)[order]
    np.testing.assert_allclose(transform_losses(y[order], name), expected, atol=1e-5)


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("value", [0.0, 0.1, -7.0, 1e9])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_constant_losses(name, n, value):
    np.testing.assert_allclose(transform_losses(np.full(n, value), name), 0.0, atol=1e-6)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_two_losses(name):
    np.testing.assert_allclose(transform_losses(np.array([3.0, 1.0]), name), [1.0, -1.0])


def test_heavy_tails_are_tamed():
    y = 10.0 ** np.arange(0.0, 60.0, 2.0)
    for name in ("half-rank", "log-warp", "power"):
        warped = transform_losses(y, name)
        assert np.abs(warped).max() < 8.0


# ------------------------------------------------------------------- known shortcomings
@pytest.mark.parametrize("name", ["half-rank", "none", "power"])
def test_large_constant_losses(name):
    warped = transform_losses(np.full(7, 1e9 + 0.1), name)
    np.testing.assert_allclose(warped, 0.0, atol=1e-6)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_half_of_the_losses_tie_for_the_best(name):
    warped = transform_losses(np.array([0.0, 0.0, 0.0, 1.0, 2.0]), name)
    assert warped[0] < warped[3] < warped[4]


@pytest.mark.parametrize("name", ["half-rank", "none"])
def test_tiny_losses(name):
    y = np.array([1.0, 2.0, 4.0, 3.0])
    actual = transform_losses(1e-13 * y, name)
    np.testing.assert_allclose(actual, transform_losses(y, name), atol=1e-6)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_huge_losses(name):
    warped = transform_losses(np.array([1.0, 1e160, 2e170, 1e180, 1e200]), name)
    assert np.all(np.isfinite(warped))
    assert warped[0] < warped[-1]


def test_unknown_name():
    with pytest.raises(ValueError, match=r"no transform 'nope'.*half-rank"):
        transform_losses(LOSSES, "nope")
