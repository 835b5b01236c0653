# Every target sets up what it needs in .venv; Python 3.11 or newer and make are all that has to be there.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-train test-browser test-faults spark labels check lint format bench generated clean

## demo: traces to pages, on the sample that comes along
demo: .venv/installed
	@$(BIN)/tracehouse run data/sample --home build/demo
	@echo "(the command is $(BIN)/tracehouse: \`source $(BIN)/activate\` puts it on the PATH)"

## test: the test suite
test: .venv/dev
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

## spark: the tests that need Spark: both engines give the same (Java 17 or newer has to be there)
spark: .venv/spark
	$(BIN)/python -m pytest -q -m spark

## test-train: what TRL learns from an export (1.4 GB to install; torch has to be on the index)
test-train: .venv/train
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -q -m train

## test-browser: the pages in a real browser (Chromium and npm have to be there)
test-browser: .venv/dev build/axe/package/axe.min.js
	$(BIN)/python -m pytest -q -m browser

## test-faults: bad input, damage and full disks, all that docs/faults.md lists (FAULTS_SCALE=0.1: smaller)
test-faults: .venv/dev
	$(BIN)/python -m pytest -q -m "faults or case"

## labels: whether the kept scores are still those of the rules (the labelled traces have to be in ../shared/data)
labels: .venv/dev
	$(BIN)/python -m pytest -q -m labels

## check: what CI runs: linters, types, SQL style, tests
check: lint test

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar models tests/dbt macros
	$(BIN)/sqlfluff lint --disable-progress-bar --templater raw reports

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## bench: ingest beside the published notebook's method and beside a mere copy (ARGS=--conversations 2000)
bench: .venv/dev
	$(BIN)/python -m bench $(ARGS)

## generated: the files that are made from others
generated: .venv/dev
	$(BIN)/python -m ingest.sources_yml
	$(BIN)/python -m docs.dictionary

clean:
	rm -rf build .venv

build/axe/package/axe.min.js:
	@mkdir -p build/axe
	@cd build/axe && npm pack --silent axe-core@4 >/dev/null && tar -xzf axe-core-*.tgz

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("tracehouse needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "setting up .venv, once; over a network this takes some minutes"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/dev: .venv/installed
	@echo "adding what tests and linters need to .venv, once"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

.venv/spark: .venv/dev
	@echo "adding Spark to .venv, once"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[spark]'
	@touch $@

.venv/train: .venv/dev
	@echo "adding the trainer to .venv, once"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[train]'
	@touch $@
