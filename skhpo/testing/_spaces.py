"""A catalogue of small spaces, each awkward in its own way."""

from scipy import stats
from sklearn.dummy import DummyClassifier
from sklearn.preprocessing import StandardScaler

from .._typing import Params
from ..space import Categorical, Integer, Ordinal, Real, Space, When, make_space


def spaces() -> dict[str, Space]:
    """Make the catalogue of search spaces that `check_sampler` goes through.

    Returns
    -------
    dict of str to Space
        Named spaces: every kind of dimension, conditions, constraints, few and many values.

    Examples
    --------
    >>> from skhpo.testing import spaces
    >>> spaces()["tiny"].size
    6.0
    """
    return {
        "mixed": make_space(
            {
                "x": Real(-5, 10),
                "rate": stats.loguniform(1e-4, 1),
                "depth": stats.randint(1, 12),
                "kind": ["a", "b", "c"],
            }
        ),
        "log": make_space({"C": Real(1e-3, 1e3, log=True), "n": Integer(1, 1000, log=True)}),
        "integer": make_space({"n": Integer(2, 30, step=4), "m": stats.randint(0, 3)}),
        "ordinal": make_space(
            {"size": [16, 32, 64, 128], "grade": Ordinal(["low", "middle", "high"])}
        ),
        "categorical": make_space(
            {
                "kind": Categorical(list("abcdefgh"), weights=range(1, 9)),
                "flag": [True, False],
                "shape": [(10,), (10, 5), None],
            }
        ),
        "conditional": make_space(
            [
                {"kernel": ["rbf"], "C": Real(0.1, 10), "gamma": Real(1e-3, 1, log=True)},
                {"kernel": ["poly"], "C": Real(0.1, 10), "degree": Integer(2, 5)},
                {"kernel": ["linear"]},
            ]
        ),
        "nested": make_space(_NESTED),
        "constant": make_space({"C": [1.0], "kernel": ["rbf"]}),
        "tiny": make_space({"a": [1, 2, 3], "b": ["x", "y"]}),
        "constrained": make_space({"a": Integer(1, 9), "b": Integer(1, 9)}, _ordered),
        "half": make_space({"x": Real(0, 1), "y": Real(0, 1)}, _below_diagonal),
        "estimators": make_space(
            {
                "scaler": [StandardScaler(), None, "passthrough"],
                "model": [DummyClassifier(), DummyClassifier(strategy="uniform")],
                "model__random_state": [0, 1],
            }
        ),
        "big": make_space(
            {
                **{f"x{j:02}": Real(0, 1) for j in range(12)},
                **{f"k{j:02}": list("abcde") for j in range(6)},
                "seed": stats.randint(0, 2**31),
                "many": Categorical([f"value {i}" for i in range(60)]),
            }
        ),
    }


_NESTED = {
    "model": ["svm", "trees"],
    "kernel": When(["linear", "rbf", "poly"], model="svm"),
    "gamma": When([0.01, 0.1, 1.0], kernel=("rbf", "poly")),
    "degree": When(Integer(2, 4), kernel="poly"),
    "depth": When([1, 2, None], model="trees"),
}


def _ordered(params: Params) -> bool:
    return bool(params["a"] < params["b"])


def _below_diagonal(params: Params) -> bool:
    return bool(params["x"] + params["y"] <= 1)
