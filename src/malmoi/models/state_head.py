"""The head that reads a dialogue for every slot of its state: a query of each slot looks over the hidden states once.

Closed slots choose one of their values (or none, or "don't care") by likeness to vectors that slots share: every yes is the
same. Open slots say whether a value was given, and point at its first and last token (TripPy, Heck et al. 2020).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from malmoi.models.heads import Head

_NEVER = -1e4  # a logit that bf16 holds and softmax makes zero
_PRIOR = 3.0  # "none" is what most slots are at most times (a prior as in Lin et al. 2017)


@dataclass(frozen=True)
class SlotTable:
    """The slots as the head sees them: domain and name of each by number, its classes by number ("none" is 0), the open ones."""

    domains: Sequence[int]
    names: Sequence[int]
    classes: Sequence[Sequence[int]]
    open_slots: Sequence[int]


class StateHead(Head):
    """Logits of the classes of each slot, and of the first and last token of each open slot's value."""

    domain: Tensor
    name: Tensor
    of_class: Tensor
    is_class: Tensor
    open: Tensor

    def __init__(self, config: Any, slots: SlotTable, num_heads: int = 4, dropout: float = 0.0) -> None:
        super().__init__()
        size = config.hidden_size
        self.num_heads = num_heads if size % num_heads == 0 else 1
        self.part = size // self.num_heads
        self.scales = 1 / math.sqrt(size), 1 / math.sqrt(self.part)
        widest = max(map(len, slots.classes))
        padded = [[*own, *[0] * (widest - len(own))] for own in slots.classes]
        buffers = {
            "domain": torch.tensor(slots.domains),
            "name": torch.tensor(slots.names),
            "of_class": torch.tensor(padded),
            "is_class": torch.tensor([[i < len(own) for i in range(widest)] for own in slots.classes]),
            "open": torch.tensor(slots.open_slots, dtype=torch.long),
        }
        for buffer, value in buffers.items():
            self.register_buffer(buffer, value, persistent=False)  # known from the task's config
        num_classes = 1 + max(max(own) for own in slots.classes)
        self.domains = nn.Embedding(1 + max(slots.domains), size)
        self.names = nn.Embedding(1 + max(slots.names), size)
        self.slots = nn.Embedding(len(slots.domains), size)
        self.values = nn.Embedding(num_classes, size)
        self.bias = nn.Parameter(torch.zeros(num_classes))
        self.query, self.key, self.value, self.context = (nn.Linear(size, size) for _ in range(4))
        self.inner, self.outer = nn.Linear(size, 2 * size), nn.Linear(2 * size, size)
        self.start, self.end = nn.Linear(size, size), nn.Linear(size, size)
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.dropout = nn.Dropout(dropout)
        self._initialise(getattr(config, "initializer_range", 0.02))

    @torch.no_grad()
    def _initialise(self, std: float) -> None:
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=std)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        for embedding in (self.domains, self.names, self.slots):
            nn.init.normal_(embedding.weight, std=0.5)  # queries that differ from the start
        self.bias[0] = _PRIOR

    def logits(self, hidden: Tensor, **tensors: Tensor) -> dict[str, Tensor]:
        """Return `classes` `[batch, slots, classes]`, `start` and `end` `[batch, open slots, length]`."""
        mask = tensors["attention_mask"]
        hidden = standardised(hidden, mask)
        seen = self._look(hidden, mask)
        classes = torch.einsum("bsh,sch->bsc", seen, self.values(self.of_class))
        classes = (classes + self.bias[self.of_class]).masked_fill(~self.is_class, _NEVER)
        hiding = (mask == 0).unsqueeze(1)
        chosen = seen[:, self.open]
        ends = {
            name: ((layer(chosen) @ hidden.transpose(1, 2)) * self.scales[0]).masked_fill(hiding, _NEVER)
            for name, layer in (("start", self.start), ("end", self.end))
        }
        return {"classes": classes, **ends}

    def _look(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return what each slot has seen, `[batch, slots, hidden]`: one layer of attention over the tokens, and one of its own."""
        batch, length, size = hidden.shape
        asked = self.domains(self.domain) + self.names(self.name) + self.slots.weight
        query = self.query(asked).view(-1, self.num_heads, self.part).transpose(0, 1)  # [heads, slots, part]
        key, value = (
            layer(hidden).view(batch, length, self.num_heads, self.part).transpose(1, 2)
            for layer in (self.key, self.value)
        )
        weights = (query @ key.transpose(2, 3)) * self.scales[1]
        weights = weights.masked_fill((mask == 0)[:, None, None], _NEVER).softmax(dim=-1)
        context = (self.dropout(weights) @ value).transpose(1, 2).reshape(batch, -1, size)
        seen = self.norm1(asked + self.context(context))
        return self.norm2(seen + self.outer(self.dropout(F.gelu(self.inner(seen)))))

    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Cross entropy of the classes, and of the ends of every value that stands in the text, any of its places being right.

        The count is that of the slots whose class is known.
        """
        gold = batch["class_ids"]
        total = F.cross_entropy(
            logits["classes"].float().flatten(0, 1), gold.flatten(), ignore_index=-1, reduction="sum"
        )
        for name in ("start", "end"):
            places = batch[f"{name}_places"]
            scores = logits[name].float().log_softmax(dim=-1).masked_fill(places == 0, _NEVER)
            total = total - (scores.logsumexp(dim=-1) * places.any(dim=-1)).sum()
        return total, (gold >= 0).sum().float()


def standardised(hidden: Tensor, mask: Tensor) -> Tensor:
    """Return hidden states `[batch, length, hidden]` less the mean of the row's real tokens, over their standard deviation.

    Most of a hidden state is common to all tokens (nine tenths of its length in e5-small-ko): it hides from the queries what
    tells tokens apart.
    """
    real = mask.unsqueeze(-1).to(hidden.dtype)
    count = real.sum(1, keepdim=True)
    centred = (hidden - (hidden * real).sum(1, keepdim=True) / count) * real
    variance = centred.float().square().mean(dim=-1, keepdim=True).sum(1, keepdim=True) / count.float()
    return centred * (variance + 1e-5).rsqrt().to(hidden.dtype)
