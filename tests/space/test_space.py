"""Invariants of every space: codes, activity, keys, and the way back."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import ParameterGrid, RandomizedSearchCV
from sklearn.svm import SVC

from skhpo._records import Points
from skhpo.space import Categorical, Integer, Ordinal, Real, Space, When, make_space
from skhpo.space._values import same

from .strategies import declarations, parameters, spaces, uniforms

PLAIN = (int, float, bool, str, tuple, type(None))


@given(st.data(), spaces())
def test_a_draw_lies_in_the_cube_and_is_canonical(data, space):
    points = space.from_uniform(data.draw(uniforms(space)))
    assert points.x.shape == points.active.shape == (8, space.n_columns)
    assert (points.x >= 0).all() and (points.x <= 1).all()
    assert (points.x[~points.active] == 0.5).all()
    again = space.normalize(points.x)
    np.testing.assert_allclose(again.x, points.x, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(again.active, points.active)
    np.testing.assert_array_equal(space.active(points.x), points.active)


@given(st.data(), spaces())
def test_activity_is_closed_under_the_conditions(data, space):
    points = space.from_uniform(data.draw(uniforms(space)))
    for j, column in enumerate(space.columns):
        expected = np.ones(len(points), dtype=bool)
        for condition in column.conditions:
            assert condition.column < j
            parent = space.columns[condition.column]
            index = parent.index(points.x[:, condition.column])
            expected &= points.active[:, condition.column]
            expected &= [i in condition.values for i in index.tolist()]
        np.testing.assert_array_equal(points.active[:, j], expected)


@given(st.data(), spaces())
def test_params_are_what_the_user_declared(data, space):
    points = space.from_uniform(data.draw(uniforms(space)))
    for params, x, on in zip(space.decode(points), points.x, points.active, strict=True):
        b = space.columns[0].index(x[:1])[0] if len(space.declared) > 1 else 0
        names = set(space.declared[b])
        assert params.keys() <= names
        assert list(params) == [name for name in space.declared[b] if name in params]
        for name, value in params.items():
            form = space.declared[b][name]
            while isinstance(form, When):
                form = form.dimension
            assert _is_member(value, form), (name, value)
        assert sum(on) <= len(params) + (len(space.declared) > 1)


def _is_member(value, form):
    if isinstance(form, Real):
        return type(value) is float and form.low <= value <= form.high
    if isinstance(form, Integer):
        inside = form.low <= value <= form.high
        return type(value) is int and inside and (value - form.low) % form.step == 0
    if isinstance(form, Categorical | Ordinal):
        return any(value is other for other in form.values)
    if isinstance(form, np.ndarray):
        return type(value) is type(form[0].item()) and value in form.tolist()
    if isinstance(form, range):
        return type(value) is int and value in form
    if isinstance(form, list):
        return any(same(value, other) for other in form)
    low, high = form.support()
    return type(value) in (int, float) and low <= value <= high


@given(st.data(), spaces())
def test_encode_undoes_decode(data, space):
    points = space.from_uniform(data.draw(uniforms(space)))
    for i, params in enumerate(space.decode(points)):
        found = space.encode(params)
        assert found is not None, params
        again = space.decode(found)[0]
        assert again.keys() == params.keys()
        for name, value in params.items():
            if type(value) is float:
                assert again[name] == pytest.approx(value, rel=1e-6, abs=1e-6)
            else:
                assert again[name] is value or again[name] == value
        if not space.overlap:
            np.testing.assert_allclose(found.x, points.x[i : i + 1], rtol=0, atol=1e-7)
            np.testing.assert_array_equal(found.active, points.active[i : i + 1])


@given(st.data(), spaces())
def test_keys_tell_configurations_apart(data, space):
    points = space.from_uniform(data.draw(uniforms(space, 30)))
    rows, keys = space.decode(points), space.keys(points)
    assert keys == space.keys(points)
    for i in range(len(rows)):
        assert (keys[i] == keys[0]) == _same_params(rows[i], rows[0])


@pytest.mark.parametrize("form", [Real(1, 1e3, log=True), Real(-5, 5), stats.norm(1, 3)])
def test_keys_hold_floats_to_twelve_digits(form):
    space = make_space({"p": form})
    u = np.array([[0.3], [0.3 + 1e-15], [0.3 + 1e-11]])
    one, close, other = space.keys(space.normalize(u))
    assert one == close != other


def test_keys_do_not_look_at_inactive_cells():
    space = make_space({"k": ["a", "b"], "n": When([1, 2, 3], k="a")})
    on = np.array([[True, False]] * 2)
    one, other = space.keys(Points(np.array([[0.75, 0.5], [0.75, 0.9]]), on))
    assert one == other


def _same_params(a, b):
    if a.keys() != b.keys():
        return False
    return all(
        v == pytest.approx(b[k], rel=1e-12, abs=0)
        if type(v) is type(b[k]) is float
        else type(v) is type(b[k]) and v == b[k]
        for k, v in a.items()
    )


@given(st.data(), parameters(max_size=4))
def test_the_size_of_a_finite_space_is_what_it_enumerates(data, declared):
    space = make_space(declared)
    if space.size > 300:
        return
    listed = list(space.enumerate())
    assert len(listed) == space.size
    keys = {space.keys(space.encode(params))[0] for params in listed}
    assert len(keys) == space.size


@given(st.data(), spaces())
def test_a_pickle_is_the_same_space(data, space):
    again = pickle.loads(pickle.dumps(space))
    q = data.draw(uniforms(space))
    a, b = space.from_uniform(q), again.from_uniform(q)
    np.testing.assert_array_equal(a.x, b.x)
    assert space.keys(a) == again.keys(b)
    assert repr(space.decode(a)) == repr(again.decode(b))


@given(declarations())
def test_nothing_that_was_passed_is_changed(declared):
    before = pickle.dumps(declared)
    space = make_space(declared)
    dicts = declared if isinstance(declared, list) else [declared]
    assert all(a is b for a, b in zip(space.declared, dicts, strict=True))
    point = space.from_uniform(np.full((1, space.n_columns), 0.3))
    space.decode(point)
    space.nearest({})
    assert pickle.dumps(declared) == before


@given(st.data(), spaces())
def test_arrays_handed_in_may_be_read_only(data, space):
    q = data.draw(uniforms(space))
    q.setflags(write=False)
    points = space.from_uniform(q)
    points.x.setflags(write=False)
    points.active.setflags(write=False)
    space.normalize(points.x)
    space.decode(points)
    space.keys(points)


def test_no_rows_are_no_rows():
    space = make_space([{"a": [1, 2]}, {"b": Real(0, 1)}])
    points = space.from_uniform(np.empty((0, space.n_columns)))
    assert space.decode(points) == space.keys(points) == []


def test_an_empty_dict_is_one_empty_configuration():
    space = make_space({})
    assert (space.n_columns, space.size) == (0, 1.0)
    point = space.from_uniform(np.empty((1, 0)))
    assert space.decode(point) == [{}] and space.keys(point) == [b""]
    assert list(space.enumerate()) == [{}]
    assert isinstance(space.encode({}), Points) and space.encode({"a": 1}) is None
    assert space.nearest({})[1] is False


def test_single_values_are_constants_without_a_column():
    model = Ridge()
    space = make_space({"clf": [model], "n": stats.randint(3, 4), "C": Real(0, 1)})
    assert [column.name for column in space.columns] == ["C"]
    params = space.decode(space.from_uniform(np.array([[0.5]])))[0]
    assert params["clf"] is model and params["n"] == 3 and type(params["n"]) is int
    assert space.encode({"C": 0.5}) is not None  # there is no doubt about the constants
    assert space.encode({"C": 0.5, "n": 4}) is None


def test_a_list_of_dicts_has_a_root_on_which_the_parameters_depend():
    space = make_space(
        [
            {"kernel": ["linear"], "C": Real(1, 10)},
            {"kernel": ["rbf", "poly"], "C": Real(1, 10), "gamma": [0.1, 1.0]},
            {"kernel": ["sigmoid"], "C": Real(1, 100), "gamma": [0.1, 1.0]},
        ]
    )
    root = space.columns[0]
    assert (root.name, root.kind, root.n_values) == ("__branch__", "categorical", 3)
    where = {
        column.name: [sorted(condition.values) for condition in column.conditions]
        for column in space.columns[1:]
    }
    assert where == {"0/C": [[0, 1]], "2/C": [[2]], "gamma": [[1, 2]], "kernel": [[1]]}
    params = {"kernel": "sigmoid", "C": 50.0, "gamma": 0.1}
    assert space.decode(space.encode(params)) == [params]
    assert space.encode({"kernel": "linear", "C": 50.0}) is None
    assert space.encode({"kernel": "linear", "C": 5.0, "gamma": 0.1}) is None
    assert space.encode({"kernel": "poly", "C": 5.0}) is None
    assert space.encode({"C": 5.0}) is None  # it is not said which constant is meant


def test_dicts_are_equally_likely():
    space = make_space([{"a": [1]}, {"a": list(range(2, 100))}])
    rng = np.random.default_rng(0)
    points = space.from_uniform(rng.random((4000, space.n_columns)))
    share = np.mean([params["a"] == 1 for params in space.decode(points)])
    assert share == pytest.approx(0.5, abs=0.03)  # 4 standard errors


def test_columns_are_shared_only_under_equal_conditions():
    both = {"k": ["a", "b"], "C": When(Real(0, 1), k="a")}
    other = {"k": ["a", "b"], "C": When(Real(0, 1), k="b"), "d": [1, 2]}
    space = make_space([both, {**both, "d": [3, 4]}, other])
    names = [column.name for column in space.columns]
    assert names == ["__branch__", "0/d", "2/d", "k", "0/C", "2/C"] or "k" in names
    assert names.count("k") == 1 and {"0/C", "2/C"} <= set(names)


def test_keys_of_branches_that_overlap_are_those_of_the_configuration():
    space = make_space([{"C": [1, 10]}, {"C": [1, 100]}])
    first, second = (space.normalize(np.array([[u, 0.25, 0.25]])) for u in (0.25, 0.75))
    assert space.decode(first) == space.decode(second) == [{"C": 1}]
    assert space.keys(first) == space.keys(second)
    assert space.size == 3.0
    assert list(space.enumerate()) == [{"C": 1}, {"C": 10}, {"C": 100}]


@pytest.mark.parametrize(
    "grid",
    [
        {"b": [1, 2, 3], "a": ["x", "y"], "c": [None, True]},
        [{"b": [1, 2]}, {"a": [3.0], "b": [3, 4]}, {}],
    ],
)
def test_enumerate_has_the_order_of_scikit_learns_grid(grid):
    assert list(make_space(grid).enumerate()) == list(ParameterGrid(grid))


def test_enumerate_refuses_an_infinite_space():
    with pytest.raises(ValueError, match="'C' has infinitely many values"):
        make_space({"C": Real(0, 1)}).enumerate()


def test_enumerate_leaves_out_what_constraints_forbid():
    space = make_space({"a": [1, 2, 3], "b": [1, 2, 3]}, lambda params: params["a"] < params["b"])
    assert [(p["a"], p["b"]) for p in space.enumerate()] == [(1, 2), (1, 3), (2, 3)]
    assert space.size == 9 and space.has_constraints


def test_constraints_must_say_yes_or_no():
    space = make_space({"a": [1, 2]}, [lambda params: True, lambda params: params["a"]])
    with pytest.raises(TypeError, match=r"must return True or False, got 1 of type int"):
        space.allows({"a": 1})
    assert make_space({"a": [1, 2]}, lambda params: np.bool_(True)).allows({"a": 1})
    with pytest.raises(TypeError, match="callable or a list of callables, got 3"):
        make_space({"a": [1, 2]}, 3)


def test_constraints_cannot_change_the_params():
    params = {"a": 1}
    assert make_space({"a": [1, 2]}, lambda given: given.pop("a") == 1).allows(params)
    assert params == {"a": 1}


def test_the_very_objects_of_a_list_are_handed_over():
    values = [np.float64(0.5), np.str_("a"), SVC(), (1, 2), [3], {"x": 1}]
    space = make_space({"p": values})
    params = space.decode(space.normalize(space.columns[0].code(np.arange(6))[:, None]))
    assert all(row["p"] is value for row, value in zip(params, values, strict=True))


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (np.array([0.1, 0.2, 0.4]), float),
        (np.array([1, 2, 4], dtype=np.int32), int),
        (np.array(["a", "b"]), str),
        (np.array([True, False]), bool),
        (np.float32([1, 2, 3]), float),
        (range(1, 9), int),
        (stats.randint(1, 9), int),
        (stats.uniform(0, 2), float),
        (stats.loguniform(1e-3, 1), float),
        (stats.norm(), float),
        (stats.poisson(3), int),
        (stats.bernoulli(0.5), int),
        (Real(0, 1), float),
        (Real(1, 9, log=True), float),
        (Integer(1, 9), int),
        (Integer(1, 9, log=True), int),
    ],
)
def test_params_are_python_scalars(form, kind):
    space = make_space({"p": form})
    q = np.random.default_rng(0).random((50, 1))
    assert {type(row["p"]) for row in space.decode(space.from_uniform(q))} == {kind}


def test_a_search_with_our_dimensions_can_be_cloned():
    declared = {
        "C": Real(0.1, 10, log=True),
        "penalty": When(Categorical(["l2", None]), solver="a"),
        "solver": ["a", "b"],
    }
    search = RandomizedSearchCV(LogisticRegression(), declared)
    again = clone(search)
    assert again.param_distributions == declared and search.param_distributions is declared
    assert (
        "C"
        in make_space(again.param_distributions).decode(
            make_space(declared).from_uniform(np.full((1, 3), 0.4))
        )[0]
    )


def test_a_space_says_what_it_holds():
    space = make_space({"a": [1, 2], "b": [3, 4]})
    assert isinstance(space, Space) and repr(space) == "Space(a, b; 4 configurations)"
