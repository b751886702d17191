"""Searches that spend a resource: rows and parameters, what is told, what is returned."""

import time

import numpy as np
import pytest
from joblib import parallel_config
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, KFold, ParameterSampler, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skhpo import (
    ASHASearchCV,
    BOHBSearchCV,
    HyperbandSearchCV,
    SearchCV,
    SuccessiveHalvingSearchCV,
)
from skhpo.exceptions import StoppedWarning
from skhpo.samplers import BayesSampler
from skhpo.schedulers import ASHAScheduler
from skhpo.stopping import StoppingRule, TargetReached

from .classes import CLASSES

X, y = make_classification(n_samples=180, n_features=4, flip_y=0.1, random_state=0)
SPACE = {"quality": uniform(0, 1)}


class Known(ClassifierMixin, BaseEstimator):
    """Scores `quality`, whatever it is given; remembers on how many rows it was fitted."""

    n_rows = []

    def __init__(self, quality=0.0, effort=1, seconds=0.0):
        self.quality = quality
        self.effort = effort
        self.seconds = seconds

    def fit(self, X, y, sample_weight=None, groups=None):
        time.sleep(self.seconds)
        if self.quality < 0:
            raise RuntimeError("a failing fit")
        self.classes_ = np.unique(y)
        type(self).n_rows.append(len(X))
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y, sample_weight=None):
        type(self).n_rows.append(-len(X))
        return self.quality


def make(cls, estimator=None, space=None, n_iter=9, **arguments):
    budget = {("n_candidates" if cls is SuccessiveHalvingSearchCV else "n_iter"): n_iter}
    arguments = {"cv": 3, "random_state": 0, "min_resources": 20, **arguments}
    estimator = Known() if estimator is None else estimator
    return cls(estimator, SPACE if space is None else space, **budget, **arguments)


# ---------------------------------------------------------------------- resources
@pytest.mark.parametrize("cls", CLASSES)
def test_training_folds_are_cut_and_test_folds_are_not(cls):
    Known.n_rows = []
    search = make(cls, refit=False).fit(X, y)
    trained = [n for n in Known.n_rows if n > 0]
    tested = [-n for n in Known.n_rows if n < 0]
    rows = np.repeat(search.cv_results_["n_resources"], 3)
    if cls is not SuccessiveHalvingSearchCV or len(set(rows)) == 3:
        assert trained == [n * 120 // 180 if n < 180 else 120 for n in rows.tolist()]
    assert set(tested) == {60}
    assert search.n_resources_ == [20, 60, 180]


def test_a_parameter_of_a_step_is_a_resource():
    pipe = make_pipeline(StandardScaler(), RandomForestClassifier(random_state=0))
    space = {"randomforestclassifier__max_depth": [1, 2, 3, 4]}
    name = "randomforestclassifier__n_estimators"
    search = make(
        ASHASearchCV, pipe, space, 4, resource=name, max_resources=6, min_resources=2, cv=2
    )
    search.fit(X, y)
    assert list(search.cv_results_[f"param_{name}"]) == list(search.cv_results_["n_resources"])
    assert search.best_params_[name] == search.refit_params_[name] == 6
    assert type(search.best_params_[name]) is int
    assert len(search.best_estimator_[-1].estimators_) == 6
    assert search.n_resources_ == [2, 6]


def test_default_ends_of_a_parameter_are_its_own_value_and_a_27th_of_it():
    forest = RandomForestClassifier(n_estimators=54, random_state=0)
    search = make(
        ASHASearchCV, forest, {"max_depth": [1, 2]}, 2, resource="n_estimators", cv=2,
        min_resources="auto",
    ).fit(X, y)  # fmt: skip
    assert (search.min_resources_, search.max_resources_) == (2, 54)


def test_default_rows_are_enough_to_judge_by():
    search = make(ASHASearchCV, min_resources="auto").fit(X, y)
    assert search.n_resources_ == [60, 180]  # not below 50
    few = make(ASHASearchCV, min_resources="auto", n_iter=3).fit(X[:40], y[:40])
    assert few.n_resources_ == [40]


@pytest.mark.parametrize("cls", [ASHASearchCV, HyperbandSearchCV, BOHBSearchCV])
def test_the_lowest_rungs_can_be_left_out(cls):
    rungs = {"resource": "effort", "min_resources": 1, "max_resources": 27}
    search = cls(Known(), SPACE, n_iter=9, **rungs, min_early_stopping_rate=2, cv=2).fit(X, y)
    assert search.n_resources_ == [9, 27]
    assert search.min_resources_ == 9


def test_groups_and_weights_follow_the_rows():
    groups = np.arange(180) // 10
    search = make(ASHASearchCV, DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3]}, 3)
    search.fit(X, y, sample_weight=np.ones(180))
    from sklearn.model_selection import GroupKFold

    grouped = make(ASHASearchCV, n_iter=3, cv=GroupKFold(3))
    Known.n_rows = []
    grouped.set_params(refit=False).fit(X, y, groups=groups)
    assert {n for n in Known.n_rows if n > 0} == {20, 40, 120}


