# Two commands do the main jobs from nothing: `make dashboard` and `make test`.
PYTHON ?= python3
CONFIG ?= asv.conf.json
BIN := .venv/bin

.PHONY: dashboard quick test lint results-page sensitivity clean

dashboard: .venv/installed
	@$(BIN)/python -m harness dashboard --config $(CONFIG)

# The usual headlines in less than a minute. ARGS are those of `python -m harness quick --help`.
quick: .venv/installed
	@$(BIN)/python -m harness quick $(ARGS)

test: .venv/installed-dev
	$(BIN)/python -m pytest

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

results-page: .venv/installed
	$(BIN)/python -m harness.report --config $(CONFIG)

# Hours; interrupted, it continues. ARGS are those of `python -m studies.sensitivity --help`.
sensitivity: .venv/installed
	@$(BIN)/python -m studies.sensitivity $(ARGS)

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

clean:  # environments, caches and generated pages; results are kept
	rm -rf .venv .cache html/*/
