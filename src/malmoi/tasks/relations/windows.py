"""One window for a text with two entities: markers written into the text, or kinds of tokens; long texts are cut far from both.

Typed entity markers are characters that every tokenizer knows, so no token is added (Zhou & Chen 2021, arXiv:2102.01373):
`이순신은 조선의 장군이다` → `@ * 인물 * 이순신 @은 # ^ 장소 ^ 조선 #의 장군이다`. A kind is the number of a token's type: 0 for
the text, another for each role and type of entity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.data.examples import RelationExample
from malmoi.data.relation_names import TYPE_WORDS
from malmoi.tokenization.tokenizer import Encoding

MARKS = ("@", "*"), ("#", "^")  # around the subject and its type, around the object and its type
_KEPT, _FIRST = -2, -1  # ranks of special tokens and of the first token the head reads, before any distance

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class EntityText:
    """What the tokenizer reads; for subject and object, the characters the head reads and all that belong to the entity."""

    text: str
    read: tuple[Place, Place]
    whole: tuple[Place, Place]


@dataclass(frozen=True, slots=True)
class EntityWindow:
    """Token ids and, for subject and object, which of them the head reads: bool [length], never all False."""

    input_ids: np.ndarray
    type_ids: np.ndarray
    subject: np.ndarray
    object: np.ndarray


def with_markers(example: RelationExample) -> EntityText:
    """Return the text with typed markers around its entities; the head reads the first mark of each.

    >>> from malmoi.data.examples import Span
    >>> with_markers(RelationExample("이순신은 조선의 장군이다", Span(0, 3, "PER"), Span(5, 7, "LOC"))).text
    '@ * 인물 * 이순신 @은 # ^ 장소 ^ 조선 #의 장군이다'
    """
    inserted = []
    for role, span in enumerate((example.subject, example.object)):
        mark, inner = MARKS[role]
        word = TYPE_WORDS.get(span.label, span.label)
        opening = f"{mark} {inner} {word} {inner} " if word else f"{mark} "
        inserted.append((span.start, 1, -span.end, role, opening))  # where two begin together, the longer is outside
        inserted.append((span.end, 0, -span.start, role, f" {mark}"))
    text, done = "", 0
    starts, ends = [0, 0], [0, 0]
    for position, is_opening, _, role, insert in sorted(inserted):
        text += example.text[done:position]
        if is_opening:
            text += " " if text and not text[-1].isspace() else ""
            starts[role] = len(text)
        text += insert
        ends[role] = len(text)  # the closing mark comes later
        done = position
    first, second = starts
    return EntityText(
        text + example.text[done:], ((first, first + 1), (second, second + 1)), ((first, ends[0]), (second, ends[1]))
    )


def with_kinds(example: RelationExample) -> EntityText:
    """Return the text as it is; the head reads all of each entity."""
    places = example.subject.place, example.object.place
    return EntityText(example.text, places, places)


def kind_of(role: int, label: str, types: Sequence[str]) -> int:
    """Return the kind of an entity's tokens: `role` 0 is the subject, 1 the object; types that are not known share one.

    >>> [kind_of(role, label, ("LOC", "PER")) for role in (0, 1) for label in ("?", "LOC", "PER")]
    [1, 2, 3, 4, 5, 6]
    """
    return 1 + role * (len(types) + 1) + (types.index(label) + 1 if label in types else 0)


def entity_window(
    encoding: Encoding, text: EntityText, max_length: int, kinds: tuple[int, int] | None = None
) -> EntityWindow:
    """Return the window of a text, of its tokens those nearest to the entities; `kinds` are written over their token types."""
    is_text = encoding.sequence == 0
    whole = [_tokens(encoding, is_text, place) for place in text.whole]
    read = [_tokens(encoding, is_text, place) for place in text.read]
    read = [own if own.any() else all_ for own, all_ in zip(read, whole, strict=True)]
    read = [own if own.any() else np.arange(len(own)) == 0 for own in read]  # cleaned away: the first token answers
    kept = _nearest(whole, read, ~is_text, max_length)
    type_ids = encoding.type_ids.astype(np.int16)
    if kinds is not None:
        for role in sorted((0, 1), key=lambda role: -whole[role].sum()):  # an entity inside the other is seen
            type_ids[whole[role]] = kinds[role]
    return EntityWindow(encoding.input_ids[kept], type_ids[kept], read[0][kept], read[1][kept])


def _tokens(encoding: Encoding, is_text: np.ndarray, place: Place) -> np.ndarray:
    """Return which tokens share characters with a place, bool [length]."""
    start, end = place
    return is_text & (encoding.offsets[:, 0] < end) & (encoding.offsets[:, 1] > start)


def _nearest(
    whole: Sequence[np.ndarray], read: Sequence[np.ndarray], is_special: np.ndarray, max_length: int
) -> np.ndarray:
    """Return the positions to keep, in order: special tokens, what the head reads first, then what is nearest to an entity."""
    positions = np.arange(len(is_special))
    if len(positions) <= max_length:
        return positions
    ranks = np.full(len(positions), len(positions))
    for own in whole:
        inside = np.flatnonzero(own)
        if len(inside):
            distance = np.maximum(inside[0] - positions, positions - inside[-1])
            ranks = np.minimum(ranks, np.maximum(distance, 0))
    for own in read:
        ranks[np.argmax(own)] = _FIRST
    ranks[is_special] = _KEPT
    return np.sort(np.argsort(ranks, kind="stable")[:max_length])
