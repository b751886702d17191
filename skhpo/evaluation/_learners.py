"""How each learner goes on with training, and whether it ends where a fit from scratch does."""

import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._typing import Params

ROUNDS, EPOCHS = "n_estimators", "max_iter"
SCHEDULES = ("constant", "optimal", "invscaling")  # of SGD, which know how far they are
XGBOOST_SHARES = (
    "subsample",
    "colsample_bytree",
    "colsample_bylevel",
    "colsample_bynode",
)
LIGHTGBM_OWN = frozenset(
    "boosting_type num_leaves max_depth learning_rate n_estimators subsample_for_bin objective "
    "class_weight min_split_gain min_child_weight min_child_samples subsample subsample_freq "
    "colsample_bytree reg_alpha reg_lambda random_state n_jobs importance_type verbose "
    "verbosity".split()
)

# (learner, resource before, resource after, X, y, fit parameters)
Grow = Callable[[Any, int, int, Any, Any, Params], None]


@dataclass(frozen=True, slots=True)
class Method:
    """How a fitted learner is trained on.

    Attributes
    ----------
    grow : callable
        ``grow(learner, before, after, X, y, fit_params)`` changes the learner.
    exact : bool
        Whether the result is the model that a fit from scratch gives, up to rounding.
    """

    grow: Grow
    exact: bool


def method(learner: Any, name: str) -> Method | None:
    """How to train on by more of a parameter; None where that is not known.

    Parameters
    ----------
    learner : estimator
        With the parameters that it is to be fitted with.
    name : str
        The parameter that grows.

    Returns
    -------
    Method or None
    """
    lineage = {(cls.__module__.split(".")[0], cls.__name__) for cls in type(learner).__mro__}
    for kind, resource, rule in KNOWN:
        if kind in lineage and resource == name:
            found = rule(learner, learner.get_params(deep=False))
            own = type(learner).__module__.split(".")[0] == kind[0]
            return found if found is None or own else Method(found.grow, False)
    if name == EPOCHS and hasattr(learner, "partial_fit"):
        return Method(_by_epochs, False)
    if name == EPOCHS and isinstance(getattr(learner, "warm_start", None), bool):
        return Method(_by_iterations, False)
    return None


def _forest(learner: Any, params: Params) -> Method | None:
    if isinstance(params.get("class_weight"), str):
        return None  # warns of warm starts
    return Method(_by_warm_start(ROUNDS), _has_plain_seed(params))


def _bagging(learner: Any, params: Params) -> Method | None:
    return (
        None if params.get("oob_score") else Method(_by_warm_start(ROUNDS), _has_plain_seed(params))
    )


def _gradient_boosting(learner: Any, params: Params) -> Method:
    exact = _has_plain_seed(params) and params.get("n_iter_no_change") is None
    return Method(_by_warm_start(ROUNDS), exact)


def _hist_gradient_boosting(learner: Any, params: Params) -> Method:
    return Method(_by_histograms, _has_plain_seed(params))


def _xgboost(learner: Any, params: Params) -> Method | None:
    extra = (params.get("early_stopping_rounds"), params.get("callbacks"))
    if params.get("booster") not in (None, "gbtree") or extra != (None, None):
        return None
    return Method(_by_xgboost, all(params.get(name) in (None, 1) for name in XGBOOST_SHARES))


def _lightgbm(learner: Any, params: Params) -> Method | None:
    if params["boosting_type"] != "gbdt" or params.get("early_stopping_round") is not None:
        return None
    samples = params["subsample"] < 1 and params["subsample_freq"] > 0
    plain = params["colsample_bytree"] == 1 and set(params) <= LIGHTGBM_OWN
    return Method(_by_lightgbm, plain and not samples)


def _sgd(learner: Any, params: Params) -> Method | None:
    if params.get("class_weight") == "balanced" or params.get("early_stopping"):
        return None
    steady = params.get("tol") is None and not params.get("average", False)
    schedule = params.get("learning_rate", "constant")  # a perceptron's
    return Method(_by_epochs, not params.get("shuffle") and steady and schedule in SCHEDULES)


def _mlp(learner: Any, params: Params) -> Method | None:
    if params.get("early_stopping") or params.get("solver") == "lbfgs":
        return None
    adapts = params.get("solver") == "sgd" and params.get("learning_rate") == "adaptive"
    return Method(_by_mlp_epochs, not params.get("shuffle") and not adapts)


