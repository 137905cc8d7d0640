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
IMAGE_PROFILE ?= service
LINT_VENV := target/lint

.PHONY: help
help: ## List all targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'
	@echo
	@echo "  Settings, with their defaults: PORT=8001 NOTIFICATION_PORT=8002 DATA_DIR=.fastfusion DEMO_USERS=25 KAFKA_PORT=9092"
	@echo "  KAFKA=host:port makes \`make up\` use that broker, for example the one of \`make kafka\`."

.PHONY: tools
tools:
	@scripts/need.sh cargo cc make perl

.PHONY: build
build: tools ## Build everything
	@cargo build --workspace --bins

.PHONY: up
up: build ## Run the whole product on http://127.0.0.1:8001 (Ctrl-C stops it)
	@target/debug/demo --url http://127.0.0.1:$(PORT) --users $(DEMO_USERS) -- \
		target/debug/emulator --port $(PORT) --service-port notification=$(NOTIFICATION_PORT) --data-dir $(DATA_DIR) $(if $(KAFKA),--kafka $(KAFKA))

.PHONY: test
test: build ## Run all tests (no Docker, no Java)
	@cargo test --workspace

.PHONY: test-kafka
test-kafka: build ## Run the end-to-end tests against a real Apache Kafka (Java 17+)
	@scripts/kafka/run.sh fetch target/kafka
	@E2E_BROKER=kafka KAFKA_JARS=$(CURDIR)/target/kafka/jars cargo test -p e2e

.PHONY: test-image
test-image: build ## Build the notification service as its container has it, and test that (musl-gcc)
	@scripts/need.sh musl-gcc readelf
	@scripts/notification-image.sh $(IMAGE_PROFILE)
	@E2E_BIN_DIR=target/image/bin cargo test -p e2e notification

.PHONY: kafka
kafka: ## Fetch and start a real Apache Kafka on port 9092 (Java 17+)
	@scripts/kafka/run.sh start $(DATA_DIR)/kafka $(KAFKA_PORT)
	@echo "Use it with: make up KAFKA=127.0.0.1:$(KAFKA_PORT)"

.PHONY: kafka-stop
kafka-stop: ## Stop the Kafka of `make kafka`
	@scripts/kafka/run.sh stop $(DATA_DIR)/kafka

.PHONY: bench
bench: tools ## Measure throughput and latency on both brokers, and the price model
	@cargo build --release --workspace --bins
	@scripts/kafka/run.sh fetch target/kafka
	@KAFKA_JARS=$(CURDIR)/target/kafka/jars target/release/bench $(BENCH_ARGS)
	@cargo bench -p domain --bench price

.PHONY: lint
lint: tools ## Check formatting, clippy and the shell scripts' syntax
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets -- -D warnings
	@for script in scripts/*.sh scripts/*/*.sh .ci/run; do bash -n $$script || exit 1; done

.PHONY: lint-template
lint-template: build ## Check template.yaml and infra/ with cfn-lint, SAM's translator and the emulator
	@scripts/need.sh python3
	@test -x $(LINT_VENV)/bin/cfn-lint || { python3 -m venv $(LINT_VENV) && $(LINT_VENV)/bin/pip install -q -r scripts/lint-requirements.txt; }
	@$(LINT_VENV)/bin/cfn-lint template.yaml infra/*.yaml && echo "cfn-lint: no findings"
	@target/debug/emulator --check

.PHONY: lambda
lambda: ## Build what ships, for arm64 (needs cargo-lambda)
	@cargo lambda build --arm64 --profile lambda --workspace --exclude bench --exclude emulator --exclude e2e --exclude notification

.PHONY: clean
clean: ## Remove build results and local state
	@cargo clean
	@rm -rf $(DATA_DIR)
