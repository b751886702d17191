"""The design of the first trials."""

import numpy as np
import pytest

from skhpo._records import Observations, Plan, Slot
from skhpo.samplers import (
    BayesSampler,
    BOHBSampler,
    CMAESSampler,
    EvolutionSampler,
    SobolSampler,
    TPESampler,
)
from skhpo.samplers._startup import StartupRun, design_spread
from skhpo.space import Real, make_space

SPACE = make_space({"x": Real(0, 1), "y": Real(0, 1)})
NOTHING = Observations.empty(2)


def observed(x, trial=0):
    points = SPACE.normalize(np.array([x]))
    one = np.ones(1)
    return Observations(np.array([trial]), one, one, np.array(["complete"]), one, points)


def asked(run, n, pending=NOTHING):
    return [tuple(run.ask(i, Slot(), pending).point.x[0]) for i in range(n)]


def sobol(n, seed=0):
    run = SobolSampler().start(SPACE, np.random.default_rng(seed), Plan(n_iter=n))
    return asked(run, n)


def start(n, seed=0):
    return StartupRun(SPACE, np.random.default_rng(seed), n)


def test_without_other_trials_it_is_the_sequence():
    assert asked(start(4), 8) == sobol(8)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("way", ["told", "pending"])
def test_a_known_trial_takes_the_place_of_the_nearest_point(seed, way):
    known, run = (0.1, 0.2), start(4, seed)
    if way == "told":
        run.tell(observed(known))
    design = asked(run, 3, observed(known) if way == "pending" else NOTHING)
    nearest = min(sobol(4, seed), key=lambda x: np.abs(np.subtract(x, known)).sum())
    assert design == [x for x in sobol(4, seed) if x != nearest]


def test_more_known_trials_than_points():
    run = start(2)
    for i, x in enumerate([(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)]):
        run.tell(observed(x, i))
    assert asked(run, 2) == sobol(4)[2:]


def test_points_of_the_design_that_others_tried_are_skipped():
    run = start(4)
    design = sobol(4)
    run.ask(0, Slot(), NOTHING)
    run.tell(observed(design[1], 7))
    assert asked(run, 2) == design[2:]


def test_a_finite_space_ends():
    space = make_space({"x": [1, 2, 3]})
    run = StartupRun(space, np.random.default_rng(0), 8)
    proposals = [run.ask(i, Slot(), Observations.empty(1)) for i in range(4)]
    assert {p.params["x"] for p in proposals[:3]} == {1, 2, 3} and proposals[3] is None


def test_points_that_gave_way_are_not_lost():
    space = make_space({"x": [1, 2, 3, 4]})
    run = StartupRun(space, np.random.default_rng(0), 4)
    point = space.normalize(np.array([[0.6]]))
    one = np.ones(1)
    run.tell(Observations(np.array([-1]), one, one, np.array(["complete"]), one, point))
    proposals = [run.ask(i, Slot(), Observations.empty(1)) for i in range(5)]
    assert {p.params["x"] for p in proposals[:4]} == {1, 2, 3, 4} and proposals[4] is None


def branches():
    return make_space([{"k": ["a"], "u": Real(0, 1)}, {"k": ["b"], "v": Real(0, 1), "w": [1, 2]}])


def test_the_first_point_of_each_branch_is_its_middle():
    for seed in range(5):
        run = StartupRun(branches(), np.random.default_rng(seed), 8, middle=True)
        nothing = Observations.empty(4)
        design = [run.ask(i, Slot(), nothing).params for i in range(8)]
        at = [params.get("u", params.get("v")) for params in design]
        first = [[p["k"] for p in design].index(k) for k in "ab"]
        assert [i for i in range(8) if at[i] == 0.5] == sorted(first)


def test_a_branch_that_was_tried_has_no_middle():
    space = branches()
    run = StartupRun(space, np.random.default_rng(0), 8, middle=True)
    point = space.encode({"k": "a", "u": 0.1})
    one = np.ones(1)
    run.tell(Observations(np.array([0]), one, one, np.array(["complete"]), one, point))
    design = [run.ask(i, Slot(), Observations.empty(4)).params for i in range(1, 8)]
    assert [p["k"] for p in design if 0.5 in p.values()] == ["b"]


