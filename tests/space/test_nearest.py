"""The estimator's own values, moved to the nearest point of the space."""

import json

import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skhpo.space import Categorical, Integer, Ordinal, Real, When, make_space
from skhpo.space._defaults import DOCUMENTED, own_values

from .strategies import SCALARS, spaces


def moved(declared, values, **kwargs):
    space = make_space(declared, **kwargs)
    point, flag = space.nearest(values)
    assert point.x.shape == (1, space.n_columns)
    return space.decode(point)[0], flag


@pytest.mark.parametrize(
    ("form", "value", "expected", "flag"),
    [
        (Real(0.1, 10, log=True), 1.0, 1.0, False),
        (Real(0.1, 10, log=True), 1, 1.0, False),
        (Real(0.1, 10, log=True), 100.0, 10.0, True),
        (Real(0.1, 10, log=True), -1.0, 0.1, True),
        (Real(0.1, 10, log=True), np.inf, 10.0, True),
        (Real(0.1, 10, log=True), "scale", 1.0, True),
        (Real(0, 10), None, 5.0, True),
        (Real(0, 10), np.nan, 5.0, True),
        (Real(0, 10), True, 5.0, True),
        (Integer(2, 9), 5, 5, False),
        (Integer(2, 9), 5.4, 5, True),
        (Integer(2, 9), 100, 9, True),
        (Integer(1, 9, step=4), 4, 5, True),
        (stats.randint(2, 9), 1, 2, True),
        (stats.poisson(5), 3, 3, False),
        (stats.poisson(5), 1e6, 23, True),
        (stats.truncnorm(-1, 1), 7, 1.0, True),
        ([0.1, 1.0, 10.0], 1, 1.0, False),
        ([0.1, 1.0, 10.0], 2.0, 1.0, True),
        ([10.0, 1.0, 0.1], 99, 10.0, True),
        ([0.1, 10.0], 50, 10.0, True),
        (["a", "b"], "b", "b", False),
        (["a", "b"], "c", "a", True),
        ([None, 5], 7, None, True),
        ([True, False], False, False, False),
        ([0, 1], True, 0, True),
        (Ordinal(["s", "m", "l"]), "xl", "m", True),
        (Categorical([1, 2, 3]), 2, 2, False),
        ([3], 3, 3, False),
        ([3], 4, 3, True),
    ],
)
def test_a_value_moves_to_the_nearest(form, value, expected, flag):
    params, was_moved = moved({"p": form}, {"p": value})
    assert (
        params["p"] == pytest.approx(expected)
        if isinstance(expected, float)
        else (params["p"] == expected and type(params["p"]) is type(expected))
    )
    assert was_moved is flag


def test_a_missing_value_is_the_middle_or_the_first():
    assert moved({"a": Real(0, 4), "b": ["x", "y"]}, {}) == ({"a": 2.0, "b": "x"}, True)


@pytest.mark.parametrize("name", ["max_depth", "clf__max_leaf_nodes", "max_samples", "max_iter"])
@pytest.mark.parametrize("value", [None, -1])
def test_no_limit_is_the_high_end(name, value):
    assert moved({name: Integer(2, 30)}, {name: value}) == ({name: 30}, True)
    assert moved({name: [30, 20, 10]}, {name: value})[0] == {name: 30}
    assert moved({name: [None, -1, 5]}, {name: value}) == ({name: value}, False)


def test_minus_one_is_a_number_elsewhere():
    assert moved({"power": Integer(0, 9)}, {"power": -1})[0] == {"power": 0}
    assert moved({"max_x": Integer(-5, 9)}, {"max_x": -1}) == ({"max_x": -1}, False)


@pytest.mark.parametrize(
    ("estimator", "declared", "expected"),
    [
        (RandomForestClassifier(), {"max_depth": Integer(2, 20)}, {"max_depth": 20}),
        (RandomForestClassifier(), {"max_features": Real(0.2, 1)}, {"max_features": 0.6}),
        (
            HistGradientBoostingClassifier(),
            {"max_leaf_nodes": Integer(3, 9)},
            {"max_leaf_nodes": 9},
        ),
        (SVC(), {"max_iter": Integer(10, 99)}, {"max_iter": 99}),
        (PCA(), {"n_components": Integer(1, 7)}, {"n_components": 7}),
    ],
)
def test_estimators_of_scikit_learn(estimator, declared, expected):
    params, was_moved = moved(declared, estimator)
    assert params == pytest.approx(expected) and was_moved
    assert moved(declared, estimator.get_params()) == (params, was_moved)


