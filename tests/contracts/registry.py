"""Factories of everything public that has a contract to keep, by name.

A new sampler, scheduler, rule or estimator is one line here; `test_registry.py` sees to it that
the line is not forgotten.
"""

import joblib

from skhpo import (
    ASHASearchCV,
    BayesSearchCV,
    BOHBSearchCV,
    CMAESSearchCV,
    DEHBSearchCV,
    EvolutionSearchCV,
    GridSearchCV,
    HyperbandSearchCV,
    RandomizedSearchCV,
    SearchCV,
    SuccessiveHalvingSearchCV,
    TPESearchCV,
)
from skhpo.execution import make_executor
from skhpo.samplers import (
    BayesSampler,
    BOHBSampler,
    CMAESSampler,
    DEHBSampler,
    EvolutionSampler,
    GridSampler,
    RandomSampler,
    SobolSampler,
    TPESampler,
)
from skhpo.schedulers import (
    ASHAScheduler,
    ASHAStoppingScheduler,
    AsyncHyperbandScheduler,
    FullScheduler,
    HyperbandScheduler,
    MedianStoppingScheduler,
    PASHAScheduler,
    SuccessiveHalvingScheduler,
)
from skhpo.stopping import Stagnation, TargetReached, Timeout

# name of the class -> specs as users configure them
SAMPLERS = {
    "BayesSampler": [
        BayesSampler(n_candidates=64, n_starts=2),
        BayesSampler(acquisition="thompson", n_candidates=64, n_starts=2),
        BayesSampler(surrogate="forest", n_candidates=64, n_starts=2),
    ],
    "CMAESSampler": [
        CMAESSampler(),
        CMAESSampler(n_startup_trials=0, restarts="ipop", popsize=4),
        CMAESSampler(startup="tpe", adapt_learning_rate=True, restarts="none"),
    ],
    "EvolutionSampler": [EvolutionSampler(kind) for kind in ("gaussian-es", "1+1", "de", "jade")],
    "BOHBSampler": [BOHBSampler(), BOHBSampler(random_fraction=0.0, n_candidates=8)],
    "DEHBSampler": [DEHBSampler()],
    "GridSampler": [GridSampler()],
    "RandomSampler": [RandomSampler(), RandomSampler(random_state=3)],
    "SobolSampler": [SobolSampler(), SobolSampler(scramble=False)],
    "TPESampler": [TPESampler(), TPESampler(multivariate=False), TPESampler(gamma="sqrt")],
}
SCHEDULERS = {
    "FullScheduler": [FullScheduler()],
    "SuccessiveHalvingScheduler": [
        SuccessiveHalvingScheduler(),
        SuccessiveHalvingScheduler(min_resources="exhaust", rounding="floor", factor=2),
        SuccessiveHalvingScheduler(min_resources="smallest", aggressive_elimination=True),
    ],
    "HyperbandScheduler": [
        HyperbandScheduler(),
        HyperbandScheduler(variant="ceil", factor=2.5),
        HyperbandScheduler(promote="first"),
    ],
    "ASHAScheduler": [ASHAScheduler(), ASHAScheduler(factor=2), ASHAScheduler(rungs="from_min")],
    "ASHAStoppingScheduler": [
        ASHAStoppingScheduler(),
        ASHAStoppingScheduler(bound="quantile", bootstrap_count=2),
    ],
    "AsyncHyperbandScheduler": [AsyncHyperbandScheduler()],
    "PASHAScheduler": [PASHAScheduler(), PASHAScheduler(factor=2)],
    "MedianStoppingScheduler": [
        MedianStoppingScheduler(min_trials=1),
        MedianStoppingScheduler(percentile=25, patience=1),
        MedianStoppingScheduler(percentile=None, patience=1),
    ],
}
RULES = {
    "Timeout": [Timeout(3)],
    "Stagnation": [Stagnation(2), Stagnation(3, min_delta=0.5)],
    "TargetReached": [TargetReached(0.5)],
}

# what may refuse infinite spaces, and what may repeat draws from distributions
FINITE_ONLY = {"GridSampler"}
WITH_REPLACEMENT = {"RandomSampler"}


def on_backend(backend, **arguments):
    """A function that makes an executor of two workers on a backend of joblib."""

    def make():
        with joblib.parallel_config(backend=backend):
            return make_executor(2, **arguments)

    return make


EXECUTORS = {
    "inline": lambda: make_executor(1),
    "threading": on_backend("threading"),
    "threading-ahead": on_backend("threading", looks_ahead=True),
    "multiprocessing": on_backend("multiprocessing"),
    "loky": on_backend("loky"),
    "loky-ahead": on_backend("loky", looks_ahead=True),
}


