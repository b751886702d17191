"""What a search learns from earlier ones: their results, mapped through its own space."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _sklearn
from .._history import History
from .._records import Observations, Points, Proposal, Provenance
from .._typing import Params
from ..exceptions import SearchWarning
from ..samplers import SamplerRun, known_proposal
from ..space import Space
from ..space._values import same
from ._guide import Guide
from ._sources import Row, read

N_FIRST = 5  # configurations of other data that are tried first, at most
FIRST_SHARE = 5  # and one in so many of the trials
APART = 0.1  # of a parameter's range: nearer ones are one place, and its fifth point tells little


@dataclass(frozen=True, slots=True)
class Earlier:
    """Results of earlier searches that fit the space.

    Attributes
    ----------
    provenance : Provenance
        Of the search that learns from them.
    observed : Observations
        One row a job, under negative trial numbers, oldest first; `resource` is the share of the
        full one.
    best : tuple of Proposal
        The distinct configurations, the best ones first.
    transfer : bool
        Whether they are results on other data.
    """

    provenance: Provenance
    observed: Observations
    best: tuple[Proposal, ...] = ()
    transfer: bool = False

    @property
    def n_told(self) -> int:
        """How many trials the sampler is told of."""
        return 0 if self.transfer else len(np.unique(self.observed.trial))

    def teach(self, run: SamplerRun, full_resource: float) -> None:
        """Let a sampler learn from them, before its first `ask`."""
        known = self.observed
        if not len(known):
            return
        resource = known.resource * full_resource
        told = Observations(
            known.trial, known.loss, resource, known.status, known.cost, known.points
        )
        if not self.transfer:
            run.tell(told)
        elif hasattr(run, "transfer"):
            run.transfer(told)

    def first(self, space: Space, others: Sequence[Proposal], n_iter: int | None) -> list[Proposal]:
        """What to try right after `others`, of which none is repeated."""
        best: Sequence[Proposal] = self.best[:1]
        if self.transfer:
            n = N_FIRST if n_iter is None else min(N_FIRST, n_iter // FIRST_SHARE)
            best = _apart(self.best[: max(n, len(self.best) // 2)], n)
        seen = {space.keys(proposal.point)[0] for proposal in others}
        return [each for each in best if space.keys(each.point)[0] not in seen]


def find_earlier(
    search: Any, guide: Guide, resource: str | None, space: Space, now: Provenance
) -> Earlier:
    """Read `warm_start_from`.

    Parameters
    ----------
    search : BaseSearch
    guide : Guide
    resource : str or None
        The parameter that is the scheduler's resource.
    space : Space
    now : Provenance
        Of this search.

    Returns
    -------
    Earlier

    Raises
    ------
    TypeError
        If `warm_start_from` is not of a kind that is known.
    ValueError
        If it holds results on other data, or of another metric.
    """
    source = search.warm_start_from
    if source is None:
        return Earlier(now, Observations.empty(space.n_columns))
    if isinstance(source, History) and not search.transfer:
        _check_same(source.provenance, now)
    names = _sklearn.metric_names(guide.scorer)
    rows = read(source, guide.objective or (names[0] if names else None))
    mapping = Mapping(space, search.estimator, resource)
    points = [mapping.point(row.params) for row in rows]
    n_lost = sum(point is None for point in points)
    if n_lost:
        warnings.warn(
            f"warm_start_from: {n_lost} of {len(rows)} configurations lie outside the space, or "
            "break a constraint, and are left out.",
            SearchWarning,
            stacklevel=5,
        )
    pairs = [(row, point) for row, point in zip(rows, points, strict=True) if point is not None]
    return Earlier(now, _observations(space, pairs), _best(space, pairs), bool(search.transfer))


class Mapping:
    """From the parameters of another search to points of this one's space.

    Parameters
    ----------
    space : Space
    estimator : estimator
    resource : str or None
    """

    def __init__(self, space: Space, estimator: Any, resource: str | None) -> None:
        self._space = space
        self._names = {name for branch in space.declared for name in branch}
        self._own = estimator.get_params(deep=True)
        self._resource = resource

    def point(self, params: Params) -> Points | None:
        """The point of `params`, or None where they lie outside the space.

        A parameter that the space does not have must be what it is in the estimator.
        """
        inside = {name: value for name, value in params.items() if name in self._names}
        for name in params.keys() - inside.keys() - {self._resource}:
            if name not in self._own or not same(self._own[name], params[name]):
                return None
        point = self._space.encode(inside)
        if point is None or not self._space.allows(self._space.decode(point)[0]):
            return None
        return point


def _check_same(then: Provenance | None, now: Provenance) -> None:
    if then is None:
        return
    parts = {
        "X": (then.X, now.X),
        "y": (then.y, now.y),
        f"metric (it has {then.metric}, not {now.metric})": (then.metric, now.metric),
    }
    different = [name for name, (old, new) in parts.items() if old and new and old != new]
    if different:
        raise ValueError(
            f"warm_start_from was not made with this fit's {' and '.join(different)}. With "
            "transfer=True the search learns from other data; if the scores are comparable all "
            "the same, pass history_.cv_results instead."
        )


def _observations(space: Space, pairs: Sequence[tuple[Row, Points]]) -> Observations:
    if not pairs:
        return Observations.empty(space.n_columns)
    rows = [row for row, _ in pairs]
    numbers = {trial: i for i, trial in enumerate(dict.fromkeys(row.trial for row in rows))}
    return Observations(
        np.array([numbers[row.trial] - len(numbers) for row in rows], dtype=np.int64),
        np.array([row.loss for row in rows]),
        np.array([row.share for row in rows]),
        np.array([row.status for row in rows], dtype="<U9"),
        np.array([row.cost for row in rows]),
        Points.concatenate([point for _, point in pairs]),
    )


def _apart(proposals: Sequence[Proposal], n: int) -> list[Proposal]:
    """The first `n` that differ from all before them in some parameter."""
    chosen: list[Proposal] = []
    for each in proposals:
        x = each.point.x
        if len(chosen) < n and all(np.max(np.abs(x - c.point.x)) >= APART for c in chosen):
            chosen.append(each)
    return chosen


def _best(space: Space, pairs: Sequence[tuple[Row, Points]]) -> tuple[Proposal, ...]:
    """Configurations that were completed, each once: at the largest resource first, by loss."""
    done = [(row, point) for row, point in pairs if row.status == "complete"]
    done = [(row, point) for row, point in done if np.isfinite(row.loss)]
    found: dict[bytes, Proposal] = {}
    for row, point in sorted(done, key=lambda pair: (-pair[0].share, pair[0].loss)):
        proposal = known_proposal(space, point, row.params, "earlier")
        found.setdefault(space.keys(point)[0], proposal)
    return tuple(found.values())
