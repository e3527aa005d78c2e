# Two commands do the main jobs from nothing: `make dashboard` and `make test`.
PYTHON ?= python3
CONFIG ?= asv.conf.json
BIN := .venv/bin
FAULTS := docs/reliability-data/faults.jsonl

.PHONY: dashboard site quick survey test test-frameworks faults lint pages pictures sensitivity clean

dashboard: .venv/installed
	@$(BIN)/python -m harness dashboard --config $(CONFIG) $(ARGS)

# Pages of all targets that have results, and the front page: html/index.html. Measures nothing.
site: .venv/installed
	@$(BIN)/python -m harness site

# The usual headlines in less than a minute. ARGS are those of `python -m harness quick --help`.
quick: .venv/installed
	@$(BIN)/python -m harness quick $(ARGS)

# Exact figures of many releases of all targets. Hours; interrupted, it continues. ARGS are those of
# `python -m harness survey --help`, such as "--budget 2h".
survey: .venv/installed
	@$(BIN)/python -m harness survey $(ARGS)

# On all cores, two tests each, because half of the time they wait for what they have started: the
# floor, tiny generated frameworks, and one real one.
test: .venv/installed-dev
	$(BIN)/python -m pytest -n $$((2 * $$(getconf _NPROCESSORS_ONLN))) --dist worksteal -m "not frameworks and not slow"

# What `make test` leaves out: real releases of all frameworks, and what takes minutes.
test-frameworks: .venv/installed-dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m "frameworks or slow"

# Kills runs, fills disks, and so on; the table of docs/reliability.md is what became of that.
faults: .venv/installed-dev
	@rm -f $(FAULTS)
	$(BIN)/python -m pytest -n auto --dist worksteal -m faults --record-faults $(FAULTS)
	$(BIN)/python -m studies.pages
	@$(BIN)/python -m studies.faults $(FAULTS)

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --platform darwin
	$(BIN)/lint-imports
	$(BIN)/zizmor --offline --quiet --persona pedantic --config .ci/zizmor.yml action.yml docs/ci/*.yml
	$(BIN)/actionlint docs/ci/*.yml

# What is made of all results: generated pages of docs/, and the verdicts that an installation carries.
pages: .venv/installed
	$(BIN)/python -m harness pages

# Of the README, from pages that `make site` has made, in a headless Chromium.
pictures: .venv/installed-dev
	$(BIN)/python tests/pictures.py

# Hours; interrupted, it continues. ARGS are those of `python -m studies.sensitivity --help`.
sensitivity: .venv/installed-dev
	@$(BIN)/python -m studies.sensitivity $(ARGS); status=$$?; $(BIN)/python -m studies.pages && exit $$status

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

clean:  # environments, caches and generated pages; results are kept
	rm -rf .venv .cache
	find html -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
