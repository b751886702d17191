"""Every sampler keeps its promises on every space."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhpo.testing import _samplers, check_sampler, spaces

from ..space.strategies import spaces as drawn_spaces
from .registry import FINITE_ONLY, SAMPLERS, WITH_REPLACEMENT, cases


@pytest.mark.parametrize("space", spaces())
@pytest.mark.parametrize(("name", "spec"), cases(SAMPLERS), ids=repr)
def test_sampler_on_the_catalogue(name, spec, space):
    check_sampler(spec, spaces()[space], with_replacement=name in WITH_REPLACEMENT)


@pytest.mark.parametrize("space", spaces())
@pytest.mark.parametrize(("name", "spec"), cases(SAMPLERS), ids=repr)
def test_only_a_grid_refuses_a_space(name, spec, space):
    space = spaces()[space]
    refused = name in FINITE_ONLY and space.size == float("inf")
    assert _samplers._refused(spec, space) is refused


@pytest.mark.parametrize(("name", "spec"), cases(SAMPLERS), ids=repr)
@settings(max_examples=25)
@given(space=drawn_spaces(), seed=st.integers(0, 1000))
def test_sampler_on_any_space(name, spec, space, seed):
    if name in FINITE_ONLY and space.size > 1000:
        return
    # lists with a value twice, and dicts that overlap: scikit-learn's grid repeats the cell
    distinct = name not in WITH_REPLACEMENT | FINITE_ONLY
    play = _samplers._start(spec, space)
    for _ in range(12):
        proposal = play.ask(distinct)
        if proposal is None:
            break
        _samplers._check_legal(space, proposal, unplaced=not spec.needs_model_space)
        play.tell_some(seed % 4, play.any_loss)


def test_all_spaces_is_the_default():
    assert check_sampler(SAMPLERS["SobolSampler"][0]) is None
