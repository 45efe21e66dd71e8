"""The generator of steps: what it reports, that it stops at NaN, and that it goes on where it was."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import BF16, FP32, Training, demo_model, same_weights

from malmoi.errors import NonFiniteLoss
from malmoi.messages import set_language
from malmoi.tasks.classification import Classification
from malmoi.training.loop import Plan
from malmoi.training.recipe import OptimRecipe, TrainRecipe


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def training(folder: Path, train: TrainRecipe, dtype: torch.dtype = FP32, **optim: Any) -> Training:
    task, model = demo_model(Classification, folder)
    return Training(task, model, Classification.demo(), train, OptimRecipe(**({"lr": 1e-3} | optim)), dtype)


def test_reports(tiny_model: Path) -> None:
    run = training(tiny_model, TrainRecipe(epochs=2.5, batch_size=4))
    reports = list(run.steps())
    assert [r.step for r in reports] == [1, 2, 3, 4, 5]
    assert [r.epoch for r in reports] == [0, 0, 1, 1, 2]
    assert sum(r.examples for r in reports[:2]) == 6
    assert all(r.num_steps == 5 and r.tokens >= 4 and r.seconds > 0 and r.grad_norm > 0 for r in reports)
    assert reports[0].loss == pytest.approx(math.log(3), abs=0.2)  # three classes, an untrained head


def test_loss_is_the_mean_over_the_update(tiny_model: Path) -> None:
    """With a learning rate of nothing the mean over an epoch is the loss of all examples at once."""
    cut = training(tiny_model, TrainRecipe(epochs=1, batch_size=4, max_tokens=10), lr=1e-30)
    whole = training(tiny_model, TrainRecipe(epochs=1, batch_size=6), lr=1e-30)
    parts = list(cut.steps())
    mean = sum(r.loss * r.examples for r in parts) / 6
    assert mean == pytest.approx(next(whole.steps()).loss, rel=1e-5)


def finite(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.nan_to_num(7.0, 8.0, 9.0) for name, tensor in tensors.items()}


@pytest.mark.parametrize("dtype", [FP32, BF16], ids=["fp32", "bf16"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_not_a_number_stops_before_the_weights_change(value: float, dtype: torch.dtype, tiny_model: Path) -> None:
    run = training(tiny_model, TrainRecipe(epochs=4, batch_size=2), dtype)
    steps = run.steps()
    for _ in range(3):
        next(steps)
    rows = np.concatenate(next(run.plan.from_step(3))[2])
    with torch.no_grad():
        position = run.model.backbone.embeddings.position_embeddings.weight
        position[0, 0] = value
    before, state = run.weights(), {name: t.clone() for name, t in run.optimizer.state().items()}
    with pytest.raises(NonFiniteLoss) as caught:
        next(steps)
    assert caught.value.exit_code == 3
    assert "step 4 " in str(caught.value)
    assert ", ".join(str(row) for row in rows) in str(caught.value)
    assert same_weights(finite(before), finite(run.weights()))
    assert same_weights(finite(state), finite(run.optimizer.state()))
    assert run.optimizer.num_steps == 3
    assert all(not bool(p.grad.any()) for p in run.model.parameters() if p.grad is not None)


def test_gradient_that_is_not_finite_stops_too(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = training(tiny_model, TrainRecipe(epochs=1, batch_size=6))
    head = run.model.heads["classification"]
    loss = type(head).loss

    def steep(self: Any, logits: Any, batch: Any) -> Any:
        total, count = loss(self, logits, batch)
        logits["logits"].register_hook(lambda gradient: gradient * math.inf)
        return total, count

    monkeypatch.setattr(type(head), "loss", steep)
    before = run.weights()
    with pytest.raises(NonFiniteLoss, match="gradient norm=(nan|inf)"):
        next(run.steps())
    assert same_weights(before, run.weights())


@settings(max_examples=60, deadline=None)
@given(
    num=st.integers(1, 40), batch=st.integers(1, 9), epochs=st.floats(0.1, 4), seed=st.integers(0, 9), data=st.data()
)
def test_plan_goes_on_from_any_step(num: int, batch: int, epochs: float, seed: int, data: st.DataObject) -> None:
    lengths = np.random.default_rng(seed).integers(3, 60, num)
    plan = Plan(lengths, TrainRecipe(epochs=epochs, batch_size=batch, max_tokens=90, seed=seed))
    whole = list(plan.from_step(0))
    assert [step for step, _, _ in whole] == list(range(plan.num_steps))
    start = data.draw(st.integers(0, plan.num_steps))
    rest = list(Plan(lengths.copy(), plan.recipe).from_step(start))
    assert len(rest) == plan.num_steps - start
    for (step, epoch, update), (step_, epoch_, update_) in zip(whole[start:], rest, strict=True):
        assert (step, epoch) == (step_, epoch_)
        assert all(np.array_equal(a, b) for a, b in zip(update, update_, strict=True))


def test_epochs_differ_and_seeds_differ() -> None:
    lengths = np.full(50, 7)
    plans = [Plan(lengths, TrainRecipe(batch_size=50, seed=seed)) for seed in (1, 2)]
    orders = [tuple(plan.epoch(number)[0][0]) for plan in plans for number in (0, 1)]
    assert len(set(orders)) == 4


def test_dropout_of_a_step_depends_on_the_seed_and_step_only(tiny_model: Path) -> None:
    def losses(disturb: bool, seed: int) -> list[float]:
        task, model = demo_model(Classification, tiny_model, layer_dropout=0.3)
        train = TrainRecipe(epochs=1, batch_size=2, seed=seed)
        run = Training(task, model, Classification.demo(), train, OptimRecipe())
        found = []
        for report in run.steps():
            found.append(report.loss)
            if disturb:
                torch.rand(17)
                model.eval()
        return found

    assert losses(False, 1) == losses(True, 1)
    assert losses(False, 1) != losses(False, 2)
