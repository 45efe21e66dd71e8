"""Fresh heads start from what the backbone makes of training texts: features of mean 0 and variance 1."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import demo_model

from malmoi.models.heads import PooledHead
from malmoi.models.task_model import batch_to_tensors
from malmoi.tasks import TASKS, Task
from malmoi.tasks.classification import Classification
from malmoi.training import start
from malmoi.training.start import sample, start_head

CPU = torch.device("cpu")


def a_part(task_class: type[Task], folder: Path, spread: float = 100.0) -> Any:
    """A part of a run whose backbone puts all texts close together, as e5 does; 100 times nearer with a `spread` of 1."""
    task, model = demo_model(task_class, folder)
    with torch.no_grad():
        norm = model.backbone.encoder.layer[-1].output.LayerNorm  # type: ignore[union-attr,index]
        norm.weight.mul_(spread)
        norm.bias.add_(1.0)
    features = [window for own in task.encode(task_class.demo()) for window in own]
    return SimpleNamespace(task=task, model=model, lane=SimpleNamespace(features=features))


def head_features(part: Any) -> torch.Tensor:
    """What the dense layer makes of the windows, `[n, hidden]`, and of each one by itself."""
    head, rows = part.model.heads[part.task.name], []
    kept: list[torch.Tensor] = []
    hook = head.dense.register_forward_hook(lambda module, args, output: kept.append(output))
    with torch.no_grad():
        for feature in part.lane.features:
            part.model.eval()(
                part.task.name, batch_to_tensors(part.task.collate([feature], np.random.default_rng(0)), CPU)
            )
            rows.append(kept.pop())
    hook.remove()
    return torch.cat(rows)


POOLED = [task for task in TASKS if task.name in ("classification", "multi-label", "regression", "relations")]


@pytest.mark.parametrize("task_class", POOLED, ids=lambda task: task.name)
def test_features_are_standardised(task_class: type[Task], tiny_model: Path) -> None:
    part = a_part(task_class, tiny_model)
    assert not 0.2 < head_features(part).std(0).mean() < 5, "the start to be corrected"
    start_head(part, CPU)
    after = head_features(part)
    assert after.mean(0).abs().max() < 1e-2
    assert after.std(0).mean() == pytest.approx(1, abs=0.15)


def test_texts_that_are_not_told_apart_stay_together(tiny_model: Path) -> None:
    part = a_part(Classification, tiny_model, spread=1.0)
    head = part.model.heads["classification"]
    before, small = head_features(part).std(0).mean().item(), head.dense.weight.std().item()
    start_head(part, CPU)
    assert head.dense.weight.std().item() == pytest.approx(50 * small, rel=1e-4)
    assert head_features(part).std(0).mean().item() == pytest.approx(50 * before, rel=1e-2)


def test_the_start_is_the_same_every_time(tiny_model: Path) -> None:
    one, two = a_part(Classification, tiny_model), a_part(Classification, tiny_model)
    for part in (one, two):
        start_head(part, CPU)
    assert torch.equal(head_features(one), head_features(two))


def test_heads_that_do_not_pool_are_left_alone(tiny_model: Path) -> None:
    for task_class in TASKS:
        part = a_part(task_class, tiny_model)
        if isinstance(part.model.heads[part.task.name], PooledHead):
            assert task_class in POOLED
            continue
        before = {name: value.clone() for name, value in part.model.state_dict().items()}
        start_head(part, CPU)
        assert all(torch.equal(value, before[name]) for name, value in part.model.state_dict().items())


def test_a_single_text_has_no_variance(tiny_model: Path) -> None:
    part = a_part(Classification, tiny_model)
    part.lane.features = part.lane.features[:1]
    before = part.model.heads["classification"].dense.weight.clone()
    start_head(part, CPU)
    assert torch.equal(part.model.heads["classification"].dense.weight, before)


def test_the_sample_is_bounded(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = a_part(Classification, tiny_model).lane.features * 200
    monkeypatch.setattr(start, "MAX_TOKENS", 100)
    found = sample(features)
    assert 100 <= sum(map(len, found)) < 100 + max(map(len, features))
    assert [len(feature) for feature in found] == sorted(map(len, found))
    monkeypatch.setattr(start, "MAX_TOKENS", 10**9)
    assert len(sample(features)) == start.MAX_TEXTS
