"""The optimizer: AdamW, or Muon for the matrices of the body with AdamW for the rest, and the learning rate of every step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.models.layer_views import has_plain_layers, layer_parameters
from malmoi.training.average import WeightAverage
from malmoi.training.groups import FlatGroup, Group, ParameterGroup, RowGroup, Rule, flat_group
from malmoi.training.recipe import OptimRecipe


class FlatOptimizer:
    """Updates flat groups; it owns the parameters' storage and their `.grad`. `ema` above 0 keeps an average of the weights."""

    def __init__(
        self, groups: Sequence[Group], recipe: OptimRecipe, frozen: dict[int, Tensor] | None = None, ema: float = 0.0
    ) -> None:
        self.groups = list(groups)
        self.average = WeightAverage(self.groups, ema) if ema else None
        self.frozen = frozen or {}  # fp32 originals of parameters that are not trained, by `id`
        self.recipe = recipe
        self.num_steps = 0

    def gradient_norm(self, grad_scale: float = 1.0) -> float:
        """Return the norm over all gradients after scaling; NaN or infinity if any is."""
        return grad_scale * math.sqrt(float(sum(group.squared_norm() for group in self.groups)))

    def step(self, lr: float, grad_scale: float, norm: float) -> None:
        """Clip to `clip_norm` and update; `norm` is what `gradient_norm(grad_scale)` returned."""
        self.num_steps += 1
        clip = min(1.0, self.recipe.clip_norm / (norm + 1e-6)) if self.recipe.clip_norm > 0 else 1.0
        for group in self.groups:
            group.step(lr, self.num_steps, grad_scale * clip, self.recipe)
        if self.average:
            self.average.update(self.num_steps)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Let the model and `master_of` have the averaged weights for a while; nothing changes when none are kept."""
        if self.average:
            self.average.exchange()
        try:
            yield
        finally:
            if self.average:
                self.average.exchange()

    def clear(self) -> None:
        """Forget accumulated gradients."""
        for group in self.groups:
            if isinstance(group, FlatGroup):
                group.grad.zero_()
            else:
                group.weight.grad = None

    def state(self) -> dict[str, Tensor]:
        """Return master weights, moments and the average, by group; with `num_steps` the whole optimizer."""
        kept = {
            f"{i}.{name}": tensor
            for i, group in enumerate(self.groups)
            for name, tensor in {"master": group.master, **group.moments}.items()
        }
        return kept | (self.average.state() if self.average else {})

    def load_state(self, state: dict[str, Tensor], num_steps: int) -> None:
        """Restore what `state` returned and refresh the working copies."""
        for name, own in self.state().items():
            own.copy_(state[name])
        for group in self.groups:
            group.refresh()
        self.num_steps = num_steps

    def master_of(self, model: nn.Module) -> dict[str, Tensor]:
        """Return the fp32 master of every parameter by name, in the parameter's shape (copies)."""
        by_address: dict[int, Any] = {}
        for group in self.groups:
            if isinstance(group, RowGroup):
                by_address[group.weight.data_ptr()] = group.master
                continue
            size = group.working.element_size()
            by_address |= {group.working.data_ptr() + i * size: (group, i) for i in _starts(group, model)}
        found = {}
        for name, parameter in model.named_parameters():
            owner = by_address.get(parameter.data_ptr())
            if isinstance(owner, tuple):
                group, start = owner
                found[name] = group.master[start : start + parameter.numel()].view(parameter.shape).clone()
            else:
                own = self.frozen.get(id(parameter), parameter.data)
                found[name] = (own if owner is None else owner).float().clone()
        return found


def _starts(group: FlatGroup, model: nn.Module) -> Iterable[int]:
    """Offsets in the group's buffer at which a parameter of the model begins."""
    low, size = group.working.data_ptr(), group.working.element_size()
    high = low + len(group.working) * size
    for parameter in model.parameters():
        if low <= parameter.data_ptr() < high:
            yield (parameter.data_ptr() - low) // size


def parameter_groups(model: Any, recipe: OptimRecipe) -> list[ParameterGroup]:
    """Group trainable parameters by learning-rate factor, weight decay (none for biases and norms) and rule."""
    buckets: dict[tuple[float, float, Rule], list[nn.Parameter]] = {}
    matrices = _body_matrices(model.backbone) if recipe.name == "muon" else set()
    for parameter, factor in _with_factors(model, recipe):
        if parameter.requires_grad:
            decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
            rule: Rule = "muon" if id(parameter) in matrices else "adamw"
            buckets.setdefault((factor, decay, rule), []).append(parameter)
    return [ParameterGroup(tuple(parameters), *key) for key, parameters in buckets.items()]


