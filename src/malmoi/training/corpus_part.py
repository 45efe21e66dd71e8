"""The held-out documents of a pretraining run, and what a model scores on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from malmoi.data.batching import sorted_batches
from malmoi.data.features import Features, padded_length
from malmoi.data.text_rows import Passage
from malmoi.metrics.generation import bits_per_char_scores
from malmoi.metrics.scores import Scores, wilson_score
from malmoi.models.language_model import NO_LABEL, LanguageModel
from malmoi.tasks.pretraining import CausalLM, MaskedLMWithPairs, Objective
from malmoi.text.sentences import Method, split_sentences
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.training.session import Part, Session

_MAX_TOKENS = 4096
_MAX_ROWS = 64


@dataclass(frozen=True)
class HeldOutDocument:
    """What the model sees of a document, how many of its tokens that are, and the characters they stand for."""

    features: Features
    num_tokens: int
    num_chars: float


@dataclass(frozen=True)
class CorpusPart(Part):
    """The one part of a pretraining run."""

    dev: list[HeldOutDocument]

    def scores(self, session: Session, on_batch: Callable[[int], None] | None = None) -> Scores:
        """Return bits_per_char and the accuracies on the held-out documents, with the same masks and pairs every time.

        bits_per_char of a causal model is that of the text. A masked model sees both sides of what it fills in: its number is
        the loss of a hidden token over the characters of one, to be compared with other masked models only.
        """
        objective, model = self.lane.task, self.lane.model
        assert isinstance(objective, Objective) and isinstance(model, LanguageModel)
        found = judge_rows(
            model, objective.at(1.0), [row.features for row in self.dev], session.compute.device, on_batch
        )
        tokens, chars = (np.array([getattr(row, name) for row in self.dev]) for name in ("num_tokens", "num_chars"))
        share = tokens.sum() / found["num_targets"].sum()  # of a text's tokens that were asked for, turned round
        scores = bits_per_char_scores(found["nats"] * share, chars.tolist())
        name = "next_token_accuracy" if isinstance(objective, CausalLM) else "masked_accuracy"
        scores[name] = wilson_score(int(found["num_hits"].sum()), int(found["num_targets"].sum()))
        if "pair_hits" in found and (asked := found["pair_hits"] != NO_LABEL).any():
            scores["next_sentence_accuracy"] = wilson_score(int(found["pair_hits"][asked].sum()), int(asked.sum()))
        return scores


def judge_rows(
    model: LanguageModel,
    objective: Objective,
    rows: Sequence[Features],
    device: Any,
    on_batch: Callable[[int], None] | None = None,
) -> dict[str, np.ndarray]:
    """Return what `LanguageModel.judge` says of every row, arrays [rows]; masks are drawn from a fixed seed."""
    import torch

    from malmoi.models.task_model import batch_to_tensors

    lengths = padded_length(np.array([len(row) for row in rows]), objective.max_length)
    found: dict[str, np.ndarray] = {}
    rng = np.random.default_rng(0)
    model.eval()
    with torch.inference_mode():
        for batch in sorted_batches(lengths, _MAX_TOKENS, _MAX_ROWS):
            tensors = batch_to_tensors(objective.collate([rows[i] for i in batch], rng), device)
            for name, values in model.judge(tensors).items():
                found.setdefault(name, np.zeros(len(rows)))[batch] = values.double().cpu().numpy()
            if on_batch:
                on_batch(len(batch))
    return found


def held_out_documents(
    documents: Sequence[str], tokenizer: Tokenizer, objective: Objective, split: Method
) -> list[HeldOutDocument]:
    """Return documents as the objective sees them, the first window of each; `split` finds sentences where they are paired."""
    found = []
    for number, text in enumerate(documents):
        by_sentence = isinstance(objective, MaskedLMWithPairs)
        sentences = [sentence.text for sentence in split_sentences(text, split)] if by_sentence else [text]
        ids = [row for row in tokenizer.encode_plain(sentences) if len(row)]
        whole = sum(map(len, ids))
        if not whole:
            continue
        features, kept = _row(ids, number, objective)
        found.append(HeldOutDocument(features, kept, sum(map(len, sentences)) * kept / whole))
    return found


def _row(ids: Sequence[np.ndarray], number: int, objective: Objective) -> tuple[Features, int]:
    """Return what is seen of a document's sentences, and how many tokens of text that is."""
    special = objective.special
    if isinstance(objective, MaskedLMWithPairs):
        room = objective.max_length - 3
        fits = max(1, int(np.searchsorted(np.cumsum([len(row) for row in ids]), room, side="right")))
        lengths = np.array([len(row) for row in ids[:fits]])
        body = np.concatenate(ids[:fits])
        passage = Passage(body, np.zeros(len(body), dtype=np.int8), np.cumsum(lengths) - lengths, number)
        return passage, min(room, int(lengths.sum()))
    before, behind = surroundings(objective)
    if isinstance(objective, CausalLM):
        before = (special.separator,)  # what stands in front of a document in the corpus
    body = np.concatenate(ids)[: objective.max_length - len(before) - len(behind)]
    joined = np.concatenate([before, body, behind]).astype(np.int32)
    return Features(joined, np.zeros(len(joined), dtype=np.int8)), len(body)


def surroundings(objective: Objective) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the special tokens before and behind a block of text: [CLS] and [SEP] of a masked model, none of a causal one."""
    special = objective.special
    return ((special.first,), (special.separator,)) if special.first is not None else ((), ())
