# Qloom: `make run` starts everything, `make unit` and `make test` test it; each does its own set-up.

# Tests start many Python processes, and each would compile the project again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?= -n 2
FUZZ_CASES ?= 10000
FUZZ_SEED ?= 1
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
UNIT_STAMP := $(VENV)/.installed-unit
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(UNIT_STAMP) $(RUN_STAMP)
CLIENTS_STAMP := .clients/.installed
CONSOLE_STAMP := .console/.installed
PYTEST := $(BIN)/python -m pytest $(PYTEST_ARGS)

.DEFAULT_GOAL := help
.PHONY: help run cli unit test test-foreign test-browser test-clients test-client fuzz lint types vendor bench bench-requirements requirements screenshots notices audit neo4j clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## start PostgreSQL, Valkey, the graph server, web, workers, beat and Flower
	@exec $(BIN)/python -m embedded --end-with-parent

cli: $(RUN_STAMP) ## run a command for operators on what `make run` runs (ARGS="workers"; ARGS="--help" lists them)
	@$(BIN)/python -m embedded.cli $(ARGS)

unit: $(UNIT_STAMP) ## run the tests that need no server (PYTEST_ARGS="-n 0 -k name" for some)
	@$(PYTEST) -m unit

test: $(DEV_STAMP) ## run those and every test on real servers
	@$(PYTEST) -m "$(if $(UNITS_RAN),not unit and )not foreign and not browser and not clients"

test-foreign: $(DEV_STAMP) ## run the tests that ask other programs: Neo4j, schemathesis, nginx, systemd
	@$(PYTEST) -m foreign

test-browser: $(DEV_STAMP) ## run the tests that open pages in Chromium (with Node and npm also those of accessibility)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(CONSOLE_STAMP); fi
	@$(PYTEST) -m browser

test-clients: $(DEV_STAMP) ## generate clients from /openapi.json, compile them and call with them (needs Node and npm)
	@if ! command -v npm >/dev/null; then echo "test-clients is skipped: no npm on the PATH"; \
	elif ! $(MAKE) --no-print-directory $(CLIENTS_STAMP); then \
		echo "test-clients is skipped: the generators could not be installed"; \
	else $(PYTEST) -m clients; fi

test-client: $(RUN_STAMP) ## run the Python client's tests, with the oldest and the newest Qiskit that it takes
	@for name in newest oldest pennylane; do \
		PYTHON="$(PYTHON)" SERVER_PYTHON="$(CURDIR)/$(BIN)/python" client/run-tests.sh $$name || exit 1; \
	done

fuzz: $(DEV_STAMP) ## send 10,000 requests drawn from the API's description (FUZZ_CASES=500 for fewer; FUZZ_SEED)
	@FUZZ_CASES=$(FUZZ_CASES) FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python -m pytest -n 0 tests/api/fuzz.py

lint: $(UNIT_STAMP) ## run ruff, mypy and import-linter, and check the types of the console
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory types; \
	elif test -n "$$CI"; then echo "lint needs npm" >&2; exit 1; \
	else echo "the types of the console are not checked: no npm on the PATH"; fi

types: $(CONSOLE_STAMP) ## check the types of the console's JavaScript, its order and its lengths (needs Node and npm; part of lint)
	@.console/node_modules/.bin/tsc --project app/console/tsconfig.json
	@node app/console/check.mjs

vendor: $(CONSOLE_STAMP) ## copy the libraries of the console from npm's packages (needs Node and npm)
	@sh app/console/vendor.sh

bench: $(DEV_STAMP) ## measure speed next to baselines (BENCH="bell --repeats 50" for some; needs a quiet machine)
	@$(BIN)/python -m benchmarks $(BENCH)

bench-requirements: | $(BIN)/python ## install what benchmarks use: Chroma's server into .venv-bench, the Python client into .client-bench
	@"$(PYTHON)" -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@"$(PYTHON)" -m venv .client-bench
	@.client-bench/bin/python -m pip install --quiet --disable-pip-version-check './client[qiskit]'

requirements: $(DEV_STAMP) ## compile requirements*.in to requirements*.txt, with hashes (takes ten minutes)
	@for name in requirements requirements-embedded requirements-dev requirements-clients client/requirements-newest \
			client/requirements-oldest client/requirements-pennylane; do \
		$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
			--no-emit-find-links --no-emit-trusted-host --output-file=$$name.txt $$name.in || exit 1; \
	done

screenshots: $(DEV_STAMP) ## take the pictures of the README and docs/console.md from a fresh stack (needs Chromium)
	@$(BIN)/python -m deploy.screenshots

notices: $(DEV_STAMP) ## write THIRD_PARTY.md: the licence of each package
	@$(BIN)/python deploy/third_party.py

audit: | $(BIN)/python ## look the packages up in PyPI's list of known vulnerabilities; fails if there is none (AUDIT_ARGS="-s osv")
	@test -x .venv-audit/bin/python || "$(PYTHON)" -m venv .venv-audit
	@.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@.venv-audit/bin/pip-audit --strict --disable-pip --require-hashes $(AUDIT_ARGS) \
		-r requirements.txt -r requirements-embedded.txt -r requirements-dev.txt

neo4j: $(RUN_STAMP) ## run a real Neo4j (needs Java 17 and Maven) and print its URL
	@exec $(BIN)/python -m embedded.neo4j

clean: ## remove the virtual environment and caches; the data in var stays
	rm -rf $(VENV) .venv-bench .venv-audit .clients .console .client-* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis deploy/neo4j/build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "make: no $(PYTHON) here: set PYTHON to a Python of at least 3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: $$("$(PYTHON)" -V) is too old: set PYTHON to a Python of at least 3.11" >&2; exit 1; }
	@"$(PYTHON)" -m venv "$(VENV)" || \
		{ echo "make: cannot make $(VENV): install the venv module (Debian: apt install python3-venv)" >&2; exit 1; }

$(UNIT_STAMP): requirements.txt requirements-dev.txt | $(BIN)/python
	@echo "installing requirements for units and lint into $(VENV)"
	@$(PIP_INSTALL) -r requirements.txt -r requirements-dev.txt
	@touch $@

$(RUN_STAMP): requirements.txt requirements-embedded.txt | $(BIN)/python
	@echo "installing requirements of the servers into $(VENV)"
	@$(PIP_INSTALL) -r requirements.txt -r requirements-embedded.txt
	@touch $@

$(CONSOLE_STAMP): app/console/package.json app/console/package-lock.json
	@echo "installing what checks the console into .console"
	@rm -rf .console && mkdir .console
	@cp $^ .console/
	@cd .console && npm ci --silent --no-audit --no-fund --ignore-scripts --fetch-retries=3
	@touch $@

$(CLIENTS_STAMP): requirements-clients.txt tests/clients/package-lock.json
	@echo "installing generators of clients into .clients"
	@rm -rf .clients
	@"$(PYTHON)" -m venv .clients/venv
	@.clients/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-clients.txt
	@cp tests/clients/package.json tests/clients/package-lock.json .clients/
	@cd .clients && npm ci --silent --no-audit --no-fund --ignore-scripts --fetch-retries=1
	@touch $@
