# Everything here needs only python3 (3.11 or newer, with venv), make and the package registries; once installed, nothing
# needs the network. `make` alone shows what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ASSETS := eshop/web/assets
CHROMIUM := /usr/bin/chromium
export PORT ?= 8000

# uv installs from the hashed locks; it brings no Python of its own, and goes where pip would go.
export UV_PYTHON_DOWNLOADS := never
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
UV := $(BIN)/uv pip

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format types bench soak fuzz shots lock wheel clean setup-dev chromium
.DELETE_ON_ERROR:

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- setting up: each step leaves a stamp and is done again only when what it is made from has changed ------------------

setup: $(VENV)/.installed $(VENV)/.assets $(VENV)/.translations ## install what the shop runs on; quiet when it is all there
	@:

setup-dev: $(VENV)/.installed-dev $(VENV)/.assets $(VENV)/.translations
	@:

$(VENV)/.uv: .ci/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "Making the virtual environment $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "Python lacks venv: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .ci/uv.txt
	@touch $@

# The development packages contain the others: a machine that has them keeps them.
$(VENV)/.installed: $(VENV)/.uv requirements.txt pyproject.toml
	@if test -e $(VENV)/.installed-dev; then $(MAKE) --no-print-directory $(VENV)/.installed-dev; else \
		echo "Installing the packages of requirements.txt" \
		&& $(UV) sync --python $(BIN)/python --quiet --require-hashes requirements.txt \
		&& $(UV) install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .; fi
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.uv requirements-dev.txt pyproject.toml
	@echo "Installing the packages of requirements-dev.txt"
	@$(UV) sync --python $(BIN)/python --quiet --require-hashes requirements-dev.txt
	@$(UV) install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.installed

$(VENV)/.assets: $(ASSETS)/package-lock.json $(ASSETS)/.npmrc $(ASSETS)/fetch.py | $(VENV)/.installed
	@echo "Fetching the front-end files"
	@$(BIN)/python $(ASSETS)/fetch.py
	@touch $@

$(VENV)/.translations: $(wildcard eshop/translations/*/LC_MESSAGES/*.po) | $(VENV)/.installed
	@$(BIN)/python -m eshop.translations
	@touch $@

chromium:
	@test -x $(CHROMIUM) || if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo "Installing Chromium"; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends chromium >/dev/null; \
	else echo "The browser tests will fail without Chromium: apt-get install chromium" >&2; fi

# --- the two commands ---------------------------------------------------------------------------------------------------

run: setup ## the shop with its demo municipality on http://127.0.0.1:8000 (PORT=8080 make run for another port)
	@$(BIN)/eshop db upgrade
	@$(BIN)/eshop demo
	@$(BIN)/eshop work & worker=$$!; $(BIN)/eshop serve & server=$$!; \
	trap 'kill $$worker $$server 2>/dev/null; wait; exit 0' INT TERM; \
	while kill -0 $$worker 2>/dev/null && kill -0 $$server 2>/dev/null; do sleep 1; done; \
	kill $$worker $$server 2>/dev/null; wait $$server

test: setup-dev chromium ## all tests (TESTS="tests/ordering -k approve" for some)
	@$(BIN)/pytest -n auto $(TESTS)

# --- the rest -----------------------------------------------------------------------------------------------------------

lint: setup-dev ## style: ruff
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: setup-dev ## rewrite to the style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: setup-dev ## types: basedpyright
	@$(BIN)/basedpyright

bench: setup-dev ## times and memory, each with its limit
	@$(BIN)/pytest -n 0 -m bench -rA --no-header $(or $(TESTS),tests/bench)

soak: setup-dev chromium ## many at the same time, for long
	@$(BIN)/pytest -n 0 -m soak $(TESTS)

fuzz: setup-dev ## random input, for long
	@$(BIN)/pytest -n auto -m fuzz --hypothesis-profile fuzz $(TESTS)

shots: setup-dev chromium ## screenshots of the main pages into var/shots
	@$(BIN)/python -m tests.shots var/shots

wheel: setup ## the installable package into dist/
	@rm -rf dist && $(BIN)/hatchling build --target wheel

lock: $(VENV)/.uv ## take newer packages: writes requirements.txt, requirements-dev.txt and the hash of uv anew
	@set -e; compile="$(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade --no-emit-index-url"; \
	compile="$$compile --custom-compile-command 'make lock'"; \
	echo uv | eval "$$compile --no-annotate -o .ci/uv.txt -"; \
	eval "$$compile --group setup -o requirements.txt pyproject.toml"; \
	eval "$$compile --group setup --group dev --extra official-rules -c requirements.txt -o requirements-dev.txt pyproject.toml"

clean: ## remove what was installed and made, except var/
	@rm -rf $(VENV) $(ASSETS)/node_modules eshop/web/static/vendor dist .pytest_cache .ruff_cache .hypothesis .coverage*
