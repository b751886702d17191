"""`trial_timeout` and `trial_memory`: what no trial outlives, and what is said where one does."""

import ctypes
import sys
import threading
import time

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning

from skhpo import RandomizedSearchCV, SearchCV, TPESearchCV
from skhpo.exceptions import SearchWarning, StoppedWarning

X, y = load_iris(return_X_y=True)
LIMIT = 5.0  # seconds, enough for a fold on a busy machine
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="timers are POSIX"),
    pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite"),
]


class Greedy(ClassifierMixin, BaseEstimator):
    """Predicts the first class; for `a` of 1 it sleeps, hangs in C, or takes much memory."""

    def __init__(self, a=0, how="sleep", seconds=60.0):
        self.a = a
        self.how = how
        self.seconds = seconds

    def fit(self, X, y):
        if self.a == 1:
            getattr(self, self.how)()
        self.classes_ = np.unique(y)
        return self

    def sleep(self):
        time.sleep(self.seconds)

    def swallow(self):
        for _ in range(int(self.seconds)):
            try:
                time.sleep(1.0)
            except Exception:
                pass

    def hang(self):
        ctypes.PyDLL(None).sleep(int(self.seconds))  # never gives the interpreter back

    def allocate(self):
        self.block_ = np.ones(1 << 30, dtype=np.uint8)

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def search(how, n_jobs=1, **limits):
    grid = {"a": [0, 1, 2]}
    return SearchCV(Greedy(how=how), grid, sampler="grid", n_iter=3, cv=2, n_jobs=n_jobs, **limits)


def check(found, word):
    """The second trial is the one that failed; the others are complete."""
    assert list(found.history_.trials["status"]) == ["complete", word, "complete"]
    assert np.isnan(found.cv_results_["mean_test_score"][1])
    assert found.best_params_["a"] != 1
    assert found.stop_reason_ == "n_iter"


@pytest.mark.parametrize("how", ["sleep", "swallow", "hang"])
def test_no_trial_outlives_its_time_with_one_worker(how):
    with pytest.warns(FitFailedWarning, match="trial_timeout=5 s") as caught:
        found = search(how, trial_timeout=LIMIT).fit(X, y)
    check(found, "timed_out")
    failures = [warning for warning in caught if warning.category is FitFailedWarning]
    assert len(failures) == 2  # at once, and at the end
    assert np.isnan(found.cv_results_["split1_test_score"][1])  # not run
    assert found.history_.results[1].folds[1] is None


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_a_fit_in_c_code_is_killed_and_its_neighbour_run_again(backend):
    with joblib.parallel_config(backend=backend), pytest.warns(FitFailedWarning):
        found = search("hang", 2, trial_timeout=LIMIT, max_concurrent_trials=2).fit(X, y)
    check(found, "timed_out")


def test_threads_are_abandoned_and_named():
    estimator = Greedy(how="sleep", seconds=8.0)
    grid = SearchCV(estimator, {"a": [0, 1, 2]}, sampler="grid", n_iter=3, cv=2, n_jobs=2)
    grid.set_params(trial_timeout=0.5, max_concurrent_trials=1)
    n_threads = threading.active_count()
    with joblib.parallel_config(backend="threading"), pytest.warns() as caught:
        found = grid.fit(X, y)
    check(found, "timed_out")
    named = [str(w.message) for w in caught if w.category is StoppedWarning]
    assert any("fold 0 of trial 1 with params {'a': 1}" in text for text in named)
    deadline = time.monotonic() + 60.0
    while threading.active_count() > n_threads and time.monotonic() < deadline:
        time.sleep(0.1)
    assert threading.active_count() <= n_threads


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_no_trial_outgrows_its_memory(n_jobs):
    with pytest.warns(FitFailedWarning, match="MemoryError"):
        found = search("allocate", n_jobs, trial_memory=500_000_000).fit(X, y)
    check(found, "failed")
    found = search("allocate", n_jobs, trial_memory=1_500_000_000).fit(X, y)
    assert set(found.history_.trials["status"]) == {"complete"}


def test_threads_cannot_limit_memory_and_say_so():
    with joblib.parallel_config(backend="threading"):
        with pytest.warns(SearchWarning, match="trial_memory=1000000 has no effect"):
            search("sleep", 2, trial_memory=1_000_000).set_params(
                param_distributions={"a": [0, 2]}, n_iter=2
            ).fit(X, y)


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_a_fit_that_never_returns_does_not_keep_the_search_beyond_its_timeout(backend):
    estimator = Greedy(how="sleep", seconds=12.0)
    random = RandomizedSearchCV(estimator, {"a": [0, 1, 2]}, n_iter=3, cv=2, random_state=0)
    start = time.monotonic()
    with joblib.parallel_config(backend=backend), pytest.warns(StoppedWarning) as caught:
        found = random.set_params(n_jobs=2, timeout=4.0, refit=False).fit(X, y)
    if backend != "loky":  # whose workers may take their time to start
        assert time.monotonic() - start < 11.0
    assert found.stop_reason_ == "timeout"
    assert "complete" in found.history_.trials["status"]
    told = any("Nobody waits any longer for" in str(warning.message) for warning in caught)
    assert told == (backend == "threading")


@pytest.mark.parametrize("limits", [{"trial_timeout": 100.0}, {"trial_memory": 1 << 30}])
def test_limits_that_nothing_reaches_change_no_trial(limits):
    space = {"a": range(50)}
    plain = TPESearchCV(Greedy(how="allocate"), space, n_iter=12, cv=2, random_state=0)
    plain.set_params(constraints=lambda params: params["a"] != 1)
    wanted = plain.fit(X, y).cv_results_["params"]
    assert plain.set_params(**limits).fit(X, y).cv_results_["params"] == wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [("trial_timeout", 0), ("trial_timeout", "1"), ("trial_memory", 0), ("trial_memory", 1.5)],
)
def test_wrong_limits_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        search("sleep", **{name: value}).fit(X, y)
