"""A sampler with many workers, on a simulated clock: what waiting results cost in regret.

    python benchmarks/asynchronous.py FOLDER --seeds 8 --out asynchronous.jsonl

FOLDER holds `tasks.py`, which defines the public tasks, and `peers.jsonl`, which holds runs of
random search on them. Jobs take exponential times; a free worker asks at once.
"""

import argparse
import heapq
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from skhpo._records import Observations, Plan, Points, Slot
from skhpo.samplers import SAMPLERS
from skhpo.space import make_space

BUDGET = 48


def search(task, space, sampler, seed, n_workers):
    """The scores of one search, in the order in which they came in."""
    plan = Plan(n_iter=BUDGET, concurrency=n_workers)
    run = SAMPLERS[sampler]().start(space, np.random.default_rng(seed), plan)
    clock = np.random.default_rng([seed, 1])
    jobs, flying, now, started, scores = [], {}, 0.0, 0, []
    one = np.ones(1)
    while len(scores) < BUDGET:
        while started < BUDGET and len(flying) < n_workers:
            flying[started] = run.ask(started, Slot(), pending(flying, space.n_columns))
            heapq.heappush(jobs, (now + clock.exponential(), started))
            started += 1
        now, done = heapq.heappop(jobs)
        proposal = flying.pop(done)
        score, _ = task.evaluate(proposal.params)
        failed = score <= task.fail_score
        loss = np.array([np.nan if failed else -score])
        status = np.array(["failed" if failed else "complete"])
        run.tell(Observations(np.array([done]), loss, one, status, one, proposal.point))
        scores.append(round(float(score), 8))
    return scores


def pending(flying, n_columns):
    n, nothing = len(flying), np.full(len(flying), np.nan)
    points = Points.concatenate([Points.empty(n_columns), *(p.point for p in flying.values())])
    status = np.full(n, "pending")
    return Observations(np.array(list(flying), int), nothing, np.ones(n), status, nothing, points)


def read(path):
    return [json.loads(line) for line in path.open()] if path.exists() else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sampler", default="gp")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--workers", default="1,8")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.folder))
    from tasks import PUBLIC, to_scipy

    have = {(row["task"], row["seed"], row["workers"]) for row in read(arguments.out)}
    with arguments.out.open("a") as file:
        for seed in range(arguments.seeds):
            for task in PUBLIC:
                for n in map(int, arguments.workers.split(",")):
                    if (task.name, seed, n) not in have:
                        space = make_space(to_scipy(task.space))
                        scores = search(task, space, arguments.sampler, seed, n)
                        row = {"task": task.name, "seed": seed, "workers": n, "scores": scores}
                        file.write(json.dumps(row) + "\n")
                        file.flush()
    report(read(arguments.out), read(arguments.folder / "peers.jsonl"))


def report(rows, peers):
    """Mean regret by number of workers: 0 for the best known score, 1 for random search."""
    best, random = defaultdict(lambda: -np.inf), defaultdict(list)
    for row in rows + peers:
        best[row["task"]] = max(best[row["task"]], *row["scores"])
    for row in peers:
        if row["method"] == "random":
            random[row["task"]].append(max(row["scores"][:BUDGET]))
    regret = defaultdict(list)
    for row in rows:
        scale = best[row["task"]] - np.median(random[row["task"]])
        gap = best[row["task"]] - max(row["scores"][:BUDGET])
        regret[row["workers"]].append(min(gap / scale, 3.0))
    for n, values in sorted(regret.items()):
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        print(
            f"{n:3d} workers: regret {np.mean(values):.3f} (s.e. {error:.3f}, {len(values)} runs)"
        )


if __name__ == "__main__":
    main()
