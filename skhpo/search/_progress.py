"""One line that updates: trials done, best score so far, time left."""

import sys

from .._history import LiveHistory


class Progress:
    """Prints the line after every trial; remembers its length, to overwrite it.

    Parameters
    ----------
    name : str
        What is searched with.
    n_iter : int or None
        Trials to come, where that is known.
    timeout : float or None
        Seconds the search may take, where that is known.
    """

    def __init__(self, name: str, n_iter: int | None, timeout: float | None) -> None:
        self._name = name
        self._n_iter = n_iter
        self._timeout = timeout
        self._width = 0

    def __call__(self, history: LiveHistory) -> None:
        """Print how far `history` has come."""
        done = len(history)
        total = "" if self._n_iter is None else f"/{self._n_iter}"
        best = history.incumbent
        score = "-" if best is None else f"{-best.loss:.6g}"
        text = f"[{self._name}] {done}{total} trials, best score {score}"
        left = self._left(history.seconds, done)
        if left is not None:
            text += f", {_clock(left)} left"
        sys.stdout.write("\r" + text.ljust(self._width))
        sys.stdout.flush()
        self._width = len(text)

    def end(self) -> None:
        """Go to the next line."""
        if self._width:
            sys.stdout.write("\n")
            sys.stdout.flush()

    def _left(self, seconds: float, done: int) -> float | None:
        bounds = []
        if self._timeout is not None:
            bounds.append(self._timeout - seconds)
        if self._n_iter is not None and done:
            bounds.append(seconds / done * (self._n_iter - done))
        return max(0.0, min(bounds)) if bounds else None


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
