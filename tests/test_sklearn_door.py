"""scikit-learn's private names that we call have the signatures that we rely on."""

import inspect

import pytest
import sklearn
from sklearn.base import _fit_context
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _is_fitted, _num_samples

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (_safe_split, ["estimator", "X", "y", "indices", "train_indices"]),
        (_check_method_params, ["X", "params", "indices"]),
        (_num_samples, ["x"]),
        (_is_fitted, ["estimator", "attributes", "all_or_any"]),
        (_fit_context, ["prefer_skip_nested_validation"]),
        (BaseSearchCV._get_scorers, ["self"]),
        (BaseSearchCV._get_routed_params_for_fit, ["self", "params"]),
        (BaseSearchCV._check_refit_for_multimetric, ["self", "scores"]),
        (BaseSearchCV._select_best_index, ["refit", "refit_metric", "results"]),
        (_MultimetricScorer.__init__, ["self", "scorers", "raise_exc"]),
    ],
)
def test_signature(function, names):
    assert list(inspect.signature(function).parameters) == names


def test_routed_params_have_the_parts_that_we_read():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(LogisticRegression(), {"C": [1]})
    routed = search._get_routed_params_for_fit({"groups": [1, 2], "sample_weight": [1, 1]})
    assert routed.estimator.fit == {"sample_weight": [1, 1]}
    assert routed.splitter.split == {"groups": [1, 2]}
    assert isinstance(routed.scorer.score, dict)


@pytest.mark.skipif(VERSION < (1, 9), reason="scikit-learn has callbacks from 1.9 on")
def test_callback_contexts():
    from sklearn.callback import CallbackContext, CallbackSupportMixin

    begin = inspect.signature(CallbackSupportMixin._init_callback_context).parameters
    assert "max_subtasks" in begin
    child = inspect.signature(CallbackContext.subcontext).parameters
    assert {"task_name", "task_id", "max_subtasks", "sequential_subtasks"} <= set(child)
    for hook in ("call_on_fit_task_begin", "call_on_fit_task_end"):
        assert {"estimator", "X", "y", "metadata"} <= set(
            inspect.signature(getattr(CallbackContext, hook)).parameters
        )
    assert callable(CallbackContext.propagate_callback_context)
