"""Who may import whom: imports go down only, and private names stay behind two doors."""

import ast
import sys
from pathlib import Path

import pytest

import skhpo

PACKAGE = Path(skhpo.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

GROUND = {"_records", "_typing", "_validation", "exceptions"}
FIRST = {"_history", "_spec", "_table", "space", "stopping"}
SECOND = {"acquisition", "surrogates"}

# room -> the rooms (or single modules) of skhpo it may import; its own are always open
ROOMS = {
    **{room: GROUND for room in GROUND},
    "_sklearn": GROUND,
    "_spec": GROUND,
    "_table": GROUND,
    "_flight": GROUND,
    "_history": GROUND | {"_flight", "_table"},
    "stopping": GROUND | {"_history", "_spec"},
    "space": GROUND,
    "surrogates": GROUND,
    "acquisition": GROUND,
    "samplers": GROUND | FIRST | SECOND,
    "schedulers": GROUND | {"_spec"},
    "execution": GROUND,
    "evaluation": GROUND | {"_history", "_sklearn", "execution/_base", "stopping"},
    "_journal": GROUND | {"_history", "_table", "space", "samplers/_base", "schedulers/_base"},
    "_loop": GROUND | {"_history", "samplers/_base", "schedulers/_base"},
    "search": GROUND
    | FIRST
    | SECOND
    | {"_journal", "_loop", "_sklearn", "evaluation", "execution", "samplers", "schedulers"},
    "testing": GROUND | FIRST | {"execution", "samplers", "schedulers", "search"},
    "inspection": GROUND,
}

# room -> the packages of others it may import
OTHERS = {
    **{room: {"numpy", "scipy", "sklearn"} for room in ROOMS},
    **{room: {"numpy"} for room in GROUND},
    **{room: {"numpy", "scipy"} for room in SECOND},
    "execution": {"numpy", "joblib"},
    "_journal": {"numpy", "scipy", "sklearn", "joblib"},
    "_loop": set(),
    "testing": {"numpy", "scipy", "sklearn", "joblib"},
}

DOORS = {"_sklearn": "sklearn", "execution/_joblib": "joblib"}


def place(path):
    """`samplers/_tpe` for the file of skhpo.samplers._tpe; a package is its folder."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "/".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree, here, is_package):
    """Every import of a module as (line, module, name or None), `skhpo` ones made absolute."""
    package = ["skhpo", *filter(None, here.split("/"))]
    if not is_package:
        package = package[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, None
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                yield node.lineno, module, alias.name


def target(module, name, exists):
    """The module of skhpo that an import reaches, as a place."""
    inner = module.split(".")[1:]
    if name is not None and exists("/".join([*inner, name])):
        inner = [*inner, name]
    return "/".join(inner)


def exists(where):
    return (PACKAGE / f"{where}.py").exists() or (PACKAGE / where / "__init__.py").exists()


def private(module, name):
    """Whether an import takes something that its owner keeps to itself."""
    parts = [*module.split("."), *filter(None, [name])]
    return any(part.startswith("_") and not part.startswith("__") for part in parts)


def private_attributes(tree, aliases):
    """Lines on which a private attribute of an imported foreign module is taken."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and private(node.attr, None):
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id in aliases:
                yield node.lineno, aliases[root.id], node.attr


def foreign_aliases(tree):
    """Local name -> foreign package, for every name that some import of a package binds."""
    aliases = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name.split(".")[0]] = alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                aliases[alias.asname or alias.name] = node.module.split(".")[0]
    return {name: package for name, package in aliases.items() if package != "skhpo"}


def violations(source, here, is_package=False, exists=exists):
    """What a module at `here` imports although it may not, one sentence each."""
    tree = ast.parse(source)
    room = here.split("/")[0]
    if not room:  # the top __init__ re-exports
        return
    for line, module, name in imported(tree, here, is_package):
        package = module.split(".")[0]
        if package == "skhpo":
            there = target(module, name, exists)
            inside = there.split("/")[0] == room
            if not inside and not {there, there.split("/")[0]} & ROOMS[room]:
                yield f"{here}:{line} imports skhpo/{there or '__init__'}"
            continue
        if package not in sys.stdlib_module_names and package not in OTHERS[room]:
            yield f"{here}:{line} imports {package}"
        if private(module, name) and DOORS.get(here) != package:
            yield f"{here}:{line} imports the private {module}.{name}"
    for line, package, name in private_attributes(tree, foreign_aliases(tree)):
        if DOORS.get(here) != package:
            yield f"{here}:{line} takes the private {name} of {package}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: place(path) or "skhpo")
def test_imports_go_down_only(path):
    found = violations(path.read_text("utf-8"), place(path), path.name == "__init__.py")
    assert list(found) == []


def test_every_room_has_a_rule():
    rooms = {place(path).split("/")[0] for path in MODULES} - {""}
    assert rooms <= set(ROOMS)


@pytest.mark.parametrize(
    ("here", "source"),
    [
        ("space/_column", "from ..samplers import Sampler"),
        ("space/_column", "from ..samplers._base import Sampler"),
        ("space/_column", "from .. import samplers"),
        ("space/_column", "import skhpo.search"),
        ("space/_column", "from skhpo import TPESearchCV"),
        ("space/_column", "import pandas"),
        ("space/_column", "def f():\n    import matplotlib.pyplot as plt"),
        ("_records", "from scipy import stats"),
        ("_records", "from ._history import History"),
        ("samplers/_tpe", "from ..schedulers import Scheduler"),
        ("samplers/_tpe", "from .._sklearn import clone"),
        ("schedulers/_full", "from ..samplers._base import Sampler"),
        ("surrogates/_gp", "from ..space import Space"),
        ("surrogates/_gp", "from sklearn.gaussian_process import GaussianProcessRegressor"),
        ("evaluation/_runner", "from ..execution import make_executor"),
        ("evaluation/_runner", "from ..execution._joblib import Pool"),
        ("execution/_serial", "from .._sklearn import clone"),
        ("execution/_parallel", "from joblib._parallel_backends import LokyBackend"),
        ("execution/_joblib", "from sklearn.base import _fit_context"),
        ("_loop", "from .samplers import Sampler"),
        ("search/_base", "from sklearn.model_selection._search import BaseSearchCV"),
        ("search/_base", "from sklearn.base import _fit_context"),
        ("search/_base", "import numpy as np\nnp.random._generator"),
        ("search/_base", "import sklearn\nsklearn.utils._tags"),
    ],
)
def test_what_is_not_allowed_is_found(here, source):
    assert len(list(violations(source, here))) >= 1


@pytest.mark.parametrize(
    ("here", "source"),
    [
        ("space/_column", "from ._values import same\nfrom .._typing import Kind"),
        ("space/_column", "from collections import abc\nimport numpy as np\nnp.__version__"),
        ("samplers/_tpe", "from ..surrogates._parzen import Mixture\nfrom ..space import Space"),
        ("evaluation/_runner", "from ..execution._base import Executor"),
        ("evaluation/_runner", "from .. import _sklearn"),
        ("execution/_joblib", "from joblib._parallel_backends import LokyBackend"),
        ("_sklearn", "from sklearn.base import _fit_context"),
        ("search/_base", "from .. import _sklearn\n_sklearn._hidden"),
    ],
)
def test_what_is_allowed_passes(here, source):
    assert list(violations(source, here)) == []
