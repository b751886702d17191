"""Hypothesis strategies that draw search spaces as users write them, and points in them."""

import numpy as np
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import Lasso, Ridge

from skhpo.space import Categorical, Integer, Ordinal, Real, When, make_space

NAMES = ["C", "gamma", "kernel", "clf__depth", "tol", "n"]


@st.composite
def reals(draw):
    """`Real`, over many magnitudes."""
    log = draw(st.booleans())
    low = draw(st.floats(1e-6, 1e3) if log else st.floats(-1e3, 1e3))
    width = draw(st.floats(1e-3, 1e4))
    return Real(low, low * (1 + width) if log else low + width, log=log)


@st.composite
def integers(draw):
    """`Integer`, with steps and logs."""
    log = draw(st.booleans())
    step = draw(st.integers(1, 4))
    low = draw(st.integers(step, 50) if log else st.integers(-50, 50))
    return Integer(low, low + draw(st.integers(1, 200)), log=log, step=step)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(-5, 5),
    st.sampled_from(["a", "b", "sqrt"]),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
)


def lists():
    """Sequences: of anything, of numbers in order, of estimators."""
    anything = st.lists(SCALARS, min_size=1, max_size=6)
    ordered = st.lists(st.integers(-20, 20), min_size=3, max_size=8, unique=True).map(sorted)
    spaced = st.lists(st.floats(1e-6, 1e6), min_size=3, max_size=8, unique=True).map(sorted)
    arrays = ordered.map(np.array)
    estimators = st.just([Ridge(), Lasso(), None])
    return st.one_of(
        anything, ordered, spaced, arrays, estimators, st.builds(range, st.integers(1, 40))
    )


def choices():
    """`Categorical`, weighted or not, and `Ordinal`."""
    words = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True)
    weighted = words.flatmap(
        lambda values: st.builds(
            Categorical,
            st.just(values),
            st.lists(st.floats(0.1, 9), min_size=len(values), max_size=len(values)),
        )
    )
    return st.one_of(words.map(Categorical), weighted, words.map(Ordinal))


FROZEN = [
    stats.uniform(-1, 3),
    stats.loguniform(1e-4, 10),
    stats.randint(1, 30),
    stats.bernoulli(0.3),
    stats.norm(2, 3),
    stats.truncnorm(-1, 2),
    stats.beta(2, 5),
    stats.expon(scale=10),
    stats.poisson(4),
    stats.binom(10, 0.4),
    stats.rv_discrete(values=([1, 5, 20], [0.2, 0.3, 0.5])),
]


def distributions():
    """Frozen scipy distributions, recognised ones and others."""
    return st.sampled_from(FROZEN)


def discrete_dimensions():
    """What may stand for one parameter and has numbered values."""
    return st.one_of(integers(), lists(), choices())


def dimensions():
    """What may stand for one parameter, conditions apart."""
    return st.one_of(reals(), distributions(), discrete_dimensions())


@st.composite
def parameters(draw, max_size=5):
    """A dict: names, dimensions and, in between, `When` on parameters drawn before."""
    names = draw(st.lists(st.sampled_from(NAMES), max_size=max_size, unique=True))
    declared = {}
    for name in names:
        form = draw(dimensions())
        parents = {other: values_of(declared[other]) for other in declared}
        parents = {other: values for other, values in parents.items() if values}
        if parents and draw(st.booleans()):
            parent = draw(st.sampled_from(sorted(parents)))
            chosen = draw(st.lists(st.sampled_from(parents[parent]), min_size=1, max_size=3))
            form = When(form, **{parent: chosen})
        declared[name] = form
    order = draw(st.permutations(names))
    return {name: declared[name] for name in order}


def values_of(form):
    """Some values of a discrete dimension; none for others."""
    while isinstance(form, When):
        form = form.dimension
    if isinstance(form, Integer):
        return [form.low, form.low + form.step] if form.low + form.step <= form.high else [form.low]
    if isinstance(form, Categorical | Ordinal):
        form = form.values
    return list(form)[:4] if isinstance(form, list | range) else []


def declarations():
    """A dict, or a list of up to three, as `param_distributions` takes them."""
    return st.one_of(parameters(), st.lists(parameters(max_size=3), min_size=1, max_size=3))


def spaces():
    """Search spaces, conditional ones among them."""
    return declarations().map(make_space)


def uniforms(space, n=8):
    """Rows of numbers in [0, 1), some of them on the edge."""
    return st.integers(0, 2**32 - 1).map(lambda seed: _uniforms(space, n, seed))


def _uniforms(space, n, seed):
    rng = np.random.default_rng(seed)
    q = rng.random((n, space.n_columns))
    q[rng.random(q.shape) < 0.05] = 0.0
    q[rng.random(q.shape) < 0.05] = np.nextafter(1.0, 0.0)
    return q
