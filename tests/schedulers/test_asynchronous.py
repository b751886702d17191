"""ASHA, asynchronous Hyperband, PASHA and the rules that stop: scripted orders of arrival."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo._records import Job, Plan, Points, Proposal, Result
from skhpo.schedulers import (
    ASHAScheduler,
    ASHAStoppingScheduler,
    AsyncHyperbandScheduler,
    MedianStoppingScheduler,
    PASHAScheduler,
)

from .playing import NAN, Table, counts


def table(scheduler, n_iter=None, R=27, low=1):
    plan = Plan(n_iter, min_resource=low, max_resource=R)
    return Table(scheduler.start(np.random.default_rng(0), plan), n_iter)


@pytest.mark.parametrize(
    ("low", "high", "rungs", "wanted"),
    [
        (1, 100, "from_max", [1, 4, 11, 33, 100]),
        (1, 100, "from_min", [1, 3, 9, 27, 81, 100]),
        (92, 2499, "from_max", [93, 278, 833, 2499]),
        (92, 2499, "from_min", [92, 276, 828, 2484, 2499]),
        (5, 5, "from_max", [5]),
        (5, 5, "from_min", [5]),
    ],
)
def test_rungs(low, high, rungs, wanted):
    scheduler = ASHAScheduler(rungs=rungs)
    plan = Plan(min_resource=low, max_resource=high)
    assert scheduler._ladder(plan) == wanted
    settled = scheduler.settle(plan)
    assert (settled.min_resource, settled.max_resource) == (wanted[0], wanted[-1])


@pytest.mark.parametrize(
    ("rungs", "rate", "wanted"),
    [
        ("from_max", 1, [278, 833, 2499]),
        ("from_min", 2, [828, 2484, 2499]),
        ("from_max", 3, [2499]),
        ("from_max", 7, [2499]),
    ],
)
def test_the_lowest_rungs_are_left_out(rungs, rate, wanted):
    scheduler = ASHAScheduler(rungs=rungs, min_early_stopping_rate=rate)
    plan = Plan(min_resource=92, max_resource=2499)
    assert scheduler._ladder(plan) == wanted
    assert scheduler.settle(plan).min_resource == wanted[0]
    run = scheduler.start(np.random.default_rng(0), plan)
    assert run.next_slot().resource == wanted[0]


@pytest.mark.parametrize(("n", "promoted"), [(2, 0), (3, 1), (8, 2), (9, 3), (26, 8), (27, 9)])
def test_how_many_are_promoted_after_n_results(n, promoted):
    run = table(ASHAScheduler())
    trials = [run.run.fresh() and trial for trial in range(n)]
    for trial in trials:
        slot = run.run._slot(0, trial)
        run.flying[trial] = slot
        run.end(trial, float(trial))
    ready = []
    while (slot := run.run.promotion()) is not None:
        ready.append(slot.trial)
    assert ready == list(range(promoted))


def test_asha_with_one_worker_by_hand():
    run = table(ASHAScheduler())
    # trial: losses at 1, 3, 9
    losses = {0: [5, 5], 1: [4, 4, 4], 2: [1, 1, 3], 3: [2, 2], 4: [6], 5: [7], 6: [0, 0]}
    order = []
    for _ in range(11):
        trial, rung = run.take()
        order.append((trial, rung))
        run.end(trial, losses.get(trial, [9])[rung])
    assert order == [
        (0, 0), (1, 0), (2, 0),  # the third result lets one go on
        (2, 1),  # one result at rung 1: nothing yet
        (3, 0), (4, 0), (5, 0),  # six results: two may go on
        (3, 1),
        (6, 0),  # the best of all, but the quota of seven is two
        (7, 0), (8, 0),
    ]  # fmt: skip
    assert run.take() == (6, 1)  # nine results: the third one
    run.end(6, 0)
    assert run.take() == (6, 2)  # three results at rung 1
    assert run.take() == (9, 0)


def test_asha_never_waits_and_prefers_the_highest_rung():
    run = table(ASHAScheduler())
    assert [run.take() for _ in range(4)] == [(t, 0) for t in range(4)]
    for trial in (3, 1):
        run.end(trial, float(trial))
    assert run.take() == (4, 0)  # two of five results are there
    run.end(0, 0.0)
    assert run.take() == (0, 1)
    run.end(2, NAN)  # counts in the rung, is no candidate
    run.end(4, 0.5)
    assert run.take() == (5, 0)
    run.end(5, 2.0)
    assert run.take() == (4, 1)  # six results, one of them failed: the second place


def test_asha_never_promotes_a_failure():
    run = table(ASHAScheduler(), n_iter=9)
    slots = run.play(lambda trial, resource: NAN)
    assert counts(slots) == {0: "9@1"}


@pytest.mark.parametrize(("n_iter", "n"), [(54, 7), (39, 5), (200, 8), (9, 1)])
def test_asha_in_the_end_has_some_to_choose_from(n_iter, n):
    slots = table(ASHAScheduler(), n_iter=n_iter).play(lambda trial, resource: trial)
    assert sum(slot.resource == 27 for slot in slots) == n


def test_asha_in_the_end_brings_the_best_to_the_full_resource():
    run = table(ASHAScheduler(), n_iter=2)
    assert counts(run.play(lambda trial, resource: -trial)) == {0: "2@1 1@3 1@9 1@27"}
    assert [slot.trial for slot in run.taken[2:]] == [1, 1, 1]
    run = table(ASHAScheduler(finalists=1), n_iter=54)
    slots = run.play(lambda trial, resource: trial)
    assert sum(slot.resource == 27 for slot in slots) == 2
    assert sum(slot.resource for slot in slots) == 54 + 18 * 3 + 6 * 9 + 2 * 27


def test_the_last_promotions_replace_one_that_failed():
    run = table(ASHAScheduler(), n_iter=3)
    slots = run.play(lambda trial, resource: NAN if trial == 0 and resource == 9 else trial)
    assert [(slot.trial, slot.resource) for slot in slots[3:]] == [
        (0, 3), (0, 9), (1, 3), (1, 9), (1, 27),
    ]  # fmt: skip


def test_a_finalist_that_a_racer_cut_is_not_replaced():
    run = ASHAScheduler(factor=3).start(np.random.default_rng(0), Plan(28, 1, 1, 9))
    at_the_top = 0
    for number in range(100):
        slot = run.fresh() if number < 28 else run.next_slot()
        if slot is None:
            break
        if number == 27:
            run.close()
        top = slot.resource == 9
        status = "pruned" if top and at_the_top else "complete"
        at_the_top += top
        slot = replace(slot, trial=number if slot.trial is None else slot.trial)
        job = Job(number, slot, Proposal(Points.empty(0), {}, "nobody"))
        run.report(Result(job, (), status, float(slot.trial), slot.resource))
    assert at_the_top == 4


@given(
    n_iter=st.integers(1, 40),
    n_workers=st.integers(1, 9),
    seed=st.integers(0, 2**32 - 1),
    factor=st.sampled_from([2, 3, 4]),
    share_failed=st.sampled_from([0.0, 0.3]),
)
def test_asha_s_invariants_whatever_arrives_when(n_iter, n_workers, seed, factor, share_failed):
    rng = np.random.default_rng(seed)
    run = table(ASHAScheduler(factor=factor), n_iter)
    ended = {}
    while True:
        while len(run.flying) < n_workers:
            taken = run.take()
            if taken is None:
                assert run.n_trials == n_iter, "a worker waits while there are trials left"
                break
            trial, rung = taken
            assert rung == 0 or rung - 1 in ended[trial], "a rung was left out"
            started = {s.trial for s in run.taken if s.rung == rung}
            assert rung == 0 or trial in started
            if run.n_trials < n_iter and rung:
                n_below = sum(rung - 1 in rungs for rungs in ended.values())
                assert len(started) <= n_below // factor, "more were promoted than may be"
        if not run.flying:
            break
        trial = rng.choice(list(run.flying))
        ended.setdefault(trial, set()).add(run.flying[trial].rung)
        run.end(trial, NAN if rng.random() < share_failed else float(rng.integers(5)))
    seen = [(slot.trial, slot.rung) for slot in run.taken]
    assert len(seen) == len(set(seen)), "a slot was taken twice"


# ------------------------------------------------------------------ the other ones
def test_asynchronous_hyperband_fills_its_brackets_by_their_probabilities():
    run = table(AsyncHyperbandScheduler(), R=81)
    first = [run.run.next_slot().bracket for _ in range(4000)]
    shares = np.bincount(first) / 4000
    assert np.allclose(shares, [0.5694, 0.2373, 0.1054, 0.0527, 0.0351], atol=0.025)


def test_asynchronous_hyperband_promotes_within_brackets():
    run = table(AsyncHyperbandScheduler(), n_iter=40, R=9)
    slots = run.play(lambda trial, resource: trial)
    starts = {slot.trial: slot.bracket for slot in slots if slot.rung == 0}
    assert len(starts) == 40
    assert all(starts[slot.trial] == slot.bracket for slot in slots)
    assert all(slot.resource == 3 ** (slot.rung + slot.bracket) for slot in slots)


def test_pasha_keeps_its_cap_while_ranks_agree_and_runs_the_winner_at_the_end():
    run = table(PASHAScheduler(), n_iter=30, R=243)
    slots = run.play(lambda trial, resource: trial)
    assert run.run.cap == 2
    assert counts(slots) == {0: "30@1 10@3 3@9 1@243"}
    assert slots[-1].trial == 0


def test_pasha_raises_its_cap_when_ranks_change():
    run = table(PASHAScheduler(), n_iter=54, R=243)
    run.play(lambda trial, resource: trial if resource < 9 else -trial)
    assert run.run.cap > 2


def test_pasha_forgives_what_noise_explains():
    def loss(trial, resource):  # trials 0 and 1 overtake each other at every rung
        rank = {1: trial, 3: [0.5, 0.4][trial] if trial < 2 else trial, 9: trial}[resource]
        return float(rank)

    run = table(PASHAScheduler(), R=27)
    for trial in range(2):
        for rung in range(3):
            run.flying[trial] = run.run._slot(rung, trial)
            run.end(trial, loss(trial, 3.0**rung))
    assert run.run._noise() == pytest.approx(1.0)  # their gap at the last common resource
    assert run.run.cap == 2


def test_stopping_variant_by_hand():
    run = table(ASHAStoppingScheduler())
    losses = {0: [5, 5, 5, 5], 1: [6], 2: [4, 6], 3: [3, 3, 9]}
    order = []
    for _ in range(11):
        trial, rung = run.take()
        order.append((trial, rung))
        run.end(trial, losses.get(trial, [9])[rung])
    assert order == [
        (0, 0), (0, 1), (0, 2), (0, 3),  # the first one is always the best so far
        (1, 0),  # second of two: stopped
        (2, 0), (2, 1),  # best of three, then second of two
        (3, 0), (3, 1), (3, 2),  # best of four, of three, then second of two
        (4, 0),
    ]  # fmt: skip


def test_stopping_by_the_quantile_and_with_free_starts():
    run = table(ASHAStoppingScheduler(bound="quantile"), R=3)
    first = [run.take() for _ in range(4)]
    assert first == [(t, 0) for t in range(4)]
    run.end(0, 1.0)
    assert run.take() == (0, 1)  # no decision below two
    run.end(1, 2.0)  # the third of [1, 2] is 1.33
    assert run.take() == (4, 0)
    run.end(2, 1.2)  # the third of [1, 1.2, 2] is 1.13
    assert run.take() == (5, 0)
    run.end(3, 1.0)
    assert run.take() == (3, 1)
    run = table(ASHAStoppingScheduler(bootstrap_count=2), n_iter=3, R=3)
    assert counts(run.play(lambda trial, resource: trial)) == {0: "3@1 2@3"}


def test_median_rule_by_hand():
    """Means up to 3: 2, 3, 4, 5, 6 of the trials that reached 9, so that the median is 4."""
    run = table(MedianStoppingScheduler(), n_iter=8, R=9)
    losses = {
        **{trial: [trial + 1, trial + 3, 0] for trial in range(5)},
        5: [4, 9, 9],  # its best is 4: goes on; its mean is 6.5, so that the median is 4.5
        6: [5, 4.6],  # worse than that
        7: [5, NAN],
    }
    slots = run.play(lambda trial, resource: losses[trial][round(np.log(resource) / np.log(3))])
    reached = {slot.trial: slot.rung for slot in slots}
    assert reached == {0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 1, 7: 1}


def test_patience_lets_a_trial_pass_or_stops_it_alone():
    curve = {0: [3, 4, 5, 6], 1: [3, 2, 4, 4], 2: [4, 3, 2, 1]}
    run = table(MedianStoppingScheduler(percentile=None, patience=1), n_iter=3, R=27)
    slots = run.play(lambda trial, resource: curve[trial][round(np.log(resource) / np.log(3))])
    assert {slot.trial: slot.rung for slot in slots} == {0: 1, 1: 2, 2: 3}
    with pytest.raises(ValueError, match="patience of MedianStoppingScheduler"):
        table(MedianStoppingScheduler(percentile=None))
