# `make run` and `make test` need nothing but make, python3 (3.11 or later, with venv) and a network.
.DEFAULT_GOAL := help
.PHONY: help run call call-sip walks fuzz-sip test test-fast coverage listen mutations bench servers fuzz faults mutants audit check fix clean

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PRISM := tests/carrier/node_modules/.ready

help: ## Show this help.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) ## Open the line on this machine, to be called from it.
	$(BIN)/ivr serve --demo

call: $(READY) ## Call the line in this terminal.
	$(BIN)/ivr call

call-sip: $(READY) ## Call it by SIP, as a PBX does: a real call on this machine, heard and kept.
	$(BIN)/python -m tests.sip.show

test: $(READY) $(PRISM) ## Run all tests.
	$(BIN)/pytest -n auto --dist loadgroup

test-fast: $(READY) ## Run the tests that need no browser, SIP, faults, fuzz or Whisper; takes 90 seconds.
	$(BIN)/pytest -m "not slow" -n auto --dist loadgroup

coverage: $(READY) $(PRISM) ## Run all tests, and tell which lines none of them runs; takes twice as long.
	$(BIN)/pytest --cov --cov-report=term-missing:skip-covered -n auto --dist loadgroup

listen: $(READY) ## Let an offline ear listen to every clip; every digit must be heard.
	$(BIN)/ivr audio listen

mutations: $(READY) ## Try 300 slips in the script on the checks; takes minutes.
	IVR_MUTATION_ROUNDS=10 $(BIN)/pytest tests/mutations -n auto -rP

bench: $(READY) ## Measure speed, load, start-up and the checks; takes 10 minutes of a quiet machine.
	$(BIN)/python -m bench.speed
	$(BIN)/python -m bench.growth
	$(BIN)/python -m bench.check
	$(BIN)/python -m bench.records
	$(BIN)/python -m bench.sip

servers: $(READY) ## Try the servers that could serve the line; takes 10 minutes of a quiet machine.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt waitress==3.0.2 cheroot==11.1.2 pyuwsgi==2.0.30.post1
	$(BIN)/python -m bench.servers

fuzz: $(READY) ## Send 10,000 odd requests to all routes; takes minutes.
	IVR_FUZZ_REQUESTS=16000 $(BIN)/pytest tests/fuzz -n auto -p no:randomly --timeout 900

fuzz-sip: $(READY) ## Send 5,000 malformed SIP messages to the line; takes minutes.
	IVR_SIP_FUZZ=5000 $(BIN)/pytest tests/sip/test_fuzz.py -p no:randomly

walks: $(READY) ## Make 200 calls by SIP at random; each must come to a person or numbers; takes minutes.
	IVR_SIP_WALKS=200 $(BIN)/pytest tests/sip/test_walks.py -p no:randomly

faults: $(READY) ## Break everything around a call, for as long as in earnest; as root, takes minutes.
	IVR_FAULTS_FULL=1 $(BIN)/pytest tests/faults -p no:randomly --timeout 600

mutants: $(READY) ## Change the code in 160 spots, and see whether tests notice; takes hours.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt cosmic-ray==8.7.0
	nice -n 19 $(BIN)/python tests/mutants/run.py

audit: $(READY) ## Ask PyPI for known weaknesses of what is pinned, and for newer releases; needs its network.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt pip-audit==2.10.1
	$(BIN)/python -m pip list --disable-pip-version-check --outdated
	$(BIN)/pip-audit --strict --disable-pip --no-deps -r constraints.txt

check: $(READY) ## Lint, types, architecture, spelling, and the phone script itself.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry ivr
	$(BIN)/codespell
	$(BIN)/ivr check prompts || test $$? -eq 1  # warnings do not block

fix: $(READY) ## Format the code and mend what can be mended.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Forget the virtual environment.
	rm -rf .venv

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ivr needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# The tests hold what is asked of the carrier against its own description of its API, with Prism.
# Without npm the rest is tested, and the tests that need it say so.
$(PRISM): tests/carrier/package-lock.json
	if command -v npm >/dev/null; then \
	  npm ci --ignore-scripts --omit=optional --no-audit --no-fund --prefix tests/carrier && touch $@; \
	fi
