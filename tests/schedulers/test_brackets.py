"""Successive halving and Hyperband: the published tables, and who is promoted."""

import numpy as np
import pytest

from skhpo._records import Plan
from skhpo.schedulers import (
    ASHAScheduler,
    HyperbandScheduler,
    SuccessiveHalvingScheduler,
    bracket_probabilities,
)
from skhpo.schedulers._ladder import n_divisions

from .playing import NAN, Table, counts

# (R, factor, variant) -> brackets of one iteration
TABLES = {
    (81, 3, "table"): [
        "81@1 27@3 9@9 3@27 1@81",
        "27@3 9@9 3@27 1@81",
        "9@9 3@27 1@81",
        "6@27 2@81",
        "5@81",
    ],
    (81, 3, "ceil"): [
        "81@1 27@3 9@9 3@27 1@81",
        "34@3 11@9 3@27 1@81",
        "15@9 5@27 1@81",
        "8@27 2@81",
        "5@81",
    ],
    (27, 3, "table"): ["27@1 9@3 3@9 1@27", "9@3 3@9 1@27", "6@9 2@27", "4@27"],
    (27, 3, "ceil"): ["27@1 9@3 3@9 1@27", "12@3 4@9 1@27", "6@9 2@27", "4@27"],
    (9, 3, "table"): ["9@1 3@3 1@9", "3@3 1@9", "3@9"],
    (9, 3, "ceil"): ["9@1 3@3 1@9", "5@3 1@9", "3@9"],
    (64, 4, "table"): ["64@1 16@4 4@16 1@64", "16@4 4@16 1@64", "8@16 2@64", "4@64"],
    (64, 4, "ceil"): ["64@1 16@4 4@16 1@64", "22@4 5@16 1@64", "8@16 2@64", "4@64"],
    (16, 2, "table"): [
        "16@1 8@2 4@4 2@8 1@16",
        "8@2 4@4 2@8 1@16",
        "4@4 2@8 1@16",
        "4@8 2@16",
        "5@16",
    ],
    (16, 2, "ceil"): [
        "16@1 8@2 4@4 2@8 1@16",
        "10@2 5@4 2@8 1@16",
        "7@4 3@8 1@16",
        "5@8 2@16",
        "5@16",
    ],
    (243, 3, "table"): [
        "243@1 81@3 27@9 9@27 3@81 1@243",
        "81@3 27@9 9@27 3@81 1@243",
        "27@9 9@27 3@81 1@243",
        "18@27 6@81 2@243",
        "9@81 3@243",
        "6@243",
    ],
    (243, 3, "ceil"): [
        "243@1 81@3 27@9 9@27 3@81 1@243",
        "98@3 32@9 10@27 3@81 1@243",
        "41@9 13@27 4@81 1@243",
        "18@27 6@81 2@243",
        "9@81 3@243",
        "6@243",
    ],
}
# of the brackets for 81: units spent from scratch, and with models that are trained on
COSTS = {
    "table": [(405, 297), (324, 243), (243, 189), (324, 270), (405, 405)],
    "ceil": [(405, 297), (363, 276), (351, 279), (378, 324), (405, 405)],
}


def hyperband(R, factor=3, n_iter=None, **arguments):
    scheduler = HyperbandScheduler(factor=factor, **arguments)
    plan = scheduler.settle(Plan(n_iter, min_resource=1, max_resource=R))
    return Table(scheduler.start(np.random.default_rng(0), plan), plan.n_iter)


@pytest.mark.parametrize(("key", "brackets"), TABLES.items(), ids=str)
def test_one_iteration_of_hyperband_is_the_published_table(key, brackets):
    R, factor, variant = key
    slots = hyperband(R, factor, variant=variant).play(lambda trial, resource: trial)
    assert list(counts(slots).values()) == brackets


@pytest.mark.parametrize(
    ("variant", "total", "trials"), [("table", 1701, 128), ("ceil", 1902, 143)]
)
def test_totals_for_81(variant, total, trials):
    table = hyperband(81, variant=variant)
    slots = table.play(lambda trial, resource: trial)
    assert sum(slot.resource for slot in slots) == total
    reached, costs = {}, {}
    for slot in slots:
        scratch, continued = costs.get(slot.bracket, (0, 0))
        more = slot.resource - reached.get(slot.trial, 0)
        costs[slot.bracket] = scratch + slot.resource, continued + more
        reached[slot.trial] = slot.resource
    assert list(costs.values()) == COSTS[variant]
    assert table.n_trials == trials
    assert sum(slot.resource == 81 for slot in slots) == 10


