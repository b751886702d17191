"""scikit-learn's own tests, loaded from the installed package with its search classes replaced."""

import importlib
import inspect
import sys
from unittest import mock

import pytest
import sklearn.model_selection
from sklearn.model_selection import ParameterGrid
from sklearn.utils.fixes import parse_version

MODULE = "sklearn.model_selection.tests.test_search"


def load(name, **replacements):
    """A fresh copy of the test module `name` that sees `replacements` in `model_selection`.

    The module is imported untouched first, so that only itself is affected by the change.
    """
    pytest.register_assert_rewrite(name)
    original = importlib.import_module(name)
    del sys.modules[name]
    try:
        with mock.patch.multiple(sklearn.model_selection, **replacements):
            return importlib.import_module(name)
    finally:
        sys.modules[name] = original


# skhpo's tags say that it takes no array-API input; these tests would be skipped
ARRAY_API = "test_array_api"
# before 1.9 the same message has "returned" for "return"
NEW_WORDS = {"test_random_search_bad_cv"}
OLD = parse_version(sklearn.__version__) < parse_version("1.9")


def tests_of(module, leave_out=()):
    """The test functions of a loaded module, by name, but for those to leave out."""
    return {
        name: test
        for name, test in vars(module).items()
        if name.startswith("test_")
        and not name.startswith(ARRAY_API)
        and name not in leave_out
        and not (OLD and name in NEW_WORDS)
    }


def dressed(cls, n_iter=5):
    """`cls` behind the signatures of the two classes: as many trials as there are grid points."""
    known = inspect.signature(cls).parameters

    def make(estimator, space, n_iter=n_iter, random_state=0, **kwargs):
        try:
            size = len(ParameterGrid(space))
        except (TypeError, ValueError):  # infinite, or refused by `fit`
            size = n_iter
        settings = {"random_state": random_state} if "random_state" in known else {}
        trials = min(n_iter, size) if isinstance(n_iter, int) else n_iter
        return cls(estimator, space, n_iter=trials, **settings, **kwargs)

    def grid_search(estimator, param_grid, **kwargs):
        return make(estimator, param_grid, n_iter=10**6, **kwargs)

    def randomized_search(estimator, param_distributions, **kwargs):
        return make(estimator, param_distributions, **kwargs)

    return {"GridSearchCV": grid_search, "RandomizedSearchCV": randomized_search}
