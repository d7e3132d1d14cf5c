# Two commands do all set-up: `make run` and `make test`. Everything else is for developers.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8470

.PHONY: run test lint bench soak lock tools clean

run: $(VENV)/.run
	@$(BIN)/isinglass demo --serve --port $(PORT)

# One more than there are processors: who waits for a browser leaves its own to another.
test: $(VENV)/.dev tools lint
	@$(BIN)/python -m pytest -m "not soak" -n $$(($$(nproc) + 1)) --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.benchmarks --json build/bench.json

soak: $(VENV)/.dev tools
	@$(BIN)/python -m pytest -m soak $(ARGS)

tools:
	@sh deploy/test-tools.sh

# Needs uv; writes hashes and no index host.
lock:
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-annotate -p 3.11 \
	  --custom-compile-command "make lock" --extra dev --extra build --extra video -o requirements-dev.lock
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-annotate -p 3.11 \
	  --custom-compile-command "make lock" --extra build -c requirements-dev.lock -o requirements.lock
	sed -n 's/^video = \["\(.*\)"\]/\1/p' pyproject.toml | \
	  uv pip compile - --universal --generate-hashes --no-emit-index-url --no-annotate -p 3.11 \
	  --custom-compile-command "make lock" -c requirements-dev.lock -o requirements-video.lock

$(VENV)/.python:
	@sh deploy/make-venv.sh $(VENV)
	@touch $@

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/.python
	@echo "installing (hash-pinned) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/.python
	@echo "installing (hash-pinned, with test tools) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
