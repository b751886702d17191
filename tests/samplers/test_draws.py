"""What was tried, and draws of what was not."""

import numpy as np
import pytest

from skhpo._records import Observations, Points
from skhpo.samplers import _draws
from skhpo.samplers._draws import PriorDraws, Seen
from skhpo.space import Categorical, make_space

SKEWED = {"kind": Categorical(list("abcdefgh"), weights=[1e9, 1, 1, 1, 1, 1, 1, 1])}


def draws(space, seed=0, n_first=4):
    rng = np.random.default_rng(seed)
    return PriorDraws(space, lambda n: rng.random((n, space.n_columns)), rng, n_first)


def observed(space, trials, params):
    n = len(trials)
    points = [space.encode(each) for each in params]
    return Observations(
        np.array(trials, dtype=np.int64),
        np.zeros(n),
        np.ones(n),
        np.array(["complete"] * n),
        np.zeros(n),
        Points.concatenate(points) if n else Points.empty(space.n_columns),
    )


def go_through(space, source):
    taken, drawn = set(), []
    while (found := source.draw(taken)) is not None:
        point, params, key = found
        assert space.keys(point) == [key]
        assert space.decode(point) == [params]
        assert key not in taken
        taken.add(key)
        drawn.append(params)
    return drawn


@pytest.mark.parametrize("chunk", [2, 100_000])
def test_unlikely_values_are_drawn_in_the_end(monkeypatch, chunk):
    monkeypatch.setattr(_draws, "CHUNK", chunk)
    space = make_space(SKEWED)
    drawn = [p["kind"] for p in go_through(space, draws(space))]
    assert sorted(drawn) == list("abcdefgh")
    assert drawn[0] == "a"


def test_what_is_left_comes_in_random_order():
    space = make_space(SKEWED)
    orders = {tuple(p["kind"] for p in go_through(space, draws(space, s))) for s in range(5)}
    assert len(orders) > 1


def test_what_others_took_meanwhile_is_left_out():
    space = make_space(SKEWED)
    source = draws(space)
    keys = {kind: space.keys(space.encode({"kind": kind}))[0] for kind in "abcdefgh"}
    assert source.draw({keys[k] for k in "abc"}) is not None  # the rest is listed now
    last = source.draw({keys[k] for k in "abcdefg"})
    assert last is not None
    assert last[1] == {"kind": "h"}
    assert source.draw(set(keys.values())) is None


def test_what_was_given_back_can_be_drawn_again():
    space = make_space(SKEWED)
    source = draws(space)
    taken = {space.keys(space.encode(p))[0] for p in go_through(space, source)}
    lost = space.keys(space.encode({"kind": "c"}))[0]
    found = source.draw(taken - {lost})
    assert found is not None
    assert found[1] == {"kind": "c"}


def test_seen_counts_own_and_finished_trials_and_for_once_pending_ones():
    space = make_space({"a": [1, 2, 3, 4]})
    key = {a: space.keys(space.encode({"a": a}))[0] for a in (1, 2, 3, 4)}
    seen = Seen(space)
    nothing = Observations.empty(1)
    seen.add([key[1]])
    seen.tell(observed(space, [7], [{"a": 2}]))
    seen.tell(observed(space, [-1], [{"a": 3}]))  # an earlier search's
    taken = seen.and_pending(observed(space, [8], [{"a": 4}]))
    assert [key[a] in taken for a in (1, 2, 3, 4)] == [True, True, False, True]
    taken = seen.and_pending(nothing)
    assert [key[a] in taken for a in (1, 2, 3, 4)] == [True, True, False, False]
