"""Schedulers and samplers under a simulated clock: 1 to 1000 workers, nobody waits for real.

    python benchmarks/simulate.py utilisation
    python benchmarks/simulate.py target --seeds 5 --plot target.png

The loop, the schedulers and the samplers are those of the package; fits are replaced by learning
curves, and their times are drawn from a log-normal distribution whose standard deviation equals
its mean, so that there are always stragglers. A share of the jobs is lost with its worker and
comes back as a failure.
"""

import argparse
import heapq
import math

import numpy as np
from matplotlib.figure import Figure

from skhpo import Real
from skhpo._history import LiveHistory
from skhpo._loop import run
from skhpo._records import Plan, Result
from skhpo.samplers import SAMPLERS, InitialPoints
from skhpo.schedulers import (
    ASHAScheduler,
    FullScheduler,
    HyperbandScheduler,
    SuccessiveHalvingScheduler,
)
from skhpo.space import make_space

R = 81.0  # the full resource, in seconds of one fit
D = 4
SPACE = make_space({f"x{i}": Real(0.0, 1.0) for i in range(D)})
METHODS = {
    "ASHA": (ASHAScheduler(), "random"),
    "SHA": (SuccessiveHalvingScheduler(), "random"),
    "Hyperband": (HyperbandScheduler(), "random"),
    "BOHB": (HyperbandScheduler(), "bohb"),
    "random": (FullScheduler(), "random"),
}


def row_of(job):
    """The numbers that a configuration has."""
    return np.array([job.proposal.params[f"x{i}"] for i in range(D)])


def final_loss(x):
    """Where a configuration's curve ends; 0 is the best."""
    return float(np.mean((x - 0.3) ** 2))


def loss(x, resource, rng):
    """A learning curve: slower for some configurations, noisy everywhere."""
    slowness = 0.5 + x[0]
    left = (resource + 1) ** -slowness - (R + 1) ** -slowness
    return final_loss(x) + 0.3 * left + rng.normal(0, 0.002)


class Clock:
    """A runner whose jobs take simulated time; remembers it, and how long workers were busy.

    It ends at `horizon`, or when a configuration better than `target` was fitted in full.
    """

    def __init__(self, history, n_workers, rng, *, horizon=math.inf, target=None, lost=0.0):
        self.history, self.n_workers, self.rng = history, n_workers, rng
        self.horizon, self.target, self.lost = horizon, target, lost
        self.now = self.busy = 0.0
        self.flight = []
        self.ended = False
        self.reached = None

    def has_room(self):
        return not self.ended and len(self.flight) < self.n_workers

    def submit(self, job):
        sigma = math.sqrt(math.log(2.0))  # standard deviation = mean
        seconds = job.slot.resource * self.rng.lognormal(-(sigma**2) / 2, sigma)
        fails = self.rng.random() < self.lost
        seconds *= self.rng.random() if fails else 1.0
        self.busy += min(seconds, self.horizon - self.now)
        heapq.heappush(self.flight, (self.now + seconds, job.number, job, fails))

    def next_completed(self):
        if self.ended or not self.flight:
            return None
        when, _, job, fails = heapq.heappop(self.flight)
        if when > self.horizon:
            self.now, self.ended = self.horizon, True
            return None
        self.now = when
        x = row_of(job)
        value = math.nan if fails else loss(x, job.slot.resource, self.rng)
        if self.target is not None and not fails and job.slot.resource == R:
            if final_loss(x) <= self.target:
                self.reached, self.ended = when, True
        status = "failed" if fails else "complete"
        return Result(job, (), status, value, job.slot.resource, 0.0, 0.0)

    def is_idle(self):
        return self.ended or not self.flight


def simulate(scheduler, sampler, n_workers, *, n_iter=None, seed=0, **limits):
    """Play one search; the clock when it has ended."""
    rng = np.random.default_rng(seed)
    plan = Plan(n_iter, n_workers, 1.0, R)
    history = LiveHistory(SPACE.n_columns, full_resource=R)
    clock = Clock(history, n_workers, np.random.default_rng([seed, 1]), **limits)
    started = SAMPLERS[sampler]().start(SPACE, rng, Plan(None, n_workers, 1.0, R))
    proposer = InitialPoints(started, [], n_iter)
    run(history, proposer, scheduler.start(rng, plan), clock)
    return clock


def utilisation(n_workers=500, lost=0.05, seed=0):
    """Share of the workers' time that is spent on jobs, by method."""
    asha = simulate(ASHAScheduler(), "random", n_workers, seed=seed, horizon=2 * R, lost=lost)
    sha = simulate(
        SuccessiveHalvingScheduler(),
        "random",
        n_workers,
        n_iter=4 * n_workers,
        seed=seed,
        lost=lost,
    )
    return {
        "ASHA": asha.busy / (n_workers * asha.now),
        "SHA": sha.busy / (n_workers * sha.now),
    }


def time_to_target(name, n_workers, seed, target, horizon):
    """Simulated seconds until a configuration as good as `target` stands at the full resource."""
    scheduler, sampler = METHODS[name]
    total = 0.0
    for attempt in range(1000):  # successive halving is started anew until it gets there
        clock = simulate(
            scheduler,
            sampler,
            n_workers,
            n_iter=max(81, 2 * n_workers) if name == "SHA" else None,
            seed=1000 * seed + attempt,
            horizon=horizon - total,
            target=target,
        )
        total += clock.now
        if clock.reached is not None:
            return total
        if total >= horizon:
            break
    return math.inf


def plot(times, path, target):
    """Median seconds over the workers; what was not reached within the horizon is left out."""
    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    for (name, row), marker in zip(times.items(), "osD^v", strict=False):
        axes.plot(list(row), list(row.values()), marker=marker, label=name)
    axes.set(xscale="log", yscale="log", xlabel="workers", ylabel="simulated seconds")
    axes.set_title(f"Time to a loss of {target:g} at the full resource (81 s a fit)")
    counts = sorted({n for row in times.values() for n in row})
    axes.set_xticks(counts, [str(n) for n in counts])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=["utilisation", "target"])
    parser.add_argument("--workers", default="1,5,25,125,500")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--target", type=float, default=0.005)
    parser.add_argument(
        "--horizon", type=float, default=500, help="in full fits, one after another"
    )
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--plot")
    arguments = parser.parse_args()
    workers = [int(n) for n in arguments.workers.split(",")]
    if arguments.what == "utilisation":
        for n in workers:
            shares = utilisation(n)
            print(n, "workers:", "  ".join(f"{k} {v:.1%}" for k, v in shares.items()), flush=True)
        return
    times = {}
    for name in arguments.methods.split(","):
        times[name] = {}
        for n in workers:
            found = [
                time_to_target(name, n, s, arguments.target, arguments.horizon * R)
                for s in range(arguments.seeds)
            ]
            times[name][n] = float(np.median(found))
            low, high = min(found), max(found)
            print(f"{name:10s} {n:4d} workers: {times[name][n]:.0f} s ({low:.0f} to {high:.0f})",
                  flush=True)  # fmt: skip
    if arguments.plot:
        plot(times, arguments.plot, arguments.target)


if __name__ == "__main__":
    main()
