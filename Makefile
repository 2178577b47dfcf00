# Marigot. `make help` lists what there is to do.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

# Given on the command line: make run PORT=8123 DATA=/some/folder
PORT = 8000
DATA = data
ARGS =
export PORT DATA ARGS

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Set up what is missing and serve Marigot with its demo (PORT=8000 DATA=data)
	@exec scripts/run.sh

.PHONY: test
test: ## Check the code and run every test against real servers (ARGS="tests/search -x" for a part)
	@exec scripts/test.sh

.PHONY: coverage
coverage: ## Tell which branches no test takes, of the files where every one is taken
	@exec scripts/coverage.sh

.PHONY: lint
lint: ## Check the code without running it
	@scripts/setup.sh dev && exec scripts/lint.sh

.PHONY: format
format: ## Put the Python code and the templates into their standard form
	@scripts/setup.sh dev && .venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format . && \
		.venv/bin/djangofmt check --fix --quiet config directory documents intranet search tests && \
		.venv/bin/djangofmt config directory documents intranet search tests

.PHONY: bench
bench: ## Measure against the floors: pages, documents, search, load, growth … (ARGS=documents for one)
	@scripts/setup.sh test && exec .venv/bin/python -m tests.bench $(ARGS)

.PHONY: services
services: ## Start PostgreSQL, Redis, Elasticsearch and SMTP to develop against; Ctrl-C ends them
	@scripts/setup.sh test && exec .venv/bin/python -m tests.servers services

.PHONY: messages
messages: ## Compile the translations
	@exec scripts/messages.sh

.PHONY: lock
lock: ## Lock the Python packages after a change of requirements/*.in (ARGS=--upgrade for the newest)
	@scripts/setup.sh dev && exec scripts/lock.sh $(ARGS)

.PHONY: check-next
check-next: ## Test the lock over Wagtail against the newest Wagtail 8
	@exec scripts/check-next.sh

.PHONY: clean
clean: ## Remove what can be made again; data folders stay
	@exec scripts/clean.sh
