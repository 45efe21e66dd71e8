"""The flat AdamW does what `torch.optim.AdamW` does, and remembers everything."""

from __future__ import annotations

import math
import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import BF16, FP32, demo_model, same_weights, save_backbone
from torch import nn

from malmoi.errors import ConfigError
from malmoi.models.task_model import TaskModel
from malmoi.tasks.classification import Classification
from malmoi.training.groups import FlatGroup, MatrixGroup, ParameterGroup, RowGroup
from malmoi.training.optim import (
    FlatOptimizer,
    build_optimizer,
    parameter_groups,
    schedule,
)
from malmoi.training.recipe import OptimRecipe

RECIPE = OptimRecipe(lr=1e-2, head_lr=3.0, layer_decay=0.8, weight_decay=0.1, clip_norm=0.5)


@pytest.fixture
def model(tiny_model: Path) -> TaskModel:
    return demo_model(Classification, tiny_model)[1]


def draw_gradients(model: nn.Module, seed: int, size: float) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {name: size * torch.randn(p.shape, generator=generator) for name, p in model.named_parameters()}


def reference_optimizer(model: TaskModel, recipe: OptimRecipe) -> torch.optim.AdamW:
    """`torch.optim.AdamW` with groups worked out from the parameters' names."""

    def factor(name: str) -> float:
        if name.startswith("heads."):
            return recipe.head_lr
        layer = re.search(r"encoder\.layer\.(\d+)\.", name)
        return recipe.layer_decay ** (2 - int(layer[1]) if layer else 3)

    groups = [
        {
            "params": [p],
            "lr": recipe.lr * factor(name),
            "weight_decay": 0.0 if name.endswith("bias") or "LayerNorm" in name else recipe.weight_decay,
        }
        for name, p in model.named_parameters()
    ]
    return torch.optim.AdamW(groups, betas=(recipe.beta1, recipe.beta2), eps=recipe.eps)


@pytest.mark.parametrize("size", [1.0, 1e-4], ids=["clipped", "not clipped"])
def test_equals_adamw(size: float, model: TaskModel) -> None:
    plain = deepcopy(model)
    flat = build_optimizer(model, RECIPE, FP32, "all")
    reference = reference_optimizer(plain, RECIPE)
    for step in range(6):
        gradients = draw_gradients(plain, step, size)
        for name, p in plain.named_parameters():
            p.grad = gradients[name] / 4
        for name, p in model.named_parameters():
            assert p.grad is not None
            p.grad += gradients[name]  # the sum over four terms
        norm = flat.gradient_norm(1 / 4)
        expected = torch.nn.utils.clip_grad_norm_(plain.parameters(), RECIPE.clip_norm)
        assert norm == pytest.approx(float(expected), rel=1e-5)
        assert (norm > RECIPE.clip_norm) is (size == 1.0)
        flat.step(RECIPE.lr, 1 / 4, norm)
        reference.step()
    for (name, ours), theirs in zip(model.named_parameters(), plain.parameters(), strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-5, atol=1e-6), name
        assert not bool(ours.grad.any()), f"{name}: the gradient is not cleared"  # type: ignore[union-attr]


def test_every_trainable_parameter_is_in_exactly_one_group(model: TaskModel) -> None:
    grouped = [p for group in parameter_groups(model, RECIPE) for p in group.parameters]
    assert len(grouped) == len({id(p) for p in grouped})
    assert {id(p) for p in grouped} == {id(p) for p in model.parameters()}


@pytest.mark.parametrize("kind", ["electra", "roberta", "distilbert"])
def test_other_backbones_are_grouped_too(kind: str, tiny_model: Path, tmp_path: Path) -> None:
    changes = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64} if kind == "distilbert" else {}
    _, model = demo_model(Classification, save_backbone(kind, tmp_path / kind, tiny_model, **changes))
    optimizer = build_optimizer(model, RECIPE, FP32, "rows")
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    words = model.backbone.get_input_embeddings().weight
    for p in model.parameters():
        if p is not words:
            p.grad += 1
    optimizer.step(1e-2, 1.0, optimizer.gradient_norm())
    still = [name for name, p in model.named_parameters() if torch.equal(p, before[name])]
    assert still == ["backbone.embeddings.word_embeddings.weight"]


