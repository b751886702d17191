"""Whatever scikit-learn's searches take as data, ours take, with the same scores."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn import config_context, model_selection
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, make_regression
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, get_scorer, make_scorer
from sklearn.model_selection import GroupKFold, KFold
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import skhpo

X, y = load_iris(return_X_y=True)
GROUPS = np.arange(len(y)) % 7
WEIGHT = np.random.default_rng(0).uniform(size=len(y))
TEXT = np.array(["good day", "bad night", "fine day", "dark night"] * 10, dtype=object)

CASES = {
    "pandas": (SVC(), {"C": [1, 10]}, pd.DataFrame(X, columns=list("abcd")), pd.Series(y), {}),
    "polars": (
        make_pipeline(StandardScaler(), SVC()),
        {"svc__C": [1, 10]},
        pl.DataFrame(X, schema=list("abcd")),
        pl.Series(y),
        {},
    ),
    "sparse": (SVC(), {"C": [1, 10]}, sparse.csr_matrix(X), y, {}),
    "lists": (SVC(), {"C": [1, 10]}, X.tolist(), y.tolist(), {}),
    "text": (
        make_pipeline(CountVectorizer(), LogisticRegression()),
        {"logisticregression__C": [0.1, 1]},
        TEXT,
        np.arange(40) % 2,
        {},
    ),
    "several outputs": (Ridge(), {"alpha": [1, 10]}, *make_regression(60, 4, n_targets=2), {}),
    "no target": (KMeans(3, n_init=1, random_state=0), {"n_init": [1, 2]}, X, None, {}),
    "density": (KernelDensity(), {"bandwidth": [0.1, 1.0]}, X, None, {}),
    "kernel matrix": (SVC(kernel="precomputed"), {"C": [1, 10]}, X @ X.T, y, {}),
    "distances": (
        KNeighborsClassifier(metric="precomputed"),
        {"n_neighbors": [1, 5]},
        np.abs(X[:, :1] - X[:, 0]),
        y,
        {},
    ),
    "groups": (SVC(), {"C": [1, 10]}, X, y, {"groups": GROUPS}),
    "weights": (SVC(), {"C": [1, 10]}, X, y, {"sample_weight": WEIGHT}),
}


def search(cls, case, **kwargs):
    estimator, space, data, target, params = CASES[case]
    cv = GroupKFold(3) if "groups" in params else KFold(3, shuffle=True, random_state=0)
    made = cls(estimator, space, cv=cv, **kwargs)
    return made.fit(data, **params) if target is None else made.fit(data, target, **params)


def scores(fitted):
    table = fitted.cv_results_
    return {str(p): s for p, s in zip(table["params"], table["mean_test_score"], strict=True)}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_scores_are_those_of_scikit_learn(case, n_jobs):
    # KMeans sums in the order in which its threads end
    expected = pytest.approx(scores(search(model_selection.GridSearchCV, case)), rel=1e-12)
    assert scores(search(skhpo.GridSearchCV, case, n_jobs=n_jobs)) == expected
    tpe = search(skhpo.TPESearchCV, case, n_iter=2, random_state=0, n_jobs=n_jobs)
    assert scores(tpe) == expected


def test_metadata_is_routed():
    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(accuracy_score).set_score_request(sample_weight=True)
        model = SVC().set_fit_request(sample_weight=True)
        tables = [
            cls(model, {"C": [0.1, 1]}, cv=GroupKFold(3), scoring=scorer, **kwargs)
            .fit(X, y, sample_weight=WEIGHT, groups=GROUPS)
            .cv_results_
            for cls, kwargs in (
                (model_selection.GridSearchCV, {}),
                (skhpo.GridSearchCV, {"n_jobs": 2}),
                (skhpo.SearchCV, {"sampler": "grid", "n_iter": 2}),
            )
        ]
    for table in tables[1:]:
        assert list(table["mean_test_score"]) == list(tables[0]["mean_test_score"])


def test_a_scorer_may_return_several_metrics():
    def scorer(estimator, X, y):
        return {
            "accuracy": estimator.score(X, y),
            "size": -float(estimator.n_support_.sum()),
        }

    found = skhpo.TPESearchCV(
        SVC(), {"C": [0.01, 1, 100]}, n_iter=3, scoring=scorer, refit="size", cv=3
    ).fit(X, y)
    assert found.multimetric_
    assert found.best_score_ == found.cv_results_["mean_test_size"].max()
    assert -found.history_.incumbent.loss == found.best_score_
    assert found.score(X, y) == scorer(found.best_estimator_, X, y)["size"]


def test_an_objective_that_a_scorer_does_not_return_is_named():
    def scorer(estimator, X, y):
        return {"a": 1.0, "b": 2.0}

    found = skhpo.TPESearchCV(SVC(), {"C": [1]}, scoring=scorer, refit=False, objective="c")
    with pytest.raises(ValueError, match=r"objective='c' is not one of the metrics \['a', 'b'\]"):
        found.fit(X, y)


def test_what_was_passed_stays_as_it_was():
    estimator, inner = make_pipeline(StandardScaler(), SVC(C=3.0)), SVC(C=2.0)
    space = {"svc": [inner, KNeighborsClassifier()]}
    data, target = X.copy(), y.copy()
    scorer = get_scorer("accuracy")
    skhpo.TPESearchCV(estimator, space, n_iter=2, cv=3, scoring=scorer).fit(data, target)
    assert not hasattr(inner, "classes_")
    assert inner.C == 2.0
    assert estimator.named_steps["svc"].C == 3.0
    assert list(space) == ["svc"]
    np.testing.assert_array_equal(data, X)
    np.testing.assert_array_equal(target, y)
