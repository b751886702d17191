"""BOHB, DEHB and Bayesian search: what each resource is good for."""

from dataclasses import replace

import numpy as np
import pytest

from skhpo import Real
from skhpo._records import Observations, Plan, Points, Slot
from skhpo.samplers import BayesSampler, BOHBSampler, DEHBSampler
from skhpo.samplers._bayes_rungs import Rungs, can_learn, without_resource
from skhpo.samplers._dehb import Population, PopulationSizes
from skhpo.samplers._tpe_split import Trials
from skhpo.space import make_space

SPACE = make_space({"a": Real(0.0, 1.0), "b": Real(0.0, 1.0)})
PLAN = Plan(50, 1, 1.0, 9.0)


def told(x, loss, resource, first=0):
    x, n = np.asarray(x, dtype=float), len(x)
    return Observations(
        trial=np.arange(first, first + n),
        loss=np.asarray(loss, dtype=float),
        resource=np.full(n, float(resource)),
        status=np.where(np.isnan(loss), "failed", "complete").astype("<U9"),
        cost=np.zeros(n),
        points=Points(x, np.ones(x.shape, dtype=bool)),
    )


def asked(run, n, resource=1.0, first=1000):
    none = Observations.empty(2)
    return [run.ask(first + i, Slot(resource=resource), none) for i in range(n)]


def bohb(**arguments):
    return BOHBSampler(**arguments).start(SPACE, np.random.default_rng(0), PLAN)


def near(proposals, center):
    return np.mean([abs(p.point.x[0] - center).max() < 0.25 for p in proposals])


def cloud(rng, center, n=20):
    x = rng.random((n, 2))
    return x, np.abs(x - center).max(axis=1)


def test_bohb_models_the_largest_resource_that_has_trials_enough():
    rng = np.random.default_rng(1)
    run = bohb(random_fraction=0.0, pool=False)
    run.tell(told(*cloud(rng, 0.2), 3))
    assert near(asked(run, 20), 0.2) > 0.7
    run.tell(told(*cloud(rng, 0.8, 3), 9, first=100))  # four are needed
    assert near(asked(run, 20, first=2000), 0.2) > 0.7
    run.tell(told(*cloud(rng, 0.8, 15), 9, first=200))
    assert near(asked(run, 20, first=3000), 0.8) > 0.7


@pytest.mark.parametrize("pool, expected", [(True, 0.8), (False, 0.2)])
def test_what_bohb_stopped_is_behind_what_reached_a_higher_resource(pool, expected):
    rng = np.random.default_rng(1)
    run = bohb(random_fraction=0.0, pool=pool)
    low = 0.2 + rng.uniform(-0.1, 0.1, (15, 2))
    high = 0.8 + rng.uniform(-0.1, 0.1, (2, 2))
    x = np.concatenate([low, high, rng.random((3, 2))])
    run.tell(told(x, np.arange(20), 3))  # at 3, those near 0.2 are best
    run.tell(told(high, [50.0, 51.0], 9, first=15))  # but two others were promoted
    assert near(asked(run, 20), expected) > 0.6


@pytest.mark.parametrize(
    "pool, higher, origin", [(True, 3, "bohb"), (False, 3, "sobol"), (True, 2, "sobol")]
)
def test_bohb_s_stopped_trials_make_up_the_number(pool, higher, origin):
    """Four trials are enough, but not three of which one was promoted."""
    x = np.random.default_rng(1).random((4, 2))
    run = bohb(random_fraction=0.0, pool=pool)
    run.tell(told(x[:3], [1.0, 2.0, 3.0], 3))
    run.tell(told(x[higher : higher + 1], [1.0], 9, first=higher))
    assert {p.origin for p in asked(run, 5)} == {origin}


@pytest.mark.parametrize("middle", [True, False])
def test_bohb_starts_in_the_middle(middle):
    first = asked(bohb(middle=middle), 1)[0]
    assert (set(first.params.values()) == {0.5}) == middle


@pytest.mark.parametrize("min_share, taught", [(0.3, False), (0.0, True), (1 / 9, True)])
def test_bohb_learns_nothing_from_little_of_the_resource(min_share, taught):
    run = bohb(random_fraction=0.0, min_share=min_share)
    run.tell(told(*cloud(np.random.default_rng(1), 0.2), 1))
    assert {p.origin for p in asked(run, 5)} == {"bohb" if taught else "sobol"}


PUBLISHED = {"bandwidth": "normal-reference", "bandwidth_factor": 3.0}


