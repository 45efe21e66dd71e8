"""One process at a time works in a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from malmoi.errors import ConfigError
from malmoi.messages import set_language
from malmoi.training.lock import LOCK_FILE, locked


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def test_lock_names_the_holder_and_is_given_back(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(ConfigError, match=f"pid {os.getpid()}"), locked(tmp_path):
        pytest.fail("locked twice")
    with locked(tmp_path):
        pass


def test_lock_makes_the_folder_and_survives_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with pytest.raises(ValueError, match="x"), locked(folder):
        raise ValueError("x")
    with locked(folder):
        assert (folder / LOCK_FILE).read_text() == str(os.getpid())


def test_stale_lock_file_does_not_block(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_text("999999999", encoding="utf-8")
    with locked(tmp_path):
        assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())
