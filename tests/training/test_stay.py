"""A run's time in its folder: what fails before the claim leaves nothing, what is claimed stays, what is over is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny_models import Quiet

from malmoi.errors import ConfigError, DataError
from malmoi.messages import set_language
from malmoi.training.lock import LOCK_FILE
from malmoi.training.run_folder import RUN_FILE, RunFolder
from malmoi.training.stay import staying

RECIPE: dict[str, Any] = {"optim": {"lr": 1e-4}, "data": {"train": "리뷰.tsv"}}
PRINTS = {"train": "aa", "dev": "bb"}


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "모음" / "run")


def enter(
    folder: RunFolder, prints: dict[str, str] = PRINTS, *, fresh: bool = False, reporter: Quiet | None = None
) -> Any:
    return staying(folder, RECIPE, prints, reporter or Quiet(), fresh=fresh)


def finish(folder: RunFolder) -> None:
    with enter(folder) as stay:
        stay.claim()
        (folder.path / "manifest.json").write_text("{}", encoding="utf-8")


def test_an_error_before_the_claim_leaves_nothing(folder: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="글"), enter(folder):
        assert (folder.path / LOCK_FILE).is_file()
        raise DataError("글이 없습니다")
    assert list(tmp_path.iterdir()) == []


def test_an_error_before_the_claim_removes_nothing_that_was_there(folder: RunFolder) -> None:
    finish(folder)
    before = sorted(folder.path.iterdir())
    with pytest.raises(DataError), enter(folder, fresh=True):
        raise DataError("글이 없습니다")
    assert sorted(folder.path.iterdir()) == before


def test_an_error_after_the_claim_keeps_the_folder(folder: RunFolder) -> None:
    with pytest.raises(KeyboardInterrupt), enter(folder) as stay:
        assert not stay.is_over
        stay.claim()
        raise KeyboardInterrupt
    assert (folder.path / RUN_FILE).is_file() and folder.checkpoints.is_dir()
    with enter(folder) as stay:
        assert not stay.is_over  # it is resumed


def test_a_finished_run_is_over_unless_it_starts_over(folder: RunFolder) -> None:
    finish(folder)
    reporter = Quiet()
    with enter(folder, reporter=reporter) as stay:
        assert stay.is_over and not folder.checkpoints.exists()
    assert [note for note in reporter.notes if "already finished" in note] == reporter.notes
    again = Quiet()
    with enter(folder, fresh=True, reporter=again) as stay:
        assert not stay.is_over and again.notes == []
        stay.claim()
    assert not folder.is_finished


def test_other_data_are_told_of_a_finished_run_and_refused_of_another(folder: RunFolder) -> None:
    with enter(folder) as stay:
        stay.claim()
    with pytest.raises(ConfigError, match="data has changed"), enter(folder, {"train": "cc"}):
        pytest.fail("entered")
    finish(folder)
    reporter = Quiet()
    with enter(folder, {"train": "cc"}, reporter=reporter) as stay:
        assert stay.is_over
    assert "data has changed" in reporter.notes[0] and "already finished" in reporter.notes[1]


def test_one_at_a_time(folder: RunFolder) -> None:
    with enter(folder) as stay:
        stay.claim()
        with pytest.raises(ConfigError, match="another run"), enter(folder):
            pytest.fail("entered")
    assert (folder.path / RUN_FILE).is_file()
