"""Racing on folds: the rules by reference values, and what is told of a job that was cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t, uniform
from sklearn.datasets import make_classification
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from skhpo import (
    ASHASearchCV,
    BayesSearchCV,
    BOHBSearchCV,
    CMAESSearchCV,
    DEHBSearchCV,
    EvolutionSearchCV,
    HyperbandSearchCV,
    SuccessiveHalvingSearchCV,
    TPESearchCV,
)
from skhpo._history import History, as_whole
from skhpo._records import FoldScore, Job, Plan, Points, Proposal, Result, Slot
from skhpo.evaluation import Racer
from skhpo.evaluation._racing import LEVELS, fold_order, paired_bound, signed_rank

NOBODY = Proposal(Points.empty(0), {}, "nobody")


def folds(losses, n=None):
    scores = [FoldScore(loss, {}) for loss in losses]
    return tuple(scores + [None] * ((n or len(losses)) - len(losses)))


def result(number, losses, n=None, status="complete"):
    job = Job(number, Slot(trial=number), NOBODY)
    share = len(losses) / (n or len(losses))
    return Result(job, folds(losses, n), status, float(np.mean(losses)), share)


def judge(rule, losses, n, *results):
    job = Job(60, Slot(trial=60), NOBODY)  # begins with the first of 3, 4, 5 or 10 folds
    return Racer(rule).judge(job, folds(losses, n), History(results))


@pytest.mark.parametrize(
    ("k", "p"),
    [(3, 0.125), (4, 0.0625), (5, 0.03125), (6, 0.015625), (7, 0.0078125), (8, 0.00390625)],
)
def test_smallest_p_of_the_signed_rank_test(k, p):
    assert signed_rank(np.arange(1.0, k + 1)) == pytest.approx(p)
    assert signed_rank(np.zeros(k)) == 1.0


def test_paired_bound_by_hand():
    d = np.array([-0.02, 0.0, -0.01])
    alone = -0.01 + t.ppf(0.88, 2) * 0.01 * np.sqrt(1 / 3 * 0.7)
    assert paired_bound(d, 10, None, 0.12) == pytest.approx(alone)
    s = np.sqrt((3 * 0.02**2 + 2 * 0.01**2) / 5)
    shrunk = -0.01 + t.ppf(0.88, 5) * s * np.sqrt(1 / 3 * 0.7)
    assert paired_bound(d, 10, 0.02, 0.12) == pytest.approx(shrunk)
    assert paired_bound(d, 3, 0.02, 0.12) == pytest.approx(-0.01)  # all folds: nothing is uncertain


def test_paired_rule_cuts_what_is_behind_and_tells_the_difference():
    best = result(0, [0.10, 0.12, 0.11, 0.13, 0.09])
    told = judge("paired", [0.31, 0.32], 5, best)
    assert told == pytest.approx(0.11 + 0.205)
    assert judge("paired", [0.10, 0.13], 5, best) is None
    assert judge("paired", [0.31], 5, best) is None  # no spread is known yet
    other = result(1, [0.20, 0.21, 0.19], 5, "pruned")
    assert judge("paired", [0.31], 5, best, other) == pytest.approx(0.11 + 0.21)
    assert judge("paired", [0.11], 5, best, other) is None
    assert judge("paired", [0.31] * 5, 5, best) is None  # nothing left to save


def test_each_job_begins_with_another_fold_and_runs_all_of_them():
    assert [fold_order(job, 4)[0] for job in range(6)] == [0, 1, 2, 3, 0, 1]
    assert fold_order(6, 4) == [2, 3, 0, 1]


def test_folds_are_compared_with_the_same_ones_of_the_rival():
    best, other = result(0, [0.1, 0.2, 0.3, 0.4]), result(1, [0.11, 0.2, 0.32, 0.4])
    history = History([best, other])
    third, fourth = (FoldScore(loss, {}) for loss in (0.5, 0.6))
    job, racer = Job(2, Slot(trial=2), NOBODY), Racer("paired")
    told = racer.judge(job, (None, None, third, fourth), history)
    assert told == pytest.approx(0.25 + 0.2)
    assert racer.judge(job, (None, None, None, fourth), history) is None  # its first is missing
    assert racer.judge(job, (third, None, third, None), history) == pytest.approx(0.25 + 0.2)


def test_a_rival_that_was_lucky_on_one_fold_does_not_cut_all_that_comes_after_it():
    lucky = result(0, [0.0, 1.0, 1.0, 1.0, 1.0])
    results, racer = [lucky, result(1, [0.4, 1.1, 1.2, 1.1, 1.2])], Racer("paired")
    better = [FoldScore(loss, {}) for loss in (0.5, 0.6, 0.5, 0.6, 0.5)]
    cut = []
    for trial in range(2, 7):
        run: list[FoldScore | None] = [None] * 5
        for fold in fold_order(trial, 5)[:-1]:
            run[fold] = better[fold]
            if racer.judge(Job(trial, Slot(trial=trial), NOBODY), run, History(results)):
                cut.append(trial)
                break
    assert cut == [5]


def test_what_is_cut_at_first_goes_on_at_the_end_of_the_budget():
    ends = [0.20, 0.22, 0.18, 0.20, 0.20]
    history = History([result(0, [0.1] * 5), result(1, ends)])
    spread = float(np.std(ends, ddof=1))
    bounds = [paired_bound(np.array([-0.02]), 5, spread, level) for level in LEVELS]
    assert bounds[0] < 0 < bounds[1]

    def told(trial, n_iter):
        job = Job(trial, Slot(trial=trial), NOBODY)
        return Racer("paired", Plan(n_iter=n_iter)).judge(job, folds([0.12], 5), history)

    assert told(0, 50) == told(0, 100) == pytest.approx(0.12)
    assert told(50, 50) is None and told(100, 100) is None
    assert told(40, 50) is None and told(0, 10) is None  # as many are left to make up for it


def test_forgiving_rule_needs_a_mean_behind_the_worst_fold():
    best = result(0, [0.10, 0.20, 0.15])
    assert judge("forgiving", [0.1, 0.29], 3, best) is None
    assert judge("forgiving", [9.0], 3, best) is None  # two folds at least
    assert judge("forgiving", [0.21, 0.2], 3, best) == pytest.approx(0.15 + 0.055)


def test_wilcoxon_rule_needs_four_folds():
    best = result(0, [0.1] * 10)
    assert judge("wilcoxon", [0.2, 0.3, 0.4], 10, best) is None
    assert judge("wilcoxon", [0.2, 0.3, 0.4, 0.5], 10, best) is not None


def test_without_a_rival_or_with_a_failure_nothing_is_cut():
    assert judge("paired", [9.0, 9.0], 5) is None
    pruned = result(0, [0.1, 0.1], 5, "pruned")
    assert judge("paired", [9.0, 9.0], 5, pruned) is None
    assert judge("paired", [9.0, np.nan], 5, result(0, [0.1] * 5)) is None


def at_rung(number, losses, resource, bracket=0, n=None, status="complete"):
    job = Job(number, Slot(bracket, 0, resource, number), NOBODY)
    share = resource * len(losses) / (n or len(losses))
    return Result(job, folds(losses, n), status, float(np.mean(losses)), share)


def test_below_the_full_resource_the_rival_is_the_first_that_is_not_promoted():
    rung = [at_rung(i, [0.1 * i, 0.1 * i, 0.1 * i + 0.01], 3.0) for i in range(5)]
    others = [at_rung(9, [-1.0] * 3, 3.0, bracket=1), at_rung(10, [-1.0] * 3, 9.0)]
    history = History([*rung, *others], full_resource=9.0)
    new = Job(60, Slot(0, 0, 3.0, 60), NOBODY)
    racer = Racer("forgiving", factor=3)  # the third of five: the worst fold is 0.21
    assert racer.judge(new, folds([0.2, 0.215], 3), history) is None
    assert racer.judge(new, folds([0.22, 0.22], 3), history) == pytest.approx(0.61 / 3 + 0.02)
    assert Racer("forgiving", factor=1.1).judge(new, folds([9.0, 9.0], 3), history) is None
    full = Job(60, Slot(0, 1, 9.0, 60), NOBODY)
    assert racer.judge(full, folds([-0.9, -0.9], 3), history) == pytest.approx(-0.9)


def test_what_was_cut_stands_for_a_whole_job():
    half = (FoldScore(0.1, {}, fit_time=2.0), FoldScore(0.1, {}, fit_time=2.0), None, None)
    job = Job(0, Slot(0, 0, 9.0, 0), NOBODY)
    assert as_whole(Result(job, half, "pruned", 0.3, 4.5)) == (9.0, 8.0)
    assert as_whole(Result(job, half, "cancelled", 0.3, 9.0)) == (9.0, 4.0)


@given(
    losses=st.lists(st.floats(-1, 1), min_size=1, max_size=60),
    factor=st.sampled_from([2, 2.5, 3, 4]),
    seed=st.integers(0, 2**32 - 1),
)
def test_enough_trials_are_left_to_promote(losses, factor, seed):
    rng = np.random.default_rng(seed)
    racer, results = Racer("paired", factor=factor), []
    for number, loss in enumerate(losses):
        scores = [FoldScore(each, {}) for each in (loss + rng.normal(0, 0.1, 4)).tolist()]
        job, told = Job(number, Slot(0, 0, 1.0, number), NOBODY), None
        run: list[FoldScore | None] = [None] * 4
        for fold in fold_order(number, 4):
            run[fold] = scores[fold]
            told = racer.judge(job, run, History(results, full_resource=9.0))
            if told is not None:
                break
        mean = float(np.mean([fold.loss for fold in run if fold is not None]))
        status, n_run = "complete" if told is None else "pruned", 4 - run.count(None)
        results.append(Result(job, tuple(run), status, mean, n_run / 4))
        whole = sum(result.status == "complete" for result in results)
        assert whole >= int(len(results) / factor)


RUNGS = [ASHASearchCV, BOHBSearchCV, DEHBSearchCV, HyperbandSearchCV, SuccessiveHalvingSearchCV]


@pytest.mark.parametrize("cls", RUNGS)
def test_racing_on_rungs_promotes_whole_trials_only(cls):
    X, y = make_classification(n_samples=300, n_informative=4, random_state=0)
    space = {"max_depth": range(1, 9), "max_features": range(1, 21), "ccp_alpha": uniform(0, 0.2)}
    arguments = {"cv": StratifiedKFold(8), "min_resources": 30, "random_state": 0}
    arguments["n_candidates" if cls is SuccessiveHalvingSearchCV else "n_iter"] = 27
    tree = DecisionTreeClassifier(random_state=0)
    search = cls(tree, space, racing="paired", **arguments).fit(X, y)
    whole = cls(tree, space, **arguments).fit(X, y)
    trials, results = search.history_.trials, search.cv_results_
    cut = trials["status"] == "pruned"
    run = sum(np.isfinite(results[f"split{k}_test_score"]) for k in range(8))
    assert cut.any() and not cut.all()
    assert np.all((run < 8) == cut)
    assert run.sum() < 0.9 * 8 * len(whole.cv_results_["params"])
    for trial in set(trials["trial"][cut].tolist()):
        rows = np.flatnonzero(trials["trial"] == trial)
        assert not cut[rows[:-1]].any()  # nothing comes after
    assert trials["status"][search.best_index_] == "complete"
    assert results["n_resources"][search.best_index_] == max(results["n_resources"])


@pytest.mark.parametrize("cls", [BayesSearchCV, CMAESSearchCV, EvolutionSearchCV, TPESearchCV])
def test_every_search_at_the_full_budget_can_race(cls):
    X, y = make_classification(n_samples=200, n_informative=4, random_state=0)
    space = {"max_depth": range(1, 9), "ccp_alpha": uniform(0, 0.2)}
    tree = DecisionTreeClassifier(random_state=0)
    search = cls(tree, space, n_iter=12, cv=8, racing="paired", random_state=0).fit(X, y)
    status = search.history_.trials["status"]
    assert set(status) == {"complete", "pruned"}
    assert status[search.best_index_] == "complete"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search_with_racing_saves_fits_and_keeps_the_best(n_jobs):
    X, y = make_classification(n_samples=200, n_informative=4, random_state=0)
    space = {"max_depth": [1, 2, 4, 8], "max_features": [1, 2, 5, 20]}
    cv = StratifiedKFold(10)
    tree = DecisionTreeClassifier(random_state=0)
    search = TPESearchCV(tree, space, n_iter=12, cv=cv, racing="paired", random_state=0)
    search.set_params(n_jobs=n_jobs).fit(X, y)
    results, status = search.cv_results_, search.history_.trials["status"]
    splits = np.array([results[f"split{k}_test_score"] for k in range(10)])
    run = np.isfinite(splits).sum(axis=0)
    assert set(status) == {"complete", "pruned"}
    assert np.all(run[status == "complete"] == 10)
    assert np.all((run[status == "pruned"] >= 1) & (run[status == "pruned"] < 10))
    assert status[search.best_index_] == "complete"
    assert results["rank_test_score"].argmin() == search.best_index_
    worst = results["rank_test_score"][status == "complete"].max()
    assert results["rank_test_score"][status == "pruned"].min() > worst
    for row in np.flatnonzero(status == "pruned"):
        order = fold_order(row, 10)
        assert set(np.flatnonzero(np.isfinite(splits[:, row]))) == set(order[: run[row]])
        mean = np.nanmean(splits[:, row])
        assert results["mean_test_score"][row] == pytest.approx(mean)


def test_a_search_tells_its_racer_how_long_it_is():
    losses = {0.0: [0.1] * 5, 0.5: [0.1, 0.14, 0.06, 0.14, 0.1], 1.0: [0.15] * 5}

    def score(estimator, X, y):
        return -losses.get(estimator.constant, [0.0] * 5)[int(X[0, 0])]

    def n_run(n_iter):
        search = TPESearchCV(
            DummyRegressor(strategy="constant"),
            {"constant": uniform(0, 1)},
            n_iter=n_iter,
            cv=KFold(5),
            scoring=score,
            racing="paired",
            initial_params=[{"constant": each} for each in losses],
            refit=False,
            random_state=0,
        ).fit(np.arange(5.0)[:, None], np.zeros(5))
        splits = [search.cv_results_[f"split{k}_test_score"][2] for k in range(5)]
        return int(np.isfinite(splits).sum())

    assert n_run(40) == 1  # at the beginning, one fold that much worse is enough
    assert n_run(3) > 1
