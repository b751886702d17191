"""The checks see what is wrong: each flaw is built in once and must be found."""

import itertools

import numpy as np
import pytest
from sklearn.utils import check_random_state

from skhpo._records import Points, Proposal, Slot
from skhpo.execution import Failure, make_executor
from skhpo.samplers import Sampler, SobolSampler
from skhpo.schedulers import Scheduler
from skhpo.testing import check_executor, check_sampler, check_scheduler, spaces


class Run:
    """Sobol points, altered by whoever inherits it."""

    def __init__(self, space, rng, plan):
        self.space, self.rng, self.plan = space, rng, plan
        self.inner = SobolSampler().start(space, rng, plan)
        self.n_asked = self.n_told = 0

    def ask(self, trial, slot, pending):
        self.n_asked += 1
        proposal = self.inner.ask(trial, slot, pending)
        return proposal if proposal is None else self.alter(proposal)

    def alter(self, proposal):
        return proposal

    def at(self, x):
        point = self.space.normalize(x)
        return Proposal(point, self.space.decode(point)[0], "flawed")

    def tell(self, observed):
        self.n_told += 1
        self.inner.tell(observed)


class Honest(Sampler):
    def __init__(self, run=Run):
        self.run = run

    def start(self, space, rng, plan):
        return self.run(space, rng, plan)


class OutsideTheSpace(Run):
    def alter(self, proposal):
        return Proposal(proposal.point, {**proposal.params, "x": 99.0}, "flawed")


class OtherPoint(Run):
    def alter(self, proposal):
        return Proposal(self.space.normalize(1 - proposal.point.x), proposal.params, "flawed")


class OutsideTheCube(Run):
    def alter(self, proposal):
        x = np.where(proposal.point.x > 0.9, 1.5, proposal.point.x)
        return Proposal(Points(x, proposal.point.active), proposal.params, "flawed")


class OffCode(Run):
    def alter(self, proposal):
        x = proposal.point.x.copy()
        x[0, 1] = x[0, 1] * 0.99 + 0.004
        return Proposal(Points(x, proposal.point.active), proposal.params, "flawed")


class WrongMask(Run):
    def alter(self, proposal):
        point = Points(proposal.point.x, np.ones_like(proposal.point.active))
        return Proposal(point, proposal.params, "flawed")


class OneRowTooMany(Run):
    def alter(self, proposal):
        point = Points.concatenate([proposal.point] * 2)
        return Proposal(point, proposal.params, "flawed")


class Nameless(Run):
    def alter(self, proposal):
        return Proposal(proposal.point, proposal.params, "")


class NumpyScalars(Run):
    def alter(self, proposal):
        params = {**proposal.params, "x": np.float64(proposal.params["x"])}
        return Proposal(proposal.point, params, "flawed")


class Repeating(Run):
    def alter(self, proposal):
        return self.at(np.full((1, self.space.n_columns), 0.3))


class DeafToStrangers(Run):
    def tell(self, observed):
        pass


class EndsEarly(Run):
    def ask(self, trial, slot, pending):
        return None if self.n_asked == 4 else super().ask(trial, slot, pending)


class NeverEnds(Run):
    def ask(self, trial, slot, pending):
        proposal = super().ask(trial, slot, pending)
        return self.at(np.full((1, self.space.n_columns), 0.3)) if proposal is None else proposal


class NoSeed(Run):
    def alter(self, proposal):
        return self.at(np.random.default_rng().random(proposal.point.x.shape))


class GlobalSeed(Run):
    def alter(self, proposal):
        return self.at(check_random_state(None).uniform(size=proposal.point.x.shape))


class ForgetsWhenPickled(Run):
    def alter(self, proposal):
        x = np.random.default_rng(self.n_asked).random(proposal.point.x.shape)
        return self.at(x)

    def __getstate__(self):
        return {**vars(self), "n_asked": 1000}


class Clinging(Run):
    """Stays near one point as long as losses are equal."""

    def alter(self, proposal):
        return self.at(0.4 + 0.1 * proposal.point.x)


class Divides(Run):
    def tell(self, observed):
        observed.loss - observed.loss.mean()
        np.float64(1.0) / (observed.loss.max() - observed.loss.min())


class Writes(Run):
    def tell(self, observed):
        observed.loss[:] = 0.0


class Constrained(Run):
    def ask(self, trial, slot, pending):
        self.n_asked += 1
        return self.at(self.rng.random((1, self.space.n_columns)))


class RemembersItsRun(Honest):
    def start(self, space, rng, plan):
        self.last_run_ = Run(space, rng, plan)
        return self.last_run_


class RefusesWithoutAName(Honest):
    def start(self, space, rng, plan):
        raise ValueError("no")


def test_an_honest_sampler_passes():
    assert check_sampler(Honest()) is None


@pytest.mark.parametrize(
    ("run", "space", "message"),
    [
        (OutsideTheSpace, "mixed", "lies outside the space"),
        (OtherPoint, "log", "the point does not mean"),
        (OutsideTheCube, "log", "outside the cube"),
        (OffCode, "integer", "codes are canonical"),
        (WrongMask, "conditional", "mask breaks conditions"),
        (OneRowTooMany, "mixed", "one row a proposal"),
        (Nameless, "mixed", "names its sampler"),
        (NumpyScalars, "mixed", r"\['x'\] are no Python scalars"),
        (Repeating, "mixed", "has been tried"),
        (DeafToStrangers, "tiny", "has been tried"),
        (EndsEarly, "tiny", "2 of 6 configurations untried"),
        (EndsEarly, "mixed", "cannot be exhausted"),
        (NeverEnds, "tiny", "has been tried"),
        (NoSeed, "log", "same seed, other proposals"),
        (GlobalSeed, "log", "same seed, other proposals|global generator"),
        (ForgetsWhenPickled, "log", "same seed, other proposals"),
        (Clinging, "half", "constant losses, yet 'x' is not uniform"),
        (Constrained, "half", "a constraint forbids"),
    ],
)
def test_flaws_of_samplers_are_found(run, space, message):
    with pytest.raises(AssertionError, match=message):
        check_sampler(Honest(run), spaces()[space])


