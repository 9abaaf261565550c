# The front door. `make` lists what there is; CI calls nothing else.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
DATA ?= data
CHECK ?=
# Each worker starts parts of its own; a broker that is given is shared, and tests make its topics anew.
WORKERS ?= $(if $(KAFKA_BOOTSTRAP_SERVERS),0,2)
PACKAGES := $(wildcard libs/*) $(wildcard services/*) demo
VERSION ?= 0.1.0
IMAGES := $(notdir $(wildcard services/*)) demo
OBSERVE ?=
DEMO ?=
COMPOSE = VERSION=$(VERSION) $(if $(OBSERVE),OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318) docker compose \
	-f docker-compose.yml $(if $(DEMO),-f deploy/compose/demo.yml) $(if $(OBSERVE),--profile observability)
export PYTHONTZPATH :=
# Hundreds of processes start in the tests and a dozen in the demo: none may compile all that it imports anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test contracts parked rebuild-view faults faults-store faults-relay faults-compose bench-store
.PHONY: bench-booking bench-import mutants images up down restart logs check check-deploy kube-smoke lock format docs

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: .venv/ready ## Make the virtual environment (every other target does this first)

.venv/ready: requirements/dev.txt requirements/uv.txt $(addsuffix /pyproject.toml,$(PACKAGES))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rendezvous needs Python 3.11 or newer: set PYTHON=python3.11")'
	@echo "setup: making .venv from the hash-locked requirements"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation $(addprefix -e ,$(PACKAGES))
	@touch $@

# Of their own, because they want older libraries.
.venv/scan/ready: .venv/ready requirements/scan.txt
	@test -x .venv/scan/bin/python || $(PYTHON) -m venv .venv/scan
	@$(UV) pip install --quiet --python .venv/scan/bin/python --require-hashes -r requirements/scan.txt
	@touch $@

demo: setup ## Start everything with demo data (DATA=folder; CHECK=1 plays the path and ends)
	@DATA="$(DATA)" CHECK="$(CHECK)" $(BIN)/python -m demo

test: setup ## Run every test (ARGS="-k word" narrows it; WORKERS=0: one after the other)
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

contracts: setup ## Can every reader read every event, of each version, and does each service keep its word?
	@$(BIN)/python -m booking_events check
	@$(BIN)/python -m pytest -n 0 libs/booking_events/tests tests/contract $(ARGS)

parked: setup ## Messages that could not be handled (S=booking; KEY=k shows them, RELEASE=1 lets them go)
	@DATA="$(DATA)" $(BIN)/python -m demo.operate $(S) $(if $(RELEASE),release,parked) $(KEY)

rebuild-view: setup ## A view made anew beside the live one (S=booking VIEW=appointments)
	@DATA="$(DATA)" $(BIN)/python -m demo.operate $(S) rebuild-view $(VIEW)

faults: setup ## Races, kills and absences at full length (the tests hold a short run of each)
	@FAULTS=full $(BIN)/python -m pytest tests/faults $(ARGS)

faults-store: setup ## The store killed, paused and restored under load, 20 rounds; ends with one line of JSON
	@FAULTS=full $(BIN)/python -m tests.faults.store $(ARGS)

faults-relay: setup ## Relay, readers, brokers and PostgreSQL killed under load (EVENTS=100000 SECONDS=60); ends with one line of JSON
	@FAULTS=full EVENTS="$(EVENTS)" SECONDS="$(SECONDS)" $(BIN)/python -m tests.faults.relay $(ARGS)

faults-compose: setup ## The same against the containers of `make up DEMO=1 REPLICAS=2 OBSERVE=1`; ends with one line of JSON
	@FAULTS=full STACK=compose $(BIN)/python -m tests.faults.compose $(ARGS)

bench-store: setup ## The event store beside two others, and as it grows (SECONDS=5 ROUNDS=3 EVENTS=1000000)
	@SECONDS="$(SECONDS)" ROUNDS="$(ROUNDS)" EVENTS="$(EVENTS)" RESULT=bench/results/bench-store.json $(BIN)/python -m bench.store

bench-booking: setup ## Bookings over HTTP beside a bare INSERT (SECONDS=60, PACE=333 a second)
	@SECONDS="$(SECONDS)" PACE="$(PACE)" RESULT=bench/results/bench-booking.json $(BIN)/python -m bench.booking

bench-import: setup ## A practice's appointments taken over from CSV and iCalendar, beside bare INSERTs (ROWS=5000)
	@ROWS="$(ROWS)" RESULT=bench/results/bench-import.json $(BIN)/python -m bench.importing

mutants: setup ## How many small errors in booking's rules would its tests see? (CHILDREN=2); ends with one line of JSON
	@RESULT=bench/results/mutants.json $(BIN)/python -m bench.mutants

images: ## Build every image (S=booking: one), and print its size and how long it takes to start
	@for service in $(or $(S),$(IMAGES)); do \
	  docker build --quiet -f deploy/images/Dockerfile --build-arg SERVICE=$$service --build-arg VERSION=$(VERSION) \
	    --build-arg REVISION=$$(git rev-parse HEAD 2>/dev/null || echo unknown) -t rendezvous/$$service:$(VERSION) . >/dev/null; \
	  $(PYTHON) deploy/images/measure.py rendezvous/$$service:$(VERSION) $$service; \
	done

up: ## Start all of it in containers (DEMO=1: with demo data; OBSERVE=1: with those who look on)
	@$(PYTHON) deploy/compose/make_secrets.py .secrets $(VERSION)
	@$(COMPOSE) up --detach --wait --remove-orphans
	@echo "up: the site is at http://127.0.0.1:$${PORTAL_PORT:-8080}, the mail at http://127.0.0.1:$${MAIL_PORT:-8025}"

down: ## End what `make up` started; its data stay (VOLUMES=1: they go as well)
	@$(COMPOSE) down --remove-orphans $(if $(VOLUMES),--volumes)

restart: ## Restart processes one after the other, each ready before the next (S=booking: those of one service)
	@for process in $$($(COMPOSE) ps --quiet $(or $(S),$(notdir $(wildcard services/*)))); do \
	  docker restart --time 30 $$process >/dev/null; \
	  timeout 120 bash -c "until docker inspect -f '{{.State.Health.Status}}' $$process | grep -qx healthy; do sleep 0.5; done"; \
	done

logs: ## Follow what the containers say (S=booking: one service)
	@$(COMPOSE) logs --follow --tail 100 $(S)

check: setup ## Formatting, lint, types, import rules; every refusal of booking has its status, sentences and place
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(addsuffix /src,$(PACKAGES))
	@$(BIN)/lint-imports --no-cache | tail -n 9
	@$(BIN)/python -m pytest -n 0 -q services/booking/tests/booking_tests/entrypoints/test_every_rejection.py \
	  services/booking/tests/booking_tests/entrypoints/test_booking_problems.py

format: setup ## Format the code and mend what ruff can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: setup ## Write the pages of docs/ that the code knows best: settings, problems, and what deploy/k8s repeats
	@$(BIN)/python docs/generate.py docs
	@$(BIN)/python deploy/k8s/generate.py

check-deploy: setup .venv/scan/ready ## Every overlay before a real API server of Kubernetes and three linters (needs Go; the first run builds for minutes)
	@tests/deploy/api/build.sh etcd kube-apiserver kube-score >/dev/null # first: a test may not take as long
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/deploy/api/check_*.py $(ARGS)

kube-smoke: setup ## The dev overlay run on a Kubernetes of one node, restarted under load, drained (PACE=10; BUILT=1: images as they are)
	@PACE="$(PACE)" BUILT="$(BUILT)" RESULT=bench/results/kube-smoke.json $(BIN)/python -m tests.deploy.smoke

lock: setup ## Resolve the requirements anew, with hashes and without addresses
	@$(UV) lock --upgrade --quiet
	@$(UV) export --quiet --frozen --all-packages --all-groups --no-emit-workspace --no-header -o requirements/dev.txt
	@$(UV) export --quiet --frozen --all-packages --no-group dev --no-emit-workspace --no-header -o requirements/runtime.txt
