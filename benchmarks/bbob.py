"""CMA-ES on the 24 noiseless BBOB functions, beside the packages `cma` and `cmaes`.

    pip install ioh cma cmaes matplotlib
    python benchmarks/bbob.py run --methods skhpo,cma,cmaes --dimensions 5,10 --out bbob.jsonl
    python benchmarks/bbob.py report bbob.jsonl --plot bbob.png

All with BIPOP, the same first point, a first step of 2 in [-5, 5]^d, and 2000 d evaluations. A
line of the file is a run: the evaluations that each of 51 targets from 10^2 to 10^-8 took. The
report compares areas under the empirical distribution of these (over the logarithm of
evaluations) by pairs, a pair for each function, and the distributions at each tenth of the budget.
A run that is in the file already is skipped.
"""

import argparse
import json
import math
import time
import warnings
from pathlib import Path

import cma
import ioh
import matplotlib
import numpy as np
from cmaes import CMA
from matplotlib import pyplot

from skhpo._records import Observations, Plan, Slot
from skhpo.samplers import CMAESSampler
from skhpo.space import Real, make_space

LOW, HIGH, SIGMA = -5.0, 5.0, 2.0
TARGETS = 10.0 ** np.linspace(2, -8, 51)
BUDGET = 2000  # times d


class BudgetSpentError(Exception):
    """The budget is spent, or the last target met."""


class Counter:
    """A function that notes when each target was met."""

    def __init__(self, function, instance, d):
        self.problem = ioh.get_problem(function, instance, d, ioh.ProblemClass.BBOB)
        self.optimum = self.problem.optimum.y
        self.budget = BUDGET * d
        self.n, self.best, self.hits = 0, math.inf, []

    def __call__(self, x):
        if self.n >= self.budget or len(self.hits) == len(TARGETS):
            raise BudgetSpentError
        self.n += 1
        y = self.problem(np.asarray(x, dtype=float)) - self.optimum
        self.best = min(self.best, y)
        while len(self.hits) < len(TARGETS) and self.best <= TARGETS[len(self.hits)]:
            self.hits.append(self.n)
        return y


# ------------------------------------------------------------------------ methods
def run_skhpo(function, x0, rng):
    names = [f"x{j:02}" for j in range(len(x0))]
    space = make_space({name: Real(LOW, HIGH) for name in names})
    start = dict(zip(names, x0.tolist(), strict=True))
    sampler = CMAESSampler(x0=start, sigma0=SIGMA / (HIGH - LOW))
    run = sampler.start(space, rng, Plan(n_iter=function.budget))
    nothing, one = Observations.empty(len(x0)), np.ones(1)
    status = np.array(["complete"], dtype="<U9")
    for trial in range(function.budget):
        proposal = run.ask(trial, Slot(), nothing)
        y = np.array([function([proposal.params[name] for name in names])])
        run.tell(Observations(np.array([trial]), y, one, status, one, proposal.point))


def run_cma(function, x0, rng):
    starts = iter([x0])
    cma.fmin2(
        function,
        lambda: next(starts, rng.uniform(LOW, HIGH, len(x0))),
        SIGMA,
        {
            "bounds": [LOW, HIGH],
            "maxfevals": function.budget,
            "verbose": -9,
            "seed": int(rng.integers(1, 2**31)),
        },
        restarts=100,
        bipop=True,
    )


def run_cmaes(function, x0, rng):
    d = len(x0)
    bounds = np.array([[LOW, HIGH]] * d)
    usual = 4 + int(3 * math.log(d))
    n_large, used, large, last, mean, sigma, popsize = 0, [0, 0], False, 0, x0, SIGMA, usual
    limit = math.inf
    while True:
        seed = int(rng.integers(2**31))
        strategy = CMA(mean, sigma, bounds=bounds, seed=seed, population_size=popsize)
        n = 0
        while n < limit and not strategy.should_stop():
            points = [strategy.ask() for _ in range(popsize)]
            strategy.tell([(x, function(x)) for x in points])
            n += popsize
        used[large] += n
        last = n if large else last
        large = used[0] >= used[1]
        mean, sigma, limit = rng.uniform(LOW, HIGH, d), SIGMA, math.inf
        if large:
            n_large += 1
            popsize = usual * 2**n_large
        else:
            u, v = rng.random(2)
            popsize = int(usual * (0.5 * 2**n_large) ** (u * u))
            sigma, limit = SIGMA * 10 ** (-2 * v), last / 2


