# Everything a person does with Fastfusion. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PORT ?= 8001
NOTIFICATION_PORT ?= 8002
DATA_DIR ?= .fastfusion
DEMO_USERS ?= 25
KAFKA_PORT ?= 9092
KAFKA ?=
BENCH_ARGS ?=
BENCH_MINUTES ?= 60
IMAGE_PROFILE ?= service
IMAGE_ARCH ?= $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,amd64)
ARCH ?= arm64
FUNCTIONS ?=
MACHETE_VERSION := 0.9.2
DENY_VERSION := 0.20.2
VALIDATE_VENV := target/validate
LOCALSTACK_VENV := target/localstack/venv
LOCALSTACK_DIR := $(DATA_DIR)/localstack
LOCALSTACK_PORT ?= 4566
OPENAPI_VENV := target/openapi
GRAPHIQL := functions/graphiql
DASHBOARD := dashboard
DASHBOARD_DIST := $(DASHBOARD)/dist
NPM_CI := npm ci --no-audit --no-fund --loglevel=error

.PHONY: help
help: ## List all targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'
	@echo
	@echo "  Settings, with their defaults: PORT=8001 NOTIFICATION_PORT=8002 DATA_DIR=.fastfusion DEMO_USERS=25 KAFKA_PORT=9092"
	@echo "  KAFKA=host:port makes \`make up\` use that broker, for example the one of \`make kafka\`."

.PHONY: tools
tools:
	@scripts/need.sh cargo cc make perl curl

.PHONY: tools-node
tools-node:
	@scripts/need.sh node20

.PHONY: build
build: tools ## Build everything
	@cargo build --workspace --bins

# The dashboard, where there is one. Its build is older than a source, or than a directory that a source has left or joined.
ifneq ($(wildcard $(DASHBOARD)/package.json),)
DASHBOARD_SOURCES = $(shell find $(DASHBOARD) -maxdepth 1 -type f; find $(wildcard $(DASHBOARD)/src $(DASHBOARD)/public))
DASHBOARD_MODULES := $(DASHBOARD)/node_modules/.package-lock.json
DASHBOARD_BUILT := $(DASHBOARD_DIST)/.built

$(DASHBOARD_MODULES): $(DASHBOARD)/package.json $(DASHBOARD)/package-lock.json
	@cd $(DASHBOARD) && $(NPM_CI)
	@touch $@

$(DASHBOARD_BUILT): $(DASHBOARD_MODULES) $(DASHBOARD_SOURCES)
	@npm --prefix $(DASHBOARD) run --silent build
	@touch $@
endif

.PHONY: dashboard
dashboard: tools-node ## Build the dashboard (Node.js 20+)
	@$(MAKE) --no-print-directory dashboard-files

# Without its tools, which `make up` does without.
.PHONY: dashboard-files
dashboard-files: $(DASHBOARD_BUILT)

.PHONY: up
up: build ## Run the whole product on http://127.0.0.1:8001 (Ctrl-C stops it)
	@! scripts/need.sh --present node20 || $(MAKE) --no-print-directory dashboard-files
	@target/debug/demo --url http://127.0.0.1:$(PORT) --users $(DEMO_USERS) -- \
		target/debug/emulator --stop-on-stdin-close --port $(PORT) --service-port notification=$(NOTIFICATION_PORT) --data-dir $(DATA_DIR) \
		--site $(DASHBOARD_DIST) --site-missing "Install Node.js 20 or newer with npm (https://nodejs.org), then run: make dashboard" \
		--parameter SecureCookies=off \
		$(if $(KAFKA),--kafka $(KAFKA),--kafka-hint "Run a real broker: make kafka; then: make up KAFKA=127.0.0.1:$(KAFKA_PORT)")

.PHONY: admin
admin: ## Make a user of the running stack an admin: make admin EMAIL=ada@example.com
	@scripts/need.sh curl
	@test -n "$(EMAIL)" || { echo "Whom? Say: make admin EMAIL=ada@example.com" >&2; exit 2; }
	@scripts/grant-admin.sh http://127.0.0.1:$(PORT) "$(EMAIL)"

