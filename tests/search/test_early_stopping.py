"""Early stopping inside the folds: rows, rounds, the refit, and what is refused."""

import warnings

import numpy as np
import pytest
import sklearn
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GroupKFold, TimeSeriesSplit, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import ASHASearchCV, TPESearchCV
from skhpo.evaluation import find_booster

X, y = make_classification(n_samples=240, n_features=6, flip_y=0.3, random_state=0)
names = np.array(["no", "yes"])[y]
weight = np.linspace(0.5, 1.5, len(y))


def xgb(**params):
    xgboost = pytest.importorskip("xgboost")
    return xgboost.XGBClassifier(n_jobs=1, random_state=0, max_depth=2, **params)


def lgbm(**params):
    lightgbm = pytest.importorskip("lightgbm")
    return lightgbm.LGBMClassifier(n_jobs=1, random_state=0, verbose=-1, num_leaves=4, **params)


def gb(**params):
    return GradientBoostingClassifier(max_depth=2, random_state=0, **params)


def hist(**params):
    params = {"max_iter" if k == "n_estimators" else k: v for k, v in params.items()}
    return HistGradientBoostingClassifier(max_depth=2, random_state=0, **params)


LEARNERS = [xgb, lgbm, gb, hist]


def search(estimator, space=None, **arguments):
    prefix = booster.prefix if (booster := find_booster(estimator)) else ""
    space = {f"{prefix}learning_rate": [0.5, 0.7]} if space is None else space
    arguments = {"n_iter": 2, "cv": 2, "early_stopping": True, "random_state": 0, **arguments}
    return TPESearchCV(estimator, space, initial_params=None, **arguments)


@pytest.mark.parametrize("make", LEARNERS)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_rounds_are_found_and_scaled_for_the_refit(make, depth):
    estimator = make(n_estimators=150)
    target = y if make is xgb else names
    for step in ["inner", "outer"][:depth]:
        estimator = Pipeline([("scale", StandardScaler()), (step, estimator)])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fitted = search(estimator).fit(X, target)
    rows = fitted.history_.trials
    folds = np.array([rows["split0_rounds"], rows["split1_rounds"]])
    assert np.all((folds >= 1) & (folds < 150))
    assert np.array_equal(rows["rounds"], np.median(folds, axis=0))
    found = find_booster(fitted.best_estimator_)
    name = found.prefix + found.kind.rounds
    rounds = int(np.ceil(rows["rounds"][fitted.best_index_] * 1.25))  # 240 / 100 is more
    assert fitted.refit_params_[name] == rounds
    assert name not in fitted.best_params_
    assert fitted.best_estimator_.get_params()[name] == rounds
    assert set(fitted.refit_params_) > set(fitted.best_params_)


@pytest.mark.parametrize("make", LEARNERS)
def test_the_refit_does_not_go_above_the_candidate_s_own_number(make):
    fitted = search(make(n_estimators=12)).fit(X, y)
    name = find_booster(fitted.best_estimator_).kind.rounds
    assert fitted.refit_params_[name] <= 12


@pytest.mark.parametrize("make", LEARNERS)
def test_the_learner_s_own_patience_counts_and_is_off_in_the_refit(make):
    name = "early_stopping_rounds" if make in (xgb, lgbm) else "n_iter_no_change"
    short = search(make(n_estimators=150, **{name: 2})).fit(X, y)
    long = search(make(n_estimators=150, **{name: 60})).fit(X, y)
    assert short.history_.trials["rounds"].mean() < long.history_.trials["rounds"].mean()
    switch = "early_stopping" if make is hist else name
    assert not short.refit_params_[switch]
    assert not short.best_estimator_.get_params()[switch]


@pytest.mark.parametrize("make", LEARNERS)
def test_weights_go_with_the_rows_that_are_watched(make):
    estimator = make_pipeline(StandardScaler(), make(n_estimators=100))
    step = estimator.steps[-1][0]
    plain = search(estimator).fit(X, y)
    equal = search(estimator).fit(X, y, **{f"{step}__sample_weight": np.ones(len(y))})
    other = search(estimator).fit(X, y, **{f"{step}__sample_weight": weight**4})
    rounds = [each.history_.trials["rounds"].tolist() for each in (plain, equal, other)]
    assert rounds[0] == rounds[1] != rounds[2]


def test_weights_are_routed_by_the_names_that_the_learner_asks_for():
    with sklearn.config_context(enable_metadata_routing=True):
        learner = gb(n_estimators=60).set_fit_request(sample_weight="shares")
        estimator = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), learner)
        fitted = search(estimator, scoring="accuracy").fit(X, y, shares=weight**4)
    bare = search(make_pipeline(StandardScaler(), gb(n_estimators=60)), scoring="accuracy")
    bare.fit(X, y, gradientboostingclassifier__sample_weight=weight**4)
    assert np.array_equal(fitted.history_.trials["rounds"], bare.history_.trials["rounds"])


class Rows(GradientBoostingRegressor):
    """Remembers the numbers, in the first column, of the rows that it is fitted on."""

    seen = []

    def fit(self, X, y, sample_weight=None, monitor=None):
        type(self).seen.append((X[:, 0].astype(int), monitor))
        return super().fit(X, y, sample_weight, monitor)


def folds_seen(cv, groups=None):
    data, target = make_regression(n_samples=120, n_features=3, random_state=0)
    data[:, 0] = np.arange(120)
    Rows.seen = []
    search(Rows(n_estimators=5), cv=cv, n_iter=1, refit=False).fit(data, target, groups=groups)
    return [rows for rows, _ in Rows.seen]


