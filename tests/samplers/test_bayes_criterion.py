"""The belief that good values lie in the middle, as a part of what is maximised."""

import numpy as np
import pytest
from scipy import stats

from skhpo._records import Points
from skhpo.samplers._bayes_criterion import BELIEF_SD, Believed

NUMBERS = np.array([True, True, False])


class Slope:
    """A criterion that rises evenly."""

    smooth = True

    def __call__(self, points):
        return points.x @ [1.0, 2.0, 3.0]

    def gradient(self, points):
        return float(self(points)[0]), np.array([1.0, 2.0, 3.0])


def rows(x, active=True):
    x = np.atleast_2d(np.asarray(x, dtype=float))
    return Points(x, np.broadcast_to(np.asarray(active), x.shape))


def test_it_adds_the_log_density_of_a_truncated_normal():
    density = stats.truncnorm(-0.5 / BELIEF_SD, 0.5 / BELIEF_SD, 0.5, BELIEF_SD)
    x = np.random.default_rng(0).random((20, 3))
    expected = Slope()(rows(x)) + 0.7 * density.logpdf(x[:, :2]).sum(axis=1)
    np.testing.assert_allclose(Believed(Slope(), 0.7, NUMBERS)(rows(x)), expected)


def test_what_takes_no_part_counts_nothing():
    believed = Believed(Slope(), 0.7, NUMBERS)
    one = believed(rows([0.2, 0.5, 0.9], [True, False, True]))
    other = believed(rows([0.2, 0.5, 0.1], [True, False, False]))
    assert one - other == pytest.approx(3.0 * 0.8)


def test_gradient():
    believed = Believed(Slope(), 0.7, NUMBERS)
    x, h = np.array([0.2, 0.9, 0.5]), 1e-6
    value, slope = believed.gradient(rows(x))
    assert value == pytest.approx(float(believed(rows(x))[0]))
    steps = h * np.eye(3)
    expected = [(believed(rows(x + s)) - believed(rows(x - s)))[0] / (2 * h) for s in steps]
    np.testing.assert_allclose(slope, expected, rtol=1e-6)
