"""An estimator's own values, where some stand for a default that only the documentation names."""

from collections.abc import Mapping
from typing import Any

# What a parameter that is None, or that `get_params` does not list, stands for: by package of the
# estimator's class. Learning rate and iterations of CatBoost are those it documents, although it
# may choose a rate by the size of the data.
DOCUMENTED: dict[str, dict[str, Any]] = {
    "xgboost": {
        "n_estimators": 100,
        "learning_rate": 0.3,
        "max_depth": 6,
        "max_leaves": 0,
        "max_bin": 256,
        "min_child_weight": 1.0,
        "gamma": 0.0,
        "max_delta_step": 0.0,
        "subsample": 1.0,
        "colsample_bytree": 1.0,
        "colsample_bylevel": 1.0,
        "colsample_bynode": 1.0,
        "reg_alpha": 0.0,
        "reg_lambda": 1.0,
        "scale_pos_weight": 1.0,
        "booster": "gbtree",
        "tree_method": "auto",
        "grow_policy": "depthwise",
        "sampling_method": "uniform",
        "max_cat_to_onehot": 4,
        "max_cat_threshold": 64,
    },
    "catboost": {
        "iterations": 1000,
        "n_estimators": 1000,
        "num_boost_round": 1000,
        "num_trees": 1000,
        "learning_rate": 0.03,
        "eta": 0.03,
        "depth": 6,
        "max_depth": 6,
        "l2_leaf_reg": 3.0,
        "reg_lambda": 3.0,
        "random_strength": 1.0,
        "bootstrap_type": "MVS",
        "subsample": 0.8,
        "bagging_temperature": 1.0,
        "border_count": 254,
        "max_bin": 254,
        "rsm": 1.0,
        "colsample_bylevel": 1.0,
        "model_size_reg": 0.5,
        "min_data_in_leaf": 1,
        "min_child_samples": 1,
        "max_leaves": 31,
        "num_leaves": 31,
        "one_hot_max_size": 2,
        "grow_policy": "SymmetricTree",
        "boosting_type": "Plain",
    },
}


def own_values(values: Any) -> dict[str, Any]:
    """The parameters of an estimator (or those given), with documented defaults filled in."""
    estimator = None if isinstance(values, Mapping) else values
    own = dict(values if estimator is None else estimator.get_params(deep=True))
    nested = {f"{name}__": value for name, value in own.items() if hasattr(value, "get_params")}
    for prefix, owner in {"": estimator, **nested}.items():
        for name, value in _documented(owner).items():
            if own.get(prefix + name) is None:
                own[prefix + name] = value
    return own


def _documented(estimator: Any) -> dict[str, Any]:
    for ancestor in type(estimator).__mro__:
        package = ancestor.__module__.partition(".")[0]
        if package in DOCUMENTED:
            return DOCUMENTED[package]
    return {}
