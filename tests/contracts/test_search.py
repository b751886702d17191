"""Every search estimator keeps scikit-learn's contract and the shape that all of ours share."""

import inspect
import pickle

import joblib
import numpy as np
import pytest
from scipy.stats import randint, uniform
from sklearn.base import clone, is_classifier
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_random_state, estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

import skhpo
from skhpo.space import Real

from .registry import ASYNCHRONOUS, ESTIMATORS, FIDELITY, OWN_BUDGET

# what scikit-learn's RandomizedSearchCV of the same estimator does not pass either
EXCUSES = {Ridge: {"check_supervised_y_2d": "Ridge takes a y of one column without a warning"}}

# design of the shared parameters: names, order and defaults
SHARED = {
    "timeout": None,
    "scoring": None,
    "n_jobs": None,
    "refit": True,
    "cv": None,
    "verbose": 0,
    "random_state": None,
    "error_score": np.nan,
    "return_train_score": False,
    "max_concurrent_trials": None,
    "trial_timeout": None,
    "trial_memory": None,
    "initial_params": "estimator",
    "objective": None,
    "constraints": None,
    "early_stopping": False,
    "warm_start_from": None,
    "transfer": False,
    "warm_start": False,
    "stop": None,
    "journal": None,
}
ADAPTIVE_ONLY = ("early_stopping",)  # not of scikit-learn's two classes
CLASSIC = {"GridSearchCV": GridSearchCV, "RandomizedSearchCV": RandomizedSearchCV}
MODERN = sorted(set(ESTIMATORS) - set(CLASSIC))
TREES = {
    "max_depth": [1, 2, 3],
    "min_samples_leaf": [1, 5],
    "criterion": ["gini", "entropy"],
}
X, y = make_classification(n_samples=60, n_features=5, flip_y=0.2, random_state=0)


def make(name, estimator=None, space=None, **arguments):
    estimator = DecisionTreeClassifier(random_state=0) if estimator is None else estimator
    arguments = {"n_iter": 5, "random_state": 0, "cv": 2, **arguments}
    return ESTIMATORS[name](estimator, TREES if space is None else space, **arguments)


def excuses(search):
    return EXCUSES.get(type(search.estimator), {})


def searches_to_check():
    options = {"cv": 2, "error_score": "raise", "random_state": 0}
    for name, factory in ESTIMATORS.items():
        values, n_iter = ([0.1, 1.0], 2) if name in CLASSIC else (Real(0.1, 1.0, log=True), 6)
        yield factory(LogisticRegression(), {"C": values}, n_iter=n_iter, **options)
        yield factory(Ridge(), {"alpha": values}, n_iter=n_iter, **options)


@parametrize_with_checks(list(searches_to_check()), expected_failed_checks=excuses)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_s_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", EXCUSES[Ridge])
@pytest.mark.filterwarnings("ignore")
def test_excuses_are_scikit_learn_s_own(name):
    search = RandomizedSearchCV(Ridge(), {"alpha": [1.0]}, n_iter=1, cv=2, error_score="raise")
    with pytest.raises((AssertionError, ValueError)):
        getattr(estimator_checks, name)("RandomizedSearchCV", search)


def signature(kind):
    return {
        name: parameter
        for name, parameter in inspect.signature(kind.__init__).parameters.items()
        if name != "self"
    }


def same_default(one, other):
    return one is other or one == other or (one != one and other != other)


@pytest.mark.parametrize("name", MODERN)
def test_shared_parameters_have_one_name_order_and_default(name):
    parameters = signature(getattr(skhpo, name))
    assert list(parameters)[:2] == ["estimator", "param_distributions"]
    assert all(p.kind is p.KEYWORD_ONLY for p in list(parameters.values())[2:])
    assert [each for each in parameters if each in SHARED] == list(SHARED)
    for shared, default in SHARED.items():
        assert same_default(parameters[shared].default, default), shared
    if name not in OWN_BUDGET:
        assert parameters["n_iter"].default == 50


