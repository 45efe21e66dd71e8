"""Distances to a teacher and the loss of a student, against their formulas."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from tiny_models import demo_model, windows_of

from malmoi.errors import ConfigError
from malmoi.models.backbone import keep_layers, load_backbone
from malmoi.models.heads import ClassificationHead, MultiLabelHead, RegressionHead
from malmoi.models.student import LABELLED, TEACHER, StudentModel
from malmoi.models.task_model import batch_to_tensors
from malmoi.tasks import Classification


def head(kind: type, model: Path, *sizes: int):
    return kind(load_backbone(str(model)).backbone.config, *sizes)


def test_classes_by_divergence_of_softened_probabilities(tiny_model: Path) -> None:
    own, teacher = torch.tensor([[1.0, -1.0, 0.0]]), torch.tensor([[2.0, 0.0, -2.0]])
    found = head(ClassificationHead, tiny_model, 3).imitation(own, teacher, 2.0)
    p = [math.exp(x / 2) for x in (2, 0, -2)]
    q = [math.exp(x / 2) for x in (1, -1, 0)]
    expected = 4 * sum(a / sum(p) * math.log((a / sum(p)) / (b / sum(q))) for a, b in zip(p, q, strict=True))
    assert found.shape == (1, 1) and found.item() == pytest.approx(expected, rel=1e-5)
    assert head(ClassificationHead, tiny_model, 3).imitation(teacher, teacher, 3.0).abs().max() < 1e-6


def test_each_of_several_labels_by_itself(tiny_model: Path) -> None:
    own, teacher = torch.tensor([[0.5, -1.0]]), torch.tensor([[2.0, -1.0]])
    found = head(MultiLabelHead, tiny_model, 2).imitation(own, teacher, 1.0)
    p, q = 1 / (1 + math.exp(-2.0)), 1 / (1 + math.exp(-0.5))
    assert found.shape == (1, 2) and found[0, 1].abs() < 1e-6
    assert found[0, 0].item() == pytest.approx(p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q)), rel=1e-5)


def test_scores_by_squared_distance(tiny_model: Path) -> None:
    found = head(RegressionHead, tiny_model).imitation(torch.tensor([[1.0], [3.0]]), torch.tensor([[1.5], [3.0]]), 7.0)
    assert found.tolist() == [[0.25], [0.0]]


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_a_label_counts_beside_the_teacher_and_only_where_there_is_one(weight: float, tiny_model: Path) -> None:
    task, plain = demo_model(Classification, tiny_model)
    student = StudentModel(plain.backbone, dict(plain.heads.items()), 2.0, weight).eval()  # type: ignore[arg-type]
    batch = batch_to_tensors(task.collate(windows_of(task, Classification.demo())[:4], None), torch.device("cpu"))  # type: ignore[arg-type]
    known = torch.tensor([True, True, False, True])
    torch.manual_seed(3)
    teacher = torch.randn(4, len(task.label_names))
    with torch.no_grad():
        outputs = student("classification", batch)
        total, terms = student.loss("classification", batch | {TEACHER: teacher, LABELLED: known})
        reader: ClassificationHead = student.heads["classification"]  # type: ignore[assignment]
        apart = reader.imitation(outputs["logits"], teacher, 2.0)[:, 0]
        gold, _ = reader.loss({"logits": outputs["logits"][known]}, {"label_ids": batch["label_ids"][known]})
    expected = weight * apart[known].sum() + apart[~known].sum() + (1 - weight) * gold
    assert terms == 4 and total.item() == pytest.approx(expected.item(), rel=1e-5)


def test_layers_are_kept_evenly_up_to_the_last(tiny_model: Path) -> None:
    whole = load_backbone(str(tiny_model)).backbone
    smaller = load_backbone(str(tiny_model)).backbone
    keep_layers(smaller, 1)
    assert smaller.config.num_hidden_layers == len(smaller.encoder.layer) == 1
    last = whole.encoder.layer[1].attention.self.query.weight
    assert torch.equal(smaller.encoder.layer[0].attention.self.query.weight, last)
    with pytest.raises(ConfigError, match=r"model\.layers=3: .*2"):
        keep_layers(whole, 3)