KNOWN: tuple[tuple[tuple[str, str], str, Callable[[Any, Params], Method | None]], ...] = (
    (("sklearn", "ForestClassifier"), ROUNDS, _forest),
    (("sklearn", "ForestRegressor"), ROUNDS, _forest),
    (("sklearn", "BaggingClassifier"), ROUNDS, _bagging),
    (("sklearn", "BaggingRegressor"), ROUNDS, _bagging),
    (("sklearn", "BaseGradientBoosting"), ROUNDS, _gradient_boosting),
    (("sklearn", "BaseHistGradientBoosting"), EPOCHS, _hist_gradient_boosting),
    (("xgboost", "XGBRFClassifier"), ROUNDS, lambda learner, params: None),
    (("xgboost", "XGBRFRegressor"), ROUNDS, lambda learner, params: None),
    (("xgboost", "XGBModel"), ROUNDS, _xgboost),
    (("lightgbm", "LGBMModel"), ROUNDS, _lightgbm),
    (("sklearn", "BaseSGDClassifier"), EPOCHS, _sgd),
    (("sklearn", "BaseSGDRegressor"), EPOCHS, _sgd),
    (("sklearn", "BaseMultilayerPerceptron"), EPOCHS, _mlp),
)


def _has_plain_seed(params: Params) -> bool:
    """False for a generator, which moves on; without any seed no two fits are the same."""
    seed = params.get("random_state")
    return seed is None or isinstance(seed, numbers.Integral)


def _by_warm_start(name: str) -> Grow:
    def grow(learner: Any, before: int, after: int, X: Any, y: Any, fit_params: Params) -> None:
        own = learner.warm_start
        learner.set_params(**{name: after, "warm_start": True}).fit(X, y, **fit_params)
        learner.set_params(warm_start=own)

    return grow


def _by_histograms(
    learner: Any, before: int, after: int, X: Any, y: Any, fit_params: Params
) -> None:
    if learner.do_early_stopping_ and (learner.n_iter_ < before or _has_stalled(learner)):
        learner.set_params(max_iter=after)
    else:
        _by_warm_start(EPOCHS)(learner, before, after, X, y, fit_params)


def _has_stalled(learner: Any) -> bool:
    """Whether histogram boosting would have stopped after the round that it ended with."""
    on_slice = learner.validation_fraction is not None
    scores = learner.validation_score_ if on_slice else learner.train_score_
    patience = learner.n_iter_no_change
    if len(scores) <= patience:
        return False
    return bool(max(scores[-patience:]) <= scores[-patience - 1] + learner.tol)


def _by_xgboost(learner: Any, before: int, after: int, X: Any, y: Any, fit_params: Params) -> None:
    learner.set_params(n_estimators=after - before)
    learner.fit(X, y, xgb_model=learner.get_booster(), **fit_params)
    learner.set_params(n_estimators=after)


def _by_lightgbm(learner: Any, before: int, after: int, X: Any, y: Any, fit_params: Params) -> None:
    learner.set_params(n_estimators=after - before)
    learner.fit(X, y, init_model=learner.booster_, **fit_params)
    learner.set_params(n_estimators=after)


def _by_epochs(learner: Any, before: int, after: int, X: Any, y: Any, fit_params: Params) -> None:
    """One call of `partial_fit` an epoch; shuffled rows are shuffled anew in each."""
    learner.set_params(max_iter=after)
    seed = learner.get_params(deep=False).get("random_state")
    reseeds = isinstance(seed, numbers.Integral) and getattr(learner, "shuffle", False)
    for epoch in range(before, after):
        if reseeds:
            learner.set_params(random_state=(int(seed) + epoch) % 2**31)
        learner.partial_fit(X, y, **fit_params)
    if reseeds:
        learner.set_params(random_state=seed)


def _by_mlp_epochs(
    learner: Any, before: int, after: int, X: Any, y: Any, fit_params: Params
) -> None:
    for epoch in range(before, after):
        if len(learner.loss_curve_) < epoch or _has_settled(
            learner
        ):  # a fit would have ended there
            break
        _by_epochs(learner, epoch, epoch + 1, X, y, fit_params)
    learner.set_params(max_iter=after)


def _has_settled(learner: Any) -> bool:
    """Whether the loss of a network has not fallen by `tol` for too many epochs."""
    best, stale = float("inf"), 0
    for loss in learner.loss_curve_:
        stale = stale + 1 if loss > best - learner.tol else 0
        best = min(best, loss)
        if stale > learner.n_iter_no_change:
            return True
    return False


def _by_iterations(
    learner: Any, before: int, after: int, X: Any, y: Any, fit_params: Params
) -> None:
    own = learner.warm_start
    learner.set_params(max_iter=after - before, warm_start=True).fit(X, y, **fit_params)
    learner.set_params(max_iter=after, warm_start=own)
