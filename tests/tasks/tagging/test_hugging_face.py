"""Tagging of pieces is Hugging Face's token classification: the same class, tags and logits in a process without malmoi."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from tiny_models import CPU, demo_model, save_backbone

from malmoi.data.examples import SpanExample
from malmoi.inference.artifact import save_artifact
from malmoi.inference.engines import run_model
from malmoi.io import read_json
from malmoi.tasks.tagging import Tagging

KINDS = {"bert": "Bert", "roberta": "Roberta", "xlm-roberta": "XLMRoberta", "electra": "Electra"}
TEXTS = ["손흥민은 런던에 산다", "네", "어제 서울에서 <s> [CLS] 비가 왔다"]
READER = """
import json, sys, torch
from transformers import AutoModelForTokenClassification, AutoTokenizer
found = {}
for folder in sys.argv[2:]:
    model, info = AutoModelForTokenClassification.from_pretrained(folder, output_loading_info=True)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        logits = [model.eval()(**tokenizer(text, return_tensors="pt")).logits[0].tolist() for text in json.loads(sys.argv[1])]
    found[folder] = {
        "class": type(model).__name__, "labels": model.config.id2label, "logits": logits,
        "missing": sorted(info["missing_keys"]), "unexpected": sorted(info["unexpected_keys"]),
    }
print(json.dumps(found))
"""


def test_pieces_open_in_a_fresh_process(tiny_model: Path, tmp_path: Path) -> None:
    expected: dict[Path, list[np.ndarray]] = {}
    for kind in KINDS:
        task, model = demo_model(Tagging, save_backbone(kind, tmp_path / f"{kind}-base", tiny_model), level="token")
        torch.nn.init.normal_(model.heads["tagging"].output.weight)  # type: ignore[union-attr,arg-type]
        folder = tmp_path / kind
        save_artifact(folder, model.eval(), task, {}, {}, "# 카드\n")
        windows = run_model(model, task, task.encode([SpanExample(text) for text in TEXTS]), CPU)
        expected[folder] = [row[0].outputs["logits"][: len(row[0].features)] for row in windows]
    command = [sys.executable, "-c", READER, json.dumps(TEXTS), *map(str, expected)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    for folder, logits in expected.items():
        answer = found[str(folder)]
        assert answer["class"] == f"{KINDS[folder.name]}ForTokenClassification"
        assert answer["missing"] == answer["unexpected"] == []
        assert list(answer["labels"].values()) == ["O", "B-DT", "I-DT", "B-LC", "I-LC", "B-PS", "I-PS"]
        for own, theirs in zip(logits, answer["logits"], strict=True):
            assert np.abs(np.array(theirs) - own).max() < 1e-5


def test_characters_have_a_head_of_their_own(tiny_model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    task, model = demo_model(Tagging, tiny_model)
    save_artifact(tmp_path, model, task, {}, {}, "# 카드\n")
    assert read_json(tmp_path / "config.json")["architectures"] == ["BertModel"]
    names = {name for name in load_file(tmp_path / "model.safetensors") if not name.startswith("bert.")}
    assert names and all(name.startswith("malmoi_head.") for name in names)
