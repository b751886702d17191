"""One bracket of successive halving, rung by rung."""

from collections.abc import Callable, Sequence

from .._records import Result, Slot

Keep = Callable[[int, int, int], int]  # (rung, size of the first, size of this) -> size of the next


class Bracket:
    """Fills a rung, waits for all of it, and promotes the best.

    Where these are initial points alone, the best trial of the sampler goes on beside them, so
    that none is returned for want of a rival. It remembers the rung it is at, what is left to offer
    there, and how its jobs ended.

    Parameters
    ----------
    number : int
        Of the bracket, in the search.
    resources : sequence of float
        Of the rungs.
    size : int
        Trials of the first rung.
    keep : callable
        ``keep(rung, n_0, n)``: how many of the `n` trials of a rung go on.
    """

    def __init__(self, number: int, resources: Sequence[float], size: int, keep: Keep) -> None:
        self.number = number
        self._resources = list(resources)
        self._keep = keep
        self._rung = 0
        self._first = size
        self._fresh = size  # left to offer, at the first rung
        self._waiting: list[int] = []  # trials left to offer, at later ones
        self._n_flying = 0
        self._size = 0  # jobs of this rung
        self._ended: list[tuple[float, int]] = []  # those that did not fail
        self._over: list[int] = []
        self._given: set[int] = set()  # initial points, which no sampler chose

    @property
    def done(self) -> bool:
        """Whether every rung is over."""
        return self._rung == len(self._resources)

    def over(self) -> list[int]:
        """Trials that were not promoted, told once."""
        found, self._over = self._over, []
        return found

    def next_slot(self) -> Slot | None:
        """The next slot of the rung; None while its jobs run."""
        if self.done or not (self._fresh or self._waiting):
            return None
        trial = None
        if self._rung == 0:
            self._fresh -= 1
        else:
            trial = self._waiting.pop(0)
        self._n_flying += 1
        self._size += 1
        return Slot(self.number, self._rung, self._resources[self._rung], trial)

    def report(self, result: Result) -> None:
        """Take a job's loss; the last one of a rung opens the next."""
        self._n_flying -= 1
        if result.status == "complete" and result.job.slot.trial is not None:
            self._ended.append((result.loss, result.job.slot.trial))
            if result.job.proposal.origin.startswith("initial"):
                self._given.add(result.job.slot.trial)
        self._advance()

    def close(self) -> None:
        """Go on with the trials that there are."""
        if self._rung == 0:
            self._first = self._size
            self._fresh = 0
            self._advance()

    def withdraw(self) -> None:
        """Take back the last fresh slot, which stays empty."""
        self._n_flying -= 1
        self._size -= 1

    def _advance(self) -> None:
        if self._n_flying or self._fresh or self._waiting or self.done:
            return
        n = self._keep(self._rung, self._first, self._size)
        ranked = [trial for _, trial in sorted(self._ended)]
        self._waiting = ranked[:n]
        if self._waiting and self._given.issuperset(self._waiting):
            self._waiting += [trial for trial in ranked if trial not in self._given][:1]
        self._over += [trial for trial in ranked if trial not in self._waiting]
        self._rung = self._rung + 1 if self._waiting else len(self._resources)
        self._size = 0
        self._ended = []


class FreshBracket:
    """The slots of a bracket without promotions: every rung is filled anew, none is waited for.

    Parameters
    ----------
    number : int
    resources : sequence of float
        Of the rungs.
    sizes : sequence of int
        Of the rungs.
    """

    def __init__(self, number: int, resources: Sequence[float], sizes: Sequence[int]) -> None:
        self.number = number
        self._slots = [
            Slot(number, rung, resource)
            for rung, (resource, n) in enumerate(zip(resources, sizes, strict=True))
            for _ in range(n)
        ]

    @property
    def done(self) -> bool:
        """Whether all slots were offered."""
        return not self._slots

    def next_slot(self) -> Slot | None:
        """The next slot, lower rungs first."""
        return self._slots.pop(0) if self._slots else None

    def report(self, result: Result) -> None:
        """Nothing depends on results."""

    def over(self) -> list[int]:
        """All trials end with their only job; nobody asks for their models."""
        return []

    def close(self) -> None:
        """Offer nothing more."""
        self._slots = []

    def withdraw(self) -> None:
        """Nothing is kept of a slot that was offered."""


class BracketsRun:
    """Opens brackets one after the other; remembers those that are not over.

    A new one is opened only where the earlier ones have nothing to offer until a job ends.

    Parameters
    ----------
    make : callable
        ``make(number)`` gives the next bracket, or None if there is no other.
    """

    def __init__(self, make: Callable[[int], "Bracket | FreshBracket | None"]) -> None:
        self._make = make
        self._n = 0
        self._brackets: dict[int, Bracket | FreshBracket] = {}
        self._over: list[int] = []
        self._closed = False

    def next_slot(self) -> Slot | None:
        """A slot of the oldest bracket that has one, or the first of a new bracket."""
        for bracket in self._brackets.values():
            slot = bracket.next_slot()
            if slot is not None:
                return slot
        opened = None if self._closed else self._make(self._n)
        if opened is None:
            return None
        self._brackets[self._n] = opened
        self._n += 1
        return opened.next_slot()

    def report(self, result: Result) -> None:
        """Hand the result to its bracket, which may be over by that."""
        number = result.job.slot.bracket
        if number in self._brackets:
            self._brackets[number].report(result)
            self._drop()

    def over(self) -> list[int]:
        """Trials that will never go on, told once."""
        found, self._over = self._over, []
        for bracket in self._brackets.values():
            found += bracket.over()
        return found

    def exhausted(self, slot: Slot) -> None:
        """Go on with the trials that there are."""
        self._closed = True
        self._brackets[slot.bracket].withdraw()
        for bracket in self._brackets.values():
            bracket.close()
        self._drop()

    def _drop(self) -> None:
        for bracket in self._brackets.values():
            self._over += bracket.over()
        self._brackets = {n: b for n, b in self._brackets.items() if not b.done}
