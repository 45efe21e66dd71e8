"""What the model reads of a dialogue: all that was said, each utterance after a mark of its speaker, cut from the left.

`> 식당 찾아요 < 어느 지역이요? > 중앙이요`: the state of a turn is read off the whole dialogue so far, not off the state before it,
so a mistake is not carried on and turns are answered in any order. Only what does not fit into the window is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.data.examples import Turn
from malmoi.tokenization.tokenizer import Encoding

USER, SYSTEM = ">", "<"

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Context:
    """The text that is read, and where each utterance stands in it."""

    text: str
    utterances: tuple[Place, ...]

    def said(self) -> list[tuple[int, str]]:
        """Return each utterance with its first character's place."""
        return [(start, self.text[start:end]) for start, end in self.utterances]


def context_of(turns: Sequence[Turn]) -> Context:
    """Return what is read of the turns.

    >>> context = context_of([Turn("식당 찾아요"), Turn("중앙이요", "어느 지역이요?")])
    >>> context.text, [context.text[start:end] for start, end in context.utterances]
    ('> 식당 찾아요 < 어느 지역이요? > 중앙이요', ['식당 찾아요', '어느 지역이요?', '중앙이요'])
    """
    text, places = "", []
    for turn in turns:
        for mark, words in ((SYSTEM, turn.system), (USER, turn.user)):
            if words or mark == USER:
                text += f"{' ' if text else ''}{mark} "
                places.append((len(text), len(text) + len(words)))
                text += words
    return Context(text, tuple(places))


@dataclass(frozen=True, slots=True)
class ContextWindow:
    """Token ids, types, and raw places of the tokens in the context's text, (0, 0) for special ones: [length, 2]."""

    input_ids: np.ndarray
    type_ids: np.ndarray
    offsets: np.ndarray


def last_tokens(encoding: Encoding, max_length: int) -> ContextWindow:
    """Return the window of an encoding: its special tokens, and of the text the last tokens that fit."""
    is_text = encoding.sequence == 0
    kept = ~is_text
    room = max(0, max_length - int(kept.sum()))
    kept[np.flatnonzero(is_text)[-room:] if room else []] = True
    offsets = np.where(is_text[:, None], encoding.offsets, 0)
    return ContextWindow(encoding.input_ids[kept], encoding.type_ids[kept], offsets[kept])


def tokens_at(offsets: np.ndarray, start: int, end: int) -> Place | None:
    """Return the first and the last token that share characters with a place; None when it was cut away."""
    shared = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start))
    return (int(shared[0]), int(shared[-1])) if len(shared) and offsets[shared[0], 0] <= start else None
