# Every target is one command that also works without make; a Windows machine needs only those commands.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help solve check explain audit test test-long bench lint format inputs describe docs tutorial sweep findings golden clean

CASE ?= inputs/europe
SCENARIO ?= base
STUDY ?= inputs/studies/headline.toml
OUT ?= outputs/$(patsubst %.xlsx,%,$(notdir $(CASE)))/$(SCENARIO)

BIN := .venv/bin
# The first Python of at least 3.11; `make PYTHON=...` chooses another.
PYTHON ?= $(shell for name in python3.11 python3 python3.14 python3.13 python3.12 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

# Everything but this project comes as a wheel: what would have to be built is refused, for a machine may have no compiler.
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --only-binary :all:

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

solve: .venv/.solve.stamp ## Solve CASE (inputs/europe) under SCENARIO (base) and write the plan to OUT
	$(BIN)/gigasite solve $(CASE) --scenario $(SCENARIO) --out $(OUT)

check: .venv/.solve.stamp ## Check the tables and the scenario of CASE, listing every fault
	$(BIN)/gigasite check $(CASE) --scenario $(SCENARIO)

explain: .venv/.solve.stamp ## Tell which limits leave CASE no plan, or what its limits are worth
	$(BIN)/gigasite explain $(CASE) --scenario $(SCENARIO)

audit: .venv/.solve.stamp ## Recheck the plan in OUT from its inputs
	$(BIN)/gigasite audit $(OUT)

tutorial: .venv/.solve.stamp ## Solve the small case that can be followed by hand
	$(BIN)/gigasite solve inputs/tutorial

sweep: .venv/.solve.stamp ## Run the study STUDY (inputs/studies/headline.toml), or what is left of it, into outputs/studies
	$(BIN)/gigasite sweep $(STUDY)

findings: .venv/.solve.stamp ## Write what the shipped study found: outputs/headline.md, its tables and pictures
	$(BIN)/gigasite sensitivity outputs/studies/headline --page outputs/headline.md

docs: .venv/.dev.stamp ## Build the site of documentation in docs/_build/html
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs docs/_build/html

test: .venv/.dev.stamp ## Run the tests, on two cores
	$(BIN)/pytest -m "not long" --numprocesses 2 --dist loadfile

test-long: .venv/.dev.stamp ## Run the tests that take minutes, published instances too where GIGASITE_BENCHMARKS names their folder
	$(BIN)/pytest -m long

bench: .venv/.dev.stamp ## Measure against other libraries, on an idle machine; writes tests/benchmarks/RESULTS.md
	$(BIN)/python -m tests.benchmarks.run $(BENCH)

lint: .venv/.dev.stamp ## Check style and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: .venv/.dev.stamp ## Put the code into its style
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

inputs: .venv/.dev.stamp ## Build inputs/europe anew from its sources (needs pip and npm); with RAW=FOLDER extract the facts first
	$(BIN)/python inputs/build/all.py $(if $(RAW),--raw "$(RAW)")

describe: .venv/.solve.stamp ## Regenerate the generated files
	$(BIN)/gigasite describe

golden: .venv/.dev.stamp ## Rewrite the golden files; review the difference before committing it
	$(BIN)/pytest -m "not long" --regen-all

clean: ## Remove the environment and all caches; plans stay
	rm -rf .venv .cache .*_cache .hypothesis && find . -name __pycache__ -prune -exec rm -rf {} +

define ENVIRONMENT
	@test -n "$(PYTHON)" || { echo "gigasite needs Python 3.11 or newer. Install it, or name one: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11 or does not run"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) lacks venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making the environment in .venv (under 1 GB, a few minutes the first time)"
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --quiet hatchling editables
	$(INSTALL) --no-build-isolation --editable
endef

.venv/.solve.stamp: pyproject.toml constraints.txt
	$(ENVIRONMENT) . && touch $@

.venv/.dev.stamp: pyproject.toml constraints.txt
	$(ENVIRONMENT) '.[dev]' && touch .venv/.solve.stamp $@