@pytest.mark.parametrize(("run", "error"), [(Divides, RuntimeWarning), (Writes, ValueError)])
def test_samplers_may_neither_warn_nor_write(run, error):
    with pytest.raises(error):
        check_sampler(Honest(run), spaces()["mixed"])


@pytest.mark.parametrize(
    ("spec", "space", "message"),
    [
        (RemembersItsRun(), "mixed", "must not change the spec"),
        (RefusesWithoutAName(), "mixed", "the refusal names no parameter"),
        (RefusesWithoutAName(), "tiny", "a finite space was refused"),
    ],
)
def test_flaws_of_specs_are_found(spec, space, message):
    with pytest.raises(AssertionError, match=message):
        check_sampler(spec, spaces()[space])


def test_the_space_is_named():
    with pytest.raises(AssertionError, match=r"in the space 'mixed': .*names its sampler"):
        check_sampler(Honest(Nameless))


class Halving:
    """Every finished trial goes on once, at three times the resource; the flaws are arguments."""

    def __init__(self, plan, flaw):
        self.plan, self.flaw = plan, flaw
        self.n_fresh, self.open, self.ready = 0, True, []

    def next_slot(self):
        if self.ready:
            trial = self.ready[0] if self.flaw == "twice" else self.ready.pop(0)
            high = self.plan.max_resource * (2 if self.flaw == "too much" else 1)
            low = self.flaw == "not more"
            return Slot(0, 1, self.plan.min_resource if low else high, trial)
        if self.flaw == "gives up" and self.n_fresh == 5:
            return None
        if not self.open and self.flaw != "deaf":
            return None
        self.n_fresh += 1
        return Slot(0, 0, self.plan.min_resource, None)

    def report(self, result):
        if result.job.slot.rung == 0 and (result.status == "complete" or self.flaw == "failed"):
            self.ready.append(result.job.slot.trial)

    def exhausted(self, slot):
        self.open = False


class FlawedScheduler(Scheduler):
    def __init__(self, flaw=None):
        self.flaw = flaw

    def start(self, rng, plan):
        return Halving(plan, self.flaw)


def test_an_honest_scheduler_passes():
    assert check_scheduler(FlawedScheduler()) is None


@pytest.mark.parametrize(
    ("flaw", "message"),
    [
        ("twice", "this trial is in flight"),
        ("too much", "lies outside"),
        ("not more", "this trial has had resource"),
        ("failed", "this trial has failed"),
        ("gives up", "5 trials were started, not 20"),
        ("deaf", "the sampler is exhausted"),
    ],
)
def test_flaws_of_schedulers_are_found(flaw, message):
    with pytest.raises(AssertionError, match=message):
        check_scheduler(FlawedScheduler(flaw))


def test_a_scheduler_without_a_seed_is_found():
    class Moody(FlawedScheduler):
        def start(self, rng, plan):
            run = Halving(plan, None)
            keeps = np.random.default_rng()
            run.report = lambda result: (
                Halving.report(run, result) if keeps.random() < 0.5 else None
            )
            return run

    with pytest.raises(AssertionError, match="same seed, other slots"):
        check_scheduler(Moody())


class FlawedExecutor:
    """Runs tasks inline; the flaws are arguments."""

    n_workers = 1
    isolates = False
    is_inline = True

    def __init__(self, flaw):
        self.flaw, self.inner = flaw, make_executor(1)
        self.numbers, self.last = itertools.count(), None

    @property
    def n_free(self):
        return 5 if self.flaw == "no limit" else self.inner.n_free

    def submit(self, function, task, *shared):
        if self.flaw == "own data":
            shared = [np.ones(1), *shared[1:]]
        ticket = self.inner.submit(function, task, *shared)
        return 7 if self.flaw == "one ticket" else ticket

    def next_completed(self, timeout=None):
        done = self.inner.next_completed(timeout)
        if self.flaw == "raises" and done and isinstance(done[1], Failure):
            raise done[1].error
        if self.flaw == "loses" and next(self.numbers) == 9:
            return None
        if self.flaw == "twice" and done is None:
            return self.last
        self.last = done
        return (7, done[1]) if done and self.flaw == "one ticket" else done

    def sent_at(self, ticket):
        return self.inner.sent_at(ticket)

    def give_up(self, ticket):
        return self.inner.give_up(ticket)

    def close(self, cancel=False):
        self.inner.close(cancel)


@pytest.mark.parametrize(
    ("flaw", "message"),
    [
        ("no limit", "takes a place"),
        ("own data", "task 0 gave"),
        ("one ticket", "ticket 7 was given twice"),
        ("loses", "a task was lost"),
        ("twice", "had come back"),
    ],
)
def test_flaws_of_executors_are_found(flaw, message):
    with pytest.raises(AssertionError, match=message):
        check_executor(lambda: FlawedExecutor(flaw))


def test_executors_must_not_raise():
    with pytest.raises(ValueError, match="wrong with task"):
        check_executor(lambda: FlawedExecutor("raises"))
    assert check_executor(lambda: FlawedExecutor(None)) is None
