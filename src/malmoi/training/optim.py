"""AdamW over a few flat buffers: a bf16 (or fp32) working copy for the model, an fp32 master for the update.

All parameters of one group (same learning-rate factor and weight decay) lie side by side in one buffer, and so do
their gradients. That makes the gradient norm, clipping and the update a handful of large operations instead of
hundreds of small ones, and puts query, key and value next to each other for the fused layers. The update walks the buffer in
pieces that stay in the processor's cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from malmoi.models import fused
from malmoi.training.recipe import OptimRecipe

_PIECE = 1 << 18


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that share a learning-rate factor and a weight decay."""

    parameters: tuple[nn.Parameter, ...]
    lr_factor: float
    weight_decay: float


class FlatGroup:
    """One group in flat buffers: working copy and gradient in the model's dtype, master and moments in fp32."""

    def __init__(self, group: ParameterGroup, dtype: torch.dtype) -> None:
        self.lr_factor, self.weight_decay = group.lr_factor, group.weight_decay
        size = sum(p.numel() for p in group.parameters)
        device = group.parameters[0].device
        self.master = torch.empty(size, dtype=torch.float32, device=device)
        self.working = self.master if dtype is torch.float32 else torch.empty(size, dtype=dtype, device=device)
        self.grad = torch.zeros(size, dtype=dtype, device=device)
        self.moment1, self.moment2 = torch.zeros_like(self.master), torch.zeros_like(self.master)
        start = 0
        for parameter in group.parameters:
            end = start + parameter.numel()
            self.master[start:end] = parameter.data.flatten().float()
            parameter.data = self.working[start:end].view(parameter.shape)
            parameter.grad = self.grad[start:end].view(parameter.shape)
            start = end
        self.refresh()

    def refresh(self) -> None:
        """Copy the master into the working copy."""
        if self.working is not self.master:
            self.working.copy_(self.master)

    def squared_norm(self) -> Tensor:
        """Return the squared gradient norm, fp32."""
        total = torch.zeros((), device=self.grad.device)
        for start in range(0, len(self.grad), _PIECE):
            piece = self.grad[start : start + _PIECE].float()
            total += torch.dot(piece, piece)
        return total

    def step(self, lr: float, step: int, grad_scale: float, recipe: OptimRecipe) -> None:
        """Update the master from the gradient, the working copy from the master, and clear the gradient."""
        count = torch.tensor(float(step), device=self.master.device)
        for start in range(0, len(self.master), _PIECE):
            piece = slice(start, start + _PIECE)
            grad = self.grad[piece].float().mul_(grad_scale)
            torch._fused_adamw_(
                [self.master[piece]], [grad], [self.moment1[piece]], [self.moment2[piece]], [], [count],
                lr=lr * self.lr_factor, beta1=recipe.beta1, beta2=recipe.beta2, weight_decay=self.weight_decay,
                eps=recipe.eps, amsgrad=False, maximize=False,
            )  # fmt: skip
            if self.working is not self.master:
                self.working[piece].copy_(self.master[piece])
            self.grad[piece].zero_()


class RowGroup:
    """An embedding table of which only the rows of the batch are updated ("lazy" Adam): cost follows the batch.

    Rows that do not occur keep their moments as they are; no weight decay.
    """

    def __init__(self, embedding: nn.Embedding, lr_factor: float, dtype: torch.dtype) -> None:
        self.lr_factor = lr_factor
        self.weight = embedding.weight
        self.master = embedding.weight.data.float().clone()
        self.moment1, self.moment2 = torch.zeros_like(self.master), torch.zeros_like(self.master)
        embedding.weight.data = embedding.weight.data.to(dtype)
        embedding.sparse = True
        self.rows: Tensor | None = None
        self.values: Tensor | None = None

    def refresh(self) -> None:
        """Copy the master into the working table."""
        self.weight.data.copy_(self.master)

    def squared_norm(self) -> Tensor:
        """Sum repeated rows once and return their squared norm, fp32."""
        grad = self.weight.grad
        if grad is None:
            self.rows = None
            return torch.zeros((), device=self.master.device)
        indices, values = grad._indices()[0], grad._values().float()
        self.rows, inverse = torch.unique(indices, return_inverse=True)
        self.values = values.new_zeros(len(self.rows), values.shape[1]).index_add_(0, inverse, values)
        return torch.linalg.vector_norm(self.values).square()

    def step(self, lr: float, step: int, grad_scale: float, recipe: OptimRecipe) -> None:
        """Update the rows found by `squared_norm` and clear the gradient."""
        self.weight.grad = None
        if self.rows is None or self.values is None:
            return
        grad = self.values.mul_(grad_scale)
        moment1 = self.moment1[self.rows].lerp_(grad, 1 - recipe.beta1)
        moment2 = self.moment2[self.rows].mul_(recipe.beta2).addcmul_(grad, grad, value=1 - recipe.beta2)
        self.moment1[self.rows], self.moment2[self.rows] = moment1, moment2
        size = lr * self.lr_factor / (1 - recipe.beta1**step)
        denominator = moment2.sqrt_().div_(math.sqrt(1 - recipe.beta2**step)).add_(recipe.eps)
        new = self.master[self.rows].addcdiv_(moment1, denominator, value=-size)
        self.master[self.rows] = new
        self.weight.data[self.rows] = new.to(self.weight.dtype)


