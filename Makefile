# `make run` and `make test` need nothing but make, python3 (3.11 or later, with venv), git and a network.
.DEFAULT_GOAL := help
.PHONY: help run call call-sip walks fuzz-sip test test-fast coverage listen mutations bench servers fuzz faults mutants audit lock pictures check fix clean

# Without its cache Python would compile all that is imported anew in each of the tests' hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
UV := .uv/bin/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
RUN := .venv/run.ready
TEST := .venv/test.ready
TOOLS := .venv/tools.ready
PRISM := tests/carrier/node_modules/.ready
JUDGES := tests/assistant/node_modules/.ready
# Many tests wait for another program, so three processes keep two cores busy.
WORKERS := $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) * 3 / 2 )))

help: ## Show this help.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN) ## Open the line on this machine, to be called from it.
	$(BIN)/ivr serve --demo

call: $(RUN) ## Call the line in this terminal.
	$(BIN)/ivr call

call-sip: $(TEST) ## Call it by SIP, as a PBX does: a real call on this machine, heard and kept.
	$(BIN)/python -m tests.sip.show

test: system $(TEST) $(PRISM) $(JUDGES) ## Run all tests; install first what they need.
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

test-fast: $(TEST) ## Run the tests that start no browser, server, database or PBX.
	$(BIN)/pytest -m "not slow" -n auto --dist loadgroup -p no:schemathesis

coverage: system $(TEST) $(PRISM) $(JUDGES) ## Run all tests, and tell which lines none of them runs; takes twice as long.
	$(BIN)/pytest --cov --cov-report=term-missing:skip-covered -n auto --dist loadgroup

listen: $(TEST) ## Let an offline ear listen to every clip; every digit must be heard.
	$(BIN)/ivr audio listen
	IVR_SPOKEN=1 $(BIN)/pytest tests/assistant/test_spoken.py -p no:randomly

mutations: $(TEST) ## Try 300 slips in the script on the checks; takes minutes.
	IVR_MUTATION_ROUNDS=10 $(BIN)/pytest tests/mutations tests/assistant/test_checks.py -n auto -rP

bench: $(TEST) ## Measure speed, load, start-up and the checks; takes 10 minutes of a quiet machine.
	$(BIN)/python -m bench.speed
	$(BIN)/python -m bench.growth
	$(BIN)/python -m bench.check
	$(BIN)/python -m bench.facts
	$(BIN)/python -m bench.records
	$(BIN)/python -m bench.isolation
	$(BIN)/python -m bench.sip

servers: $(TOOLS) ## Try the servers that could serve the line; takes 10 minutes of a quiet machine.
	$(BIN)/python -m bench.servers

fuzz: $(TEST) ## Send 16,000 odd requests to all routes; takes minutes.
	IVR_FUZZ_REQUESTS=16000 IVR_FUZZ_INPUTS=2000 $(BIN)/pytest tests/fuzz -n auto -p no:randomly --timeout 900

fuzz-sip: $(TEST) ## Send 5,000 malformed SIP messages to the line; takes minutes.
	IVR_SIP_FUZZ=5000 $(BIN)/pytest tests/sip/test_fuzz.py -p no:randomly

walks: $(TEST) ## Make 200 calls by SIP at random; each must come to a person or numbers; takes minutes.
	IVR_SIP_WALKS=200 $(BIN)/pytest tests/sip/test_walks.py -p no:randomly

faults: $(TEST) ## Break everything around a call, for as long as in earnest; as root, takes minutes.
	IVR_FAULTS_FULL=1 $(BIN)/pytest tests/faults -p no:randomly --timeout 600

mutants: $(TOOLS) ## Change the code in 160 spots, and see whether tests notice; takes hours.
	nice -n 19 $(BIN)/python tests/mutants/run.py

audit: $(TOOLS) ## Find weaknesses of what is pinned, newer releases, and platforms without a wheel.
	$(UV) pip list --python $(BIN)/python --outdated
	$(BIN)/python tests/wheels.py $(UV)
	$(BIN)/pip-audit --strict --disable-pip --no-deps -r requirements/test.txt

lock: | $(UV) ## Pin every package anew with its hashes, for all platforms, after a change of pyproject.toml.
	$(LOCK) --extra build pyproject.toml -o requirements/run.txt
	$(LOCK) --extra build --extra clips --extra pico --extra plurals pyproject.toml -o requirements/clips.txt
	$(LOCK) --extra build --extra dev pyproject.toml -o requirements/test.txt
	$(LOCK) --extra build --extra dev --extra tools pyproject.toml -o requirements/tools.txt
	echo uv | $(LOCK) - -o requirements/uv.txt

LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --no-config

pictures: system $(TEST) ## Take the README's pictures from the running pages.
	$(BIN)/python -m tests.pictures

check: $(TEST) ## Lint, types, architecture, spelling, and the phone script itself.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest --collect-only -qq >/dev/null  # every test can be imported
	$(BIN)/lint-imports
	$(BIN)/deptry ivr
	$(BIN)/codespell
	$(BIN)/ivr check prompts || test $$? -eq 1  # warnings do not block

fix: $(TEST) ## Format the code and mend what can be mended.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Forget the virtual environments.
	rm -rf .venv .uv

.PHONY: system
system:
	bash tests/setup.sh

# uv installs ten times as fast as pip; it is pinned like everything else.
$(UV): requirements/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ivr needs Python 3.11 or later")'
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(BIN)/python: | $(UV)
	$(UV) venv --quiet --python $(PYTHON) .venv

# The product alone; what the tests and the tools need comes on top.
$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements/run.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(TEST): requirements/test.txt $(RUN)
	$(INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

$(TOOLS): requirements/tools.txt $(TEST)
	$(INSTALL) --require-hashes -r requirements/tools.txt
	@touch $@

# The tests hold what is asked of the carrier against its own description of its API, with Prism.
$(PRISM): tests/carrier/package-lock.json
	npm ci --silent --ignore-scripts --omit=optional --no-audit --no-fund --prefix tests/carrier
	@touch $@

# The tests let an assistant that knows nothing of ours talk to the skill, and judge its markup.
$(JUDGES): tests/assistant/package-lock.json
	npm ci --silent --ignore-scripts --omit=optional --no-audit --no-fund --prefix tests/assistant
	@touch $@
