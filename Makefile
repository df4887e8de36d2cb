# Every target does all of its own set-up; a second run finds it done and starts in seconds.
# A bare Debian 12 needs first: apt-get install make git python3 python3-venv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON    ?= python3
PORT      ?= 8501
MESH_HOME ?= .mesh
MESH_DEMO ?= 1
ARGS      ?=
export PORT MESH_HOME MESH_DEMO

PY := .venv/bin/python
need_python = command -v $(PYTHON) >/dev/null || { \
	echo "$(PYTHON) is missing. Nothing was done. Run: apt-get install -y python3 python3-venv" >&2; exit 1; }

.PHONY: help setup setup-dev portal test test-nobrowser check conformance properties faults clients bench screenshots teardown

help:  ## this list
	@grep -E '^[a-z][a-z-]*:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## */\1\t/' | while IFS="$$(printf '\t')" read -r name does; do \
		printf '  make %-15s %s\n' "$$name" "$$does"; done
	@echo
	@echo '  Arguments: PORT=$(PORT)  MESH_HOME=$(MESH_HOME)  MESH_DEMO=$(MESH_DEMO) (0: no demo mesh)  PYTHON=$(PYTHON)  ARGS="options of the command"'

setup:  ## the virtual environment .venv with the pinned packages; starts nothing
	@$(need_python)
	@$(PYTHON) scripts/setup.py run

setup-dev:
	@$(need_python)
	@$(PYTHON) scripts/setup.py dev

portal: setup  ## environment, endpoint and demo mesh, then the portal on http://localhost:8501
	@exec bash scripts/portal.sh

test: setup-dev  ## every test, in a real browser too (installs one if there is none)
	@MESH_CHROMIUM="$$($(PY) scripts/browser.py --install)" && export MESH_CHROMIUM && \
		exec $(PY) -m pytest -n 2 --dist loadfile $(ARGS)

test-nobrowser: setup-dev  ## every test that needs no browser
	@exec $(PY) -m pytest -n 2 --dist loadfile -m 'not browser' $(ARGS)

check: setup-dev  ## ruff, mypy and import-linter, the same as CI
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

conformance: setup-dev  ## the long suites of Lake Formation and Athena cases, whole, against a fresh endpoint
	@failed=0; bash scripts/conformance.sh || failed=1; $(MAKE) --no-print-directory properties || failed=1; exit $$failed

# Part of conformance: about half an hour of two cores. MESH_EXAMPLES=1000 tries fewer.
properties: export MESH_EXAMPLES ?= 20000
properties: export VERDICT_EXAMPLES ?= 5000
properties: setup-dev
	@exec $(PY) -m pytest -q -n 2 -k 'seed or verdict' tests/localaws/test_doors.py tests/contracts/test_verdict.py $(ARGS)

faults: setup-dev  ## kill -9 the endpoint fifty times under eight writers; nothing acknowledged may be lost
	@$(PY) -m tests.localaws.faults $(ARGS) && exec $(PY) -m pytest -q tests/localaws/faults

clients: setup-dev  ## AWS CLI, awswrangler, PyAthena, dbt and datacontract-cli, unmodified, against fresh endpoints
	@exec $(PY) -m scripts.clients $(ARGS)

bench: setup-dev  ## speed as ratios against their floors, in one run; writes benchmarks/RESULTS.md
	@test -x build/bench/tools/bin/tpchgen-cli || $(PY) -m pip install -q --disable-pip-version-check --no-deps --target build/bench/tools tpchgen-cli==4.0.0
	@MESH_CHROMIUM="$$($(PY) scripts/browser.py --install)" && export MESH_CHROMIUM && exec $(PY) -m benchmarks $(ARGS)

screenshots: setup-dev  ## pictures of every page, light and dark, wide and narrow; writes docs/screenshots
	@MESH_CHROMIUM="$$($(PY) scripts/browser.py --install)" && export MESH_CHROMIUM && exec $(PY) -m scripts.screenshots $(ARGS)

teardown:  ## removes the local mesh's state; asks first; refuses when the target is an account
	@$(need_python)
	@$(PYTHON) scripts/teardown.py