def _body_matrices(backbone: nn.Module) -> set[int]:
    """Return the `id` of every matrix of the body that is no table of embeddings."""
    tables = {id(module.weight) for module in backbone.modules() if isinstance(module, nn.Embedding)}
    return {id(p) for p in backbone.parameters() if p.ndim == 2} - tables


def _with_factors(model: Any, recipe: OptimRecipe) -> list[tuple[nn.Parameter, float]]:
    """Every parameter once with its learning-rate factor, query, key and value side by side."""
    layers = list(getattr(getattr(model.backbone, "encoder", None), "layer", []))
    found: list[tuple[nn.Parameter, float]] = []
    for depth, layer in enumerate(layers):
        factor = recipe.layer_decay ** (len(layers) - depth)
        ordered = layer_parameters(layer) if has_plain_layers(model.backbone) else []
        found += [(p, factor) for p in _unique([*ordered, *layer.parameters()])]
    seen = {id(parameter) for parameter, _ in found}
    bottom = recipe.layer_decay ** (len(layers) + 1)
    found += [(p, bottom) for p in model.backbone.parameters() if id(p) not in seen]
    seen = {id(parameter) for parameter, _ in found}  # a language model's head shares the embeddings
    return found + [(p, recipe.head_lr) for p in model.heads.parameters() if id(p) not in seen]


def _unique(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    return list({id(p): p for p in parameters}.values())


def build_optimizer(
    model: Any, recipe: OptimRecipe, dtype: torch.dtype, embeddings: str, frozen_layers: int = 0, ema: float = 0.0
) -> FlatOptimizer:
    """Move the model to `dtype` and return the optimizer that owns its parameters.

    `embeddings`: "rows" updates the word rows a batch uses, "all" every row, "frozen" none; `frozen_layers` layers at
    the bottom (and then the embeddings) stay as they are. Raises `ConfigError` for Muon where no matrix of the body is trained.
    """
    words = model.backbone.get_input_embeddings()
    if frozen_layers:
        embeddings = "frozen"
        model.backbone.embeddings.requires_grad_(False)
        for layer in list(model.backbone.encoder.layer)[:frozen_layers]:
            layer.requires_grad_(False)
    words.weight.requires_grad_(embeddings == "all")
    plans = parameter_groups(model, recipe)
    if recipe.name == "muon" and all(plan.rule != "muon" for plan in plans):
        raise ConfigError(
            say(
                "optim.name=muon 은 본체의 행렬에 쓰이는데, 모든 층이 고정되어 있습니다. adamw 를 쓰거나 model.frozen_layers 를 줄이세요.",
                "optim.name=muon is for the matrices of the body, and all of its layers are frozen. Use adamw, or freeze fewer with model.frozen_layers.",
            )
        )
    groups: list[Group] = [flat_group(plan, dtype) for plan in plans]
    frozen = {}
    for parameter in model.parameters():
        if not parameter.requires_grad and not (parameter is words.weight and embeddings == "rows"):
            frozen[id(parameter)] = parameter.data
            parameter.data = parameter.data.to(dtype)
    if embeddings == "rows":
        words.weight.requires_grad_(True)
        layers = len(getattr(getattr(model.backbone, "encoder", None), "layer", []))
        groups.append(RowGroup(words, recipe.layer_decay ** (layers + 1), dtype))
    return FlatOptimizer(groups, recipe, frozen, ema)


def schedule(recipe: OptimRecipe, num_steps: int) -> Callable[[int], float]:
    """Return the learning rate as a function of the step, counted from 0: warm-up, then down to zero.

    >>> rate = schedule(OptimRecipe(lr=1.0, warmup=0.5), 4)
    >>> [round(rate(step), 2) for step in range(4)]
    [0.5, 1.0, 1.0, 0.5]
    """
    warmup = round(recipe.warmup * num_steps)

    def rate(step: int) -> float:
        if step < warmup:
            return recipe.lr * (step + 1) / warmup
        progress = (step - warmup) / max(1, num_steps - warmup)
        if recipe.schedule == "linear":
            return recipe.lr * (1 - progress)
        if recipe.schedule == "cosine":
            return recipe.lr * 0.5 * (1 + math.cos(math.pi * progress))
        return recipe.lr

    return rate
