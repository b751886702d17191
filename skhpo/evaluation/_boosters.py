"""How each of the boosted learners is told to stop early, and what it then says.

They are known by the names of their classes: no library of them is imported before the user has
done so.
"""

import importlib
import inspect
import math
import warnings
from typing import Any, Protocol

from .._typing import Params
from ._staged import Patience, staged_losses

LEAST_PATIENCE = 10
PATIENCE = 0.1  # of the rounds
STOPPING_NAMES = ("early_stopping_round", "early_stopping_rounds", "early_stopping")
LIGHTGBM_NAMES = (*STOPPING_NAMES, "n_iter_no_change")


class Kind(Protocol):
    """One library's way. Own patience counts where it is set; else it is a tenth of the rounds.

    Attributes
    ----------
    rounds : str
        The parameter that is the number of rounds.
    needs_data : bool
        Whether a patience without validation data is an error.
    """

    rounds: str
    needs_data: bool

    def patience(self, learner: Any) -> int | None:
        """The learner's own patience; None where it is not set."""

    def fit(self, learner: Any, training: Any, validation: Any, params: Any) -> None:
        """Fit on (X, y) with (fit params, those of the validation rows)."""

    def used(self, learner: Any) -> int:
        """The rounds with which the fitted learner predicts."""

    def off(self, learner: Any) -> Params:
        """The parameters that switch early stopping off."""


def rounds_of(kind: Kind, learner: Any) -> int:
    """The number of rounds that the learner is set to.

    Parameters
    ----------
    kind : Kind
        What the learner is.
    learner : estimator
        Need not be fitted.

    Returns
    -------
    int
    """
    value = learner.get_params(deep=False).get(kind.rounds)
    return 100 if value is None else int(value)  # every library's own number


def patience_of(kind: Kind, learner: Any) -> int:
    """The rounds without progress after which a fit ends.

    Parameters
    ----------
    kind : Kind
    learner : estimator

    Returns
    -------
    int
    """
    own = kind.patience(learner)
    return own or max(LEAST_PATIENCE, math.ceil(PATIENCE * rounds_of(kind, learner)))


class _XGBoost:
    rounds = "n_estimators"
    needs_data = True

    def patience(self, learner: Any) -> int | None:
        value: int | None = learner.get_params(deep=False).get("early_stopping_rounds")
        return value

    def fit(self, learner: Any, training: Any, validation: Any, params: Any) -> None:
        given, held = params
        names = {"sample_weight": "sample_weight_eval_set", "base_margin": "base_margin_eval_set"}
        extra = {new: [held[old]] for old, new in names.items() if old in held}
        learner.set_params(early_stopping_rounds=patience_of(self, learner))
        learner.fit(*training, **{"verbose": False, "eval_set": [validation], **extra, **given})

    def used(self, learner: Any) -> int:
        return int(learner.best_iteration) + 1

    def off(self, learner: Any) -> Params:
        return {"early_stopping_rounds": None}


class _LightGBM:
    rounds = "n_estimators"
    needs_data = True

    def patience(self, learner: Any) -> int | None:
        values = learner.get_params(deep=False)
        return next((values[name] for name in LIGHTGBM_NAMES if values.get(name)), None)

    def fit(self, learner: Any, training: Any, validation: Any, params: Any) -> None:
        given, held = params
        names = {"sample_weight": "eval_sample_weight", "init_score": "eval_init_score"}
        extra = {new: [held[old]] for old, new in names.items() if old in held}
        extra["eval_set"] = [validation]
        first = bool(learner.get_params(deep=False).get("first_metric_only", False))
        stop = importlib.import_module("lightgbm").early_stopping
        rule = stop(patience_of(self, learner), first_metric_only=first, verbose=False)
        learner.set_params(**self.off(learner))
        callbacks = [*(given.get("callbacks") or ()), rule]
        with warnings.catch_warnings():  # 4.7 announces eval_X, which does not know labels yet
            warnings.filterwarnings("ignore", message=".*eval_set.*deprecated")
            learner.fit(*training, **{**extra, **given, "callbacks": callbacks})

    def used(self, learner: Any) -> int:
        return int(learner.best_iteration_ or rounds_of(self, learner))

    def off(self, learner: Any) -> Params:
        return {name: None for name in LIGHTGBM_NAMES if name in learner.get_params(deep=False)}


class _HistGradientBoosting:
    rounds = "max_iter"
    needs_data = False

    def patience(self, learner: Any) -> int | None:
        return int(learner.n_iter_no_change)

    def fit(self, learner: Any, training: Any, validation: Any, params: Any) -> None:
        given, held = params
        if "X_val" in inspect.signature(learner.fit).parameters:  # from scikit-learn 1.7 on
            extra = {"X_val": validation[0], "y_val": validation[1]}
            if "sample_weight" in held:
                extra["sample_weight_val"] = held["sample_weight"]
            learner.set_params(early_stopping=True).fit(*training, **{**extra, **given})
            return
        learner.set_params(early_stopping=False).fit(*training, **given)
        rule = Patience(patience_of(self, learner), learner.tol)
        X, y = validation
        losses = staged_losses(learner, X, y, held.get("sample_weight"))
        n = next((i + 1 for i, loss in enumerate(losses) if rule(loss)), learner.max_iter)
        if n < learner.max_iter:
            learner.set_params(max_iter=n).fit(*training, **given)

    def used(self, learner: Any) -> int:
        return int(learner.n_iter_)

    def off(self, learner: Any) -> Params:
        return {"early_stopping": False}


class _GradientBoosting:
    rounds = "n_estimators"
    needs_data = False

    def patience(self, learner: Any) -> int | None:
        value: int | None = learner.n_iter_no_change
        return value

    def fit(self, learner: Any, training: Any, validation: Any, params: Any) -> None:
        given, held = params
        rule = Patience(patience_of(self, learner), learner.tol)
        X, y = validation
        losses = staged_losses(learner, X, y, held.get("sample_weight"))
        also = given.get("monitor")

        def monitor(i: int, fitted: Any, variables: Params) -> bool:
            wanted = also is not None and also(i, fitted, variables)
            return rule(next(losses)) or bool(wanted)  # the stage that was just added

        learner.set_params(n_iter_no_change=None)
        learner.fit(*training, **{**given, "monitor": monitor})

    def used(self, learner: Any) -> int:
        return int(learner.n_estimators_)

    def off(self, learner: Any) -> Params:
        return {"n_iter_no_change": None}


_KINDS: dict[str, Kind] = {
    "sklearn.GradientBoostingClassifier": _GradientBoosting(),
    "sklearn.GradientBoostingRegressor": _GradientBoosting(),
    "sklearn.HistGradientBoostingClassifier": _HistGradientBoosting(),
    "sklearn.HistGradientBoostingRegressor": _HistGradientBoosting(),
    "xgboost.XGBModel": _XGBoost(),
    "lightgbm.LGBMModel": _LightGBM(),
}
_WITHOUT = ("XGBRFClassifier", "XGBRFRegressor", "XGBRanker", "LGBMRanker")


def find_kind(learner: Any) -> Kind | None:
    """The way of a learner that stops early; None for any other.

    Parameters
    ----------
    learner : estimator

    Returns
    -------
    Kind or None
    """
    names = [f"{base.__module__.split('.')[0]}.{base.__name__}" for base in type(learner).__mro__]
    if any(name.split(".")[1] in _WITHOUT for name in names):
        return None
    return next((_KINDS[name] for name in names if name in _KINDS), None)
