"""Points to try first, and the count of trials: a wrapper around any sampler's run."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .._records import Observations, Points, Proposal, Slot
from .._typing import Params
from ..space import Space, When, make_space
from ._base import SamplerRun
from ._listed import CandidateRun


class InitialPoints:
    """Proposes given points, then what `run` does; remembers how many trials there were.

    The wrapped run learns of the given points as of any trial that is not its own: from `pending`
    and from `tell`.

    Parameters
    ----------
    run : SamplerRun
        Whoever proposes what comes after the given points.
    proposals : sequence of Proposal
        The given points, in the order in which they are tried.
    n_iter : int or None
        Trials after which there are no more; None for no limit.

    Attributes
    ----------
    exhausted : bool
        Whether the wrapped run had nothing left to propose.
    """

    def __init__(self, run: SamplerRun, proposals: Sequence[Proposal], n_iter: int | None) -> None:
        self._run = run
        self._proposals = list(proposals)
        self._n_iter = n_iter
        self._n_trials = 0
        self.exhausted = False

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose the next given point, or ask the wrapped run.

        Parameters
        ----------
        trial : int
            Number of the trial.
        slot : Slot
            The place that it fills.
        pending : Observations
            The jobs in flight.

        Returns
        -------
        Proposal or None
            None after `n_iter` trials, or when the wrapped run has nothing left.
        """
        if self._n_trials == self._n_iter:
            return None
        if self._n_trials < len(self._proposals):
            proposal: Proposal | None = self._proposals[self._n_trials]
        else:
            proposal = self._run.ask(trial, slot, pending)
        if proposal is None:
            self.exhausted = True
        else:
            self._n_trials += 1
        return proposal

    def adopt(self, trial: int, params: Params) -> bool:
        """Count a trial that an earlier search made, where the wrapped run takes such trials.

        Parameters
        ----------
        trial : int
            Number of the trial, the next one.
        params : dict
            Its parameters.

        Returns
        -------
        bool
            Whether it does; otherwise nothing has happened.
        """
        if not (isinstance(self._run, CandidateRun) and self._run.adopt(params)):
            return False
        self._n_trials = trial + 1
        return True

    def tell(self, observed: Observations) -> None:
        """Pass on what was observed.

        Parameters
        ----------
        observed : Observations
            Finished jobs.
        """
        self._run.tell(observed)


def initial_proposals(space: Space, estimator: Any, initial: Any) -> list[Proposal]:
    """The points that `initial_params` asks for, each once.

    Parameters
    ----------
    space : Space
        Where the points must lie.
    estimator : estimator
        Its own values count where `initial` is "estimator".
    initial : "estimator", list of dict or None
        "estimator" moves the estimator's values to the nearest point of the space.

    Returns
    -------
    list of Proposal
        Their origin is "initial", or "initial-moved" where a value had to move.

    Raises
    ------
    TypeError
        If `initial` is something else.
    ValueError
        If a dict lies outside the space or breaks a constraint.
    """
    if initial is None:
        return []
    if isinstance(initial, str) and initial == "estimator":
        point, moved = space.nearest(estimator)
        params = _exact(space.decode(point)[0], estimator.get_params(deep=True))
        return [Proposal(point, params, "initial-moved" if moved else "initial")]
    if isinstance(initial, str) or not isinstance(initial, Sequence):
        raise TypeError(
            f"initial_params must be 'estimator', a list of dicts or None, got {initial!r}."
        )
    points = [_encode(space, i, params) for i, params in enumerate(initial)]
    unique = {space.keys(point)[0]: i for i, point in reversed(list(enumerate(points)))}
    order = sorted(unique.values())
    return [known_proposal(space, points[i], initial[i], "initial") for i in order]


def known_proposal(space: Space, point: Points, params: Mapping[str, Any], origin: str) -> Proposal:
    """Make the proposal of parameters that somebody named.

    Parameters
    ----------
    space : Space
        Where they lie.
    point : Points
        Their row of the cube.
    params : dict
        Their floats are kept to the last digit.
    origin : str
        Who named them.

    Returns
    -------
    Proposal
    """
    return Proposal(point, _exact(space.decode(point)[0], params), origin)


def _encode(space: Space, i: int, params: Any) -> Points:
    name = f"initial_params[{i}]"
    if not isinstance(params, Mapping):
        raise TypeError(f"{name} must be a dict of parameters, got {params!r}.")
    point = space.encode(dict(params))
    if point is None:
        raise ValueError(f"{name} lies outside the space: {_fault(space, params)}.")
    if not space.allows(space.decode(point)[0]):
        raise ValueError(
            f"{name} breaks a constraint: {dict(params)!r}. Change it or leave it out."
        )
    return point


def _fault(space: Space, params: Mapping[str, Any]) -> str:
    """What is wrong with `params`: a name, a value, or how they go together."""
    for name, value in params.items():
        forms = [branch[name] for branch in space.declared if name in branch]
        if not forms:
            return f"it has no parameter {name!r}"
        spaces = [make_space({name: _dimension(form)}, model=False) for form in forms]
        if not all(alone.is_model_space for alone in spaces):
            return f"what {name!r} may be is not known; give {forms[0]!r} a ppf and a cdf"
        if all(alone.encode({name: value}) is None for alone in spaces):
            return f"{name}={value!r} is not among the values of {_describe(forms[0])}"
    return (
        f"the parameters {sorted(params)} do not go together there; give a value for every "
        "parameter that takes part, and for no other"
    )


def _describe(form: Any) -> str:
    """What the user wrote for a parameter; frozen distributions do not say it themselves."""
    family = getattr(getattr(form, "dist", None), "name", None)
    if family is None:
        return repr(form)
    arguments = [repr(value) for value in form.args]
    arguments += [f"{name}={value!r}" for name, value in form.kwds.items()]
    return f"{family}({', '.join(arguments)})"


def _dimension(form: Any) -> Any:
    return _dimension(form.dimension) if isinstance(form, When) else form


def _exact(decoded: Params, given: Mapping[str, Any]) -> Params:
    """`decoded` with the very floats of `given`, which its own equal but for rounding."""
    return {
        name: float(given[name])
        if isinstance(value, float)
        and isinstance(given.get(name), float)
        and math.isclose(value, given[name], rel_tol=1e-12)
        else value
        for name, value in decoded.items()
    }
