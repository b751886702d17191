"""Bayesian search of a real estimator: whole fits, workers, names, wrong arguments."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from skhpo import BayesSearchCV, SearchCV
from skhpo.samplers import BayesSampler

X, y = load_iris(return_X_y=True)
SPACE = [
    {"kernel": ["rbf"], "C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)},
    {"kernel": ["linear"], "C": loguniform(1e-2, 1e3)},
]


def bayes(**kwargs):
    return BayesSearchCV(SVC(), SPACE, **{"n_iter": 14, "cv": 3, "random_state": 0, **kwargs})


def test_fit_predict_and_history():
    search = bayes().fit(X, y)
    assert search.best_score_ > 0.96
    assert search.score(X, y) > 0.96 and search.predict(X[:3]).shape == (3,)
    assert search.n_trials_ == 14 and len(search.cv_results_["params"]) == 14
    origins = search.history_.trials["sampler"].tolist()
    assert origins[0] == "initial-moved" and {"sobol", "gp"} <= set(origins)


def test_two_workers_make_the_same_trials():
    one, two = (bayes(n_jobs=n, max_concurrent_trials=2).fit(X, y) for n in (1, 2))
    assert one.cv_results_["params"] == two.cv_results_["params"]
    for name in ("mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(one.cv_results_[name], two.cv_results_[name])


@pytest.mark.parametrize("kwargs", [{"surrogate": "forest"}, {"acquisition": "thompson"}])
def test_arguments_reach_the_sampler(kwargs):
    ours = bayes(**kwargs).fit(X, y)
    rare = SearchCV(
        SVC(), SPACE, sampler=BayesSampler(**kwargs), n_iter=14, cv=3, random_state=0
    ).fit(X, y)
    assert ours.cv_results_["params"] == rare.cv_results_["params"]
    assert ours.cv_results_["params"] != bayes().fit(X, y).cv_results_["params"]


@pytest.mark.parametrize("name", ["gp", "forest"])
def test_samplers_have_names(name):
    named = SearchCV(SVC(), SPACE, sampler=name, n_iter=10, cv=3, random_state=0).fit(X, y)
    ours = bayes(surrogate=name, n_iter=10).fit(X, y)
    assert named.cv_results_["params"] == ours.cv_results_["params"]


def test_parameters_and_clones():
    search = bayes(surrogate="forest")
    assert search.get_params()["surrogate"] == "forest"
    assert clone(search).set_params(acquisition="pi").acquisition == "pi"


@pytest.mark.parametrize("kwargs", [{"surrogate": "tree"}, {"acquisition": "ei"}])
def test_wrong_arguments_are_named(kwargs):
    (name, value), *_ = kwargs.items()
    with pytest.raises(ValueError, match=f"'{name}' parameter of BayesSearchCV.*'{value}'"):
        bayes(**kwargs).fit(X, y)


def test_a_forest_refuses_other_acquisitions():
    with pytest.raises(ValueError, match=r"acquisition='pi'.*surrogate='gp'"):
        bayes(surrogate="forest", acquisition="pi").fit(X, y)
