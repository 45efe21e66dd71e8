"""Engines: a tf-idf artifact is whole, damaged or foreign as any other, and answers without torch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from malmoi.data.examples import TextExample
from malmoi.errors import ArtifactError, ModelNotFound
from malmoi.inference import engines
from malmoi.inference.artifact import TFIDF_FILES, WEIGHTS, open_artifact
from malmoi.inference.engines import TfidfEngine, TorchEngine, with_logits
from malmoi.inference.predictor import Predictor, load
from malmoi.io import read_json, write_json, write_manifest
from malmoi.messages import set_language
from malmoi.models.backbone import load_backbone


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture
def run(tfidf_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tfidf_run, tmp_path / "run"))


@pytest.fixture(scope="module")
def predictor(tfidf_run: Path) -> Predictor:
    return load(str(tfidf_run))


def test_the_artifact_chooses_the_engine(predictor: Predictor, tiny_run: Path) -> None:
    assert isinstance(predictor.engine, TfidfEngine) and "tf-idf" in repr(predictor)
    assert isinstance(load(str(tiny_run), threads=1).engine, TorchEngine)


def test_order_batches_and_progress(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"배송이 {'정말 ' * (i % 5)}빠르고 좋아요 {i}" for i in range(20)]
    whole = predictor(texts)
    monkeypatch.setattr(engines, "TFIDF_ROWS", 3)
    seen: list[int] = []
    assert list(predictor.stream(texts, seen.append)) == whole
    assert seen == [3] * 6 + [2] and [answer.text for answer in whole] == texts
    assert predictor([]) == []


def test_rows_go_to_their_windows(predictor: Predictor) -> None:
    features = [own[0] for own in predictor.task.encode([TextExample(text) for text in ("가", "나", "다")])]
    windows = with_logits([[features[0]], [], [features[1], features[2]]], np.arange(6).reshape(3, 2))
    assert [[window.outputs["logits"].tolist() for window in own] for own in windows] == [
        [[0, 1]],
        [],
        [[2, 3], [4, 5]],
    ]


@pytest.mark.parametrize("name", TFIDF_FILES)
@pytest.mark.parametrize("how", ["truncated", "missing"])
def test_damaged(how: str, name: str, run: Path) -> None:
    content = (run / name).read_bytes()
    (run / name).unlink()
    if how == "truncated":
        (run / name).write_bytes(content[:-1])
    with pytest.raises(ArtifactError, match=rf"{name} is {'missing' if how == 'missing' else 'damaged'}"):
        open_artifact(run)


def test_arrays_that_do_not_fit(run: Path) -> None:
    weights = load_file(run / WEIGHTS)
    for broken in (
        weights | {"idf": weights["idf"][:-1]},
        {"idf": weights["idf"]},
        weights | {"extra": weights["idf"]},
    ):
        save_file(broken, run / WEIGHTS)
        write_manifest(run, TFIDF_FILES)
        with pytest.raises(ArtifactError, match="do not fit"):
            load(str(run))
    save_file(weights, run / WEIGHTS)
    write_json(run / "config.json", read_json(run / "config.json") | {"starts": []})
    write_manifest(run, TFIDF_FILES)
    with pytest.raises(ArtifactError, match="do not fit"):
        load(str(run))


def test_it_is_no_backbone(tfidf_run: Path) -> None:
    with pytest.raises(ModelNotFound, match="unknown kind of model"):
        load_backbone(str(tfidf_run))


WITHOUT_TORCH = """
import sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "sklearn"):
            raise ImportError(f"{name} is not to be imported")

sys.meta_path.insert(0, Wall())
import malmoi
run, reviews = sys.argv[1:]
predictor = malmoi.load(run)
print(predictor("음식이 맛있고 직원도 친절합니다").label)
assert malmoi.evaluate(predictor, reviews).scores["accuracy"].value == 1.0
from malmoi.cli import main
assert main(["predict", run, "한 번 쓰고 고장 났습니다"]) == 0
"""


def test_answers_and_scores_without_torch(tfidf_run: Path, reviews_file: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", WITHOUT_TORCH, str(tfidf_run), str(reviews_file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("긍정\n") and "부정" in done.stdout
