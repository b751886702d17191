"""Results as a table, and how the best score grew."""

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor

from skhpo import Integer, Real, TPESearchCV

X, y = load_diabetes(return_X_y=True)
space = {
    "n_estimators": Integer(10, 100, log=True),
    "learning_rate": Real(0.01, 0.5, log=True),
    "max_depth": range(1, 7),
    "subsample": Real(0.4, 1),
}
search = TPESearchCV(
    GradientBoostingRegressor(random_state=0), space, n_iter=30, cv=3, n_jobs=2, random_state=0
).fit(X, y)

# the history stands row for row beside cv_results_
table = pd.DataFrame(search.cv_results_).assign(**search.history_.trials)
columns = ["trial", "sampler", "mean_test_score", "std_test_score", "mean_fit_time"]
columns += [f"param_{name}" for name in space]
print(table.sort_values("rank_test_score")[columns].head().round(3).to_string(index=False))

best = table["mean_test_score"].cummax()
figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
axes.scatter(table["trial"], table["mean_test_score"], s=12, color="tab:gray", label="trial")
axes.step(table["trial"], best, where="post", label="best so far")
axes.set(xlabel="trial", ylabel="mean R2 over 3 folds")
axes.legend(loc="lower right")
figure.savefig("results.png", dpi=120)
