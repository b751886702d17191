"""The product kernel density: reference values, and draws that follow it."""

import numpy as np
import pytest

from skhpo.surrogates import ProductDensity

X = np.array([(0.1, 0.2), (0.2, 0.25), (0.3, 0.1), (0.25, 0.4)])
NUMERIC = np.array([0, 0])


def test_bandwidths_and_density_of_the_reference():
    density = ProductDensity.fit(X, NUMERIC)
    assert density.bandwidths == pytest.approx([0.06221664, 0.09107584], abs=1e-8)
    assert density(np.array([[0.2, 0.2]])) == pytest.approx([9.481353162950])


def test_bandwidths_stay_within_their_bounds():
    same = ProductDensity.fit(np.full((3, 1), 0.5), np.array([0]))
    assert same.bandwidths == pytest.approx([1e-3])
    ends = ProductDensity.fit(np.array([[0.05], [0.95]] * 5), np.array([10]))
    assert ends.bandwidths == pytest.approx([0.9])


def test_shrinkage_adds_observations_spread_over_the_range():
    plain, shrunk = (ProductDensity.fit(X, NUMERIC, shrinkage=s).bandwidths for s in (0.0, 4.0))
    factor = 1.06 * 4 ** (-1 / 6)
    expected = np.sqrt(((plain / factor) ** 2 + 1 / 12) / 2)
    assert shrunk / factor == pytest.approx(expected)
    alike = ProductDensity.fit(np.full((3, 1), 0.05), np.array([10]), shrinkage=1.0)
    assert alike.bandwidths == pytest.approx([(3 * 1e-3 + 0.9) / 4])


def test_adapted_kernels_are_as_wide_as_their_gaps():
    x = np.array([[0.1, 0.125], [0.2, 0.375], [0.6, 0.125], [0.9, 0.125]])
    plain = ProductDensity.fit(x, np.array([0, 4]))
    adapted = plain.adapted(0.5)
    # neighbours of .2 are .1 and the middle, .5; at the ends the only gap counts, 1 / (n + 2) least
    assert adapted.bandwidths[:, 0] == pytest.approx([1 / 12, 0.15, 0.15, 0.15])
    assert adapted.bandwidths[:, 1] == pytest.approx([plain.bandwidths[1]] * 4)


def test_the_density_with_a_width_for_each_kernel_is_their_mean():
    x, widths = X[:, :1], np.array([[0.1], [0.2], [0.3], [0.4]])
    at = np.array([[0.15], [0.7]])
    each = [ProductDensity(row[None], NUMERIC[:1], h)(at) for row, h in zip(x, widths, strict=True)]
    assert ProductDensity(x, NUMERIC[:1], widths)(at) == pytest.approx(np.mean(each, axis=0))


def test_draws_are_as_wide_as_the_kernels_they_come_from():
    x = np.array([[0.2], [0.8]])
    drawn = ProductDensity(x, NUMERIC[:1], np.array([[0.01], [0.05]])).sample(
        np.random.default_rng(0), 4000
    )
    low, high = drawn[drawn < 0.5], drawn[drawn > 0.5]
    assert low.std() == pytest.approx(0.01, rel=0.1)
    assert high.std() == pytest.approx(0.05, rel=0.1)


def test_a_category_keeps_what_its_bandwidth_leaves():
    density = ProductDensity(np.array([[0.5 / 3]]), np.array([3]), np.array([0.3]))
    values = density(np.array([[0.5 / 3], [1.5 / 3], [2.5 / 3]]))
    assert values == pytest.approx([0.7, 0.15, 0.15])
    drawn = density.sample(np.random.default_rng(0), 30_000)
    shares = [np.mean(np.isclose(drawn[:, 0], (i + 0.5) / 3)) for i in range(3)]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.01)  # a change may draw the same again


def test_draws_lie_in_the_range_and_widen_with_the_factor():
    density = ProductDensity.fit(X, NUMERIC)
    rng = np.random.default_rng(0)
    near, far = (density.sample(rng, 4000, factor) for factor in (1.0, 3.0))
    for drawn in (near, far):
        assert drawn.min() >= 0
        assert drawn.max() <= 1
    assert far.std() > 1.3 * near.std()