@pytest.mark.parametrize(
    "arguments, closes_in",
    [({}, False), (PUBLISHED, False), ({**PUBLISHED, "shrinkage": 0.0}, True)],
)
def test_bohb_does_not_close_in_on_what_good_trials_share(arguments, closes_in):
    rng = np.random.default_rng(1)
    x = np.concatenate([[0.3, 0.5] + rng.uniform(-1, 1, (5, 2)) * [1e-4, 0.2], rng.random((15, 2))])
    run = bohb(random_fraction=0.0, **arguments)
    run.tell(told(x, np.arange(20), 9))
    spread = np.std([p.point.x[0, 0] for p in asked(run, 50, first=0)])
    assert spread < 0.01 if closes_in else spread > 0.02


def widths_of_draws(x, first, **arguments):
    """How far candidates lie from the nearest of the three good trials, x[:3], in the mean."""
    run = bohb(random_fraction=0.0, n_candidates=1, **arguments)
    run.tell(told(x, np.arange(len(x)), 9))
    drawn = np.array([p.point.x[0] for p in asked(run, 200, first=first)])
    return np.abs(drawn[:, None] - x[:3]).max(axis=2).min(axis=1).mean()


@pytest.mark.parametrize("arguments, narrows", [({}, True), (PUBLISHED, False)])
def test_bohb_narrows_as_the_budget_is_spent(arguments, narrows):
    x = np.random.default_rng(1).random((20, 2))
    early, late = (widths_of_draws(x, first, **arguments) for first in (-200, 50))
    assert late < 0.75 * early if narrows else late == early


@pytest.mark.parametrize(
    "needed, n_iter, n, origin",
    [
        ("auto", 50, 5, "sobol"),
        ("auto", 50, 6, "bohb"),
        ("auto", None, 6, "bohb"),
        ("auto", 23, 4, "bohb"),
        ("auto", 23, 3, "sobol"),
        ("auto", 7, 4, "bohb"),
        ("auto", 7, 3, "sobol"),
        (1, 50, 3, "sobol"),
        (4, 50, 8, "bohb"),
        (5, 50, 8, "sobol"),
    ],
)
def test_bohb_needs_no_more_trials_in_a_space_of_many_parameters(needed, n_iter, n, origin):
    space = make_space({f"x{j}": Real(0.0, 1.0) for j in range(8)})
    sampler = BOHBSampler(random_fraction=0.0, min_points_in_model=needed)
    run = sampler.start(space, np.random.default_rng(0), Plan(n_iter, 1, 1.0, 9.0))
    x = np.random.default_rng(1).random((n, 8))
    run.tell(told(x, np.arange(n), 9))
    none = Observations.empty(8)
    assert run.ask(100, Slot(resource=9.0), none).origin == origin


@pytest.mark.parametrize("n_iter, origin", [(7, "bohb"), (8, "sobol")])
def test_one_good_trial_is_enough_for_bohb_where_the_search_is_short(n_iter, origin):
    sampler = BOHBSampler(random_fraction=0.0)
    run = sampler.start(SPACE, np.random.default_rng(0), Plan(n_iter, 1, 1.0, 9.0))
    run.tell(told(np.random.default_rng(1).random((4, 2)), [1.0] + [np.nan] * 3, 9))
    assert asked(run, 1)[0].origin == origin


@pytest.mark.parametrize(
    "arguments, error, said",
    [
        ({"min_points_in_model": "d"}, ValueError, "min_points_in_model of BOHBSampler"),
        ({"min_points_in_model": 0}, ValueError, "min_points_in_model of BOHBSampler"),
        ({"bandwidth": "scott"}, ValueError, "bandwidth of BOHBSampler"),
        ({"shrinkage": -0.1}, ValueError, "shrinkage of BOHBSampler"),
        ({"pool": "no"}, TypeError, "pool of BOHBSampler"),
        ({"random_fraction": 2}, ValueError, "random_fraction of BOHBSampler"),
    ],
)
def test_bohb_says_what_is_wrong(arguments, error, said):
    with pytest.raises(error, match=said):
        bohb(**arguments)


def test_bohb_draws_its_share_without_the_model():
    run = bohb(random_fraction=0.5)
    run.tell(told(*cloud(np.random.default_rng(1), 0.2), 3))
    origins = [proposal.origin for proposal in asked(run, 200)]
    assert 0.35 < origins.count("sobol") / 200 < 0.65
    assert {p.origin for p in asked(bohb(), 5)} == {"sobol"}  # nothing is known


def test_bohb_takes_failures_as_bad():
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(0, 0.5, (10, 2)), rng.uniform(0.5, 1, (10, 2))])
    run = bohb(random_fraction=0.0)
    run.tell(told(x, [np.nan] * 10 + [1.0] * 10, 3))
    assert np.mean([p.point.x.min() > 0.4 for p in asked(run, 20)]) > 0.6
    run = bohb(random_fraction=0.0)
    run.tell(told(x, [np.nan] * 20, 3))
    assert {p.origin for p in asked(run, 5)} == {"sobol"}


