"""Which tokens a masked language model has to find: drawn anew each time a text is seen, whole words together if wished.

15 % of the tokens are targets (Devlin et al. 2019): 80 % of them become the mask token, 10 % a random token, 10 % stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_MASKED, _RANDOM = 0.8, 0.1  # shares of the targets


@dataclass(frozen=True, slots=True)
class Masked:
    """Token ids with targets hidden [batch, length]; `positions` [n] into the flattened batch, in order, and what stood there."""

    input_ids: np.ndarray
    positions: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class Vocabulary:
    """What masking knows of a tokenizer: the mask token's id, the ids that may replace a token, and which ids begin a word."""

    mask_id: int
    ordinary: np.ndarray  # int64 [n]
    begins_word: np.ndarray  # bool [vocabulary]


def mask_tokens(
    input_ids: np.ndarray,
    may_mask: np.ndarray,
    vocabulary: Vocabulary,
    rate: float,
    rng: np.random.Generator,
    *,
    whole_words: bool = False,
) -> Masked:
    """Return a batch with `rate` of the tokens that `may_mask` [batch, length] hidden, at least one if any may be.

    With `whole_words` either all pieces of a word (eojeol) are targets or none; the number of targets then stays at or just
    below the rate, unless the first word drawn is longer than that.

    >>> words = Vocabulary(4, np.arange(5, 9), np.array([True] * 7 + [False] * 2))
    >>> ids = np.array([[2, 5, 7, 6, 8, 3]])  # 2 and 3 stand around the words (5 7) and (6 8)
    >>> masked = mask_tokens(ids, ids >= 5, words, 0.5, np.random.default_rng(0), whole_words=True)
    >>> masked.positions.tolist(), masked.targets.tolist()
    ([1, 2], [5, 7])
    """
    candidates = np.flatnonzero(may_mask)
    budget = max(1, round(rate * len(candidates))) if len(candidates) else 0
    flat = input_ids.ravel()
    if whole_words:
        positions = _draw_words(candidates, vocabulary.begins_word[flat[candidates]], budget, rng)
    else:
        positions = np.sort(rng.permutation(candidates)[:budget])
    hidden = flat.copy()
    fate = rng.random(len(positions))
    hidden[positions[fate < _MASKED]] = vocabulary.mask_id
    replaced = positions[(fate >= _MASKED) & (fate < _MASKED + _RANDOM)]
    hidden[replaced] = rng.choice(vocabulary.ordinary, len(replaced))
    return Masked(hidden.reshape(input_ids.shape), positions, flat[positions])


def _draw_words(candidates: np.ndarray, begins: np.ndarray, budget: int, rng: np.random.Generator) -> np.ndarray:
    """Return the positions of words drawn until the budget is spent; a gap between candidates ends a word too."""
    if not len(candidates):
        return candidates
    starts = begins | (np.diff(candidates, prepend=candidates[0] - 2) > 1)
    word = np.cumsum(starts) - 1
    sizes = np.bincount(word)
    order = rng.permutation(len(sizes))
    fits = np.cumsum(sizes[order]) <= budget
    fits[0] = True  # a word longer than the whole budget
    chosen = np.zeros(len(sizes), dtype=bool)
    chosen[order[fits]] = True
    return candidates[chosen[word]]


def masking_rate(first: float, last: float, progress: float) -> float:
    """Return the rate after a share `progress` of the run: it moves in a straight line (Yang et al. 2023).

    >>> masking_rate(0.5, 0.25, 0.5)
    0.375
    """
    return first + (last - first) * progress
