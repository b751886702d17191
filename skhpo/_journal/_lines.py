"""A file of JSON lines that is only appended to, each line with a checksum over all before it."""

import json
import os
import warnings
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from .._typing import Params
from ..exceptions import JournalError, JournalWarning
from . import _lock

SUM = 16  # hexadecimal digits
TAIL = len(',"sum":""}') + SUM
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_PARSE_ERRORS = (ValueError, RecursionError, MemoryError)


def checksum(before: str, payload: bytes) -> str:
    """Of a line, given that of the line before it."""
    return blake2b(before.encode() + payload, digest_size=SUM // 2).hexdigest()


def sealed(line: Params, before: str) -> tuple[bytes, str]:
    """A line as it stands in the file, and its checksum."""
    payload = _encode(line).encode()
    check = checksum(before, payload)
    return payload[:-1] + f',"sum":"{check}"}}\n'.encode(), check


def parse(data: bytes, name: str) -> tuple[list[Params], str, int]:
    """The lines of a file.

    A last line without its newline was torn by whatever ended the search, and is left out.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for messages.

    Returns
    -------
    lines : list of dict
    check : str
        The last line's checksum.
    size : int
        Bytes up to the end of the last whole line.

    Raises
    ------
    JournalError
        If a line is damaged.
    """
    size = data.rfind(b"\n") + 1
    lines, check = [], ""
    for i, raw in enumerate(data[:size].split(b"\n")[:-1], start=1):
        payload = raw[:-TAIL] + b"}"
        check = checksum(check, payload)
        if raw[-TAIL:] != f',"sum":"{check}"}}'.encode():
            raise damage(name, i, "its checksum does not match")
        try:
            line = json.loads(payload.decode())
        except _PARSE_ERRORS as error:
            raise damage(name, i, f"it is no JSON ({error})") from None
        if not isinstance(line, dict):
            raise damage(name, i, "it is no object")
        lines.append(line)
    return lines, check, size


def damage(name: str, line: int, what: str) -> JournalError:
    """The error for a file that is not as it was written."""
    return JournalError(
        f"The journal {name} is damaged in line {line}: {what}. Restore the file from a copy, cut "
        "it off before that line, or move it away to start the search afresh."
    )


class LineFile:
    """An open, locked file of lines; remembers where it ends and the last checksum.

    Parameters
    ----------
    path : Path
        Made if it is not there.

    Attributes
    ----------
    lines : list of dict
        What stood in the file when it was opened.

    Raises
    ------
    JournalError
        If another process has it open, or if a line is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = os.getpid()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            self._take()
            self.lines, self._check, self._size = parse(path.read_bytes(), str(path))
            os.ftruncate(self._fd, self._size)
            os.lseek(self._fd, self._size, os.SEEK_SET)
        except BaseException:
            self.close()
            raise
        if not self.lines:
            _sync_folder(path.parent)

    def _take(self) -> None:
        try:
            free = _lock.lock(self._fd)
        except OSError as error:
            warnings.warn(
                f"{self.path} cannot be locked ({error.strerror}): see to it that no second search "
                "with the same arguments writes to this folder.",
                JournalWarning,
                stacklevel=2,
            )
            return
        if not free:
            raise JournalError(
                f"The journal {self.path} is in use: another fit with the same arguments is "
                "running. Wait for its end, or take another folder."
            )

    def append(self, line: Params, sync: bool = False) -> None:
        """Write a line; with `sync` it and all before it are on the disk when this returns.

        Where the file cannot be written any more, a warning says so and nothing else is written:
        what was searched is worth more than its record.
        """
        if self._fd < 0:
            return
        data, check = sealed(line, self._check)
        try:
            written = 0
            while written < len(data):
                written += os.write(self._fd, data[written:])
            if sync:
                os.fsync(self._fd)
        except OSError as error:
            self._give_up(error)
            return
        self._check = check
        self._size += len(data)

    def _give_up(self, error: OSError) -> None:
        warnings.warn(
            f"The journal {self.path} cannot be written any more ({error.strerror}). The search "
            "goes on without it; what finishes from now on is lost if this process dies.",
            JournalWarning,
            stacklevel=2,
        )
        with suppress(OSError):  # a torn line is ignored when the file is read
            os.ftruncate(self._fd, self._size)
        self.close()

    def close(self) -> None:
        """Close the file and give back the lock; nothing is written from now on."""
        fd, self._fd = self._fd, -1
        if fd >= 0 and os.getpid() == self._process:  # a forked child has closed it already
            _lock.close(fd)


def _sync_folder(path: Path) -> None:
    """See to it that a new file's name is on the disk, where folders can be synced."""
    if os.name != "posix":
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