class Tree(xgboost.XGBClassifier):
    """A class of somebody's own."""


BOOSTED = {
    "learning_rate": Real(1e-3, 1, log=True),
    "max_depth": Integer(2, 12),
    "n_estimators": Integer(10, 500),
    "max_leaves": Integer(4, 64),
    "subsample": Real(0.5, 1),
}


@pytest.mark.parametrize("prefix", ["", "clf__", "model__clf__"])
@pytest.mark.parametrize("make", [xgboost.XGBClassifier, Tree])
def test_none_of_xgboost_is_the_documented_default(make, prefix):
    estimator = make(learning_rate=0.05)
    for name in reversed(prefix.split("__")[:-1]):
        estimator = Pipeline([(name, estimator)])
    declared = {prefix + name: form for name, form in BOOSTED.items()}
    params, was_moved = moved(declared, estimator)
    assert params == {
        f"{prefix}learning_rate": 0.05,
        f"{prefix}max_depth": 6,
        f"{prefix}n_estimators": 100,
        f"{prefix}max_leaves": 64,  # 0: no limit
        f"{prefix}subsample": 1.0,
    }
    assert was_moved
    del declared[f"{prefix}max_leaves"]
    assert not moved(declared, estimator)[1]


@pytest.mark.parametrize("make", [xgboost.XGBClassifier, xgboost.XGBRegressor])
def test_the_table_is_what_the_installed_xgboost_does(make):
    rng = np.random.default_rng(0)
    X, y = rng.random((40, 3)), rng.integers(0, 2, 40)
    model = make(n_jobs=1).fit(X, y)
    learner = json.loads(model.get_booster().save_config())["learner"]["gradient_booster"]
    used = {**learner["tree_train_param"], **learner["gbtree_train_param"]}
    used["n_estimators"] = model.get_num_boosting_rounds()
    used["booster"] = learner["name"]
    used["scale_pos_weight"] = 1.0  # belongs to the objective, checked below
    table = DOCUMENTED["xgboost"]
    assert table.keys() <= used.keys()
    for name, value in table.items():
        known = used[name]
        assert (
            float(known) == pytest.approx(value) if not isinstance(value, str) else known == value
        )
    assert table.keys() <= model.get_params().keys()
    plain, explicit = model, make(n_jobs=1, **table).fit(X, y)
    np.testing.assert_array_equal(plain.predict(X), explicit.predict(X))


def test_names_that_catboost_does_not_list_have_defaults():
    lists_little = type("CatBoostClassifier", (BaseEstimator,), {"__module__": "catboost.core"})
    params, was_moved = moved(
        {"depth": Integer(4, 8), "iterations": Integer(10, 2000), "l2_leaf_reg": Real(1, 9)},
        lists_little(),
    )
    assert params == {"depth": 6, "iterations": 1000, "l2_leaf_reg": 3.0} and not was_moved


def test_own_values_leaves_the_estimator_alone():
    model = xgboost.XGBClassifier(max_depth=3)
    own = own_values(Pipeline([("clf", model)]))
    assert own["clf__max_depth"] == 3 and own["clf__reg_lambda"] == 1.0
    assert model.get_params()["reg_lambda"] is None
    given = {"a": 1}
    assert own_values(given) == given and own_values(given) is not given


KERNELS = [
    {"kernel": ["linear"], "C": Real(0.1, 10)},
    {"kernel": ["rbf"], "C": Real(0.1, 10), "gamma": Real(0.01, 1)},
    {"kernel": ["poly"], "C": Real(0.1, 10), "degree": Integer(2, 5)},
]


@pytest.mark.parametrize(
    ("estimator", "kernel", "flag"),
    [
        (SVC(gamma=0.1), "rbf", False),
        (SVC(), "rbf", True),  # gamma="scale" has no place
        (SVC(kernel="poly"), "poly", False),
        (SVC(kernel="linear"), "linear", False),
        (SVC(kernel="sigmoid", C=100), "poly", True),  # holds one: degree=3
        (SVC(kernel="sigmoid", C=100, degree=9), "linear", True),  # all hold none
    ],
)
def test_the_branch_that_holds_most_values(estimator, kernel, flag):
    params, was_moved = moved(KERNELS, estimator)
    assert params["kernel"] == kernel and was_moved is flag