def test_sizes_of_dehb_s_populations_are_hyperband_s_largest_rungs():
    sizes = PopulationSizes(Plan(None, 1, 1.0, 81.0), 3)
    assert [sizes(r) for r in (1, 3, 9, 27, 81)] == [81, 27, 9, 6, 5]


def test_dehb_fills_a_population_before_it_evolves():
    run = DEHBSampler().start(SPACE, np.random.default_rng(0), PLAN)
    first = asked(run, 9, first=0)
    assert {p.origin for p in first} == {"random"}
    x = np.concatenate([p.point.x for p in first])
    run.tell(told(x, np.arange(9), 1))
    assert {p.origin for p in asked(run, 9)} == {"dehb"}
    assert {p.origin for p in asked(run, 5, resource=9.0, first=3000)} == {"random"}


def test_dehb_s_members_give_way_to_what_is_at_least_as_good():
    population = Population(3)
    for trial, loss in enumerate([1.0, 5.0, 3.0]):
        population.add(trial, np.full(2, trial / 10), loss)
    assert population.is_full
    population.targets[7] = 0
    population.add(7, np.full(2, 0.7), 1.0)  # a tie wins
    assert population.losses == [1.0, 5.0, 3.0]
    assert population.rows[0][0] == pytest.approx(0.7)
    population.targets[8] = 0
    population.add(8, np.full(2, 0.8), 2.0)
    assert population.rows[0][0] == pytest.approx(0.7)
    population.add(9, np.full(2, 0.9), 4.0)  # promoted from below: against the worst
    assert population.losses == [1.0, 4.0, 3.0]
    assert [row[0] for row in population.best(2)] == pytest.approx([0.7, 0.2])


def test_dehb_draws_its_parents_from_the_next_lower_resource():
    run = DEHBSampler().start(SPACE, np.random.default_rng(0), PLAN)
    run.tell(told(np.full((9, 2), 0.1) + np.arange(9)[:, None] / 100, np.arange(9), 1))
    run.tell(told(np.full((5, 2), 0.9), np.arange(5), 3, first=100))
    assert run._parents(3.0).max() < 0.2
    assert run._parents(1.0).max() < 0.2
    assert run._parents(9.0).min() > 0.8


# ------------------------------------------------------------------------ Bayesian
def bayes(plan=PLAN, **arguments):
    some = {"n_candidates": 128, "n_starts": 2, "min_share": 0.0}
    arguments = {**some, **arguments}
    return BayesSampler(**arguments).start(SPACE, np.random.default_rng(0), plan)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"acquisition": "thompson"}, {"surrogate": "forest"}, {"cost_aware": True}],
    ids=repr,
)
def test_a_model_learns_from_little_of_the_resource(arguments):
    run = bayes(**arguments)
    run.tell(told(*cloud(np.random.default_rng(1), 0.2), 1))
    proposals = asked(run, 12)
    assert near(proposals, 0.2) > 0.6
    origins = [proposal.origin for proposal in proposals]
    surrogate = arguments.get("surrogate", "gp")
    assert origins.count(surrogate) >= (8 if surrogate == "forest" else 12)  # it draws now and then


@pytest.mark.parametrize("surrogate", ["gp", "forest"])
@pytest.mark.parametrize("min_share, origin", [(0.3, "sobol"), (1 / 9, "model")])
def test_a_model_may_leave_low_rungs_out(surrogate, min_share, origin):
    run = bayes(surrogate=surrogate, min_share=min_share)
    run.tell(told(*cloud(np.random.default_rng(1), 0.2), 1))
    proposed = {proposal.origin for proposal in asked(run, 4)}
    assert ({surrogate} <= proposed) if origin == "model" else proposed == {"sobol"}
    run.tell(told(*cloud(np.random.default_rng(2), 0.8, 12), 3, first=100))
    assert surrogate in {proposal.origin for proposal in asked(run, 4)}


def test_without_rungs_less_than_all_teaches_nothing():
    run = bayes(Plan(50))
    run.tell(told(*cloud(np.random.default_rng(1), 0.2), 0.5))  # such as folds left out
    assert {proposal.origin for proposal in asked(run, 4)} == {"sobol"}


def test_where_rungs_disagree_what_counts_is_the_full_resource():
    rng = np.random.default_rng(1)
    run = bayes()
    run.tell(told(*cloud(rng, 0.2, 30), 1))
    run.tell(told(*cloud(rng, 0.8, 30), 9, first=100))
    assert near(asked(run, 10), 0.8) > 0.6


