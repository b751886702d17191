"""Journals read from outside: of searches that are over, and of those that still run."""

import os
from dataclasses import replace
from pathlib import Path

from .._history import History
from .._records import Proposal, Result
from .._table import Layout
from ._calls import Header, Left, Opened, Record
from ._folder import SUFFIX
from ._journal import decode, decode_first
from ._lines import parse
from ._recorded import RecordedHistory
from ._values import StoredValues


def read_journal(path: str | os.PathLike[str]) -> History:
    """Read what a search has written to its journal.

    It may still be running: what it has finished so far is there. Nothing that the file says is
    executed. Values that are no numbers, texts, True, False or None, such as estimators, come back
    as stand-ins that look like them.

    Parameters
    ----------
    path : str or path
        A journal, or a folder that holds one.

    Returns
    -------
    History
        With the tables `cv_results` and `trials`.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If the folder holds several, or, as `skhpo.exceptions.JournalError`, if a line is damaged.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import TPESearchCV, read_journal
    >>> X, y = load_iris(return_X_y=True)
    >>> with TemporaryDirectory() as folder:
    ...     search = TPESearchCV(
    ...         SVC(), {"C": [1, 10, 100]}, n_iter=2, random_state=0, journal=folder
    ...     ).fit(X, y)
    ...     history = read_journal(folder)
    >>> history.cv_results["mean_test_score"] == search.cv_results_["mean_test_score"]
    array([ True,  True])
    """
    file = _file(Path(path))
    lines = parse(file.read_bytes(), str(file))[0]
    if not lines:
        return History()
    values = StoredValues(decode_first(lines, str(file)).values)
    record = decode(lines, str(file), values)
    history = RecordedHistory(
        record.header.n_columns,
        resource=record.header.layout["resource"],
        full_resource=record.header.layout["full_resource"],
    )
    _fill(history, record)
    return history.kept(layout_of(record.header, history), record.header)


def _file(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = sorted(path.glob(f"*{SUFFIX}"))
    if not found:
        raise FileNotFoundError(f"The folder {path} holds no journal.")
    if len(found) > 1:
        raise ValueError(
            f"The folder {path} holds {len(found)} journals; name one of them: "
            f"{[file.name for file in found]}."
        )
    return found[0]


def layout_of(header: Header, history: History) -> Layout:
    """What the tables of a search must know; a scorer that decides late is asked for its names."""
    layout = header.layout
    metrics = layout["metrics"]
    if metrics is None:
        folds = (fold for result in history.results for fold in result.folds if fold is not None)
        metrics = next((tuple(fold.scores) for fold in folds if fold.scores), ("score",))
    return Layout(
        layout["n_splits"], metrics, layout["error_score"], layout["train_scores"], layout["spends"]
    )


def _fill(history: RecordedHistory, record: Record) -> None:
    """Open and close jobs as they were, without anybody who proposes or learns."""
    jobs = {}
    proposals: dict[int | None, Proposal] = {}
    for call in record.calls:
        if isinstance(call, Opened):
            slot, proposal = call.slot, call.proposal
            if proposal is None:
                job = history.open(slot, proposals[slot.trial])
            else:
                job = history.open(replace(slot, trial=None), proposal)
                proposals[slot.trial] = proposal
            jobs[job.number] = job
        elif not isinstance(call, Left):
            _close(history, replace(record.results[call.job], job=jobs.pop(call.job)))
    history.seal()
    for number, job in jobs.items():
        if number in record.results:
            _close(history, replace(record.results[number], job=job))


def _close(history: RecordedHistory, result: Result) -> None:
    history.recall(result)
    history.close(result)