def make_grid_search(estimator, space, n_iter=None, random_state=None, **arguments):
    """`GridSearchCV`, which has no number of trials and no seed."""
    return GridSearchCV(estimator, space, **arguments)


def make_halving_search(estimator, space, n_iter=5, **arguments):
    """`SuccessiveHalvingSearchCV`, whose number of trials has scikit-learn's name."""
    return SuccessiveHalvingSearchCV(estimator, space, n_candidates=n_iter, **arguments)


# name of the class -> factory(estimator, space, n_iter=, random_state=, ...)
ESTIMATORS = {
    "BayesSearchCV": BayesSearchCV,
    "CMAESSearchCV": CMAESSearchCV,
    "EvolutionSearchCV": EvolutionSearchCV,
    "ASHASearchCV": ASHASearchCV,
    "BOHBSearchCV": BOHBSearchCV,
    "DEHBSearchCV": DEHBSearchCV,
    "HyperbandSearchCV": HyperbandSearchCV,
    "SuccessiveHalvingSearchCV": make_halving_search,
    "GridSearchCV": make_grid_search,
    "RandomizedSearchCV": RandomizedSearchCV,
    "SearchCV": SearchCV,
    "TPESearchCV": TPESearchCV,
}

# those with a resource: a trial has several rows
FIDELITY = {
    "ASHASearchCV",
    "BOHBSearchCV",
    "DEHBSearchCV",
    "HyperbandSearchCV",
    "SuccessiveHalvingSearchCV",
}
# those whose number of trials is not `n_iter=50` by default
OWN_BUDGET = FIDELITY - {"ASHASearchCV"}
# those in which the order of arrival decides
ASYNCHRONOUS = {"ASHASearchCV"}

# public names without a contract of this kind; each has tests of its own
PLAIN = {
    "skhpo": {"Categorical", "History", "Integer", "Ordinal", "Real", "When", "read_journal"},
    "skhpo.acquisition": {
        "ACQUISITIONS",
        "Acquisition",
        "Criterion",
        "Domain",
        "DomainColumn",
        "Effort",
        "Region",
        "h_ratios",
        "log_expected_improvement",
        "log_h",
        "log_probability_of_improvement",
        "lower_confidence_bound",
        "maximize",
    },
    "skhpo.evaluation": {
        "Continuation",
        "Data",
        "Environment",
        "FoldObjective",
        "HoldOut",
        "Limits",
        "Lines",
        "Models",
        "RULES",
        "Racer",
        "Runner",
        "Subsets",
        "can_limit_memory",
        "find_booster",
        "follow_in_time",
        "make_subsets",
        "rounds_of",
    },
    "skhpo.exceptions": {
        "ExhaustedWarning",
        "JournalError",
        "JournalWarning",
        "SearchWarning",
        "StoppedWarning",
        "SynchronousWarning",
    },
    "skhpo.execution": {"Executor", "Failure", "InterruptWatch", "Ticket", "make_executor"},
    "skhpo.samplers": {
        "InitialPoints",
        "SAMPLERS",
        "SURROGATES",
        "Sampler",
        "SamplerRun",
        "initial_proposals",
        "known_proposal",
    },
    "skhpo.schedulers": {
        "HyperbandTable",
        "SCHEDULERS",
        "Scheduler",
        "SchedulerRun",
        "bracket_probabilities",
    },
    "skhpo.space": {
        "Categorical",
        "Column",
        "Condition",
        "Integer",
        "Ordinal",
        "Real",
        "Space",
        "When",
        "make_space",
    },
    "skhpo.stopping": {"StoppingRule"},
    "skhpo.surrogates": {
        "Axes",
        "BANDWIDTHS",
        "CATEGORICAL_KERNELS",
        "Cells",
        "Embedding",
        "Forest",
        "ForestPosterior",
        "GaussianProcess",
        "Hyperparameters",
        "Kernels",
        "PRIORS",
        "ParzenEstimator",
        "Paths",
        "Posterior",
        "TRANSFORMS",
        "ProductDensity",
        "clip_bad",
        "decay_weights",
        "hyper_prior",
        "improvement_weights",
        "kumaraswamy",
        "log_normal_ei",
        "log_scale",
        "matern52",
        "negative_log_likelihood",
        "negative_log_posterior",
        "sample_paths",
        "standardize",
        "transform_losses",
        "uniform_weights",
        "with_resource",
    },
    "skhpo.testing": {"check_executor", "check_sampler", "check_scheduler", "spaces"},
}


def cases(registry):
    """(name, spec) of every spec, to parametrize tests with."""
    return [(name, spec) for name, specs in registry.items() for spec in specs]