@pytest.mark.parametrize(
    ("low", "high", "factor", "n"),
    [
        (1, 243, 3, 5),
        (1, 125, 5, 3),
        (1, 1000, 10, 3),
        (1, 80, 3, 3),
        (92, 2499, 3, 3),
        (1, 1, 3, 0),
    ],
)
def test_number_of_divisions_is_not_that_of_a_rounded_logarithm(low, high, factor, n):
    assert n_divisions(low, high, factor) == n


def test_bracket_probabilities_of_asynchronous_hyperband():
    wanted = [0.56942, 0.237258, 0.105448, 0.052724, 0.035149]
    assert np.allclose(bracket_probabilities(1, 81, 3), wanted, atol=1e-6)


def test_less_than_one_iteration_runs_the_first_brackets_as_far_as_they_go():
    slots = hyperband(27, n_iter=31).play(lambda trial, resource: trial)
    assert counts(slots) == {0: "27@1 9@3 3@9 1@27", 1: "4@3 1@9 1@27"}


def test_iterations_follow_each_other():
    slots = hyperband(9, n_iter=30).play(lambda trial, resource: trial)
    assert list(counts(slots).values()) == TABLES[9, 3, "table"] * 2


def test_without_promotions_the_later_iterations_have_fresh_trials_at_every_rung():
    table = hyperband(9, promote="first")
    slots = table.play(lambda trial, resource: trial)
    assert list(counts(slots).values()) == TABLES[9, 3, "table"] * 2
    assert table.n_trials == 15 + 9 + 3 + 1 + 3 + 1 + 3


def test_few_rungs_make_more_than_one_iteration():
    assert HyperbandScheduler().settle(Plan(min_resource=5, max_resource=5)).n_iter == 20
    assert HyperbandScheduler().settle(Plan(min_resource=1, max_resource=3)).n_iter == 20
    assert HyperbandScheduler().settle(Plan(min_resource=1, max_resource=9)).n_iter == 15


# ------------------------------------------------------------- successive halving
@pytest.mark.parametrize(
    ("low", "wanted"),
    [
        ("exhaust", [(27, 22), (9, 66), (3, 198), (1, 594)]),
        ("smallest", [(27, 20), (9, 60), (3, 180), (1, 540)]),
        ("auto", [(27, 22), (9, 67), (3, 200), (1, 600)]),
    ],
)
def test_rungs_of_scikit_learn_s_halving(low, wanted):
    scheduler = SuccessiveHalvingScheduler(min_resources=low)
    plan = Plan(27, min_resource=20, max_resource=600)
    assert scheduler.rungs(plan) == wanted
    settled = scheduler.settle(plan)
    assert (settled.min_resource, settled.max_resource) == (wanted[0][1], wanted[-1][1])
    slots = Table(scheduler.start(None, plan), 27).play(lambda trial, resource: trial)
    assert counts(slots) == {0: " ".join(f"{n}@{r}" for n, r in wanted)}


@pytest.mark.parametrize(
    ("n", "low", "high", "factor"),
    [
        (20, 20, 600, 3),
        (10, 3, 17, 2),
        (7, 50, 60, 3),
        (64, 1, 10, 2.5),
        (1, 4, 90, 3),
        (100, 6, 77, 4),
    ],
)
@pytest.mark.parametrize("low_end", ["exhaust", "smallest"])
@pytest.mark.parametrize("aggressive", [False, True])
def test_rungs_are_those_of_the_installed_scikit_learn(n, low, high, factor, low_end, aggressive):
    """scikit-learn repeats the first resource where it eliminates aggressively."""
    wanted = scikit_learn_s(n, low, high, factor, low_end, aggressive)
    scheduler = SuccessiveHalvingScheduler(
        factor=factor, min_resources=low_end, aggressive_elimination=aggressive
    )
    assert scheduler.rungs(Plan(n, min_resource=low, max_resource=high)) == wanted


