"""Racing on folds: how many fits TPE saves by it, and what it costs in score.

    python benchmarks/racing.py FOLDER --out runs.jsonl [--tasks public] [--seeds 5] [--rules ...]
    python benchmarks/racing.py FOLDER --out dev.jsonl --tasks-file dev.py --tasks dev

FOLDER holds the tasks (tasks.py, and others in its form). Every method has 10 folds, stratified for
classes. Regret is 0 for the best score that any run reached on the task and 1 for the median run of
random search. Runs that are in the file already are not repeated. Set OMP_NUM_THREADS=1.
"""

import argparse
import importlib.util
import json
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import KFold, StratifiedKFold

from skhpo import RandomizedSearchCV, TPESearchCV

N_FOLDS = 10


def load_tasks(folder, file="tasks.py"):
    """The module of the tasks; others than tasks.py build on it."""
    if file != "tasks.py":
        load_tasks(folder)
    name = Path(file).stem
    spec = importlib.util.spec_from_file_location(name, Path(folder) / file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def folds(estimator):
    kind = StratifiedKFold if is_classifier(estimator) else KFold
    return kind(N_FOLDS, shuffle=True, random_state=0)


def run(task, space, method, n_iter, seed):
    """One search; `method` is "random", "tpe", or a rule of racing for TPE."""
    estimator = task.estimator()
    shared = {
        "n_iter": n_iter,
        "scoring": task.scoring,
        "cv": folds(estimator),
        "refit": False,
        "random_state": seed,
    }
    if method == "random":
        search = RandomizedSearchCV(estimator, space, **shared)
    else:
        search = TPESearchCV(estimator, space, racing=None if method == "tpe" else method, **shared)
    X, y = task.make_data()
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    table, status = search.cv_results_, search.history_.trials["status"]
    splits = [table[f"split{k}_test_score"] for k in range(N_FOLDS)]
    return {
        "task": task.name,
        "method": method,
        "seed": seed,
        "n_iter": n_iter,
        "score": float(table["mean_test_score"][status == "complete"].max()),
        "fits": int(np.isfinite(splits).sum()),
        "pruned": int(np.sum(status == "pruned")),
        "seconds": round(time.process_time() - start, 2),
    }


def report(runs):
    """Print a line for each task and rule, and the means over the tasks."""
    table = defaultdict(dict)
    for each in runs:
        table[each["task"], each["method"]][each["seed"]] = each
    tasks = list(dict.fromkeys(task for task, _ in table))
    rules = [m for m in dict.fromkeys(m for _, m in table) if m not in ("random", "tpe")]
    for rule in rules:
        print(f"\n{rule}\n{'task':20} seeds  fits   regret: tpe  {rule}  difference")
        shares, costs = [], []
        for task in tasks:
            random, plain, raced = (table[task, m] for m in ("random", "tpe", rule))
            seeds = sorted(plain.keys() & raced.keys())
            if not seeds or not random:
                continue
            best = max(
                r["score"] for (t, _), rows in table.items() if t == task for r in rows.values()
            )
            scale = best - np.median([r["score"] for r in random.values()])
            regrets = [
                np.mean([(best - rows[seed]["score"]) / scale for seed in seeds])
                for rows in (plain, raced)
            ]
            share = np.mean([raced[seed]["fits"] / plain[seed]["fits"] for seed in seeds])
            shares.append(share)
            costs.append(regrets[1] - regrets[0])
            print(
                f"{task:20} {len(seeds):5}  {share:.2f} {regrets[0]:13.3f} {regrets[1]:7.3f} "
                f"{costs[-1]:+.3f}"
            )
        if shares:
            print(
                f"mean fits {np.mean(shares):.3f}, most {max(shares):.2f}, "
                f"mean difference {np.mean(costs):+.3f}"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tasks", default="public", help="names or suites, comma separated")
    parser.add_argument("--tasks-file", default="tasks.py", help="the file of FOLDER with TASKS")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--n-iter", type=int, default=50)
    parser.add_argument("--rules", default="paired,forgiving")
    options = parser.parse_args()
    module = load_tasks(options.folder, options.tasks_file)
    tools = sys.modules["tasks"]
    lines = options.out.read_text().splitlines() if options.out.exists() else []
    runs = [json.loads(line) for line in lines]
    have = {(r["task"], r["method"], r["seed"], r["n_iter"]) for r in runs}
    methods = ["random", "tpe", *filter(None, options.rules.split(","))]
    for seed in range(options.seeds):
        for task in tools.select(options.tasks, module.TASKS):
            for method in methods:
                if (task.name, method, seed, options.n_iter) in have:
                    continue
                runs.append(run(task, tools.to_scipy(task.space), method, options.n_iter, seed))
                with options.out.open("a") as file:
                    file.write(json.dumps(runs[-1]) + "\n")
    report(runs)


if __name__ == "__main__":
    main()
