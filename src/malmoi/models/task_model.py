"""A backbone and its heads, one by default."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from malmoi.data.features import Batch
from malmoi.models.backbone import hidden_states
from malmoi.models.heads import Head


class TaskModel(nn.Module):
    """A backbone with `{name: head}`; `forward` runs one head on a batch of tensors."""

    def __init__(self, backbone: nn.Module, heads: dict[str, Head]) -> None:
        super().__init__()
        self.backbone = backbone
        self.heads = nn.ModuleDict(heads)

    def forward(self, head: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the head's named outputs for `input_ids`, `type_ids`, `attention_mask` `[batch, length]`."""
        reader: Any = self.heads[head]
        hidden = hidden_states(
            self.backbone, tensors["input_ids"], tensors["type_ids"], tensors["attention_mask"], reader.first_only
        )
        return reader.logits(hidden, **tensors)

    def loss(self, head: str, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Return the summed loss of a batch and its number of terms."""
        return self.heads[head].loss(self(head, tensors), tensors)  # type: ignore[operator,union-attr]

    def named_weights(self) -> dict[str, Tensor]:
        """Return all weights under Hugging Face names; a head of no Hugging Face shape as `malmoi_head.*`."""
        prefix = self.backbone.base_model_prefix
        weights = {f"{prefix}.{key}": value for key, value in self.backbone.state_dict().items()}
        for name, head in self.heads.items():
            for key, value in head.state_dict().items():
                weights[weight_name(head, name, key, len(self.heads))] = value
        return weights

    def load_weights(self, weights: dict[str, Tensor]) -> None:
        """Copy weights saved by `named_weights`; every one must be there."""
        with torch.no_grad():
            for name, own in self.named_weights().items():
                own.copy_(weights[name])


def weight_name(head: Any, name: str, key: str, num_heads: int) -> str:
    """Return the saved name of a head's weight."""
    if head.hf_names is not None and num_heads == 1:
        return head.hf_names[key]
    return f"malmoi_head.{name}.{key}" if num_heads > 1 else f"malmoi_head.{key}"


def batch_to_tensors(batch: Batch, device: torch.device) -> dict[str, Tensor]:
    """Return a batch's arrays as tensors by field name."""
    arrays = {name: getattr(batch, name) for name in _field_names(batch)}
    return {name: torch.from_numpy(value).to(device) for name, value in arrays.items() if isinstance(value, np.ndarray)}


def _field_names(batch: Batch) -> list[str]:
    import dataclasses

    return [field.name for field in dataclasses.fields(batch)]
