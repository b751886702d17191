"""Texts that all search classes share, and the decorator that assembles their docstrings."""

import inspect
import re
from typing import Any, TypeVar

import numpy as np

from ._docs_journal import JOURNAL_PARAMETERS

T = TypeVar("T", bound=type)

SHARED_PARAMETERS = """
estimator : estimator object
    What is tuned: anything with scikit-learn's interface, a pipeline included. It is cloned, never
    fitted itself.
param_distributions : dict or list of dicts
    The search space: parameter names with what they may be. A sequence is a set of values (three
    or more distinct numbers in order inform the model as numbers, yet only members are tried); a
    frozen scipy distribution, `Real` or `Integer` is a range; `Categorical`, `Ordinal` and `When`
    say what these cannot. A list of dicts is a space with branches, searched as one.
n_iter : int or None
    Number of trials, that is of configurations tried. None goes on until `timeout` or `stop` ends
    the search, or the space has nothing new.
timeout : float or None
    Seconds the search may take, the refit not counted. Trials that are not finished by then are
    cut short and cannot be the best. The same as ``stop=Timeout(timeout)``.
scoring : str, callable, list, tuple, dict or None
    How a fitted estimator is judged on the test fold, as in scikit-learn; greater is better.
    Several metrics, or a callable that returns a dict, give one set of columns each. None takes
    the estimator's own ``score``.
n_jobs : int or None
    Number of workers, taken from joblib's active backend. None is 1, unless
    `joblib.parallel_config` says otherwise; -1 uses all processors. The folds of one trial are
    spread over the workers before a second trial starts.
refit : bool, str or callable
    Whether to fit the estimator with the best parameters on all data. With several metrics the
    name of the one that decides; a callable is given ``cv_results_`` and returns the best row.
cv : int, cross-validation generator, iterable or None
    How the data are split, as in scikit-learn; None is 5 folds, stratified for classifiers. It is
    asked for its splits once a search.
verbose : int
    What is printed: the progress from 1 on, a line for each fold as well from 2, its scores from 3.
pre_dispatch : int, str or None
    Taken for the sake of scripts written for scikit-learn, and without effect: a task is handed
    over when a worker is free.
random_state : int, RandomState instance or None
    Seed of the proposals. The estimator's own ``random_state`` and numpy's global generator are
    left alone.
error_score : "raise" or float
    What stands in ``cv_results_`` for a fit or a score that failed; "raise" raises the error
    instead. Failures never guide the search towards themselves, whatever this number is.
return_train_score : bool
    Whether ``cv_results_`` has scores on the training folds too.
max_concurrent_trials : int or None
    Number of trials under way at once, told to the sampler in the order in which they started:
    with a number, the trials are the same for every `n_jobs` and backend. None chooses the number
    from `n_jobs` and the folds: 1 where one trial's folds keep the workers busy.
trial_timeout : float or None
    Seconds that a trial may take, from the start of its first fold to the end of its last one; with
    a resource, at each of them. It is ended then, with the status "timed_out". With one worker, it
    runs in a process of its own. What runs in threads or on dask goes on, and a warning names it.
trial_memory : int or None
    Bytes that the process of a fold may add to what it holds at the fold's start; beyond that,
    allocations fail and the trial with them. Linux only, not in threads and not on dask. With one
    worker, it is a process of its own.
initial_params : "estimator", list of dicts or None
    What to try first; it counts in `n_iter`. "estimator" is the estimator's own parameters, moved
    to the nearest point of the space. Dicts must lie in the space. "estimator" does nothing with
    the samplers grid, random and sobol.
objective : str or None
    The metric that guides the search, where there are several. None is the only metric, or the one
    that `refit` names.
constraints : callable, list of callables or None
    Called with the parameters of a trial, as a dict; True allows it, False rules it out before
    anything is fitted.
early_stopping : bool
    Whether each fit of XGBoost, LightGBM or scikit-learn's gradient boosting, alone or as the last
    step of a pipeline, ends when a tenth of its own training fold says so. The learner's
    ``early_stopping_rounds`` or ``n_iter_no_change`` is the patience, where set. The refit has the
    median number of rounds, scaled to all rows.
warm_start_from : History, dict, list of tuple or None
    Results of an earlier search on the same data: its ``history_`` or ``cv_results_``, or pairs of
    parameters and score. The search learns from them as from trials of its own, and tries the best
    of them right after the initial ones. What lies outside the space is left out. A ``history_``
    of other data, or of another metric, is refused.
transfer : bool
    Whether `warm_start_from` holds results on other data. Its best configurations are tried first,
    up to five and a fifth of `n_iter`, one of those that lie together; CMA-ES also starts where
    and as wide as they lie.
stop : StoppingRule or None
    When to end before `n_iter`: rules of `skhpo.stopping`, joined with ``|``.
racing : {"paired", "forgiving", "wilcoxon"} or None
    Whether a trial that is behind the best one is spared its other folds, and by which rule; with
    less than the full resource, one that is behind those that will be promoted. Each trial begins
    with another fold. "paired": a t-test on the differences fold by fold, at a level that falls
    over the budget, from 0.2, or less below 50 trials, to 0.04. "forgiving": its mean is worse than
    the other's worst fold.
    "wilcoxon": the signed-rank test, for five folds or more. Such a trial has the status "pruned"
    in ``history_.trials``, ranks behind all others, and cannot be the best.
resource : str
    What is spent: "n_samples" (rows), or an integer parameter of the estimator, such as
    "n_estimators" or "clf__max_iter". It must not be in the space.
factor : float
    Of a rung's trials, one in `factor` goes on, at `factor` times the resource; at least 2.
min_resources : int, "auto", "smallest" or "exhaust"
    Resource of the first rung at least. "auto": rows enough to tell candidates apart, that is two
    for each class and fold, ten for each feature and 50 in all; for a parameter a 27th of the
    upper end. "smallest": two rows for each class and fold, or 1. "exhaust": as much as lets the
    last rung of successive halving come near the upper end; elsewhere the same as "smallest".
max_resources : int or "auto"
    Upper end, in rows of X or in units of the parameter; "auto" is all rows, or the estimator's
    own value.
min_early_stopping_rate : int
    How many of the lowest rungs are left out, s in the paper on asynchronous successive halving;
    the full resource always remains. 1 or 2 where little of the resource ranks candidates in
    another order than all of it does, or where few trials must do.
continuation : bool
    Whether a trial that gets more of a parameter (trees, epochs) trains its models on even where
    that does not give the very models of a fit from scratch, as with shuffled epochs or sampled
    rows. Where it gives the same, they are trained on in any case. The refit is from scratch.
"""

