# `make app` opens the dashboard, `make test` runs the tests, `make doctor` says what is missing.
#
#   PYTHON=/path/to/python3.12   which Python 3.11 or 3.12 (default: the first that is found, else uv fetches one)
#   TORCH_INDEX=ADDRESS          an index of packages that has processor builds of torch
#   TORCH=card                   the build for NVIDIA cards (default: card where there is one, else processor)
#   PORT=8501 EXPRESSRATE_ADDRESS=localhost   where the dashboard is served; see docs/deploy.md before opening it
PORT ?= 8501
VENV := .venv
RUN := $(VENV)/bin/python
RUNTIME := $(VENV)/.installed
TESTING := $(VENV)/.installed-dev

export PYTHONPATH := .
export PYTHON TORCH TORCH_INDEX VENV

.PHONY: app test lint doctor train results docs site bench mutants lock clean

app: $(RUNTIME)
	$(RUN) app.py --port $(PORT)

test: $(TESTING)
	$(RUN) -m pytest

lint: $(TESTING)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

doctor:
	@if [ -x $(RUN) ]; then $(RUN) -m core doctor; else sh .ci/find-python && $$(sh .ci/find-python) -m core doctor; fi

# Each training goes on where it stopped; EXPRESSRATE_DATA names the folder of data sets.
train: $(RUNTIME)
	$(RUN) -m core.training baseline
	$(RUN) -m core.training classifier

results: $(RUNTIME)
	$(RUN) -m core.evaluation run
	$(RUN) -m core.evaluation summary

docs: $(RUNTIME)
	$(RUN) -m core.site results --out docs/results.md --readme README.md --picture docs/reading.png

# Pages that open from a file or any static host, without server or network.
site: $(RUNTIME)
	$(RUN) -m core.site build site

bench: $(TESTING)
	$(RUN) -m tests.benchmarks

# Would the tests notice a fault?  A sample of 60; python -m tests.mutation --help tells more.
mutants: $(TESTING)
	$(RUN) -m pip install --quiet -r requirements-mutation.txt
	$(RUN) -m tests.mutation

# The exact packages with their hashes, for every platform; needs uv.  No index is named in them.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links
lock:
	$(LOCK) requirements.txt --output-file requirements.lock
	$(LOCK) --no-deps requirements-face.txt --output-file requirements-face.lock
	$(LOCK) requirements-dev.txt --constraint requirements.lock --output-file requirements-dev.lock
	cat requirements-face.lock >> requirements.lock
	rm requirements-face.lock

clean:
	rm -rf $(VENV)

$(RUNTIME): requirements.lock .ci/install
	sh .ci/install requirements.lock
	touch $@

$(TESTING): $(RUNTIME) requirements-dev.lock
	sh .ci/install requirements-dev.lock
	touch $@