def test_conditional_parameters_follow_their_parent():
    declared = {
        "kernel": ["linear", "poly"],
        "degree": When(Integer(2, 5), kernel="poly"),
        "coef0": When([0.5], kernel="poly"),
    }
    assert moved(declared, SVC(kernel="linear", degree=99)) == ({"kernel": "linear"}, False)
    params = {"kernel": "poly", "degree": 4, "coef0": 0.5}
    assert moved(declared, SVC(kernel="poly", degree=4, coef0=0.5)) == (params, False)
    assert moved(declared, SVC(kernel="poly", degree=4)) == (params, True)


def test_an_estimator_of_the_same_class_stands_for_the_own_one():
    svc, logistic = SVC(), LogisticRegression()
    declared = {"clf": [logistic, svc], "clf__C": Real(0.1, 10)}
    params, was_moved = moved(declared, Pipeline([("clf", SVC(C=5.0))]))
    assert params["clf"] is svc and params["clf__C"] == 5.0 and not was_moved
    params, was_moved = moved(declared, Pipeline([("clf", SVC(C=5.0, tol=0.1))]))
    assert params["clf"] is svc and was_moved  # tol changes


def test_another_estimator_brings_its_own_values():
    declared = {"clf": [LogisticRegression(C=7.0)], "clf__C": Real(0.1, 10)}
    params, was_moved = moved(declared, Pipeline([("clf", Ridge())]))
    assert params["clf__C"] == 7.0 and was_moved


def test_a_small_space_is_searched_for_the_nearest_allowed():
    declared = {"a": Integer(1, 9), "b": Integer(1, 9)}
    params, was_moved = moved(
        declared, {"a": 4, "b": 4}, constraints=lambda p: p["a"] + p["b"] == 13
    )
    assert params["a"] + params["b"] == 13 and was_moved
    assert abs(params["a"] - 4) + abs(params["b"] - 4) == 5


def test_one_change_is_tried_first():
    declared = {"a": Real(0, 1), "b": Real(0, 1), "k": ["x", "y"]}
    own = {"a": 0.5, "b": 0.5, "k": "x"}
    params, was_moved = moved(declared, own, constraints=lambda p: p["a"] > 0.6)
    assert was_moved and params["b"] == 0.5 and params["k"] == "x"
    assert 0.6 < params["a"] < 0.602
    params, _ = moved(declared, own, constraints=lambda p: p["k"] == "y")
    assert params == {"a": 0.5, "b": 0.5, "k": "y"}


def test_another_category_is_further_than_any_number():
    declared = {"k": ["c", "a"], "n": Integer(1, 9)}

    def one_of_two(params):
        return (params["k"], params["n"]) in {("a", 1), ("c", 9)}

    assert moved(declared, {"k": "c", "n": 1}, constraints=one_of_two)[0] == {"k": "c", "n": 9}


def test_random_points_where_one_change_does_not_help():
    declared = {"a": Real(0, 1), "b": Real(0, 1), "c": Real(0, 1)}
    own = {"a": 0.1, "b": 0.1, "c": 0.1}

    def both(params):
        return params["a"] > 0.9 and params["b"] > 0.9

    params, was_moved = moved(declared, own, constraints=both)
    assert was_moved and both(params)
    assert moved(declared, own, constraints=both) == (params, True)  # the generator is fixed


@pytest.mark.parametrize("form", [Real(0, 1), Integer(1, 5)])
def test_constraints_that_allow_nothing_are_refused(form):
    space = make_space({"a": form}, lambda params: False)
    with pytest.raises(ValueError, match="allowed none of the configurations"):
        space.nearest({"a": 1})


@given(st.data(), spaces())
def test_the_nearest_lies_in_the_space(data, space):
    names = {name for branch in space.declared for name in branch}
    values = {name: data.draw(SCALARS) for name in sorted(names)}
    point, flag = space.nearest(values)
    params = space.decode(point)[0]
    assert space.encode(params) is not None
    if not flag:
        assert all(
            params[name] == pytest.approx(values[name], nan_ok=True)
            if isinstance(params[name], float)
            else params[name] == values[name]
            for name in params
        )
    again, still = space.nearest({**values, **params})
    assert space.keys(again) == space.keys(point) or len(space.branches) > 1
    assert not still or not space.is_model_space
