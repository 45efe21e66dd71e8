"""Completion for shells: the script, and the answers to it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_script(shell, run_cli):
    result = run_cli("completion", shell)
    assert result.code == 0 and "_MALMOI_COMPLETE" in result.out and "malmoi" in result.out


def test_unknown_shell(run_cli):
    result = run_cli("completion", "zhs")
    assert result.code == 2 and "'zsh'" in result.err


@pytest.mark.parametrize(
    ("words", "place", "expected"),
    [("malmoi tr", 1, {"train"}), ("malmoi data c", 2, {"check", "clean"}), ("malmoi train --ba", 2, {"--batch-size", "--baseline"})],
)  # fmt: skip
def test_answers_of_bash(words, place, expected):
    environment = os.environ | {"_MALMOI_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
    done = subprocess.run(
        [sys.executable, "-m", "malmoi"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert set(done.stdout.split()) == expected, done.stderr
