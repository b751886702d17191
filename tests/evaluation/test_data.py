"""Rows as a resource: nested, stratified subsets of the training folds alone."""

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)

from skhpo.evaluation import Data, make_subsets
from skhpo.evaluation._data import stratified_order

N = 120
rng = np.random.default_rng(0)
LABELS = rng.choice(["a", "b", "c"], N, p=[0.7, 0.25, 0.05])
X = rng.random((N, 2))


def subsets(cv, y=LABELS, groups=None, **arguments):
    splits = list(cv.split(X, y, groups))
    return Data(X, y, splits, make_subsets(splits, y, N, seed=3, cv=cv, groups=groups, **arguments))


@pytest.mark.parametrize("seed", range(3))
def test_every_beginning_has_the_shares_of_the_classes(seed):
    order = stratified_order(LABELS, np.random.default_rng(seed))
    assert sorted(order) == list(range(N))
    classes, counts = np.unique(LABELS, return_counts=True)
    for m in range(len(classes), N + 1):
        found = [np.sum(LABELS[order[:m]] == each) for each in classes]
        assert min(found) >= 1
        bound = 0.5 + len(classes) * counts / (2 * N) + 1  # one of each was moved to the front
        assert np.all(np.abs(found - m * counts / N) <= bound)


def test_shares_deviate_by_a_half_at_most_where_classes_are_balanced():
    labels = np.repeat([0, 1, 2], 40)
    order = stratified_order(labels, np.random.default_rng(1))
    counts = np.cumsum(labels[order][:, None] == [0, 1, 2], axis=0)
    assert np.abs(counts - np.arange(1, 121)[:, None] / 3).max() <= 1


@pytest.mark.parametrize(
    ("cv", "arguments"),
    [
        (StratifiedKFold(3), {"classifier": True}),
        (KFold(4, shuffle=True, random_state=0), {"y": X[:, 0]}),
        (ShuffleSplit(1, random_state=0), {"y": None}),
        (TimeSeriesSplit(4), {"y": X[:, 0]}),
        (GroupKFold(3), {"classifier": True, "groups": np.arange(N) // 5}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_subsets_are_nested_parts_of_the_training_fold(cv, arguments):
    data = subsets(cv, **arguments)
    for fold, (train, test) in enumerate(data.splits):
        before = set()
        for resource in range(6, N):
            part, same = data.split(fold, resource)
            assert same is test
            assert list(part) == sorted(set(part))
            assert before <= set(part) <= set(train)
            before = set(part)
        assert data.split(fold, N)[0] is train


def test_a_fold_trains_on_its_share():
    data = subsets(KFold(4), y=None)
    assert [len(data.split(0, resource)[0]) for resource in (12, 40, 119)] == [9, 30, 89]


def test_every_class_is_there_however_few_rows():
    data = subsets(StratifiedKFold(3), classifier=True)
    assert set(LABELS[data.split(0, 1)[0]]) == {"a", "b", "c"}


def test_a_numeric_target_keeps_its_deciles():
    data = subsets(KFold(3, shuffle=True, random_state=0), y=X[:, 0])
    part = data.split(0, 60)[0]
    tenth = np.searchsorted(np.quantile(X[:, 0], np.arange(1, 10) / 10), X[part, 0])
    counts = np.bincount(tenth, minlength=10)
    assert counts.min() >= 2
    assert counts.max() <= 6


def test_groups_stay_whole_and_reach_the_number():
    groups = np.arange(N) // 7
    data = subsets(GroupKFold(3), groups=groups, classifier=True)
    train = data.splits[0][0]
    for resource in (9, 30, 77):
        part = data.split(0, resource)[0]
        wanted = round(resource * len(train) / N)
        assert wanted <= len(part)
        inside = np.isin(train, part)
        for group in np.unique(groups[train]):
            assert len(set(inside[groups[train] == group])) == 1


def test_the_latest_rows_are_taken_where_folds_follow_each_other():
    for cv in (TimeSeriesSplit(4), [(np.arange(60), np.arange(60, 90)), (range(90), range(90, N))]):
        splits = cv if isinstance(cv, list) else list(cv.split(X))
        data = Data(X, None, splits, make_subsets(splits, None, N, seed=0, cv=cv))
        train = np.asarray(splits[-1][0])
        part = data.split(len(splits) - 1, 40)[0]
        assert list(part) == list(train[-len(part) :])


def test_the_seed_and_the_fold_decide_alone():
    one, two = (subsets(StratifiedKFold(3), classifier=True) for _ in range(2))
    for fold in range(3):
        assert list(one.split(fold, 30)[0]) == list(two.split(fold, 30)[0])
    other = make_subsets(one.splits, LABELS, N, seed=4, classifier=True)
    assert list(other.orders[0].rows) != list(one.subsets.orders[0].rows)


def test_masks_are_rows_too():
    mask = np.arange(N) < 90
    data = Data(X, None, [(mask, ~mask)], make_subsets([(mask, ~mask)], None, N, seed=0))
    part = data.split(0, 40)[0]
    assert len(part) == 30
    assert max(part) < 90