# Functions are tested where their parts are: only those with tests of their own are linked for them. Every selection is one of
# the whole workspace (or leaves out functions alone): others have other features, and would build all dependencies again.
TESTED_FUNCTIONS = $(patsubst %,--bin %,$(shell find functions/src/bin -name tests.rs | cut -d / -f 4 | sort -u))

.PHONY: test
# They wait for ticks more than they compute.
test: export RUST_TEST_THREADS := $(or $(RUST_TEST_THREADS),$(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN)))))
test: tools-node build ## Run all tests (no Docker, no Java; Node.js and Chromium for those of clients and dashboard)
	@failed=; cargo test --workspace --exclude functions --no-fail-fast || failed=1; \
		cargo test --workspace $(TESTED_FUNCTIONS) || failed=1; \
		$(MAKE) --no-print-directory test-clients || failed=1; \
		$(MAKE) --no-print-directory test-dashboard || failed=1; test -z "$$failed"

.PHONY: test-clients
test-clients: tools-node build ## Run the end-to-end tests with graphql-ws and Apollo Client (Node.js 20+)
	@cd tests/clients && $(NPM_CI)
	@target/debug/with-stack npm --prefix tests/clients --silent test
	@target/debug/with-stack npm --prefix tests/clients --silent run crashes

.PHONY: test-dashboard
test-dashboard: dashboard build ## Test the dashboard, also in a browser against a stack of its own (Node.js 20+, Chromium)
ifneq ($(wildcard $(DASHBOARD)/package.json),)
	@scripts/need.sh chromium
	@npm --prefix $(DASHBOARD) --silent test
	@cd $(DASHBOARD) && $(CURDIR)/target/debug/with-stack --shareholders 1200 --site $(DASHBOARD_DIST) -- npx --no-install playwright test
endif

.PHONY: lighthouse
lighthouse: dashboard build ## Measure the dashboard's pages with Lighthouse (Node.js 20+, Chromium)
	@scripts/need.sh chromium
	@cd $(DASHBOARD)/lighthouse && $(NPM_CI)
	@target/debug/with-stack --site $(DASHBOARD_DIST) -- node $(DASHBOARD)/lighthouse/measure.mjs

.PHONY: test-openapi
test-openapi: build ## Test every REST route against docs/openapi.yaml with Schemathesis (Python 3.10+)
	@scripts/need.sh python3
	@cmp -s scripts/openapi-requirements.txt $(OPENAPI_VENV)/requirements.txt || { python3 -m venv $(OPENAPI_VENV) && \
		$(OPENAPI_VENV)/bin/pip install -q -r scripts/openapi-requirements.txt && cp scripts/openapi-requirements.txt $(OPENAPI_VENV)/; }
	@target/debug/with-stack scripts/schemathesis.sh $(OPENAPI_VENV)/bin/schemathesis target/openapi/reports

.PHONY: test-kafka
test-kafka: build $(LOCALSTACK_VENV)/installed ## Run the end-to-end tests against a real Apache Kafka, and clients of other libraries against both brokers (Java 17+, Python 3.10+)
	@scripts/need.sh java17 mvn python3
	@scripts/kafka/run.sh fetch target/kafka
	@failed=; E2E_BROKER=kafka KAFKA_JARS=$(CURDIR)/target/kafka/jars cargo test --workspace --no-fail-fast --test e2e || failed=1; \
		PYTHONPATH=localstack:tests/kafka $(LOCALSTACK_VENV)/bin/pytest -p no:cacheprovider -W ignore::DeprecationWarning tests/kafka || failed=1; test -z "$$failed"

.PHONY: image-parts
image-parts: tools dashboard
	@scripts/need.sh python3 readelf
	@scripts/image/build.sh $(IMAGE_ARCH) $(IMAGE_PROFILE)

