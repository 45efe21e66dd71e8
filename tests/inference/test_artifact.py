"""A run folder that is missing, unfinished, damaged or too new is refused with its cause."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from malmoi.errors import ArtifactError, ConfigError, ModelNotFound
from malmoi.inference.artifact import FILES, load_model, open_artifact, save_artifact
from malmoi.inference.predictor import load
from malmoi.io import MANIFEST, read_json, write_json, write_manifest
from malmoi.messages import set_language


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "실행"
    shutil.copytree(tiny_run, folder)
    return folder


def refusal(folder: object) -> str:
    with pytest.raises(ArtifactError) as caught:
        open_artifact(str(folder))
    assert caught.value.exit_code == 2
    return str(caught.value)


def change(folder: Path, name: str, **values: Any) -> None:
    """Change a JSON file and write the manifest anew, as another program might."""
    write_json(folder / name, read_json(folder / name) | values)
    write_manifest(folder, FILES)


def test_whole(run: Path) -> None:
    artifact = open_artifact(run)
    assert artifact.path == run and artifact.task.name == "classification"
    assert artifact.recipe["tasks"][0]["name"] == "classification" and "dev" in artifact.scores
    assert set(read_json(run / MANIFEST)) == set(FILES)


def test_other_files_beside_do_not_matter(run: Path) -> None:
    (run / "메모.txt").write_text("내 메모", encoding="utf-8")
    (run / "report.html").unlink()
    open_artifact(run)


def test_missing_folder(tmp_path: Path) -> None:
    assert "no folder" in refusal(tmp_path / "없음")


def test_a_file_is_told_from_a_folder_and_where_it_goes(tmp_path: Path) -> None:
    (tmp_path / "리뷰.csv").write_text("", encoding="utf-8")
    message = refusal(tmp_path / "리뷰.csv")
    assert "is a file" in message and f"--input {tmp_path / '리뷰.csv'}" in message and "--out" not in message


def test_unfinished(run: Path) -> None:
    (run / MANIFEST).unlink()
    assert "not a finished run" in refusal(run) and "resume" in refusal(run)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["truncated", "flipped", "missing"])
def test_damaged(how: str, name: str, run: Path) -> None:
    content = bytearray((run / name).read_bytes())
    if how == "missing":
        (run / name).unlink()
    elif how == "truncated":
        (run / name).write_bytes(content[:-1])
    else:
        content[len(content) // 2] ^= 1
        (run / name).write_bytes(content)
    assert f"{name} is {'missing' if how == 'missing' else 'damaged'}" in (said := refusal(run))
    assert "--fresh" in said


@pytest.mark.parametrize("content", ["", "{", "[]", '{"config.json": 1}', "{}"])
def test_damaged_manifest(content: str, run: Path) -> None:
    (run / MANIFEST).write_text(content, encoding="utf-8")
    assert "is damaged" in refusal(run)


def test_newer_format(run: Path) -> None:
    change(run, "task.json", format_version=2)
    message = refusal(run)
    assert "newer malmoi (format 2)" in message and "pip install -U malmoi" in message


def test_older_format_without_a_number(run: Path) -> None:
    stored = read_json(run / "task.json")
    del stored["format_version"]
    write_json(run / "task.json", stored)
    write_manifest(run, FILES)
    open_artifact(run)


def test_unknown_task_and_field(run: Path) -> None:
    change(run, "task.json", task="clasification")
    with pytest.raises(ConfigError, match="'classification'"):
        open_artifact(run)
    change(run, "task.json", task="classification", config={"labls": []})
    with pytest.raises(ConfigError, match="'labels'"):
        open_artifact(run)


def test_missing_weight(run: Path) -> None:
    weights = load_file(run / "model.safetensors")
    del weights["classifier.bias"]
    save_file(weights, run / "model.safetensors")
    write_manifest(run, FILES)
    with pytest.raises(ArtifactError, match=r"classifier\.bias is missing"):
        load(str(run))


def test_code_of_its_own_is_refused(run: Path) -> None:
    canary = run.parent / "canary"
    (run / "evil.py").write_text(f"open({str(canary)!r}, 'w')\nclass Config: ...\n", encoding="utf-8")
    change(run, "config.json", auto_map={"AutoConfig": "evil.Config"}, model_type="evil")
    with pytest.raises(ModelNotFound, match="auto_map"):
        load(str(run))
    assert not canary.exists()


def test_saving_again_is_unfinished_until_the_end(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = open_artifact(run)
    model = load_model(artifact)
    seen = []

    def fail(path: Path, text: str) -> None:
        seen.append((run / MANIFEST).exists())
        raise KeyboardInterrupt

    monkeypatch.setattr("malmoi.inference.artifact.write_text", fail)
    with pytest.raises(KeyboardInterrupt):
        save_artifact(run, model, artifact.task, {}, {}, "카드")
    assert seen == [False]
    assert "not a finished run" in refusal(run)
    monkeypatch.undo()
    save_artifact(run, model, artifact.task, artifact.recipe, artifact.scores, "카드")
    assert load(str(run))("좋아요").label == load(str(run))("좋아요").label


def test_files_are_readable_text(run: Path) -> None:
    assert "긍정" in (run / "task.json").read_text(encoding="utf-8")
    for name in FILES:
        if name.endswith(".json"):
            json.loads((run / name).read_text(encoding="utf-8"))
