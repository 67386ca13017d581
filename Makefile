# Everything a reader of this repository types. Needs python3 (3.11 or newer) and make, no root.
PYTHON ?= python3
VENV ?= .venv
ARGS ?=
LONG ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PINNED := ratingbox dispenser gateway collector country flash demo dev

# Some containers set it; then each program that a test or the demo starts compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test faults check bench requirements schema clean
.DELETE_ON_ERROR:

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | \
		while IFS='|' read -r name text; do printf '  %-18s %s\n' "$$name" "$$text"; done

demo: $(VENV)/demo.stamp ## an office on this machine: visitors, buttons, printers
	@$(BIN)/talon-demo $(ARGS)

test: $(VENV)/dev.stamp ## run the tests (ARGS='tests/wire -x' for some of them)
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# A failure says how to replay it: make faults ARGS='--seed 12345 -k its_name'.
faults: $(VENV)/dev.stamp ## kills, cuts, full disks; everything must add up (LONG=1: half an hour)
	@TALON_FAULTS_LONG=$(LONG) $(BIN)/python -m pytest tests/faults $(ARGS)
ifeq ($(LONG),1)
	@$(BIN)/python -m tests.faults.simulation --seeds 10000 --jobs 2
	@$(BIN)/python -m tests.faults.fuzz --seconds 300
endif

check: $(VENV)/dev.stamp ## style, types, import rules, generated files
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "run: $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >$(VENV)/imports.log 2>&1 || { cat $(VENV)/imports.log; exit 1; }
	@$(BIN)/python -m wire.schema --check
	@$(BIN)/python -m tests.house.pins
	@echo "all checks passed"

bench: $(VENV)/dev.stamp ## measure throughput and latency
	@$(BIN)/python -m tests.bench $(ARGS)

schema: $(VENV)/dev.stamp ## write docs/schema from wire/records.py
	@$(BIN)/python -m wire.schema

# Pins are kept as they are unless pyproject.toml asks otherwise; ARGS=--upgrade renews them all.
# dev.txt holds all the others, which take their versions from it.
requirements: $(VENV)/dev.stamp ## pin requirements/*.txt (ARGS=--upgrade: to the newest)
	@for extra in dev $(filter-out dev,$(PINNED)); do \
		echo "pinning requirements/$$extra.txt"; \
		constraint=; upgrade="$(ARGS)"; \
		if [ $$extra != dev ]; then constraint="--constraint requirements/dev.txt"; upgrade=; fi; \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-annotate --no-emit-index-url --no-emit-find-links \
			--custom-compile-command "$$($(BIN)/python -m tests.house.pins $$extra)" \
			--extra $$extra $$constraint $$upgrade \
			--output-file requirements/$$extra.txt pyproject.toml || exit 1; \
	done

clean: ## remove the virtual environment and caches
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made.stamp:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "$(PYTHON) not found: install Python 3.11 or newer, or say make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is $$($(PYTHON) -V 2>&1); Talon needs 3.11 or newer: make PYTHON=python3.11" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv module: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# The project itself is linked, not copied, so that a change takes effect without installing again.
$(VENV)/%.stamp: requirements/%.txt pyproject.toml $(VENV)/made.stamp
	@echo "installing requirements/$*.txt into $(VENV) (once) …"
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
