"""What earlier results are worth to each sampler.

    python benchmarks/warm_start.py run --samplers tpe,cmaes --seeds 20 --out warm.jsonl
    python benchmarks/warm_start.py report warm.jsonl

Three searches that must end alike: one of 40 trials; one of 10, with another seed, that is given
the first 30 of these (`warm_start_from`); and one of 40 that is given 30 trials of the same problem
with its optimum moved by a tenth of each range, as if of other data (`transfer=True`).
The report compares means over the seeds, in standard errors of their difference.
"""

import argparse
import json
import math
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator

from skhpo import SearchCV
from skhpo.samplers import SAMPLERS, EvolutionSampler
from skhpo.space import Categorical, Integer, Real

ALL, EARLIER = 40, 30
SHIFT = 0.1
KINDS = {
    **{name: SAMPLERS[name] for name in ("gp", "forest", "tpe", "bohb", "dehb", "cmaes")},
    **{kind: lambda kind=kind: EvolutionSampler(kind) for kind in ("gaussian-es", "1+1")},
    **{kind: lambda kind=kind: EvolutionSampler(kind) for kind in ("de", "jade")},
}


# ----------------------------------------------------------------------- problems
A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8]])
A = np.vstack([A, [17, 8, 0.05, 10, 0.1, 14]])
P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def branin(v, shift):
    x, y = v["x"] + 15 * shift, v["y"] + 15 * shift
    bow = y - 5.1 * x * x / (4 * math.pi**2) + 5 * x / math.pi - 6
    return bow * bow + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann(v, shift):
    u = np.array([v[f"x{j}"] for j in range(6)]) + shift
    return -float(np.array([1, 1.2, 3, 3.2]) @ np.exp(-np.sum(A * (u - P) ** 2, axis=1)))


def mixed(v, shift):
    x, y = v["x"] + 4 * shift, v["y"] + 4 * shift
    lr, k = math.log10(v["lr"]) + 5 * shift, v["k"] + 19 * shift
    m = math.log(v["m"] / 3) + math.log(100) * shift
    off = {"a": 0.5, "b": 0.0, "c": 1.0, "d": 2.0}[v["c"]]
    numbers = (x - 0.3) ** 2 + (y + 0.4) ** 2 + (lr + 2) ** 2 / 2 + ((k - 7) / 6) ** 2
    return numbers + (m / 1.5) ** 2 + off * (1 + 0.3 * (x - 0.3) ** 2)


PROBLEMS = {
    "branin": (branin, {"x": Real(-5, 10), "y": Real(0, 15)}),
    "hartmann6": (hartmann, {f"x{j}": Real(0, 1) for j in range(6)}),
    "mixed6": (
        mixed,
        {
            "x": Real(-2, 2),
            "y": Real(-2, 2),
            "lr": Real(1e-5, 1, log=True),
            "k": Integer(1, 20),
            "m": Integer(1, 100, log=True),
            "c": Categorical(["a", "b", "c", "d"]),
        },
    ),
}


class Problem(BaseEstimator):
    """A function as an estimator, whose score is minus its value."""

    def __init__(self, name="branin", shift=0.0, v=None):
        self.name = name
        self.shift = shift
        self.v = v

    def set_params(self, **params):
        own = {key: params.pop(key) for key in ("name", "shift", "v") if key in params}
        return super().set_params(**own, **({"v": {**(self.v or {}), **params}} if params else {}))

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        return -PROBLEMS[self.name][0](self.v, self.shift)


def search(problem, kind, seed, n_iter, shift=0.0, **options):
    X, space = np.zeros((2, 1)), PROBLEMS[problem][1]
    return SearchCV(
        Problem(problem, shift),
        space,
        sampler=KINDS[kind](),
        n_iter=n_iter,
        cv=[([0], [1])],
        refit=False,
        initial_params=None,
        random_state=seed,
        **options,
    ).fit(X + shift)


def trajectory(found):
    return np.minimum.accumulate(-found.cv_results_["mean_test_score"])


def compare(problem, kind, seed):
    donor = search(problem, kind, 1000 + seed, ALL)
    one = trajectory(donor)
    table = donor.cv_results_
    pairs = list(zip(table["params"], table["mean_test_score"].tolist(), strict=True))[:EARLIER]
    warm = search(problem, kind, 2000 + seed, ALL - EARLIER, warm_start_from=pairs)
    best = min(trajectory(warm)[-1], one[EARLIER - 1])
    other = search(problem, kind, 1000 + seed, EARLIER, SHIFT).history_
    moved = trajectory(
        search(problem, kind, 2000 + seed, ALL, warm_start_from=other, transfer=True)
    )
    return {
        "one": one.tolist(),
        "before": one[EARLIER - 1],
        "warm": best,
        "transfer": moved.tolist(),
    }


def run(options):
    path = Path(options.out)
    lines = path.read_text().splitlines() if path.exists() else []
    done = {(r["sampler"], r["problem"], r["seed"]) for r in map(json.loads, lines)}
    for seed in range(options.seeds):
        for kind in options.samplers.split(","):
            for problem in options.problems.split(","):
                if (kind, problem, seed) in done:
                    continue
                began = time.process_time()
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found = compare(problem, kind, seed)
                line = {"sampler": kind, "problem": problem, "seed": seed, **found}
                line["cpu"] = round(time.process_time() - began, 2)
                with path.open("a") as file:
                    file.write(json.dumps(line) + "\n")


def report(options):
    rows = [json.loads(line) for line in Path(options.file).read_text().splitlines()]
    head = "nothing 40  first 30     warm +10   (SE)   transfer 40   (SE)   half way   (SE)"
    print(f"{'sampler':12} {'problem':10} seeds  {head}")
    for kind in dict.fromkeys(row["sampler"] for row in rows):
        for problem in PROBLEMS:
            own = [r for r in rows if (r["sampler"], r["problem"]) == (kind, problem)]
            if len(own) < 2:
                continue
            one = np.array([r["one"] for r in own])
            moved = np.array([r["transfer"] for r in own])
            warm = np.array([r["warm"] for r in own])
            before = np.mean([r["before"] for r in own])
            half = ALL // 2 - 1
            pairs = [(warm, one[:, -1]), (moved[:, -1], one[:, -1]), (moved[:, half], one[:, half])]
            cells = [f"{np.mean(a):10.4f} {errors(a, b):+6.2f}" for a, b in pairs]
            print(
                f"{kind:12} {problem:10} {len(own):5}  {np.mean(one[:, -1]):10.4f}  {before:8.4f} "
                f"{'  '.join(cells)}"
            )


def errors(a, b):
    """The difference of two means in its standard errors; positive where `a` is worse."""
    error = math.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / len(a))
    return (np.mean(a) - np.mean(b)) / error if error else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run")
    command.add_argument("--samplers", default=",".join(KINDS))
    command.add_argument("--problems", default=",".join(PROBLEMS))
    command.add_argument("--seeds", type=int, default=20)
    command.add_argument("--out", required=True)
    command.set_defaults(call=run)
    command = commands.add_parser("report")
    command.add_argument("file")
    command.set_defaults(call=report)
    options = parser.parse_args()
    options.call(options)


if __name__ == "__main__":
    main()
