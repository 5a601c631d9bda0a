# Everything runs from .venv; Python 3.11+ and make are all that a machine needs.
PYTHON ?= python3
BIN := .venv/bin
# Tests wait more than they compute: one worker more than there are processors.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: help setup dev demo run test lint format bench pictures lock clean
.DEFAULT_GOAL := help

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

.venv/core: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

.venv/dev: .venv/core requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

setup: .venv/core ## Install what the bot needs into .venv

dev: .venv/dev ## Install what development needs as well

demo: setup ## Start a local Slack workspace with the bot and an example team in it
	$(BIN)/barometer demo

run: setup ## Run the bot, all in one process
	$(BIN)/barometer run

test: dev ## Run every test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: dev ## Check style, types and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: dev ## Rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: dev ## Measure speed against named rivals, in one run
	$(BIN)/python -m tests.bench

pictures: dev ## Take the pictures in docs/pictures anew, of the demo (needs chromium)
	$(BIN)/python -m tests.browser.pictures $(NAMES)

lock: ## Pin the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet pyproject.toml --all-extras --group dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove .venv and what tools leave behind
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build *.egg-info
