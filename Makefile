# Every target sets up what it needs first; `make` alone lists them.

PYTHON := .venv/bin/python
PACKAGES := contract worker_runtime gateway_service stt_worker diarization_worker analyzer_worker \
	listener_service client local_stack bench scripts

.PHONY: help setup demo up test check bench lock

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## install system programs (when root), .venv and the pinned packages
	@scripts/setup

demo: setup ## stream a real conversation through the whole stack and print what comes back
	@$(PYTHON) -m local_stack demo

up: setup ## run every service on this machine until Ctrl-C
	@$(PYTHON) -m local_stack up

test: setup ## run the tests
	@$(PYTHON) -m pytest

check: setup ## check format, lint and types
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy $(PACKAGES)

bench: setup ## measure the stack
	@$(PYTHON) -m bench

lock: ## write requirements.txt from the services' requirements files
	@scripts/lock
