"""Without the extras a plain `pip install malmoi` says what to install, and what needs no torch still works."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from malmoi.errors import MissingExtra, extras_named

WITHOUT_TORCH = """
import sys
for name in ("torch", "transformers"):
    sys.modules[name] = None
from malmoi.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run_without_torch(*words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MALMOI_LANG": "en", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", WITHOUT_TORCH, *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_demo_without_torch_says_what_to_install(tmp_path):
    done = run_without_torch("demo", "--out", str(tmp_path / "run"))
    assert done.returncode == 2
    assert 'needs the package torch. Install it with: pip install "malmoi[train]"' in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", [["data", "list"], ["data", "check", "demo"], ["models", "list"]])
def test_what_needs_no_torch_works_without(command):
    done = run_without_torch(*command)
    assert done.returncode == 0, done.stderr


def test_foreign_modules_are_not_extras():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"), extras_named():
        import no_such_module  # noqa: F401


def test_extras_are_named_by_package():
    with pytest.raises(MissingExtra, match="scikit-learn"), extras_named():
        raise ModuleNotFoundError("No module named 'sklearn.svm'", name="sklearn.svm")
