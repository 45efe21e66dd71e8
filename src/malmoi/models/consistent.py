"""A model that is asked twice under dropout and shall answer the same (R-Drop; Liang et al. 2021, https://arxiv.org/abs/2106.14448)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from malmoi.models.heads import Head, PooledHead
from malmoi.models.task_model import TaskModel


class ConsistentModel(TaskModel):
    """A `TaskModel` whose loss is the mean of two passes + `weight` × the mean divergence of each pass from the other.

    `weight` is half the paper's alpha, whose loss is the sum of both passes. Scores diverge by their squared distance.
    """

    def __init__(self, backbone: nn.Module, heads: dict[str, Head], weight: float) -> None:
        super().__init__(backbone, heads)
        self.weight = weight

    def loss(self, head: str, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Return the summed loss of a batch and its number of terms, from one pass over the batch twice over."""
        reader = self.heads[head]
        assert isinstance(reader, PooledHead), "heads with one vector a text"
        outputs = self(head, {name: torch.cat([tensor, tensor]) for name, tensor in tensors.items()})
        halves = [{name: value.chunk(2)[i] for name, value in outputs.items()} for i in (0, 1)]
        (one, count), (other, _) = (reader.loss(half, tensors) for half in halves)
        first, second = (half["logits"].float() for half in halves)
        apart = reader.imitation(first, second, 1.0) + reader.imitation(second, first, 1.0)
        share = count / apart.numel()  # a mean over decisions, beside a sum over the terms of the loss
        return (one + other) / 2 + self.weight * share * apart.sum() / 2, count
