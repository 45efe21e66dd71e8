"""Heads that relate the words of a sentence to one another: deep biaffine attention (Dozat & Manning 2017).

A word is the vectors of its first and its last piece, as in KLUE-baseline; the root is the sentence's first token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from malmoi.models.heads import Head

UNKNOWN = -1  # a target that is not known
_NEVER = -1e9  # the score of a head that is padding


@dataclass(frozen=True)
class BiaffineSizes:
    """The widths of the layers that tell dependents from heads, for arcs and for relations, and of the tag layer."""

    arcs: int = 256
    relations: int = 128
    tags: int = 256


class BiaffineHead(Head):
    """Scores of all arcs, of the relation of each arc, and of the part of speech of each word.

    In training `logits` gives the scores that the loss needs; otherwise the best relation of each arc and the best tag of each
    word, which is all that a tree needs and small enough to keep for thousands of sentences.
    """

    tag_parts: Tensor

    def __init__(
        self,
        config: Any,
        num_relations: int,
        tag_parts: Sequence[Sequence[int]] = (),
        sizes: BiaffineSizes = BiaffineSizes(),
        dropout: float = 0.0,
        tag_weight: float = 1.0,
    ) -> None:
        """`tag_parts` names the parts of each tag by number: the score of a tag is the sum of its parts' scores, so that rare tags
        learn from frequent ones; none leaves the tags out. `tag_weight` weighs their loss beside those of heads and relations.
        """
        super().__init__()
        width, self.tag_weight = 2 * config.hidden_size, tag_weight
        self.arc_dependent, self.arc_head = (_layer(width, sizes.arcs, dropout) for _ in range(2))
        self.relation_dependent, self.relation_head = (_layer(width, sizes.relations, dropout) for _ in range(2))
        self.arc_weight = nn.Parameter(torch.empty(sizes.arcs + 1, sizes.arcs))
        self.relation_weight = nn.Parameter(torch.empty(num_relations, sizes.relations + 1, sizes.relations + 1))
        self.tag_layer = _layer(width, sizes.tags, dropout) if tag_parts else None
        parts = _indicator(tag_parts)
        self.tag_output = nn.Linear(sizes.tags, parts.shape[1]) if tag_parts else None
        self.register_buffer("tag_parts", parts, persistent=False)
        std = getattr(config, "initializer_range", 0.02)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=std) if parameter.ndim > 1 else nn.init.zeros_(parameter)

    def logits(self, hidden: Tensor, **tensors: Tensor) -> dict[str, Tensor]:
        """Return `arcs` [batch, words, 1 + words] (head 0 is the root), with `relations` and `tags` in training.

        Without training `relation_ids` [batch, words, 1 + words] and `tag_ids` [batch, words]. `firsts` and `lasts`
        [batch, words] are the places of the words' pieces in `hidden`; `word_mask` is 1 for words, 0 for padding.
        """
        nodes = torch.cat([_gather(hidden, tensors["firsts"]), _gather(hidden, tensors["lasts"])], dim=-1)
        words = nodes[:, 1:]
        is_node = F.pad(tensors["word_mask"], (1, 0), value=1)
        arcs = self._arcs(words, nodes).masked_fill(is_node[:, None] == 0, _NEVER)
        relations = self._relations(words, nodes)
        outputs = {"arcs": arcs, "relations": relations} if self.training else {"arcs": arcs, "relation_ids": relations.argmax(-1)}  # fmt: skip
        if self.tag_layer is not None and self.tag_output is not None:
            tags = self.tag_output(self.tag_layer(words)).float() @ self.tag_parts.float().T
            outputs |= {"tags": tags} if self.training else {"tag_ids": tags.argmax(-1)}
        return outputs

    def _arcs(self, words: Tensor, nodes: Tensor) -> Tensor:
        """Return the arc scores in fp32: with bf16's 8 bits many heads would tie."""
        dependents = _with_one(self.arc_dependent(words)) @ self.arc_weight
        return dependents.float() @ self.arc_head(nodes).float().transpose(1, 2)

    def _relations(self, words: Tensor, nodes: Tensor) -> Tensor:
        """Return the relation scores [batch, words, 1 + words, relations]."""
        dependents, heads = _with_one(self.relation_dependent(words)), _with_one(self.relation_head(nodes))
        return torch.einsum("bil,rlm,bjm->bijr", dependents, self.relation_weight, heads)

    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Cross entropy of the heads, of the relations at the gold heads, and of the tags; and the number of known heads."""
        heads, relations = batch["heads"], batch["relations"]
        total = _cross_entropy(logits["arcs"], heads)
        places = heads.clamp(min=0)[..., None, None].expand(-1, -1, 1, logits["relations"].shape[-1])
        total = total + _cross_entropy(logits["relations"].gather(2, places)[:, :, 0], relations)
        if "tags" in logits:
            total = total + self.tag_weight * _cross_entropy(logits["tags"], batch["tags"])
        return total, (heads != UNKNOWN).sum()


def _indicator(parts: Sequence[Sequence[int]]) -> Tensor:
    """Return 1 where a tag has a part, [tags, parts]."""
    matrix = torch.zeros(len(parts), 1 + max((part for own in parts for part in own), default=-1))
    for row, own in zip(matrix, parts, strict=True):
        row[list(own)] = 1.0
    return matrix


def _layer(size: int, width: int, dropout: float) -> nn.Module:
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(size, width), nn.GELU(), nn.Dropout(dropout))


def _gather(hidden: Tensor, places: Tensor) -> Tensor:
    """Return the vectors at the root's place and at `places` [batch, words]: [batch, 1 + words, hidden]."""
    places = F.pad(places, (1, 0), value=0)
    return hidden.gather(1, places[..., None].expand(-1, -1, hidden.shape[-1]))


def _with_one(vectors: Tensor) -> Tensor:
    """Return vectors with a 1 behind each, so that a product holds linear terms too."""
    return F.pad(vectors, (0, 1), value=1.0)


def _cross_entropy(scores: Tensor, gold: Tensor) -> Tensor:
    """Return the sum over the known targets of scores [batch, words, classes]."""
    return F.cross_entropy(scores.float().flatten(0, 1), gold.flatten(), ignore_index=UNKNOWN, reduction="sum")
