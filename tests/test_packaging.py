"""The wheel holds every data file, the pins cover every dependency, and the documents name no machine."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOCUMENTS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/log.md", "docs/results.md", ".ci/run", "Makefile")


def test_every_data_file_is_packaged():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["malmoi"]
    files = [
        path for path in (ROOT / "src" / "malmoi").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    assert len(files) >= 6
    for path in files:
        assert any(fnmatch(path.name, pattern.removeprefix("**/")) for pattern in patterns), path


def test_constraints_pin_every_dependency():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [*PROJECT["project"]["dependencies"], *(package for extra in extras.values() for package in extra)]
    names = {re.match(r"[\w.-]+", requirement)[0] for requirement in wanted}
    assert names <= set(pins)
    assert pins["torch"] == "2.13.0"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_name_no_machine(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for word in ("/{}/".format("work"), "/{}".format("root"), "/home/", "/tmp/", ".org/simple", "download."):
        assert word not in text, word
