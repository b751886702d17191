"""A search that died goes on from its journal as if nothing had happened."""

import copy
import json
import pickle
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, ShuffleSplit, cross_val_score
from sklearn.svm import SVC

import skhpo
from skhpo import (
    ASHASearchCV,
    GridSearchCV,
    RandomizedSearchCV,
    SearchCV,
    TPESearchCV,
    read_journal,
)
from skhpo._journal._lines import sealed
from skhpo.exceptions import JournalError, JournalWarning
from skhpo.stopping import StoppingRule

from .cheap import SPACE, Cheap, X, cut, fits, journal_in, same_trials, y

LISTS = {"a": [0.1, 0.3, 1.0, 2.0], "b": [1, 2, 3, 5, 8], "kind": ["x", "y", None]}
FIDELITY = {"resource": "size", "max_resources": 9, "min_resources": 1}
SEARCHES = {
    "TPESearchCV": (SPACE, {"n_iter": 12}),
    "BayesSearchCV": (SPACE, {"n_iter": 7}),
    "CMAESSearchCV": (SPACE, {"n_iter": 12}),
    "EvolutionSearchCV": (SPACE, {"n_iter": 12}),
    "ASHASearchCV": (SPACE, {"n_iter": 9, **FIDELITY}),
    "HyperbandSearchCV": (SPACE, {"n_iter": 9, **FIDELITY}),
    "SuccessiveHalvingSearchCV": (SPACE, {"n_candidates": 9, **FIDELITY}),
    "BOHBSearchCV": (SPACE, {"n_iter": 9, **FIDELITY}),
    "DEHBSearchCV": (SPACE, {"n_iter": 9, **FIDELITY}),
    "RandomizedSearchCV": (LISTS, {"n_iter": 9}),
    "GridSearchCV": ({"a": [0.1, 1.0], "b": [1, 2]}, {}),
    "SearchCV": (SPACE, {"n_iter": 9, "sampler": "sobol"}),
}


def make(name, **arguments):
    space, own = SEARCHES[name]
    seed = {} if name == "GridSearchCV" else {"random_state": 0}
    return getattr(skhpo, name)(Cheap(), space, cv=2, **own, **seed, **arguments)


def tpe(folder, n_iter=8, **arguments):
    return TPESearchCV(
        Cheap(),
        SPACE,
        **{"n_iter": n_iter, "cv": 2, "random_state": 0, "journal": folder, **arguments},
    )