def test_the_latest_rows_are_taken_in_time_order():
    seen = []

    class Late(Known):
        def fit(self, X, y):
            seen.append(X[:, 0])
            return super().fit(X, y)

    times = np.arange(180.0)[:, None]
    make(ASHASearchCV, Late(), n_iter=1, cv=TimeSeriesSplit(2), refit=False).fit(times, y)
    assert [(part[0], part[-1]) for part in seen[:2]] == [(53, 59), (107, 119)]
    assert [len(part) for part in seen] == [7, 13, 20, 40, 60, 120]


# ------------------------------------------------------------------ what comes back
@pytest.mark.parametrize("timeout", [None, 60])
@pytest.mark.parametrize("cls", CLASSES)
def test_own_values_that_are_worst_are_never_returned(cls, timeout):
    search = make(cls, Known(quality=0.0), timeout=timeout).fit(X, y)
    assert search.history_.trials["sampler"][0] == "initial"
    assert search.best_params_["quality"] > 0
    top = search.cv_results_["n_resources"] == 180
    assert search.best_score_ == search.cv_results_["mean_test_score"][top].max()
    assert search.cv_results_["rank_test_score"].argmin() == search.best_index_


class Fading(Known):
    """Its own values seem the best of all until it is given everything."""

    def fit(self, X, y, sample_weight=None, groups=None):
        self.faded_ = self.quality == 0 and len(X) == 120
        return super().fit(X, y)

    def score(self, X, y, sample_weight=None):
        return -1.0 if self.faded_ else self.quality if self.quality else 2.0


@pytest.mark.parametrize("cls", CLASSES)
def test_own_values_that_fade_at_the_full_resource_are_never_returned(cls):
    search = make(cls, Fading()).fit(X, y)
    assert search.history_.trials["sampler"][0] == "initial"
    assert search.best_params_["quality"] > 0


@pytest.mark.parametrize("cls", [ASHASearchCV, HyperbandSearchCV, SuccessiveHalvingSearchCV])
def test_candidates_are_those_of_scikit_learn_for_the_same_seed(cls):
    search = make(cls, n_iter=9, random_state=3, refit=False).fit(X, y)
    trials = search.history_.trials["trial"]
    rows = [np.flatnonzero(trials == trial)[0] for trial in range(9)]
    found = [search.cv_results_["params"][row]["quality"] for row in rows]
    drawn = [p["quality"] for p in ParameterSampler(SPACE, 9, random_state=3)]
    assert found == [0.0, *drawn[1:]]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("cls", CLASSES)
def test_own_values_that_are_worst_are_never_returned_when_time_is_short(cls, n_jobs):
    estimator = Known(quality=0.0, seconds=0.005)
    for timeout in (0.05, 0.1, 0.3):  # about two trials, some, a bracket or so
        search = make(cls, estimator, timeout=timeout, n_jobs=n_jobs, refit=False)
        with parallel_config("threading"):
            try:
                search.fit(X, y)
            except ValueError as error:
                assert "before any trial had finished" in str(error)
                continue
        finished = search.history_.trials["status"] == "complete"
        if len(set(search.history_.trials["trial"][finished])) > 1:
            assert search.best_params_["quality"] > 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("cls", CLASSES)
def test_the_best_trial_climbs_and_failures_do_not(cls):
    space = {"quality": uniform(-1, 2)}
    search = make(cls, Known(quality=0.01), space, 15)
    search.fit(X, y)
    failed = np.array([params["quality"] < 0 for params in search.cv_results_["params"]])
    assert list(failed) == [status == "failed" for status in search.history_.trials["status"]]
    trials = search.history_.trials["trial"]
    assert all(np.sum(trials == trial) == 1 for trial in trials[failed])
    assert search.best_params_["quality"] > 0


@pytest.mark.parametrize("sampler", ["random", "sobol", "tpe", "bohb"])
@pytest.mark.parametrize(
    "scheduler",
    ["halving", "hyperband", "asha", "asha-stopping", "async-hyperband", "pasha", "median"],
)
def test_every_sampler_goes_with_every_scheduler(sampler, scheduler):
    search = SearchCV(
        Known(), SPACE, sampler=sampler, scheduler=scheduler, n_iter=8, cv=2, random_state=0
    ).fit(X, y)
    assert search.n_trials_ == 8
    assert search.cv_results_["n_resources"][search.best_index_] == 180


@pytest.mark.parametrize("cls", [ASHASearchCV, HyperbandSearchCV, SuccessiveHalvingSearchCV])
def test_a_process_proposes_before_a_trial_has_had_everything(cls):
    sampler = BayesSampler(min_share=0, belief=0.0)  # the best value is at an end
    search = make(cls, n_iter=15, sampler=sampler, refit=False).fit(X, y)
    trials = search.history_.trials
    first_full = np.flatnonzero(trials["resource"] == 180)[0]
    by_model = trials["sampler"][:first_full] == "gp"
    if cls is not SuccessiveHalvingSearchCV:  # where all trials are opened at the start
        assert by_model.sum() >= 2
    assert search.best_score_ > 0.9


