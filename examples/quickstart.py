"""Quick start: tune a pipeline, and compare it with the one that was not tuned."""

from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import TPESearchCV

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=0.5, random_state=0)
pipe = make_pipeline(StandardScaler(), SVC())

space = {"svc__C": loguniform(1e-2, 1e3), "svc__gamma": loguniform(1e-5, 1e0)}
search = TPESearchCV(pipe, space, n_iter=25, cv=3, n_jobs=2, random_state=0)
search.fit(X_train, y_train)

print(f"default: {pipe.fit(X_train, y_train).score(X_test, y_test):.3f}")
print(f"tuned:   {search.score(X_test, y_test):.3f} with {search.best_params_}")
