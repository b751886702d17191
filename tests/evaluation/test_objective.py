"""The objective gives what scikit-learn's `cross_validate` gives on the same folds."""

import math

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import check_scoring
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.svm import SVC

from skhpo._records import Task
from skhpo.evaluation import FoldObjective, Lines

X, y = load_iris(return_X_y=True)
SPLITS = list(StratifiedKFold(3).split(X, y))


def objective(estimator, scorer, **changes):
    settings = {
        "metric": None,
        "fit_params": {},
        "score_params": {},
        "error_score": math.nan,
        "return_train_score": True,
    }
    return FoldObjective(estimator, scorer, **{**settings, **changes})


def evaluate(target, params):
    tasks = [Task(0, k, split, ((params, 1.0),)) for k, split in enumerate(SPLITS)]
    return [target(task, X, y) for task in tasks]


class Failing(ClassifierMixin, BaseEstimator):
    def __init__(self, fail=True):
        self.fail = fail

    def fit(self, X, y):
        if self.fail:
            raise RuntimeError("failed as asked")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


def test_scores_equal_cross_validate():
    model = LogisticRegression(max_iter=500)
    folds = evaluate(objective(model, check_scoring(model, "neg_log_loss")), {"C": 0.3})
    expected = cross_validate(
        model.set_params(C=0.3), X, y, cv=SPLITS, scoring="neg_log_loss", return_train_score=True
    )
    assert [f.scores["score"] for f in folds] == list(expected["test_score"])
    assert [f.train_scores["score"] for f in folds] == list(expected["train_score"])
    assert [f.loss for f in folds] == list(-expected["test_score"])
    assert not folds[0].multimetric


def test_fit_parameters_are_sliced_like_the_data():
    weight = np.random.default_rng(0).uniform(size=len(X))
    model = LogisticRegression(max_iter=500)
    target = objective(
        model, check_scoring(model, "accuracy"), fit_params={"sample_weight": weight}
    )
    folds = evaluate(target, {"C": 0.01})
    expected = cross_validate(
        model.set_params(C=0.01), X, y, cv=SPLITS, params={"sample_weight": weight}
    )
    assert [f.scores["score"] for f in folds] == list(expected["test_score"])


def test_precomputed_kernel_is_sliced_on_both_sides():
    kernel = X @ X.T
    target = objective(SVC(kernel="precomputed"), check_scoring(SVC(), None))
    tasks = [Task(0, k, split, (({"C": 1.0}, 1.0),)) for k, split in enumerate(SPLITS)]
    folds = [target(task, kernel, y) for task in tasks]
    expected = cross_validate(SVC(kernel="linear"), X, y, cv=SPLITS)["test_score"]
    assert [f.scores["score"] for f in folds] == list(expected)


def test_a_failing_fit_is_data():
    folds = evaluate(objective(Failing(), check_scoring(Failing(), "accuracy")), {"fail": True})
    assert all(math.isnan(f.loss) and f.scores == {} for f in folds)
    assert "failed as asked" in folds[0].fit_error


def test_a_rejected_value_is_a_failing_fit():
    target = objective(
        LogisticRegression(max_iter=500),
        check_scoring(LogisticRegression(max_iter=500), "accuracy"),
    )
    assert "Invalid parameter" in evaluate(target, {"nonsense": 1})[0].fit_error


def test_error_score_raise_lets_the_original_through():
    target = objective(Failing(), check_scoring(Failing(), "accuracy"), error_score="raise")
    with pytest.raises(RuntimeError, match="failed as asked"):
        evaluate(target, {"fail": True})


def test_a_failing_metric_leaves_the_others():
    def scorer(estimator, X, y):
        return {"good": 0.5, "bad": "Traceback ..."}

    folds = evaluate(objective(LogisticRegression(max_iter=500), scorer, metric="good"), {"C": 1})
    assert folds[0].scores == {"good": 0.5}
    assert folds[0].loss == -0.5
    assert folds[0].score_error == "Traceback ..."
    folds = evaluate(objective(LogisticRegression(max_iter=500), scorer, metric="bad"), {"C": 1})
    assert math.isnan(folds[0].loss)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_loss_that_is_not_finite_is_a_failure(value):
    folds = evaluate(objective(LogisticRegression(max_iter=500), lambda e, X, y: value), {"C": 1})
    assert math.isnan(folds[0].loss)
    assert folds[0].fit_error is None


def test_a_score_must_be_a_number():
    with pytest.raises(ValueError, match="scoring must return a number"):
        evaluate(objective(LogisticRegression(max_iter=500), lambda e, X, y: "good"), {"C": 1})


def test_the_estimator_and_the_params_stay_as_they_are():
    inner = LogisticRegression(max_iter=500)
    model = LogisticRegression(max_iter=500)
    params = {"C": 0.5}
    evaluate(objective(model, check_scoring(model, "accuracy")), params)
    assert not hasattr(model, "classes_")
    assert not hasattr(inner, "classes_")
    assert params == {"C": 0.5}
    assert model.C == 1.0


@pytest.mark.parametrize(
    ("verbose", "expected"),
    [
        (1, []),
        (2, ["[CV] END ......", "C=1; total time="]),
        (3, ["[CV 1/3] END ......", "C=1;, score=(train=0.", ", test=0.", "total time="]),
        (10, ["[CV 1/3; 1/7] START C=1.....", "[CV 1/3; 1/7] END ....."]),
    ],
)
def test_lines_are_those_of_scikit_learn(capsys, verbose, expected):
    model = LogisticRegression(max_iter=500)
    lines = Lines(verbose, n_splits=3, n_candidates=7)
    evaluate(objective(model, check_scoring(model, "accuracy"), lines=lines), {"C": 1})
    out = capsys.readouterr().out
    assert bool(out) == bool(expected)
    assert all(text in out for text in expected)
