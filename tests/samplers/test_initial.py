"""Points to try first, and the count of trials."""

import pickle

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo._records import Observations, Plan, Points, Proposal, Slot
from skhpo.samplers import SAMPLERS, InitialPoints, SamplerRun, initial_proposals
from skhpo.space import Integer, Real, When, make_space

TINY = make_space({"a": [1, 2, 3], "b": ["x", "y"]})
NOTHING = Observations.empty(2)


class Counter:
    """A run that numbers its proposals, up to `end`; remembers what it was told."""

    def __init__(self, end=1000):
        self.end, self.asked, self.told = end, [], []

    def ask(self, trial, slot, pending):
        self.asked.append((trial, slot, pending))
        n = len(self.asked)
        return None if n > self.end else Proposal(Points.empty(2), {"n": n}, "counter")

    def tell(self, observed):
        self.told.append(observed)


FIRST = [Proposal(Points.empty(2), {"first": i}, "initial") for i in range(2)]


def asked(run, n):
    proposals = [run.ask(trial, Slot(), NOTHING) for trial in range(n)]
    return [None if p is None else next(iter(p.params.items())) for p in proposals]


def test_given_points_come_first_and_all_trials_count():
    inner = Counter()
    run = InitialPoints(inner, FIRST, 4)
    assert isinstance(run, SamplerRun)
    assert asked(run, 6) == [("first", 0), ("first", 1), ("n", 1), ("n", 2), None, None]
    assert not run.exhausted
    assert [trial for trial, _, _ in inner.asked] == [2, 3]


def test_fewer_trials_than_given_points():
    assert asked(InitialPoints(Counter(), FIRST, 1), 3) == [("first", 0), None, None]


def test_without_a_number_of_trials_only_the_run_ends():
    run = InitialPoints(Counter(end=3), FIRST, None)
    assert asked(run, 6) == [("first", 0), ("first", 1), ("n", 1), ("n", 2), ("n", 3), None]
    assert run.exhausted


def test_a_run_that_ends_early_is_exhausted_and_asked_again():
    inner = Counter(end=0)
    run = InitialPoints(inner, [], 4)
    assert asked(run, 2) == [None, None]
    assert run.exhausted
    assert len(inner.asked) == 2


def test_everything_is_passed_on():
    inner = Counter()
    run = InitialPoints(inner, FIRST[:1], None)
    run.ask(0, Slot(), NOTHING)
    slot = Slot(bracket=2, rung=1, resource=9.0)
    run.ask(1, slot, NOTHING)
    run.tell(NOTHING)
    assert inner.asked == [(1, slot, NOTHING)]
    assert inner.told == [NOTHING]


@pytest.mark.parametrize("name", sorted(SAMPLERS))
@pytest.mark.parametrize("ending", ["pending", "complete", "failed"])
def test_every_sampler_regards_given_points_as_tried(name, ending):
    given = [{"a": 3, "b": "y"}, {"a": 1, "b": "y"}]
    spec = SAMPLERS[name]()
    inner = spec.start(TINY, np.random.default_rng(0), Plan(n_iter=6))
    run = InitialPoints(inner, initial_proposals(TINY, None, given), 6)
    drawn = []
    for trial in range(6):
        pending = told(drawn, "pending") if ending == "pending" else NOTHING
        drawn.append(run.ask(trial, Slot(), pending))
        if ending != "pending":
            run.tell(told(drawn, ending)[-1:])
        run = pickle.loads(pickle.dumps(run))
    assert [p.params for p in drawn[:2]] == given
    assert len({(p.params["a"], p.params["b"]) for p in drawn}) == 6


def told(proposals, status):
    n = len(proposals)
    loss = np.full(n, 0.5 if status == "complete" else np.nan)
    points = Points.concatenate([TINY.normalize(np.empty((0, 2))), *(p.point for p in proposals)])
    ones = np.ones(n)
    return Observations(np.arange(n), loss, ones, np.array([status] * n, dtype="<U9"), ones, points)


def test_none_gives_none():
    assert initial_proposals(TINY, SVC(), None) == []


