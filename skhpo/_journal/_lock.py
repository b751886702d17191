"""A lock on an open file that ends with its process, whatever ends that."""

import os
import sys

_HELD: set[int] = set()  # descriptors, so that forked children do not keep their parent's locks

if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 40  # a byte that no journal reaches: the others stay readable

    def _lock(fd: int) -> None:
        os.lseek(fd, FAR, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock(fd: int) -> bool:
    """Lock an open file; false if somebody else holds it.

    Parameters
    ----------
    fd : int
        Its descriptor. Closing it with `close` gives the lock back.

    Returns
    -------
    bool

    Raises
    ------
    OSError
        If the file system has no locks.
    """
    try:
        _lock(fd)
    except (BlockingIOError, PermissionError):
        return False
    _HELD.add(fd)
    return True


def close(fd: int) -> None:
    """Close a file, which gives back its lock.

    Parameters
    ----------
    fd : int
        Its descriptor.
    """
    _HELD.discard(fd)
    os.close(fd)


def _forget() -> None:
    """In a forked child: let go of what the parent holds."""
    for fd in _HELD:
        os.close(fd)
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
