"""Searches that learn from earlier ones: what is told, what is tried first, what is refused."""

import pickle
import warnings

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import CMAESSearchCV, HyperbandSearchCV, SearchCV, TPESearchCV, read_journal
from skhpo.exceptions import SearchWarning
from skhpo.samplers import Sampler, SobolSampler

X, y = load_iris(return_X_y=True)
SPACE = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}
PAIRS = [({"C": 1.0, "gamma": 0.1}, 0.8), ({"C": 10.0, "gamma": 0.01}, 0.9)]


class Ear(Sampler):
    """Sobol points; keeps what it is told where its maker can see it."""

    def __init__(self, heard):
        self.heard = heard

    def __sklearn_clone__(self):
        return self

    def start(self, space, rng, plan):
        run, heard = SobolSampler().start(space, rng, plan), self.heard
        heard.append(plan)

        class Run:
            def ask(self, trial, slot, pending):
                heard.append("ask")
                return run.ask(trial, slot, pending)

            def tell(self, observed):
                heard.append(observed)
                run.tell(observed)

            def transfer(self, observed):
                heard.append(("transfer", observed))

        return Run()


def search(source, cls=TPESearchCV, space=SPACE, **options):
    options = {"n_iter": 6, "cv": 3, "random_state": 0, "warm_start_from": source, **options}
    return cls(SVC(), space, **options)


def heard(source, **options):
    found = []
    fitted = search(source, SearchCV, sampler=Ear(found), **options).fit(X, y)
    return fitted, found


@pytest.fixture(scope="module")
def earlier():
    return search(None, n_iter=8, initial_params=None).fit(X, y)


@pytest.mark.parametrize("form", ["history_", "cv_results_", "pairs"])
def test_results_are_told_before_the_first_ask_under_negative_numbers(earlier, form):
    table = earlier.cv_results_
    scores = table["mean_test_score"].tolist()
    pairs = list(zip(table["params"], scores, strict=True))
    source = pairs if form == "pairs" else getattr(earlier, form)
    fitted, (plan, told, *_) = heard(source)
    assert plan.n_earlier == 8
    assert plan.n_iter == 6
    assert told.trial.tolist() == list(range(-8, 0))
    assert np.allclose(-told.loss, scores)
    assert told.resource.tolist() == [1.0] * 8
    assert fitted.n_trials_ == 6
    assert len(fitted.cv_results_["params"]) == 6


def test_the_best_is_tried_right_after_the_initial_trial(earlier):
    fitted = search(earlier.history_, random_state=1).fit(X, y)
    trials = fitted.history_.trials["sampler"].tolist()
    assert trials[:2] == ["initial-moved", "earlier"]
    assert "earlier" not in trials[2:]
    assert fitted.cv_results_["params"][1] == earlier.best_params_
    assert fitted.best_score_ >= earlier.best_score_
    known = [PAIRS[1][0]]  # is an initial one already
    fitted = search(PAIRS, initial_params=known).fit(X, y)
    assert fitted.history_.trials["sampler"].tolist()[:2] == ["initial", "sobol"]


def test_they_count_as_startup_trials(earlier):
    trials = search(earlier.history_).fit(X, y).history_.trials["sampler"].tolist()
    assert trials[2:] == ["tpe"] * 4
    trials = search(None).fit(X, y).history_.trials["sampler"].tolist()
    assert trials[2] == "sobol"


def test_other_data_are_not_told_but_tried_and_transferred(earlier):
    fitted, found = heard(earlier.history_, transfer=True, n_iter=10)
    plan, (word, told), *others = found
    assert (word, plan.n_earlier) == ("transfer", 0)
    assert all(isinstance(each, str) or each.trial.min() >= 0 for each in others)
    assert np.array_equal(told.trial, np.arange(-8, 0))
    origins = fitted.history_.trials["sampler"].tolist()
    assert origins[:4] == ["initial-moved", "earlier", "earlier", "sobol"]  # 10 // 5 of them
    table = earlier.cv_results_
    order = np.argsort(-table["mean_test_score"], kind="stable")
    better_half = [table["params"][i] for i in order[:4]]
    first, second = fitted.cv_results_["params"][1:3]
    assert first == better_half[0]
    assert second in better_half[1:]  # the first of them that is elsewhere


