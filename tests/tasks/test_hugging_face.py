"""What plain Hugging Face code sees of an artifact: the same logits, the right class, and what kind of problem it is."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import CPU, demo_model, save_backbone

from malmoi.data.examples import TextExample
from malmoi.inference.artifact import save_artifact
from malmoi.inference.engines import run_model
from malmoi.io import read_json
from malmoi.models.task_model import TaskModel
from malmoi.tasks import TASKS, Task

CLASSES = {
    "bert": "BertForSequenceClassification",
    "roberta": "RobertaForSequenceClassification",
    "xlm-roberta": "XLMRobertaForSequenceClassification",
    "electra": "ElectraForSequenceClassification",
}
PROBLEMS = {"classification": None, "multi-label": "multi_label_classification", "regression": "regression"}
LABELS = {
    "classification": {"0": "긍정", "1": "부정", "2": "중립"},
    "multi-label": {"0": "연기", "1": "음악", "2": "이야기"},
    "regression": {"0": "score"},
}
TEXTS = [
    "배송이 빠르고 좋아요",
    "돈이 아까운 영화, 지루해서 중간에 나왔다",
    "네",
    "또 오고 싶은 곳 <s> [CLS] \x00 ㅋㅋ 한글",
]
PAIRS = [("음식이 맛있고", "직원도 친절합니다"), ("너무 비싸요", "다시는 안 갑니다")]

READER = """
import json, sys, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
texts, pairs = json.loads(sys.argv[1])
found = {}
for folder in sys.argv[2:]:
    model, info = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    logits = []
    with torch.inference_mode():
        for row in [(text,) for text in texts] + pairs:
            logits.append(model.eval()(**tokenizer(*row, return_tensors="pt")).logits[0].tolist())
    found[folder] = {
        "class": type(model).__name__, "labels": model.config.id2label, "logits": logits,
        "problem": model.config.problem_type, "num_labels": model.config.num_labels,
        "missing": sorted(info["missing_keys"]), "unexpected": sorted(info["unexpected_keys"]),
    }
print(json.dumps(found))
"""


def shaken(task_class: type[Task], backbone: Path) -> tuple[Any, TaskModel]:
    """A task and its model, with a head whose outputs are as different as a trained one's, finished like a run."""
    task, model = demo_model(task_class, backbone)
    torch.manual_seed(5)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    return task.fold(model.heads[task.name]), model  # type: ignore[arg-type]


def logits_of(task: Any, model: TaskModel) -> np.ndarray:
    """The logits of the texts, then of the pairs."""
    found = []
    for pairs, examples in (
        (False, [TextExample(t) for t in TEXTS]),
        (True, [TextExample(a, pair=b) for a, b in PAIRS]),
    ):
        reader = type(task)(replace(task.config, pairs=pairs), task.tokenizer)
        found += [w[0].outputs["logits"] for w in run_model(model, reader, reader.encode(examples), CPU)]
    return np.stack(found)


def test_opens_in_a_fresh_process(tiny_model: Path, tmp_path: Path) -> None:
    expected: dict[Path, np.ndarray] = {}
    for kind in CLASSES:
        backbone = save_backbone(kind, tmp_path / f"{kind}-base", tiny_model)
        for task_class in TASKS:
            if task_class.name not in PROBLEMS:
                continue
            task, model = shaken(task_class, backbone)
            folder = tmp_path / kind / task.name
            save_artifact(folder, model, task, {}, {}, "# 카드\n")
            expected[folder] = logits_of(task, model)
            assert expected[folder].std(axis=0).min() > 1e-3, "the logits do not depend on the text"
    command = [sys.executable, "-c", READER, json.dumps([TEXTS, PAIRS]), *map(str, expected)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    for folder, logits in expected.items():
        answer = found[str(folder)]
        assert answer["class"] == CLASSES[folder.parent.name]
        assert answer["missing"] == answer["unexpected"] == [], folder
        assert answer["problem"] == PROBLEMS[folder.name]
        assert answer["labels"] == LABELS[folder.name] and answer["num_labels"] == len(LABELS[folder.name])
        assert np.abs(np.array(answer["logits"]) - logits).max() < 1e-5, folder


def test_regression_gives_plain_scores(tiny_model: Path) -> None:
    from malmoi.tasks.regression import Regression

    task, model = demo_model(Regression, tiny_model)
    before = task.config.mean + task.config.std * logits_of(task, model)
    assert (task.config.low, task.config.high) == (0.0, 5.0) and task.config.std > 1
    folded = task.fold(model.heads["regression"])  # type: ignore[arg-type]
    assert (folded.config.mean, folded.config.std) == (0.0, 1.0)
    assert np.abs(logits_of(folded, model) - before).max() < 1e-5


@pytest.mark.parametrize("task_class", [task for task in TASKS if task.name in PROBLEMS], ids=lambda task: task.name)
def test_mean_pooling_has_no_hugging_face_class(task_class: type[Task], tiny_model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    task, model = demo_model(task_class, tiny_model, pooling="mean")
    save_artifact(tmp_path, model, task, {}, {}, "# 카드\n")
    names = set(load_file(tmp_path / "model.safetensors"))
    expected = {f"malmoi_head.{part}.{kind}" for part in ("dense", "output") for kind in ("weight", "bias")}
    assert {name for name in names if not name.startswith("bert.")} == expected
    assert read_json(tmp_path / "config.json")["architectures"] == ["BertModel"]