def test_frozen_parts_stay(model: TaskModel) -> None:
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = build_optimizer(model, RECIPE, FP32, "rows", frozen_layers=1)
    for group in optimizer.groups:
        group.grad.fill_(1.0)  # type: ignore[union-attr]
    optimizer.step(1e-2, 1.0, optimizer.gradient_norm())
    for name, p in model.named_parameters():
        frozen = "embeddings" in name or "layer.0." in name
        assert torch.equal(p, before[name]) is frozen, name
        assert p.requires_grad is not frozen


def test_bf16_working_copy_is_the_rounded_master(model: TaskModel) -> None:
    start = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = build_optimizer(model, RECIPE, BF16, "rows")
    for step in range(3):
        for group in optimizer.groups:
            if isinstance(group, FlatGroup):
                group.grad.normal_(generator=torch.Generator().manual_seed(step))
        rows = torch.tensor([[3, 7, 3]])
        model.backbone.get_input_embeddings()(rows).float().pow(2).sum().backward()
        optimizer.step(1e-3, 1.0, optimizer.gradient_norm())
    masters = optimizer.master_of(model)
    for name, p in model.named_parameters():
        assert p.dtype is BF16 and masters[name].dtype is FP32
        assert torch.equal(p, masters[name].to(BF16)), name
        assert (masters[name] != masters[name].to(BF16).float()).any(), f"{name}: the master is not fp32"
        moved = not torch.equal(masters[name], start[name])
        assert moved, name


def test_small_updates_survive_in_the_master() -> None:
    """A step of 1e-5 is lost in bf16 near 1; the master adds them up."""
    layer = nn.Linear(4, 4, bias=False)
    nn.init.ones_(layer.weight)
    recipe = OptimRecipe(clip_norm=0.0, weight_decay=0.0)
    optimizer = FlatOptimizer([FlatGroup(ParameterGroup((layer.weight,), 1.0, 0.0), BF16)], recipe)
    for _ in range(500):
        layer.weight.grad.fill_(1.0)  # type: ignore[union-attr]
        optimizer.step(1e-5, 1.0, optimizer.gradient_norm())
    assert float(optimizer.groups[0].master[0]) == pytest.approx(1 - 500e-5, abs=1e-4)
    assert float(layer.weight[0, 0].detach()) < 1.0


def test_row_group_equals_adam_on_rows_of_every_step() -> None:
    torch.manual_seed(0)
    lazy, dense = nn.Embedding(20, 6), nn.Embedding(20, 6)
    dense.load_state_dict(lazy.state_dict())
    start = lazy.weight.detach().clone()
    recipe = OptimRecipe(clip_norm=0.0)
    optimizer = FlatOptimizer([RowGroup(lazy, 1.0, FP32)], recipe)
    reference = torch.optim.Adam(dense.parameters(), lr=1e-2, eps=recipe.eps)
    target = torch.randn(7, 6)
    rows = torch.tensor([3, 5, 3, 9, 5, 3, 11])  # repeated rows are summed
    for _ in range(5):
        norms = []
        for table in (lazy, dense):
            for part in (slice(0, 4), slice(4, 7)):  # two micro-batches
                (table(rows[part]) - target[part]).pow(2).sum().backward()
            grad = table.weight.grad
            assert grad is not None
            norms.append(float(grad.to_dense().norm()) if grad.is_sparse else float(grad.norm()))
        norm = optimizer.gradient_norm()
        assert norm == pytest.approx(norms[1], rel=1e-5)
        optimizer.step(1e-2, 1.0, norm)
        reference.step()
        reference.zero_grad()
    used = sorted(set(rows.tolist()))
    assert torch.allclose(lazy.weight[used], dense.weight[used], atol=1e-6)
    others = [row for row in range(20) if row not in used]
    assert torch.equal(lazy.weight[others], start[others])
    assert (lazy.weight[used] - start[used]).abs().min() > 1e-4


