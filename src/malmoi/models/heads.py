"""What is trained on top of a backbone: `logits` from hidden states, and the loss as a sum and a count.

Where Hugging Face has a class of exactly this shape the head carries its parameter names (`hf_names`), so the saved
folder opens with `AutoModelForSequenceClassification`.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Pooling = Literal["first", "mean"]


class Head(nn.Module):
    """Base of all heads. `logits` takes and returns tensors only, so that it can be exported."""

    architecture: str | None = None
    hf_names: dict[str, str] | None = None
    first_only: bool = False  # reads the first token's hidden state and no other

    @abstractmethod
    def logits(self, hidden: Tensor, **tensors: Tensor) -> dict[str, Tensor]:
        """Return named outputs from hidden states `[batch, length, hidden]` and the batch's tensors."""

    @abstractmethod
    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Return the summed loss and the number of terms in it."""


class ClassificationHead(Head):
    """Pool → (dense → activation) → dropout → linear, with the layout of the backbone's own Hugging Face class."""

    def __init__(
        self,
        config: Any,
        num_labels: int,
        pooling: Pooling = "first",
        dropout: float = 0.0,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.first_only = pooling == "first"
        self.label_smoothing = label_smoothing
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(config.hidden_size, num_labels)
        self.activation = nn.GELU() if config.model_type == "electra" else nn.Tanh()
        for linear in (self.dense, self.output):
            nn.init.normal_(linear.weight, std=getattr(config, "initializer_range", 0.02))
            nn.init.zeros_(linear.bias)
        if pooling == "first":
            self.architecture, self.hf_names = _hf_layout(config.model_type)

    def logits(self, hidden: Tensor, **tensors: Tensor) -> dict[str, Tensor]:
        """Return `{"logits": [batch, labels]}`."""
        pooled = pool(hidden, tensors["attention_mask"], self.pooling)
        return {"logits": self.output(self.dropout(self.activation(self.dense(self.dropout(pooled)))))}

    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Cross entropy summed over `batch["label_ids"]`."""
        scores, gold = logits["logits"].float(), batch["label_ids"]
        total = F.cross_entropy(scores, gold, reduction="sum", label_smoothing=self.label_smoothing)
        return total, torch.tensor(float(len(gold)))

    @torch.no_grad()
    def fold_temperature(self, temperature: float) -> None:
        """Divide the output layer by a temperature: calibrated probabilities without a new parameter (Guo et al. 2017)."""
        self.output.weight.div_(temperature)
        self.output.bias.div_(temperature)


def _hf_layout(model_type: str) -> tuple[str | None, dict[str, str] | None]:
    """Return the Hugging Face class of this shape and its parameter names, or (None, None)."""
    if model_type == "bert":
        names = {"dense": "bert.pooler.dense", "output": "classifier"}
        architecture = "BertForSequenceClassification"
    elif model_type in ("roberta", "xlm-roberta", "electra"):
        names = {"dense": "classifier.dense", "output": "classifier.out_proj"}
        prefix = {"roberta": "Roberta", "xlm-roberta": "XLMRoberta", "electra": "Electra"}[model_type]
        architecture = f"{prefix}ForSequenceClassification"
    else:
        return None, None
    return architecture, {
        f"{ours}.{part}": f"{theirs}.{part}" for ours, theirs in names.items() for part in ("weight", "bias")
    }


def pool(hidden: Tensor, attention_mask: Tensor, pooling: Pooling) -> Tensor:
    """Return one vector a row: the first token's, or the mean over real tokens; `[batch, hidden]`."""
    if pooling == "first":
        return hidden[:, 0]
    mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * mask).sum(1) / mask.sum(1)
