"""Models are packed to come along: half as large, complete, without the places of whoever trained them, and answer the same."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

import malmoi
from malmoi import shipped
from malmoi.inference.artifact import FILES, ONNX_FILES, open_artifact
from malmoi.inference.export import convert, finish
from malmoi.io import MANIFEST, write_manifest
from malmoi.models.backbone import load_backbone

FILE = Path(__file__).parent.parent / "tools" / "ship.py"
SPEC = importlib.util.spec_from_file_location("ship", FILE)
assert SPEC is not None and SPEC.loader is not None
tool: Any = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tool)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "shipped"


def test_a_run(tiny_run: Path, reviews_file: Path, run_cli: Callable[..., Any]) -> None:
    path = tool.ship(tiny_run, "기분", "욕설이 있는 댓글에서 배웠습니다.")
    assert {file.name for file in path.iterdir()} == {*FILES, "run.json", "README.md", MANIFEST}
    assert {str(value.dtype) for value in load_file(path / "model.safetensors").values()} == {"torch.float16"}
    assert (path / "model.safetensors").stat().st_size < 0.6 * (tiny_run / "model.safetensors").stat().st_size
    for text in ("재밌어요", "돈이 아까워요"):
        half, full = (malmoi.load(name, precision="fp32", threads=1)(text) for name in ("기분", str(tiny_run)))
        assert half.label == full.label and half.score == pytest.approx(full.score, abs=2e-3)
    told = run_cli("evaluate", "기분", "--data", reviews_file)
    assert told.code == 0 and "12개(100.0%)가 학습에" in told.out


def test_the_card_and_the_recipe_name_no_places(tiny_run: Path, tmp_path: Path) -> None:
    path = tool.ship(tiny_run, "기분", "욕설이 있는 댓글에서 배웠습니다.")
    card = (path / "README.md").read_text(encoding="utf-8")
    fingerprint = json.loads((tiny_run / "run.json").read_text())["fingerprints"]["train"]
    for part in (
        'malmoi.load("기분")',
        "욕설이 있는 댓글",
        f"| train sha256 | {fingerprint} |",
        '"lr": 0.005',
        "## dev",
    ):
        assert part in card, part
    assert json.loads((path / "recipe.json").read_text())["model"]["name"] == "tiny-bert"
    assert_no_places(path, tmp_path)


def assert_no_places(folder: Path, tmp_path: Path) -> None:
    for file in (*folder.glob("*.json"), folder / "README.md"):
        assert str(tmp_path.parents[1]) not in file.read_text(encoding="utf-8"), file.name


@pytest.mark.parametrize("family", ["bert", "roberta", "gpt"])
def test_a_language_model(
    family: str, pretrained: Callable[[str], Path], tmp_path: Path, run_cli: Callable[..., Any]
) -> None:
    path = tool.ship(pretrained(family), "malmoi-mini")
    assert_no_places(path, tmp_path)
    assert "| 이야기.txt sha256 | " in (path / "README.md").read_text(encoding="utf-8")
    use = ("generate", "malmoi-mini", "나는", "--max-new-tokens", "3") if family == "gpt" else ("fill-mask", "malmoi-mini", "나는 [MASK] 읽었다.")  # fmt: skip
    assert run_cli(*use).code == 0
    assert load_backbone("malmoi-mini").backbone.dtype.itemsize == 4
    assert f"malmoi {use[0]} malmoi-mini" in (path / "README.md").read_text(encoding="utf-8")
    if family == "bert":
        assert run_cli("next-sentence", "malmoi-mini", "나는 영화를 봤다.", "집에 돌아왔다.").code == 0
        assert run_cli("tokenizer", "show", "malmoi-mini", "나는 봤다").code == 0


WITHOUT_TORCH = """
import sys
from pathlib import Path

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "safetensors", "onnx", "onnxscript", "sklearn"):
            raise ImportError(f"{name} is not to be imported")

sys.meta_path.insert(0, Wall())
from malmoi import shipped
shipped.FOLDER = Path(sys.argv[1])
from malmoi.cli import main
sys.exit(main(["predict", "sentiment", "배송이 빠르고 좋아요"]))
"""


def test_an_exported_run_answers_by_name_without_torch(
    tiny_run: Path, tmp_path: Path, folder: Path, run_cli: Callable[..., Any]
) -> None:
    artifact = open_artifact(tiny_run)
    convert(artifact, tmp_path / "int8", int8=True)
    finish(artifact, tmp_path / "int8", "## ONNX (int8)")
    path = tool.ship(tmp_path / "int8", "sentiment")
    assert {file.name for file in path.iterdir()} == {*ONNX_FILES, "run.json", "README.md", MANIFEST}
    assert (path / "model.onnx").read_bytes() == (tmp_path / "int8" / "model.onnx").read_bytes()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_TORCH, str(folder)],
        capture_output=True, text=True, env=os.environ | {"MALMOI_LANG": "ko"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "가능성이" in done.stdout, done.stderr
    told = run_cli("models", "info", "sentiment")
    assert told.code == 0 and str(path) in told.out


def test_what_is_not_shipped(tiny_run: Path, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(run: Path, why: str, name: str = "기분") -> None:
        with pytest.raises(SystemExit, match=why):
            tool.ship(run, name)
        assert not folder.exists()

    refused(tiny_run, "small letters", "../밖")
    refused(tmp_path, "manifest.json is missing or damaged")
    with monkeypatch.context() as patch:
        patch.setattr(tool, "MOST_BYTES", 1000)
        refused(tiny_run, "MB of weights, more than 0.001")
    with monkeypatch.context() as patch:
        patch.setattr(tool, "SENTENCES", ("재밌어요",))
        patch.setattr(tool, "halved", lambda weights: {name: 0 * value for name, value in weights.items()})
        refused(tiny_run, "does not answer as")
    large = tmp_path / "large"
    large.mkdir()
    for file in tiny_run.iterdir():
        if file.is_file():
            (large / file.name).write_bytes(file.read_bytes())
    weights = load_file(large / "model.safetensors")
    weights["classifier.bias"] += 1e5
    save_file(weights, large / "model.safetensors", metadata={"format": "pt"})
    write_manifest(large, FILES)
    refused(large, r"classifier\.bias has a value of 100000")
