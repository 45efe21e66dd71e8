# make demo     install into .venv, then train, judge and answer on the sample
# make install  create .venv with pinned dependencies     make test       run the tests, without those marked slow
# make check    ruff and mypy                             make test-full  run all tests, repetitions too
# make bench    measure speed (quick)
# Needs Python 3.11 or newer; no root. Another interpreter: make install PYTHON=/path/to/python3.12

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install demo test test-full check bench
.DELETE_ON_ERROR:

install: $(STAMP)

demo: $(STAMP)
	$(BIN)/malmoi demo

test: $(STAMP)
	$(BIN)/python -m pytest

test-full: $(STAMP)
	$(BIN)/python -m pytest -m ""

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	for file in bench/*.py; do $(BIN)/python "$$file" --quick || exit 1; done

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11+ 이 필요합니다 (venv 포함) / needs Python 3.11+ with venv"; exit 1; }
	test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[train,kiwi,metrics,export,serve,browser,dev]"
	touch $@
