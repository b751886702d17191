"""The metric that guides a search, where there are several."""

import warnings
from dataclasses import dataclass
from typing import Any

from .. import _sklearn
from .._records import FoldScore
from ..exceptions import SearchWarning
from ..samplers import Sampler
from ..schedulers import Scheduler
from ..stopping import StoppingRule


@dataclass(frozen=True, slots=True)
class Guide:
    """The scorer, and the metric that guides the search.

    `objective` is None for the only metric, or the first; `needed` says that something in the
    search depends on it.
    """

    scorer: Any
    objective: str | None
    needed: bool


def guide(search: Any, specs: tuple[Sampler, Scheduler], rule: StoppingRule | None) -> Guide:
    """The scorer and the metric that guides the search.

    Raises
    ------
    ValueError
        If `objective` is not one of the metrics.
    """
    needed = any(spec.adaptive for spec in specs) or (rule is not None and rule.needs_loss)
    scorer, _ = search._get_scorers()
    names = _sklearn.metric_names(scorer)
    objective = search.objective
    if objective is not None and not callable(search.scoring):
        known = names or ("score",)
        if objective not in known:
            raise ValueError(f"objective={objective!r} is not one of the metrics {list(known)}.")
    if objective is None and isinstance(search.refit, str) and (names or callable(search.scoring)):
        objective = search.refit
    if objective is None and len(names) > 1 and needed:
        warnings.warn(_objective_missing(search, names), SearchWarning, stacklevel=4)
    return Guide(scorer, objective, needed)


def check_metrics(search: Any, guide: Guide, score: FoldScore) -> None:
    """Hold the names that a callable `scoring` returned against `refit` and `objective`.

    Raises
    ------
    ValueError
        If one of the two is not among them.
    """
    if not callable(search.scoring) or score.score_error is not None:
        return
    if score.multimetric:
        search._check_refit_for_multimetric(score.scores)
        if guide.objective is None and guide.needed and len(score.scores) > 1:
            names = tuple(score.scores)
            warnings.warn(_objective_missing(search, names), SearchWarning, stacklevel=2)
    if search.objective is not None and search.objective not in score.scores:
        raise ValueError(
            f"objective={search.objective!r} is not one of the metrics {list(score.scores)}."
        )


def _objective_missing(search: Any, names: tuple[str, ...]) -> str:
    return (
        f"With several metrics, refit={search.refit!r} and objective=None, the search is guided by "
        f"the first metric, {names[0]!r}. Set objective to one of {list(names)}."
    )
