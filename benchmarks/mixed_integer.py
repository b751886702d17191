"""CMA-ES with integers and categories, beside the package `cmaes`: how often it finds the optimum.

    pip install cmaes
    python benchmarks/mixed_integer.py --seeds 50 [--problems SphereInt,SphereCOM]

The test problems of the papers on CMA-ES with margin (20 variables, half of them discrete, 1e-10
within 10^4 evaluations for each) and on CatCMA and CatCMA with margin, of five values each. Both
packages start at the same point with the same step and population. Prints successes and the median
of the evaluations that the successful runs took.
"""

import argparse
import math
import time
import warnings

import numpy as np
from cmaes import CatCMAwM, CMAwM

from skhpo._records import Observations, Plan, Slot
from skhpo.samplers import CMAESSampler
from skhpo.space import Categorical, Integer, Real, make_space

TARGET = 1e-10
WIDTH = 20.0  # of a continuous variable, from -10 to 10


def sphere(v):
    return float(np.sum(v * v))


def ellipsoid(v):
    return float(np.sum((1000.0 ** (np.arange(len(v)) / (len(v) - 1)) * v) ** 2))


def rosenbrock(v):
    return float(np.sum(100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2))


def one_max(c):
    return int(np.sum(c != 0))


def leading_ones(c):
    return len(c) - int(np.sum(np.cumprod(c == 0)))


# name -> numeric part, categorical part, continuous, integers, categorical, values, evaluations
PROBLEMS = {
    "SphereInt": (sphere, None, 10, 10, 0, 0, 200_000),
    "EllipsoidInt": (ellipsoid, None, 10, 10, 0, 0, 200_000),
    "SphereOneMax": (sphere, one_max, 10, 0, 10, 2, 200_000),
    "EllipsoidLeadingOnes": (ellipsoid, leading_ones, 10, 0, 10, 2, 200_000),
    "SphereCOM": (sphere, one_max, 5, 0, 5, 5, 100_000),
    "RosenbrockCLO": (rosenbrock, leading_ones, 5, 0, 5, 5, 100_000),
    "SphereIntCOM": (sphere, one_max, 3, 3, 3, 5, 90_000),
    "RosenbrockIntCLO": (rosenbrock, leading_ones, 3, 3, 3, 5, 90_000),
}
START = 2.0  # of every number


def loss_of(name, x, z, c):
    numeric, categorical = PROBLEMS[name][:2]
    value = numeric(np.concatenate([np.asarray(x, float), np.asarray(z, float)]))
    return value + (categorical(np.asarray(c)) if categorical else 0)


def popsize_of(name):
    return 4 + int(3 * math.log(sum(PROBLEMS[name][2:5])))


def run_skhpo(name, seed):
    _, _, n_x, n_z, n_c, k, budget = PROBLEMS[name]
    x, z, c = (
        [f"{kind}{j:02}" for j in range(n)] for kind, n in (("x", n_x), ("z", n_z), ("c", n_c))
    )
    declared = {key: Real(-WIDTH / 2, WIDTH / 2) for key in x}
    declared |= {key: Integer(-10, 10) for key in z}
    declared |= {key: Categorical(range(k)) for key in c}
    start = dict.fromkeys(x, START) | dict.fromkeys(z, int(START)) | dict.fromkeys(c, k - 1)
    sampler = CMAESSampler(
        x0=start, sigma0=1 / WIDTH, popsize=popsize_of(name), restarts="none", tol_x=0.0
    )
    space = make_space(declared)
    run = sampler.start(space, np.random.default_rng(seed), Plan(n_iter=None))
    nothing, one = Observations.empty(space.n_columns), np.ones(1)
    status = np.array(["complete"], dtype="<U9")
    for trial in range(budget):
        proposal = run.ask(trial, Slot(), nothing)
        p = proposal.params
        y = loss_of(name, [p[key] for key in x], [p[key] for key in z], [p[key] for key in c])
        if y < TARGET:
            return trial + 1
        run.tell(Observations(np.array([trial]), np.array([y]), one, status, one, proposal.point))
    return None


def run_cmaes(name, seed):
    _, _, n_x, n_z, n_c, k, budget = PROBLEMS[name]
    popsize, n = popsize_of(name), 0
    if k in (0, 2):
        n_discrete = n_z + n_c
        low, high, step = (-10, 10, 1) if n_z else (0, 1, 1)
        bounds = [[-WIDTH / 2, WIDTH / 2]] * n_x + [[low, high]] * n_discrete
        strategy = CMAwM(
            mean=np.array([START] * n_x + ([START] if n_z else [0.5]) * n_discrete),
            sigma=1.0,
            bounds=np.array(bounds, dtype=float),
            steps=np.array([0.0] * n_x + [float(step)] * n_discrete),
            population_size=popsize,
            seed=seed,
        )
        while n < budget:
            told = []
            for _ in range(popsize):
                evaluated, drawn = strategy.ask()
                rest = evaluated[n_x:]
                z, c = (rest, []) if n_z else ([], 1 - rest)
                y = loss_of(name, evaluated[:n_x], z, c)
                n += 1
                if y < TARGET:
                    return n
                told.append((drawn, y))
            strategy.tell(told)
        return None
    strategy = CatCMAwM(
        x_space=[[-WIDTH / 2, WIDTH / 2]] * n_x,
        z_space=[list(range(-10, 11))] * n_z if n_z else None,
        c_space=[k] * n_c,
        mean=np.full(n_x + n_z, START),
        sigma=1.0,
        cov=np.eye(n_x + n_z),
        population_size=popsize,
        seed=seed,
    )
    while n < budget:
        told = []
        for _ in range(popsize):
            s = strategy.ask()
            z = s.z if s.z is not None else []
            y = loss_of(name, s.x, z, np.argmax(s.c, axis=1))
            n += 1
            if y < TARGET:
                return n
            told.append((s, y))
        try:
            strategy.tell(told)
        except np.linalg.LinAlgError:  # of its covariances; the run has not found the optimum
            return None
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--problems", default=",".join(PROBLEMS))
    parser.add_argument("--methods", default="skhpo,cmaes")
    parser.add_argument("--limit", type=int, help="evaluations at most")
    options = parser.parse_args()
    pooled = {}
    for name in options.problems.split(","):
        if options.limit:
            PROBLEMS[name] = (*PROBLEMS[name][:6], min(options.limit, PROBLEMS[name][6]))
        for method in options.methods.split(","):
            run, began = {"skhpo": run_skhpo, "cmaes": run_cmaes}[method], time.process_time()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = [run(name, seed) for seed in range(options.seeds)]
            used = [n for n in found if n is not None]
            pooled.setdefault(method, []).extend(n is not None for n in found)
            median = f"{np.median(used):.0f}" if used else "-"
            seconds = time.process_time() - began
            print(
                f"{name:22}{method:8}{len(used):4} of {options.seeds}   median {median:>8}   "
                f"{seconds:.1f} s",
                flush=True,
            )
    for method, found in pooled.items():
        print(f"pooled {method}: {np.mean(found):.3f}")


if __name__ == "__main__":
    main()
