"""What `fit` promises beyond scikit-learn: limits, interrupts, warnings, repeatability."""

import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress

import joblib
import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import ShuffleSplit
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import GridSearchCV, RandomizedSearchCV, SearchCV, TPESearchCV
from skhpo.exceptions import ExhaustedWarning, SearchWarning, StoppedWarning
from skhpo.samplers import TPESampler
from skhpo.stopping import Stagnation, StoppingRule, TargetReached, Timeout

X, y = load_iris(return_X_y=True)
SPACE = [
    {"kernel": ["rbf"], "C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)},
    {"kernel": ["linear"], "C": loguniform(1e-2, 1e3)},
]


class Stub(ClassifierMixin, BaseEstimator):
    """Predicts the first class; sleeps, fails or interrupts if asked to."""

    def __init__(self, a=0, seconds=0.0, fail=(), interrupt=None):
        self.a = a
        self.seconds = seconds
        self.fail = fail
        self.interrupt = interrupt

    def fit(self, X, y):
        if self.a in self.fail:
            raise RuntimeError(f"no fit for a={self.a}")
        if self.interrupt is not None and self.a == self.interrupt:
            raise KeyboardInterrupt
        time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def tpe(estimator=None, space=SPACE, **kwargs):
    settings = {"n_iter": 8, "cv": 3, "random_state": 0, **kwargs}
    return TPESearchCV(SVC() if estimator is None else estimator, space, **settings)


# the first trial


def test_first_trial_is_the_estimator_as_it_stands():
    search = tpe(SVC(C=2.0, gamma=0.5), n_iter=3).fit(X, y)
    assert search.cv_results_["params"][0] == {"kernel": "rbf", "C": 2.0, "gamma": 0.5}
    assert search.history_.trials["sampler"][0] == "initial"
    moved = tpe(SVC(C=1e9, gamma=0.5), n_iter=3).fit(X, y)
    assert moved.cv_results_["params"][0]["C"] == 1e3
    assert moved.history_.trials["sampler"][0] == "initial-moved"


def test_given_params_come_first_and_count():
    first = [{"kernel": "linear", "C": 7.0}, {"kernel": "rbf", "C": 1.0, "gamma": 1.0}]
    search = tpe(n_iter=4, initial_params=first).fit(X, y)
    assert search.cv_results_["params"][:2] == first
    assert search.n_trials_ == 4
    with pytest.raises(ValueError, match=r"initial_params\[0\].*C=1.* loguniform\("):
        tpe(initial_params=[{"kernel": "linear", "C": 1e9}]).fit(X, y)


@pytest.mark.parametrize("sampler", ["random", "sobol", "grid"])
def test_the_estimator_is_not_tried_where_nothing_is_learnt(sampler):
    space = {"C": [1.0, 10.0, 100.0, 5.0]}
    search = SearchCV(SVC(C=5.0), space, sampler=sampler, n_iter=4, cv=3).fit(X, y)
    assert set(search.history_.trials["sampler"]) == {sampler}


# the end of a search


class AfterFits(StoppingRule):
    """Stops once `Counted` was fitted so many times; a fit takes longer than a rule is cached."""

    name = "fits"

    def __init__(self, n):
        self.n = n

    def __call__(self, history):
        return Counted.fits >= self.n


class Counted(Stub):
    fits = 0

    def fit(self, X, y):
        Counted.fits += 1
        return super().fit(X, y)


@pytest.fixture
def counted():
    Counted.fits = 0
    return Counted(seconds=0.03)


@pytest.mark.filterwarnings("ignore::skhpo.exceptions.StoppedWarning")
def test_timeout_ends_the_search():
    search = tpe(Stub(seconds=0.05), {"a": range(1000)}, n_iter=500, timeout=0.6).fit(X, y)
    assert search.stop_reason_ == "timeout"
    assert 1 <= search.n_trials_ < 20
    assert search.predict(X).shape == y.shape


def test_a_trial_cut_short_is_shown_and_cannot_be_the_best(counted):
    with pytest.warns(StoppedWarning, match=r"\(fits\) with 1 trials cut short") as caught:
        search = tpe(counted, {"a": range(100)}, n_iter=50, stop=AfterFits(8)).fit(X, y)
    assert caught[0].filename == __file__
    assert search.stop_reason_ == "fits"
    assert list(search.history_.trials["status"]) == ["complete", "complete", "cancelled"]
    assert np.isnan(search.cv_results_["split2_test_score"]).tolist() == [False, False, True]
    assert list(search.cv_results_["rank_test_score"]) == [1, 1, 3]
    assert search.best_index_ == 0


def test_timeout_before_the_first_trial_says_how_long_a_fold_takes():
    search = tpe(Stub(seconds=0.1), {"a": range(1000)}, timeout=0.05)
    with pytest.raises(ValueError, match=r"timeout.*longest fold took 0\.1"):
        search.fit(X, y)
    assert search.n_trials_ == 1
    assert list(search.history_.trials["status"]) == ["cancelled"]
    assert not hasattr(search, "best_params_")
    with pytest.raises(NotFittedError, match="stop_reason_='timeout'"):
        search.predict(X)


def test_rules_end_the_search():
    stagnant = tpe(Stub(), {"a": range(1000)}, n_iter=50, stop=Stagnation(4)).fit(X, y)
    assert (stagnant.stop_reason_, stagnant.n_trials_) == ("stagnation", 5)
    reached = tpe(n_iter=50, stop=Timeout(600) | TargetReached(0.9)).fit(X, y)
    assert reached.stop_reason_ == "target"
    assert reached.best_score_ >= 0.9
    assert (reached.cv_results_["mean_test_score"][:-1] < 0.9).all()


def test_no_number_of_trials_needs_another_end():
    with pytest.raises(ValueError, match="n_iter=None never ends: set timeout"):
        tpe(n_iter=None).fit(X, y)
    search = tpe(n_iter=None, stop=Stagnation(3)).fit(X, y)
    assert search.stop_reason_ == "stagnation"


def test_a_space_that_ends_early_warns():
    with pytest.warns(ExhaustedWarning, match=r"only 3 configurations.*n_iter=8"):
        search = tpe(space={"C": [1, 10, 100]}).fit(X, y)
    assert search.n_trials_ == 3
    assert search.stop_reason_ == "exhausted"
    with pytest.warns(ExhaustedWarning, match=r"only 2 configurations.*n_iter=5"):
        SearchCV(SVC(), {"C": [1, 10]}, sampler="grid", n_iter=5, cv=3).fit(X, y)


@pytest.fixture
def sigint():
    """Python's own handler of Ctrl-C, also where the tests run behind a shell's ``&``."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_interrupt_keeps_what_finished(n_jobs, sigint):
    with joblib.parallel_config(backend="threading"):
        search = tpe(Stub(interrupt=4), {"a": range(6)}, n_jobs=n_jobs, initial_params=None)
        if n_jobs == 1:
            with pytest.raises(KeyboardInterrupt):
                search.fit(X, y)
        else:
            timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
            search.set_params(estimator=Stub(seconds=0.05), n_iter=200)
            search.set_params(param_distributions={"a": range(1000)})
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                search.fit(X, y)
    assert search.stop_reason_ == "interrupt"
    assert search.n_trials_ >= 1
    assert search.best_index_ == 0
    assert search.best_params_ == search.cv_results_["params"][0]
    assert not hasattr(search, "best_estimator_")
    with pytest.raises(NotFittedError, match="interrupt"):
        search.predict(X)


class DeafRule(StoppingRule):
    """Sends SIGINT to this process, and drops what that raises."""

    def __call__(self, history):
        if len(history) == 3:
            with suppress(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_interrupt_that_somebody_swallows_is_raised_again(n_jobs, sigint):
    handler = signal.getsignal(signal.SIGINT)
    search = tpe(Stub(), {"a": range(50)}, n_iter=50, stop=DeafRule(), n_jobs=n_jobs)
    with joblib.parallel_config(backend="threading"), pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert search.stop_reason_ == "interrupt"
    assert 3 <= search.n_trials_ <= 5
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_who_handles_sigint_goes_on_handling_it():
    seen = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        search = tpe(Stub(), {"a": range(9)}, n_iter=5, stop=DeafRule()).fit(X, y)
    finally:
        signal.signal(signal.SIGINT, before)
    assert set(seen) == {signal.SIGINT}
    assert search.n_trials_ == 5


def test_an_earlier_fit_does_not_show_through():
    search = tpe(Stub(), {"a": range(6)}, n_iter=4).fit(X, y)
    search.set_params(estimator=Stub(interrupt=0), initial_params=[{"a": 0}])
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert search.n_trials_ == 0
    assert search.cv_results_["params"] == []
    assert not hasattr(search, "best_estimator_")
    assert not hasattr(search, "best_params_")


# failures

NON_FINITE = pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")


@NON_FINITE
def test_failing_fits_are_data_and_warn_at_once():
    with pytest.warns(FitFailedWarning) as caught:
        search = tpe(Stub(fail=(0, 1, 2)), {"a": range(10)}).fit(X, y)
    assert "first fit failed" in str(caught[0].message)
    assert "no fit for a=0" in str(caught[0].message)
    assert "fits failed out of a total of 24" in str(caught[1].message)
    failed = search.history_.trials["status"] == "failed"
    a = np.array([params["a"] for params in search.cv_results_["params"]])
    assert set(a[failed]) <= {0, 1, 2}
    assert (a[~failed] > 2).all()
    assert len(set(a)) == len(a)  # a failed one is not tried again
    assert search.best_params_["a"] > 2


@NON_FINITE
def test_grid_and_random_warn_once_at_the_end():
    with pytest.warns(FitFailedWarning, match="3 fits failed out of a total of 9") as caught:
        GridSearchCV(Stub(fail=(1,)), {"a": [0, 1, 2]}, cv=3).fit(X, y)
    assert sum(w.category is FitFailedWarning for w in caught) == 1


def test_all_fits_failing_is_an_error_at_the_end_of_the_budget():
    search = tpe(Stub(fail=range(10)), {"a": range(10)}, n_iter=4)
    with (
        pytest.warns(FitFailedWarning),
        pytest.raises(ValueError, match=r"(?s)All the 12 fits failed.*no fit for a="),
    ):
        search.fit(X, y)
    assert search.n_trials_ == 4


@pytest.mark.parametrize(("n_jobs", "backend"), [(1, "loky"), (2, "loky"), (2, "threading")])
def test_error_score_raise_gives_the_original(n_jobs, backend):
    search = GridSearchCV(Stub(fail=(1,)), {"a": [0, 1]}, cv=2, n_jobs=n_jobs, error_score="raise")
    with joblib.parallel_config(backend=backend), pytest.raises(RuntimeError, match="for a=1"):
        search.fit(X, y)


def test_a_numeric_error_score_stands_in_the_table_only():
    with pytest.warns(FitFailedWarning):
        search = tpe(Stub(fail=(0,)), {"a": range(5)}, n_iter=3, error_score=0.99, refit=False)
        search.fit(X, y)
    assert search.cv_results_["mean_test_score"][0] == pytest.approx(0.99)
    assert search.best_index_ == 0
    assert search.history_.trials["status"][0] == "failed"
    assert search.history_.incumbent.job.number != 0


def test_a_failing_refit_leaves_the_results():
    class FailsOnAll(Stub):
        def fit(self, X, y):
            if len(X) == 150:
                raise RuntimeError("all of it is too much")
            return super().fit(X, y)

    search = tpe(FailsOnAll(), {"a": range(5)}, n_iter=3)
    with pytest.raises(RuntimeError, match="too much"):
        search.fit(X, y)
    assert search.best_params_ == search.cv_results_["params"][search.best_index_]


# several metrics


def test_objective_guides_the_search():
    scoring = {"acc": "accuracy", "bad": "neg_log_loss"}
    search = tpe(scoring=["accuracy", "f1_macro"], refit="f1_macro")
    search.set_params(n_iter=4).fit(X, y)
    best = search.history_.incumbent
    assert -best.loss == search.cv_results_["mean_test_f1_macro"].max()
    search.set_params(objective="accuracy").fit(X, y)
    assert -search.history_.incumbent.loss == search.cv_results_["mean_test_accuracy"].max()
    with pytest.raises(ValueError, match=r"objective='nonsense'.*\['acc', 'bad'\]"):
        tpe(scoring=scoring, refit="acc", objective="nonsense").fit(X, y)


def test_no_objective_is_needed_where_nothing_learns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        GridSearchCV(SVC(), {"C": [1]}, scoring=["accuracy", "f1_macro"], refit=False).fit(X, y)
    with pytest.warns(SearchWarning, match="guided by the first metric, 'accuracy'"):
        tpe(scoring=["accuracy", "f1_macro"], refit=False, n_iter=2).fit(X, y)


def test_callable_refit_sees_the_competing_rows_only(counted):
    seen = []

    def last(results):
        seen.append(len(results["params"]))
        return len(results["params"]) - 1

    with pytest.warns(StoppedWarning):
        search = tpe(counted, {"a": range(100)}, stop=AfterFits(8), refit=last).fit(X, y)
    assert seen == [2]
    assert search.n_trials_ == 3
    assert search.best_index_ == 1
    assert not hasattr(search, "best_score_")


# repeatability


def test_same_seed_same_trials_on_every_backend():
    expected = tpe(n_iter=10).fit(X, y).cv_results_["params"]
    for backend in ("loky", "threading", "multiprocessing"):
        with joblib.parallel_config(backend=backend):
            again = tpe(n_iter=10, n_jobs=2).fit(X, y)
        assert again.cv_results_["params"] == expected
        assert again.max_concurrent_trials_ == 1
    assert tpe(n_iter=10, random_state=1).fit(X, y).cv_results_["params"] != expected


def test_trials_in_flight_make_the_trials_whatever_the_workers():
    expected = tpe(n_iter=10, max_concurrent_trials=3).fit(X, y).cv_results_["params"]
    with joblib.parallel_config(backend="threading"):
        again = tpe(n_iter=10, max_concurrent_trials=3, n_jobs=4).fit(X, y)
    assert again.cv_results_["params"] == expected
    assert again.max_concurrent_trials_ == 3


def test_a_generator_shared_with_the_splitter_gives_scikit_learns_draws():
    from sklearn.model_selection import RandomizedSearchCV as Original

    tables = []
    for cls in (RandomizedSearchCV, Original):
        state = np.random.RandomState(0)
        cv = ShuffleSplit(3, random_state=state)
        search = cls(SVC(), {"C": loguniform(1e-2, 1e2)}, n_iter=4, cv=cv, random_state=state)
        tables.append(search.fit(X, y).cv_results_)
    assert tables[0]["params"] == tables[1]["params"]
    assert list(tables[0]["mean_test_score"]) == list(tables[1]["mean_test_score"])


def test_the_splitter_is_asked_once():
    class Counting(ShuffleSplit):
        calls = 0

        def split(self, X, y=None, groups=None):
            Counting.calls += 1
            return super().split(X, y, groups)

    tpe(cv=Counting(3, random_state=None), n_iter=5).fit(X, y)
    assert Counting.calls == 1


def test_the_global_generator_is_left_alone():
    np.random.seed(3)  # noqa: NPY002  it is the subject
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    tpe(Stub(), {"a": range(100)}, n_iter=12).fit(X, y)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_read_only_memory_maps_are_enough(tmp_path):
    X_map = joblib.load(joblib.dump(X, tmp_path / "X")[0], mmap_mode="r")
    search = tpe(DecisionTreeClassifier(), {"max_depth": [1, 2, 3]}, n_iter=3).fit(X_map, y)
    assert search.best_score_ > 0.9


# arguments


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"param_distributions": {"nonsense": [1]}}, ValueError, "'nonsense'.*SVC does not take"),
        ({"param_distributions": {"C": "many"}}, TypeError, "'C'.*'many'"),
        ({"param_distributions": {"C": []}}, ValueError, "'C'.*non-empty"),
        ({"param_distributions": []}, ValueError, "empty"),
        ({"n_iter": 0}, ValueError, "'n_iter'"),
        ({"n_iter": "5"}, ValueError, "'n_iter'"),
        ({"timeout": 0}, ValueError, "'timeout'"),
        ({"scoring": 3}, ValueError, "'scoring'"),
        ({"stop": 5}, ValueError, "'stop'"),
        ({"initial_params": "defaults"}, ValueError, "'initial_params'"),
        ({"initial_params": [{"C": -1.0}]}, ValueError, r"initial_params\[0\]"),
        ({"max_concurrent_trials": 0}, ValueError, "'max_concurrent_trials'"),
        ({"constraints": [3]}, TypeError, "constraints.*3"),
        ({"constraints": lambda p: 1}, TypeError, "must return True or False"),
        ({"n_startup_trials": "many"}, ValueError, "'n_startup_trials'"),
        ({"n_candidates": 0}, ValueError, "'n_candidates'"),
    ],
)
def test_wrong_arguments_are_named_before_the_first_fit(changes, error, message):
    class Untouched(SVC):
        def fit(self, X, y):
            raise AssertionError("a fit was started")

    search = tpe(SVC(), {"C": loguniform(1e-2, 1e2)})
    search.set_params(error_score="raise", **changes)
    with pytest.raises(error, match=message):
        search.fit(X, y)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"sampler": "magic"}, ValueError, "sampler='magic' is unknown; known are .*'tpe'"),
        ({"sampler": 3}, ValueError, "'sampler'"),
        ({"scheduler": "magic"}, ValueError, "scheduler='magic' is unknown"),
        ({"sampler": "grid"}, ValueError, "'C'.*infinitely many"),
    ],
)
def test_wrong_parts_are_named(changes, error, message):
    with pytest.raises(error, match=message):
        SearchCV(SVC(), {"C": loguniform(1e-2, 1e2)}, **changes).fit(X, y)


def test_parameters_of_a_named_part_cannot_be_set():
    search = SearchCV(SVC(), {"C": [1]})
    with pytest.raises(ValueError, match=r"sampler=TPESampler\(n_candidates=\.\.\.\)"):
        search.set_params(sampler__n_candidates=3)
    search.set_params(sampler=TPESampler(), sampler__n_candidates=3)
    assert search.sampler.n_candidates == 3


def test_run_search_is_no_extension_point():
    with pytest.raises(TypeError, match="_run_search, which skhpo never calls"):

        class Mine(TPESearchCV):
            def _run_search(self, evaluate_candidates):
                """Never called."""


def test_constraints_hold_for_every_trial():
    def small(params):
        return params["C"] < 1 or params["kernel"] == "linear"

    search = tpe(SVC(C=5.0), n_iter=20, constraints=small).fit(X, y)
    assert all(map(small, search.cv_results_["params"]))


# what is printed


def test_progress_is_one_line_that_updates(capsys):
    tpe(n_iter=5, verbose=1).fit(X, y)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.split("\r")[-1].startswith("[TPESearchCV] 5/5 trials, best score 0.9")
    assert "[CV" not in out


def test_grid_prints_scikit_learns_lines(capsys):
    GridSearchCV(SVC(), {"C": [1, 10]}, cv=3, verbose=2).fit(X, y)
    out = capsys.readouterr().out
    assert out.startswith("Fitting 3 folds for each of 2 candidates, totalling 6 fits\n")
    assert out.count("[CV] END ") == 6


def test_classes_are_scikit_learns_too():
    from sklearn import model_selection

    assert isinstance(GridSearchCV(SVC(), {}), model_selection.GridSearchCV)
    assert isinstance(RandomizedSearchCV(SVC(), {}), model_selection.RandomizedSearchCV)
