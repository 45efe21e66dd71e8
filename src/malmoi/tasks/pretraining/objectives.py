"""What a language model learns from plain text: hidden tokens (and next sentences), or the next token.

Objectives have no labelled examples, gold answers or predictions, so they are no entries of `TASKS`; the training loop needs
only their `collate`. As everywhere in this layer: no files, no device, no torch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from malmoi.data.features import Batch, Features, pad
from malmoi.data.masking import Vocabulary, mask_tokens, masking_rate
from malmoi.data.next_sentence import NO_PAIR, SentencePair, draw_pairs
from malmoi.data.text_rows import Passage


@dataclass(frozen=True)
class SpecialIds:
    """Ids of a tokenizer's special tokens, None where it has none, and which ids are special (bool [vocabulary])."""

    pad: int
    first: int | None
    separator: int
    is_control: np.ndarray


@dataclass(frozen=True, slots=True)
class MaskedBatch(Batch):
    """`positions` [n] into the flattened batch are hidden; `targets` [n] stood there."""

    positions: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True, slots=True)
class PairBatch(MaskedBatch):
    """`pair_labels` [batch]: 0 the second part follows, 1 it does not, -100 there is none."""

    pair_labels: np.ndarray


class Objective(ABC):
    """What a batch of plain text asks of a model."""

    name: ClassVar[str]
    main_score: ClassVar[str] = "bits_per_char"
    higher_is_better: ClassVar[bool] = False
    special: SpecialIds
    max_length: int

    def at(self, progress: float) -> Objective:
        """Return the objective after a share `progress` of the run; by default it never changes."""
        return self

    @abstractmethod
    def collate(self, features: Sequence[Any], rng: np.random.Generator) -> Batch:
        """Return one batch; what is random is drawn from `rng`."""


@dataclass(frozen=True)
class CausalLM(Objective):
    """Every token from those before it (Radford et al. 2019); the model shifts by itself."""

    name: ClassVar[str] = "causal-lm"
    special: SpecialIds
    max_length: int

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        return pad(features, self.special.pad, self.max_length)


@dataclass(frozen=True)
class MaskedLM(Objective):
    """Hidden tokens from both sides (Devlin et al. 2019); the rate may move from `rate` to `last_rate` over the run."""

    name: ClassVar[str] = "masked-lm"
    special: SpecialIds
    vocabulary: Vocabulary
    max_length: int
    rate: float = 0.15
    last_rate: float = 0.15
    whole_words: bool = False

    def at(self, progress: float) -> MaskedLM:
        rate = masking_rate(self.rate, self.last_rate, progress)
        return self if rate == self.rate else replace(self, rate=rate)

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> MaskedBatch:
        batch = pad(features, self.special.pad, self.max_length)
        masked = self._mask(batch, rng)
        return MaskedBatch(masked.input_ids, batch.type_ids, batch.attention_mask, masked.positions, masked.targets)

    def _mask(self, batch: Batch, rng: np.random.Generator) -> Any:
        may_mask = (batch.attention_mask == 1) & ~self.special.is_control[batch.input_ids]
        return mask_tokens(batch.input_ids, may_mask, self.vocabulary, self.rate, rng, whole_words=self.whole_words)


@dataclass(frozen=True)
class MaskedLMWithPairs(MaskedLM):
    """Hidden tokens, and whether the second part of a passage follows the first."""

    def at(self, progress: float) -> MaskedLMWithPairs:
        return replace(self, rate=masking_rate(self.rate, self.last_rate, progress))

    def collate(self, features: Sequence[Passage], rng: np.random.Generator) -> PairBatch:  # type: ignore[override]
        sentences, documents = [passage.sentences for passage in features], [passage.document for passage in features]
        pairs = draw_pairs(sentences, documents, self.max_length - 3, rng)
        batch = pad([self._joined(pair) for pair in pairs], self.special.pad, self.max_length)
        masked = self._mask(batch, rng)
        labels = np.array([pair.label for pair in pairs], dtype=np.int64)
        return PairBatch(
            masked.input_ids, batch.type_ids, batch.attention_mask, masked.positions, masked.targets, labels
        )

    def _joined(self, pair: SentencePair) -> Features:
        first = np.concatenate([[self.special.first], pair.first, [self.special.separator]])
        if pair.label == NO_PAIR:
            return Features(first, np.zeros(len(first)))
        second = np.concatenate([pair.second, [self.special.separator]])
        types = np.repeat(np.array([0, 1], dtype=np.int8), [len(first), len(second)])
        return Features(np.concatenate([first, second]), types)
