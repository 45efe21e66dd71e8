"""Cross entropy against a whole vocabulary without keeping the scores: the gradient is made in the forward pass, piece by piece.

The scores of 2,048 tokens over 32,000 pieces are 260 MB in fp32, and autograd would hold them three times.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

_SCORES = 1 << 22  # held at a time


class VocabularyLoss(torch.autograd.Function):
    """Summed cross entropy of `x W + b` `[n, hidden] → [n, vocabulary]` against `targets` `[n]`; softmax in fp32."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor) -> Tensor:
        total = torch.zeros((), device=x.device)
        dx, d_weight = torch.empty_like(x), torch.zeros_like(weight)
        d_bias = None if bias is None else torch.zeros_like(bias)
        for rows in _pieces(len(x), len(weight)):
            scores = F.linear(x[rows], weight, bias).float()
            shares = torch.log_softmax(scores, -1)
            own = targets[rows, None]
            total -= shares.gather(1, own).sum()
            slope = shares.exp_().scatter_add_(1, own, -torch.ones_like(own, dtype=shares.dtype)).to(x.dtype)
            torch.mm(slope, weight, out=dx[rows])
            d_weight.addmm_(slope.t(), x[rows])
            if d_bias is not None:
                d_bias += slope.sum(0)
        ctx.slopes = dx, d_weight, d_bias
        return total

    @staticmethod
    def backward(ctx: Any, d_total: Tensor) -> tuple[Tensor | None, ...]:
        dx, d_weight, d_bias = ctx.slopes
        ctx.slopes = None
        factor = d_total.to(dx.dtype)
        if float(factor) != 1:
            dx, d_weight, d_bias = (None if slope is None else slope * factor for slope in (dx, d_weight, d_bias))
        return dx, d_weight, d_bias, None


def vocabulary_loss(x: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor) -> Tensor:
    """Return the summed cross entropy, 0 (with a gradient of 0) for no rows."""
    total: Tensor = VocabularyLoss.apply(x, weight, bias, targets)
    return total


def token_scores(x: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return, for each row, the cross entropy in nats `[n]` and whether the target is the most probable token `[n]`."""
    nats, is_hit = [x.new_zeros(0, dtype=torch.float32)], [targets.new_zeros(0, dtype=torch.bool)]
    for rows in _pieces(len(x), len(weight)):
        scores = F.linear(x[rows], weight, bias).float()
        nats.append(F.cross_entropy(scores, targets[rows], reduction="none"))
        is_hit.append(scores.argmax(-1) == targets[rows])
    return torch.cat(nats), torch.cat(is_hit)


def _pieces(num_rows: int, vocabulary: int) -> list[slice]:
    size = max(64, _SCORES // vocabulary)
    return [slice(start, start + size) for start in range(0, num_rows, size)]
