"""Whether the record of an earlier `fit` may be gone on from, and what of it."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._journal import Header, KeptHistory, Record, Told, different, versions
from .._records import Plan
from ..exceptions import JournalError, JournalWarning
from ..samplers import Sampler
from ..schedulers import Scheduler
from ..space import Space
from ._identity import can_be_prolonged


def of_history(history: KeptHistory, parts: Mapping[str, str]) -> Record | None:
    """The record behind `history_` if it is of this very search; otherwise None, with a warning.

    Parameters
    ----------
    history : KeptHistory
    parts : dict of str to str
        The hash of each part of the search.

    Returns
    -------
    Record or None
    """
    then = history.record.header.parts
    strange = different(then, parts)
    strange += [name for name, text in then.items() if not text and name not in strange]
    if not strange:
        return history.record
    warnings.warn(
        f"warm_start=True: the search starts afresh, since it differs from that of history_ in: "
        f"{', '.join(strange)}.",
        JournalWarning,
        stacklevel=2,
    )
    return None


def checked(record: Record, search: Any, specs: tuple[Sampler, Scheduler]) -> Record:
    """The record as it is gone on from: jobs that may run longer now have not ended.

    Warns of other versions of the packages.

    Parameters
    ----------
    record : Record
    search : BaseSearch
    specs : tuple of Sampler and Scheduler

    Returns
    -------
    Record

    Raises
    ------
    ValueError
        If there are more trials than wanted.
    """
    n_iter = search._budget()
    if n_iter is not None and record.n_trials > n_iter:
        raise ValueError(
            f"n_iter={n_iter} is less than the {record.n_trials} trials that this search has "
            "already: it may be raised, not lowered. Take another folder, or warm_start=False, to "
            "start afresh."
        )
    then, now = record.header.versions, versions()
    strange = [
        f"{name} {then.get(name)} then, {now.get(name)} now" for name in different(then, now)
    ]
    if strange:
        warnings.warn(
            f"The search began with other versions: {'; '.join(strange)}. Its trials are kept; "
            "new ones may differ from what they would have been.",
            JournalWarning,
            stacklevel=2,
        )
    if can_be_prolonged(specs):
        return _revived(record, getattr(search, "trial_timeout", None))
    return record


def check_frame(header: Header, plan: Plan, n_splits: int, space: Space) -> None:
    """Refuse a record whose header contradicts the search.

    Parameters
    ----------
    header : Header
    plan : Plan
    n_splits : int
    space : Space

    Raises
    ------
    JournalError
    """
    then = replace(header.plan, n_iter=plan.n_iter, concurrency=plan.concurrency)
    frame = header.layout["n_splits"], header.n_columns, then
    if frame != (n_splits, space.n_columns, plan):
        raise _contradiction("folds, columns or resources")


def check_layout(header: Header, layout: Mapping[str, Any]) -> None:
    """Refuse a record whose tables would look otherwise.

    Parameters
    ----------
    header : Header
    layout : dict
        What the tables of this search must know.

    Raises
    ------
    JournalError
    """
    strange = [name for name in layout if repr(layout[name]) != repr(header.layout.get(name))]
    if strange:
        raise _contradiction(", ".join(strange))


def _contradiction(what: str) -> JournalError:
    return JournalError(
        f"The record's header names other {what} than this search has, though it is of the same "
        "search: it was changed. Restore the journal from a copy, or move it away."
    )


def _revived(record: Record, limit: float | None) -> Record:
    most = math.inf if limit is None else limit
    again = {
        number
        for number, result in record.results.items()
        if result.status == "timed_out" and result.finished - result.started < most
    }
    if not again:
        return record
    calls = tuple(
        call for call in record.calls if not (isinstance(call, Told) and call.job in again)
    )
    results = {number: r for number, r in record.results.items() if number not in again}
    return replace(record, calls=calls, results=results)