.PHONY: image
image: image-parts ## Make the images fastfusion/notification and fastfusion/local (docker, podman or buildah) [IMAGE_ARCH=arm64] [IMAGE_TOOL=buildah]
	@scripts/image/make.sh $(IMAGE_ARCH)

.PHONY: test-image
test-image: export IMAGE_TOOL := buildah
test-image: $(LOCALSTACK_VENV)/installed ## Make the images, and run what docker-compose.yml says with them, without Docker (buildah, Java 17+, Python 3.10+; root)
	@scripts/need.sh buildah ip pgrep unshare python3 java17 mvn node20
	@$(MAKE) --no-print-directory image
	@E2E_BIN_DIR=target/image/$(IMAGE_ARCH)/bin cargo test --workspace --no-fail-fast --test e2e -- notification
	@scripts/kafka/run.sh fetch target/kafka
	@cd tests/compose && $(NPM_CI) && npx --no-install dclint --config dclint.yaml --max-warnings 0 ../../docker-compose.yml
	@$(LOCALSTACK_VENV)/bin/python tests/compose/compose_file.py
	@PYTHONPATH=localstack tests/compose/run.sh $(LOCALSTACK_VENV)/bin/pytest -p no:cacheprovider -W ignore::DeprecationWarning tests/compose

.PHONY: kafka
kafka: ## Fetch and start a real Apache Kafka on port 9092 (Java 17+)
	@scripts/kafka/run.sh start $(DATA_DIR)/kafka $(KAFKA_PORT)
	@echo "Use it with: make up KAFKA=127.0.0.1:$(KAFKA_PORT)"

.PHONY: kafka-stop
kafka-stop: ## Stop the Kafka of `make kafka`
	@scripts/kafka/run.sh stop $(DATA_DIR)/kafka

# What runs an emulator of AWS, and tests with it.
$(LOCALSTACK_VENV)/installed: localstack/requirements.txt
	@scripts/need.sh python3
	@python3 -m venv $(LOCALSTACK_VENV)
	@$(LOCALSTACK_VENV)/bin/pip install -q -r localstack/requirements.txt
	@touch $@

.PHONY: localstack
localstack: build $(LOCALSTACK_VENV)/installed ## Deploy everything to an emulator of AWS on port 4566 and keep it running, without Docker (Java 17+, Python 3.10+)
	@scripts/need.sh java17 mvn readelf
	@scripts/kafka/run.sh fetch target/kafka
	@$(LOCALSTACK_VENV)/bin/python localstack/full.py --work $(LOCALSTACK_DIR) --aws-port $(LOCALSTACK_PORT) --kafka-port $(KAFKA_PORT) --notification-port $(NOTIFICATION_PORT)

.PHONY: bench
bench: tools ## Measure throughput and latency on both brokers, the price model, and the execution of operations
	@cargo build --profile benchmark --workspace --bins
	@scripts/kafka/run.sh fetch target/kafka
	@KAFKA_JARS=$(CURDIR)/target/kafka/jars target/benchmark/bench $(BENCH_ARGS)
	@cargo bench -p domain --bench price
	@cargo bench -p graphql-schema --bench live

.PHONY: bench-dashboard
bench-dashboard: dashboard build ## Measure the dashboard in Chromium while 1,000 prices move, for BENCH_MINUTES=60
ifneq ($(wildcard $(DASHBOARD)/package.json),)
	@scripts/need.sh chromium
	@cd $(DASHBOARD) && BENCH_MINUTES=$(BENCH_MINUTES) $(CURDIR)/target/debug/with-stack --shareholders 1000 \
		--parameter PricePartitions=1 --site $(DASHBOARD_DIST) -- npx --no-install playwright test --config bench
endif

.PHONY: graphiql
graphiql: tools-node ## Build the page with GraphiQL that the graphql function holds (Node.js 20+)
	@cd $(GRAPHIQL) && $(NPM_CI) && npm run --silent build

