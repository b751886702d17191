"""Early stopping inside the folds: what is asked for, and the rounds of the refit."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import _sklearn
from .._typing import Params
from ..evaluation import HoldOut, find_booster, rounds_of
from ..space import Space
from ._names import examples

MOST_GROWTH = 1.25  # of the rounds, for the rows that the refit has more


def check_early_stopping(search: Any, space: Space, fit_params: Params, resource: Any) -> None:
    """Refuse early stopping that cannot be had, and one that would lack its data.

    Parameters
    ----------
    search : BaseSearch
    space : Space
    fit_params : dict
        Routed to the estimator.
    resource : str or None
        The parameter that is spent.

    Raises
    ------
    ValueError
    """
    variants = list(_variants(search.estimator, space))
    boosters = [booster for booster in map(find_booster, variants) if booster is not None]
    watched = [name for name in fit_params if name.split("__")[-1] in ("eval_set", "eval_X")]
    if not search.early_stopping:
        if not search._classic and not watched:
            _check_data(boosters)
        return
    if not boosters:
        own = [n for n in search.estimator.get_params() if n.split("__")[-1] == "early_stopping"]
        hint = f", or set its own parameter {own[0]!r}" if own else ""
        raise ValueError(
            "early_stopping=True needs a learner that adds rounds: XGBoost, LightGBM or "
            "scikit-learn's gradient boosting, alone or as the last step of a pipeline; "
            f"{search.estimator!r} has none. Use early_stopping=False{hint}."
        )
    if watched:
        raise ValueError(
            f"early_stopping=True takes its validation rows from each training fold: leave out "
            f"{watched[0]!r}, or use early_stopping=False."
        )
    for booster in boosters:
        if resource == booster.prefix + booster.kind.rounds:
            raise ValueError(
                f"resource={resource!r} with early_stopping=True: rounds are either given out by "
                "the scheduler or found by early stopping. Use resource='n_samples', or "
                "early_stopping=False."
            )


def _check_data(boosters: list[Any]) -> None:
    for booster in boosters:
        patience = booster.kind.patience(booster.learner) if booster.kind.needs_data else None
        if patience:
            raise ValueError(
                f"{type(booster.learner).__name__} is set to stop early (patience {patience}) and "
                "has no validation data. Use early_stopping=True, which takes them from each "
                "training fold, or leave its early_stopping_rounds out."
            )


def _variants(estimator: Any, space: Space) -> Iterator[Any]:
    """The estimator, and what single values of the space make of it as far as learners go."""
    yield estimator
    for branch in space.declared:
        for name, form in branch.items():
            patience = name.split("__")[-1].startswith("early_stopping")
            for value in examples(form):
                if patience or hasattr(value, "fit"):
                    values = _sklearn.clone({name: value}, safe=False)
                    yield _sklearn.clone(estimator).set_params(**values)


def hold_out(search: Any, seed: int, groups: Any, in_time: bool) -> HoldOut | None:
    """The rows that fits are to watch; None if early stopping was not asked for.

    Parameters
    ----------
    search : BaseSearch
    seed : int
    groups : array-like or None
    in_time : bool

    Returns
    -------
    HoldOut or None
    """
    if not search.early_stopping:
        return None
    return HoldOut(seed, _sklearn.is_classifier(search.estimator), groups, in_time)


def refit_params(search: Any, n_samples: int, full: Params) -> Params:
    """The parameters of the refit: the best ones, all of the resource, and the rounds used.

    These are the median over the folds, times n / n_fitted, 1.25 at most, and not above the
    candidate's own number.

    Parameters
    ----------
    search : BaseSearch
        With `best_params_` and `history_`.
    n_samples : int
        Rows of the refit.
    full : dict
        The parameter that is the resource, at its last rung.

    Returns
    -------
    dict
    """
    params: Params = {**search.best_params_, **full}
    if not search.early_stopping:
        return params
    folds = [f for f in search.history_.rows[search.best_index_].folds if f is not None]
    stopped = [fold for fold in folds if fold.rounds is not None]
    estimator = _sklearn.clone(search.estimator).set_params(**_sklearn.clone(params, safe=False))
    booster = find_booster(estimator)
    if booster is None or not stopped:
        return params
    growth = n_samples / float(np.median([fold.n_fitted for fold in stopped]))
    rounds = math.ceil(np.median([fold.rounds for fold in stopped]) * min(MOST_GROWTH, growth))
    kind, learner = booster.kind, booster.learner
    used = {kind.rounds: min(rounds, rounds_of(kind, learner)), **kind.off(learner)}
    return params | {booster.prefix + name: value for name, value in used.items()}
