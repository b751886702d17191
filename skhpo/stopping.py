"""When a search may end: rules that read its history, joined with ``|``."""

from ._history import History
from ._spec import Spec
from ._validation import check_integer, check_real

__all__ = ["Stagnation", "StoppingRule", "TargetReached", "Timeout"]


class StoppingRule(Spec):
    """Base of the stopping rules: pure functions of the history, final once they say yes.

    A rule of your own defines ``__call__(history)``, and `check` if it has arguments. ``a | b``
    says stop as soon as one of the two does.

    Attributes
    ----------
    name : str
        What `stop_reason_` shows.
    needs_loss : bool
        Whether the rule reads losses, so that one metric must guide the search.

    Examples
    --------
    >>> from skhpo.stopping import Stagnation, Timeout
    >>> Timeout(600) | Stagnation(20)
    Timeout(seconds=600) | Stagnation(n_trials=20)
    """

    name = "rule"
    needs_loss = True

    def __call__(self, history: History) -> bool:
        """Whether the search may end.

        Parameters
        ----------
        history : History
            What happened so far.

        Returns
        -------
        bool
        """
        raise NotImplementedError(f"{type(self).__name__} must define __call__(history).")

    def check(self) -> None:
        """Raise if an argument is wrong; called once, before the first fit."""

    def reason(self, history: History) -> str:
        """Return the name of the rule that fired; "" if none did.

        Parameters
        ----------
        history : History
            What happened so far.

        Returns
        -------
        str
        """
        return self.name if self(history) else ""

    def __or__(self, other: "StoppingRule") -> "StoppingRule":
        if not isinstance(other, StoppingRule):
            return NotImplemented
        return _Either(self, other)


class Timeout(StoppingRule):
    """Stop after some time.

    The time counts from the start of the search and leaves out the refit. No fold starts after it;
    those that run are cut short where the backend can, and their trials cannot be the best.

    Parameters
    ----------
    seconds : float
        Above 0.

    Raises
    ------
    TypeError, ValueError
        When the search starts, if `seconds` is not a finite number above 0.

    Examples
    --------
    >>> from skhpo import History
    >>> from skhpo.stopping import Timeout
    >>> Timeout(60)(History(seconds=61.5))
    True
    """

    name = "timeout"
    needs_loss = False

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def check(self) -> None:
        """Raise if `seconds` is not a finite number above 0."""
        if check_real("seconds of Timeout", self.seconds) <= 0:
            raise ValueError(f"seconds of Timeout must be above 0, got {self.seconds!r}.")

    def __call__(self, history: History) -> bool:
        """Whether the time is over."""
        return history.seconds >= self.seconds


class Stagnation(StoppingRule):
    """Stop when the best score has not improved in a number of completed trials.

    Only trials at the largest resource reached so far are looked at; failed ones do not count.

    Parameters
    ----------
    n_trials : int
        Completed trials without improvement; at least 1.
    min_delta : float, default=0.0
        A score must be better than the best one by more than this to count as an improvement; at
        least 0, in units of the score.

    Raises
    ------
    TypeError, ValueError
        When the search starts, if an argument is out of its range.

    Examples
    --------
    >>> from skhpo import History
    >>> from skhpo.stopping import Stagnation
    >>> Stagnation(10)(History())
    False
    """

    name = "stagnation"

    def __init__(self, n_trials: int, min_delta: float = 0.0) -> None:
        self.n_trials = n_trials
        self.min_delta = min_delta

    def check(self) -> None:
        """Raise if an argument is out of its range."""
        check_integer("n_trials of Stagnation", self.n_trials, 1)
        check_real("min_delta of Stagnation", self.min_delta, 0)

    def __call__(self, history: History) -> bool:
        """Whether there ever were `n_trials` trials in a row without improvement."""
        best, top, since = float("inf"), float("-inf"), 0
        for result in history.results:
            if result.status != "complete" or result.resource < top:
                continue
            if result.resource > top or result.loss < best - self.min_delta:
                best, top, since = result.loss, result.resource, 0
            else:
                since += 1
                if since >= self.n_trials:
                    return True
        return False


class TargetReached(StoppingRule):
    """Stop when the best score is good enough.

    Scores at less than the full resource do not count.

    Parameters
    ----------
    score : float
        On the metric that guides the search; greater is better, as in scikit-learn.

    Raises
    ------
    TypeError, ValueError
        When the search starts, if `score` is not a finite number.

    Examples
    --------
    >>> from skhpo import History
    >>> from skhpo.stopping import TargetReached
    >>> TargetReached(0.95)(History())
    False
    """

    name = "target"

    def __init__(self, score: float) -> None:
        self.score = score

    def check(self) -> None:
        """Raise if `score` is not a finite number."""
        check_real("score of TargetReached", self.score)

    def __call__(self, history: History) -> bool:
        """Whether the best trial scores at least `score`."""
        best = history.incumbent
        if best is None or best.resource < history.full_resource:
            return False
        return -best.loss >= self.score


class _Either(StoppingRule):
    """Two rules of which one must say yes."""

    def __init__(self, first: StoppingRule, second: StoppingRule) -> None:
        self.first = first
        self.second = second

    @property
    def needs_loss(self) -> bool:  # type: ignore[override]  # a fact of its parts
        """Whether one of the two reads losses."""
        return self.first.needs_loss or self.second.needs_loss

    def check(self) -> None:
        """Check both."""
        self.first.check()
        self.second.check()

    def __call__(self, history: History) -> bool:
        """Whether one of the two says yes."""
        return self.first(history) or self.second(history)

    def reason(self, history: History) -> str:
        """Name the first rule that fired."""
        return self.first.reason(history) or self.second.reason(history)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"{self.first!r} | {self.second!r}"
