# One command each; every target sets itself up in .venv on a fresh machine.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run demo fast tardis test lint format bench screenshots lock audit
run: .venv/run.stamp ## live Binance market data (no key needed)
	$(BIN)/goraebot run

demo: .venv/run.stamp ## a simulated market: no network, no keys
	$(BIN)/goraebot demo

fast: .venv/run.stamp requirements-fast.lock ## picows and uvloop, used from then on
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fast.lock

tardis: .venv/run.stamp requirements-tardis.lock ## for `goraebot replay --tardis`
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tardis.lock

# Each program that the tests start finds its modules compiled. A test that hangs says where it does,
# and fails.
test: .venv/dev.stamp
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n auto --dist worksteal \
		-o faulthandler_timeout=120 -o faulthandler_exit_on_timeout=true

lint: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev.stamp
	$(BIN)/pytest tests/bench -s -p no:xdist

screenshots: .venv/dev.stamp ## the README's pictures, from running programs (needs chromium, fonts-nanum, fonts-noto-color-emoji)
	$(BIN)/python tests/screenshots/take.py

audit: ## known vulnerabilities of what the locks pin, where a database can be reached
	@test -x .audit-venv/bin/pip-audit || { $(PYTHON) -m venv .audit-venv && \
		.audit-venv/bin/pip install --quiet --disable-pip-version-check "pip-audit==2.10.1"; }
	@.audit-venv/bin/python .ci/audit.py .audit-venv/bin/pip-audit

lock: .venv/dev.stamp ## after changing dependencies in pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-config --default-index https://pypi.org/simple \
		pyproject.toml --extra build -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-config --default-index https://pypi.org/simple \
		pyproject.toml --extra build --extra fast -c requirements.lock -o requirements-fast.lock
	cp requirements.lock requirements-tardis.lock # preferred, not forced: see pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-config --default-index https://pypi.org/simple \
		pyproject.toml --extra build --extra tardis -o requirements-tardis.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-config --default-index https://pypi.org/simple \
		pyproject.toml --extra build --extra dev -c requirements-tardis.lock -o requirements-dev.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
