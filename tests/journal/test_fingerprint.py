"""Hashes are the same in every process, and differ where values do."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse, stats
from sklearn.metrics import make_scorer, mean_pinball_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skhpo import TPESearchCV
from skhpo._journal import different, fingerprint
from skhpo.space import Categorical, Integer, Ordinal, Real, When

pd = pytest.importorskip("pandas")


def adder(n):
    def add(x):
        return x + n

    return add


def make_values():
    """Values that all differ."""
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    return [
        None, True, 1, 1.0, 2, "1", b"1", (), [], {}, set(), (1,), [1], ["a", "bc"], ["ab", "c"],
        {"a": 1, "b": 2}, {"a": 2, "b": 1}, {1, 2}, frozenset({1, 2}), range(3), float("nan"),
        np.arange(3), np.arange(3.0), np.arange(3).reshape(3, 1), np.float32(1), np.float64(1),
        np.array(["a", None], dtype=object), np.array(["a", "b"]), np.arange(6)[::2],
        sparse.csr_matrix(np.eye(2)), sparse.csr_matrix(np.eye(3)),
        frame, frame.rename(columns={"a": "c"}), frame["a"], frame["b"], frame.astype({"a": "f4"}),
        stats.uniform(), stats.uniform(0, 2), stats.norm(), stats.randint(0, 3),
        Real(0, 1), Real(0, 2), Integer(0, 3), Categorical([1, 2]),
        Ordinal([1, 2, 3]), When(Real(0, 1), kernel="rbf"), When(Real(0, 1), kernel="poly"),
        SVC(), SVC(C=2), SVC, make_pipeline(StandardScaler(), SVC()),
        FunctionTransformer(np.log1p), FunctionTransformer(lambda x: x), lambda x: x + 1,
        adder(1), adder(2), functools.partial(adder, 3), np.tanh, len, "".join,
        make_scorer(mean_pinball_loss, alpha=0.1), make_scorer(mean_pinball_loss, alpha=0.2),
        TPESearchCV(SVC(), {}), np.random.RandomState(0),
    ]  # fmt: skip


def test_different_values_have_different_hashes():
    hashes = [fingerprint(value) for value in make_values()]
    assert "" not in hashes
    assert len(set(hashes)) == len(hashes)


def test_equal_values_have_equal_hashes_in_another_process():
    code = (
        f"from {__name__} import make_values\n"
        "from skhpo._journal import fingerprint\n"
        "import numpy as np\n"
        "np.random.rand(3)\n"
        "print(*[fingerprint(value) for value in make_values()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONHASHSEED": "7"},
    )
    here = [fingerprint(value) for value in make_values()]
    names = [repr(value) for value in make_values()]
    assert dict(zip(names, done.stdout.split(), strict=True)) == dict(zip(names, here, strict=True))


def test_the_order_of_a_dict_and_the_layout_of_an_array_do_not_count():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    grid = np.arange(6.0).reshape(2, 3)
    assert fingerprint(grid) == fingerprint(np.asfortranarray(grid))


def test_the_form_of_a_sparse_matrix_does_not_count():
    matrix = sparse.random(20, 5, 0.3, random_state=0)
    before = matrix.copy()
    assert fingerprint(matrix.tocsr()) == fingerprint(matrix.tocsc()) == fingerprint(matrix)
    assert fingerprint(matrix) != fingerprint(matrix * 2)
    np.testing.assert_array_equal(matrix.row, before.row)


def test_what_refers_to_itself_has_a_hash():
    loop = [1, "a", SVC()]
    loop.append(loop)
    assert fingerprint(loop)


def test_what_cannot_be_taken_apart_has_none():
    with open(os.devnull) as file:
        assert fingerprint(file) == ""
    assert fingerprint(x for x in ()) == ""


def test_a_fitted_estimator_hashes_as_an_unfitted_one():
    fitted = SVC().fit([[0.0], [1.0]], [0, 1])
    assert fingerprint(fitted) == fingerprint(SVC())


@pytest.mark.parametrize("other", [{"a": "1"}, {"a": "2", "b": "2"}, {"a": "1", "b": "3"}])
def test_different_names_the_parts(other):
    one = {"a": "1", "b": "2"}
    assert different(one, one) == []
    assert different(one, other) == [name for name in one if one[name] != other.get(name)]
