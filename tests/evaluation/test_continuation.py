"""Models that are trained on from rung to rung, against fits from scratch."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import ensemble, linear_model, neural_network
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo._records import Task
from skhpo.evaluation import Continuation, FoldObjective

X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)[:200, :8]
y = y[:200]
RUNGS = (3, 9, 27)
TREES, EPOCHS = "n_estimators", "max_iter"
BOOSTED = {"n_estimators": 1, "random_state": 0, "verbosity": 0}
LIGHT = {"n_estimators": 1, "random_state": 0, "verbose": -1, "min_child_samples": 5}
STEADY = {"tol": None, "shuffle": False, "random_state": 0}


def sk(module, name, resource, **params):
    params = params if "random_state" in params else {**params, "random_state": 0}
    return pytest.param(
        lambda: getattr(module, name)(**params), resource, id=f"{name}-{sorted(params)}"
    )


def other(package, name, **params):
    def make():
        return getattr(pytest.importorskip(package), name)(**params)

    return pytest.param(make, TREES, id=f"{name}-{params}")


EXACT = [
    sk(ensemble, "RandomForestClassifier", TREES, oob_score=True, min_samples_leaf=3),
    sk(ensemble, "RandomForestRegressor", TREES, max_samples=0.5),
    sk(ensemble, "ExtraTreesClassifier", TREES, class_weight={0: 1, 1: 3}),
    sk(ensemble, "ExtraTreesRegressor", TREES),
    sk(ensemble, "BaggingClassifier", TREES, max_samples=0.5, max_features=0.5),
    sk(ensemble, "BaggingRegressor", TREES),
    sk(ensemble, "GradientBoostingClassifier", TREES, subsample=0.5, max_features=0.5),
    sk(ensemble, "GradientBoostingRegressor", TREES, subsample=0.5),
    sk(ensemble, "HistGradientBoostingClassifier", EPOCHS, max_features=0.5),
    sk(ensemble, "HistGradientBoostingRegressor", EPOCHS),
    *[
        sk(ensemble, "HistGradientBoostingClassifier", EPOCHS, early_stopping=True,
           n_iter_no_change=n, learning_rate=0.5, validation_fraction=share)
        for n in (1, 2, 3, 5) for share in (0.1, None)
    ],
    other("xgboost", "XGBClassifier", **BOOSTED),
    other("xgboost", "XGBRegressor", learning_rate=0.05, **BOOSTED),
    other("lightgbm", "LGBMClassifier", **LIGHT),
    other("lightgbm", "LGBMRegressor", **LIGHT),
    sk(linear_model, "SGDClassifier", EPOCHS, learning_rate="constant", eta0=0.01, **STEADY),
    sk(linear_model, "SGDClassifier", EPOCHS, **STEADY),
    sk(linear_model, "SGDRegressor", EPOCHS, eta0=1e-3, **STEADY),
    sk(linear_model, "Perceptron", EPOCHS, **STEADY),
    *[
        sk(neural_network, "MLPClassifier", EPOCHS, hidden_layer_sizes=(4,), shuffle=False,
           solver=solver, tol=tol, n_iter_no_change=2, learning_rate_init=0.05)
        for solver in ("adam", "sgd") for tol in (1e-4, 0.1)
    ],
    sk(neural_network, "MLPRegressor", EPOCHS, hidden_layer_sizes=(4,), shuffle=False),
]  # fmt: skip
INEXACT = [
    sk(ensemble, "RandomForestClassifier", TREES, random_state=np.random.RandomState(0)),
    sk(ensemble, "GradientBoostingClassifier", TREES, n_iter_no_change=3),
    other("xgboost", "XGBClassifier", subsample=0.5, **BOOSTED),
    other("lightgbm", "LGBMClassifier", colsample_bytree=0.5, **LIGHT),
    sk(linear_model, "SGDClassifier", EPOCHS),
    sk(linear_model, "SGDClassifier", EPOCHS, average=True, **STEADY),
    sk(linear_model, "LogisticRegression", EPOCHS),
    sk(neural_network, "MLPClassifier", EPOCHS, hidden_layer_sizes=(4,)),
    sk(neural_network, "MLPClassifier", EPOCHS, shuffle=False, solver="sgd",
       learning_rate="adaptive", hidden_layer_sizes=(4,)),
]  # fmt: skip
NEVER = [
    sk(ensemble, "RandomForestClassifier", TREES, class_weight="balanced"),
    sk(ensemble, "BaggingClassifier", TREES, oob_score=True),
    sk(ensemble, "AdaBoostClassifier", TREES),
    sk(linear_model, "SGDClassifier", EPOCHS, class_weight="balanced"),
    sk(neural_network, "MLPClassifier", EPOCHS, solver="lbfgs", hidden_layer_sizes=(4,)),
    other("xgboost", "XGBRFClassifier", **BOOSTED),
    other("xgboost", "XGBClassifier", booster="dart", **BOOSTED),
    other("lightgbm", "LGBMClassifier", boosting_type="dart", **LIGHT),
]
ROWS = np.arange(0, 200, 2), np.arange(1, 200, 2)


def outputs(model, X):
    for name in ("predict_proba", "decision_function", "predict"):
        if hasattr(model, name):
            return getattr(model, name)(X)
    raise AssertionError


def climb(estimator, resource, rungs=RUNGS, *, inexact=False, fit_params=None, keep=True):
    """The scores of a trial on its way up, models handed on if `keep`."""
    seen = []

    def scorer(model, X, y):
        seen.append(outputs(model, X))
        return 0.0

    objective = FoldObjective(
        estimator, scorer, None, fit_params or {}, {}, "raise",
        continuation=Continuation(resource, rungs[-1], inexact),
    )  # fmt: skip
    scores, schedule, state = [], (), None
    for rung in rungs:
        schedule = (*schedule, ({resource: rung}, float(rung)))
        score = objective(Task(0, 0, ROWS, schedule, state), X, y)
        state = score.model if keep else None
        scores.append(score)
    return scores, seen


def scratch(estimator, resource, rung, **fit_params):
    train, test = ROWS
    model = clone(estimator).set_params(**{resource: rung}).fit(X[train], y[train], **fit_params)
    return outputs(model, X[test])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "resource"), EXACT)
def test_a_continued_model_equals_a_fit_from_scratch(make, resource):
    scores, seen = climb(make(), resource)
    assert [score.continued for score in scores] == [False, True, True]
    assert scores[-1].model is None  # nothing follows the last rung
    for rung, found in zip(RUNGS, seen, strict=True):
        assert_allclose(found, scratch(make(), resource, rung), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "resource"), INEXACT)
def test_inexact_continuation_must_be_asked_for(make, resource):
    scores, _ = climb(make(), resource)
    assert not any(score.continued or score.model for score in scores)
    scores, seen = climb(make(), resource, inexact=True)
    assert [score.continued for score in scores] == [False, True, True]
    replayed = climb(make(), resource, inexact=True, keep=False)[1]
    if not isinstance(make().random_state, np.random.RandomState):
        assert_allclose(seen[-1], replayed[-1], rtol=1e-9)  # a lost model is trained again


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "resource"), NEVER)
def test_what_cannot_go_on_is_fitted_anew(make, resource):
    scores, _ = climb(make(), resource, inexact=True)
    assert not any(score.continued or score.model for score in scores)


class TwiceInFit(BaseEstimator):
    """Transforms what it is fitted on otherwise than what comes later."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X

    def fit_transform(self, X, y=None):
        return X**3