class FlatAdamW:
    """AdamW over flat groups; it owns the parameters' storage and their `.grad`."""

    def __init__(
        self, groups: Sequence[FlatGroup | RowGroup], recipe: OptimRecipe, frozen: dict[int, Tensor] | None = None
    ) -> None:
        self.groups = list(groups)
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

    def clear(self) -> None:
        """Forget accumulated gradients."""
        for group in self.groups:
            if isinstance(group, FlatGroup):
                group.grad.zero_()
            else:
                group.weight.grad = None

    def state(self) -> dict[str, Tensor]:
        """Return master weights and moments, by group; with `num_steps` the whole optimizer."""
        names = ("master", "moment1", "moment2")
        return {f"{i}.{name}": getattr(group, name) for i, group in enumerate(self.groups) for name in names}

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
    """Group trainable parameters by learning-rate factor and weight decay (none for biases and norms)."""
    buckets: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter, factor in _with_factors(model, recipe):
        if parameter.requires_grad:
            decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
            buckets.setdefault((factor, decay), []).append(parameter)
    return [ParameterGroup(tuple(parameters), *key) for key, parameters in buckets.items()]


def _with_factors(model: Any, recipe: OptimRecipe) -> list[tuple[nn.Parameter, float]]:
    """Every parameter once with its learning-rate factor, query, key and value side by side."""
    layers = list(getattr(getattr(model.backbone, "encoder", None), "layer", []))
    found: list[tuple[nn.Parameter, float]] = []
    for depth, layer in enumerate(layers):
        factor = recipe.layer_decay ** (len(layers) - depth)
        ordered = fused.layer_parameters(layer) if fused.has_plain_layers(model.backbone) else []
        found += [(p, factor) for p in _unique([*ordered, *layer.parameters()])]
    seen = {id(parameter) for parameter, _ in found}
    bottom = recipe.layer_decay ** (len(layers) + 1)
    found += [(p, bottom) for p in model.backbone.parameters() if id(p) not in seen]
    seen = {id(parameter) for parameter, _ in found}  # a language model's head shares the embeddings
    return found + [(p, recipe.head_lr) for p in model.heads.parameters() if id(p) not in seen]


def _unique(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    return list({id(p): p for p in parameters}.values())


def build_optimizer(
    model: Any, recipe: OptimRecipe, dtype: torch.dtype, embeddings: str, frozen_layers: int = 0
) -> FlatAdamW:
    """Move the model to `dtype` and return the optimizer that owns its parameters.

    `embeddings`: "rows" updates the word rows a batch uses, "all" every row, "frozen" none; `frozen_layers` layers at
    the bottom (and then the embeddings) stay as they are.
    """
    words = model.backbone.get_input_embeddings()
    if frozen_layers:
        embeddings = "frozen"
        model.backbone.embeddings.requires_grad_(False)
        for layer in list(model.backbone.encoder.layer)[:frozen_layers]:
            layer.requires_grad_(False)
    words.weight.requires_grad_(embeddings == "all")
    groups: list[FlatGroup | RowGroup] = [FlatGroup(group, dtype) for group in parameter_groups(model, recipe)]
    frozen = {}
    for parameter in model.parameters():
        if not parameter.requires_grad and not (parameter is words.weight and embeddings == "rows"):
            frozen[id(parameter)] = parameter.data
            parameter.data = parameter.data.to(dtype)
    if embeddings == "rows":
        words.weight.requires_grad_(True)
        layers = len(getattr(getattr(model.backbone, "encoder", None), "layer", []))
        groups.append(RowGroup(words, recipe.layer_decay ** (layers + 1), dtype))
    return FlatAdamW(groups, recipe, frozen)


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
