"""Two pipelines, before and after tuning.

An XGBoost pipeline and a support vector machine whose kernel decides which other parameters exist,
each on a data set that scikit-learn brings along. ``make demo`` runs this file.
"""

import argparse
import time

from sklearn.datasets import load_diabetes, load_digits
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from xgboost import XGBRegressor

from skhpo import Integer, Real, TPESearchCV


def boosted_trees():
    """XGBoost behind a choice of features; the progression of diabetes, in R2."""
    pipe = Pipeline([("select", SelectKBest(f_regression)), ("xgb", XGBRegressor(random_state=0))])
    space = {
        "select__k": range(3, 11),
        "xgb__n_estimators": Integer(20, 300, log=True),
        "xgb__learning_rate": Real(0.01, 0.3, log=True),
        "xgb__max_depth": range(1, 9),
        "xgb__min_child_weight": Real(1, 20, log=True),
        "xgb__subsample": Real(0.5, 1),
        "xgb__colsample_bytree": Real(0.4, 1),
        "xgb__reg_lambda": Real(0.1, 100, log=True),
    }
    X, y = load_diabetes(return_X_y=True)
    split = train_test_split(X, y, test_size=0.3, random_state=0)
    return "XGBoost, diabetes", "r2", pipe, space, split


def support_vectors():
    """A support vector machine with three kernels; written digits, in accuracy."""
    pipe = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    width = Real(1e-5, 1, log=True)
    space = [  # one dict a kernel: each has parameters of its own
        {"svc__kernel": ["rbf"], "svc__C": Real(1e-2, 1e3, log=True), "svc__gamma": width},
        {
            "svc__kernel": ["poly"],
            "svc__C": Real(1e-2, 1e3, log=True),
            "svc__degree": [2, 3, 4],
            "svc__coef0": Real(0, 10),
        },
        {"svc__kernel": ["linear"], "svc__C": Real(1e-3, 1e1, log=True)},
    ]
    X, y = load_digits(return_X_y=True)
    split = train_test_split(X, y, test_size=0.5, random_state=0, stratify=y)
    return "SVC, digits", "accuracy", pipe, space, split


def compare(title, scoring, pipe, space, split, *, n_iter):
    """Print one row: the pipeline as it stands, then tuned."""
    X_train, X_test, y_train, y_test = split
    before = cross_val_score(pipe, X_train, y_train, cv=5, scoring=scoring, n_jobs=2).mean()
    pipe.fit(X_train, y_train)

    start = time.perf_counter()
    search = TPESearchCV(
        pipe, space, n_iter=n_iter, cv=5, scoring=scoring, n_jobs=2, random_state=0
    ).fit(X_train, y_train)
    seconds = time.perf_counter() - start

    n_fits = search.n_trials_ * search.n_splits_ + 1
    tests = search.scorer_(pipe, X_test, y_test), search.score(X_test, y_test)
    print(
        f"{title:<18} {scoring:<9} {before:>8.3f} {tests[0]:>6.3f}   "
        f"{search.best_score_:>8.3f} {tests[1]:>6.3f}   {n_fits:>4d} {seconds:>7.1f}",
        flush=True,
    )
    return search.best_params_


def show(params):
    """Print parameters, numbers in four digits."""
    for name, value in params.items():
        print(
            f"    {name:<22} {value:.4g}" if isinstance(value, float) else f"    {name:<22} {value}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-iter", type=int, default=40, help="trials of each search")
    n_iter = parser.parse_args().n_iter

    print(f"{'':28} {'default':>15}   {'tuned':>15}   {'search':>12}")
    print(f"{'pipeline':<18} {'metric':<9} {'5-fold':>8} {'test':>6}   ", end="")
    print(f"{'5-fold':>8} {'test':>6}   {'fits':>4} {'seconds':>7}")
    best = {}
    for problem in (boosted_trees(), support_vectors()):
        best[problem[0]] = compare(*problem, n_iter=n_iter)
    for title, params in best.items():
        print(f"\n{title}: best parameters")
        show(params)
