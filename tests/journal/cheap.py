"""Searches that cost nothing, for tests that run many of them."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from skhpo.space import Real

X = np.arange(24.0).reshape(12, 2)
y = np.arange(12) % 2
SPACE = {"a": Real(0.1, 10, log=True), "b": [1, 2, 3, 5, 8], "kind": ["x", "y", None]}
fits = []  # parameters of all fits in this process


class Cheap(ClassifierMixin, BaseEstimator):
    """Its score depends on its parameters alone; `kind` may be anything."""

    def __init__(self, a=1.0, b=1, kind="x", size=9):
        self.a = a
        self.b = b
        self.kind = kind
        self.size = size

    def fit(self, X, y):
        fits.append(self.get_params(deep=False))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        shift = {"x": 0.0, "y": 0.3}.get(self.kind, 0.1) if isinstance(self.kind, str) else 0.2
        return float(-((np.log(self.a) - 1) ** 2) - shift - 0.01 * self.b + 1e-4 * X.sum())


def same_trials(one, other):
    """Whether two searches tried the same and found the same."""
    a, b = one.cv_results_, other.cv_results_
    return repr(a["params"]) == repr(b["params"]) and all(
        np.array_equal(a[key], b[key], equal_nan=True) for key in a if "_test_" in key
    )


def journal_in(folder):
    """The only journal of a folder."""
    (path,) = folder.glob("*.jsonl")
    return path


def cut(path, n_lines, torn=b""):
    """Leave the first lines of a journal, as if the search had died there."""
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:n_lines]) + torn)