.PHONY: lint
lint: tools tools-node $(DASHBOARD_MODULES) ## Check formatting, clippy, the dashboard's sources, the shell scripts' syntax, and GraphiQL's page
	@cargo fmt --all --check
	@rustfmt --check --edition 2024 tests/e2e/*.rs
	@cargo clippy --workspace --all-targets -- -D warnings
	@for script in scripts/*.sh scripts/*/*.sh .ci/run; do bash -n $$script || exit 1; done
	@npm --prefix $(DASHBOARD) run --silent lint
	@cd $(GRAPHIQL) && $(NPM_CI) && node build.mjs $(CURDIR)/target/graphiql
	@diff -rq target/graphiql $(GRAPHIQL)/dist || { echo "The page is not what its sources give: run make graphiql." >&2; exit 1; }

.PHONY: lint-dependencies
lint-dependencies: tools ## Check that every dependency is used, and their licences, sources and bans (builds two tools once)
	@scripts/cargo-tool.sh cargo-machete $(MACHETE_VERSION)
	@scripts/cargo-tool.sh cargo-deny $(DENY_VERSION)
	@target/tools/bin/cargo-machete
	@target/tools/bin/cargo-deny --log-level error check bans licenses sources

.PHONY: advisories
advisories: tools ## Check the dependencies against RustSec's advisories, which come from GitHub
	@scripts/cargo-tool.sh cargo-deny $(DENY_VERSION)
	@target/tools/bin/cargo-deny --log-level error check advisories

.PHONY: validate
validate: build ## Check what is deployed and how: linters, SAM's translation, the emulator, tests of `make deploy` (Python 3.11+, Node.js)
	@scripts/need.sh python3 node20
	@cmp -s scripts/validate/requirements.txt $(VALIDATE_VENV)/requirements.txt || { python3 -m venv $(VALIDATE_VENV) && \
		$(VALIDATE_VENV)/bin/pip install -q -r scripts/validate/requirements.txt && cp scripts/validate/requirements.txt $(VALIDATE_VENV)/; }
	@scripts/validate/run.sh $(VALIDATE_VENV)
	@target/debug/emulator --check
	@target/debug/emulator --check --parameter CreateTopics=off
	@target/debug/emulator --check --template bench/topics.yaml --parameter PricePartitions=1

.PHONY: test-deploy
test-deploy: build $(LOCALSTACK_VENV)/installed ## Deploy the template by CloudFormation to an emulator of AWS, with a real Kafka, and test the stack (Python 3.10+, Java 17+)
	@scripts/need.sh java17 mvn readelf
	@scripts/kafka/run.sh fetch target/kafka
	@PYTHONPATH=localstack $(LOCALSTACK_VENV)/bin/pytest -p no:cacheprovider tests/deploy

.PHONY: package
package: tools ## Build the functions as they ship, each in a zip for Lambda, and check them: make package [ARCH=x86_64] [FUNCTIONS="login me"]
	@scripts/need.sh python3
	@scripts/package/build.sh $(ARCH) $(FUNCTIONS)
	@target/package/tools/bin/python scripts/package/check.py $(ARCH) $(FUNCTIONS)
	@test -n "$(FUNCTIONS)" || target/package/tools/bin/python scripts/package/template.py $(ARCH)

.PHONY: deploy
deploy: ## Deploy all of it to AWS: make deploy ENV=dev|prod [PLAN=1] [BUILT=1] [UNGUARDED=1] [SET="EmailSender=you@your.domain"]
	@scripts/need.sh python3
	@python3 scripts/deploy/deploy.py $(ENV) $(if $(PLAN),--plan) $(if $(BUILT),--built) $(if $(UNGUARDED),--unguarded) $(if $(SET),--set $(SET))

.PHONY: destroy
destroy: ## Delete what `make deploy` deployed, but for data: make destroy ENV=dev|prod [PLAN=1]
	@scripts/need.sh python3
	@python3 scripts/deploy/destroy.py $(ENV) $(if $(PLAN),--plan)

.PHONY: clean
clean: ## Remove build results and local state
	@cargo clean
	@rm -rf $(DATA_DIR) $(DASHBOARD_DIST)
