"""A conditional space: the kernel decides which other parameters exist."""

from collections import Counter

from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import Integer, Real, TPESearchCV, When

X, y = load_wine(return_X_y=True)
space = {
    "svc__kernel": ["linear", "rbf", "poly"],
    "svc__C": Real(1e-2, 1e3, log=True),
    "svc__gamma": When(Real(1e-4, 1, log=True), svc__kernel=["rbf", "poly"]),
    "svc__degree": When(Integer(2, 5), svc__kernel="poly"),
}
search = TPESearchCV(make_pipeline(StandardScaler(), SVC()), space, n_iter=40, random_state=0)
search.fit(X, y)

tried = Counter(params["svc__kernel"] for params in search.cv_results_["params"])
print("trials of each kernel:", dict(tried))
print(f"best: {search.best_score_:.3f} with {search.best_params_}")
