# Every target says what it is for; `make help` prints these comments.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PREFECT_PORT ?= 4273
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
# Where bytecode may not be written, each process of a test compiles all that it imports: a second.
export PYTHONDONTWRITEBYTECODE :=
# uv brings its own list of authorities; behind a company's own, the machine's list is the right one.
export UV_SYSTEM_CERTS := true

.DEFAULT_GOAL := help
.PHONY: help demo test e2e faults simulate lint check fix bench fuzz mutants prefect site clean

help:  ## what can be made
	@grep -hE '^[a-z][a-z0-9-]*:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

$(VENV)/.installed: pyproject.toml constraints.txt
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	( [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev,prefect,semantic]' ) \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,prefect,semantic]'
	@touch $@

demo: $(VENV)/.installed  ## seven nights against a small recorded web; no network
	$(BIN)/staycurrent demo

# DuckDB plans a query with thousands of small allocations: a third less CPU if glibc keeps them at hand.
simulate: export GLIBC_TUNABLES := \
  glibc.malloc.mxfast=0:glibc.malloc.tcache_count=65535:glibc.malloc.tcache_max=4096

test: $(VENV)/.installed  ## every test but those that start a Prefect server
	$(BIN)/pytest

e2e: $(VENV)/.installed  ## Prefect for real: servers, deployments, schedule, workers killed; minutes
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[scale]' \
	  || $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[scale]'
	$(BIN)/pytest -m prefect

faults: $(VENV)/.installed  ## kill, EIO and ENOSPC at every file-changing call; damage to every file
	$(BIN)/pytest -n 2 --dist load -rP -m faults tests/flows/test_faults.py tests/warehouse/test_damage.py

SEED ?=
NIGHTS ?= 1000
simulate: $(VENV)/.installed  ## nights with faults, all from one seed: make simulate SEED=7 NIGHTS=143
	$(BIN)/python -m tests.simulation.run $(if $(SEED),--seed $(SEED)) --nights $(NIGHTS)

lint: $(VENV)/.installed  ## format, lint, types, import contracts, words, workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_words.py
	$(BIN)/zizmor --offline --no-progress --quiet .
	$(BIN)/actionlint -shellcheck= -pyflakes=
	$(BIN)/check-jsonschema -q --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema -q --builtin-schema vendor.github-actions action/action.yml

check: lint test  ## before each commit; `make e2e` too where Prefect is touched

fix: $(VENV)/.installed  ## format, and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed  ## measure: speed and memory next to a peer; BENCH="--short --check" for CI
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[bench]' \
	  || $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	$(BIN)/python -m bench $(BENCH)

COUNT ?= 100000
fuzz: $(VENV)/.installed  ## 100,000 spliced documents, other ones each time: make fuzz COUNT=20000
	nice $(BIN)/python -m bench.fuzz $(COUNT)

mutants: $(VENV)/.installed  ## break the rules and the guard in 1,200 ways: does a test notice?
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[mutants]' \
	  || $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[mutants]'
	rm -rf mutants
	nice -n 10 $(BIN)/mutmut run >/dev/null; $(BIN)/mutmut results

prefect: export PREFECT_HOME := $(CURDIR)/.prefect
prefect: export PREFECT_API_URL := http://127.0.0.1:$(PREFECT_PORT)/api
prefect: export PREFECT_SERVER_UI_API_URL := $(PREFECT_API_URL)
prefect: $(VENV)/.installed  ## Prefect's server and a worker here, with the schedule; Ctrl-C ends both
	@mkdir -p $(PREFECT_HOME)
	@$(BIN)/prefect server start --host 127.0.0.1 --port $(PREFECT_PORT) >$(PREFECT_HOME)/server.log 2>&1 & \
	server=$$!; trap 'kill $$server 2>/dev/null; wait $$server' EXIT; \
	echo "waiting for the server (log: .prefect/server.log)"; \
	$(BIN)/prefect server status --wait --timeout 120 >/dev/null \
	&& $(BIN)/staycurrent deploy --quiet \
	&& echo "ready: http://127.0.0.1:$(PREFECT_PORT); to run it now, in another terminal:" \
	&& echo "  PREFECT_API_URL=$(PREFECT_API_URL) $(BIN)/prefect deployment run nightly/nightly --watch" \
	&& $(BIN)/prefect worker start --pool staycurrent

site: $(VENV)/.installed  ## the documents as a site in site/; a broken link fails
	$(BIN)/zensical build --strict

clean:  ## forget the virtual environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants *.egg-info
