"""A scheduler played by hand: slots are taken, and jobs end in the order of the script."""

from skhpo._records import Job, Points, Proposal, Result, Slot

NAN = float("nan")
NOBODY = Proposal(Points.empty(0), {}, "nobody")


class Table:
    """A run with its jobs in flight; a fresh slot gets the next trial number."""

    def __init__(self, run, n_iter=None):
        self.run = run
        self.n_iter = n_iter
        self.n_trials = 0
        self.flying = {}
        self.taken = []

    def take(self):
        """(trial, rung) of the next slot, or None; the sampler has `n_iter` trials."""
        slot = self.run.next_slot()
        while slot is not None and slot.trial is None and self.n_trials == self.n_iter:
            self.run.exhausted(slot)
            slot = self.run.next_slot()
        if slot is None:
            return None
        if slot.trial is None:
            slot = Slot(slot.bracket, slot.rung, slot.resource, self.n_trials)
            self.n_trials += 1
        assert slot.trial not in self.flying
        self.flying[slot.trial] = slot
        self.taken.append(slot)
        return slot.trial, slot.rung

    def end(self, trial, loss):
        """The job of `trial` ends; NaN is a failure."""
        slot = self.flying.pop(trial)
        status = "failed" if loss != loss else "complete"
        job = Job(len(self.taken), slot, NOBODY)
        self.run.report(Result(job, (), status, loss, slot.resource))

    def play(self, loss):
        """One worker to the end; `loss(trial, resource)`."""
        while (taken := self.take()) is not None:
            self.end(taken[0], loss(taken[0], self.taken[-1].resource))
        return self.taken


def counts(slots):
    """`{bracket: "9@1 3@3 1@9"}` of the slots that were taken."""
    found = {}
    for slot in slots:
        rungs = found.setdefault(slot.bracket, {})
        rungs[slot.resource] = rungs.get(slot.resource, 0) + 1
    return {
        bracket: " ".join(f"{n}@{resource:g}" for resource, n in rungs.items())
        for bracket, rungs in found.items()
    }