def test_a_grid_is_halved_as_a_whole():
    grid = {"quality": [i / 10 for i in range(9)]}
    search = SuccessiveHalvingSearchCV(
        Known(), grid, sampler="grid", initial_params=None, min_resources=20, cv=2
    ).fit(X, y)
    assert search.n_candidates_ == [9, 3, 1]
    assert search.best_params_ == {"quality": 0.8}


@pytest.mark.parametrize("low", [20, "smallest", "exhaust"])
def test_attributes_are_those_of_scikit_learn_s_halving(low):
    arguments = {"n_candidates": 9, "min_resources": low, "cv": KFold(3), "random_state": 0}
    theirs = HalvingRandomSearchCV(Known(), SPACE, **arguments).fit(X, y)
    ours = SuccessiveHalvingSearchCV(Known(), SPACE, **arguments).fit(X, y)
    for name in ("n_resources_", "n_candidates_", "n_iterations_", "n_required_iterations_",
                 "n_possible_iterations_", "n_remaining_candidates_", "max_resources_",
                 "min_resources_"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name), name
    for key in ("iter", "n_resources"):
        assert list(ours.cv_results_[key]) == list(theirs.cv_results_[key])
        assert ours.cv_results_[key].dtype == theirs.cv_results_[key].dtype


class After(StoppingRule):
    name = "after"

    def __init__(self, n):
        self.n = n

    def __call__(self, history):
        return len(history) >= self.n


def test_a_search_that_is_cut_short_returns_the_best_of_what_came_furthest():
    search = make(ASHASearchCV, stop=After(4), n_iter=20, resource="effort", max_resources=9)
    search.set_params(min_resources=1)
    with pytest.warns(StoppedWarning, match="before any trial had finished with the full"):
        search.fit(X, y)
    assert search.n_resources_ == [1, 3]
    assert search.best_params_["effort"] == 3
    assert search.refit_params_["effort"] == search.best_estimator_.effort == 9


def test_a_target_must_be_reached_with_the_full_resource():
    search = make(ASHASearchCV, stop=TargetReached(0.0)).fit(X, y)
    assert search.n_resources_[-1] == 180


def test_asha_with_several_workers_never_waits():
    estimator = Known(seconds=0.01)
    search = make(ASHASearchCV, estimator, n_iter=12, n_jobs=2).fit(X, y)
    assert search.n_trials_ == 12
    assert search.n_resources_ == [20, 60, 180]


# -------------------------------------------------------------------------- mistakes
@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"resource": "rounds"}, r"no integer parameter of Known.*\['effort'\]"),
        ({"resource": "quality"}, "its 'quality' is 0.0"),
        ({"min_resources": 181}, "min_resources=181 is greater than max_resources=180"),
        ({"max_resources": 181}, "more than the 180 of X"),
        ({"min_resources": 1}, "min_resources=1 rows are fewer than the 2 classes"),
        ({"max_resources": 1}, "max_resources=1 rows are fewer than the 2 classes"),
        ({"factor": 1.9}, "factor"),
        ({"min_resources": "few"}, "min_resources"),
        ({"early_stopping": True}, "early_stopping=True needs a learner that adds rounds"),
    ],
)
def test_mistakes_are_named_before_the_first_fit(cls, arguments, message):
    Known.n_rows = []
    with pytest.raises(ValueError, match=message):
        make(cls, **arguments).fit(X, y)
    assert Known.n_rows == []


@pytest.mark.parametrize(
    ("scheduler", "message"),
    [
        (ASHAScheduler(factor=1), "factor of ASHAScheduler must be at least 2"),
        (ASHAScheduler(min_resources="few"), "min_resources must be a positive"),
    ],
)
def test_mistakes_of_a_scheduler_are_named_before_the_first_fit(scheduler, message):
    Known.n_rows = []
    with pytest.raises(ValueError, match=message):
        SearchCV(Known(), SPACE, scheduler=scheduler).fit(X, y)
    assert Known.n_rows == []


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("listed", [False, True])
def test_a_resource_in_the_space_is_refused(cls, listed):
    space = [SPACE, {"effort": [1, 2, 3]}] if listed else {**SPACE, "effort": [1, 2, 3]}
    with pytest.raises(ValueError, match="'effort' is in param_distributions too"):
        make(cls, space=space, resource="effort", max_resources=9).fit(X, y)


def test_a_parameter_without_a_value_needs_an_upper_end():
    tree = DecisionTreeClassifier()
    search = make(ASHASearchCV, tree, {"min_samples_leaf": [1, 2]}, resource="max_leaf_nodes")
    with pytest.raises(ValueError, match="max_resources='auto' takes the estimator's own"):
        search.fit(X, y)


def test_two_ends_cannot_both_be_exhausted():
    with pytest.raises(ValueError, match="cannot be both set to 'exhaust'"):
        SuccessiveHalvingSearchCV(Known(), SPACE, min_resources="exhaust").fit(X, y)


def test_nested_parameters_of_a_named_sampler_are_refused():
    with pytest.raises(ValueError, match="sampler=TPESampler"):
        ASHASearchCV(Known(), SPACE, sampler="tpe").set_params(sampler__n_candidates=3)
