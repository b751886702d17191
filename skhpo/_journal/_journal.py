"""A journal: the record of one search as a file, which grows while the search runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._records import Job, Result
from ._calls import Call, Header, Opened, Record, Told
from ._codec import (
    decode_call,
    decode_header,
    decode_result,
    encode_call,
    encode_header,
    encode_result,
)
from ._lines import LineFile, damage
from ._values import Values

_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


class Journal:
    """An open journal, locked until it is closed.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    declared : sequence of dict
        The space as it was declared.

    Attributes
    ----------
    record : Record or None
        What stood in the file; None if it is new.

    Raises
    ------
    JournalError
        If the file is damaged or in use.
    """

    def __init__(self, path: Path, declared: Sequence[Mapping[str, Any]]) -> None:
        self._values = Values(declared)
        self._file = LineFile(path)
        try:
            lines = self._file.lines
            self.record = decode(lines, str(path), self._values) if lines else None
        except BaseException:
            self._file.close()
            raise
        self._file.lines = []

    def begin(self, header: Header) -> None:
        """Write the header of a new journal."""
        self._file.append(encode_header(header), sync=True)

    def called(self, call: Call) -> None:
        """Write a call."""
        self._file.append(encode_call(call, self._values))

    def finished(self, result: Result) -> None:
        """Write how a job ended, and see to it that this stays."""
        self._file.append(encode_result(result), sync=True)

    def texts(self) -> dict[str, list[list[str]]]:
        """What the values that JSON cannot hold look like."""
        return self._values.texts()

    def close(self) -> None:
        """Close the file and give back its lock."""
        self._file.close()


def decode_first(lines: Sequence[dict[str, Any]], name: str) -> Header:
    """The header of a journal.

    Raises
    ------
    JournalError
        If the first line is none.
    """
    try:
        return decode_header(lines[0])
    except _ERRORS as error:
        raise damage(name, 1, _words(error)) from None


def decode(lines: Sequence[dict[str, Any]], name: str, values: Values) -> Record:
    """The record that the lines of a file hold.

    Parameters
    ----------
    lines : sequence of dict
        At least one.
    name : str
        Of the file, for messages.
    values : Values

    Returns
    -------
    Record

    Raises
    ------
    JournalError
        If a line is not what it should be.
    """
    header = decode_first(lines, name)
    reader = _Reader(header, values)
    for i, line in enumerate(lines[1:], start=2):
        try:
            reader.take(line)
        except _ERRORS as error:
            raise damage(name, i, _words(error)) from None
    return Record(header, tuple(reader.calls), reader.results)


class _Reader:
    """Takes one line after the other; remembers which jobs are open, and how they ended."""

    def __init__(self, header: Header, values: Values) -> None:
        self._header = header
        self._values = values
        self._open: dict[int, Job] = {}
        self._by_trial: list[Opened] = []
        self._n_jobs = 0
        self.calls: list[Call] = []
        self.results: dict[int, Result] = {}

    def take(self, line: dict[str, Any]) -> None:
        if line["kind"] == "done":
            self._ended(line)
            return
        call = decode_call(line, self._values, self._header.n_columns)
        if isinstance(call, Opened):
            self._opened(call)
        elif isinstance(call, Told):
            if call.job not in self.results:
                raise ValueError(f"job {call.job} has not ended")
            del self._open[call.job]
        self.calls.append(call)

    def _ended(self, line: dict[str, Any]) -> None:
        number = line["job"]
        before = self.results.get(number)
        if before is not None:
            if before.status != "timed_out" or number in self._open:
                raise ValueError(f"job {number} has ended before")
            self.calls.remove(Told(number))  # it ran again, with a larger limit
            self._open[number] = before.job
        n_splits = self._header.layout["n_splits"]
        self.results[number] = decode_result(line, self._open[number], n_splits)

    def _opened(self, call: Opened) -> None:
        trial, fresh = call.slot.trial, call.proposal is not None
        if call.job != self._n_jobs or trial is None:
            raise ValueError(f"job {self._n_jobs} was expected")
        if fresh != (trial == len(self._by_trial)) or not 0 <= trial <= len(self._by_trial):
            raise ValueError(f"there is no trial {trial} to go on with")
        if fresh:
            self._by_trial.append(call)
        proposal = self._by_trial[trial].proposal
        if proposal is not None:
            self._open[call.job] = Job(call.job, call.slot, proposal)
        self._n_jobs += 1


def _words(error: Exception) -> str:
    text = str(error)
    return text if isinstance(error, ValueError) else f"{type(error).__name__} {text}"
