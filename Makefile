# `make demo` and `make test` set up everything on a machine that has Python 3.10 or newer, and are quick a second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

# OpenMP threads that wait for each other beside dbt's own threads make training ten times slower
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo lint test nightly clean

help:
	@echo "make demo      flights and churn from raw data to drift, on DuckDB, with a summary"
	@echo "make test      linters, type checks and every test"
	@echo "make nightly   twenty times as many random cases, and every flight of the year"
	@echo "make clean     remove the environment, the demo's database and what dbt wrote"

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "== Setting up $(VENV): a minute or two the first time"
	@$(PYTHON) -c 'import sys; sys.exit("baton needs Python 3.10 or newer, this is " + sys.version) if sys.version_info < (3, 10) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup
	@$(BIN)/python integration_tests/demo.py

lint: setup
	@echo "== ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "== mypy"
	@$(BIN)/mypy

test: lint
	@echo "== pytest on $(WORKERS) workers"
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

nightly: setup
	@BATON_HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

clean:
	rm -rf $(VENV) integration_tests/*.duckdb* integration_tests/target integration_tests/dbt_packages integration_tests/logs
