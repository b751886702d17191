"""Integer coordinates beside categories: centring, the cap on their changes, probabilities."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from skhpo.samplers._cma_centering import CenteredMargin
from skhpo.samplers._cma_parameters import make_parameters
from skhpo.samplers._cma_space import GridCells
from skhpo.samplers._cma_state import CMA
from skhpo.space import Integer, make_space

ALPHA = 0.1


def cells(x):
    k = np.clip(np.round(x), 0, 4)
    return np.where(k <= 0, -np.inf, k - 0.5), np.where(k >= 4, np.inf, k + 0.5)


def make(mean=2.0, sigma=0.3, n=1):
    cma = CMA(np.full(n, mean), sigma, make_parameters(n, 6))
    columns = np.arange(n)
    return cma, CenteredMargin(columns, cells, ALPHA, lambda x: np.clip(np.round(x), 0, 4))


def probabilities(cma, margin):
    low, high = cells(cma.mean)
    sd = margin.A * cma.deviations
    return ndtr((low - cma.mean) / sd), ndtr((cma.mean - high) / sd)


def test_changed_integers_are_centred_and_the_others_make_up_for_it():
    cma, margin = make()
    v = np.array([[2.6], [2.3], [1.8], [3.4]])  # the first two and the third are better
    better = np.array([True, True, True, False])
    centered = margin.center(v, cma.mean, better)
    assert_allclose(centered[:, 0], [3.0, 2.0, 1.8, 3.4])  # 0.4 up, of which 0.3 are taken back
    v = np.array([[2.9], [2.3], [2.2], [3.4]])
    centered = margin.center(v, cma.mean, better)
    assert_allclose(centered[:, 0], [3.0, 2.24, 2.16, 3.4])
    assert_allclose(centered[:3].sum(), v[:3].sum())


def test_without_a_change_nothing_is_centred():
    cma, margin = make()
    v = np.array([[2.1], [1.7], [3.0]])
    assert_allclose(margin.center(v, cma.mean, np.array([True, True, False])), v)


@pytest.mark.parametrize("mean", [2.2, 0.1, 3.9])
@pytest.mark.parametrize("sigma", [0.05, 0.3, 2.0])
def test_integers_that_did_not_change_do_so_no_more_often(mean, sigma):
    cma, margin = make(mean, 0.2)
    margin.correct(cma)
    rate = margin.rate.copy()
    margin.center(np.full((3, 1), cma.mean[0]), cma.mean, np.ones(3, bool))
    cma.sigma = sigma
    margin.correct(cma)
    assert ALPHA - 1e-9 <= margin.rate[0] <= rate[0] + 1e-9
    low, high = cells(cma.mean)
    below, above = probabilities(cma, margin)
    left = np.where(np.isinf(low), 0.0, below) + np.where(np.isinf(high), 0.0, above)
    assert_allclose(left, margin.rate, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_every_integer_can_be_left(seed):
    rng = np.random.default_rng(seed)
    cma, margin = make(rng.uniform(0, 4), 0.4, 2)
    for _ in range(60):
        v = np.array([margin.enlarge(cma.sample(rng), cma.mean) for _ in range(6)])
        losses = np.abs(np.round(v) - 3).sum(axis=1)
        better = losses <= np.sort(losses)[2]
        centered = margin.center(v, cma.mean, better)
        assert np.array_equal(np.round(centered), np.round(v))
        cma.update(margin.shrink(centered, cma.mean), losses)
        margin.correct(cma)
        below, above = probabilities(cma, margin)
        inner = np.minimum(below, above) >= 0.499 * ALPHA
        assert np.all(inner | (np.maximum(below, above) >= 0.999 * ALPHA))
    assert_allclose(np.round(cma.mean), 3)


def test_centers_of_a_space():
    space = make_space({"n": Integer(1, 100, log=True), "k": Integer(0, 4)})
    x = np.array([[-0.3, 0.55], [0.1, 1.7]])
    points = space.normalize(np.clip(x, 0, 1))
    assert_allclose(GridCells(space.columns).centers(x), points.x)