def test_the_estimator_as_it_stands():
    space = make_space({"C": stats.loguniform(1e-3, 1e3), "gamma": Real(1e-4, 1, log=True)})
    (proposal,) = initial_proposals(space, SVC(C=1 / 7, gamma=0.02 / 3), "estimator")
    assert proposal.origin == "initial"
    assert proposal.params == {"C": 1 / 7, "gamma": 0.02 / 3}  # the very numbers
    assert space.decode(proposal.point)[0] != proposal.params
    assert space.keys(proposal.point) == space.keys(space.encode(proposal.params))


def test_the_estimator_moved_into_the_space():
    space = make_space({"C": Real(5, 10), "degree": Integer(1, 5)})
    (proposal,) = initial_proposals(space, SVC(), "estimator")
    assert proposal.origin == "initial-moved"
    assert proposal.params == {"C": 5.0, "degree": 3}


def test_the_estimator_in_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
    space = make_space({"logisticregression__C": Real(0.01, 100, log=True)})
    (proposal,) = initial_proposals(space, pipeline, "estimator")
    assert (proposal.params, proposal.origin) == ({"logisticregression__C": 0.5}, "initial")


def test_given_dicts_keep_their_numbers_and_the_space_s_objects():
    scaler = StandardScaler()
    space = make_space({"C": Real(1e-3, 1e3, log=True), "scaler": [scaler, None], "n": [1, 5, 9]})
    given = {"C": np.float64(1 / 7), "scaler": StandardScaler(), "n": 5.0}
    (proposal,) = initial_proposals(space, None, [given])
    assert proposal.origin == "initial"
    assert proposal.params == {"C": 1 / 7, "scaler": scaler, "n": 5}
    assert proposal.params["scaler"] is scaler
    assert (type(proposal.params["C"]), type(proposal.params["n"])) == (float, int)


def test_given_dicts_are_tried_once_each_in_order():
    given = [{"a": 3, "b": "y"}, {"a": 1, "b": "x"}, {"a": 3, "b": "y"}]
    proposals = initial_proposals(TINY, None, given)
    assert [p.params for p in proposals] == given[:2]


CONDITIONAL = make_space(
    {
        "kernel": ["linear", "rbf"],
        "gamma": When(Real(0.1, 1), kernel="rbf"),
        "C": [1.0, 2.0, 4.0],
    },
    lambda p: p["C"] < 4,
)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"kernel": "poly", "C": 1.0}, r"kernel='poly' is not among the values of \['linear'"),
        ({"kernel": "rbf", "C": 1.0, "gamma": 7}, "gamma=7 is not among the values of When"),
        ({"kernel": "linear", "C": 1.5}, "C=1.5 is not among the values"),
        ({"kernel": "linear", "C": 1.0, "coef0": 1}, "it has no parameter 'coef0'"),
        ({"kernel": "linear", "C": 1.0, "gamma": 0.5}, "do not go together"),
        ({"kernel": "rbf", "C": 1.0}, "do not go together"),
        ({"kernel": "linear", "C": 4.0}, "breaks a constraint"),
    ],
)
def test_dicts_outside_the_space_are_refused_by_number_and_name(params, message):
    good = {"kernel": "linear", "C": 1.0}
    with pytest.raises(ValueError, match=rf"initial_params\[1\].*{message}"):
        initial_proposals(CONDITIONAL, None, [good, params])


def test_a_dimension_with_rvs_alone_takes_no_initial_values():
    class Die:
        def rvs(self, random_state):
            return random_state.randint(1, 7)

    space = make_space({"die": Die()}, model=False)
    with pytest.raises(ValueError, match=r"initial_params\[0\].*'die'.*ppf"):
        initial_proposals(space, None, [{"die": 3}])


@pytest.mark.parametrize("initial", ["default", {"C": 1}, 3])
def test_other_forms_are_refused(initial):
    with pytest.raises(TypeError, match="initial_params must be 'estimator', a list of dicts"):
        initial_proposals(TINY, None, initial)
    with pytest.raises(TypeError, match=r"initial_params\[0\] must be a dict"):
        initial_proposals(TINY, None, [initial] if not isinstance(initial, dict) else ["C"])
