"""The docstrings follow numpydoc; the examples and the README's code run."""

import dataclasses
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from numpydoc.docscrape import ClassDoc
from numpydoc.validate import ERROR_MSGS, validate

import skhpo

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SHORT = {"demo": ["--n-iter", "3"]}  # arguments that make an example run in seconds
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
LEFT_OUT = set(SETTINGS["numpydoc_validation"]["checks"]) - {"all"}


def public_modules():
    """Skhpo and every module in it whose path has no underscore."""
    yield skhpo
    for found in pkgutil.walk_packages(skhpo.__path__, "skhpo."):
        if not re.search(r"\._", found.name):
            yield importlib.import_module(found.name)


def public_things():
    """`{dotted name: (object, class it belongs to or None)}` of what some `__all__` lists."""
    things = {}
    for module in public_modules():
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                owner = f"{thing.__module__}.{thing.__qualname__}"
                things[owner] = (thing, None)
                if inspect.isclass(thing):
                    own = {f"{owner}.{name}": (method, thing) for name, method in methods(thing)}
                    things |= own
    return {name: pair for name, pair in things.items() if name.startswith("skhpo.")}


def methods(cls):
    for name, thing in vars(cls).items():
        if not name.startswith("_") and (inspect.isfunction(thing) or isinstance(thing, property)):
            yield name, thing


def overrides(name, cls):
    """Whether a base class of ours describes this method already."""
    bases = [base for base in cls.__mro__[1:] if base.__module__.startswith("skhpo")]
    return any(name.split(".")[-1] in vars(base) for base in bases)


def fields_are_described(cls):
    """Whether the fields of a dataclass are its documented attributes."""
    if not dataclasses.is_dataclass(cls):
        return False
    listed = [name for entry in ClassDoc(cls)["Attributes"] for name in entry.name.split(", ")]
    public = [field.name for field in dataclasses.fields(cls) if field.name[0] != "_"]
    return set(public) <= set(listed)


THINGS = public_things()


@pytest.mark.parametrize("name", sorted(THINGS))
def test_docstring_is_numpydoc(name):
    thing, owner = THINGS[name]
    excused = set(LEFT_OUT)
    if owner is not None and overrides(name, owner):
        excused |= {"PR01", "RT01"}  # it says only what is different
    if getattr(thing, "_is_protocol", False):
        excused |= {"PR01"}  # nobody calls it
    if fields_are_described(thing):
        excused |= {"PR01", "PR02"}
    found = validate(name)["errors"]
    assert [f"{code}: {message}" for code, message in found if code not in excused] == []


@pytest.mark.parametrize("name", skhpo.__all__)
def test_docstring_of_a_public_class_has_an_example(name):
    thing = getattr(skhpo, name)
    assert not inspect.isclass(thing) or ">>>" in thing.__doc__


def test_docstring_settings_name_real_checks():
    assert set(ERROR_MSGS) >= LEFT_OUT


def run(*command, cwd):
    environment = os.environ | {"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:skhpo", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path, tmp_path):
    assert run(str(path), *SHORT.get(path.stem, ()), cwd=tmp_path).strip()


README_KNOWS = """
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

X, y = load_breast_cancer(return_X_y=True)
pipe = make_pipeline(StandardScaler(), SVC())
"""


def test_readme_code_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    assert blocks
    script = tmp_path / "readme.py"
    script.write_text("\n".join([README_KNOWS, *blocks]), "utf-8")
    run(str(script), cwd=tmp_path)


def test_readme_names_every_search_class():
    text = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in skhpo.search.__all__ if f"`{name}`" not in text] == []
