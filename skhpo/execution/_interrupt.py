"""Ctrl-C is never lost, whoever swallows the exception that it raises."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class InterruptWatch:
    """Remembers SIGINT while it is entered, which still raises `KeyboardInterrupt` at once.

    Python drops an exception that is raised within a destructor, a callback of the garbage
    collector or one of C code, and some estimators end a fit at Ctrl-C as if nothing had happened:
    `check` raises it again. Does nothing outside the main thread, and where somebody else handles
    the signal.
    """

    def __init__(self) -> None:
        self._seen = False
        self._before: Any = None

    def __enter__(self) -> "InterruptWatch":
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            watched = isinstance(getattr(before, "__self__", None), InterruptWatch)
            if watched or before is signal.default_int_handler:
                self._before = before
                signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            before, self._before = self._before, None
            signal.signal(signal.SIGINT, before)

    def check(self) -> None:
        """Raise what was swallowed.

        Raises
        ------
        KeyboardInterrupt
            If SIGINT came since this was entered.
        """
        if self._seen:
            self._seen = False
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._seen = True
        self._before(number, frame)
