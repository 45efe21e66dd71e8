"""The head that reads two entities of a text: the vectors of both side by side, then as any classification.

Zhou & Chen, "An Improved Baseline for Sentence-level Relation Extraction" (2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from malmoi.models.heads import ClassificationHead


class EntityHead(ClassificationHead):
    """One label for two places of a text; `tensors["subject"]` and `tensors["object"]` `[batch, length]` say which tokens are read."""

    def __init__(self, config: Any, num_labels: int, dropout: float = 0.0) -> None:
        super().__init__(config, num_labels, dropout=dropout)
        self.architecture = self.hf_names = None  # no Hugging Face class has this shape
        self.first_only = False
        self.dense = nn.Linear(2 * config.hidden_size, config.hidden_size)
        nn.init.normal_(self.dense.weight, std=getattr(config, "initializer_range", 0.02))
        nn.init.zeros_(self.dense.bias)

    def pooled(self, hidden: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
        """Return the means over the tokens of the subject and of the object, side by side, `[batch, 2 * hidden]`."""
        return torch.cat([_mean(hidden, tensors[name]) for name in ("subject", "object")], dim=-1)


def _mean(hidden: Tensor, read: Tensor) -> Tensor:
    weights = read.to(hidden.dtype)
    return (weights.unsqueeze(1) @ hidden).squeeze(1) / weights.sum(1, keepdim=True)
