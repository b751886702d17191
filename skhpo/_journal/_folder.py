"""Where journals lie: one file a search in the folder that the user names."""

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..exceptions import JournalError, JournalWarning
from ._calls import Header
from ._fingerprint import different, join
from ._journal import Journal, decode_first
from ._lines import parse

SUFFIX = ".jsonl"
DATA = ("X", "y")


def open_journal(
    folder: str | os.PathLike[str], parts: Mapping[str, str], declared: Sequence[Mapping[str, Any]]
) -> Journal:
    """The journal of a search in a folder, made where there is none.

    Parameters
    ----------
    folder : str or path
        Made where it is missing.
    parts : dict of str to str
        The hash of each part of the search.
    declared : sequence of dict
        The space as it was declared.

    Returns
    -------
    Journal
        Locked.

    Raises
    ------
    JournalError
        If the file is damaged, in use, or was renamed.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{join(f'{name} {parts[name]}' for name in sorted(parts))}{SUFFIX}"
    if not path.exists():
        _name_the_nearest(place, parts)
    journal = Journal(path, declared)
    if journal.record is not None:
        strange = different(journal.record.header.parts, parts)
        if strange:
            journal.close()
            raise JournalError(
                f"The journal {path} belongs to a search with another {', '.join(strange)}: it was "
                "renamed. Give it back its name, or move it away."
            )
    return journal


def _name_the_nearest(folder: Path, parts: Mapping[str, str]) -> None:
    """Warn if the folder holds a search on the same data that differs in something else."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        header = _header(path)
        if header is not None:
            strange = different(header.parts, parts)
            if not set(strange) & set(DATA):
                found.append((len(strange), strange, path))
    if found:
        _, strange, path = min(found)
        warnings.warn(
            f"No journal in {folder} is of this search, so it starts afresh. {path.name} has the "
            f"same X and y, but differs in: {', '.join(strange)}.",
            JournalWarning,
            stacklevel=2,
        )


def _header(path: Path) -> Header | None:
    """The header of a file; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            lines = parse(file.readline(), str(path))[0]
        return decode_first(lines, str(path)) if lines else None
    except (OSError, JournalError):
        return None
