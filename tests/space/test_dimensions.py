"""Real, Integer, Categorical, Ordinal: arguments, draws, equality."""

import copy
import pickle

import numpy as np
import pytest
from scipy import stats
from sklearn.model_selection import ParameterSampler
from sklearn.svm import SVC

from skhpo.space import Categorical, Integer, Ordinal, Real, When


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Real("a", 1), TypeError, "low of Real must be a number, got 'a' of type str"),
        (lambda: Real(0, None), TypeError, "high of Real must be a number"),
        (lambda: Real(True, 2), TypeError, "low of Real must be a number, got True"),
        (lambda: Real(0, np.inf), ValueError, "high of Real must be finite, got inf"),
        (lambda: Real(np.nan, 1), ValueError, "low of Real must be finite"),
        (lambda: Real(1, 1), ValueError, r"low < high, got low=1, high=1.* list of one element"),
        (lambda: Real(2, 1), ValueError, "low < high"),
        (lambda: Real(0, 1, log=True), ValueError, r"log=True needs low > 0, got low=0"),
        (lambda: Real(-1, 1, log=True), ValueError, r"needs low > 0, got low=-1"),
        (lambda: Real(-1e308, 1e308), ValueError, "too wide"),
        (lambda: Real(1e-200, 1e200, log=True), ValueError, "too wide"),
        (lambda: Real(0, 1, log="yes"), TypeError, "log of Real must be True or False"),
        (lambda: Integer(1.5, 2), TypeError, "low of Integer must be an integer, got 1.5"),
        (lambda: Integer(1, 10.0), TypeError, "high of Integer must be an integer, got 10.0"),
        (lambda: Integer(False, 2), TypeError, "low of Integer must be an integer"),
        (lambda: Integer(3, 3), ValueError, "Integer needs low < high, got low=3, high=3"),
        (lambda: Integer(0, 9, log=True), ValueError, r"low > step / 2, got low=0, step=1"),
        (lambda: Integer(1, 9, log=True, step=2), ValueError, r"low > step / 2, got low=1"),
        (lambda: Integer(1, 9, step=0), ValueError, "step of Integer must be at least 1, got 0"),
        (lambda: Integer(1, 9, step=0.5), TypeError, "step of Integer must be an integer"),
        (lambda: Integer(0, 2**60), ValueError, "too many values"),
        (lambda: Categorical("abc"), TypeError, r"must be a list.* got 'abc' of type str"),
        (lambda: Categorical(3), TypeError, r"values of Categorical must be a list.* got 3"),
        (lambda: Categorical({"a", "b"}), TypeError, "must be a list"),
        (lambda: Categorical([]), ValueError, "must not be empty"),
        (lambda: Categorical(np.eye(2)), ValueError, r"one-dimensional, got shape \(2, 2\)"),
        (lambda: Categorical(["a", "a"]), ValueError, "must differ"),
        (lambda: Categorical(["a", "b"], weights=[1]), ValueError, "2 positive numbers"),
        (lambda: Categorical(["a", "b"], weights=[1, 0]), ValueError, "positive numbers"),
        (lambda: Categorical(["a", "b"], weights=["x", 1]), TypeError, "must be a number"),
        (lambda: Ordinal([]), ValueError, "values of Ordinal must not be empty"),
        (lambda: Ordinal(["a"], spacing="odd"), ValueError, "spacing of Ordinal must be one of"),
        (lambda: Ordinal(["a", "b"], spacing="log"), ValueError, "needs numbers in order"),
        (lambda: Ordinal([1, 3, 2], spacing="value"), ValueError, r"got \[1, 3, 2\]; take"),
        (lambda: Ordinal([0, 3, 5], spacing="log"), ValueError, "needs positive numbers"),
        (lambda: When(Real(0, 1)), TypeError, "When needs a condition"),
    ],
)
def test_wrong_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (Real(-2, 5), stats.uniform(-2, 7)),
        (Real(1e-3, 1e2, log=True), stats.loguniform(1e-3, 1e2)),
        (Integer(3, 12), stats.randint(3, 13)),
    ],
)
def test_draws_follow_scipys_distributions(dimension, expected):
    ours = dimension.rvs(size=3000, random_state=0)
    theirs = expected.rvs(size=3000, random_state=1)
    assert ours.shape == (3000,)
    assert stats.ks_2samp(ours, theirs, method="asymp").pvalue > 1e-3


@pytest.mark.parametrize("seed", [0, np.random.RandomState(0), np.random.default_rng(0)])
def test_one_draw_is_a_bare_value(seed):
    assert type(Real(0, 1).rvs(random_state=seed)) is float
    assert type(Integer(0, 9).rvs(random_state=seed)) is int
    assert Categorical([None, "a"]).rvs(random_state=seed) in (None, "a")
    assert Integer(0, 9).rvs(size=(2, 3), random_state=seed).shape == (2, 3)
    drawn = Categorical([(1, 2), "a"]).rvs(size=(4, 2), random_state=seed)
    assert drawn.shape == (4, 2) and set(drawn.ravel()) <= {(1, 2), "a"}


def test_draws_follow_the_weights():
    drawn = Categorical(["a", "b"], weights=[9, 1]).rvs(size=2000, random_state=0)
    assert np.mean(drawn == "a") == pytest.approx(0.9, abs=0.03)  # 4 standard errors
    levels = Ordinal([0, 1, 2, 1000]).rvs(size=2000, random_state=0)
    assert stats.chisquare(np.unique(levels, return_counts=True)[1]).pvalue > 1e-3


def test_draws_repeat_with_the_seed():
    one, two = (Real(0, 1).rvs(size=5, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_scikit_learns_sampler_draws_from_them():
    space = {
        "C": Real(0.1, 10, log=True),
        "n": Integer(1, 3),
        "k": Categorical(["a", "b"]),
        "size": Ordinal(["s", "m", "l"]),
    }
    drawn = list(ParameterSampler(space, 50, random_state=0))
    assert {params["n"] for params in drawn} == {1, 2, 3}
    assert {params["k"] for params in drawn} == {"a", "b"}
    assert {params["size"] for params in drawn} == {"s", "m", "l"}
    assert all(0.1 <= params["C"] <= 10 for params in drawn)


def test_objects_are_not_copied():
    model = SVC()
    assert Categorical([model]).rvs(random_state=0) is model
    values = [model, None]
    assert Categorical(values).values is values


@pytest.mark.parametrize(
    "value",
    [
        Real(0.1, 1, log=True),
        Integer(1, 9, step=2),
        Categorical(["a", np.nan], weights=[1, 2]),
        Categorical(np.array([1, 2, 3])),
        Ordinal(["a", "b"], spacing="rank"),
        When(Real(0, 1), kernel=["a", "b"]),
    ],
)
def test_equal_arguments_make_equal_dimensions(value):
    assert copy.deepcopy(value) == value and pickle.loads(pickle.dumps(value)) == value
    assert value != Real(0.2, 1, log=True) and value != "a"
    if not isinstance(value, When):
        assert eval(repr(value), {**globals(), "array": np.array, "nan": np.nan}) == value


def test_when_says_what_it_is():
    assert repr(When(Real(0, 1), k="a")) == "When(Real(low=0, high=1, log=False), k='a')"
