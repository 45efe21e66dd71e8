"""Parameters in a few flat buffers: a bf16 (or fp32) working copy for the model, an fp32 master for the update.

All parameters of one group lie side by side in one buffer, and so do their gradients. That makes the gradient norm, clipping and
the update a handful of large operations instead of hundreds of small ones, and puts query, key and value next to each other for
the fused layers. The update walks the buffer in pieces that stay in the processor's cache.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.optim._muon import DEFAULT_A, DEFAULT_B, DEFAULT_C, DEFAULT_NS_STEPS, EPS, muon

from malmoi.training.recipe import OptimRecipe

_PIECE = 1 << 18
_MOMENTUM = 0.95  # of Muon

Rule = Literal["adamw", "muon"]


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that share a learning-rate factor, a weight decay and the rule of their update."""

    parameters: tuple[nn.Parameter, ...]
    lr_factor: float
    weight_decay: float
    rule: Rule = "adamw"


class FlatGroup:
    """One group in flat buffers: working copy and gradient in the model's dtype, master and moments in fp32; updated by AdamW."""

    moment_names: tuple[str, ...] = ("moment1", "moment2")

    def __init__(self, group: ParameterGroup, dtype: torch.dtype) -> None:
        self.lr_factor, self.weight_decay = group.lr_factor, group.weight_decay
        size = sum(p.numel() for p in group.parameters)
        device = group.parameters[0].device
        self.master = torch.empty(size, dtype=torch.float32, device=device)
        self.working = self.master if dtype is torch.float32 else torch.empty(size, dtype=dtype, device=device)
        self.grad = torch.zeros(size, dtype=dtype, device=device)
        self.moments = {name: torch.zeros_like(self.master) for name in self.moment_names}
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
        moment1, moment2 = self.moments.values()
        for start in range(0, len(self.master), _PIECE):
            piece = slice(start, start + _PIECE)
            grad = self.grad[piece].float().mul_(grad_scale)
            torch._fused_adamw_(
                [self.master[piece]], [grad], [moment1[piece]], [moment2[piece]], [], [count],
                lr=lr * self.lr_factor, beta1=recipe.beta1, beta2=recipe.beta2, weight_decay=self.weight_decay,
                eps=recipe.eps, amsgrad=False, maximize=False,
            )  # fmt: skip
            self._settle(piece)

    def _settle(self, piece: slice) -> None:
        """Bring an updated piece into the working copy and clear its gradient."""
        if self.working is not self.master:
            self.working[piece].copy_(self.master[piece])
        self.grad[piece].zero_()


class MatrixGroup(FlatGroup):
    """Matrices in flat buffers, each updated by torch's Muon (Jordan et al. 2024): its momentum made orthogonal.

    The step is scaled to the size of AdamW's (Liu et al. 2025), so that both take the same learning rate and weight decay.
    """

    moment_names = ("momentum",)

    def __init__(self, group: ParameterGroup, dtype: torch.dtype) -> None:
        super().__init__(group, dtype)
        self.shapes = [parameter.shape for parameter in group.parameters]

    def step(self, lr: float, step: int, grad_scale: float, recipe: OptimRecipe) -> None:
        """Update the master from the gradient, the working copy from the master, and clear the gradient."""
        start = 0
        for shape in self.shapes:
            piece = slice(start, start := start + shape.numel())
            grad = self.grad[piece].view(shape).float().mul_(grad_scale)
            muon(
                [self.master[piece].view(shape)], [grad], [self.moments["momentum"][piece].view(shape)],
                lr=lr * self.lr_factor, weight_decay=self.weight_decay, momentum=_MOMENTUM, nesterov=True,
                ns_coefficients=(DEFAULT_A, DEFAULT_B, DEFAULT_C), ns_steps=DEFAULT_NS_STEPS, eps=EPS,
                adjust_lr_fn="match_rms_adamw", has_complex=False,
            )  # fmt: skip
            self._settle(piece)


def flat_group(group: ParameterGroup, dtype: torch.dtype) -> FlatGroup:
    """Return the buffers of a group, with the update that its rule names."""
    return (MatrixGroup if group.rule == "muon" else FlatGroup)(group, dtype)


class RowGroup:
    """An embedding table of which only the rows of the batch are updated ("lazy" Adam): cost follows the batch.

    Rows that do not occur keep their moments as they are; no weight decay.
    """

    def __init__(self, embedding: nn.Embedding, lr_factor: float, dtype: torch.dtype) -> None:
        self.lr_factor = lr_factor
        self.weight = embedding.weight
        self.master = embedding.weight.data.float().clone()
        self.moments = {name: torch.zeros_like(self.master) for name in FlatGroup.moment_names}
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
        all1, all2 = self.moments.values()
        moment1 = all1[self.rows].lerp_(grad, 1 - recipe.beta1)
        moment2 = all2[self.rows].mul_(recipe.beta2).addcmul_(grad, grad, value=1 - recipe.beta2)
        all1[self.rows], all2[self.rows] = moment1, moment2
        size = lr * self.lr_factor / (1 - recipe.beta1**step)
        denominator = moment2.sqrt_().div_(math.sqrt(1 - recipe.beta2**step)).add_(recipe.eps)
        new = self.master[self.rows].addcdiv_(moment1, denominator, value=-size)
        self.master[self.rows] = new
        self.weight.data[self.rows] = new.to(self.weight.dtype)


Group = FlatGroup | RowGroup
