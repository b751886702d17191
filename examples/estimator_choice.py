"""Which model, and with which parameters: estimators are values like any other."""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skhpo import Integer, Real, TPESearchCV

X, y = load_breast_cancer(return_X_y=True)
pipe = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())])
space = [  # one dict a model
    {
        "scale": [StandardScaler(), MinMaxScaler()],
        "model": [LogisticRegression(max_iter=1000)],
        "model__C": Real(1e-3, 1e3, log=True),
    },
    {
        "scale": [StandardScaler(), MinMaxScaler()],
        "model": [KNeighborsClassifier()],
        "model__n_neighbors": Integer(1, 30, log=True),
        "model__weights": ["uniform", "distance"],
    },
    {
        "scale": ["passthrough"],
        "model": [RandomForestClassifier(n_estimators=50, random_state=0)],
        "model__max_features": Real(0.1, 1),
    },
]
search = TPESearchCV(pipe, space, n_iter=25, cv=3, scoring="roc_auc", n_jobs=2, random_state=0)
search.fit(X, y)

print(f"best: {search.best_score_:.4f}")
for name, value in search.best_params_.items():
    print(f"    {name} = {value}")
