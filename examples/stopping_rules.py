"""Limits and stopping rules: end a search when it is long enough, or good enough."""

from sklearn.datasets import load_diabetes
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import Real, TPESearchCV
from skhpo.stopping import Stagnation, TargetReached, Timeout

X, y = load_diabetes(return_X_y=True)
pipe = make_pipeline(StandardScaler(), KernelRidge(kernel="rbf"))
space = {
    "kernelridge__alpha": Real(1e-4, 1e2, log=True),
    "kernelridge__gamma": Real(1e-5, 1e0, log=True),
}

rules = {
    "a minute, or 40 trials without gain": Timeout(60) | Stagnation(40),
    "10 trials without a gain of 0.001": Stagnation(10, min_delta=1e-3),
    "an R2 of 0.49": TargetReached(0.49),
}
for title, rule in rules.items():
    search = TPESearchCV(pipe, space, n_iter=200, stop=rule, random_state=0).fit(X, y)
    print(
        f"{title:<36} {search.n_trials_:>3} trials, R2 {search.best_score_:.3f}, "
        f"ended by {search.stop_reason_}"
    )
