"""What changes the scores of the next token: small pure functions on `scores` `[rows, vocabulary]`, fp32.

`history` `[rows, length]` holds the tokens so far, prompt included; `is_real` says which of them are not padding.
The definitions are those of `transformers`' logits processors.
"""

from __future__ import annotations

import torch
from torch import Tensor

from malmoi.models.decoding import Decoding

_NEVER = -float("inf")


def penalise_repetition(scores: Tensor, history: Tensor, is_real: Tensor, penalty: float) -> Tensor:
    """Divide the positive scores of tokens seen before by `penalty`, multiply the negative ones (CTRL; Keskar et al. 2019)."""
    seen = _marked(scores, history, is_real)
    return torch.where(seen, torch.where(scores < 0, scores * penalty, scores / penalty), scores)


def forbid_repeated_ngrams(scores: Tensor, history: Tensor, is_real: Tensor, size: int) -> Tensor:
    """Forbid the tokens that would complete an n-gram that stands in the row already."""
    length = history.shape[1]
    if length < size:
        return scores
    windows = history.unfold(1, size, 1)
    repeats = (windows[..., :-1] == history[:, None, length + 1 - size :]).all(-1)
    return scores.masked_fill(_marked(scores, windows[..., -1], repeats & is_real[:, : windows.shape[1]]), _NEVER)


def keep_top_k(scores: Tensor, k: int) -> Tensor:
    """Forbid all but the k best tokens, and what ties with the last of them."""
    worst = torch.topk(scores, min(k, scores.shape[-1])).values[..., -1:]
    return scores.masked_fill(scores < worst, _NEVER)


def keep_top_p(scores: Tensor, share: float) -> Tensor:
    """Keep the most probable tokens that together reach `share` of the probability (Holtzman et al. 2020); one at least."""
    ordered, order = torch.sort(scores)
    is_rest = ordered.softmax(-1).cumsum(-1) <= 1 - share
    is_rest[..., -1] = False
    return scores.masked_fill(torch.zeros_like(is_rest).scatter(-1, order, is_rest), _NEVER)


def adjusted(scores: Tensor, history: Tensor, is_real: Tensor, decoding: Decoding) -> Tensor:
    """Return the scores after everything that `decoding` asks for, in the order of `transformers`."""
    if decoding.repetition_penalty != 1:
        scores = penalise_repetition(scores, history, is_real, decoding.repetition_penalty)
    if decoding.no_repeat_ngram:
        scores = forbid_repeated_ngrams(scores, history, is_real, decoding.no_repeat_ngram)
    if decoding.sample:
        scores = scores / decoding.temperature
        scores = keep_top_k(scores, decoding.top_k) if decoding.top_k else scores
        scores = keep_top_p(scores, decoding.top_p) if decoding.top_p < 1 else scores
    return scores


def _marked(scores: Tensor, ids: Tensor, wanted: Tensor) -> Tensor:
    """Return bool `[rows, vocabulary]`: the ids `[rows, n]` that are `wanted` `[rows, n]` somewhere in their row."""
    counts = torch.zeros(scores.shape, dtype=torch.int32, device=scores.device)
    return counts.scatter_add_(1, ids, wanted.to(torch.int32)) > 0
