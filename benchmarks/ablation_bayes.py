"""What each ingredient of `BayesSampler` is worth: regret without it, on a file of cheap tasks.

    python benchmarks/ablation_bayes.py FOLDER --seeds 8 --out ablation.jsonl

FOLDER holds `dev.py` and `tasks.py`, which define tasks with a space, an estimator and data, and
`dev.jsonl`, which holds runs of random search on them. The regret of a run is 0 at the best score
that anybody reached on a task and 1 at the median run of random search. Runs that the file of
results has already are not repeated.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from unittest.mock import patch

import numpy as np

from skhpo._records import Observations, Plan, Slot
from skhpo.samplers import BayesSampler, _bayes_search
from skhpo.space import make_space

VARIANTS = {
    "all of it": {},
    "no region": {"region": None},
    "no restarts": {"restarts": False},
    "no belief in the middle": {"belief": 0.0},
    "no start in the middle": {"middle": False},
    "eight start-up trials": {"n_startup_trials": 8},
    "half-rank alone": {"transform": "half-rank"},
    "anchored-rank alone": {"transform": "anchored-rank"},
    "losses as they are": {"transform": "none"},
    "branches by the model": {"branches": "joint"},
    "prior dim-scaled": {"prior": "dim-scaled"},
    "no noise": {"noise": False},
    "candidates alone (one start)": {"n_starts": 1, "n_candidates": 128},
    "with warping": {"warp": True},
    "lcb": {"acquisition": "lcb"},
    "thompson": {"acquisition": "thompson"},
    "forest": {"surrogate": "forest"},
}
WITHOUT = {  # ingredients that are no settings: what is to be replaced in the module of the search
    "region where losses are rough": {"ROUGH": np.inf},
    "no turns of rival branches": {"TURN": np.inf},
}
BUDGET = 50
KINDS = ("num", "cat", "cond", "which")


def search(task, space, name, seed):
    """The scores of one search, in order."""
    with patch.dict(vars(_bayes_search), WITHOUT.get(name, {})):
        return scores_of(BayesSampler(**VARIANTS.get(name, {})), task, space, seed)


def scores_of(sampler, task, space, seed):
    run = sampler.start(space, np.random.default_rng(seed), Plan(n_iter=BUDGET))
    nothing, one, scores = Observations.empty(space.n_columns), np.ones(1), []
    for trial in range(BUDGET):
        proposal = run.ask(trial, Slot(), nothing)
        score, _ = task.evaluate(proposal.params)
        failed = score <= task.fail_score
        loss = np.array([np.nan if failed else -score])
        status = np.array(["failed" if failed else "complete"])
        run.tell(Observations(np.array([trial]), loss, one, status, one, proposal.point))
        scores.append(round(float(score), 8))
    return scores


def read(path):
    return [json.loads(line) for line in path.open()] if path.exists() else []


def measure(tasks, to_scipy, names, seeds, out):
    """Run what is missing."""
    have = {(row["method"], row["task"], row["seed"]) for row in read(out)}
    with out.open("a") as file:
        for seed in seeds:
            for name in names:
                for task in tasks.values():
                    if (name, task.name, seed) not in have:
                        space = make_space(to_scipy(task.space))
                        scores = search(task, space, name, seed)
                        row = {"method": name, "task": task.name, "seed": seed, "scores": scores}
                        file.write(json.dumps(row) + "\n")
                        file.flush()


def table(rows, peers):
    """Mean regret by kind, and the paired difference to the whole with its standard error."""
    best, random = defaultdict(lambda: -np.inf), defaultdict(list)
    for row in rows + peers:
        best[row["task"]] = max(best[row["task"]], *row["scores"][:BUDGET])
    for row in peers:
        if row["method"] == "random":
            random[row["task"]].append(max(row["scores"][:BUDGET]))
    regret = defaultdict(dict)
    for row in rows:
        task = row["task"]
        scale = best[task] - np.median(random[task])
        value = (best[task] - max(row["scores"][:BUDGET])) / scale
        regret[row["method"]][task, row["seed"]] = min(value, 3.0)
    whole = regret["all of it"]
    print("| variant | runs | " + " | ".join(KINDS) + " | all | cost | s.e. |")
    print("|" + "---|" * (len(KINDS) + 5))
    for name, runs in regret.items():
        shared = sorted(set(runs) & set(whole))
        tasks = sorted({task for task, _ in shared})
        mean = {t: np.mean([runs[k] for k in shared if k[0] == t]) for t in tasks}
        kinds = [np.mean([mean[t] for t in tasks if f"-{kind}-" in t]) for kind in KINDS]
        gaps = [[runs[k] - whole[k] for k in shared if k[0] == t] for t in tasks]
        cost = np.mean([np.mean(gap) for gap in gaps])
        error = np.sqrt(sum(np.var(gap, ddof=1) / len(gap) for gap in gaps)) / len(gaps)
        cells = [f"{v:.2f}" for v in (*kinds, np.mean(list(mean.values())))]
        print(f"| {name} | {len(shared)} | {' | '.join(cells)} | {cost:+.3f} | {error:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument(
        "--variants", default=",".join([*VARIANTS, *WITHOUT]), help="names, comma separated"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--table-only", action="store_true")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.folder))
    if not arguments.table_only:
        from dev import TASKS
        from tasks import to_scipy

        names = arguments.variants.split(",")
        measure(TASKS, to_scipy, names, range(arguments.seeds), arguments.out)
    table(read(arguments.out), read(arguments.folder / "dev.jsonl"))


if __name__ == "__main__":
    main()
