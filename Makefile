# Thin front: the commands live in local/ and tools/. Every target first brings .venv up to date with the locks.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help up down url test fuzz check bench bench-load lint-template synth deploy openapi snapshot lock clean environment

OUTER_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export UV_SYSTEM_CERTS ?= 1
export PYTHONPATH := $(CURDIR)/client:$(CURDIR)/scanner
PYPATH := .venv/bin/python
TYPED := infra lambdas local operations tools client scanner

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r name text; do printf '%-10s %s\n' "$$name" "$$text"; done

up: environment ## Start the local AWS engine, deploy the stack on it, print how to use it
	@$(PYPATH) -m local.up

down: environment ## Stop the local engine; what was uploaded stays in .local/
	@$(PYPATH) -m local.down

url: environment ## Print the base URL of what `make up` started
	@$(PYPATH) -m local.url

test: environment ## Run the whole test suite (ARGS="-k name" for a part); end-to-end tests start an engine of their own
	@$(PYPATH) -m pytest --numprocesses auto --maxprocesses 4 --no-loadscope-reorder $(ARGS)

fuzz: environment ## Search with new seeds for files on which scanner and loaders differ (SECONDS=60, ARGS="--only pickle --seed 1")
	@$(PYPATH) -m tests.scanner.oracles --seconds $(or $(SECONDS),60) $(ARGS)

check: environment ## Format, lint, types and import rules
	@ruff format --check .
	@ruff check .
	@mypy $(TYPED)
	@lint-imports

bench: environment ## Measure against the alternatives and print ratios
	@$(PYPATH) -m benchmarks $(ARGS)

bench-load: environment ## Load an own engine with and without faults (ARGS="--seconds 120 --callers 4")
	@$(PYPATH) -m benchmarks.load $(ARGS)

lint-template: environment ## Run cfn-lint and checkov on the template for AWS; checkov gets its own environment
	@$(PYPATH) -m tools.template_lint

synth: environment ## Synthesize the CloudFormation template for AWS; needs no credentials (ARGS="-c key=value")
	@$(PYPATH) -m tools.cdk synth --quiet $(ARGS)

deploy: environment ## Deploy to the AWS account of your credentials (ARGS="-c key=value")
	@$(PYPATH) -m tools.cdk deploy $(ARGS)

openapi: environment ## Write the OpenAPI document from the handlers
	@$(PYPATH) -m tools.openapi

snapshot: environment ## Rewrite the template snapshots after an intended change
	@MODELGUARD_UPDATE_SNAPSHOTS=1 $(PYPATH) -m pytest tests/infra tests/scanner/test_catalogue.py $(ARGS)

lock: environment ## Pin the dependencies again (ARGS=--upgrade for the newest versions)
	@$(PYPATH) -m tools.lock $(ARGS)

clean: ## Stop the engine and delete what the commands made, uploaded data included
	@if [ -x $(PYPATH) ]; then $(PYPATH) -m local.down; fi
	rm -rf .venv .local cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

environment:
	@PATH='$(OUTER_PATH)' sh tools/environment.sh