# of classes that have a resource
FIDELITY_ATTRIBUTES = """
n_resources_ : list of int
    The resources that jobs had, ascending.
n_candidates_ : list of int
    How many jobs had each of them.
n_remaining_candidates_ : int
    How many trials would go on after the last rung.
min_resources_ : int
    Resource of the first rung.
max_resources_ : int
    Upper end of the resource; the last rung may stay below it.
n_iterations_ : int
    Number of different resources.
n_possible_iterations_ : int
    Number of rungs that the ends of the resource allow.
n_required_iterations_ : int
    Number of rungs after which less than `factor` trials are left.
"""

SHARED_ATTRIBUTES = """
cv_results_ : dict of arrays
    One row for each trial, in the order in which they started, with scikit-learn's keys; with a
    resource, one for each trial at each resource, told apart by "iter" and "n_resources".
history_ : History
    The record of the search. ``history_.trials`` is a dict of arrays, row for row beside
    ``cv_results_``: which sampler proposed a trial, how it ended, and when.
best_index_ : int
    The row of ``cv_results_`` that is the best.
best_params_ : dict
    Its parameters.
best_score_ : float
    Its mean score over the test folds. Missing if `refit` is a callable.
best_estimator_ : estimator
    The estimator fitted on all data with the best parameters. Missing if ``refit=False``.
refit_params_ : dict
    The parameters that rebuild ``best_estimator_``. Missing if ``refit=False``.
refit_time_ : float
    Seconds it took to fit ``best_estimator_``. Missing if ``refit=False``.
scorer_ : callable or dict
    The scorer, or the scorers by name if there are several metrics.
n_splits_ : int
    Number of folds.
multimetric_ : bool
    Whether there are several metrics.
n_trials_ : int
    Number of trials, that is of configurations tried.
stop_reason_ : str
    Why the search ended: "n_iter", "exhausted", "interrupt", "workers" (tasks
    that cannot be stopped hold all of them), or the name of a stopping rule.
max_concurrent_trials_ : int
    Number of trials that were under way at once.
classes_ : ndarray of shape (n_classes,)
    The labels, if ``best_estimator_`` is a classifier.
n_features_in_ : int
    Number of features seen in `fit`, if ``best_estimator_`` says so.
feature_names_in_ : ndarray of shape (`n_features_in_`,)
    Their names, if ``best_estimator_`` has them.
"""

