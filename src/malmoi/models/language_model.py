"""Language models as they are trained and judged: a plain Hugging Face network, its loss on the tokens asked for only.

`network` is a `BertForPreTraining`, `BertForMaskedLM`, `RobertaForMaskedLM` or `GPT2LMHeadModel`, with all its names. The encoder
runs through the fused layers where they fit, and the product with the vocabulary is made for target tokens alone.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from malmoi.models.backbone import hidden_states
from malmoi.models.token_loss import token_scores, vocabulary_loss

NO_LABEL = -100


class LanguageModel(nn.Module):
    """A network with a head over the vocabulary."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    @property
    def backbone(self) -> Any:
        """The network without its head."""
        return self.network.base_model

    @property
    def heads(self) -> nn.ModuleList:
        """Everything but the backbone; the head shares its largest matrix with the embeddings."""
        names = [name for name, _ in self.network.named_children() if name != self.network.base_model_prefix]
        return nn.ModuleList([getattr(self.network, name) for name in names])

    @abstractmethod
    def loss(self, name: str, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Return the summed loss of a batch and its number of target tokens."""

    @abstractmethod
    def judge(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return for each row: `nats` of its targets, `num_targets`, `num_hits` (and more where a model decides more)."""


class MaskedLanguageModel(LanguageModel):
    """Finds hidden tokens; with a next-sentence head it also tells true pairs from random ones."""

    def loss(self, name: str, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Cross entropy summed over the hidden tokens.

        With pairs the mean loss of the pairs is added to the mean of the tokens, as `BertForPreTraining` does; since sums are
        returned, it is multiplied by the number of tokens.
        """
        hidden = self._hidden(tensors)
        targets = tensors["targets"]
        total = vocabulary_loss(self._transformed(hidden, tensors["positions"]), *self._decoder(), targets)
        count = torch.tensor(float(len(targets)))
        labels = tensors.get("pair_labels")
        if labels is not None and bool((labels != NO_LABEL).any()):
            total = total + count.to(total.device) * F.cross_entropy(self.pair_scores(hidden), labels)
        return total, count

    def judge(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        hidden = self._hidden(tensors)
        nats, is_hit = token_scores(
            self._transformed(hidden, tensors["positions"]), *self._decoder(), tensors["targets"]
        )
        rows, (num_rows, length) = tensors["positions"], tensors["input_ids"].shape
        found = _summed(rows // length, num_rows, nats, is_hit)
        if (labels := tensors.get("pair_labels")) is not None:
            answers = self.pair_scores(hidden).argmax(-1)
            found["pair_hits"] = torch.where(labels == NO_LABEL, labels, (answers == labels).long())
        return found

    def token_logits(self, tensors: dict[str, Tensor], positions: Tensor) -> Tensor:
        """Return scores over the vocabulary, fp32 `[n, vocabulary]`, at positions `[n]` of the flattened batch."""
        return F.linear(self._transformed(self._hidden(tensors), positions), *self._decoder()).float()

    def pair_logits(self, tensors: dict[str, Tensor]) -> Tensor:
        """Return the scores of "follows" and "random", fp32 `[batch, 2]`."""
        return self.pair_scores(self._hidden(tensors))

    def pair_scores(self, hidden: Tensor) -> Tensor:
        """Return the scores of "follows" and "random" from hidden states, fp32 `[batch, 2]`."""
        return self.network.cls.seq_relationship(self.backbone.pooler(hidden)).float()

    def _hidden(self, tensors: dict[str, Tensor]) -> Tensor:
        return hidden_states(self.backbone, tensors["input_ids"], tensors["type_ids"], tensors["attention_mask"])

    def _transformed(self, hidden: Tensor, positions: Tensor) -> Tensor:
        x = hidden.reshape(-1, hidden.shape[-1])[positions]
        if (head := getattr(self.network, "lm_head", None)) is not None:  # RoBERTa
            return head.layer_norm(F.gelu(head.dense(x)))
        return self.network.cls.predictions.transform(x)

    def _decoder(self) -> tuple[Tensor, Tensor]:
        head = getattr(self.network, "lm_head", None)
        head = self.network.cls.predictions if head is None else head
        return head.decoder.weight, head.bias


class CausalLanguageModel(LanguageModel):
    """Predicts each token from those before it."""

    def loss(self, name: str, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        x, targets, _ = self._rows(tensors)
        return vocabulary_loss(x, *self._decoder(), targets), torch.tensor(float(len(targets)))

    def judge(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        x, targets, rows = self._rows(tensors)
        nats, is_hit = token_scores(x, *self._decoder(), targets)
        return _summed(rows, len(tensors["input_ids"]), nats, is_hit)

    def _rows(self, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Return hidden states `[n, hidden]` of all real tokens but a row's last, the tokens behind them, and their rows."""
        ids, mask = tensors["input_ids"], tensors["attention_mask"]
        padded = None if bool(mask.all()) else mask
        hidden = self.backbone(input_ids=ids, attention_mask=padded, use_cache=False).last_hidden_state[:, :-1]
        if padded is None:
            rows = torch.arange(len(ids), device=ids.device).repeat_interleave(ids.shape[1] - 1)
            return hidden.reshape(-1, hidden.shape[-1]), ids[:, 1:].reshape(-1), rows
        rows, places = torch.nonzero(mask[:, 1:], as_tuple=True)
        return hidden[rows, places], ids[rows, places + 1], rows

    def _decoder(self) -> tuple[Tensor, Tensor | None]:
        head = self.network.get_output_embeddings()
        return head.weight, head.bias


def language_model(network: Any) -> LanguageModel:
    """Return a network as the language model that it is."""
    is_masked = hasattr(network, "cls") or hasattr(getattr(network, "lm_head", None), "decoder")
    return MaskedLanguageModel(network) if is_masked else CausalLanguageModel(network)


def _summed(rows: Tensor, num_rows: int, nats: Tensor, is_hit: Tensor) -> dict[str, Tensor]:
    zeros = torch.zeros(num_rows, device=rows.device)
    return {
        "nats": zeros.index_add(0, rows, nats),
        "num_targets": zeros.index_add(0, rows, torch.ones_like(nats)),
        "num_hits": zeros.index_add(0, rows, is_hit.float()),
    }