@pytest.mark.parametrize("name", CLASSIC)
def test_scikit_learn_s_parameters_come_first_and_ours_after_them(name):
    parameters, theirs = signature(getattr(skhpo, name)), signature(CLASSIC[name])
    assert list(parameters)[: len(theirs)] == list(theirs)
    for each, parameter in theirs.items():
        kind = parameters[each].kind
        assert kind is parameter.kind, each
        wanted = parameter.default
        if wanted is not parameter.empty:
            assert same_default(parameters[each].default, wanted), each
    ours = list(parameters)[len(theirs) :]
    seeded = name != "GridSearchCV"
    left_out = {*theirs, *ADAPTIVE_ONLY, *(() if seeded else ("random_state",))}
    wanted = [each for each in SHARED if each not in left_out]
    assert ours == wanted
    for shared in ours:
        default = None if shared == "initial_params" else SHARED[shared]
        assert parameters[shared].default is default, shared


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_parameter_is_validated_and_stored_as_it_is(name):
    search = make(name)
    constraints = type(search)._parameter_constraints
    params = search.get_params(deep=False)
    assert set(params) == set(signature(type(search)))
    assert set(params) - {"estimator"} <= set(constraints) | {"estimator"}
    assert set(constraints) >= set(params)
    marker = object()
    for each in params:
        assert getattr(clone(search).set_params(**{each: marker}), each) is marker


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_train_score": True},
        {"scoring": ["accuracy", "recall"], "refit": "recall"},
        {"scoring": {"a": "accuracy", "b": "f1"}, "refit": False, "objective": "b"},
    ],
    ids=["plain", "train", "two", "no refit"],
)
def test_cv_results_have_scikit_learn_s_keys_and_dtypes(name, options):
    theirs = {key: value for key, value in options.items() if key != "objective"}
    space = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 5], "splitter": ["best", "random"]}
    tree = DecisionTreeClassifier(random_state=0)
    expected = RandomizedSearchCV(tree, space, n_iter=5, cv=3, random_state=0, **theirs).fit(X, y)
    search = make(name, tree, space, cv=3, **options).fit(X, y)
    ours, wanted = search.cv_results_, expected.cv_results_
    own = {"iter", "n_resources"} if name in FIDELITY else set()
    assert set(ours) == set(wanted) | own
    assert all(ours[key].dtype == np.int64 for key in own)
    n_rows = len(ours["params"])
    for key, column in wanted.items():
        assert type(ours[key]) is type(column), key
        assert len(ours[key]) == n_rows, key
        if key != "params":
            assert ours[key].dtype == column.dtype, key


@pytest.mark.parametrize("name", ESTIMATORS)
def test_inactive_parameters_are_masked(name):
    space = [{"max_depth": [1, 2]}, {"min_samples_leaf": [1, 2, 9]}]
    results = make(name, space=space, initial_params=None).fit(X, y).cv_results_
    for key in ("max_depth", "min_samples_leaf"):
        masked = np.ma.getmaskarray(results[f"param_{key}"])
        assert list(masked) == [key not in params for params in results["params"]]
        for params, value in zip(results["params"], results[f"param_{key}"], strict=True):
            assert key not in params or params[key] == value


