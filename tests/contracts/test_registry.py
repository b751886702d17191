"""Nothing public escapes its contract."""

import importlib
import pkgutil
from types import ModuleType

import pytest
from sklearn.linear_model import Ridge

import skhpo
from skhpo.samplers import Sampler
from skhpo.schedulers import Scheduler
from skhpo.search._base import BaseSearch
from skhpo.stopping import StoppingRule

from .registry import ESTIMATORS, EXECUTORS, PLAIN, RULES, SAMPLERS, SCHEDULERS

CONTRACTS = {
    Sampler: SAMPLERS,
    Scheduler: SCHEDULERS,
    StoppingRule: RULES,
    BaseSearch: ESTIMATORS,
}


def public_modules():
    found = pkgutil.walk_packages(skhpo.__path__, "skhpo.")
    names = [module.name for module in found if "._" not in module.name]
    return ["skhpo", *names]


def public_names():
    """(module, name) of everything that some `__all__` lists, modules apart."""
    for name in public_modules():
        module = importlib.import_module(name)
        for public in module.__all__:
            if not isinstance(getattr(module, public), ModuleType):
                yield name, public


def contract(thing):
    """The registry in which a class must stand; None if it has no such contract."""
    if isinstance(thing, type):
        for base, registry in CONTRACTS.items():
            if issubclass(thing, base) and thing is not base:
                return registry
    return None


@pytest.mark.parametrize("module", public_modules())
def test_every_public_module_says_what_is_public(module):
    module = importlib.import_module(module)
    assert isinstance(module.__all__, list)
    assert all(hasattr(module, name) for name in module.__all__)


def test_every_public_name_is_registered():
    missing = []
    for module, name in public_names():
        registry = contract(getattr(importlib.import_module(module), name))
        known = name in (registry if registry is not None else PLAIN.get(module, ()))
        if not known:
            missing.append(f"{module}.{name}")
    assert not missing, f"no line in tests/contracts/registry.py for {missing}"


def test_nothing_registered_is_gone():
    everything = set(public_names())
    names = {name for _, name in everything}
    stale = [name for registry in CONTRACTS.values() for name in registry if name not in names]
    stale += [(m, n) for m, plain in PLAIN.items() for n in plain if (m, n) not in everything]
    assert not stale


def subclasses(base):
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


@pytest.mark.parametrize("base", CONTRACTS, ids=lambda base: base.__name__)
def test_every_component_of_the_package_is_public_and_registered(base):
    for component in subclasses(base):
        if component.__module__.startswith("skhpo") and not component.__name__.startswith("_"):
            assert component.__name__ in CONTRACTS[base], component


@pytest.mark.parametrize(
    "registry", [SAMPLERS, SCHEDULERS, RULES], ids=["sampler", "scheduler", "rule"]
)
def test_registered_specs_are_what_their_name_says(registry):
    for name, specs in registry.items():
        assert specs
        assert all(type(spec).__name__ == name for spec in specs)


def test_registered_estimators_are_what_their_name_says():
    for name, make in ESTIMATORS.items():
        assert type(make(Ridge(), {"alpha": [1.0]})).__name__ == name


def test_every_name_that_an_estimator_takes_stands_for_a_registered_class():
    assert {type(make()).__name__ for make in skhpo.samplers.SAMPLERS.values()} == set(SAMPLERS)
    assert {kind.__name__ for kind in skhpo.schedulers.SCHEDULERS.values()} == set(SCHEDULERS)


def test_every_executor_class_is_made_by_a_registered_factory():
    made = set()
    for make in EXECUTORS.values():
        executor = make()
        made.add(type(executor).__name__)
        executor.close()
    assert {"SerialExecutor", "ParallelExecutor"} <= made