@pytest.mark.parametrize("name", SEARCHES)
def test_a_resumed_search_makes_the_same_trials(name, tmp_path):
    whole = make(name).fit(X, y)
    assert same_trials(make(name, journal=tmp_path).fit(X, y), whole)
    path = journal_in(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    rng = np.random.default_rng(0)
    for n in [0, 1, *rng.integers(2, len(lines), 4)]:
        path.write_bytes(b"".join(lines[:n]))
        cut(path, n, torn=lines[n][: len(lines[n]) // 2])
        resumed = make(name, journal=tmp_path).fit(X, y)
        assert same_trials(resumed, whole), n
        assert resumed.best_params_ == whole.best_params_
        assert path.read_bytes().count(b"\n") == len(lines)


@pytest.mark.parametrize("name", ["TPESearchCV", "ASHASearchCV"])
def test_trials_under_way_at_once_resume_too(name, tmp_path):
    whole = make(name, max_concurrent_trials=3).fit(X, y)
    make(name, max_concurrent_trials=3, journal=tmp_path).fit(X, y)
    path = journal_in(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    for n in range(1, len(lines), 5):
        path.write_bytes(b"".join(lines[:n]))
        resumed = make(name, max_concurrent_trials=3, journal=tmp_path, n_jobs=1)
        assert same_trials(resumed.fit(X, y), whole), n


@pytest.mark.parametrize("cls", [TPESearchCV, ASHASearchCV])
def test_raced_trials_resume(cls, tmp_path):
    arguments = {"n_iter": 12, "cv": 4, "random_state": 0, "racing": "forgiving"}
    whole = cls(Cheap(), SPACE, **arguments).fit(X, y)
    assert "pruned" in whole.history_.trials["status"]
    cls(Cheap(), SPACE, **arguments, journal=tmp_path).fit(X, y)
    cut(journal_in(tmp_path), 24)
    resumed = cls(Cheap(), SPACE, **arguments, journal=tmp_path).fit(X, y)
    assert same_trials(resumed, whole)
    assert resumed.history_.trials["status"].tolist() == whole.history_.trials["status"].tolist()


def test_what_finished_is_not_run_again_and_what_did_not_is_run_as_recorded(tmp_path):
    tpe(tmp_path, refit=False).fit(X, y)
    path = journal_in(tmp_path)
    kinds = [json.loads(line)["kind"] for line in path.read_text().splitlines()]
    third_done = [i for i, kind in enumerate(kinds) if kind == "done"][2]
    cut(path, third_done)  # the third job had been opened
    recorded = json.loads(path.read_text().splitlines()[-1])["params"]
    fits.clear()
    tpe(tmp_path, refit=False).fit(X, y)
    assert len(fits) == 2 * (8 - 2)
    assert fits[0]["a"] == recorded["a"]
    cut(path, third_done + 1)  # it had ended, and was not told yet
    fits.clear()
    tpe(tmp_path, refit=False).fit(X, y)
    assert len(fits) == 2 * (8 - 3)


def test_nothing_is_run_again_after_the_end(tmp_path):
    first = tpe(tmp_path).fit(X, y)
    fits.clear()
    again = tpe(tmp_path, verbose=0, n_jobs=1, timeout=60).fit(X, y)
    assert len(fits) == 1  # the refit
    assert same_trials(first, again)
    assert again.history_.trials["started"].tolist() == first.history_.trials["started"].tolist()


def test_times_go_on_from_those_of_the_first_fit(tmp_path):
    tpe(tmp_path).fit(X, y)
    cut(journal_in(tmp_path), 12)
    history = tpe(tmp_path).fit(X, y).history_
    assert np.all(np.diff(history.trials["started"]) > 0)
    assert history.seconds >= history.trials["finished"].max()


def test_values_that_json_cannot_hold_come_back_as_the_declared_objects(tmp_path):
    kinds = [SVC(), LogisticRegression(), (1, 2), np.tanh, None, "x"]
    space = {"kind": kinds, "a": np.linspace(0.5, 2, 4), "b": [np.int64(3)]}
    arguments = {"n_iter": 10, "cv": 2, "random_state": 0, "journal": tmp_path}
    whole = TPESearchCV(Cheap(), space, **arguments).fit(X, y)
    cut(journal_in(tmp_path), 25)
    resumed = TPESearchCV(Cheap(), space, **arguments).fit(X, y)
    for one, other in zip(resumed.cv_results_["params"], whole.cv_results_["params"], strict=True):
        assert one["kind"] is other["kind"] or one["kind"] == other["kind"] == "x"
        assert type(one["a"]) is type(other["a"]) and one["a"] == other["a"]
        assert type(one["b"]) is type(other["b"])
    shown = read_journal(tmp_path).cv_results["params"]
    assert list(map(repr, shown)) == list(map(repr, whole.cv_results_["params"]))


def test_a_value_that_has_no_place_is_refused(tmp_path):
    class Odd:
        def rvs(self, random_state=None):
            return (1, 2)

    search = RandomizedSearchCV(
        Cheap(), {"a": Odd()}, n_iter=2, random_state=0, cv=2, journal=tmp_path
    )
    with pytest.raises(ValueError, match="cannot hold a="):
        search.fit(X, y)


def test_conditional_spaces_and_failing_fits_resume(tmp_path):
    class Fails(Cheap):
        def fit(self, X, y):
            if self.b == 3:
                raise RuntimeError("b is three")
            return super().fit(X, y)

    space = [{"a": SPACE["a"], "kind": ["x"]}, {"b": [1, 2, 3], "kind": ["y"]}]
    arguments = {"n_iter": 9, "cv": 2, "random_state": 1, "journal": tmp_path}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = TPESearchCV(Fails(), space, **arguments).fit(X, y)
        assert "failed" in whole.history_.trials["status"]
        cut(journal_in(tmp_path), 20)
        resumed = TPESearchCV(Fails(), space, **arguments).fit(X, y)
    assert same_trials(whole, resumed)
    assert whole.history_.trials["status"].tolist() == resumed.history_.trials["status"].tolist()


@pytest.mark.parametrize("sampler", ["tpe", "sobol", "cmaes", "random"])
def test_a_search_may_be_prolonged(sampler, tmp_path):
    def search(n_iter):
        return SearchCV(
            Cheap(), SPACE, sampler=sampler, n_iter=n_iter, cv=2, random_state=0, journal=tmp_path
        )

    short = search(6).fit(X, y)
    fits.clear()
    longer = search(10).fit(X, y)
    assert len(fits) == 2 * 4 + 1
    assert longer.cv_results_["params"][:6] == short.cv_results_["params"]
    assert len(longer.cv_results_["params"]) == 10
    with pytest.raises(ValueError, match="n_iter=6 is less than the 10 trials"):
        search(6).fit(X, y)


@pytest.mark.parametrize(("space", "n_unique"), [(LISTS, 40), ({"a": uniform(1, 2)}, 40)])
def test_a_longer_random_search_goes_on_with_unseen_candidates(space, n_unique, tmp_path):
    def search(n_iter):
        return RandomizedSearchCV(
            Cheap(), space, n_iter=n_iter, cv=2, random_state=0, journal=tmp_path, refit=False
        )

    first = search(25).fit(X, y).cv_results_["params"]
    fits.clear()
    later = search(40).fit(X, y).cv_results_["params"]
    assert len(fits) == 2 * 15
    assert later[:25] == first
    assert len({tuple(params.items()) for params in later}) == n_unique
    cut(journal_in(tmp_path), 100)
    assert search(40).fit(X, y).cv_results_["params"] == later


def test_a_longer_asha_is_another_search(tmp_path):
    make("ASHASearchCV", journal=tmp_path).fit(X, y)
    search = make("ASHASearchCV", journal=tmp_path).set_params(n_iter=12)
    with pytest.warns(JournalWarning, match=r"differs in: n_iter\."):
        search.fit(X, y)
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


def test_what_decides_the_trials_is_in_the_name(tmp_path):
    tpe(tmp_path).fit(X, y)
    others = {
        "random_state": (tpe(tmp_path, random_state=1), X, y),
        "space": (tpe(tmp_path).set_params(param_distributions={"a": SPACE["a"]}), X, y),
        "estimator": (tpe(tmp_path).set_params(estimator__size=8), X, y),
        "constraints": (tpe(tmp_path, constraints=lambda params: params["a"] > 0.2), X, y),
    }
    for part, (search, *data) in others.items():
        with pytest.warns(JournalWarning, match=f"differs in: {part}"):
            search.fit(*data)
    with pytest.warns(JournalWarning, match="differs in: splits"):
        tpe(tmp_path, cv=3).fit(X, y)
    tpe(tmp_path).fit(X + 1, y)  # no warning: other data
    assert len(list(tmp_path.glob("*.jsonl"))) == 7


def test_clones_of_an_outer_cross_validation_write_side_by_side(tmp_path):
    search = tpe(tmp_path, n_iter=3)
    first = cross_val_score(search, X, y, cv=3)
    assert len(list(tmp_path.glob("*.jsonl"))) == 3
    fits.clear()
    assert np.array_equal(first, cross_val_score(search, X, y, cv=3))
    assert len(fits) == 3  # refits


def test_a_stopping_rule_is_outside_and_cuts_again(tmp_path):
    class After(StoppingRule):
        def __init__(self, n):
            self.n = n

        def __call__(self, history):
            return len(history.results) >= self.n

    assert tpe(tmp_path, stop=After(3)).fit(X, y).n_trials_ == 3
    assert tpe(tmp_path, stop=After(5)).fit(X, y).n_trials_ == 5
    whole = tpe(tmp_path).fit(X, y)
    assert same_trials(whole, tpe(None).fit(X, y))


def test_the_search_must_be_repeatable(tmp_path):
    with pytest.raises(ValueError, match=r"set random_state to an integer, got None"):
        tpe(tmp_path, random_state=None).fit(X, y)
    with pytest.raises(ValueError, match="same splits again"):
        tpe(tmp_path, cv=ShuffleSplit(3)).fit(X, y)
    tpe(tmp_path, cv=KFold(3, shuffle=True, random_state=0)).fit(X, y)
    grid = GridSearchCV(Cheap(), {"a": [1.0]}, cv=2, journal=tmp_path / "grid")
    assert grid.fit(X, y).n_trials_ == 1


def test_a_second_process_is_refused(tmp_path):
    tpe(tmp_path).fit(X, y)
    path = journal_in(tmp_path)
    code = f"""
        import os, sys, time
        from skhpo._journal import _lock
        assert _lock.lock(os.open({str(path)!r}, os.O_RDWR))
        print("locked", flush=True)
        sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(JournalError, match="in use"):
            tpe(tmp_path).fit(X, y)
        other.kill()
    tpe(tmp_path).fit(X, y)


def test_damage_is_refused_with_the_number_of_the_line(tmp_path):
    tpe(tmp_path).fit(X, y)
    path = journal_in(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    for changed in (
        [*lines[:6], lines[6].replace(b":", b" :", 1), *lines[7:]],
        lines[:6] + lines[7:],
        [*lines[:6], lines[7], lines[6], *lines[8:]],
        [*lines[:6], b"\n", *lines[6:]],
    ):
        path.write_bytes(b"".join(changed))
        with pytest.raises(JournalError, match=r"damaged in line 7"):
            tpe(tmp_path).fit(X, y)
        with pytest.raises(JournalError, match=r"damaged in line 7"):
            read_journal(path)


def reseal(path, change):
    """Write a journal anew with `change` made to its lines, every checksum right."""
    check, out = "", []
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        del line["sum"]
    for line in change(lines):
        data, check = sealed(line, check)
        out.append(data)
    path.write_bytes(b"".join(out))


def test_other_versions_warn(tmp_path):
    tpe(tmp_path).fit(X, y)

    def older(lines):
        lines[0]["versions"]["numpy"] = "1.0"
        return lines

    reseal(journal_in(tmp_path), older)
    with pytest.warns(JournalWarning, match=r"other versions: numpy 1\.0 then"):
        tpe(tmp_path).fit(X, y)


def test_recorded_proposals_win_over_what_is_proposed_now(tmp_path):
    whole = tpe(tmp_path).fit(X, y)

    def other(lines):
        for line in lines:
            if line["kind"] == "open" and line["job"] == 3:
                line["params"]["b"] = 8 if line["params"]["b"] != 8 else 1
        return lines[:20]

    reseal(journal_in(tmp_path), other)
    with pytest.warns(JournalWarning, match="Trial 3 of the record"):
        resumed = tpe(tmp_path).fit(X, y)
    assert resumed.cv_results_["params"][3] != whole.cv_results_["params"][3]
    assert resumed.n_trials_ == 8


def test_what_timed_out_runs_again_with_a_larger_limit(tmp_path):
    whole = tpe(tmp_path).fit(X, y)

    def slow(lines):
        for line in lines:
            if line["kind"] == "done" and line["job"] == 2:
                line |= {"status": "timed_out", "loss": "nan", "finished": line["started"] + 5}
        return lines

    reseal(journal_in(tmp_path), slow)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits.clear()
        search = tpe(tmp_path)
        search.trial_timeout = 3
        assert search.fit(X, y).history_.trials["status"][2] == "timed_out"
        assert len(fits) == 1
        search.trial_timeout = 60
        again = search.fit(X, y)
        assert len(fits) == 2  # the refits; a limited trial runs in a process of its own
        assert again.history_.trials["status"][2] == "complete"
        assert again.cv_results_["params"] == whole.cv_results_["params"]
        assert same_trials(tpe(tmp_path).fit(X, y), whole)  # two ends of one job in the file
    assert len(fits) == 3


def test_a_full_disk_costs_the_journal_and_nothing_else(tmp_path, monkeypatch):
    whole = tpe(None).fit(X, y)
    monkeypatch.setattr("skhpo._journal._lines.os.fsync", Fill(4))
    with pytest.warns(JournalWarning, match="cannot be written any more") as caught:
        search = tpe(tmp_path).fit(X, y)
    assert len(caught) == 1
    assert same_trials(search, whole)
    monkeypatch.undo()
    assert 0 < len(read_journal(tmp_path)) < 8
    assert same_trials(tpe(tmp_path).fit(X, y), whole)


class Fill:
    """An fsync for which the disk is full after some calls."""

    def __init__(self, n):
        self.left = n

    def __call__(self, fd):
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device")


def test_says_how_far_it_had_come(tmp_path, capsys):
    tpe(tmp_path).fit(X, y)
    cut(journal_in(tmp_path), 1 + 3 * 3)
    tpe(tmp_path, verbose=1).fit(X, y)
    out = capsys.readouterr().out
    assert "resumed: 3 of 8 trials\n" in out
    assert "8/8 trials" in out
    tpe(tmp_path, verbose=0).fit(X, y)
    assert capsys.readouterr().out == ""


def test_a_running_search_can_be_read(tmp_path):
    seen = []

    class Looks(Cheap):
        def fit(self, X, y):
            seen.append(len(read_journal(tmp_path)))
            return super().fit(X, y)

    TPESearchCV(Looks(), SPACE, n_iter=4, cv=2, random_state=0, journal=tmp_path, refit=False).fit(
        X, y
    )
    assert seen == [0, 0, 1, 1, 2, 2, 3, 3]


def test_read_journal_shows_the_same_tables(tmp_path):
    search = make("HyperbandSearchCV", journal=tmp_path, return_train_score=True).fit(X, y)
    history = read_journal(str(tmp_path))
    for table, wanted in (
        (history.cv_results, search.cv_results_),
        (history.trials, search.history_.trials),
    ):
        assert list(table) == list(wanted)
        for key, values in wanted.items():
            if key == "params":
                assert table[key] == values
            else:
                np.testing.assert_array_equal(table[key], values)
                assert table[key].dtype == values.dtype
    assert history.n_trials == search.n_trials_
    assert history.full_resource == search.history_.full_resource


def test_read_journal_names_what_is_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no journal"):
        read_journal(tmp_path)
    tpe(tmp_path).fit(X, y)
    tpe(tmp_path).fit(X + 1, y)
    with pytest.raises(ValueError, match="holds 2 journals"):
        read_journal(tmp_path)


def test_history_is_pickled_with_its_record(tmp_path):
    search = tpe(None, warm_start=True, n_iter=4).fit(X, y)
    again = pickle.loads(pickle.dumps(search))
    assert copy.deepcopy(search.history_) is search.history_
    fits.clear()
    again.set_params(n_iter=6).fit(X, y)
    assert len(fits) == 2 * 2 + 1