@pytest.mark.parametrize(
    "steps",
    [(StandardScaler(), SelectKBest(k=3)), (PCA(3),), (TwiceInFit(),), ("passthrough",)],
    ids=["plain", "pca", "other-in-fit", "nothing"],
)
def test_the_last_step_of_a_pipeline_goes_on(steps):
    boosting = HistGradientBoostingClassifier(random_state=0)
    pipe = make_pipeline("passthrough", make_pipeline(*steps, boosting))
    resource = "pipeline__histgradientboostingclassifier__max_iter"
    weights = {"pipeline__histgradientboostingclassifier__sample_weight": np.linspace(1, 3, 200)}
    scores, seen = climb(pipe, resource, fit_params=weights)
    assert [score.continued for score in scores] == [False, True, True]
    own = {name: value[ROWS[0]] for name, value in weights.items()}
    for rung, found in zip(RUNGS, seen, strict=True):
        assert_allclose(found, scratch(pipe, resource, rung, **own), rtol=1e-9)


def test_a_parameter_of_an_earlier_step_is_no_reason_to_go_on():
    pipe = make_pipeline(SelectKBest(k=1), HistGradientBoostingClassifier(random_state=0))
    scores, _ = climb(pipe, "selectkbest__k", (2, 4, 8), inexact=True)
    assert not any(score.continued or score.model for score in scores)


def test_fit_parameters_that_are_not_weights_are_for_whole_fits():
    class Noted(HistGradientBoostingClassifier):
        def fit(self, X, y, note=None):
            return super().fit(X, y)

    scores, _ = climb(Noted(random_state=0), EPOCHS, inexact=True, fit_params={"note": 1})
    assert not any(score.continued for score in scores)
    # what a subclass does in fit is not known
    assert not any(score.continued for score in climb(Noted(random_state=0), EPOCHS)[0])
    assert climb(Noted(random_state=0), EPOCHS, inexact=True)[0][1].continued


def test_own_parameters_are_left_as_they_are():
    estimator = HistGradientBoostingClassifier(random_state=0, warm_start=False)
    models = [score.model for score in climb(estimator, EPOCHS)[0]]
    assert models[0] is models[1]
    assert models[1].get_params() == {**estimator.get_params(), "max_iter": 27}
