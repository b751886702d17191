"""The rows that early stopping watches: strata, groups, time, and what must stay."""

import numpy as np
import pytest

from skhpo.evaluation import HoldOut


def test_a_tenth_with_the_shares_of_the_classes_and_twenty_at_least():
    y = np.repeat([0, 1], [300, 100])
    train = np.random.default_rng(0).permutation(400)
    kept, held = HoldOut(0, classifier=True).split(1, train, y)
    assert sorted([*kept, *held]) == list(range(400))
    assert np.bincount(y[held]).tolist() == [30, 10]
    assert list(held) == sorted(held) and list(kept) == sorted(kept)
    assert len(HoldOut(0, classifier=True).split(1, train[:60], y)[1]) == 20
    assert len(HoldOut(0, classifier=True).split(1, train[:30], y)[1]) == 15


def test_a_seed_and_a_fold_decide_the_rows():
    y = np.arange(200) % 2
    holdout = HoldOut(0, classifier=True)
    first = holdout.split(0, np.arange(200), y)[1]
    assert np.array_equal(first, holdout.split(0, np.arange(200), y)[1])
    assert not np.array_equal(first, holdout.split(1, np.arange(200), y)[1])
    assert not np.array_equal(first, HoldOut(1, True).split(0, np.arange(200), y)[1])


def test_a_class_of_one_row_stays_in_the_training_part():
    y = np.array([0] * 50 + [1] * 50 + [2])
    for fold in range(20):
        kept, _ = HoldOut(0, classifier=True).split(fold, np.ones(101, dtype=bool), y)
        assert 100 in kept


def test_a_numeric_target_keeps_its_deciles():
    y = np.random.default_rng(0).exponential(size=1000)
    held = HoldOut(0).split(0, np.arange(1000), y)[1]
    counts = np.bincount(np.searchsorted(np.quantile(y, np.arange(1, 10) / 10), y[held]))
    assert len(held) == 100 and np.all(np.abs(counts - 10) <= 1)


@pytest.mark.parametrize("classifier", [True, False])
def test_groups_stay_whole(classifier):
    groups = np.random.default_rng(0).integers(0, 30, 300)
    y = np.arange(300) % 2
    kept, held = HoldOut(0, classifier, groups).split(2, np.arange(300), y)
    assert not set(groups[kept]) & set(groups[held])
    assert 30 <= len(held) <= 60
    assert set(y[kept]) == {0, 1}


def test_one_of_two_groups_is_held_and_rows_of_a_single_one():
    y = np.arange(100) % 2
    groups = np.repeat([0, 1], [90, 10])
    assert len(HoldOut(0, True, groups).split(0, np.arange(100), y)[1]) in (10, 90)
    assert len(HoldOut(0, True, np.zeros(100)).split(0, np.arange(100), y)[1]) == 20


def test_the_latest_rows_are_held_in_time_order():
    train = np.arange(50, 250)
    kept, held = HoldOut(0, in_time=True).split(0, train, np.arange(300) % 2)
    assert np.array_equal(held, np.arange(230, 250))
    assert np.array_equal(kept, np.arange(50, 230))