def test_no_more_than_five_of_other_data_and_no_place_twice():
    best = [1.0, 1.0, 1.5, 4.0, 3.0, 20.0, 100.0, 900.0, 0.2, 0.02]
    pairs = [({"C": c, "gamma": 0.1}, -0.01 * i) for i, c in enumerate(best)]
    pairs += [({"C": c, "gamma": 1e-3}, -1.0) for c in range(2, 22)]
    fitted = search(pairs, n_iter=40, transfer=True, initial_params=None).fit(X, y)
    first = fitted.cv_results_["params"][:6]
    assert [params["C"] for params in first[:5]] == [1.0, 4.0, 20.0, 100.0, 900.0]
    assert {params["gamma"] for params in first[:5]} == {0.1}
    assert fitted.history_.trials["sampler"].tolist()[5] == "tpe"


def test_cma_es_starts_where_other_data_s_best_lie():
    rng = np.random.default_rng(0)
    pairs = []
    for u, v in rng.random((60, 2)):
        params = {"C": 10.0 ** (5 * u - 2), "gamma": 10.0 ** (5 * v - 4)}
        pairs.append((params, -((u - 0.9) ** 2) - (v - 0.1) ** 2))
    fitted = search(pairs, CMAESSearchCV, transfer=True, n_iter=25).fit(X, y)
    rows = fitted.history_.trials["sampler"] == "cmaes"
    table = fitted.cv_results_
    u = (np.log10(table["param_C"][rows].astype(float)) + 2) / 5
    v = (np.log10(table["param_gamma"][rows].astype(float)) + 4) / 5
    assert rows.sum() >= 15
    assert np.mean(u[:8]) > 0.65
    assert np.mean(v[:8]) < 0.35


def test_what_does_not_fit_is_left_out_and_counted_once():
    pairs = [
        *PAIRS,
        ({"C": 1e6, "gamma": 0.1}, 1.0),  # outside
        ({"C": 1.0}, 1.0),  # incomplete
        ({"C": 1.0, "gamma": 0.1, "degree": 5}, 1.0),  # not what the estimator has
        ({"C": 500.0, "gamma": 0.1}, 1.0),  # ruled out
        ({"C": 2.0, "gamma": 0.1, "degree": 3}, 0.5),  # fits: the estimator has that degree
    ]
    with pytest.warns(SearchWarning, match="4 of 7 configurations") as caught:
        _, (_, told, *_) = heard(pairs, constraints=lambda params: params["C"] < 100)
    assert len(caught) == 1
    assert (-told.loss).tolist() == [0.8, 0.9, 0.5]


def test_nothing_that_fits_is_as_nothing():
    with pytest.warns(SearchWarning, match="1 of 1"):
        one = search([({"C": -1.0, "gamma": 0.1}, 1.0)]).fit(X, y)
    other = search(None).fit(X, y)
    assert one.cv_results_["params"] == other.cv_results_["params"]
    assert search([]).fit(X, y).cv_results_["params"] == other.cv_results_["params"]


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        (TPESearchCV(SVC(), SPACE), TypeError, "history_"),
        ("history", TypeError, "'history'"),
        (3, TypeError, "history_"),
        ({"C": [1]}, ValueError, "'params'"),
        ({"params": [], "mean_test_a": [], "mean_test_b": []}, ValueError, "mean_test_b"),
        ([{"C": 1.0}], ValueError, r"warm_start_from\[0\]"),
        ([PAIRS[0], ({"C": 1.0}, "good")], ValueError, r"warm_start_from\[1\].*'good'"),
    ],
)
def test_what_is_no_result_is_refused_by_name(source, kind, words):
    with pytest.raises(kind, match=words):
        search(source).fit(X, y)


