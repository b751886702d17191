"""`cv_results_` is scikit-learn's to the key, the dtype and the last bit."""

import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skhpo import _table
from skhpo._records import FoldScore, Job, Points, Proposal, Result, Slot

POINT = Points.empty(1)


def result(number, scores, status="complete", resource=1.0, params=None, trial=None):
    folds = tuple(
        None if s is None else FoldScore(-s, {} if math.isnan(s) else {"score": s}, fit_time=1.0)
        for s in scores
    )
    proposal = Proposal(POINT, {"a": number} if params is None else params, "test")
    slot = Slot(resource=resource, trial=number if trial is None else trial)
    return Result(Job(number, slot, proposal), folds, status, 0.0, resource)


def table(results, **changes):
    n_splits = len(results[0].folds) if results else 3
    return _table.cv_results(results, _table.Layout(n_splits, **changes))


def test_no_rows_have_all_columns():
    made = table([])
    assert made["params"] == []
    assert made["mean_test_score"].shape == made["split2_test_score"].shape == (0,)
    assert made["rank_test_score"].dtype == np.int32


def test_means_and_deviations():
    made = table([result(0, [1.0, 2.0, 6.0]), result(1, [0.0, 0.0, 0.0])])
    assert_array_equal(made["mean_test_score"], [3.0, 0.0])
    assert_array_equal(made["std_test_score"], [np.std([1.0, 2.0, 6.0]), 0.0])
    assert_array_equal(made["split2_test_score"], [6.0, 0.0])
    assert_array_equal(made["rank_test_score"], [1, 2])
    assert made["rank_test_score"].dtype == np.int32
    assert_array_equal(made["mean_fit_time"], [1.0, 1.0])


def test_a_failed_fold_makes_the_mean_nan_and_ties_for_the_last_rank():
    made = table([result(0, [1.0, math.nan]), result(1, [2.0, 2.0]), result(2, [math.nan] * 2)])
    assert np.isnan(made["mean_test_score"][[0, 2]]).all()
    assert_array_equal(made["rank_test_score"], [2, 1, 2])


def test_error_score_enters_means_and_ranks():
    made = table([result(0, [math.nan, 1.0]), result(1, [0.1, 0.1])], error_score=0.0)
    assert_array_equal(made["split0_test_score"], [0.0, 0.1])
    assert_array_equal(made["rank_test_score"], [1, 2])


def test_folds_not_run_are_nan_and_left_out_of_the_mean():
    made = table([result(0, [4.0, 2.0, None], status="cancelled"), result(1, [1.0, 1.0, 1.0])])
    assert_array_equal(made["split2_test_score"], [math.nan, 1.0])
    assert_array_equal(made["mean_test_score"], [3.0, 1.0])
    assert_array_equal(made["rank_test_score"], [2, 1])  # cut short: behind all others


def test_larger_resources_rank_before_better_scores():
    results = [result(0, [9.0], resource=1.0), result(1, [1.0], resource=3.0)]
    assert_array_equal(table(results)["rank_test_score"], [2, 1])


def test_all_nan_ranks_are_one():
    made = table([result(0, [math.nan]), result(1, [math.nan])])
    assert_array_equal(made["rank_test_score"], [1, 1])


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], "int64"),
        ([1, 2.5], "float64"),
        (["a", "b"], object),
        ([None, 1], object),
        ([(1, 2), (3, 4)], object),
        ([(1,), (3, 4)], object),
        ([True, False], "bool"),
    ],
)
def test_columns_of_parameters(values, dtype):
    column = _table.param_columns([{"a": value} for value in values])["param_a"]
    assert column.dtype == dtype
    assert list(column) == values
    assert not column.mask.any()


def test_inactive_parameters_are_masked():
    columns = _table.param_columns([{"a": 1}, {"b": 2.0}])
    assert_array_equal(columns["param_a"].mask, [False, True])
    assert_array_equal(columns["param_b"].mask, [True, False])


def test_columns_equal_those_of_scikit_learn():
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    grid = [{"kernel": ["rbf"], "gamma": ["scale", 0.1], "C": [1, 10]}, {"kernel": ["linear"]}]
    X = np.random.default_rng(0).normal(size=(20, 2))
    y = np.arange(20) % 2
    theirs = GridSearchCV(SVC(), grid, cv=2).fit(X, y).cv_results_
    ours = _table.param_columns(theirs["params"])
    assert set(ours) == {key for key in theirs if key.startswith("param_")}
    for key, column in ours.items():
        assert column.dtype == theirs[key].dtype
        assert_array_equal(column.mask, theirs[key].mask)
        assert list(column) == list(theirs[key])


def test_trials_stand_row_for_row_beside():
    made = _table.trials([result(0, [1.0]), result(1, [None, 1.0], status="cancelled")])
    assert_array_equal(made["trial"], [0, 1])
    assert_array_equal(made["status"], ["complete", "cancelled"])
    assert_array_equal(made["sampler"], ["test", "test"])
    assert {len(column) for column in made.values()} == {2}
