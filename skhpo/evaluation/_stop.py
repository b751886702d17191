"""When a search was told to stop, and how long what still runs is waited for."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .._history import History

PAUSE = 0.02  # seconds within which a rule is not asked twice about the same results

StopRule = Callable[[History], bool]


@dataclass(slots=True)
class Stop:
    """Asks a stopping rule, if something may have changed since; remembers what it said.

    Attributes
    ----------
    rule : callable or None
    stopped : bool
        Whether it said stop, which is final.
    """

    rule: StopRule | None
    stopped: bool = field(default=False, init=False)
    _at: float = field(default=math.inf, init=False)
    _asked: tuple[float, int] = field(default=(-math.inf, -1), init=False)

    def ask(self, history: History) -> bool:
        """Whether to start nothing more.

        Parameters
        ----------
        history : History

        Returns
        -------
        bool
        """
        if self.rule is None or self.stopped:
            return self.stopped
        now, n_results = time.monotonic(), len(history)
        if n_results != self._asked[1] or now - self._asked[0] > PAUSE:
            self._asked = now, n_results
            self.stopped = self.rule(history)
            self._at = now
        return self.stopped

    def is_overdue(self, grace: float) -> bool:
        """Whether the stop is longer ago than this.

        Parameters
        ----------
        grace : float
            Seconds.

        Returns
        -------
        bool
        """
        return self.stopped and time.monotonic() - self._at > grace
