"""Whose folder it is: claimed, refused, cleared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from malmoi.errors import ArtifactError, ConfigError
from malmoi.io import read_json
from malmoi.messages import set_language
from malmoi.training.lock import LOCK_FILE
from malmoi.training.recipe import recipe_from_dict, recipe_to_dict
from malmoi.training.run_folder import RUN_FILE, RunFolder, first_difference, open_run_folder

RECIPE: dict[str, Any] = {"optim": {"lr": 1e-4}, "data": {"train": "리뷰.tsv"}}
PRINTS = {"train": "aa", "dev": "bb"}


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    (tmp_path / "run").mkdir()
    return RunFolder(tmp_path / "run")


def claim(
    folder: RunFolder, recipe: dict[str, Any] = RECIPE, prints: dict[str, str] = PRINTS, fresh: bool = False
) -> list[str]:
    notes = folder.inspect(recipe, prints, fresh=fresh)
    folder.claim(recipe, prints, fresh=fresh)
    return notes


def test_claimed_once_and_again(folder: RunFolder) -> None:
    assert claim(folder) == [] == claim(folder)
    assert read_json(folder.path / RUN_FILE) == {"recipe": RECIPE, "fingerprints": PRINTS}
    assert folder.checkpoints.is_dir() and not folder.is_finished


def test_inspect_writes_nothing(folder: RunFolder) -> None:
    folder.inspect(RECIPE, PRINTS, fresh=False)
    folder.inspect(RECIPE, PRINTS, fresh=True)
    assert list(folder.path.iterdir()) == []


def test_other_recipe_and_other_data(folder: RunFolder) -> None:
    claim(folder)
    with pytest.raises(ConfigError, match=r"optim\.lr: 0\.0001 → 0\.5.*--fresh"):
        claim(folder, RECIPE | {"optim": {"lr": 0.5}})
    with pytest.raises(ConfigError, match="data has changed"):
        claim(folder, prints=PRINTS | {"dev": "cc"})
    assert claim(folder) == []
    (folder.path / "manifest.json").write_text("{}", encoding="utf-8")  # finished
    assert "data has changed" in folder.inspect(RECIPE, PRINTS | {"dev": "cc"}, fresh=False)[0]
    assert folder.inspect(RECIPE, PRINTS, fresh=False) == []


def test_a_field_that_came_later_had_its_default(folder: RunFolder) -> None:
    claim(folder)  # RECIPE lacks most fields, as if it were older than they are
    assert claim(folder, recipe_to_dict(recipe_from_dict(RECIPE))) == []
    with pytest.raises(ConfigError, match="train.epochs: 3.0 → 4.0"):
        claim(folder, RECIPE | {"train": {"epochs": 4.0}})


def test_scalars_make_no_other_run(folder: RunFolder) -> None:
    claim(folder, RECIPE | {"train": {"tensorboard": False}})
    for wish in (True, None):
        assert claim(folder, RECIPE | {"train": {"tensorboard": wish}}) == []
    with pytest.raises(ConfigError, match="train.epochs: 3.0 → 4.0"):
        claim(folder, RECIPE | {"train": {"tensorboard": True, "epochs": 4.0}})


def test_fresh_takes_over_and_removes_the_old(folder: RunFolder) -> None:
    claim(folder)
    (folder.checkpoints / "step-00000001").mkdir()
    for name in ("model.safetensors", "manifest.json", "report.html"):
        (folder.path / name).write_text("alt", encoding="utf-8")
    (folder.path / "메모.txt").write_text("내 것", encoding="utf-8")
    claim(folder, RECIPE | {"optim": {"lr": 0.5}}, fresh=True)
    assert {p.name for p in folder.path.iterdir()} == {RUN_FILE, "checkpoints", "메모.txt"}
    assert list(folder.checkpoints.iterdir()) == []


@pytest.mark.parametrize("fresh", [False, True])
def test_foreign_files_are_refused(fresh: bool, folder: RunFolder) -> None:
    (folder.path / "model.safetensors").write_text("내 모델", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"model\.safetensors"):
        folder.inspect(RECIPE, PRINTS, fresh=fresh)


def test_leftovers_of_a_kill_are_ours(folder: RunFolder) -> None:
    for name in (f".{RUN_FILE}.123.tmp", ".model.safetensors.7.tmp", LOCK_FILE):
        (folder.path / name).write_text("", encoding="utf-8")
    claim(folder)
    assert {p.name for p in folder.path.iterdir()} == {RUN_FILE, "checkpoints", LOCK_FILE}


@pytest.mark.parametrize("name", [".메모.1.tmp", ".run.json.tmp", "run.json.1.tmp", ".run.json.x.tmp"])
def test_other_temporary_files_are_not(name: str, folder: RunFolder) -> None:
    (folder.path / name).write_text("", encoding="utf-8")
    with pytest.raises(ConfigError):
        folder.inspect(RECIPE, PRINTS, fresh=False)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"recipe": 1}', "null"])
def test_damaged_run_file(content: str, folder: RunFolder) -> None:
    (folder.path / RUN_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ArtifactError, match="--fresh"):
        folder.inspect(RECIPE, PRINTS, fresh=False)
    assert claim(folder, fresh=True) == []


def test_file_instead_of_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="file"):
        open_run_folder(tmp_path / "x")
    assert open_run_folder(Path("~/무엇")).path == Path.home() / "무엇"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b: 1 → 2"),
        ({"a": 1}, {}, "a: 1 → None"),
        ({"a": [1]}, {"a": [1, 2]}, "a: [1] → [1, 2]"),
    ],
)
def test_first_difference(old: Any, new: Any, found: str | None) -> None:
    assert first_difference(old, new) == found