def f_one(labels, predicted):
    return f1_score(labels, predicted, average="macro")


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        ((X + 1e-9, y), {}, "fit's X[.]"),
        ((X, y[::-1]), {}, "fit's y[.]"),
        ((X[:-1], y[:-1]), {}, "fit's X and y"),
        ((X, y), {"scoring": "f1_macro"}, "metric .it has score, not f1_macro"),
        ((X, y), {"scoring": make_scorer(f_one)}, "not make_scorer"),
        ((X, y), {"scoring": {"a": "recall_macro"}, "refit": "a"}, "not recall_macro"),
    ],
)
def test_a_history_of_other_data_or_another_metric_is_refused(earlier, data, options, words):
    with pytest.raises(ValueError, match=words):
        search(earlier.history_, **options).fit(*data)
    search(earlier.history_, transfer=True, n_iter=2, **options).fit(*data)


def test_a_leak_into_an_outer_cross_validation_is_an_error(earlier):
    with pytest.raises(ValueError, match="X and y"):
        cross_val_score(search(earlier.history_), X, y, cv=2, error_score="raise")
    assert cross_val_score(search(earlier.cv_results_), X, y, cv=2).min() > 0.5


def test_of_several_metrics_the_objective_counts():
    options = {"scoring": ["accuracy", "f1_macro"], "refit": "f1_macro"}
    several = search(None, **options).fit(X, y)
    table = several.cv_results_
    _, (_, told, *_) = heard(table, **options)
    assert np.allclose(-told.loss, table["mean_test_f1_macro"])
    _, (_, told, *_) = heard(several.history_, **options)
    assert np.allclose(-told.loss, table["mean_test_f1_macro"])
    with pytest.raises(ValueError, match=r"mean_test_f1_macro.*'r2'"):
        search(table, scoring=["r2", "recall_macro"], refit="r2").fit(X, y)


def test_results_with_less_than_the_full_resource_stay_what_they_are():
    tree = DecisionTreeClassifier(random_state=0)
    space = {"max_depth": [1, 2, 3, 4], "min_samples_leaf": [1, 2, 4, 8]}
    band = HyperbandSearchCV(tree, space, n_iter=6, cv=3, random_state=0).fit(X, y)
    table = band.cv_results_
    full = table["n_resources"].max()
    for source in (band.history_, table):
        found = []
        fitted = SearchCV(
            tree, space, sampler=Ear(found), n_iter=4, cv=3, warm_start_from=source, random_state=0
        ).fit(X, y)
        told = found[1]
        assert np.allclose(np.sort(told.resource), np.sort(table["n_resources"] / full))
        assert len(np.unique(told.trial)) == band.n_trials_
        assert band.best_params_ in fitted.cv_results_["params"][:2]


def test_failed_trials_are_told_as_failed():
    _, (_, told, *_) = heard([PAIRS[0], (PAIRS[1][0], float("nan"))])
    assert told.status.tolist() == ["complete", "failed"]
    assert np.isnan(told.loss).tolist() == [False, True]


def test_a_source_survives_clone_and_pickle(earlier):
    one = search(earlier.history_)
    wanted = one.fit(X, y).cv_results_["params"]
    assert clone(one).fit(X, y).cv_results_["params"] == wanted
    assert pickle.loads(pickle.dumps(one)).fit(X, y).cv_results_["params"] == wanted
    assert clone(one).warm_start_from is earlier.history_


def test_a_journal_knows_its_data(tmp_path, earlier):
    search(None).set_params(journal=tmp_path).fit(X, y)
    found = read_journal(tmp_path)
    assert found.provenance == earlier.history_.provenance
    again = search(found, initial_params=None).fit(X, y)
    assert again.history_.trials["sampler"][0] == "earlier"
    assert (
        again.cv_results_["params"][0]
        == max(
            zip(found.cv_results["mean_test_score"], found.cv_results["params"], strict=True),
            key=lambda pair: pair[0],
        )[1]
    )
    with pytest.raises(ValueError, match="not made with this fit's X and y"):
        search(found).fit(X[::2], y[::2])


def test_no_warning_where_everything_fits(earlier):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search(earlier.history_).fit(X, y)