def scikit_learn_s(n, low, high, factor, low_end, aggressive):
    import math

    required = 1 + math.floor(math.log(n, factor) + 1e-9)
    if low_end == "exhaust":
        low = max(low, high // factor ** (required - 1))
    possible = 1 + math.floor(math.log(high // low, factor) + 1e-9)
    n_iterations = required if aggressive else min(possible, required)
    rungs = []
    for k in range(n_iterations):
        power = max(0, k - required + possible) if aggressive else k
        rungs.append((n, min(int(factor**power * low), high)))
        n = math.ceil(n / factor)
    first = [rung for rung in rungs if rung[1] == rungs[0][1]]
    return [(rungs[0][0], rungs[0][1]), *rungs[len(first) :]]


def test_exhaust_means_as_many_trials_as_fill_the_last_rung():
    plan = Plan(None, min_resource=20, max_resource=600)
    assert SuccessiveHalvingScheduler(min_resources="smallest").settle(plan).n_iter == 30
    few = Plan(None, min_resource=300, max_resource=569)
    assert SuccessiveHalvingScheduler().settle(few).n_iter == 10


def halving(n, R=9, **arguments):
    plan = Plan(n, min_resource=1, max_resource=R)
    return Table(SuccessiveHalvingScheduler(**arguments).start(None, plan), n)


def test_a_rung_waits_for_all_of_the_one_before_and_ties_go_by_number():
    table = halving(9)
    assert [table.take() for _ in range(10)] == [(t, 0) for t in range(9)] + [None]
    for trial in (8, 0, 5, 3, 1, 2, 7, 6):
        table.end(trial, 1.0)
        assert table.take() is None
    table.end(4, 0.5)
    assert [table.take() for _ in range(4)] == [(4, 1), (0, 1), (1, 1), None]
    for trial in (1, 4, 0):
        table.end(trial, float(trial))
    assert [table.take(), table.take()] == [(0, 2), None]
    table.end(0, 1.0)
    assert table.take() is None


def test_failures_are_not_promoted_and_leave_less_to_promote():
    table = halving(9)
    for _ in range(9):
        table.take()
    for trial in range(9):
        table.end(trial, 1.0 if trial in (3, 7) else NAN)
    assert [table.take() for _ in range(3)] == [(3, 1), (7, 1), None]
    table.end(3, NAN)
    table.end(7, NAN)
    assert table.take() is None


def test_a_space_that_ends_early_goes_on_with_what_there_is():
    slots = Table(halving(27, 27).run, 4).play(lambda trial, resource: trial)
    assert counts(slots) == {0: "4@1 2@3 1@9 1@27"}


def test_floor_is_the_rule_of_the_paper():
    slots = halving(20, 9, rounding="floor").play(lambda trial, resource: trial)
    assert counts(slots) == {0: "20@1 6@3 2@9"}
    slots = halving(20, 9).play(lambda trial, resource: trial)
    assert counts(slots) == {0: "20@1 7@3 3@9"}


@pytest.mark.parametrize(("rate", "n"), [(0, 4), (1, 3), (3, 1), (9, 1)])
def test_brackets_that_are_left_out(rate, n):
    """What remains are the brackets of a ladder that starts higher."""
    scheduler = HyperbandScheduler(min_early_stopping_rate=rate)
    plan = Plan(min_resource=1, max_resource=27)
    low = 27 // 3 ** (n - 1)
    higher = Plan(min_resource=low, max_resource=27)
    assert scheduler.table(plan) == HyperbandScheduler().table(higher)
    assert scheduler.settle(plan) == HyperbandScheduler().settle(higher)


@pytest.mark.parametrize("scheduler", [ASHAScheduler, HyperbandScheduler])
@pytest.mark.parametrize(
    ("rate", "error"), [(-1, ValueError), (1.5, TypeError), ("all", TypeError)]
)
def test_a_rate_is_a_number_of_rungs(scheduler, rate, error):
    with pytest.raises(error, match=rf"min_early_stopping_rate of {scheduler.__name__}"):
        scheduler(min_early_stopping_rate=rate).settle(Plan(9, 1, 1, 9))


def test_one_rung_is_random_search():
    plan = Plan(5, min_resource=7, max_resource=7)
    for scheduler in (SuccessiveHalvingScheduler(), HyperbandScheduler()):
        run = scheduler.start(np.random.default_rng(0), plan)
        assert {s.resource for s in Table(run, 5).play(lambda t, r: 0.0)} == {7}


@pytest.mark.parametrize("scheduler", [SuccessiveHalvingScheduler, HyperbandScheduler])
def test_a_factor_below_two_is_refused(scheduler):
    with pytest.raises(ValueError, match=rf"factor of {scheduler.__name__} must be at least 2"):
        scheduler(factor=1.5).start(np.random.default_rng(0), Plan(9, 1, 1, 9))
