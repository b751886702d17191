"""What counts as good: reference values, ranking, weights, groups of columns."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo._records import Observations, Points
from skhpo.samplers._tpe_split import (
    FAILED,
    FULL,
    PARTIAL,
    WEIGHTS,
    Trials,
    groups,
    linear_gamma,
    ranking,
    split,
    sqrt_gamma,
)
from skhpo.surrogates import decay_weights, improvement_weights

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "tpe.json").read_text())
NOTHING = Points.empty(1)


def observations(loss, trial=None, resource=None, status=None):
    """Observed jobs at x = trial / 100."""
    n = len(loss)
    trial = np.arange(n) if trial is None else np.asarray(trial)
    loss = np.asarray(loss, dtype=float)
    given_status = np.where(np.isnan(loss), "failed", "complete") if status is None else status
    return Observations(
        trial,
        loss,
        np.ones(n) if resource is None else np.asarray(resource, dtype=float),
        np.asarray(given_status, dtype="<U9"),
        np.zeros(n),
        Points(trial[:, None] / 100, np.ones((n, 1), dtype=bool)),
    )


def trials(loss, full=1.0, **arguments):
    return Trials.empty(1).with_(observations(loss, **arguments), full)


def parts(loss, n_below=2, weighting="uniform", pending=NOTHING, leaf=None, **arguments):
    rng = np.random.default_rng(0)
    return split(trials(loss, **arguments), pending, lambda n: n_below, weighting, rng, leaf)


def numbers(points):
    return np.rint(points.x[:, 0] * 100).astype(int).tolist()


# -------------------------------------------------------------------------- gamma
@pytest.mark.parametrize("beta", sorted(REFERENCE["linear_gamma"]))
def test_linear_gamma_reference(beta):
    for n, n_below in REFERENCE["linear_gamma"][beta].items():
        assert linear_gamma(int(n), float(beta)) == n_below


def test_sqrt_gamma_reference():
    for beta, cases in REFERENCE["sqrt_gamma"].items():
        for n, n_below in cases.items():
            assert sqrt_gamma(int(n), float(beta)) == n_below


# ------------------------------------------------------------------------ weights
@pytest.mark.parametrize("n", [int(n) for n in REFERENCE["decay_weights"]])
def test_decay_weights_reference(n):
    ramp = REFERENCE["decay_weights"][str(n)]
    np.testing.assert_allclose(decay_weights(n), ramp + [1.0] * 25, rtol=0, atol=6e-11)


def test_decay_weights_of_few():
    for n in (0, 1, 24):
        assert decay_weights(n).tolist() == [1.0] * n
    assert decay_weights(27, floor=0.5).tolist() == [0.5] * 2 + [1.0] * 25


def test_improvement_weights_reference():
    weights = improvement_weights(np.array([1.0, 2.0, 3.0]), 4.0)
    total = weights.sum() + weights.mean()  # with a prior of the mean weight
    np.testing.assert_allclose(weights / total, [0.375, 0.25, 0.125])
    assert weights.mean() / total == pytest.approx(0.25)


@pytest.mark.parametrize(
    "loss, threshold", [([1.0, 1.0], 2.0), ([1.0, 2.0], np.inf), ([1.0, 2.0], np.nan), ([], 1.0)]
)
def test_improvement_weights_without_information_are_ones(loss, threshold):
    assert improvement_weights(np.array(loss), threshold).tolist() == [1.0] * len(loss)


def test_ties_at_the_threshold_weigh_next_to_nothing():
    weights = improvement_weights(np.array([1.0, 2.0]), 2.0)
    assert weights[0] == pytest.approx(2.0) and 0 < weights[1] < 1e-11


# ------------------------------------------------------------------------- trials
def test_trials_keep_the_largest_resource_and_are_in_order():
    first = trials([3.0, 1.0], trial=[4, 0], resource=[1, 1], full=9.0)
    both = first.with_(observations([2.0, 5.0], trial=[4, -2], resource=[3, 9]), 9.0)
    assert both.number.tolist() == [-2, 0, 4]
    assert both.loss.tolist() == [5.0, 1.0, 2.0]
    assert both.resource.tolist() == [9.0, 1.0, 3.0]
    assert both.level.tolist() == [FULL, PARTIAL, PARTIAL]
    again = both.with_(observations([7.0], trial=[4], resource=[1]), 9.0)
    assert again.loss.tolist() == [5.0, 1.0, 2.0]


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_losses_that_are_not_finite_are_failures(loss):
    assert trials([loss]).level.tolist() == [FAILED]
    assert trials([loss]).loss.tolist() == [np.inf]


def test_what_a_racer_cut_ranks_by_the_loss_that_it_was_told():
    status = ["complete", *["pruned"] * 3]
    known = trials([3.0, 1.0, 2.0, 0.0], resource=[9, 9, 9, 3], status=status, full=9.0)
    assert known.level.tolist() == [FULL, FULL, FULL, PARTIAL]
    assert known.number[ranking(known)].tolist() == [1, 2, 0, 3]


# ------------------------------------------------------------------------ ranking
def test_ranking():
    known = trials(
        [5.0, 1.0, 2.0, 9.0, np.nan, 5.0, 0.0],
        resource=[9, 1, 3, 3, 9, 9, 1],
        full=9.0,
    )
    assert known.number[ranking(known)].tolist() == [0, 5, 2, 3, 6, 1, 4]


# -------------------------------------------------------------------------- split
def test_split_by_loss_with_ties_by_number():
    found = parts([4.0, 1.0, 3.0, 1.0, 1.0])
    assert numbers(found.below) == [1, 3]
    assert numbers(found.above) == [0, 2, 4]


def test_negative_trials_are_the_oldest():
    found = parts([4.0, 1.0, 3.0], trial=[0, 1, -7], n_below=2)
    assert numbers(found.below) == [-7, 1]


def test_failed_trials_are_never_good():
    found = parts([np.nan, 2.0, np.nan], n_below=3)
    assert numbers(found.below) == [1]
    assert numbers(found.above) == [0, 2]
    assert numbers(parts([np.nan, np.nan]).below) == []


def test_pending_points_are_bad():
    pending = Points(np.array([[0.77]]), np.ones((1, 1), dtype=bool))
    found = parts([1.0, 2.0, 3.0], pending=pending)
    assert numbers(found.above) == [2, 77]
    assert len(found.above_weights) == 2


def test_equal_losses_leave_the_split_to_chance():
    first = {
        tuple(numbers(split(trials(np.ones(20)), NOTHING, lambda n: 2, "ei", rng).below))
        for rng in map(np.random.default_rng, range(20))
    }
    assert len(first) > 10


def test_improvement_weights_of_the_split():
    found = parts([3.0, 1.0, 2.0, 4.0, 6.0], n_below=3, weighting="ei")
    np.testing.assert_allclose(found.below_weights, np.array([1.0, 3.0, 2.0]) / 2)
    assert found.above_weights.tolist() == [1.0, 1.0]


def test_losses_at_different_resources_are_not_subtracted():
    found = parts([1.0, 2.0, 3.0], n_below=2, weighting="ei", resource=[9, 1, 1], full=9.0)
    assert found.below_weights.tolist() == [1.0, 1.0]


def test_leaves_are_split_among_themselves():
    loss, leaf = [1.0, 2.0, 3.0, 10.0, 30.0, 20.0], np.array([0, 0, 0, 1, 1, 1])
    found = parts(loss, n_below=1, leaf=leaf)
    assert numbers(found.below) == [0, 3]
    weighted = parts(loss, n_below=2, leaf=leaf, weighting="ei")
    np.testing.assert_allclose(weighted.below_weights, [4 / 3, 2 / 3, 4 / 3, 2 / 3])


@given(
    loss=st.lists(st.sampled_from([1.0, 2.0, 3.0, np.nan]), min_size=1, max_size=30),
    weighting=st.sampled_from(sorted(WEIGHTS)),
)
def test_split_is_a_partition_with_positive_weights(loss, weighting):
    gamma = partial(linear_gamma, beta=0.3)
    rng = np.random.default_rng(0)
    found = split(trials(loss), NOTHING, gamma, weighting, rng)
    assert sorted(numbers(found.below) + numbers(found.above)) == list(range(len(loss)))
    n_usable = int(np.sum(np.isfinite(loss)))
    assert len(found.below) == min(gamma(len(loss)), n_usable)
    for points, weights in ((found.below, found.below_weights), (found.above, found.above_weights)):
        assert weights.shape == (len(points),)
        assert np.all(weights > 0) and np.all(np.isfinite(weights))


# ------------------------------------------------------------------------- groups
def test_groups_reference():
    patterns = np.array([[1, 1, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 0, 0, 1, 1, 0]], dtype=bool)
    assert [block.tolist() for block in groups(patterns)] == [[0], [1, 2], [3], [4]]


@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=6))
def test_groups_are_what_refinement_leaves(rows):
    blocks: list[set[int]] = []  # cut every block by every row, as published
    for row in rows:
        rest = {j for j, on in enumerate(row) if on}
        cut = [part for block in blocks for part in (block & rest, block - rest) if part]
        rest -= set().union(*blocks)
        blocks = cut + ([rest] if rest else [])
    found = [set(block.tolist()) for block in groups(np.array(rows))]
    assert sorted(found, key=min) == sorted(blocks, key=min) == found
