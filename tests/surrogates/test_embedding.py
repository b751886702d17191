"""What distance the embedding gives to numbers, categories and columns that take no part."""

import itertools

import numpy as np
import pytest

from skhpo._records import Points
from skhpo.space import Categorical, Real, When, make_space
from skhpo.surrogates import Embedding


def rows(x, active=None):
    x = np.asarray(x, dtype=float)
    return Points(x, np.ones(x.shape, dtype=bool) if active is None else np.asarray(active, bool))


def distances(embedding, points):
    features = embedding(points)
    return ((features[:, None] - features[None]) ** 2).sum(axis=2)


def test_numbers_are_themselves():
    x = np.random.default_rng(0).random((5, 3))
    np.testing.assert_array_equal(Embedding([0] * 3, [False] * 3)(rows(x)), x)


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("m", [1, 2, 7, 200])
def test_different_categories_are_one_apart(m, conditional):
    x = (np.arange(m)[:, None] + 0.5) / m
    actual = distances(Embedding([m], [conditional]), rows(x))
    np.testing.assert_allclose(actual, 1.0 - np.eye(m), atol=1e-15)


def test_edges_of_a_category():
    # the whole of [0, 1] means some category, the upper end included
    embedding = Embedding([4], [False])
    index = embedding(rows([[0.0], [0.2499], [0.25], [0.75], [1.0]])).argmax(axis=1)
    np.testing.assert_array_equal(index, [0, 0, 1, 3, 3])


def test_absence_of_a_number():
    points = rows([[0.1], [0.9], [0.5], [0.5]], [[1], [1], [0], [0]])
    actual = distances(Embedding([0], [True]), points)
    gone = 0.4**2 + 0.5**2  # (u - 0.5)^2 + h^2
    expected = [[0, 0.64, gone, gone], [0.64, 0, gone, gone], [gone, gone, 0, 0]]
    np.testing.assert_allclose(actual, [*expected, expected[2]], atol=1e-15)


def test_absence_is_a_category():
    # whatever the code of the inactive cell is
    points = rows([[0.25], [0.75], [0.5], [0.1]], [[1], [1], [0], [0]])
    actual = distances(Embedding([2], [True]), points)
    expected = 1.0 - np.eye(4)
    expected[2, 3] = expected[3, 2] = 0.0
    np.testing.assert_allclose(actual, expected, atol=1e-15)


@pytest.mark.parametrize("n_levels", itertools.product([0, 1, 3], repeat=3))
def test_layout(n_levels):
    conditional = (False, True, True)
    embedding = Embedding(n_levels, conditional)
    widths = [(m or 1) + extra for m, extra in zip(n_levels, conditional, strict=True)]
    expected = [j for j, width in enumerate(widths) for _ in range(width)]
    np.testing.assert_array_equal(embedding.column, expected)
    np.testing.assert_array_equal(embedding.first, [expected.index(j) for j in range(3)])
    assert embedding.n_columns == 3
    assert embedding(rows(np.full((4, 3), 0.5))).shape == (4, len(expected))


def test_no_rows_and_no_columns():
    assert Embedding([0, 3], [True, False])(Points.empty(2)).shape == (0, 5)
    empty = Embedding([], [])
    assert empty(rows(np.empty((3, 0)))).shape == (3, 0)
    assert len(empty.column) == len(empty.first) == 0


def test_any_sequence_will_do():
    points = rows([[0.3, 0.25], [0.3, 0.75]], [[1, 1], [1, 0]])
    expected = Embedding((0, 2), (False, True))(points)
    np.testing.assert_array_equal(Embedding(np.array([0, 2]), [0, 1])(points), expected)


def test_points_of_a_space():
    # siblings of other branches do not tell two points of one branch apart
    space = make_space(
        {"k": Categorical(["a", "b"]), "x": When(Real(0, 1), k="a"), "y": When(Real(0, 1), k="b")}
    )
    points = space.normalize(np.array([[0.25, 0.2, 0.1], [0.25, 0.2, 0.9], [0.75, 0.2, 0.9]]))
    actual = distances(Embedding([2, 0, 0], [False, True, True]), points)
    assert actual[0, 1] == 0.0
    assert actual[0, 2] == pytest.approx(1.0 + (0.3**2 + 0.25) + (0.4**2 + 0.25))
