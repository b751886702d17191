"""What every sampler must do, on every space."""

import pickle
import warnings
from collections.abc import Callable

import numpy as np
from scipy.stats import kstest
from sklearn.base import clone
from sklearn.utils import check_random_state

from .._records import Plan, Proposal
from ..samplers import Sampler
from ..space import Real, Space, When, make_space
from ._play import SearchPlay
from ._spaces import spaces

N_TRIALS = 24
LEAST_P = 1e-3
SMALL = 200  # configurations: small enough to be gone through


def check_sampler(
    spec: Sampler, space: Space | None = None, *, with_replacement: bool = False
) -> None:
    """Check that a sampler keeps its promises, whatever the results and their order.

    Searches are played without an estimator, with jobs in flight, results out of order, ties,
    failures, losses that are not finite, and trials that the sampler did not propose. All arrays
    handed to the sampler are read-only. A sampler may refuse an infinite space at its start with
    a ValueError that names the parameter; then nothing else is checked.

    Parameters
    ----------
    spec : Sampler
        Must be new: not shared with a search.
    space : Space or None, default=None
        Where to search; None means every one of `spaces`.
    with_replacement : bool, default=False
        Whether the sampler may repeat a configuration where a parameter is a distribution, as
        scikit-learn's random search does.

    Raises
    ------
    AssertionError
        If a proposal lies outside the space, breaks a constraint, repeats another one while there
        are new ones, or depends on anything but the seed and what was told.

    Examples
    --------
    >>> from skhpo.samplers import SobolSampler
    >>> from skhpo.testing import check_sampler, spaces
    >>> check_sampler(SobolSampler(), spaces()["mixed"])
    """
    if space is None:
        for name, each in spaces().items():
            try:
                check_sampler(spec, each, with_replacement=with_replacement)
            except AssertionError as error:
                raise AssertionError(f"in the space {name!r}: {error}") from error
        return
    before = dict(vars(spec))
    before_global = _global_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if not _refused(spec, space):
            distinct = not (with_replacement and _has_distribution(space))
            for check in CHECKS:
                check(spec, space, distinct)
    assert vars(spec) == before, "a search must not change the spec"
    assert _global_state() == before_global, "the global generator was used"


def _global_state() -> bytes:
    return pickle.dumps(check_random_state(None).get_state(legacy=False))


def _refused(spec: Sampler, space: Space) -> bool:
    """Whether the sampler cannot search `space`, and says so properly."""
    try:
        _start(spec, space)
    except ValueError as error:
        assert space.size == np.inf, f"a finite space was refused: {error}"
        named = any(repr(column.name) in str(error) for column in space.columns)
        assert named, f"the refusal names no parameter: {error}"
        return True
    return False


def _has_distribution(space: Space) -> bool:
    forms = [form for branch in space.declared for form in branch.values()]
    drawn = any(hasattr(form, "rvs") for form in forms)
    return drawn and not any(isinstance(form, When) for form in forms)


def _start(spec: Sampler, space: Space, *, n_iter: int | None = N_TRIALS) -> SearchPlay:
    return SearchPlay.start(spec, space, Plan(n_iter=n_iter, concurrency=3), seed=1)


def _check_proposals(spec: Sampler, space: Space, distinct: bool) -> None:
    """Losses of every sort, three jobs in flight, told in any order."""
    play = _start(spec, space)
    for _ in range(N_TRIALS):
        proposal = play.ask(distinct)
        if proposal is None:
            break
        _check_legal(space, proposal, unplaced=not spec.needs_model_space)
        play.tell_some(3, play.any_loss)
    play.check_unaltered()


def _check_legal(space: Space, proposal: Proposal, unplaced: bool) -> None:
    point, params = proposal.point, proposal.params
    assert proposal.origin, "a proposal names its sampler"
    assert point.x.shape == point.active.shape == (1, space.n_columns), "one row a proposal"
    assert np.all(point.x[~point.active] == 0.5), "inactive cells hold 0.5"
    assert space.allows(params), f"a constraint forbids {params!r}"
    meant = space.encode(params)
    assert meant is not None, f"{params!r} lies outside the space"
    if unplaced and not point.active.any():
        return
    assert np.all((point.x >= 0) & (point.x <= 1)), f"{point.x} lies outside the cube"
    assert np.array_equal(point.active, space.active(point.x)), "the mask breaks conditions"
    assert np.allclose(space.normalize(point.x).x, point.x, atol=1e-12), "codes are canonical"
    decoded = space.encode(space.decode(point)[0])
    same = decoded is not None and space.keys(decoded) == space.keys(meant)
    assert same, f"the point does not mean {params!r}"
    numpy_made = [name for name, value in params.items() if isinstance(value, np.generic)]
    assert not numpy_made, f"values of {numpy_made} are no Python scalars"