def test_row_group_leaves_absent_rows_with_their_moments() -> None:
    table = nn.Embedding(4, 3)
    group = RowGroup(table, 1.0, FP32)
    optimizer = FlatOptimizer([group], OptimRecipe(clip_norm=0.0))
    table(torch.tensor([1])).sum().backward()
    optimizer.step(1e-2, 1.0, optimizer.gradient_norm())
    kept, row = group.moments["moment1"].clone(), table.weight[1].detach().clone()
    table(torch.tensor([2])).sum().backward()
    optimizer.step(1e-2, 1.0, optimizer.gradient_norm())
    assert torch.equal(group.moments["moment1"][1], kept[1]) and torch.equal(table.weight[1], row)


def test_step_without_rows_changes_nothing() -> None:
    table = nn.Embedding(4, 3)
    optimizer = FlatOptimizer([RowGroup(table, 1.0, FP32)], OptimRecipe())
    table(torch.tensor([1])).sum().backward()
    optimizer.gradient_norm()
    optimizer.clear()
    before = table.weight.detach().clone()
    norm = optimizer.gradient_norm()
    optimizer.step(1e-2, 1.0, norm)
    assert norm == 0.0 and torch.equal(table.weight, before)


MUON = replace(RECIPE, name="muon")


def test_muon_moves_the_matrices_of_the_body_and_adamw_the_rest(model: TaskModel) -> None:
    plain = deepcopy(model)
    flat = build_optimizer(model, MUON, FP32, "all")
    is_matrix = {name: p.ndim == 2 and "encoder.layer" in name for name, p in plain.named_parameters()}
    assert sum(is_matrix.values()) == 2 * 6, "query, key, value, output and the two of the inner layer"
    others = reference_optimizer(plain, RECIPE)
    named = list(plain.named_parameters())
    others.param_groups[:] = [g for g, (n, _) in zip(others.param_groups, named, strict=True) if not is_matrix[n]]
    theirs = [
        torch.optim.Muon([p], lr=RECIPE.lr * factor, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
        for depth, factor in ((0, 0.8**2), (1, 0.8))
        for name, p in named
        if is_matrix[name] and f"layer.{depth}." in name
    ]
    for step in range(4):
        gradients = draw_gradients(plain, step, 1.0)
        for (name, p), ours in zip(named, model.parameters(), strict=True):
            p.grad = gradients[name].clone()
            ours.grad += gradients[name]  # type: ignore[operator]
        norm = flat.gradient_norm()
        torch.nn.utils.clip_grad_norm_(plain.parameters(), RECIPE.clip_norm)
        flat.step(RECIPE.lr, 1.0, norm)
        for optimizer in (others, *theirs):
            optimizer.step()
    for (name, ours), other in zip(model.named_parameters(), plain.parameters(), strict=True):
        atol = 1e-3 if is_matrix[name] else 1e-6  # Muon makes its products in bf16
        assert torch.allclose(ours, other, rtol=1e-5, atol=atol), name


def test_muon_without_a_matrix_to_train_is_refused(model: TaskModel) -> None:
    with pytest.raises(ConfigError, match="frozen_layers"):
        build_optimizer(deepcopy(model), MUON, FP32, "rows", frozen_layers=2)
    optimizer = build_optimizer(model, MUON, FP32, "rows", frozen_layers=1)
    assert sum(isinstance(group, MatrixGroup) for group in optimizer.groups) == 1


@pytest.mark.parametrize("dtype", [FP32, BF16], ids=["fp32", "bf16"])
@pytest.mark.parametrize("decay", [0.9, 0.3])
def test_average_is_the_closed_formula(decay: float, dtype: torch.dtype) -> None:
    """a_n = Σ w_k (1 - f_k) Π_{j > k} f_j, with w_0 in the place of the first average."""
    layer = nn.Linear(5, 3, bias=False)
    group = FlatGroup(ParameterGroup((layer.weight,), 1.0, 0.0), dtype)
    optimizer = FlatOptimizer([group], OptimRecipe(clip_norm=0.0), ema=decay)
    masters = [group.master.clone()]
    for step in range(20):
        group.grad.normal_(generator=torch.Generator().manual_seed(step))
        optimizer.step(0.1, 1.0, optimizer.gradient_norm())
        masters.append(group.master.clone())
    factors = [0.0] + [min(decay, (1 + n) / (10 + n)) for n in range(1, 21)]
    shares = [(1 - factors[k]) * math.prod(factors[k + 1 :]) for k in range(21)]
    assert sum(shares) == pytest.approx(1.0)
    expected = sum(share * master for share, master in zip(shares, masters, strict=True))
    named = nn.ModuleDict({"layer": layer})
    with optimizer.averaged():
        assert torch.allclose(group.master, expected, atol=1e-5)  # type: ignore[arg-type]
        assert torch.equal(layer.weight.flatten(), group.master.to(dtype)), "the model does not see the average"
        assert torch.equal(optimizer.master_of(named)["layer.weight"].flatten(), group.master)
    assert torch.equal(group.master, masters[-1]) and torch.equal(layer.weight.flatten(), masters[-1].to(dtype))


def test_average_comes_back_when_judging_fails() -> None:
    table = nn.Embedding(4, 3)
    optimizer = FlatOptimizer([RowGroup(table, 1.0, FP32)], OptimRecipe(), ema=0.5)
    table(torch.tensor([1])).sum().backward()
    optimizer.step(1e-2, 1.0, optimizer.gradient_norm())
    before = table.weight.detach().clone()
    with pytest.raises(KeyError), optimizer.averaged():
        assert not torch.equal(table.weight, before)
        raise KeyError
    assert torch.equal(table.weight, before)


@pytest.mark.parametrize("recipe", [RECIPE, MUON], ids=["adamw", "muon"])
@pytest.mark.parametrize("dtype", [FP32, BF16], ids=["fp32", "bf16"])
def test_state_round_trip(dtype: torch.dtype, recipe: OptimRecipe, tiny_model: Path) -> None:
    def fresh(seed: int) -> tuple[TaskModel, FlatOptimizer]:
        model = demo_model(Classification, tiny_model, seed=seed)[1]
        return model, build_optimizer(model, recipe, dtype, "rows", ema=0.9)

    def step(model: TaskModel, optimizer: FlatOptimizer, seed: int) -> None:
        for group in optimizer.groups:
            if isinstance(group, FlatGroup):
                group.grad.normal_(generator=torch.Generator().manual_seed(seed))
        model.backbone.get_input_embeddings()(torch.tensor([seed, 5])).float().pow(2).sum().backward()
        optimizer.step(1e-3, 1.0, optimizer.gradient_norm())

    model, optimizer = fresh(0)
    for seed in range(3):
        step(model, optimizer, seed)
    stored = {name: tensor.clone() for name, tensor in optimizer.state().items()}
    other_model, other = fresh(1)
    other.load_state(stored, 3)
    for seed in range(3, 5):
        step(model, optimizer, seed)
        step(other_model, other, seed)
    assert other.num_steps == optimizer.num_steps == 5
    for (name, ours), theirs in zip(other_model.named_parameters(), model.parameters(), strict=True):
        assert torch.equal(ours, theirs), name
    assert same_weights(optimizer.state(), other.state())


@pytest.mark.parametrize("where", ["flat", "rows"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_norm_shows_what_is_not_finite(value: float, where: str, model: TaskModel) -> None:
    optimizer = build_optimizer(model, RECIPE, FP32, "rows")
    if where == "flat":
        next(iter(model.heads.parameters())).grad[0, 0] = value  # type: ignore[index]
    else:
        (model.backbone.get_input_embeddings()(torch.tensor([1])) * value).sum().backward()
    assert not math.isfinite(optimizer.gradient_norm())
    optimizer.clear()
    assert optimizer.gradient_norm() == 0.0


RATES: dict[str, Any] = {
    "linear": [0.5, 1.0, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125],
    "constant": [0.5] + [1.0] * 9,
    "cosine": [0.5, 1.0] + [0.5 * (1 + math.cos(math.pi * k / 8)) for k in range(8)],
}


@pytest.mark.parametrize("name", RATES)
def test_schedule(name: Any) -> None:
    rate = schedule(OptimRecipe(lr=2.0, warmup=0.2, schedule=name), 10)
    assert [rate(step) for step in range(10)] == pytest.approx([2 * value for value in RATES[name]])


def test_schedule_without_warmup_and_of_one_step() -> None:
    assert schedule(OptimRecipe(lr=1.0, warmup=0.0), 4)(0) == 1.0
    assert schedule(OptimRecipe(lr=1.0, warmup=0.9), 1)(0) == 1.0
    assert schedule(replace(RECIPE, warmup=0.0), 1)(0) == RECIPE.lr
