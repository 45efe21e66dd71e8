"""Does this sentence follow that one? Pairs for next-sentence prediction, half of them true (Devlin et al. 2019).

A passage of two or more sentences is cut at a drawn place. Half of the time the rest stays, half of the time it makes way
for the rest of a passage of another document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

IS_NEXT, IS_RANDOM, NO_PAIR = 0, 1, -100  # Hugging Face's labels


@dataclass(frozen=True, slots=True)
class SentencePair:
    """Token ids of both parts, without special tokens; `second` is empty and `label` is `NO_PAIR` for a single sentence."""

    first: np.ndarray
    second: np.ndarray
    label: int


def draw_pairs(
    passages: Sequence[Sequence[np.ndarray]],
    documents: Sequence[int],
    max_tokens: int,
    rng: np.random.Generator,
) -> list[SentencePair]:
    """Return a pair for each passage (its sentences as token ids); the random halves come from the other passages.

    `documents` [n] tells passages of one document, which never lend each other a half. A pair holds at most `max_tokens`:
    the longer part loses tokens in front or behind, as drawn. Where no other document is there, the true rest stays.

    >>> sentences = [np.array([1, 2]), np.array([3])]
    >>> pair = draw_pairs([sentences], [0], 8, np.random.default_rng(0))[0]
    >>> pair.first.tolist(), pair.second.tolist(), pair.label == IS_NEXT
    ([1, 2], [3], True)
    """
    numbers = np.asarray(documents)
    return [_draw_pair(passages, numbers, i, max_tokens, rng) for i in range(len(passages))]


def _draw_pair(
    passages: Sequence[Sequence[np.ndarray]], documents: np.ndarray, i: int, max_tokens: int, rng: np.random.Generator
) -> SentencePair:
    own = passages[i]
    if len(own) < 2:
        return SentencePair(own[0][:max_tokens], own[0][:0], NO_PAIR)
    cut = int(rng.integers(1, len(own)))
    rest, label = own[cut:], IS_NEXT
    others = np.flatnonzero(documents != documents[i])
    if rng.random() < 0.5 and len(others):
        other = passages[int(rng.choice(others))]
        rest, label = other[int(rng.integers(len(other))) :], IS_RANDOM
    return SentencePair(*_fitted(np.concatenate(own[:cut]), np.concatenate(rest), max_tokens, rng), label)


def _fitted(
    first: np.ndarray, second: np.ndarray, max_tokens: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Take tokens from the longer part, from its front or its end by the toss of a coin, until both fit."""
    excess = len(first) + len(second) - max_tokens
    if excess <= 0:
        return first, second
    longer = max(len(first), len(second))
    from_longer = min(excess, longer - min(len(first), len(second)))
    both = excess - from_longer
    takes = [both // 2, both - both // 2]
    takes[0 if len(first) >= len(second) else 1] += from_longer
    cut = []
    for part, take in zip((first, second), takes, strict=True):
        front = int(rng.binomial(take, 0.5))
        cut.append(part[front : len(part) - (take - front)])
    return cut[0], cut[1]
