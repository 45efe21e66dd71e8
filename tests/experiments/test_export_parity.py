"""Exports are compared with torch on the run's dev data before they are written."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import malmoi
from malmoi.errors import ArtifactError, ConfigError, DataError
from malmoi.experiments import export_parity
from malmoi.experiments.export_parity import _answer, _difference, compare, dev_of, export_run
from malmoi.inference.engines import OnnxEngine
from malmoi.inference.predictor import Predictor, load
from malmoi.io import read_json, write_json, write_manifest
from malmoi.messages import set_language


@pytest.fixture
def predictor(tiny_run: Path) -> Predictor:
    set_language("en")
    return load(str(tiny_run), precision="fp32", threads=1)


def test_command_writes_what_answers_the_same(tiny_run: Path, reviews_file: Path, run_cli: Any, tmp_path: Path) -> None:
    out = tmp_path / "내보낸 것"
    done = run_cli("export", tiny_run, "--int8", "--out", out, "--threads", 1, "--json", tmp_path / "parity.json")
    assert done.code == 0, done.err
    parity = read_json(tmp_path / "parity.json")
    assert parity["n"] == 12 and parity["weights"] == "int8" and parity["same"] == 1.0
    assert parity["torch_value"] == parity["onnx_value"]
    content = (out / "model.onnx").read_bytes()
    assert b".py" not in content and b"torch.export" not in content  # no stack traces, no paths of this machine
    assert "같은 답 100.0%" in done.out
    assert "ONNX (int8)" in (out / "README.md").read_text(encoding="utf-8")
    assert isinstance(load(str(out)).engine, OnnxEngine)
    with pytest.warns(UserWarning, match="12"):  # that these texts were trained on is still known
        assert malmoi.evaluate(str(out), str(reviews_file)).scores["accuracy"].value == parity["onnx_value"]
    again = run_cli("export", tiny_run, "--out", out)
    assert again.code == 2 and "--force" in again.err
    assert run_cli("export", out, "--out", tmp_path / "twice").code == 2
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_worse_is_refused_and_leaves_nothing(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worse(*arguments: Any) -> Any:
        parity = compare(*arguments)
        return replace(parity, onnx_value=parity.torch_value - 0.011)

    monkeypatch.setattr(export_parity, "compare", worse)
    with pytest.raises(ArtifactError, match="worse by more than 1 point"):
        export_run(predictor, dev_of(predictor), tmp_path / "out", threads=1)
    assert list(tmp_path.iterdir()) == []


def test_folders_in_use_are_left_alone(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("내 것", encoding="utf-8")
    for force in (False, True):
        with pytest.raises(ConfigError, match="something already"):
            export_run(predictor, dev_of(predictor), tmp_path, force=force)


def test_dev_data_in_memory_are_asked_for(tiny_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    recipe = read_json(run / "recipe.json")
    recipe["data"]["dev"] = "memory"
    write_json(run / "recipe.json", recipe)
    write_manifest(run, list(read_json(run / "manifest.json")))
    with pytest.raises(DataError, match="--data"):
        malmoi.export(run, out=tmp_path / "out")


def test_answers_and_differences() -> None:
    one = {"text": "좋아요", "label": "긍정", "score": 0.75, "scores": {"긍정": 0.75, "부정": 0.25}, "sentence": "…"}
    other = one | {"score": 0.5, "scores": {"부정": 0.5, "긍정": 0.5}}
    assert _answer(one) == _answer(other) == {"label": "긍정"}
    assert _difference(one, other) == 0.25
    assert _answer({"spans": [{"start": 1, "score": 0.1}]}) != _answer({"spans": [{"start": 2, "score": 0.1}]})
