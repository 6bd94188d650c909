PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PACKAGE := dsl grammar backends inference models

EXAMPLE := examples/eight_schools/eight_schools
PYTEST := $(BIN)/pytest -n 2 --dist worksteal

# Some indexes have a build of this release without CUDA, a tenth of the size; any other will do.
TORCH := torch==2.13.0

# Uncompiled packages import three to five times slower.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := test
.PHONY: demo test test-all check bench reference golden clean

$(INSTALLED): pyproject.toml setup.py constraints.txt
	$(PYTHON) -m venv $(VENV)
	-$(BIN)/python -m pip install --quiet --compile $(TORCH)
	$(BIN)/python -m pip install --quiet --compile --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m compileall -q $(PACKAGE)
	touch $@

demo: $(INSTALLED)
	mkdir -p build
	$(BIN)/gendsl infer $(EXAMPLE).gen --data $(EXAMPLE).json --seed 1 --out build/eight_schools.nc

test: $(INSTALLED)
	$(PYTEST)

test-all: $(INSTALLED)
	$(PYTEST) -m ''

check: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python tools/link_tree.py
	$(BIN)/mypy -p gendsl
	PYTHONPATH=build/tree $(BIN)/lint-imports

bench: $(INSTALLED)
	for script in gradient recurrences leapfrog main_job; do $(BIN)/python benchmarks/$$script.py || exit 1; done

reference: $(INSTALLED)
	mkdir -p build
	$(BIN)/python -m gendsl.models.table --out build/reference.csv --resume

golden: $(INSTALLED)
	$(BIN)/pytest tests/golden -m '' --snapshot-update

clean:
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find $(PACKAGE) tests tools -name __pycache__ -prune -exec rm -rf {} +
