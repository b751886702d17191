"""scikit-learn's callbacks see every fold and the refit, and cost nothing where none is set."""

import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from skhpo import GridSearchCV, TPESearchCV
from skhpo._sklearn import CallbackTree

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")

X, y = load_iris(return_X_y=True)


class Recorder:
    """Writes down the name and the number of every task that begins or ends."""

    def __init__(self):
        self.events = []

    def setup(self, estimator, context):
        self.events.append(("setup", context.task_name, None))

    def teardown(self, estimator, context):
        self.events.append(("teardown", context.task_name, None))

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context):
        self.events.append(("end", context.task_name, context.task_id))

    def tasks(self, event, name):
        return [number for kind, task, number in self.events if (kind, task) == (event, name)]


class Failing(ClassifierMixin, BaseEstimator):
    def __init__(self, a=0):
        self.a = a

    def fit(self, X, y):
        if self.a == 1:
            raise RuntimeError("no")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def fitted(search):
    recorder = Recorder()
    search.set_callbacks(recorder).fit(X, y)
    return recorder


@pytest.mark.parametrize("refit", [True, False])
def test_every_fold_of_every_trial_is_a_task(refit):
    search = TPESearchCV(SVC(), {"C": [1, 2, 3, 4]}, n_iter=4, cv=3, refit=refit, random_state=0)
    recorder = fitted(search)
    for event in ("begin", "end"):
        assert recorder.tasks(event, "candidate-split-evaluation") == list(range(12))
        assert recorder.tasks(event, "search") == [0]
        assert recorder.tasks(event, "fit") == [0]
        assert len(recorder.tasks(event, "refit-with-best-params")) == refit
    assert recorder.events[0][0] == "setup"
    assert recorder.events[-1][0] == "teardown"


@pytest.mark.filterwarnings("ignore")
def test_tasks_end_whatever_happens():
    recorder = fitted(GridSearchCV(Failing(), {"a": [0, 1]}, cv=2))
    assert recorder.tasks("end", "candidate-split-evaluation") == [0, 1, 2, 3]
    recorder = Recorder()
    search = GridSearchCV(Failing(), {"a": [0, 1]}, cv=2, error_score="raise")
    with pytest.raises(RuntimeError):
        search.set_callbacks(recorder).fit(X, y)
    assert recorder.events[-1][0] == "teardown"
    assert recorder.tasks("end", "search") == [0]


def test_the_number_of_tasks_is_known_where_there_is_a_bound():
    seen = {}

    class Bound(Recorder):
        def on_fit_task_begin(self, estimator, context):
            seen[context.task_name] = context.max_subtasks

    TPESearchCV(SVC(), {"C": [1, 2, 3]}, n_iter=3, cv=3).set_callbacks(Bound()).fit(X, y)
    assert seen["search"] == 9
    assert seen["fit"] == 2


def test_a_task_is_sent_without_its_siblings():
    search = TPESearchCV(SVC(), {"C": [1]}).set_callbacks(Recorder())
    tree = CallbackTree(search, {}, refit=True)
    tree.begin_search(None)
    sizes = [
        len(pickle.dumps(tree.evaluation(number, detached=True)._leaf)) for number in range(200)
    ]
    assert max(sizes[100:]) <= sizes[0] + 100


def test_the_parent_reports_with_processes_too():
    search = GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, n_jobs=2)
    recorder = Recorder()
    search.set_callbacks(recorder).fit(X, y)
    assert recorder.tasks("begin", "search") == [0]
    assert recorder.tasks("end", "refit-with-best-params") == [1]


def test_nothing_is_made_where_no_callback_is_set(monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("a context was made")

    monkeypatch.setattr(callback.CallbackContext, "_from_estimator", never)

    class Plain(ClassifierMixin, BaseEstimator):
        def __init__(self, a=0):
            self.a = a

        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return np.full(len(X), self.classes_[0])

    search = TPESearchCV(Plain(), {"a": [1, 2, 3]}, n_iter=3, cv=2).fit(X, y)
    assert search.n_trials_ == 3
