# Every target does its own set-up: Python 3.11 with pip (or uv) and make are all that is needed.
#
#   make demo         two tuned pipelines on real data, within 3 minutes
#   make test         the tests, with the newest versions of everything
#   make test-oldest  the tests, with the oldest versions that pyproject.toml allows
#   make check        format, lint, types, layers, docstrings
#   make doc          the manual, in doc/_build/html
#   make slow         the tests that take long
#   make bench        BENCH=folder: the benchmarks kept there
#   make faults       what becomes of a search when things go wrong, as a table
#   make clean        remove what these made, the environments .venv and .venv-oldest apart

PYTHON ?= $(firstword $(shell command -v python3.11 python3 python))
UV := $(shell command -v uv)
JOBS ?= 2

VENV := .venv
OLDEST := .venv-oldest
BIN := $(VENV)/bin
FLOORS = $(shell $(PYTHON) -c 'import tomllib; \
	print(*(d.replace(">=", "==") for d in \
	tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]))')

ifdef UV
venv = $(UV) venv --quiet --seed --python $(PYTHON) $(1)
install = $(UV) pip install --quiet --python $(1)/bin/python
else
venv = $(PYTHON) -m venv $(1)
install = $(1)/bin/python -m pip install --quiet --disable-pip-version-check
endif

PYTEST := -m pytest -q -n $(JOBS)
# the tests' own processes share the cores already
test slow test-oldest: export OMP_NUM_THREADS = 1

.PHONY: demo test test-oldest check doc slow bench faults clean
.DELETE_ON_ERROR:

# an environment that is there is used as it is
$(VENV)/bin/python:
	$(call venv,$(VENV))

$(OLDEST)/bin/python:
	$(call venv,$(OLDEST))

# one stamp for each extra that is installed
$(VENV)/.has-%: pyproject.toml | $(VENV)/bin/python
	$(call install,$(VENV)) -e ".[$*]"
	@touch $@

$(OLDEST)/.has-test: pyproject.toml | $(OLDEST)/bin/python
	$(call install,$(OLDEST)) $(FLOORS) -e ".[test]"
	@touch $@

demo: $(VENV)/.has-demo
	@$(BIN)/python examples/demo.py

test: $(VENV)/.has-test
	$(BIN)/python $(PYTEST)

slow: $(VENV)/.has-test
	$(BIN)/python $(PYTEST) --slow

test-oldest: $(OLDEST)/.has-test
	$(OLDEST)/bin/python $(PYTEST)

check: $(VENV)/.has-test $(VENV)/.has-lint
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_imports.py \
		tests/test_docs.py -k "not example_runs and not readme"

doc: $(VENV)/.has-test $(VENV)/.has-doc
	$(BIN)/python -m sphinx -W --keep-going -q -b html doc doc/_build/html
	$(BIN)/python -m pytest -q doc
	@echo "The manual is in doc/_build/html/index.html"

bench: $(VENV)/.has-test
	@test -d "$(BENCH)" || { echo "make bench needs BENCH=folder-with-run.py"; exit 2; }
	$(BIN)/python "$(BENCH)/run.py" $(ARGS)

faults: $(VENV)/.has-test $(VENV)/.has-dask $(VENV)/.has-ray
	@$(BIN)/python benchmarks/faults.py $(ARGS)

clean:
	rm -rf build dist doc/_build doc/api/generated
	rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
