"""Every scheduler keeps its promises, in whatever order results arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo._records import Plan
from skhpo.testing import check_scheduler

from .registry import SCHEDULERS, cases

PLANS = st.builds(
    lambda n_iter, concurrency, low, factor: Plan(n_iter, concurrency, low, low * factor),
    st.integers(1, 40),
    st.integers(1, 8),
    st.floats(0.1, 10),
    st.sampled_from([1.0, 3.0, 27.0, 81.0]),
)


@pytest.mark.parametrize(("name", "spec"), cases(SCHEDULERS), ids=repr)
@given(plan=PLANS, seed=st.integers(0, 2**32 - 1))
def test_scheduler_in_any_order(name, spec, plan, seed):
    check_scheduler(spec, plan, seed=seed)
