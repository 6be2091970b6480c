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
APISERVER := tools/cluster/cluster apiserver exec
NEXTEST = PATH="$$(tools/rust/install):$$PATH" cargo nextest run --locked --cargo-quiet --all-features
# SvelteKit needs a newer Node.js than most machines have: the one among the modules comes first.
NPM := PATH="$$PWD/node_modules/.bin:$$PATH" npm
, := ,
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
.PHONY: check test test-rust test-next-schema test-operator test-chart bench-operator test-pipelines test-frontend test-tools test-cluster test-browser fuzz-api chaos
check: setup ## Format, lints, types, generated files, dependency direction, licences
	$(call stage,format,cargo fmt --all --check)
	$(call stage,lints and query descriptions,$(MAKE) lint)
	$(call stage,dependency direction,scripts/check-dependencies.sh)
	$(call stage,licences and sources,"$$(tools/rust/install)/cargo-deny" --locked --log-level error check bans licenses sources)
	$(call stage,frontend,$(MAKE) frontend-check)
	$(call stage,the chart's README,tools/chart/readme --check)
	$(call stage,cluster tools,cd tools/cluster && test -z "$$(gofmt -l .)" && CGO_ENABLED=0 go vet ./...)

test: test-tools test-chart test-pipelines test-frontend test-rust test-next-schema test-cluster ## Units, real services, real API server, then journeys on a real cluster by HTTP and in Chromium

test-rust: setup build ## Rust tests on real PostgreSQL, Valkey, SeaweedFS, Kafka, Connect and kube-apiserver
	$(call stage,rust tests,$(APISERVER) -- $(SERVICES) -- env $(NEXTEST) --workspace --exclude phasma-e2e)

test-next-schema: setup build ## The API's tests on the schema of the next release, with two replicas behind one address
	$(call stage,the API on the next schema with two replicas,$(SERVICES) -- env PHASMA_TEST_REPLICAS=2 PHASMA_TEST_LATER_MIGRATIONS=$(CURDIR)/e2e/releases/0.2.0/tree/migrations $(NEXTEST) --workspace --exclude phasma-e2e -E 'package(phasma-api)')

test-operator: setup ## The operator's tests alone
	$(call stage,operator tests,$(APISERVER) -- env $(NEXTEST) --workspace -E 'package(phasma-crds) + package(phasma-operator)')

# Pods are made there, though none runs: so the chart's are seen to be admitted.
test-chart: setup ## The chart: values, rendering, install, upgrade and removal on a real API server, and install.yaml
	$(call stage,chart tests,$(APISERVER) --controllers=deployment-controller$(,)replicaset-controller -- tools/chart/test)

bench-operator: setup ## What the operator's passes cost with 1 and 100 resources, beside the targets
	@$(APISERVER) -- env $(NEXTEST) --workspace --run-ignored only --no-capture -E 'package(phasma-operator) and test(/^bench::/)'

test-pipelines: setup ## Connect's own tests of the pipelines, by the real Connect
	$(call stage,pipelines,tools/connect/test-pipelines)

test-frontend: frontend-modules ## The frontend's unit tests
	$(call stage,frontend tests,cd frontend && $(NPM) test)

test-tools: setup ## Tests of what starts services and clusters
	$(call stage,tests of the tools,tools/services/test && python3 tools/images/tests/test_images.py && python3 tools/release/tests/test_release.py && cd tools/cluster && CGO_ENABLED=0 go test ./...)

test-cluster: cluster-up images ## Journeys and the operator's care on a real cluster
	$(call stage,images of the next release,scripts/images.sh api-next workers-next broken)
	$(call stage,deploy,scripts/deploy.sh)
	$(call stage,platform tests,scripts/test-cluster.sh)

chaos: fuzz-api cluster-up images ## What takes long: fuzzing the API, then on the cluster rotation, every cause of a rollback, a database that is down in an upgrade
	$(call stage,images of the next release,scripts/images.sh api-next workers-next broken)
	$(call stage,deploy,scripts/deploy.sh)
	$(call stage,chaos,scripts/test-cluster.sh --ignored)

test-browser: frontend-build build ## Journeys, accessibility and screenshots in Chromium, before the platform as processes
	@$(SERVICES) --fixed-ports -- tools/services/dev env PATH="$$PWD/frontend/node_modules/.bin:$$PATH" PHASMA_E2E_URL=http://localhost:5173 npm --prefix frontend run --silent e2e

# Nothing is to be answered by 429 alone, and thousands of lines about ordinary requests would hide what was found.
FUZZ_ENV := PHASMA_LOG=error $(foreach class,STRICT UPLOAD TYPEAHEAD READ MUTATION,PHASMA_RATE_LIMIT_$(class)=100000/100000)
fuzz-api: setup build ## Whatever api-server/openapi.json allows and forbids, sent to the platform as processes
	$(call stage,fuzzing the API,$(FUZZ_ENV) $(SERVICES) --fixed-ports -- tools/services/dev tools/fuzz/fuzz)

##@ Cluster
.PHONY: cluster-up cluster-down images deploy
cluster-up: setup ## Start the local cluster (CLUSTER=auto|local|kind|current); quick if it runs
	$(call stage,cluster,scripts/cluster.sh up)

cluster-down: ## Stop the local cluster and remove what it made
	@scripts/cluster.sh down

images: build frontend-build ## Build the images that changed and load them into the cluster
	$(call stage,images,scripts/images.sh)

deploy: ## Install operator and example into the cluster, wait until Ready
	@scripts/deploy.sh

##@ Build
.PHONY: build release install-manifest setup openapi crd chart-readme operator-metrics sqlx lint fmt frontend-modules frontend-build frontend-check
setup: ## Install missing Debian packages and the tools' parts
	@scripts/setup.sh
	@tools/services/services install

build: ## The Rust programs
	$(call stage,build,cargo build --quiet --locked --workspace --all-features)

release: frontend-modules ## Programs, images, chart, install.yaml, bills of materials and checksums in dist/VERSION (tools/release)
	@scripts/setup.sh --cluster
	$(call stage,release,tools/release/release)

install-manifest: ## install.yaml alone, of the checkout as it is, in dist/VERSION
	@tools/release/release --with-changes manifest

fmt: frontend-modules ## Format everything
	@cargo fmt --all
	@cd frontend && $(NPM) run --silent format

openapi: build frontend-modules ## Renew api-server/openapi.json and the frontend's types
	@$(PHASMA_TEST_BIN_DIR)/phasma-api openapi > api-server/openapi.json
	@cd frontend && $(NPM) run --silent api:generate

crd: build ## Renew the resource's definition
	@$(PHASMA_TEST_BIN_DIR)/phasma-operator crd > crds/phasma.dev_phasmas.yaml

chart-readme: ## Renew the chart's README from its values and their comments
	@tools/chart/readme

# The modules are installed anew when the lock file changed.
frontend-modules: frontend/node_modules/.lock-hash
frontend/node_modules/.lock-hash: frontend/package-lock.json
	@cd frontend && npm ci --silent --no-audit --no-fund && touch node_modules/.lock-hash

frontend-build: frontend-modules
	$(call stage,frontend build,cd frontend && $(NPM) run --silent build -- --logLevel warn)

frontend-check: frontend-modules
	@cd frontend && $(NPM) run --silent check

operator-metrics: build ## Renew the table of the operator's metrics
	@$(PHASMA_TEST_BIN_DIR)/phasma-operator metrics > docs/reference/operator-metrics.md

sqlx: ## Renew .sqlx, the descriptions of every query
	@$(SERVICES) --only postgres -- scripts/sqlx-data.sh .sqlx cargo check --quiet --workspace --all-targets --all-features

# One compilation proves the lints and, with a database at hand, that .sqlx is fresh.
lint:
	@$(SERVICES) --only postgres -- scripts/sqlx-data.sh $(PHASMA_CACHE)/sqlx-check \
	    cargo clippy --quiet --locked --workspace --all-targets --all-features -- -D warnings
	@diff -r .sqlx $(PHASMA_CACHE)/sqlx-check || { echo 'run make sqlx'; exit 1; }

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	    /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
