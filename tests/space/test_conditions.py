"""`When`: activity, nesting, resolution at once, refusals; and counting configurations."""

import numpy as np
import pytest
from hypothesis import given
from sklearn.svm import SVC

from skhpo.space import Categorical, Condition, Integer, Real, When, make_space

from .strategies import parameters


def listed(declared):
    return [tuple(sorted(params.items(), key=str)) for params in make_space(declared).enumerate()]


SVM = {
    "kernel": ["linear", "rbf", "poly"],
    "gamma": When(Real(1e-4, 1, log=True), kernel=["rbf", "poly"]),
    "degree": When(Integer(2, 5), kernel="poly"),
}


def test_a_conditional_parameter_exists_only_where_its_condition_holds():
    space = make_space(SVM)
    assert [column.name for column in space.columns] == ["kernel", "degree", "gamma"]
    assert space.columns[1].conditions == (Condition(0, frozenset({2})),)
    assert space.columns[2].conditions == (Condition(0, frozenset({1, 2})),)
    assert space.has_conditions
    for params in space.decode(space.from_uniform(np.random.default_rng(0).random((200, 3)))):
        assert ("gamma" in params) == (params["kernel"] in ("rbf", "poly"))
        assert ("degree" in params) == (params["kernel"] == "poly")
    assert space.encode({"kernel": "rbf", "gamma": 0.1}) is not None
    assert space.encode({"kernel": "rbf"}) is None
    assert space.encode({"kernel": "linear", "gamma": 0.1}) is None


def test_conditions_nest_to_any_depth():
    declared = {
        "a": [0, 1],
        "b": When(["x", "y"], a=1),
        "c": When([True, False], b="y"),
        "d": When(When([5, 6], c=True), a=[0, 1]),
    }
    space = make_space(declared)
    assert [column.name for column in space.columns] == ["a", "b", "c", "d"]
    assert list(space.enumerate()) == [
        {"a": 0},
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y", "c": True, "d": 5},
        {"a": 1, "b": "y", "c": True, "d": 6},
        {"a": 1, "b": "y", "c": False},
    ]
    assert space.size == 5


def test_several_parameters_must_all_hold():
    declared = {"a": [0, 1], "b": [0, 1], "c": When([7, 8], a=1, b=1)}
    rows = list(make_space(declared).enumerate())
    assert len(rows) == 5 and sum("c" in row for row in rows) == 2


def test_a_condition_on_a_constant_resolves_at_once():
    declared = {"a": [1], "b": When([1, 2], a=1), "c": When([1, 2], a=2), "d": When([3], c=1)}
    space = make_space(declared)
    assert not space.has_conditions
    assert list(space.enumerate()) == [{"a": 1, "b": 1}, {"a": 1, "b": 2}]
    assert space.nearest({"c": 1})[1] is True


def test_a_constant_may_be_conditional():
    declared = {"a": ["x", "y"], "b": When([1], a="y"), "c": When([2, 3], b=1)}
    space = make_space(declared)
    rows = [{"a": "x"}, {"a": "y", "b": 1, "c": 2}, {"a": "y", "b": 1, "c": 3}]
    assert list(space.enumerate()) == rows
    assert [space.decode(space.encode(row))[0] for row in rows] == rows
    assert space.encode({"a": "x", "b": 1}) is None
    assert space.encode({"a": "y", "b": 2, "c": 2}) is None
    assert [column.name for column in space.columns] == ["a", "c"]


def test_conditions_that_exclude_each_other_leave_a_parameter_out():
    declared = {"a": ["x", "y", "z"], "b": When(When([1, 2], a=["x", "y"]), a="z")}
    assert [column.name for column in make_space(declared).columns] == ["a"]


@pytest.mark.parametrize(
    ("values", "wanted", "active"),
    [
        ([(1, 2), (3,), None], (1, 2), [(1, 2)]),
        ([(1, 2), (3,), None], [(1, 2), None], [(1, 2), None]),
        ([1, 2, 3], (1, 2), [1, 2]),
        ([1, 2, 3], range(2, 4), [2, 3]),
        ([1, 2, 3], np.array([2]), [2]),
        ([1, 2, 3], 2.0, [2]),
        ([True, False], True, [True]),
        (Integer(1, 4), {2, 3}, [2, 3]),
        (Categorical(["a", "b"]), "b", ["b"]),
        ([None, "a"], None, [None]),
    ],
)
def test_values_of_a_condition(values, wanted, active):
    rows = make_space({"p": values, "q": When([1, 2], p=wanted)}).enumerate()
    found = [row["p"] for row in rows if "q" in row][::2]
    assert found == active


def test_estimators_as_values_of_a_condition():
    svc = SVC()
    declared = {"clf": [svc, None], "clf__C": When(Real(0, 1), clf=SVC())}
    space = make_space(declared)
    params = space.decode(space.normalize(np.array([[0.25, 0.5], [0.75, 0.5]])))
    assert params == [{"clf": svc, "clf__C": 0.5}, {"clf": None}] and params[0]["clf"] is svc


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"a": When([1, 2], b=1)}, r"When for parameter 'a' names 'b', which is not in the same"),
        ({"a": When([1, 2], a=1)}, r"conditions of a -> a form a circle"),
        ({"a": When([1, 2], b=1), "b": When([1, 2], a=1)}, r"a -> b -> a form a circle"),
        ({"a": Real(0, 1), "b": When([1, 2], a=1)}, r"depends on 'a', which is continuous"),
        ({"a": ["x", "y"], "b": When([1, 2], a="z")}, r"asks for a='z'.*values \('x', 'y'\)"),
        ({"a": ["x", "y"], "b": When([1, 2], a=["x", "z"])}, r"asks for a='z'"),
        ({"a": Integer(1, 99), "b": When([1, 2], a=0)}, r"\(1, 2, 3, .*\.\.\. 99\)"),
        ({"a": ["x", "y"], "b": When([1, 2], a=[])}, r"asks for a=\[\]"),
    ],
)
def test_refusals(declared, message):
    with pytest.raises(ValueError, match=message):
        make_space(declared)


def test_what_stands_in_a_when_is_checked_like_any_other():
    with pytest.raises(TypeError, match="Parameter grid for parameter 'b' needs to be a list"):
        make_space({"a": [1, 2], "b": When(3, a=1)})


@given(parameters(max_size=6))
def test_counting_agrees_with_listing(declared):
    space = make_space(declared)
    if space.size <= 200:
        assert len(list(space.enumerate())) == space.size


def test_counting_does_not_list():
    switches = {f"s{i:02}": [True, False] for i in range(40)}
    children = {f"c{i:02}": When(Integer(1, 10), **{f"s{i:02}": True}) for i in range(40)}
    assert make_space({**switches, **children}).size == pytest.approx(11.0**40)
    wide = {"n": Integer(1, 10**6), "m": When([1, 2, 3], n=[1, 2]), "k": When([1, 2], n=[2, 7])}
    assert make_space(wide).size == 10**6 - 3 + 3 + 6 + 2
    assert make_space({"a": [1, 2], "b": When(Real(0, 1), a=1)}).size == np.inf


def test_a_list_of_dicts_counts_the_dicts_together():
    assert make_space([{"a": [1, 2], "b": [1, 2]}, {"c": [1, 2, 3]}, {}]).size == 8
    assert listed([{"a": [1, 2]}, {}]) == [(("a", 1),), (("a", 2),), ()]
