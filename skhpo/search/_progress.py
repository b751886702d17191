"""One line that updates: trials done, best score so far, time left."""

import sys
from typing import Any

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
        self._n_before = 0

    def skip(self, n_jobs: int) -> None:
        """Leave jobs that an earlier `fit` finished out of the reckoning of time."""
        self._n_before = n_jobs

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
        if self._n_iter is not None and done > self._n_before:
            bounds.append(seconds / (done - self._n_before) * (self._n_iter - done))
        return max(0.0, min(bounds)) if bounds else None


def announce(
    search: Any, history: LiveHistory, n_candidates: int | None, n_splits: int
) -> Progress | None:
    """Say what is to come and what an earlier `fit` had finished; the line that updates, if any.

    Parameters
    ----------
    search : BaseSearch
    history : LiveHistory
        With what is finished.
    n_candidates, n_splits : int
        `n_candidates` may be None.

    Returns
    -------
    Progress or None
    """
    if not search.verbose:
        return None
    if search._classic and n_candidates is not None:
        print(
            f"Fitting {n_splits} folds for each of {n_candidates} candidates, "
            f"totalling {n_candidates * n_splits} fits"
        )
    done = len({result.job.slot.trial for result in history.results})
    if done:
        print(f"resumed: {done}{'' if n_candidates is None else f' of {n_candidates}'} trials")
    if search._classic:
        return None
    progress = Progress(type(search).__name__, n_candidates, search.timeout)
    progress.skip(len(history))
    return progress


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
