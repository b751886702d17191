"""The Matern kernel: reference values, its slope, and that it stays positive definite."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import Matern

from skhpo.surrogates import Embedding
from skhpo.surrogates._kernels import matern52, matern52_slope, squared_distances

from ..space.strategies import spaces


def test_reference():
    expected = [1.0, 0.9917592361712, 0.5239941088318, 0.1386602191385]
    np.testing.assert_allclose(matern52(np.array([0.0, 0.01, 1.0, 4.0])), expected, atol=6e-14)


def test_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    a, b, length = rng.random((7, 3)), rng.random((5, 3)), np.array([0.1, 1.0, 4.0])
    actual = matern52(squared_distances(a / length, b / length))
    np.testing.assert_allclose(actual, Matern(length, nu=2.5)(a, b), atol=1e-14)


def test_slope_is_the_derivative():
    q = np.array([1e-3, 0.1, 1.0, 7.0, 50.0])
    h = 1e-5 * q
    difference = (matern52(q + h) - matern52(q - h)) / (2.0 * h)
    np.testing.assert_allclose(matern52_slope(q), difference, rtol=1e-7, atol=1e-10)


def test_at_both_ends():
    q = np.array([0.0, 1e12])
    np.testing.assert_array_equal(matern52(q), [1.0, 0.0])
    np.testing.assert_array_equal(matern52_slope(q), [-5.0 / 6.0, 0.0])


@given(q=st.lists(st.floats(0.0, 1e8), min_size=2, max_size=20).map(sorted))
def test_falls_with_distance(q):
    correlation = matern52(np.array(q))
    assert np.all(np.diff(correlation) <= 1e-15)
    assert np.all((correlation >= 0.0) & (correlation <= 1.0))


def test_equal_rows_are_no_distance_apart():
    x = 1e3 + np.random.default_rng(0).random((6, 4))  # the squares alone would leave 1e-10
    np.testing.assert_array_equal(np.diag(squared_distances(x, x.copy())), np.zeros(6))


@given(space=spaces(), seed=st.integers(0, 2**32 - 1), decades=st.floats(0.0, 2.0))
def test_positive_definite_in_any_space(space, seed, decades):
    rng = np.random.default_rng(seed)
    points = space.from_uniform(rng.random((25, space.n_columns)))
    embedding = Embedding(
        [int(c.n_values) if c.kind == "categorical" else 0 for c in space.columns],
        [bool(c.conditions) for c in space.columns],
    )
    length = 10.0 ** rng.uniform(-decades, decades, space.n_columns)
    scaled = embedding(points) / length[embedding.column]
    k = matern52(squared_distances(scaled, scaled))
    assert np.linalg.eigvalsh(k).min() > -1e-10