def test_neither_test_rows_nor_split_groups_are_seen_in_training():
    groups = np.arange(120) // 6
    for (train, _), rows in zip(
        GroupKFold(2).split(groups, groups=groups), folds_seen(GroupKFold(2), groups), strict=True
    ):
        assert set(rows) < set(train)
        held = set(train) - set(rows)
        assert len(held) >= 20 and not {groups[i] for i in held} & {groups[i] for i in rows}
    assert [list(rows) for rows in folds_seen(TimeSeriesSplit(2))] == [
        list(range(20)), list(range(60))]  # fmt: skip


def test_earlier_steps_are_fitted_without_the_rows_that_are_watched():
    lengths = []

    class Scaler(StandardScaler):
        def fit(self, X, y=None, sample_weight=None):
            lengths.append(len(X))
            return super().fit(X, y, sample_weight)

        def transform(self, X, copy=None):
            lengths.append(-len(X))
            return super().transform(X, copy)

    search(make_pipeline(Scaler(), gb(n_estimators=5)), n_iter=1, refit=False).fit(X, y)
    assert lengths == [100, -100, -20, -120] * 2


@pytest.mark.parametrize("kind", [GradientBoostingClassifier, GradientBoostingRegressor])
def test_gradient_boosting_stops_where_scikit_learn_s_own_rule_does(kind):
    own = kind(n_estimators=200, n_iter_no_change=5, validation_fraction=0.25, tol=0.0,
               max_depth=2, random_state=3)  # fmt: skip
    strata = y if kind is GradientBoostingClassifier else None
    target = y if strata is not None else X[:, 0] * X[:, 1] + y
    training = train_test_split(X, target, random_state=3, test_size=0.25, stratify=strata)
    stopped = own.fit(X, target).n_estimators_
    booster = find_booster(kind(**own.get_params()))
    a, b, c, d = training
    assert booster.fit(booster.learner, (a, c), (b, d), ({}, {})) == stopped < 200


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "quantile", "poisson"])
def test_regressors_stop_by_their_own_loss(loss):
    data, target = make_regression(n_samples=150, n_features=4, noise=80, random_state=0)
    more = {"quantile": 0.3} if loss == "quantile" else {}
    learner = HistGradientBoostingRegressor(loss=loss, max_iter=150, max_depth=2, **more)
    fitted = search(learner, refit=False).fit(data, np.abs(target))
    assert np.all(fitted.history_.trials["rounds"] < 150)


def test_rows_as_a_resource_and_several_workers():
    fitted = ASHASearchCV(
        gb(n_estimators=40), {"learning_rate": [0.3, 0.5, 0.7]}, n_iter=3, cv=2, min_resources=80,
        early_stopping=True, random_state=0, n_jobs=2,
    ).fit(X, y)  # fmt: skip
    assert np.all(fitted.history_.trials["rounds"] >= 1)
    assert fitted.refit_params_["n_estimators"] <= 40


def test_learners_of_the_space_stop_where_they_can():
    space = {"model": [SVC(), gb(n_estimators=80)]}
    pipe = Pipeline([("scale", StandardScaler()), ("model", SVC())])
    fitted = search(pipe, space).fit(X, y)
    assert np.isfinite(fitted.history_.trials["rounds"]).sum() == 1


def test_without_early_stopping_nothing_is_told_of_rounds():
    fitted = search(gb(n_estimators=3), early_stopping=False).fit(X, y)
    assert "rounds" not in fitted.history_.trials
    assert fitted.refit_params_ == fitted.best_params_


# -------------------------------------------------------------------------- mistakes
@pytest.mark.parametrize("estimator", [SVC(), make_pipeline(StandardScaler(), SVC())])
def test_a_learner_without_rounds_is_refused(estimator):
    with pytest.raises(ValueError, match="early_stopping=True needs a learner that adds rounds"):
        search(estimator, {name: [1, 2] for name in estimator.get_params() if name[-1] == "C"}).fit(
            X, y
        )


def test_a_learner_with_early_stopping_of_its_own_is_named():
    with pytest.raises(ValueError, match="or set its own parameter 'early_stopping'"):
        search(SGDClassifier(), {"alpha": [0.1, 1.0]}).fit(X, y)


def test_a_random_forest_of_xgboost_has_no_rounds():
    xgboost = pytest.importorskip("xgboost")
    with pytest.raises(ValueError, match="needs a learner"):
        search(xgboost.XGBRFClassifier(), {"max_depth": [1, 2]}).fit(X, y)


@pytest.mark.parametrize("make", [xgb, lgbm])
@pytest.mark.parametrize("place", ["learner", "pipeline", "space"])
def test_a_patience_without_validation_rows_is_refused_before_the_first_fit(make, place):
    learner = make(n_estimators=5, **({} if place == "space" else {"early_stopping_rounds": 3}))
    estimator = learner if place != "pipeline" else Pipeline([("model", learner)])
    space = {"early_stopping_rounds": [3, 5]} if place == "space" else None
    with pytest.raises(ValueError, match=r"no validation data. Use early_stopping=True"):
        search(estimator, space, early_stopping=False, error_score="raise").fit(X, y)


def test_validation_rows_of_the_user_s_own():
    given = search(xgb(n_estimators=5, early_stopping_rounds=3), early_stopping=False, refit=False)
    given.fit(X, y, eval_set=[(X, y)], verbose=False)
    assert given.best_score_ > 0.5
    with pytest.raises(ValueError, match="leave out 'eval_set'"):
        search(xgb()).fit(X, y, eval_set=[(X, y)])


def test_rounds_are_either_a_resource_or_found():
    both = ASHASearchCV(
        gb(), {"learning_rate": [0.1, 0.5]}, resource="n_estimators", early_stopping=True
    )
    with pytest.raises(ValueError, match="rounds are either given out"):
        both.fit(X, y)
