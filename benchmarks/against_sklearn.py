"""Grid and random search against scikit-learn's: the same table, and the wall time as a ratio.

    python benchmarks/against_sklearn.py [--pairs 7]

Five real problems, 1 and 2 workers. Tables must agree to the last bit. Times are taken on the
problem whose fits take 5 ms and more, pools warm, the two classes in turn.
"""

import argparse
import statistics
import time
import warnings

import numpy as np
from scipy.stats import loguniform, randint
from sklearn import model_selection
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

import skhpo


def grid(estimator, space, **kwargs):
    return "GridSearchCV", (estimator, space), kwargs


def random(estimator, space, **kwargs):
    return "RandomizedSearchCV", (estimator, space), {"random_state": 0, **kwargs}


def problems():
    """Name -> (loader, class, arguments)."""
    pipe = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
    svr = Pipeline([("scale", StandardScaler()), ("svr", SVR())])
    return {
        "single metric": (
            load_iris,
            random(LogisticRegression(max_iter=500), {"C": loguniform(1e-3, 1e3)}, n_iter=12),
        ),
        "several metrics": (
            load_breast_cancer,
            grid(
                DecisionTreeClassifier(random_state=0),
                {"max_depth": [2, 4, None], "min_samples_leaf": [1, 5, 20]},
                scoring=["accuracy", "roc_auc"],
                refit="roc_auc",
                return_train_score=True,
            ),
        ),
        "pipeline": (
            load_diabetes,
            random(
                svr,
                {"svr__C": loguniform(1e-1, 1e3), "svr__kernel": ["rbf", "linear"]},
                n_iter=10,
                scoring="neg_mean_absolute_error",
            ),
        ),
        "estimators as values": (
            load_wine,
            grid(
                pipe,
                [
                    {
                        "clf": [SVC()],
                        "clf__C": [0.1, 1, 10],
                        "scale": [StandardScaler(), "passthrough"],
                    },
                    {"clf": [KNeighborsClassifier()], "scale": [MinMaxScaler()]},
                    {"clf": [RandomForestClassifier(10, random_state=0)]},
                ],
            ),
        ),
        "failing candidates": (
            load_diabetes,
            random(
                Ridge(),
                {"alpha": [-1.0, 0.1, 1.0], "solver": ["svd", "lbfgs", "cholesky"]},
                n_iter=8,
            ),
        ),
    }


def fit(package, case, n_jobs):
    (X, y), (name, args, kwargs) = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(package, name)(*args, n_jobs=n_jobs, **kwargs).fit(X, y)


def differences(ours, theirs):
    """Columns that differ, times apart."""
    if list(ours) != list(theirs):
        return sorted(set(ours) ^ set(theirs)) or ["order of the columns"]
    return [key for key in theirs if "time" not in key and not same(ours[key], theirs[key])]


def same(a, b):
    if isinstance(b, list) or b.dtype == object:
        return repr(list(a)) == repr(list(b))
    return a.dtype == b.dtype and np.array_equal(
        np.ma.filled(a.astype(float), np.inf), np.ma.filled(b.astype(float), np.inf), equal_nan=True
    )


def timed(package, case, n_jobs):
    start = time.perf_counter()
    fit(package, case, n_jobs)
    return time.perf_counter() - start


def timed_cases():
    """Fits of about 8 ms, some 2 s of them and more."""
    data = load_digits(return_X_y=True)
    X, y = data[0][:600], data[1][:600]
    tree = RandomForestClassifier(3, random_state=0)
    space = {"max_depth": randint(2, 20), "min_samples_leaf": randint(1, 10)}
    return {
        "RandomizedSearchCV": ((X, y), random(tree, space, n_iter=60, refit=False)),
        "GridSearchCV": (
            (X, y),
            grid(
                tree,
                {"max_depth": [2, 4, 6, 8, 10, 12], "min_samples_leaf": list(range(1, 11))},
                refit=False,
            ),
        ),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    pairs = parser.parse_args().pairs
    for name, (load, call) in problems().items():
        case = load(return_X_y=True), call
        for n_jobs in (1, 2):
            ours, theirs = fit(skhpo, case, n_jobs), fit(model_selection, case, n_jobs)
            wrong = differences(ours.cv_results_, theirs.cv_results_)
            wrong += [] if ours.best_index_ == theirs.best_index_ else ["best_index_"]
            print(f"{name:<22} n_jobs={n_jobs}  {'equal' if not wrong else wrong}", flush=True)
    for name, case in timed_cases().items():
        for n_jobs in (1, 2):
            fit(skhpo, case, n_jobs), fit(model_selection, case, n_jobs)  # warm pools
            ratios, seconds = [], []
            for i in range(pairs):
                first, second = (skhpo, model_selection) if i % 2 else (model_selection, skhpo)
                times = {p.__name__: timed(p, case, n_jobs) for p in (first, second)}
                ratios.append(times["skhpo"] / times["sklearn.model_selection"])
                seconds.append(times["sklearn.model_selection"])
            print(
                f"{name:<22} n_jobs={n_jobs}  wall time {statistics.median(ratios):.3f} times "
                f"scikit-learn's {statistics.median(seconds):.2f} s (median of {pairs} pairs)",
                flush=True,
            )


if __name__ == "__main__":
    main()
