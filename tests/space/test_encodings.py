"""Where values lie in [0, 1]: reference values and the invariants of each kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from skhpo.space import Categorical, Integer, Ordinal, Real, make_space

from .strategies import dimensions, discrete_dimensions


def column(form):
    return make_space({"p": form}).columns[0]


def codes(form):
    only = column(form)
    return only.code(np.arange(int(only.n_values)))


def decoded(form, u):
    space = make_space({"p": form})
    points = space.normalize(np.asarray(u, dtype=float).reshape(-1, 1))
    return [row["p"] for row in space.decode(points)]


def test_codes_of_integers():
    np.testing.assert_allclose(codes(Integer(1, 5)), [0.1, 0.3, 0.5, 0.7, 0.9], rtol=1e-15)


def test_codes_and_cells_of_integers_on_a_log_scale():
    only = column(Integer(1, 100, log=True))
    code = only.code(np.array([1, 2, 3, 10, 50, 100]) - 1)
    expected = [0.130701, 0.261402, 0.337857, 0.564880, 0.868359, 0.999060]
    np.testing.assert_allclose(code, expected, atol=5e-7)
    low, high = only.cell(only.code(np.array([1, 2, 10, 100]) - 1))
    np.testing.assert_allclose(high - low, [0.207156, 0.096322, 0.018872, 0.001886], atol=5e-7)
    low, high = only.cell(only.code(np.array([0, 99])))
    assert low[0] == 0.0 and high[1] == 1.0


def test_codes_of_levels_lie_where_the_values_lie():
    np.testing.assert_allclose(codes([1, 2, 3, 4]), [0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose(codes([0.01, 0.1, 1.0, 10.0]), [0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose(codes([0, 1, 5]), [0.5 / 7.5, 1.5 / 7.5, 5.5 / 7.5])
    np.testing.assert_allclose(codes([5, 1, 0]), [2 / 7.5, 6 / 7.5, 7 / 7.5])
    np.testing.assert_allclose(codes(["a", "b"]), [0.25, 0.75])
    np.testing.assert_allclose(codes(Ordinal([0, 1, 5], spacing="rank")), [1 / 6, 3 / 6, 5 / 6])
    np.testing.assert_allclose(codes(Ordinal([1, 10, 100], spacing="value"))[0], 4.5 / 148.5)
    np.testing.assert_allclose(codes([0, 1e-9, 3.0]), [1 / 6, 3 / 6, 5 / 6])  # far too uneven


def test_spacing_is_the_more_even_one():
    rough = codes([1, 3, 10, 30, 100])
    np.testing.assert_allclose(np.diff(rough), 0.2, atol=0.02)
    np.testing.assert_allclose(codes([100, 101, 102]), [1 / 6, 3 / 6, 5 / 6])
    np.testing.assert_allclose(codes([1, 10, np.inf]), [1 / 6, 3 / 6, 5 / 6])


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ([1, 2, 3], "ordinal"),
        ([3.0, 2, 1], "ordinal"),
        (range(0, 9, 2), "ordinal"),
        (range(9, 0, -2), "ordinal"),
        (np.array([1, 2, 4]), "ordinal"),
        ([1, 2], "categorical"),
        (range(2), "categorical"),
        ([1, 3, 2], "categorical"),
        ([1, 2, 2, 3], "categorical"),
        ([1, 2, True], "categorical"),
        ([1, 2, None], "categorical"),
        ([True, False], "categorical"),
        (["a", "b", "c"], "categorical"),
        (Categorical([1, 2, 3]), "categorical"),
        (Ordinal(["a", "b", "c"]), "ordinal"),
        (stats.bernoulli(0.2), "ordinal"),
        (stats.randint(1, 9), "integer"),
        (stats.poisson(2), "integer"),
        (stats.uniform(1, 9), "continuous"),
        (stats.norm(1, 9), "continuous"),
    ],
)
def test_kinds(form, kind):
    assert column(form).kind == kind


def test_bounds_are_reached_exactly():
    for form, low, high in [
        (Real(0.1, 0.3), 0.1, 0.3),
        (Real(0.1, 0.3, log=True), 0.1, 0.3),
        (Real(1e-5, 7e3, log=True), 1e-5, 7e3),
        (Real(22 / 7, 37 / 7, log=True), 22 / 7, 37 / 7),
        (Real(np.pi, 2 * np.e), np.pi, 2 * np.e),
        (Integer(3, 17), 3, 17),
        (Integer(3, 17, log=True), 3, 17),
        (Integer(3, 17, step=4), 3, 15),
        (stats.uniform(0.1, 0.2), 0.1, 0.1 + 0.2),
        (stats.loguniform(1e-4, 10, scale=2), 2e-4, 20),
        (stats.randint(3, 18, loc=2), 5, 19),
    ]:
        assert decoded(form, [0.0, 1.0]) == [low, high]


@given(st.data(), discrete_dimensions())
def test_cells_tile_the_interval_around_their_codes(data, form):
    space = make_space({"p": form})
    if not space.columns:
        return
    only = space.columns[0]
    index = np.arange(int(only.n_values))
    code = only.code(index)
    np.testing.assert_array_equal(only.index(code), index)
    low, high = only.cell(code)
    assert low[0] == 0 and high[-1] == 1
    np.testing.assert_allclose(low[1:], high[:-1], atol=1e-12)
    assert (low < code).all() and (code < high).all()
    u = np.array(data.draw(st.lists(st.floats(0, 1), min_size=1, max_size=5)))
    low, high = only.cell(u)
    assert (low <= u + 1e-12).all() and (u <= high + 1e-12).all()
    np.testing.assert_array_equal(only.center(u), only.code(only.index(u)))


def test_an_edge_belongs_to_the_cell_above():
    for form in (["a", "b"], Integer(0, 1), [1, 2, 3, 4], range(4)):
        only = column(form)
        assert only.index(np.array([0.0, 0.5, 1.0])).tolist() == [
            0,
            only.n_values / 2,
            only.n_values - 1,
        ]


@given(st.data(), discrete_dimensions())
def test_every_value_comes_back_exactly(data, form):
    space = make_space({"p": form})
    values = space.enumerate()
    for params in values:
        again = space.decode(space.encode(params))[0]["p"]
        assert again is params["p"] or (again == params["p"] and type(again) is type(params["p"]))


@pytest.mark.parametrize(
    "form", [Integer(1, 10**4), Integer(1, 10**4, log=True), stats.randint(0, 2**31), range(10**9)]
)
def test_integers_come_back_exactly(form):
    space = make_space({"p": form})
    low, n_values = space.decode(space.normalize(np.zeros((1, 1))))[0]["p"], space.size
    rng = np.random.default_rng(0)
    sample = range(10**4) if n_values <= 10**4 else rng.integers(0, int(n_values), 10**4).tolist()
    for value in (low + i for i in sample):
        assert space.decode(space.encode({"p": value})) == [{"p": value}]


@given(st.data(), st.booleans())
def test_real_numbers_come_back_as_well_as_their_code_can_tell(data, log):
    low = data.draw(st.floats(1e-6, 1e3))
    high = low * data.draw(st.floats(1.5, 1e8))
    x = min(max(low * (high / low) ** data.draw(st.floats(0, 1)), low), high)
    space = make_space({"p": Real(low, high, log=log)})
    again = space.decode(space.encode({"p": x}))[0]["p"]
    width = (np.log(high / low) + 1) * x if log else high
    assert abs(again - x) <= 4 * np.finfo(float).eps * width


@given(st.integers(1, 999_999), st.integers(-8, 2), st.booleans())
def test_numbers_that_people_write_come_back_exactly(digits, exponent, log):
    x = float(f"{digits}e{exponent}")
    space = make_space({"p": Real(x / 7.3, x * 11.1, log=log)})
    assert space.decode(space.encode({"p": x})) == [{"p": x}]


@given(st.data(), dimensions())
def test_center_is_idempotent_and_keeps_the_value(data, form):
    space = make_space({"p": form})
    if not space.columns:
        return
    only = space.columns[0]
    u = np.array(data.draw(st.lists(st.floats(0, 1), min_size=1, max_size=5)))
    center = only.center(u)
    np.testing.assert_allclose(only.center(center), center, rtol=0, atol=1e-12)
    if only.kind == "continuous":
        np.testing.assert_array_equal(center, u)
        assert all(np.array_equal(edge, u) for edge in only.cell(u))
        with pytest.raises(TypeError, match="not numbered"):
            only.index(u)
        with pytest.raises(TypeError, match="not numbered"):
            only.code(0)
    else:
        np.testing.assert_array_equal(only.index(center), only.index(u))


def test_integers_are_drawn_without_bias_at_the_ends():
    for form in (Integer(0, 9), stats.randint(0, 10), range(10), list(range(10))):
        only = column(form)
        index = only.index(only.quantile(np.random.default_rng(0).random(10**5)))
        assert stats.chisquare(np.bincount(index, minlength=10)).pvalue > 1e-3


def test_levels_are_equally_likely_however_far_apart():
    only = column([0, 1, 2, 1000])
    index = only.index(only.quantile(np.random.default_rng(1).random(10**5)))
    assert stats.chisquare(np.bincount(index)).pvalue > 1e-3
    assert only.weights is None


def test_weights_decide_what_is_drawn():
    only = column(Categorical(["a", "b", "c"], weights=[1, 3, 6]))
    np.testing.assert_allclose(only.weights, [0.1, 0.3, 0.6])
    index = only.index(only.quantile(np.random.default_rng(2).random(10**5)))
    assert stats.chisquare(np.bincount(index), 10**5 * only.weights).pvalue > 1e-3


def test_repeated_values_weigh_more():
    space = make_space({"p": ["a", "b", "a"]})
    assert space.size == 2
    np.testing.assert_allclose(space.columns[0].weights, [2 / 3, 1 / 3])
    assert make_space({"p": [1, 1]}).n_columns == 0
    assert make_space({"p": [1, 1.0, True]}).size == 3


@pytest.mark.parametrize(
    "distribution",
    [
        stats.uniform(-3, 5),
        stats.loguniform(1e-4, 1e2),
        stats.loguniform(1, 10, loc=5),
        stats.norm(3, 2),
        stats.truncnorm(-1, 3, loc=1, scale=2),
        stats.beta(0.5, 2),
        stats.gamma(2, scale=3),
        stats.expon(scale=100),
        stats.triang(0.3),
        stats.lognorm(1),
        stats.t(3),
    ],
)
def test_continuous_distributions_are_drawn_as_scipy_draws_them(distribution):
    space = make_space({"p": distribution})
    q = np.random.default_rng(0).random((2000, 1))
    ours = [row["p"] for row in space.decode(space.from_uniform(q))]
    theirs = distribution.rvs(2000, random_state=np.random.RandomState(1))
    assert stats.ks_2samp(ours, theirs, method="asymp").pvalue > 1e-3


@pytest.mark.parametrize(
    "distribution",
    [
        stats.randint(-3, 5),
        stats.bernoulli(0.3),
        stats.poisson(4),
        stats.binom(100, 0.5),
        stats.geom(0.2, loc=3),
        stats.rv_discrete(values=([1, 5, 20], [0.2, 0.3, 0.5])),
        stats.rv_discrete(values=([1, 5, 20], [0.2, 0.3, 0.5]))(loc=3),
        stats.rv_discrete(values=([0.5, 5, 20], [0.2, 0.3, 0.5])),
    ],
)
def test_discrete_distributions_are_drawn_as_scipy_draws_them(distribution):
    space = make_space({"p": distribution})
    q = np.random.default_rng(0).random((4000, 1))
    ours = [row["p"] for row in space.decode(space.from_uniform(q))]
    theirs = distribution.rvs(size=4000, random_state=np.random.RandomState(1)).tolist()
    assert stats.ks_2samp(ours, theirs, method="asymp").pvalue > 1e-3
    assert set(ours) - set(theirs) == set() or len(set(ours)) > 10
    for params in space.enumerate():
        assert space.decode(space.encode(params)) == [params]


def test_an_unbounded_distribution_is_cut_far_out():
    low, high = decoded(stats.norm(), [0.0, 1.0])
    assert low == pytest.approx(stats.norm.ppf(1e-9)) and high == pytest.approx(-low)
    assert decoded(stats.expon(), [0.0])[0] > 0
    space = make_space({"p": stats.norm()})
    assert space.decode(space.encode({"p": 50.0}))[0]["p"] == pytest.approx(high)


def test_log_integers_are_drawn_by_their_share_of_the_log():
    only = column(Integer(1, 100, log=True))
    index = only.index(only.quantile(np.random.default_rng(0).random(10**5)))
    low, high = only.cell(only.code(np.arange(100)))
    counts = np.bincount(index, minlength=100)
    assert stats.chisquare(counts, 10**5 * (high - low)).pvalue > 1e-3