# numpydoc's order; what stands before the first heading is the summary
SECTIONS = (
    "Parameters",
    "Attributes",
    "See Also",
    "Notes",
    "References",
    "Examples",
)


def documented(cls: T) -> T:
    """Complete the docstring of a search class; nothing else is touched.

    The class describes its own parameters, without defaults, and whatever else is its own. The
    texts of the others come from the table above, every ``default=`` from the signature, and the
    shared attributes are appended.

    Parameters
    ----------
    cls : type
        A search class with a docstring in numpydoc's form.

    Returns
    -------
    type
        The same class.

    Raises
    ------
    TypeError
        If a parameter has no text, a text no parameter, or a text states a default itself.
    """
    if cls.__doc__ is None:  # python -OO
        return cls
    summary, sections = _split(inspect.cleandoc(cls.__doc__), cls.__name__)
    own = _entries(sections.get("Parameters", ""))
    sections["Parameters"] = _parameters(cls, own)
    attributes = _entries(SHARED_ATTRIBUTES) | _entries(sections.get("Attributes", ""))
    if "resource" in inspect.signature(cls).parameters:
        attributes |= _entries(FIDELITY_ATTRIBUTES)
    sections["Attributes"] = "\n".join(f"{name} : {text}" for name, text in attributes.items())
    parts = [summary] + [
        f"{title}\n{'-' * len(title)}\n{sections[title]}" for title in SECTIONS if title in sections
    ]
    cls.__doc__ = "\n\n".join(parts) + "\n"
    return cls


def _parameters(cls: type, own: dict[str, str]) -> str:
    """The entries in the order of the signature, with its defaults."""
    signature = inspect.signature(cls).parameters
    stray = [name for name in own if name not in signature]
    if stray:
        raise TypeError(f"{cls.__name__} documents {stray}, which its constructor does not take.")
    texts = _entries(SHARED_PARAMETERS) | _entries(JOURNAL_PARAMETERS) | own
    missing = [name for name in signature if name not in texts]
    if missing:
        raise TypeError(
            f"{cls.__name__} does not document {missing}: describe them in the section Parameters "
            "of its docstring, or in skhpo/search/_docs.py if they are shared."
        )
    entries = []
    for name, parameter in signature.items():
        kind, _, text = texts[name].partition("\n")
        if "default" in kind:
            raise TypeError(
                f"{cls.__name__} states a default of {name!r} in its docstring: leave that to the "
                "signature."
            )
        if parameter.default is not inspect.Parameter.empty:
            kind += f", default={_shown(parameter.default)}"
        entries.append(f"{name} : {kind}\n{text}")
    return "\n".join(entries)


def _shown(default: Any) -> str:
    """A default as one would type it."""
    if isinstance(default, float) and np.isnan(default):
        return "np.nan"
    return f'"{default}"' if isinstance(default, str) else repr(default)


def _split(doc: str, name: str) -> tuple[str, dict[str, str]]:
    """What stands before the first heading, and the sections by title."""
    summary, *rest = re.split(r"^(\w[\w ]*)\n-{3,}\n", doc, flags=re.MULTILINE)
    sections = {title: body.strip("\n") for title, body in zip(rest[::2], rest[1::2], strict=True)}
    unknown = [title for title in sections if title not in SECTIONS]
    if unknown:
        raise TypeError(f"{name} has sections {unknown} in its docstring; known are {SECTIONS}.")
    return summary.strip("\n"), sections


def _entries(section: str) -> dict[str, str]:
    """``{name: type and indented text}`` of a section of ``name : type`` entries."""
    parts = re.split(r"^(\w+) : ", section.strip("\n"), flags=re.MULTILINE)
    return {name: text.rstrip("\n") for name, text in zip(parts[1::2], parts[2::2], strict=True)}
