"""A model that learns from a teacher's outputs as well as from labels (Hinton et al. 2015)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from malmoi.models.heads import Head, PooledHead
from malmoi.models.task_model import TaskModel

TEACHER, LABELLED = "teacher_logits", "is_labelled"  # what a batch has besides: float32 [batch, outputs], bool [batch]


class StudentModel(TaskModel):
    """A `TaskModel` whose loss is `weight` × the distance to the teacher + (1 - `weight`) × its own; without a label all teacher."""

    def __init__(self, backbone: nn.Module, heads: dict[str, Head], temperature: float, weight: float) -> None:
        super().__init__(backbone, heads)
        self.temperature = temperature
        self.weight = weight

    def loss(self, head: str, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Return the summed loss of a batch and the number of its decisions."""
        outputs = self(head, tensors)
        reader = self.heads[head]
        assert isinstance(reader, PooledHead), "tasks that can be taught have one vector a text"
        apart = reader.imitation(outputs["logits"].float(), tensors[TEACHER], self.temperature)
        known = tensors[LABELLED]
        shares = torch.where(known, self.weight, 1.0)
        total = (shares[:, None] * apart).sum()
        if self.weight < 1 and known.any():
            gold, _ = reader.loss(_rows(outputs, known), _rows(tensors, known))
            total = total + (1 - self.weight) * gold
        return total, torch.tensor(float(apart.numel()))


def _rows(tensors: dict[str, Tensor], chosen: Tensor) -> dict[str, Tensor]:
    """Return the chosen rows of every tensor."""
    return {name: tensor[chosen] for name, tensor in tensors.items()}
