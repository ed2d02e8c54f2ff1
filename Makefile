# A thin front end: the commands are in local/ and tools/. Every target first brings .venv up to date with the locks.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help up down url test test-fast fuzz check bench bench-load lint-template synth deploy openapi snapshot lock clean environment honest

OUTER_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export UV_SYSTEM_CERTS ?= 1
PYPATH := .venv/bin/python
PYTEST := $(PYPATH) -m pytest --numprocesses auto --maxprocesses 4 --no-loadscope-reorder
FAST := tests/infra tests/handlers tests/scanner tests/client tests/unit --ignore tests/handlers/exhaustive
TYPED := infra lambdas local operations tools client scanner

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r name text; do printf '%-14s %s\n' "$$name" "$$text"; done

up: environment ## Start the local AWS engine, deploy the stack on it, print how to use it
	@$(PYPATH) -m local.up

down: environment ## Stop the local engine; what was uploaded stays in .local/
	@$(PYPATH) -m local.down

url: environment ## Print the base URL of what `make up` started
	@$(PYPATH) -m local.url

test: environment ## Run the whole test suite (ARGS="-k name" for a part); end-to-end tests start an engine of their own
	@$(PYTEST) $(ARGS)

test-fast: environment ## Run all tests but the end-to-end, life-cycle, security and exhaustive ones
	@$(PYTEST) $(FAST) $(ARGS)

fuzz: environment ## Search, with new seeds, for files on which the scanner and the loaders differ (SECONDS=60, ARGS="--only pickle --seed 1")
	@$(PYPATH) -m tests.scanner.oracles --seconds $(or $(SECONDS),60) $(ARGS)

check: environment ## Format, lint, types and import rules
	@ruff format --check .
	@ruff check .
	@mypy $(TYPED)
	@lint-imports

bench: environment ## Measure against the alternatives and print ratios
	@$(PYPATH) -m benchmarks $(ARGS)

bench-load: environment ## Put load on an engine of its own, with and without faults (ARGS="--seconds 120 --callers 4")
	@$(PYPATH) -m benchmarks.load $(ARGS)

honest: environment ## Write honest files with real libraries, for the scanner's tests (ARGS=--all also writes the large ones)
	@$(PYPATH) -m tools.honest $(ARGS)

lint-template: environment ## Run cfn-lint and checkov on the template for AWS; checkov gets its own environment
	@$(PYPATH) -m tools.template_lint

synth: environment ## Synthesize the CloudFormation template for AWS; needs no credentials (ARGS="-c key=value")
	@$(PYPATH) -m tools.cdk synth --quiet $(ARGS)

deploy: environment ## Deploy to the AWS account of your credentials (ARGS="-c key=value")
	@$(PYPATH) -m tools.cdk deploy $(ARGS)

openapi: environment ## Rewrite lambdas/functions/docs/openapi.json alone, as `make snapshot` does
	@$(PYPATH) -m tools.openapi

snapshot: environment ## Rewrite what is generated: snapshots, openapi.json, tables in docs/api.md, configuration.md, scanner.md
	@$(PYPATH) -m tools.snapshot

lock: environment ## Pin the dependencies again (ARGS=--upgrade for the newest versions)
	@$(PYPATH) -m tools.lock $(ARGS)

clean: ## Stop the engine and delete what the commands made, uploaded data included
	@if [ -x $(PYPATH) ]; then $(PYPATH) -m local.down; fi
	rm -rf .venv .local cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		client/build scanner/build client/*.egg-info scanner/*.egg-info

environment:
	@PATH='$(OUTER_PATH)' sh tools/environment.sh
