# The only door to commands. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

export PHASMA_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/phasma
export CARGO_TARGET_DIR ?= $(PHASMA_CACHE)/target
export PHASMA_TEST_BIN_DIR ?= $(CARGO_TARGET_DIR)/debug
# Which cluster the cluster targets use: auto, local (no container engine), kind, current (the present context).
export CLUSTER ?= auto
# The queries' descriptions are committed in .sqlx, so building needs no database. `make sqlx` renews them.
export SQLX_OFFLINE := true

SERVICES := tools/services/services exec
NEXTEST = PATH="$$(tools/rust/install):$$PATH" cargo nextest run --locked --cargo-quiet
# Prints how long a stage took: $(call stage,name,command)
stage = @start=$$SECONDS; echo "== $(1)"; $(2); echo "== $(1): $$((SECONDS - start)) s"

##@ Use it
.PHONY: up down seed dev dev-reset
up: ## Build everything, start a cluster, deploy, seed, print the URL (http://localhost:8080)
	@scripts/up.sh

down: ## Remove all that `make up` made, data included
	@scripts/down.sh

seed: ## Add the example accounts and photographs to what runs on http://localhost:8080
	@scripts/seed.sh

dev: build frontend-build ## Run the platform as processes on loopback, without a cluster; Ctrl-C ends all
	@$(SERVICES) --fixed-ports --dir $(PHASMA_CACHE)/dev -- tools/services/dev

dev-reset: ## Forget the data of `make dev`
	@rm -rf $(PHASMA_CACHE)/dev

##@ Check and test
.PHONY: check test test-rust test-pipelines test-frontend test-tools test-cluster test-e2e
check: setup ## Format, lints, types, generated files, dependency direction, licences
	$(call stage,format,cargo fmt --all --check)
	$(call stage,lints,cargo clippy --quiet --locked --workspace --all-targets --all-features -- -D warnings)
	$(call stage,dependency direction,scripts/check-dependencies.sh)
	$(call stage,licences and sources,"$$(tools/rust/install)/cargo-deny" --locked --log-level error check bans licenses sources)
	$(call stage,query descriptions,$(MAKE) sqlx-check)
	$(call stage,frontend,$(MAKE) frontend-check)
	$(call stage,tools,$(MAKE) tools-check)

test: test-rust test-pipelines test-frontend test-cluster ## Everything: units, real services, real API server, browser, real cluster

test-rust: setup build cluster-tools ## Rust tests on real PostgreSQL, Valkey, SeaweedFS, Kafka, Connect and kube-apiserver
	$(call stage,rust tests,$(APISERVER) -- $(SERVICES) -- env $(NEXTEST) --workspace --exclude phasma-e2e)

##@ Build
.PHONY: build setup openapi crd sqlx sqlx-check fmt images
setup: ## Install missing Debian packages and the tools' parts
	@scripts/setup.sh
	@tools/services/services install

build: ## The Rust programs
	$(call stage,build,cargo build --quiet --locked --workspace)

fmt: ## Format everything
	@cargo fmt --all

sqlx: ## Renew .sqlx, the descriptions of every query
	@$(SERVICES) --only postgres -- scripts/sqlx-data.sh .sqlx

sqlx-check:
	@$(SERVICES) --only postgres -- scripts/sqlx-data.sh $(PHASMA_CACHE)/sqlx-check
	@diff -r .sqlx $(PHASMA_CACHE)/sqlx-check || { echo 'run make sqlx'; exit 1; }

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	    /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
