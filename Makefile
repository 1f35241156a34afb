# Every target sets up what it needs first; `make` alone lists them.

PYTHON := .venv/bin/python
PACKAGES := contract worker_runtime gateway_service stt_worker diarization_worker analyzer_worker \
	listener_service media_store media_worker client local_stack bench evaluation scripts

.PHONY: help setup demo up test compose-test check screenshots bench eval-speakers train-sentiment lock

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## install system programs (when root), .venv and the pinned packages
	@scripts/setup

demo: setup ## stream a real conversation through the whole stack and print what comes back
	@$(PYTHON) -m local_stack demo

up: setup ## run every service on this machine until Ctrl-C
	@$(PYTHON) -m local_stack up

test: setup ## run the tests
	@scripts/setup_checks
	@$(PYTHON) -m pytest

compose-test: setup ## bring the whole stack up in containers and try it; needs a Docker engine
	@$(PYTHON) -m pytest -m compose --timeout 1800 tests/compose

check: setup ## check format, lint, types, and what the page is made of
	@scripts/setup_checks
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy $(PACKAGES)
	@npm run --silent check
	@npm test --silent

screenshots: setup ## take pictures of the page, on a phone and a desk, light and dark
	@scripts/setup_checks
	@$(PYTHON) -m tests.web.screenshots docs/screenshots

bench: setup ## measure the stack
	@$(PYTHON) -m bench
	@$(PYTHON) -m bench.recordings

eval-speakers: setup ## measure how well speakers are told apart, on the recordings SORI_DATA names
	@$(PYTHON) -m evaluation

train-sentiment: setup ## make the embedded sentiment model anew, of the reviews SORI_DATA names
	@$(PYTHON) -m analyzer_worker.training "$(SORI_DATA)/sentiment"

lock: ## write requirements.txt from the services' requirements files
	@scripts/lock
