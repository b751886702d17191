"""What training on from rung to rung saves: one iteration of Hyperband from 1 to 81 trees.

    python benchmarks/continuation.py

Each learner is searched twice: as it is, and as a subclass, of which nobody knows that it can be
trained on, so that it is fitted from scratch at every rung. Both searches try the same candidates
and get the same scores. Units are trees of one fold; CPU seconds are those of all the search.
"""

import time

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
)
from sklearn.model_selection import ShuffleSplit

from skhpo import HyperbandSearchCV

R = 81
X, y = make_classification(4000, 20, n_informative=8, flip_y=0.1, random_state=0)
LEARNERS = {
    GradientBoostingClassifier: ("n_estimators", {"max_depth": [2, 3], "subsample": (0.3, 0.5, 1)}),
    ExtraTreesClassifier: ("n_estimators", {"min_samples_leaf": list(range(1, 20))}),
    HistGradientBoostingClassifier: ("max_iter", {"max_leaf_nodes": list(range(4, 40))}),
}


def anew(cls):
    """A subclass that does the same."""
    return type(f"Plain{cls.__name__}", (cls,), {"__module__": "plain"})


def search(cls, resource, space):
    """Units and CPU seconds of one search, and its scores."""
    spread = {"min_impurity_decrease": [k * 1e-9 for k in range(50)]}
    if "min_impurity_decrease" not in cls().get_params():
        spread = {"l2_regularization": [k * 1e-3 for k in range(50)]}
    start = time.process_time()
    found = HyperbandSearchCV(
        cls(random_state=0), {**space, **spread}, resource=resource, min_resources=1,
        max_resources=R, cv=ShuffleSplit(1, random_state=0), refit=False, random_state=0,
    ).fit(X, y)  # fmt: skip
    seconds = time.process_time() - start
    trials, reached, units = found.history_.trials, {}, 0.0
    for trial, spent, on in zip(
        trials["trial"], trials["resource"], trials["continued"], strict=True
    ):
        units += spent - (reached[trial] if on else 0.0)
        reached[trial] = spent
    return units, seconds, found.cv_results_["mean_test_score"]


def main():
    for cls, (resource, space) in LEARNERS.items():
        on, scratch = search(cls, resource, space), search(anew(cls), resource, space)
        np.testing.assert_allclose(on[2], scratch[2])
        print(
            f"{cls.__name__}: units {on[0]:.0f} of {scratch[0]:.0f} ({on[0] / scratch[0]:.3f}), "
            f"CPU {on[1]:.1f} of {scratch[1]:.1f} s ({on[1] / scratch[1]:.3f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