def answered(run, n):
    """The values of n that a run asks for where each is told as complete before the next."""
    values, one = [], np.ones(1)
    for i in range(n):
        proposal = run.ask(i, Slot(), Observations.empty(1))
        status = np.array(["complete"])
        run.tell(Observations(np.array([i]), one, one, status, one, proposal.point))
        values.append(proposal.params["n"])
    return values


def test_what_gave_way_to_the_middle_comes_last():
    space = make_space({"n": list(range(8))})
    run = StartupRun(space, np.random.default_rng(0), 4, middle=True)
    asked = answered(run, 8)
    assert asked[0] in (3, 4) and sorted(asked) == list(range(8))


@pytest.mark.parametrize("way", ["known", "forbidden"])
def test_one_branch_has_no_middle_where_something_is_known_or_constraints_forbid_it(way):
    space = make_space({"x": Real(0, 1), "y": Real(0, 1)}, lambda p: p["x"] != 0.5)
    run = StartupRun(space if way == "forbidden" else SPACE, np.random.default_rng(0), 4, True)
    if way == "known":
        run.tell(observed((0.1, 0.2)))
    assert (0.5, 0.5) not in asked(run, 3)
    assert (0.5, 0.5) in asked(StartupRun(SPACE, np.random.default_rng(0), 4, True), 1)


# ------------------------------------------------------------------------- spread
@pytest.mark.parametrize(
    "budget, spread", [(1, 0.5), (6, 0.5), (9, 0.75), (12, 1.0), (500, 1.0), (None, 1.0)]
)
def test_few_trials_keep_away_from_the_edges(budget, spread):
    assert design_spread(budget) == spread


def test_the_design_lies_closer_to_the_middle_and_the_sequence_does_not():
    run = StartupRun(SPACE, np.random.default_rng(0), 4, spread=0.5)
    usual = np.array(sobol(8))
    drawn = np.array(asked(run, 8))
    assert drawn[:4] == pytest.approx(0.5 + 0.5 * (usual[:4] - 0.5), abs=1e-12)
    assert drawn[4:] == pytest.approx(usual[4:])


def test_categories_and_branches_are_those_of_the_sequence():
    space = make_space([{"k": [1, 2], "c": ["a", "b"]}, {"k": [3], "u": Real(0, 1)}])
    nothing = Observations.empty(space.n_columns)
    usual, narrow = (
        [run.ask(i, Slot(), nothing).params for i in range(8)]
        for run in (
            StartupRun(space, np.random.default_rng(1), 8, spread=spread) for spread in (1.0, 0.5)
        )
    )
    assert [p.get("c") for p in narrow] == [p.get("c") for p in usual]
    assert [set(p) for p in narrow] == [set(p) for p in usual]
    moved = [
        abs(p["u"] - 0.5) / abs(q["u"] - 0.5)
        for p, q in zip(narrow, usual, strict=True)
        if "u" in p
    ]
    assert moved == pytest.approx([0.5] * len(moved)) and moved


def test_what_gave_way_to_the_spread_comes_last():
    space = make_space({"n": list(range(8))})
    run = StartupRun(space, np.random.default_rng(0), 4, spread=0.5)
    asked = answered(run, 8)
    assert set(asked[:2]) <= {2, 3, 4, 5} and sorted(asked) == list(range(8))


@pytest.mark.parametrize(
    "sampler", [BayesSampler(), BOHBSampler(), CMAESSampler(), EvolutionSampler(), TPESampler()]
)
def test_every_sampler_with_a_model_begins_in_the_inner_half_where_trials_are_few(sampler):
    few, many = (
        [sampler.start(SPACE, np.random.default_rng(seed), Plan(n_iter=n)) for seed in range(8)]
        for n in (6, 60)
    )
    first, usual = (np.array([asked(run, 2) for run in runs]) for runs in (few, many))
    assert np.abs(first - 0.5).max() <= 0.25 < np.abs(usual - 0.5).max()
