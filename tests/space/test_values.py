"""When two values are the same one."""

from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo.space import Integer, make_space
from skhpo.space._values import Lookup, alike, distinct, same

NAN = float("nan")


class Raises:
    def __eq__(self, other):
        raise RuntimeError("cannot compare")

    __hash__ = None


class SaysArray:
    def __eq__(self, other):
        return np.array([True, True])

    __hash__ = None


class EqualToAll:
    def __eq__(self, other):
        return True

    __hash__ = None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, 1),
        (1, np.int64(1)),
        (0.5, np.float64(0.5)),
        (NAN, NAN),
        (np.nan, np.float32("nan")),
        ((1, NAN), (1, NAN)),
        ("a", np.str_("a")),
        (None, None),
        (True, np.True_),
        (SVC(C=2), SVC(C=2)),
        (SVC(C=NAN), SVC(C=NAN)),
        (make_pipeline(StandardScaler(), SVC()), make_pipeline(StandardScaler(), SVC())),
        (np.array([1, 2]), np.array([1, 2])),
        (np.array([1.0, NAN]), np.array([1.0, NAN])),
        ([SVC()], [SVC()]),
        ({"a": [1]}, {"a": [1]}),
        (len, len),
        (SVC, SVC),
        (EqualToAll(), EqualToAll()),
    ],
)
def test_same(a, b):
    assert same(a, b) and same(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True),
        (0, False),
        (1, 1.0),
        (1, "1"),
        (None, "None"),
        ((1, 2), (1, 2.0)),
        ((1, 2), [1, 2]),
        ([1], [True]),
        (SVC(), SVC(C=2)),
        (SVC(), LogisticRegression()),
        (SVC(), SVC),
        (make_pipeline(SVC()), make_pipeline(SVC(C=2))),
        (np.array([1, 2]), np.array([1, 3])),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array([1, 2]), np.array([1])),
        (Raises(), Raises()),
        (SaysArray(), SaysArray()),
        (Raises(), 1),
        (partial(len), partial(len)),
        ({"a": 1}, {"b": 1}),
    ],
)
def test_not_same(a, b):
    assert not same(a, b) and not same(b, a)


def test_an_object_that_cannot_be_compared_is_itself():
    value = Raises()
    assert same(value, value)


def test_alike_takes_numbers_of_another_type():
    assert alike(1, 1.0) and alike(2.0, 2) and alike(NAN, NAN)
    assert not alike(1, True) and not alike(1.5, 1) and not alike("1", 1)


def test_a_number_of_another_type_is_found_where_there_is_no_doubt():
    lookup = Lookup([1, 2.0, "a"])
    assert lookup.find(1.0) == 0 and lookup.find(2) == 1
    assert lookup.find(True) is None and lookup.find(1.5) is None
    both = Lookup([1.0, 1, True])
    assert [both.find(value) for value in (1.0, 1, True)] == [0, 1, 2]
    assert Lookup([2.0**60]).find(2**60 + 1) is None
    assert make_space({"n": Integer(1, 9)}).encode({"n": 10**400}) is None


def test_identity_goes_before_equality():
    first, second = SVC(), SVC()
    lookup = Lookup([first, second])
    assert lookup.find(second) == 1 and lookup.find(SVC()) == 0 and lookup.find(SVC(C=2)) is None


def test_distinct_keeps_order_and_counts():
    model = SVC()
    values, counts = distinct(["a", 1, "a", True, model, model, SVC(), NAN, NAN])
    assert values[:3] == ("a", 1, True) and counts == [2, 1, 1, 2, 1, 2]


def test_encode_of_values_that_are_alike():
    space = make_space({"p": [1, 1.0, True, "1", None, NAN, (1, 2)]})
    for i, value in enumerate([1, 1.0, True, "1", None, NAN, (1, 2)]):
        assert space.columns[0].index(space.encode({"p": value}).x[:, 0]) == i
    assert make_space({"max_features": [1, "sqrt"]}).encode({"max_features": True}) is None
    assert make_space({"max_features": [1, "sqrt"]}).encode({"max_features": 1.0}) is not None
