"""From a job to its folds and back: what is in flight, what may start, and when to stop."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .._history import History
from .._records import FoldScore, Job, Result, Task
from .._sklearn import CallbackTree
from ..execution._base import Executor, Failure, Ticket
from ._data import Data
from ._limits import GRACE, Clock, timed_out
from ._models import Models
from ._open_job import OpenJob
from ._racing import Racer, fold_order
from ._report import lost, warn_of_abandoned, warn_of_failure
from ._stop import Stop, StopRule

AHEAD = 2  # folds of a job in flight, where a racer judges
POLL = 0.25  # seconds to wait for a task before looking at the stopping rule


@dataclass(slots=True)
class Runner:
    """Evaluate jobs fold by fold on an executor; remembers what is in flight.

    Attributes
    ----------
    objective : callable
        ``objective(task, X, y)`` gives a `FoldScore`.
    executor : Executor
    data : Data
    history : History
        Read by the stopping rule; its `schedule` says how to fit a job.
    concurrency : int or None
        Jobs in flight, told in the order of submission. None: jobs are opened so that no worker
        waits, and told as they end.
    ahead : bool, default=True
        Whether, with `concurrency` None, jobs are opened before a worker is free, since nothing
        depends on results.
    stop : callable or None
        ``stop(history)``; looked at after every result and at least every 0.25 s.
    warn_at_first_failure : bool
    callbacks : CallbackTree or None
    racer : Racer or None
        Judges a job after each fold; the folds of one job then run two at a time at most.
    models : Models
        Those that may be trained on, between two jobs of their trial.
    check_scores : callable or None
        Called once, with the first `FoldScore` of a fit that worked; may raise.
    seconds : float or None, default=None
        What a job may take, from the start of its first fold on.
    longest_fold : float
        Seconds.
    """

    objective: Callable[..., FoldScore]
    executor: Executor
    data: Data
    history: History
    concurrency: int | None = 1
    ahead: bool = True
    stop: StopRule | None = None
    warn_at_first_failure: bool = False
    callbacks: CallbackTree | None = None
    racer: Racer | None = None
    models: Models = field(default_factory=Models)
    check_scores: Callable[[FoldScore], None] | None = None
    seconds: float | None = None
    longest_fold: float = field(default=0.0, init=False)
    _jobs: dict[int, OpenJob] = field(default_factory=dict, init=False)
    _waiting: deque[Task] = field(default_factory=deque, init=False)
    _flight: dict[Ticket, Task] = field(default_factory=dict, init=False)
    _stop: Stop = field(init=False)
    _clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self._stop = Stop(self.stop)
        self._clock = Clock(self.seconds)

    def has_room(self) -> bool:
        """Whether one more job may be opened; false for good once a rule said stop.

        Returns
        -------
        bool
        """
        if self._must_stop():
            return False
        if self.concurrency is None:
            if self.ahead:  # keep one task at hand for every worker
                return len(self._waiting) < self.executor.n_workers
            return not self._waiting and self.executor.n_free > 0
        return len(self._jobs) < self.concurrency

    def submit(self, job: Job) -> None:
        """Queue the folds of a job, behind those of earlier jobs.

        Parameters
        ----------
        job : Job
            Opened by the history.
        """
        schedule = self.history.schedule(job)
        n_splits = len(self.data.splits)
        self._jobs[job.number] = OpenJob(job, [None] * n_splits, n_splits)
        racing = self.racer is not None
        for fold in fold_order(job.number, n_splits) if racing else range(n_splits):
            split = self.data.split(fold, job.slot.resource)
            self._waiting.append(Task(job.number, fold, split, schedule))
        self._dispatch()

    def next_completed(self) -> Result | None:
        """Wait for the next job to tell.

        Returns
        -------
        Result or None
            None if nothing is in flight, after a stop, or, once a fold has ended, where a worker
            has nothing to do.
        """
        while True:
            self._dispatch()
            self._must_stop()
            result = self._next_finished()
            if result is not None:
                return result
            if self.is_idle():
                return None
            if self.seconds is not None:
                self._stop_late_ones()
            done = self.executor.next_completed(timeout=POLL)
            if done is not None:
                self._receive(*done)
                if self.concurrency is None and not self.ahead and self._must_wake():
                    return None

    def is_idle(self) -> bool:
        """Whether nothing is in flight, or what is takes too long after a stop.

        Returns
        -------
        bool
        """
        return not self._flight or self.is_late

    @property
    def stopped(self) -> bool:
        """Whether a rule said stop."""
        return self._stop.stopped

    @property
    def is_late(self) -> bool:
        """Whether folds still run although a rule said stop, longer ago than any fold took."""
        return bool(self._flight) and self._stop.is_overdue(max(GRACE, self.longest_fold))

    @property
    def is_stuck(self) -> bool:
        """Whether folds wait although nothing runs: abandoned ones hold all workers."""
        return bool(self._waiting) and not self._flight and not self.stopped

    @property
    def n_open(self) -> int:
        """How many jobs are in flight."""
        return len(self._jobs)

    def cancel(self) -> list[Result]:
        """Give up what is in flight.

        Returns
        -------
        list of Result
            The jobs that have at least one fold.
        """
        if self.is_late and not self.executor.isolates:
            tasks = self._flight.values()
            warn_of_abandoned([(self._jobs[task.job].job, task.fold) for task in tasks])
        self._waiting.clear()
        self._flight.clear()
        jobs, self._jobs = self._jobs, {}
        return [
            open_job.result("cancelled" if open_job.missing else None)
            for open_job in jobs.values()
            if open_job.missing < len(open_job.folds)
        ]

    def _must_wake(self) -> bool:
        """Whether a worker is free although no job has ended."""
        ended = any(not open_job.missing for open_job in self._jobs.values())
        return not ended and self.has_room()

    def _must_stop(self) -> bool:
        return self._stop.ask(self.history)

    def _dispatch(self) -> None:
        while self._waiting and self.executor.n_free > 0 and not self._must_stop():
            task = self._next_task()
            if task is None:
                return
            self._begin(task)

    def _next_task(self) -> Task | None:
        if self.racer is None:
            return self._waiting.popleft()
        flying = Counter(task.job for task in self._flight.values())
        for i, task in enumerate(self._waiting):
            if flying[task.job] < AHEAD:
                del self._waiting[i]
                return task
        return None

    def _begin(self, task: Task) -> None:
        open_job = self._jobs[task.job]
        if open_job.started is None:
            open_job.started = self.history.seconds
        seconds = self._clock.left(task.job)
        sent = replace(task, state=self.models.take(open_job.job.slot.trial, task.fold))
        if self.callbacks is not None:
            number = task.job * len(self.data.splits) + task.fold
            context = self.callbacks.evaluation(number, detached=not self.executor.is_inline)
            sent = replace(sent, context=context)
        if seconds is not None:
            sent = replace(sent, seconds=seconds)
        ticket = self.executor.submit(self.objective, sent, self.data.X, self.data.y)
        self._clock.begin(ticket, task.job, seconds)
        self._flight[ticket] = task

    def _receive(self, ticket: Ticket, value: FoldScore | Failure) -> None:
        task, late = self._flight.pop(ticket), self._clock.end(ticket)
        if late is not None:
            score = timed_out(late, self.seconds)
        else:
            score = lost(value) if isinstance(value, Failure) else value
        open_job = self._jobs[task.job]
        if score.model is not None:
            self.models.put(open_job.job.slot.trial, task.fold, score.model)
            score = replace(score, model=None)
        open_job.folds[task.fold] = score
        open_job.missing -= 1
        open_job.is_lost |= isinstance(value, Failure)
        open_job.finished = self.history.seconds
        self._race(open_job)
        self._inspect(score)
        self.longest_fold = max(self.longest_fold, score.fit_time + score.score_time)
        if score.fit_error is not None and self.warn_at_first_failure:
            self.warn_at_first_failure = False
            warn_of_failure(open_job.job, score)

    def _race(self, open_job: OpenJob) -> None:
        """Cut the job if it is late, ends workers, or is behind; folds in flight come back."""
        hopeless = open_job.is_lost or (self.seconds is not None and open_job.is_late)
        if self.racer is not None and open_job.told is None and not hopeless:
            open_job.told = self.racer.judge(open_job.job, open_job.folds, self.history)
        if hopeless or open_job.told is not None:
            number = open_job.job.number
            self._waiting = deque(task for task in self._waiting if task.job != number)
            if open_job.is_lost:
                self._spare_workers(number)
            open_job.missing = sum(task.job == number for task in self._flight.values())

    def _spare_workers(self, number: int) -> None:
        """Give up the folds of a job that wait for their turn to be run again, alone."""
        for ticket, task in self._flight.items():
            if task.job == number and self.executor.sent_at(ticket) is None:
                self.executor.give_up(ticket)

    def _stop_late_ones(self) -> None:
        """Have folds stopped that have not kept the time, or say that they go on."""
        for ticket in self._clock.overdue(self.executor.sent_at):
            task = self._flight[ticket]
            if not self.executor.give_up(ticket):
                warn_of_abandoned([(self._jobs[task.job].job, task.fold)])

    def _next_finished(self) -> Result | None:
        """The next job whose folds are all back; in order of submission if concurrency is set."""
        for number, open_job in self._jobs.items():
            if not open_job.missing:
                del self._jobs[number]
                result = open_job.result()
                if result.status != "complete":
                    self.models.drop(result.job.slot.trial)
                return result
            if self.concurrency is not None and not self.stopped:
                return None
        return None

    def _inspect(self, score: FoldScore) -> None:
        """Show the first scores to whoever wants to check the metrics' names."""
        if self.check_scores is not None and score.fit_error is None:
            self.check_scores(score)
            self.check_scores = None
