"""What `import skhpo` brings along: nothing heavy, no pool; and what is public."""

import importlib
import importlib.resources
import pkgutil
import subprocess
import sys

import pytest

import skhpo

FIRST_LINES = """
import sys, threading, multiprocessing
import skhpo, skhpo.search, skhpo.samplers, skhpo.schedulers, skhpo.stopping, skhpo.space
"""

RUNTIME = {"skhpo", "sklearn", "numpy", "scipy", "joblib"}
# what scikit-learn, numpy, scipy and joblib load themselves
BASELINE = "import sklearn.model_selection, sklearn.utils.metaestimators, scipy.stats, joblib"


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def packages_after(code):
    return set(run(f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"))


def test_loads_no_package_that_the_runtime_ones_do_not_load():
    ours = packages_after(FIRST_LINES) - packages_after(BASELINE)
    assert ours - set(sys.stdlib_module_names) - RUNTIME == set()


def test_imports_where_nothing_optional_is_installed():
    optional = ["matplotlib", "pandas", "polars", "pyarrow", "xgboost", "lightgbm", "rich", "dask"]
    block = f"import sys\nsys.modules.update(dict.fromkeys({optional}))\n"
    run(block + FIRST_LINES)


def test_starts_no_thread_and_no_process():
    code = FIRST_LINES + "print(threading.active_count(), len(multiprocessing.active_children()))"
    assert run(code) == ["1", "0"]


def test_starts_no_pool_of_loky():
    code = FIRST_LINES + (
        "from joblib.externals.loky import reusable_executor as r\nprint(r._executor is None)"
    )
    assert run(code) == ["True"]


def test_leaves_the_global_generator_alone():
    code = "import numpy as np\nbefore = np.random.get_state()[1].tolist()\n" + FIRST_LINES
    assert run(code + "print(np.random.get_state()[1].tolist() == before)") == ["True"]


MODULES = [
    importlib.import_module(found.name) for found in pkgutil.walk_packages(skhpo.__path__, "skhpo.")
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_all_names_exist_and_modules_are_described(module):
    assert (module.__doc__ or "").strip()
    for name in getattr(module, "__all__", ()):
        assert hasattr(module, name)


def test_a_star_import_leaves_scikit_learns_own_classes():
    names = run("from skhpo import *\nprint(*dir())")
    assert "TPESearchCV" in names
    assert "GridSearchCV" not in names
    assert "RandomizedSearchCV" not in names


def test_the_types_are_announced():
    assert (importlib.resources.files("skhpo") / "py.typed").is_file()