def _check_repeats_itself(spec: Sampler, space: Space, distinct: bool) -> None:
    """The same seed gives the same trials: again, by a clone, by a pickle, resumed half-way."""
    copies = (spec, clone(spec), pickle.loads(pickle.dumps(spec)))
    plays = [_start(each, space) for each in copies]
    for i in range(N_TRIALS):
        asked = [play.ask(distinct) for play in plays]
        same = all(_alike(asked[0], other) for other in asked[1:])
        assert same, f"trial {i}: same seed, other proposals: {asked!r}"
        if asked[0] is None:
            return
        for play in plays:
            play.tell_some(4, play.any_loss)
        if i % 5 == 3:
            plays[2] = pickle.loads(pickle.dumps(plays[2]))


def _alike(a: Proposal | None, b: Proposal | None) -> bool:
    if a is None or b is None:
        return a is b
    rows = (a.point.x.tobytes(), a.point.active.tobytes(), repr(a.params), a.origin)
    return rows == (b.point.x.tobytes(), b.point.active.tobytes(), repr(b.params), b.origin)


def _check_pending(spec: Sampler, space: Space, distinct: bool) -> None:
    """Any number of jobs in flight, none of which ever ends."""
    play = _start(spec, space)
    for _ in range(N_TRIALS):
        if play.ask(distinct) is None:
            return


def _check_failures(spec: Sampler, space: Space, distinct: bool) -> None:
    """Nothing but failures."""
    play = _start(spec, space)
    for _ in range(N_TRIALS):
        if play.ask(distinct) is None:
            return
        play.tell_some(2, lambda: float("nan"))


def _check_strangers(spec: Sampler, space: Space, distinct: bool) -> None:
    """Trials of other samplers, before and between the sampler's own, and of earlier searches."""
    play = _start(spec, space)
    play.tell_strangers(4, earlier=True)
    for i in range(N_TRIALS // 2):
        if i % 4 == 0:
            play.tell_strangers(2)
        proposal = play.ask(distinct)
        if proposal is not None:
            _check_legal(space, proposal, unplaced=not spec.needs_model_space)
        play.tell_some(2, play.any_loss)


def _check_exhaustion(spec: Sampler, space: Space, distinct: bool) -> None:
    """A small space is gone through whole, then there is nothing more."""
    if space.size > SMALL or not distinct:
        return
    wanted = {space.keys(row)[0] for row in map(space.encode, space.enumerate()) if row is not None}
    play = _start(spec, space, n_iter=None)
    while play.ask(distinct) is not None:
        play.tell_some(2, play.any_loss)
    missed = len(wanted - play.keys)
    assert not missed, f"the sampler ended with {missed} of {len(wanted)} configurations untried"
    play.tell_some(0, play.any_loss)
    assert play.ask(distinct) is None, "there was nothing left, yet something came"


def _check_constant_objective(spec: Sampler, space: Space, distinct: bool) -> None:
    """Where all losses are equal, proposals spread as random ones do."""
    cube = make_space({name: Real(0, 1) for name in ("x", "y", "z")})
    if _refused(spec, cube):
        return
    play = _start(spec, cube, n_iter=30)
    drawn = []
    for _ in range(30):
        proposal = play.ask(distinct=True)
        assert proposal is not None, "an infinite space cannot be exhausted"
        drawn.append(proposal.params)
        play.tell_some(0, lambda: 0.5)
    for name in cube.declared[0]:
        p = kstest([params[name] for params in drawn], "uniform").pvalue
        assert p > LEAST_P, f"constant losses, yet {name!r} is not uniform (p = {p:.2g})"


CHECKS: tuple[Callable[[Sampler, Space, bool], None], ...] = (
    _check_proposals,
    _check_repeats_itself,
    _check_pending,
    _check_failures,
    _check_strangers,
    _check_exhaustion,
    _check_constant_objective,
)