METHODS = {"skhpo": run_skhpo, "cma": run_cma, "cmaes": run_cmaes}


# ---------------------------------------------------------------------------- run
def numbers(text):
    parts = (part.partition("-") for part in text.split(","))
    return [k for a, _, b in parts for k in range(int(a), int(b or a) + 1)]


def run(options):
    path = Path(options.out)
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    done = {(r["method"], r["d"], r["function"], r["instance"]) for r in known}
    for d in numbers(options.dimensions):
        for number in numbers(options.functions):
            for instance in numbers(options.instances):
                for method in options.methods.split(","):
                    if (method, d, number, instance) in done:
                        continue
                    function = Counter(number, instance, d)
                    rng = np.random.default_rng([d, number, instance])
                    x0 = rng.uniform(LOW, HIGH, d)
                    began = time.process_time()
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        try:
                            METHODS[method](function, x0, rng)
                        except BudgetSpentError:
                            pass
                    seconds = round(time.process_time() - began, 2)
                    line = {
                        "method": method,
                        "d": d,
                        "function": number,
                        "instance": instance,
                        "hits": function.hits,
                        "n": function.n,
                        "seconds": seconds,
                    }
                    with path.open("a") as file:
                        file.write(json.dumps(line) + "\n")


# ------------------------------------------------------------------------- report
def distribution(hits, at):
    """Share of the targets met after `at` evaluations."""
    return np.searchsorted(np.sort(hits), at, side="right") / len(TARGETS)


def report(options):
    rows = [json.loads(line) for line in Path(options.file).read_text().splitlines()]
    methods = list(dict.fromkeys(row["method"] for row in rows))
    dimensions = sorted({row["d"] for row in rows})
    curves = {}
    for d in dimensions:
        at = np.geomspace(1, BUDGET * d, 400)
        runs = {}
        for row in rows:
            if row["d"] == d:
                key = row["function"], row["instance"]
                runs.setdefault(row["method"], {})[key] = row["hits"]
        common = sorted(set.intersection(*(set(found) for found in runs.values())))
        functions = sorted({number for number, _ in common})
        print(f"\nd = {d}: {len(functions)} functions, {len(common)} runs of each method")
        area, tenth = {}, {}
        ends = BUDGET * d * np.arange(1, 11) / 10
        for method in methods:
            each = {key: distribution(runs[method][key], at) for key in common}
            by_function = [
                np.mean([each[key] for key in common if key[0] == number], axis=0)
                for number in functions
            ]
            curves[method, d] = at / d, np.mean(by_function, axis=0)
            area[method] = np.mean(by_function, axis=1)
            tenth[method] = np.mean(
                [distribution(runs[method][key], ends) for key in common], axis=0
            )
            shares = " ".join(f"{share:.3f}" for share in tenth[method])
            print(f"{method:8} area {np.mean(area[method]):.4f}   at each tenth {shares}")
        for method in methods[1:]:
            gap = area[methods[0]] - area[method]
            error = np.std(gap, ddof=1) / math.sqrt(len(gap)) if len(gap) > 1 else math.nan
            least = np.min(tenth[methods[0]] - tenth[method])
            print(
                f"{methods[0]} - {method}: area {np.mean(gap):+.4f} (standard error {error:.4f}), "
                f"least difference at a tenth {least:+.3f}"
            )
    if options.plot:
        plot(curves, methods, dimensions, options.plot)


def plot(curves, methods, dimensions, path):
    matplotlib.use("agg")
    figure, axes = pyplot.subplots(
        1, len(dimensions), figsize=(5 * len(dimensions), 4), squeeze=False
    )
    for axis, d in zip(axes[0], dimensions, strict=True):
        for method in methods:
            axis.semilogx(*curves[method, d], label=method)
        axis.set(title=f"BBOB, d = {d}", xlabel="evaluations / d", ylabel="share of targets met")
        axis.grid(alpha=0.3)
    axes[0, 0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run")
    command.add_argument("--methods", default=",".join(METHODS))
    command.add_argument("--dimensions", default="5,10")
    command.add_argument("--functions", default="1-24")
    command.add_argument("--instances", default="1-5")
    command.add_argument("--out", required=True)
    command.set_defaults(call=run)
    command = commands.add_parser("report")
    command.add_argument("file")
    command.add_argument("--plot")
    command.set_defaults(call=report)
    options = parser.parse_args()
    options.call(options)


if __name__ == "__main__":
    main()
