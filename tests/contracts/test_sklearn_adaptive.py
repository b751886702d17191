"""scikit-learn's tests of its search classes, on one that learns from results."""

import sys

import pytest

import skhpo

from . import suite

pytestmark = pytest.mark.filterwarnings("default")  # its tests warn as they please

OTHER = "is about ParameterGrid, ParameterSampler or BaseSearchCV, not about a search class"
ORDER = "wants the candidates in the order of a grid, or the first of equals"
DRAWS = "wants the very draws of RandomizedSearchCV"
WORDS = "wants ParameterGrid's words, which RandomizedSearchCV does not have either"
COUNT = "counts the fits of the whole grid"
ADAPTS = "wants the same candidates whatever the metric"
TREE = "wants the callback tree of a single batch"

LEFT_OUT = {
    "test_validate_parameter_input": OTHER,
    "test_parameter_grid": OTHER,
    "test_param_sampler": OTHER,
    "test_parameters_sampler_replacement": OTHER,
    "test_custom_run_search": OTHER,
    "test__custom_fit_no_run_search": OTHER,
    "test_yield_masked_array_for_each_param": OTHER,
    "test_yield_masked_array_no_runtime_warning": OTHER,
    "test_grid_search": ORDER,
    "test_grid_search_pipeline_steps": ORDER,
    "test_grid_search_when_param_grid_includes_range": ORDER,
    "test_refit_callable": ORDER,
    "test_refit_callable_multi_metric": ORDER,
    "test_search_default_iid": ORDER,
    "test_search_cv_results_rank_tie_breaking": ORDER,
    "test_search_cv_results_none_param": ORDER,
    "test_search_cv_timing": ORDER,
    "test_grid_search_correct_score_results": ORDER,
    "test_grid_search_failing_classifier": ORDER,
    "test_grid_search_cv_splits_consistency": ORDER,
    "test_callable_multimetric_error_failing_clf": ORDER,
    "test_search_with_2d_array": DRAWS,
    "test_grid_search_bad_param_grid": WORDS,
    "test_grid_search_classifier_all_fits_fail": COUNT,
    "test_callable_multimetric_clf_all_fits_fail": COUNT,
    "test_grid_search_cv_results_multimetric": ADAPTS,
    "test_random_search_cv_results_multimetric": ADAPTS,
    "test_search_callbacks_no_propagation": TREE,
    "test_search_callbacks_propagation": TREE,
    "test_search_callbacks_with_partial_fit_failures": TREE,
}

module = suite.load(suite.MODULE, **suite.dressed(skhpo.TPESearchCV))
globals().update(suite.tests_of(module, LEFT_OUT))


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    """Pickle looks a class up by the name of its module."""
    monkeypatch.setitem(sys.modules, suite.MODULE, module)


def test_the_classes_were_replaced():
    from sklearn.svm import SVC

    assert isinstance(module.GridSearchCV(SVC(), {"C": [1]}), skhpo.TPESearchCV)
