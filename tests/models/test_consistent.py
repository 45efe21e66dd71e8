"""R-Drop against its formula, and what it does not go with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_models import demo_model, windows_of

from malmoi.models.consistent import ConsistentModel
from malmoi.models.task_model import TaskModel, batch_to_tensors
from malmoi.tasks import Classification, MultiLabel, Regression, Task

CPU = torch.device("cpu")


def a_batch(task_class: type[Task], folder: Path) -> tuple[TaskModel, dict[str, torch.Tensor]]:
    task, model = demo_model(task_class, folder)
    windows = windows_of(task, task_class.demo())[:4]
    return model, batch_to_tensors(task.collate(windows, None), CPU)  # type: ignore[arg-type]


@pytest.mark.parametrize("task_class", [Classification, MultiLabel, Regression], ids=lambda task: task.name)
def test_without_dropout_it_is_the_plain_loss(task_class: type[Task], tiny_model: Path) -> None:
    plain, batch = a_batch(task_class, tiny_model)
    model = ConsistentModel(plain.backbone, dict(plain.heads.items()), 5.0).eval()  # type: ignore[arg-type]
    for own, other in zip(model.loss(task_class.name, batch), plain.eval().loss(task_class.name, batch), strict=True):
        assert own.item() == pytest.approx(other.item(), rel=1e-5)


def test_two_answers_are_drawn_together(tiny_model: Path) -> None:
    """The loss is the mean cross entropy of both passes and, `weight` times, the mean of both divergences."""
    plain, batch = a_batch(Classification, tiny_model)
    model = ConsistentModel(plain.backbone, dict(plain.heads.items()), 2.0)  # type: ignore[arg-type]
    logits = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.1, 0.0], [1.0, 1.0, 1.0], [0.0, 3.0, 0.0]])
    other = logits.flip(1)
    model.forward = lambda head, tensors: {"logits": torch.cat([logits, other])}  # type: ignore[method-assign]
    total, count = model.loss("classification", batch)
    gold = batch["label_ids"]
    one, two = logits.log_softmax(-1), other.log_softmax(-1)
    entropy = -(one[range(4), gold] + two[range(4), gold]).sum() / 2
    apart = ((one.exp() * (one - two)).sum() + (two.exp() * (two - one)).sum()) / 2
    assert count == 4 and total.item() == pytest.approx((entropy + 2 * apart).item(), rel=1e-5)


def test_under_dropout_the_passes_differ_and_agreement_is_learned(tiny_model: Path) -> None:
    plain, batch = a_batch(Classification, tiny_model)
    model = ConsistentModel(plain.backbone, dict(plain.heads.items()), 1.0).train()  # type: ignore[arg-type]
    model.heads["classification"].dropout.p = 0.5
    with torch.no_grad():
        model.heads["classification"].dense.weight.mul_(50)
        model.heads["classification"].output.weight.mul_(50)

    def loss(weight: float) -> torch.Tensor:
        torch.manual_seed(0)
        model.weight = weight
        return model.loss("classification", batch)[0]

    apart = loss(1.0) - loss(0.0)
    assert apart > 0
    apart.backward()
    assert model.heads["classification"].output.weight.grad.abs().max() > 0
