"""Exported models: every task, fp32 and int8, beside torch; alone and in batches; refused, damaged, opened without torch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import CPU, demo_model

from malmoi.errors import ArtifactError, ConfigError
from malmoi.inference.artifact import ONNX, ONNX_FILES, Artifact, open_artifact, save_artifact
from malmoi.inference.engines import OnnxEngine, run_model
from malmoi.inference.export import convert, finish
from malmoi.inference.predictor import Predictor, load
from malmoi.messages import set_language
from malmoi.models import exported
from malmoi.tasks import TASKS, Task
from malmoi.training.recipe import Recipe, recipe_to_dict

every_task = pytest.mark.parametrize("task_class", TASKS, ids=[task.name for task in TASKS])
QUICK = ("classification", "parsing")  # an export takes seconds
INT8 = [task if task.name in QUICK else pytest.param(task, marks=pytest.mark.slow) for task in TASKS]
TARGETS = {"label_ids", "targets", "tag_ids", "heads", "relations", "tags", "class_ids", "starts", "ends", "start_places"}  # fmt: skip


@pytest.fixture(scope="module")
def untrained(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`untrained(task_class)` is a random model of a task: the task, the model and its artifact."""
    folder = tmp_path_factory.mktemp("untrained")

    @cache
    def make(task_class: type[Task]) -> tuple[Task, Any, Artifact]:
        task, model = demo_model(task_class, tiny_model)
        save_artifact(folder / task.name, model.eval(), task, recipe_to_dict(Recipe()), {}, "# 모델 카드\n")
        return task, model, open_artifact(folder / task.name)

    return make


@pytest.fixture(scope="module")
def converted(untrained: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`converted(task_class, int8)` is the finished folder of an exported model."""
    folder = tmp_path_factory.mktemp("converted")

    @cache
    def make(task_class: type[Task], int8: bool) -> Path:
        path = folder / f"{task_class.name}-{int8}"
        artifact = untrained(task_class)[2]
        convert(artifact, path, int8=int8)
        finish(artifact, path, "## ONNX")
        return path

    return make


def real(outputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Outputs without the large negative numbers that stand for padding."""
    return {name: np.where(value < -1e3, 0, value) for name, value in outputs.items()}


@every_task
def test_fp32_is_torch(task_class: type[Task], untrained: Any, converted: Any) -> None:
    task, model, _ = untrained(task_class)
    engine = OnnxEngine(converted(task_class, False) / ONNX, threads=1)
    windows = task.encode([*task.demo(), *task.demo()[:2]])
    pairs = zip(engine.run(task, windows), run_model(model, task, windows, CPU), strict=True)
    for one, other in ((one, other) for found, expected in pairs for one, other in zip(found, expected, strict=True)):
        assert one.outputs.keys() == other.outputs.keys()
        for name, value in real(other.outputs).items():
            width = tuple(slice(0, min(a, b)) for a, b in zip(value.shape, one.outputs[name].shape, strict=True))
            assert np.allclose(real(one.outputs)[name][width], value[width], atol=1e-4), name


@every_task
def test_inputs_are_what_answering_needs(task_class: type[Task], converted: Any) -> None:
    engine = OnnxEngine(converted(task_class, False) / ONNX)
    assert {"input_ids", "attention_mask"} <= set(engine.inputs)
    assert not TARGETS & set(engine.inputs)


@pytest.mark.parametrize("task_class", INT8, ids=lambda task: task.name)
def test_int8_answers_the_same_alone_and_in_a_batch(task_class: type[Task], untrained: Any, converted: Any) -> None:
    task, model, _ = untrained(task_class)
    engine = OnnxEngine(converted(task_class, True) / ONNX, threads=1)
    windows = [own for own in task.encode([*task.demo(), *task.demo()]) if own]
    together = [own[0] for own in engine.run(task, windows)]
    plain = [own[0] for own in run_model(model, task, windows, CPU)]
    for own, answer, exact in zip(windows, together, plain, strict=True):
        ((alone, *_),) = engine.run(task, [own[:1]])
        for name, value in real(alone.outputs).items():
            width = tuple(slice(0, min(a, b)) for a, b in zip(value.shape, answer.outputs[name].shape, strict=True))
            assert np.allclose(real(answer.outputs)[name][width], value[width], atol=1e-4), name
            if not name.endswith("_ids"):
                off = np.abs(real(exact.outputs)[name][width] - value[width])
                assert off.mean() < 0.05 * max(1.0, np.abs(value).max()), name


def test_the_folder_is_an_artifact(converted: Any) -> None:
    from malmoi.tasks.classification import Classification

    folder = converted(Classification, True)
    assert {file.name for file in folder.iterdir()} == {*ONNX_FILES, "README.md", "manifest.json"}
    predictor = load(str(folder), threads=1)
    assert isinstance(predictor.engine, OnnxEngine) and "int8" in repr(predictor)
    assert predictor("이 영화 정말 재밌어요").label in predictor.task.label_names
    assert "# 모델 카드" in (folder / "README.md").read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="precision=bf16"):
        load(str(folder), precision="bf16")
    with pytest.raises(ConfigError, match="device=cuda"):
        load(str(folder), device="cuda")


def test_damaged_foreign_and_converted_twice(converted: Any, tfidf_run: Path, tmp_path: Path) -> None:
    from malmoi.tasks.classification import Classification

    set_language("en")
    folder = Path(shutil.copytree(converted(Classification, True), tmp_path / "copy"))
    with pytest.raises(ArtifactError, match="exported model already"):
        convert(open_artifact(folder), tmp_path / "again")
    with pytest.raises(ArtifactError, match="nothing to export"):
        convert(open_artifact(tfidf_run), tmp_path / "tfidf")
    (folder / ONNX).write_bytes((folder / ONNX).read_bytes()[:-1])
    with pytest.raises(ArtifactError, match="model.onnx is damaged"):
        load(str(folder))
    with pytest.raises(ArtifactError, match="cannot open"):
        OnnxEngine(folder / ONNX)


def test_a_head_that_cannot_be_exported_is_named(
    untrained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from malmoi.tasks.classification import Classification

    def choosing(self: Any, *values: Any) -> Any:
        return values[0] if int(values[0].sum()) % 2 else values[1]  # a way that depends on the numbers

    set_language("en")
    monkeypatch.setattr(exported.Graph, "forward", choosing)
    with pytest.raises(ArtifactError, match=r"\(classification\): this model cannot be exported"):
        convert(untrained(Classification)[2], tmp_path / "out")


WITHOUT_TORCH = """
import sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "safetensors", "onnx", "onnxscript", "sklearn"):
            raise ImportError(f"{name} is not to be imported")

sys.meta_path.insert(0, Wall())
import malmoi
for run in sys.argv[1:]:
    predictor = malmoi.load(run, threads=1)
    predictor(predictor.task.sample)
from malmoi.cli import main
assert main(["predict", sys.argv[1], "배송이 빠르고 좋아요"]) == 0
"""


def test_every_exported_task_answers_without_torch(converted: Any) -> None:
    folders = [str(converted(task, task.name in QUICK)) for task in TASKS]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_TORCH, *folders],
        capture_output=True, text=True, env=os.environ | {"MALMOI_LANG": "ko"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_long_and_strange_texts(converted: Any, untrained: Any) -> None:
    from malmoi.tasks.classification import Classification

    predictor: Predictor = load(str(converted(Classification, False)), threads=1)
    longest = predictor.task.config.max_length
    for text in ("", "가" * 2000, "\x00재밌\ud83d어요", "좋아요 " * longest):
        assert sum(predictor(text).scores.values()) == pytest.approx(1, abs=1e-4)