def test_levels_of_the_rungs_are_no_merit():
    """At the full resource all losses are lower; the low rung alone knows of the place at 0.2."""
    rng = np.random.default_rng(1)
    run = bayes()
    x, loss = cloud(rng, 0.2, 30)
    run.tell(told(x, loss + 10.0, 1))
    run.tell(told(x[:4] * 0.2 + 0.8, np.abs(x[:4] * 0.2 + 0.6).max(axis=1), 9, first=100))
    assert near(asked(run, 10), 0.2) > 0.6


@pytest.mark.parametrize("plan, resource", [(PLAN, 9), (Plan(50), 1)])
def test_rough_losses_widen_the_region_without_rungs_alone(plan, resource):
    run = bayes(plan, region=0.1, n_candidates=512)
    x, loss = cloud(np.random.default_rng(1), 0.5, 40)
    run.tell(told(x, loss + np.random.default_rng(2).normal(size=40), resource))
    proposed = np.concatenate([proposal.point.x for proposal in asked(run, 6, resource)])
    gap = np.abs(proposed[:, None] - x).max(axis=2).min()
    assert (gap <= 0.1 * 0.15 + 1e-12) == (plan is PLAN)  # what is left of the region in the end


def test_every_job_is_a_row_and_pending_ones_have_their_resource():
    run = bayes()
    x, loss = cloud(np.random.default_rng(1), 0.2, 12)
    run.tell(told(x, loss, 1))
    run.tell(told(x[:4], loss[:4], 3))
    run.tell(told(x[:1], [np.nan], 9))
    assert (len(run._first._trials), len(run._first._jobs)) == (12, 17)
    placed = Rungs(1.0, 9.0).place(run._first._jobs.points, run._first._jobs.resource)
    assert sorted(set(placed.x[:, -1])) == pytest.approx([0.0, 0.5, 1.0])
    pending = told(x[2:3], [np.nan], 9)
    seen, criterion = [], run._first._criterion
    run._first._criterion = lambda *given: seen.append((given, criterion(*given))) or seen[-1][1]
    assert run.ask(50, Slot(resource=1.0), pending).origin == "gp"
    (_, flying, _, margin), found = seen[0]
    assert (len(flying), flying.x[0, -1], len(found.model.points)) == (1, 1.0, 18)
    at_full = found.model.predict(without_resource(found.model.points))[0].min(axis=0)
    np.testing.assert_allclose(found.best, at_full - margin)


def test_a_model_waits_for_losses_that_differ_at_one_resource():
    empty = Trials.empty(2)
    same = empty.with_(told(np.eye(2), [1.0, 1.0], 1), 9.0, every_job=True)
    assert not can_learn(same)
    assert not can_learn(same.with_(told(np.eye(2)[:1], [0.0], 3), 9.0, every_job=True))
    assert can_learn(same.with_(told(np.eye(2)[:1], [0.0], 1, first=9), 9.0, every_job=True))


def test_very_bad_losses_are_clipped_within_their_rung():
    model = bayes()._first._models[0]
    x = np.linspace(0, 1, 8)[:, None].repeat(2, axis=1)
    run = bayes()
    run.tell(told(x[:4], [1.0, 2.0, 3.0, 1e9], 1))
    run.tell(told(x[4:], [10.0, 20.0, 30.0, 40.0], 9, first=50))
    y = run._first._fit(model).y[:, 0]
    spread = np.ptp(y)
    assert (y[3] - y[0]) / spread < 0.25  # not 1e9 times the rest


@pytest.mark.parametrize("plan, resource", [(PLAN, 9), (Plan(50), 1)])
def test_rival_branches_have_no_turn_under_rungs(plan, resource):
    space = make_space([{"k": ["good"], "u": Real(0.0, 1.0)}, {"k": ["bad"], "v": Real(0.0, 1.0)}])
    run = BayesSampler(restarts=False).start(space, np.random.default_rng(0), plan)
    x = np.random.default_rng(1).random((48, 3))
    bad = np.arange(48) % 8 == 7
    x[:, 0] = np.where(bad, 0.75, 0.25)
    # after 6 trials "good" had 20 too; afterwards all is better, and nothing is gained in the end
    loss = np.where(bad, 20.0, 20.0 * (np.arange(48) < 8)) + x[:, 1] + (np.arange(48) > 30)
    run.tell(replace(told(x, loss, resource), points=space.normalize(x)))
    slot, none = Slot(resource=resource), Observations.empty(3)
    branches = [run.ask(1002 + i, slot, none).params["k"] for i in range(6)]
    assert branches.count("bad") == (0 if plan is PLAN else 3)
