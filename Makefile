# Qloom: `make run` starts everything, `make test` tests everything; both do their own set-up.

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?= -n 2
FUZZ_CASES ?= 10000
FUZZ_SEED ?= 1
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help run test fuzz lint bench bench-requirements requirements neo4j clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## start PostgreSQL, Valkey, the graph server, web, workers, beat and Flower
	@exec $(BIN)/python -m embedded --end-with-parent

test: $(DEV_STAMP) ## run every test on real servers (PYTEST_ARGS="-k name" for some)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

fuzz: $(DEV_STAMP) ## send 10,000 requests drawn from the API's description (FUZZ_CASES=500 for fewer; FUZZ_SEED)
	@FUZZ_CASES=$(FUZZ_CASES) FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python -m pytest -n 0 tests/api/fuzz.py

lint: $(DEV_STAMP) ## run ruff, mypy and import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(DEV_STAMP) ## measure speed next to baselines (BENCH="bell --repeats 50" for some; needs a quiet machine)
	@$(BIN)/python -m benchmarks $(BENCH)

bench-requirements: | $(BIN)/python ## install Chroma's server, which the vector benchmark compares with, into .venv-bench
	@"$(PYTHON)" -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt

requirements: $(DEV_STAMP) ## compile requirements*.in to requirements*.txt
	@for name in requirements requirements-embedded requirements-dev; do \
		$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links \
			--no-emit-trusted-host --output-file=$$name.txt $$name.in || exit 1; \
	done

neo4j: $(RUN_STAMP) ## run a real Neo4j (needs Java 17 and Maven) and print its URL
	@exec $(BIN)/python -m embedded.neo4j

clean: ## remove the virtual environment and caches; the data in var stays
	rm -rf $(VENV) .venv-bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis deploy/neo4j/build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "make: no $(PYTHON) here: set PYTHON to a Python of at least 3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: $$("$(PYTHON)" -V) is too old: set PYTHON to a Python of at least 3.11" >&2; exit 1; }
	@"$(PYTHON)" -m venv "$(VENV)" || \
		{ echo "make: cannot make $(VENV): install the venv module (Debian: apt install python3-venv)" >&2; exit 1; }

$(RUN_STAMP): requirements.txt requirements-embedded.txt | $(BIN)/python
	@echo "installing requirements into $(VENV)"
	@$(PIP_INSTALL) -r requirements.txt -r requirements-embedded.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(RUN_STAMP)
	@echo "installing requirements for tests and lint into $(VENV)"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@
