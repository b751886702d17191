"""Searches that train models on: what is spent, what is told, and that nothing else changes."""

import os
import tempfile

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import loguniform
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skhpo import (
    ASHASearchCV,
    HyperbandSearchCV,
    SearchCV,
    SuccessiveHalvingSearchCV,
)
from skhpo.evaluation import _models
from skhpo.samplers import RandomSampler
from skhpo.schedulers import HyperbandScheduler

from .classes import CLASSES

X, y = make_classification(n_samples=120, n_features=4, flip_y=0.1, random_state=0)
FOREST = ExtraTreesClassifier(random_state=0)
SPACE = {"max_depth": list(range(1, 9)), "min_samples_leaf": list(range(1, 30))}
DULL = DecisionTreeClassifier(max_depth=1)


class Counted(DecisionTreeClassifier):
    n_fits = 0

    def fit(self, *args, **kwargs):
        type(self).n_fits += 1
        return super().fit(*args, **kwargs)


def forest_search(cls=ASHASearchCV, n_iter=9, **arguments):
    budget = {("n_candidates" if cls is SuccessiveHalvingSearchCV else "n_iter"): n_iter}
    arguments = {"resource": "n_estimators", "min_resources": 1, "max_resources": 9, "cv": 2,
                 "scoring": "neg_log_loss", "random_state": 0, **budget, **arguments}  # fmt: skip
    return cls(FOREST, SPACE, **arguments)


def spent(history):
    """Units of the resource that the fits of one fold had, and what they would have had."""
    trials, reached, units = history.trials, {}, 0.0
    for trial, resource, on in zip(
        trials["trial"], trials["resource"], trials["continued"], strict=True
    ):
        units += resource - (reached[trial] if on else 0.0)
        reached[trial] = resource
    return units, float(trials["resource"].sum())


def without_models(monkeypatch):
    monkeypatch.setattr(_models.Models, "put", lambda *arguments: None)


@pytest.mark.parametrize("cls", CLASSES)
def test_scores_are_those_of_fits_from_scratch(cls, monkeypatch):
    continued = forest_search(cls).fit(X, y)
    on = continued.history_.trials["continued"]
    assert on.any() == (continued.history_.trials["rung"] > 0).any()
    without_models(monkeypatch)
    plain = forest_search(cls).fit(X, y)
    assert not plain.history_.trials["continued"].any()
    for key in ("mean_test_score", "n_resources", "param_max_depth"):
        assert_allclose(
            np.ma.getdata(continued.cv_results_[key]).astype(float),
            np.ma.getdata(plain.cv_results_[key]).astype(float),
            rtol=1e-12,
        )
    assert_allclose(continued.predict_proba(X), plain.predict_proba(X))


def test_one_iteration_of_hyperband_spends_what_its_table_says():
    Counted.n_fits = 0
    forest = BaggingClassifier(Counted(max_depth=1), max_samples=20, random_state=0)
    space = {"max_features": [1, 2, 3, 4], "estimator__min_samples_leaf": list(range(1, 60))}
    search = SearchCV(
        forest, space, sampler=RandomSampler(), n_iter=None,
        cv=[(np.arange(80), np.arange(80, 120))],
        scheduler=HyperbandScheduler(
            resource="n_estimators", min_resources=1, max_resources=81
        ),
        random_state=0, refit=False,
    ).fit(X, y)  # fmt: skip
    assert spent(search.history_) == (1404, 1701)
    assert Counted.n_fits == 1404


def test_every_worker_is_sent_the_model_it_needs(monkeypatch):
    one = forest_search(max_concurrent_trials=1).fit(X, y)
    two = forest_search(max_concurrent_trials=1, n_jobs=2).fit(X, y)
    assert two.history_.trials["continued"].tolist() == one.history_.trials["continued"].tolist()
    assert two.history_.trials["continued"].any()
    assert_allclose(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])


def test_models_wait_in_files_and_leave_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    in_memory = forest_search().fit(X, y)
    monkeypatch.setattr(_models, "MAX_BYTES", 2000)
    seen = []
    put = _models.Models.put

    def watched(models, *arguments):
        put(models, *arguments)
        seen.append(models.n_away)

    monkeypatch.setattr(_models.Models, "put", watched)
    in_files = forest_search().fit(X, y)
    assert max(seen) > 5
    assert os.listdir(tmp_path) == []
    for key in ("mean_test_score", "n_resources"):
        assert_allclose(in_files.cv_results_[key], in_memory.cv_results_[key])
    assert in_files.history_.trials["continued"].any()


@pytest.mark.parametrize("cls", [HyperbandSearchCV, SuccessiveHalvingSearchCV])
def test_models_are_dropped_with_their_trials(cls, monkeypatch):
    kept = []
    close = _models.Models.close

    def watched(models):
        models.put(None, 0, None)  # asks for what is over
        models.drop(None)
        kept.append(len(models))
        close(models)

    monkeypatch.setattr(_models.Models, "close", watched)
    forest_search(cls).fit(X, y)
    assert kept == [0]


def test_shuffled_epochs_go_on_only_where_that_is_asked_for():
    pipe = make_pipeline(StandardScaler(), SGDClassifier(tol=None, random_state=0))
    space = {"sgdclassifier__alpha": loguniform(1e-6, 1e1)}
    arguments = {"n_iter": 9, "resource": "sgdclassifier__max_iter", "max_resources": 9,
                 "min_resources": 1, "cv": 2, "random_state": 0}  # fmt: skip
    plain = ASHASearchCV(pipe, space, **arguments).fit(X, y)
    assert not plain.history_.trials["continued"].any()
    search = ASHASearchCV(pipe, space, continuation=True, **arguments).fit(X, y)
    promoted = search.history_.trials["rung"] > 0
    assert search.history_.trials["continued"].tolist() == promoted.tolist()
    best = make_pipeline(StandardScaler(), SGDClassifier(tol=None, random_state=0))
    best.set_params(**search.refit_params_).fit(X, y)  # from scratch all the same
    assert_allclose(best[-1].coef_, search.best_estimator_[-1].coef_)


def test_a_history_knows_the_steps_to_a_job():
    history = forest_search().fit(X, y).history_
    job = next(job for job in history.jobs if job.slot.rung == 2)
    assert [resource for _, resource in history.schedule(job)] == [1, 3, 9]
    assert [params["n_estimators"] for params, _ in history.schedule(job)] == [1, 3, 9]
    rows = ASHASearchCV(DULL, {"min_samples_leaf": [1, 2, 3]}, n_iter=3, cv=2, min_resources=40)
    history = rows.fit(X, y).history_  # other rows, so nothing to go on from
    assert all(len(history.schedule(job)) == 1 for job in history.jobs)
