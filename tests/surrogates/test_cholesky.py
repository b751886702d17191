"""Cholesky factors: of nearly singular matrices, and grown row by row."""

import numpy as np
import pytest

from skhpo.surrogates._cholesky import extend, factorize, invert
from skhpo.surrogates._kernels import matern52, squared_distances


def covariance(n, noise=1e-3, d=3, seed=0):
    x = np.random.default_rng(seed).random((n, d)) / 0.5
    return matern52(squared_distances(x, x)) + noise * np.eye(n)


def test_a_sound_matrix_is_left_alone():
    k = covariance(20)
    before = k.copy()
    np.testing.assert_allclose(factorize(k, 1.0), np.linalg.cholesky(before), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(k, before)


def test_lower_triangle():
    factor = factorize(covariance(8), 1e-8)
    np.testing.assert_array_equal(factor, np.tril(factor))
    assert np.all(np.diag(factor) > 0.0)


@pytest.mark.parametrize(("negative", "added"), [(0.5, 1.0), (5.0, 10.0), (5e4, 1e5)])
def test_adds_as_little_as_it_takes(negative, added):
    jitter = 1e-8
    k = np.diag([1.0, 1.0, -negative * jitter])
    before = k.copy()
    factor = factorize(k, jitter)
    np.testing.assert_allclose(factor @ factor.T - before, added * jitter * np.eye(3), atol=1e-15)
    np.testing.assert_array_equal(k, before)


def test_gives_up():
    with pytest.raises(np.linalg.LinAlgError):
        factorize(np.diag([1.0, -1.0]), 1e-8)


def test_rows_that_repeat():
    k = np.ones((6, 6))
    factor = factorize(k, 1e-8)
    np.testing.assert_allclose(factor @ factor.T, k, atol=1e-7)


@pytest.mark.parametrize("noise", [1e-2, 1e-6])
def test_fifty_appends(noise):
    k = covariance(60, noise)
    factor = factorize(k[:10, :10], 1e-8)
    for n in range(10, 60):
        factor = extend(factor, k[:n, [n]], k[n : n + 1, n : n + 1], 1e-8)
    np.testing.assert_allclose(factor, factorize(k, 1e-8), rtol=0, atol=1e-8)


@pytest.mark.parametrize("p", [1, 2, 7])
def test_several_rows_at_once(p):
    k = covariance(12 + p)
    old = factorize(k[:12, :12], 1e-8)
    before = old.copy()
    grown = extend(old, k[:12, 12:], k[12:, 12:], 1e-8)
    np.testing.assert_allclose(grown, factorize(k, 1e-8), atol=1e-12)
    np.testing.assert_array_equal(old, before)


def test_appending_a_known_row():
    k = covariance(10, noise=0.0)
    repeated = np.append(np.arange(10), 3)
    k = k[np.ix_(repeated, repeated)]
    factor = extend(factorize(k[:10, :10], 1e-8), k[:10, 10:], k[10:, 10:], 1e-8)
    assert np.all(np.diag(factor) > 0.0)
    np.testing.assert_allclose(factor @ factor.T, k, atol=1e-6)


def test_appending_nonsense():
    with pytest.raises(np.linalg.LinAlgError):
        extend(np.eye(2), np.array([[1.0], [1.0]]), np.array([[1.0]]), 1e-8)


@pytest.mark.parametrize("n", [1, 2, 30])
def test_inverse(n):
    factor = factorize(covariance(n), 1e-8)
    inverse = invert(factor)
    np.testing.assert_array_equal(inverse, np.tril(inverse))
    np.testing.assert_allclose(inverse @ factor, np.eye(n), atol=1e-12)
    np.testing.assert_allclose(inverse.T @ inverse, np.linalg.inv(covariance(n)), rtol=1e-7)