@pytest.mark.parametrize("name", ESTIMATORS)
def test_history_stands_row_for_row_beside_cv_results(name):
    search = make(name).fit(X, y)
    trials, results = search.history_.trials, search.cv_results_
    n = len(results["params"])
    assert {len(column) for column in trials.values()} == {n}
    wanted = {"trial", "sampler", "status", "started", "finished", "resource", "rung", "bracket"}
    assert wanted <= set(trials)
    numbers = list(trials["trial"])
    assert sorted(set(numbers), key=numbers.index) == list(range(search.n_trials_))
    assert name in FIDELITY or search.n_trials_ == n
    assert set(trials["status"]) == {"complete"}
    assert np.all(trials["finished"] >= trials["started"])
    again = search.history_.cv_results
    assert all(np.array_equal(again[key], results[key]) for key in ("params", "rank_test_score"))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_best_is_the_best_row_refitted(name):
    search = make(name).fit(X, y)
    results, best = search.cv_results_, search.best_index_
    assert results["rank_test_score"].argmin() == best
    if name in FIDELITY:
        top = results["n_resources"] == results["n_resources"].max()
        assert search.best_score_ == results["mean_test_score"][top].max()
    else:
        assert search.best_score_ == results["mean_test_score"].max()
    assert search.best_params_ == results["params"][best] == search.refit_params_
    wanted = clone(search.estimator).set_params(**search.best_params_).fit(X, y)
    assert np.array_equal(search.predict(X), wanted.predict(X))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_two_fits_a_clone_and_a_pickle_give_the_same_trials(name):
    space = {"max_depth": randint(1, 6), "min_impurity_decrease": uniform(0, 0.1)}
    if name == "GridSearchCV":
        space = TREES
    search = make(name, space=space, n_iter=8)
    before = repr(search.get_params())
    copies = [clone(search), pickle.loads(pickle.dumps(search))]
    wanted = search.fit(X, y).cv_results_["params"]
    copies += [search, pickle.loads(pickle.dumps(search))]
    assert len({str(params) for params in wanted}) == search.n_trials_
    for copy in copies:
        assert copy.fit(X, y).cv_results_["params"] == wanted
    assert repr(search.get_params()) == before


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"GridSearchCV"}))
def test_without_a_seed_every_fit_draws_anew_and_leaves_the_global_generator_alone(name):
    space = {"min_impurity_decrease": uniform(0, 0.1)}
    search = make(name, space=space, random_state=None, n_iter=2, initial_params=None)
    before = pickle.dumps(check_random_state(None).get_state(legacy=False))
    drawn = [str(search.fit(X, y).cv_results_["params"]) for _ in range(2)]
    assert drawn[0] != drawn[1]
    assert pickle.dumps(check_random_state(None).get_state(legacy=False)) == before


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers_do_not_change_the_trials(name, backend):
    one = make(name, cv=4, n_iter=7, max_concurrent_trials=1).fit(X, y)
    with joblib.parallel_config(backend=backend):
        two = make(name, cv=4, n_iter=7, n_jobs=2, max_concurrent_trials=1).fit(X, y)
        free = make(name, cv=4, n_iter=7, n_jobs=2).fit(X, y)
    for other in (two,) if name in ASYNCHRONOUS else (two, free):
        assert other.cv_results_["params"] == one.cv_results_["params"]
        for key in ("mean_test_score", "rank_test_score", "split3_test_score"):
            assert np.array_equal(other.cv_results_[key], one.cv_results_[key])


@pytest.mark.parametrize("name", ESTIMATORS)
def test_in_a_pipeline_and_in_an_outer_cross_validation(name):
    search = make(name, LogisticRegression(), {"C": [0.01, 0.1, 1.0, 10.0]}, n_iter=3)
    pipeline = make_pipeline(StandardScaler(), search)
    step = type(search).__name__.lower()
    assert is_classifier(pipeline)
    scores = cross_val_score(pipeline, X, y, cv=KFold(3), error_score="raise")
    assert scores.shape == (3,)
    outer = make(name, pipeline, {f"{step}__cv": [2, 3]}, n_iter=2)
    assert outer.fit(X, y).best_score_ > 0.5


@pytest.mark.parametrize("name", ESTIMATORS)
def test_before_fit_there_is_nothing(name):
    search = make(name)
    with pytest.raises(NotFittedError):
        search.predict(X)
    assert not [attribute for attribute in vars(search) if attribute.endswith("_")]


@pytest.mark.parametrize("name", CLASSIC)
def test_classic_ones_are_scikit_learn_s_and_not_starred(name):
    assert issubclass(getattr(skhpo, name), CLASSIC[name])
    assert name not in skhpo.__all__


@pytest.mark.parametrize("name", ESTIMATORS)
def test_run_search_is_no_extension_point(name):
    with pytest.raises(TypeError, match="_run_search"):
        type("Own", (getattr(skhpo, name),), {"_run_search": lambda self, evaluate: None})
