# Everything a clone needs: Python 3.11 or newer and make. Node, NATS and the linters come from wheels.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.setup
# Tests wait more than they work. Each worker has a PostgreSQL of its own, and now and then a browser.
WORKERS ?= 3
.DEFAULT_GOAL := help

.PHONY: help
help: ## what can be asked for
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(STAMP) web ## locked install into .venv, page built

$(STAMP): requirements.lock pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 setup")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes --requirement requirements.lock
	YZT_SKIP_WEB=1 $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: web
web: $(STAMP) ## builds the page if its sources changed
	@if [ "$$YZT_SKIP_WEB" = 1 ]; then echo "web: not built, YZT_SKIP_WEB=1"; else $(BIN)/python hatch_build.py; fi

.PHONY: up
up: setup ## the whole system on this machine
	$(BIN)/yizhangtu up $(ARGS)

.PHONY: demo
demo: setup ## sample district with a scenario played on it
	$(BIN)/yizhangtu demo $(ARGS)

.PHONY: test
test: setup ## all tests, or: make test ARGS="tests/unit -k roster"
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)

.PHONY: bench
bench: setup ## measures, beside the floor of this machine
	$(BIN)/python -m bench $(ARGS)

.PHONY: lint
lint: setup ## format, rules, types, walls
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: setup ## rewrites what the linter can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lock
lock: $(STAMP) ## resolves requirements.lock anew
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--extra dev --extra build pyproject.toml --output-file requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--constraint requirements.lock --extra build pyproject.toml --output-file deploy/docker/requirements.lock

.PHONY: clean
clean: ## removes what was built, never data
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf services/operational_picture/static services/operational_picture/web/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
