"""Heads that tag: one answer for each token piece, as Hugging Face has it, or one for each character; a CRF on top of either.

Loss and decoding agree on tags as numbers: O first where there is one, then B- and I- of each label (`tasks.tagging.paths`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from malmoi.data.features import NOT_ANNOTATED, PIECE_PLACES
from malmoi.models.heads import LinearHead, hf_class

NUM_CODES = 4096  # buckets of code points
# Hidden states have a standard deviation of about 0.25: smaller embeddings drown in them for the first epochs (docs/log.md).
PLACE_SCALE, CODE_SCALE = 0.5, 0.3
_IMPOSSIBLE = -1e4


@dataclass(frozen=True)
class TagHeadConfig:
    """The tags by id, dropout before the last layer, and whether transitions are learned."""

    tags: tuple[str, ...]
    dropout: float = 0.0
    crf: bool = False


class TagHead(LinearHead):
    """Base: `logits` of tags, cross entropy or the likelihood of whole sequences.

    Batches hold for each unit (a character or a piece) the token it is part of, `unit_tokens` `[batch, units]`, `unit_mask`
    (1 = a unit, 0 = padding) and `tag_ids`, `NOT_ANNOTATED` where nobody annotated.
    """

    def __init__(self, config: Any, own: TagHeadConfig) -> None:
        super().__init__()
        names = dict(enumerate(own.tags))
        self.hf_config = {"id2label": {str(i): tag for i, tag in names.items()}, "label2id": {tag: i for i, tag in names.items()}}  # fmt: skip
        self.dropout = nn.Dropout(own.dropout)
        self.output = nn.Linear(config.hidden_size, len(own.tags))
        self.initializer_range = getattr(config, "initializer_range", 0.02)
        nn.init.normal_(self.output.weight, std=self.initializer_range)
        nn.init.zeros_(self.output.bias)
        self.crf = Crf(own.tags) if own.crf else None

    def with_transitions(self, logits: Tensor) -> dict[str, Tensor]:
        """Return the outputs, the same transitions for each row beside them where they are learned."""
        if self.crf is None:
            return {"logits": logits}
        return {"logits": logits, "transitions": self.crf.transitions.expand(len(logits), -1, -1)}

    def unit_logits(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> Tensor:
        """Return the logits of each unit `[batch, units, tags]`, fp32."""
        return logits["logits"].float()

    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Cross entropy, or the negative log likelihood of the sequences, summed, and the number of annotated units."""
        scores, tag_ids = self.unit_logits(logits, batch), batch["tag_ids"]
        count = (tag_ids != NOT_ANNOTATED).sum().float()
        if self.crf is not None:
            return self.crf.loss(scores, tag_ids, batch["unit_mask"]), count
        return F.cross_entropy(
            scores.flatten(0, 1), tag_ids.flatten(), ignore_index=NOT_ANNOTATED, reduction="sum"
        ), count


class PieceHead(TagHead):
    """A linear layer on each token, parameter for parameter Hugging Face's token classification; the units are pieces."""

    def __init__(self, config: Any, own: TagHeadConfig) -> None:
        super().__init__(config, own)
        architecture = hf_class(config.model_type, "ForTokenClassification")
        if not own.crf and architecture is not None:
            self.architecture = architecture
            self.hf_names = {"output.weight": "classifier.weight", "output.bias": "classifier.bias"}

    def logits(self, hidden: Tensor, **tensors: Tensor) -> dict[str, Tensor]:
        """Return `{"logits": [batch, length, tags]}`, one row for each token."""
        return self.with_transitions(self.output(self.dropout(hidden)))

    def unit_logits(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> Tensor:
        """Return the logits of the pieces that are units."""
        return _taken(logits["logits"].float(), batch["unit_tokens"])


class CharacterHead(TagHead):
    """One answer for each character: its piece's hidden state, told apart by its place in the piece and what it is.

    A piece such as 민은 ends an entity inside: the second character's vector knows that it is 은, second of its piece.
    """

    def __init__(self, config: Any, own: TagHeadConfig) -> None:
        super().__init__(config, own)
        size = config.hidden_size
        self.places = nn.Embedding(PIECE_PLACES, size)
        self.codes = nn.Embedding(NUM_CODES, size)
        self.dense = nn.Linear(size, size)
        nn.init.normal_(self.places.weight, std=PLACE_SCALE)
        nn.init.normal_(self.codes.weight, std=CODE_SCALE)
        nn.init.normal_(self.dense.weight, std=self.initializer_range)
        nn.init.zeros_(self.dense.bias)

    def logits(self, hidden: Tensor, **tensors: Tensor) -> dict[str, Tensor]:
        """Return `{"logits": [batch, units, tags]}`, one row for each character."""
        own = self.places(tensors["unit_places"]) + self.codes(tensors["unit_codes"] % NUM_CODES)
        vectors = _taken(hidden, tensors["unit_tokens"])
        mixed = vectors + F.gelu(self.dense(vectors + own))
        return self.with_transitions(self.output(self.dropout(mixed)))


def _taken(vectors: Tensor, rows: Tensor) -> Tensor:
    """`[batch, length, size]`, `[batch, units]` → `[batch, units, size]`"""
    return vectors.gather(1, rows.unsqueeze(-1).expand(-1, -1, vectors.shape[-1]))


class Crf(nn.Module):
    """Learned scores of a tag behind another (Lafferty et al. 2001); what IOB2 forbids has none.

    Where a unit is not annotated, every tag counts: the likelihood is that of all sequences that fit what is known.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(len(tags), len(tags)))
        forbidden = [[_is_forbidden(before, tag) for tag in tags] for before in tags]
        self.register_buffer("forbidden", torch.tensor(forbidden), persistent=False)

    def loss(self, scores: Tensor, tag_ids: Tensor, mask: Tensor) -> Tensor:
        """Return the negative log likelihood summed over the rows of `scores` `[batch, units, tags]`."""
        known = (tag_ids != NOT_ANNOTATED).unsqueeze(-1)
        gold = F.one_hot(tag_ids.clamp_min(0), scores.shape[-1]).bool()
        fitting = scores.masked_fill(known & ~gold, _IMPOSSIBLE)
        return (self._log_sum(scores, mask) - self._log_sum(fitting, mask)).sum()

    def _log_sum(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Return log Σ exp over all sequences `[batch]`, by the forward algorithm."""
        allowed = self.transitions.float().masked_fill(self.forbidden, _IMPOSSIBLE)  # type: ignore[arg-type]
        value = scores[:, 0] * mask[:, :1]
        for i in range(1, scores.shape[1]):
            new = torch.logsumexp(value.unsqueeze(2) + allowed, dim=1) + scores[:, i]
            value = torch.where(mask[:, i : i + 1] > 0, new, value)
        return torch.logsumexp(value, dim=1)


def _is_forbidden(before: str, tag: str) -> bool:
    return tag.startswith("I-") and before[2:] != tag[2:]
