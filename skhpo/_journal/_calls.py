"""What a record of a search consists of: the calls that were made, in order, and how jobs ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .._records import Plan, Proposal, Result, Slot


@dataclass(frozen=True, slots=True)
class Opened:
    """A job was opened in a slot that the scheduler offered.

    Attributes
    ----------
    job : int
        Its number.
    slot : Slot
        With its trial.
    proposal : Proposal or None
        What the sampler proposed; None where the job continues a trial.
    """

    job: int
    slot: Slot
    proposal: Proposal | None


@dataclass(frozen=True, slots=True)
class Told:
    """Sampler and scheduler learned how a job ended."""

    job: int


@dataclass(frozen=True, slots=True)
class Left:
    """A slot was left empty, since the sampler had nothing to propose."""

    slot: Slot


Call: TypeAlias = Opened | Told | Left


@dataclass(frozen=True, slots=True)
class Header:
    """What was settled before the first call.

    Attributes
    ----------
    parts : dict
        The hash of each part of the search; "" where a part has none.
    plan : Plan
        What sampler and scheduler were started with.
    seeds : tuple of int
        Behind every random number of the search.
    n_columns : int
        Of the space.
    layout : dict
        What the tables must know: "n_splits", "metrics" (None where the scorer decides),
        "error_score", "train_scores", "spends" (whether jobs differ in a resource), "resource" (the
        parameter that it is, if any) and "full_resource".
    versions : dict
        Of the packages.
    values : dict
        For each parameter with values that JSON cannot hold, what they look like, one list a
        branch.
    """

    parts: Mapping[str, str]
    plan: Plan
    seeds: tuple[int, ...]
    n_columns: int
    layout: Mapping[str, Any]
    versions: Mapping[str, str]
    values: Mapping[str, list[list[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """All that is needed to make the calls of a search again.

    Attributes
    ----------
    header : Header
    calls : tuple of Opened, Told and Left
        In the order in which they were made.
    results : dict of int to Result
        How jobs ended, by their number; they may not have been told yet.
    """

    header: Header
    calls: tuple[Call, ...]
    results: Mapping[int, Result]

    @property
    def n_trials(self) -> int:
        """Number of trials that were opened."""
        return sum(isinstance(call, Opened) and call.proposal is not None for call in self.calls)
