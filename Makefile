# `make demo` and `make test` set up everything on a machine that has Python 3.10 or newer, and are quick a second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLDEST := .venv-oldest
SPARK := .venv-spark
SPARK4 := .venv-spark4
RENDERED := .venv-rendered
WORKERS ?= 2

# OpenMP threads that wait for each other beside dbt's own threads make training ten times slower
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup oldest chromium demo docs lint test spark spark4 java rendered matrix nightly clean

help:
	@echo "make demo      flights and churn from raw data to drift, on DuckDB, with a summary"
	@echo "make test      linters, type checks and every test"
	@echo "make docs      the guides and the macros as a site, in site/build"
	@echo "make spark     the SQL macros on Apache Spark, in an environment of their own"
	@echo "make spark4    the same on Spark 4, with tables of parquet; make nightly runs it too"
	@echo "make rendered  the SQL macros as the adapters of five warehouses write them, in an environment of their own"
	@echo "make matrix    the SQL macros with other versions of dbt, Python and DuckDB, each in an environment of its own"
	@echo "make nightly   twenty times as many random cases, and every flight of the year"
	@echo "make clean     remove the environment, the demo's database and what dbt wrote"

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "== Setting up $(VENV): a minute or two the first time"
	@$(PYTHON) -c 'import sys; sys.exit("baton needs Python 3.10 or newer, this is " + sys.version) if sys.version_info < (3, 10) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

# the oldest dbt and DuckDB of pyproject.toml, for one suite; without them, as on a Python that has no wheels of theirs, it is skipped
oldest: $(OLDEST)/.installed

$(OLDEST)/.installed: constraints-oldest.txt
	@echo "== Setting up $(OLDEST)"
	@$(PYTHON) -m venv --clear $(OLDEST)
	@if $(OLDEST)/bin/pip install --quiet --disable-pip-version-check --only-binary duckdb --requirement constraints-oldest.txt; \
		then touch $@; else echo "$(OLDEST) could not be made"; rm -rf $(OLDEST); fi

# what opens the pages in tests; they are skipped without it
chromium:
	@if command -v "$${BATON_CHROMIUM:-chromium}" > /dev/null; then true; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		echo "== Installing Chromium"; \
		apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium fonts-dejavu-core > /dev/null \
			|| echo "Chromium could not be installed: tests of pages are skipped"; \
	else echo "no Chromium: tests of pages are skipped; install Debian's chromium, or name another one in BATON_CHROMIUM"; fi

demo: setup
	@$(BIN)/python integration_tests/demo.py

docs: setup
	@$(BIN)/mkdocs build --strict --config-file site/mkdocs.yml
	@echo "site/build/index.html"

lint: setup
	@echo "== ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "== mypy"
	@$(BIN)/mypy

test: lint oldest chromium
	@echo "== pytest on $(WORKERS) workers"
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/spark --ignore tests/rendered

# Spark needs Java, and 400 MB of Python packages that nothing else needs; without Java the tests are skipped
spark: $(SPARK)/.installed java
	@echo "== pytest on Spark"
	@$(SPARK)/bin/pytest tests/spark

# on Spark 4 tables are parquet; what needs merge is skipped
spark4: $(SPARK4)/.installed java
	@echo "== pytest on Spark 4"
	@$(SPARK4)/bin/pytest tests/spark

$(SPARK)/.installed $(SPARK4)/.installed: .venv-%/.installed: pyproject.toml constraints.txt constraints-%.txt
	@echo "== Setting up $(@D): a minute or two the first time"
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement constraints-$*.txt \
		--editable '.[duckdb,postgres]'
	@touch $@

java:
	@if command -v java > /dev/null; then true; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		echo "== Installing Java"; \
		apt-get update -qq && apt-get install -qq --yes --no-install-recommends openjdk-17-jre-headless > /dev/null \
			|| echo "Java could not be installed: tests on Spark are skipped"; \
	else echo "no Java: tests on Spark are skipped; install Java 17"; fi

# the adapters of warehouses without a connection: what is rendered is parsed, and not run
rendered: $(RENDERED)/.installed
	@echo "== pytest on what the warehouses' adapters render"
	@$(RENDERED)/bin/pytest tests/rendered

$(RENDERED)/.installed: pyproject.toml constraints-rendered.txt
	@echo "== Setting up $(RENDERED): a minute or two the first time"
	@$(PYTHON) -m venv --clear $(RENDERED)
	@$(RENDERED)/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement constraints-rendered.txt --editable .
	@touch $@

# half an hour the first time; it writes its results into docs/engines.md
matrix: setup
	@$(BIN)/python tests/matrix.py

nightly: setup
	@BATON_HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/spark --ignore tests/rendered
	@$(MAKE) --no-print-directory spark4

clean:
	rm -rf $(VENV) $(OLDEST) $(SPARK) $(SPARK4) $(RENDERED) .venv-matrix site/build integration_tests/*.duckdb* integration_tests/baton_report.html integration_tests/target integration_tests/dbt_packages integration_tests/logs
