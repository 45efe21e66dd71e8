"""What is trained on top of a backbone: `logits` from hidden states, and the loss as a sum and a count.

Where Hugging Face has a class of exactly this shape the head carries its parameter names (`hf_names`), so the saved
folder opens with `AutoModelForSequenceClassification`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Pooling = Literal["first", "mean"]


_MOST_GROWTH = 50.0


class Head(nn.Module, ABC):
    """Base of all heads. `logits` takes and returns tensors only, so that it can be exported."""

    architecture: str | None = None
    hf_names: dict[str, str] | None = None
    hf_config: Mapping[str, Any] = MappingProxyType({})  # what the Hugging Face configuration says of the head
    first_only: bool = False  # reads the first token's hidden state and no other

    @abstractmethod
    def logits(self, hidden: Tensor, **tensors: Tensor) -> dict[str, Tensor]:
        """Return named outputs from hidden states `[batch, length, hidden]` and the batch's tensors."""

    @abstractmethod
    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Return the summed loss and the number of terms in it."""


class LinearHead(Head):
    """A head that ends in a linear layer, `output`."""

    output: nn.Linear

    @torch.no_grad()
    def fold_temperature(self, temperature: float) -> None:
        """Divide the output layer by a temperature: calibrated probabilities without a new parameter (Guo et al. 2017)."""
        self.output.weight.div_(temperature)
        self.output.bias.div_(temperature)


class PooledHead(LinearHead):
    """Pool → (dense → activation) → dropout → linear, with the layout of the backbone's own Hugging Face class."""

    def __init__(self, config: Any, num_outputs: int, pooling: Pooling = "first", dropout: float = 0.0) -> None:
        super().__init__()
        self.pooling = pooling
        self.first_only = pooling == "first"
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(config.hidden_size, num_outputs)
        self.activation = nn.GELU() if config.model_type == "electra" else nn.Tanh()
        for linear in (self.dense, self.output):
            nn.init.normal_(linear.weight, std=getattr(config, "initializer_range", 0.02))
            nn.init.zeros_(linear.bias)
        if pooling == "first":
            self.architecture, self.hf_names = _hf_layout(config.model_type)

    def logits(self, hidden: Tensor, **tensors: Tensor) -> dict[str, Tensor]:
        """Return `{"logits": [batch, outputs]}`."""
        pooled = self.pooled(hidden, tensors)
        return {"logits": self.project(self.dropout(self.activation(self.dense(self.dropout(pooled)))))}

    def pooled(self, hidden: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
        """Return the vector that the dense layer reads, `[batch, width]`."""
        return pool(hidden, tensors["attention_mask"], self.pooling)

    @torch.no_grad()
    def standardise(self, pooled: Tensor) -> None:
        """Scale the fresh dense layer so that what it makes of training texts, `pooled` `[n, width]`, has mean 0 and variance 1.

        An encoder may put all texts close together (e5-small-ko: two comments have a cosine of 0.92). With weights of 0.02 the
        features then differ by 0.02 between texts, and a small corpus may never be learned (docs/log.md). The start depends on
        the data instead: Krähenbühl et al. 2016, https://arxiv.org/abs/1511.06856. Weights grow `_MOST_GROWTH` times at most: what
        the encoder does not tell apart at all stays together.
        """
        mean = pooled.mean(0)
        weight = self.dense.weight
        deviation = ((pooled - mean) @ weight.T).std()
        if deviation > 0:
            weight.mul_((1 / deviation).clamp_max(_MOST_GROWTH))
            self.dense.bias.copy_(-weight @ mean)

    def project(self, features: Tensor) -> Tensor:
        """Return the outputs `[batch, outputs]` of the last layer."""
        return self.output(features)

    @abstractmethod
    def imitation(self, logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
        """Return how far each decision is from a teacher's, `[batch, decisions]`, for outputs `[batch, outputs]` of both."""


class ClassificationHead(PooledHead):
    """One label of several: cross entropy, each example weighted by its class when `class_weights` are given."""

    def __init__(
        self,
        config: Any,
        num_labels: int,
        pooling: Pooling = "first",
        dropout: float = 0.0,
        label_smoothing: float = 0.0,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__(config, num_labels, pooling, dropout)
        self.label_smoothing = label_smoothing
        self.class_weights = None if class_weights is None else tuple(class_weights)

    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Cross entropy summed over `batch["label_ids"]`, and the number of examples, or the sum of their weights.

        An example without a label (-1) is of none of them: every label shall be as probable (Hendrycks et al. 2019).
        """
        scores, gold = logits["logits"].float(), batch["label_ids"]
        weights = None if self.class_weights is None else torch.tensor(self.class_weights, device=scores.device)
        total = F.cross_entropy(
            scores, gold, weights, reduction="sum", label_smoothing=self.label_smoothing, ignore_index=-1
        )
        foreign = gold < 0
        total = total - (scores.log_softmax(dim=-1).mean(dim=-1) * foreign).sum()
        if weights is None:
            return total, torch.tensor(float(len(gold)))
        return total, torch.where(foreign, torch.ones_like(weights[0]), weights[gold.clamp_min(0)]).sum()

    def imitation(self, logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
        """Divergence of the softened probabilities, times T² so that gradients keep their size (Hinton et al. 2015)."""
        own, other = ((x / temperature).log_softmax(dim=-1) for x in (logits, teacher))
        return temperature**2 * (other.exp() * (other - own)).sum(dim=-1, keepdim=True)


class MultiLabelHead(PooledHead):
    """Each label by itself: binary cross entropy, as Hugging Face's `multi_label_classification`."""

    hf_config = MappingProxyType({"problem_type": "multi_label_classification"})

    def __init__(
        self,
        config: Any,
        num_labels: int,
        pooling: Pooling = "first",
        dropout: float = 0.0,
        priors: Sequence[float] = (),
    ) -> None:
        """`priors` are the probabilities the labels start from (Lin et al. 2017); one half without."""
        super().__init__(config, num_labels, pooling, dropout)
        if priors:
            with torch.no_grad():
                self.output.bias.copy_(torch.logit(torch.tensor(priors)))

    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Binary cross entropy summed over `batch["targets"]` `[batch, labels]`, and the number of decisions."""
        scores, targets = logits["logits"].float(), batch["targets"]
        total = F.binary_cross_entropy_with_logits(scores, targets, reduction="sum")
        return total, torch.tensor(float(targets.numel()))

    def imitation(self, logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
        """Divergence of each label's softened probability, times T²."""
        own, other = logits / temperature, teacher / temperature
        chances = torch.sigmoid(other)
        apart = chances * (F.logsigmoid(other) - F.logsigmoid(own))
        return temperature**2 * (apart + (1 - chances) * (F.logsigmoid(-other) - F.logsigmoid(-own)))


class RegressionHead(PooledHead):
    """One number: squared error, as Hugging Face's `regression`."""

    hf_config = MappingProxyType(
        {"problem_type": "regression", "id2label": {"0": "score"}, "label2id": {"score": 0}}  # one output, by its name
    )

    def __init__(self, config: Any, pooling: Pooling = "first", dropout: float = 0.0) -> None:
        super().__init__(config, 1, pooling, dropout)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Move to a device or dtype, but keep the output layer's numbers exact: bf16 has no score between 2008 and 2016."""
        exact = [parameter.data for parameter in self.output.parameters()]
        super()._apply(fn, recurse)
        for parameter, value in zip(self.output.parameters(), exact, strict=True):
            parameter.data = value.to(parameter.device)
        return self

    def project(self, features: Tensor) -> Tensor:
        """Return the score `[batch, 1]`, in fp32: the 128 steps that bf16 has between 2 and 4 would tie many scores."""
        return F.linear(features.float(), self.output.weight.float(), self.output.bias.float())

    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Squared error summed over `batch["targets"]` `[batch]`, and the number of examples."""
        total = F.mse_loss(logits["logits"].float()[:, 0], batch["targets"], reduction="sum")
        return total, torch.tensor(float(len(batch["targets"])))

    def imitation(self, logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
        """Squared distance of the scaled scores; there is nothing to soften."""
        return (logits - teacher).square()

    @torch.no_grad()
    def fold_scale(self, mean: float, std: float) -> None:
        """Turn outputs z into scores `mean + std * z`, so that whoever loads the weights gets scores."""
        self.output.weight.mul_(std)
        self.output.bias.mul_(std).add_(mean)


def _hf_layout(model_type: str) -> tuple[str | None, dict[str, str] | None]:
    """Return the Hugging Face class of this shape and its parameter names, or (None, None)."""
    architecture = hf_class(model_type, "ForSequenceClassification")
    if architecture is None:
        return None, None
    names = {"dense": "classifier.dense", "output": "classifier.out_proj"}
    if model_type == "bert":
        names = {"dense": "bert.pooler.dense", "output": "classifier"}
    return architecture, {
        f"{ours}.{part}": f"{theirs}.{part}" for ours, theirs in names.items() for part in ("weight", "bias")
    }


def hf_class(model_type: str, ending: str) -> str | None:
    """Return Hugging Face's class of a kind of model ("ForQuestionAnswering" …), None for kinds that are not known to have it."""
    prefixes = {"bert": "Bert", "roberta": "Roberta", "xlm-roberta": "XLMRoberta", "electra": "Electra"}
    return prefixes[model_type] + ending if model_type in prefixes else None


def pool(hidden: Tensor, attention_mask: Tensor, pooling: Pooling) -> Tensor:
    """Return one vector a row: the first token's, or the mean over real tokens; `[batch, hidden]`."""
    if pooling == "first":
        return hidden[:, 0]
    mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * mask).sum(1) / mask.sum(1)
