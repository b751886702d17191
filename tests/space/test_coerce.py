"""What may stand for a parameter, and what is refused with which words."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy
from scipy import stats
from sklearn.svm import SVC

from skhpo.exceptions import SearchWarning
from skhpo.space import Integer, Real, make_space


class OnlyRvs:
    def rvs(self, random_state=None):
        return random_state.uniform()


class Half:
    """Has a ppf, and no rvs or cdf."""

    def ppf(self, q):
        return q


class OwnLaw:
    """What a user may write: no support, no arguments."""

    def rvs(self, random_state=None):
        return random_state.uniform() ** 2

    def ppf(self, q):
        return np.square(q)

    def cdf(self, x):
        return np.sqrt(np.clip(x, 0, 1))


@pytest.mark.parametrize(
    ("form", "error", "message"),
    [
        (
            1.0,
            TypeError,
            r"Parameter grid for parameter 'C' needs to be a list or a numpy array, but got 1\.0 "
            r"\(of type float\) instead\. Single values need to be wrapped in a list with one "
            r"element",
        ),
        ("1,2,3", TypeError, r"needs to be a list or a numpy array, but got '1,2,3' \(of type str"),
        ("auto", TypeError, "got 'auto'"),
        (None, TypeError, r"got None \(of type NoneType\)"),
        (SVC(), TypeError, r"got SVC\(\) \(of type SVC\)"),
        (Real, TypeError, "needs to be a list"),
        ({1, 2}, TypeError, "needs to be a list"),
        ({"a": 1}, TypeError, "needs to be a list"),
        (iter([1]), TypeError, "needs to be a list"),
        (np.array(3), TypeError, "needs to be a list"),
        ([], ValueError, r"parameter 'C' need to be a non-empty sequence, got: \[\]"),
        (np.array([]), ValueError, "need to be a non-empty sequence"),
        (range(0), ValueError, "need to be a non-empty sequence"),
        (np.ones((3, 2)), ValueError, r"(?s)array for 'C' should be one-dimensional.*\(3, 2\)"),
        (pd.DataFrame({"a": [1]}), ValueError, "should be one-dimensional"),
        ((1e-3, 1, "log-uniform"), ValueError, r"Write Real\(0\.001, 1, log=True\)"),
        ((1, 9, "log-uniform", 2), ValueError, r"Write Integer\(1, 9, log=True\)"),
        ((1, 9, "uniform"), ValueError, r"Write Integer\(1, 9\) for the range \(Real"),
        (stats.norm, ValueError, r"distribution 'norm' for parameter 'C' is not frozen: call it"),
        (stats.randint, ValueError, r"scipy\.stats\.randint\(\.\.\.\)"),
        (stats.uniform(0, -1), ValueError, r"uniform\(0, -1\) for parameter 'C' has no values"),
        (stats.randint(5, 5), ValueError, r"randint\(5, 5\).*exclusive upper end"),
        (stats.loguniform(0, 1), ValueError, r"loguniform\(0, 1\) for parameter 'C'"),
        (stats.uniform([0, 1], 1), ValueError, "not scalars"),
        (stats.norm([0, 1], 1), ValueError, "not scalars"),
        (stats.norm(0, -1), ValueError, r"norm\(0, -1\) for parameter 'C'"),
        (OnlyRvs(), ValueError, r"for parameter 'C' cannot be used by a search with a model.*ppf"),
        (stats.randint(0, 2**62), ValueError, "cannot be used by a search with a model"),
        (Half(), TypeError, "has no method rvs"),
    ],
)
def test_refusals(form, error, message):
    with pytest.raises(error, match=message):
        make_space({"C": form})


@pytest.mark.parametrize(
    ("declared", "error", "message"),
    [
        (0, TypeError, r"Parameter distribution is not a dict or a list, got: 0 of type int"),
        ("abc", TypeError, "is not a dict or a list"),
        (None, TypeError, "is not a dict or a list"),
        ([{"a": [1]}, 0], TypeError, r"is not a dict \(0\)"),
        ([0], TypeError, r"Parameter distribution is not a dict \(0\)"),
        ([], ValueError, r"is empty, got: \[\]; give at least one dict"),
        ({1: [1, 2]}, TypeError, "names must be strings, got 1 of type int"),
    ],
)
def test_refusals_of_the_whole(declared, error, message):
    with pytest.raises(error, match=message):
        make_space(declared)


@pytest.mark.parametrize(
    "form",
    [
        [1, 2],
        (1, 2, 3),
        (True, False),
        (1, None),
        ("distance", "uniform"),
        (1.0,),
        range(5),
        np.array([1, 2]),
        np.array([None, "a"], dtype=object),
        pd.Series([1, 2, 4], index=[5, 6, 7]),
        pd.Index(["a", "b"]),
        pl.Series([1, 2, 4]),
        [[1], [2]],
        ["ab", "cd"],
        Integer(1, 3),
    ],
)
def test_sequences_are_taken(form):
    space = make_space({"p": form})
    values = [params["p"] for params in space.enumerate()]
    expected = list(form) if not isinstance(form, Integer) else [1, 2, 3]
    assert values == expected
    assert not any(isinstance(value, np.generic) for value in values)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ((1, 10), r"\(1, 10\) for parameter 'C' could.*Integer\(1, 10\).*\[1, 10\] for just"),
        ((0.1, 10), r"Write Real\(0\.1, 10\)"),
    ],
)
def test_two_numbers_are_two_values_with_a_warning(form, message):
    with pytest.warns(SearchWarning, match=message):
        space = make_space({"C": form})
    assert [params["C"] for params in space.enumerate()] == list(form)
    with pytest.warns(SearchWarning, match="could be a range"):
        make_space({"C": form}, model=False, pairs=False)


def test_two_numbers_are_two_values_where_scikit_learn_takes_them_so():
    assert make_space({"p": (1, 2)}, model=False).size == 2
    assert make_space({"p": (1, 2)}, pairs=True).size == 2


def test_a_distribution_that_can_only_draw_is_fine_without_a_model():
    space = make_space({"p": OnlyRvs(), "k": ["a", "b"]}, model=False)
    assert not space.is_model_space and space.size == np.inf
    assert make_space({"p": Real(0, 1)}).is_model_space
    q = np.random.default_rng(0).random((2000, 2))
    points = space.from_uniform(q)
    drawn = [params["p"] for params in space.decode(points)]
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3
    assert drawn == [params["p"] for params in space.decode(points)]
    assert len(set(space.keys(points))) == 2000
    assert space.encode({"p": 0.5, "k": "a"}) is None
    assert space.nearest({"p": 0.5, "k": "b"})[1] is True
    assert not make_space({"p": stats.randint(0, 2**62)}, model=False).is_model_space
    assert make_space({"p": stats.expon}, model=False).size == np.inf
    with pytest.raises(ValueError, match="'randint' for parameter 'p' is not frozen"):
        make_space({"p": stats.randint}, model=False)


def test_a_distribution_needs_neither_support_nor_arguments():
    space = make_space({"p": OwnLaw()})
    assert space.decode(space.from_uniform(np.array([[0.5]]))) == [{"p": 0.25}]
    assert space.encode({"p": 0.25}).x[0, 0] == 0.5


def test_recognised_distributions_become_native_kinds():
    for ours, theirs in [
        (Real(2, 5), stats.uniform(2, 3)),
        (Real(2, 5), stats.uniform(loc=2, scale=3)),
        (Real(1e-3, 1, log=True), stats.loguniform(1e-3, 1)),
        (Real(1e-3, 1, log=True), stats.reciprocal(a=1e-3, b=1)),
        (Integer(2, 6), stats.randint(2, 7)),
        (Integer(2, 6), stats.randint(low=0, high=5, loc=2)),
    ]:
        space = make_space([{"a": [1], "p": ours}, {"a": [2], "p": theirs}])
        assert [column.name for column in space.columns] == ["__branch__", "p"]
    shifted = make_space({"p": stats.loguniform(1, 10, loc=5)})
    low, high = (row["p"] for row in shifted.decode(shifted.normalize(np.array([[0.0], [1.0]]))))
    assert low == pytest.approx(6) and high == pytest.approx(15)


@pytest.mark.skipif(scipy.__version__.startswith("1.9."), reason="the cdf of scipy 1.9 overflows")
def test_a_range_of_four_hundred_magnitudes_is_taken():
    space = make_space({"p": stats.loguniform(1e-200, 1e200)})
    assert space.encode({"p": 1.0}).x[0, 0] == pytest.approx(0.5)


def test_integers_are_exact_however_large():
    space = make_space({"p": stats.randint(2**60, 2**60 + 5)})
    assert [params["p"] - 2**60 for params in space.enumerate()] == [0, 1, 2, 3, 4]


def test_equal_distributions_share_a_column_and_others_do_not():
    space = make_space(
        [
            {"p": stats.norm(0, 1), "a": [1]},
            {"p": stats.norm(0, 1), "a": [2]},
            {"p": stats.norm(0, 2), "a": [3]},
            {"p": stats.gamma(2), "a": [4]},
        ]
    )
    assert [column.name for column in space.columns] == ["__branch__", "0/p", "2/p", "3/p"]


def test_huge_ranges_of_integers_cost_nothing():
    space = make_space({"seed": stats.randint(0, 2**31), "other": range(0, 10**12, 7)})
    values = space.decode(space.normalize(np.array([[0.0, 0.0], [1.0, 1.0]])))
    assert values == [{"seed": 0, "other": 0}, {"seed": 2**31 - 1, "other": 10**12 - 1}]
    assert space.size == 2**31 * (10**12 // 7 + 1)


def test_names_come_in_the_order_of_the_dict():
    space = make_space({"b": [1, 2], "a": [3], "c": Real(0, 1)})
    assert [list(params) for params in space.decode(space.from_uniform(np.zeros((1, 2))))] == [
        ["b", "a", "c"]
    ]
    assert [column.name for column in space.columns] == ["b", "c"]
