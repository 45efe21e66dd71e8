"""A word of a predicted tree, and how words fall into trees."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, set_cell_size


@dataclass(frozen=True, slots=True)
class ParsedWord:
    """A word: its text and place, part of speech (None where the model knows none), the 1-based number of its head (0 = root), relation."""

    text: str
    start: int
    end: int
    pos: str | None
    head: int
    relation: str


def trees_of(words: Sequence[ParsedWord]) -> Iterator[tuple[ParsedWord, ...]]:
    """Yield the words of each tree, which stand side by side, heads counted from its own first word.

    >>> words = [ParsedWord("네", 0, 1, None, 0, "IP"), ParsedWord("비가", 3, 5, None, 3, "NP_SBJ"), ParsedWord("와요", 6, 8, None, 0, "VP")]
    >>> [[word.head for word in tree] for tree in trees_of(words)]
    [[0], [2, 0]]
    """
    reach = list(range(len(words)))  # how far to the right a word is linked
    for i, word in enumerate(words):
        first, last = sorted((i, word.head - 1 if word.head else i))
        reach[first] = max(reach[first], last)
    start = end = 0
    for i, furthest in enumerate(reach):
        end = max(end, furthest)
        if i == end:
            yield tuple(replace(word, head=word.head - start if word.head else 0) for word in words[start : i + 1])
            start = end = i + 1


def shown(text: str, most_cells: int) -> str:
    """Return a text as one line of a drawing can show it: composed Hangul, no control characters, at most so many cells wide.

    >>> shown("국립국어원은\\t", 20), shown("국립국어원은", 6)
    ('국립국어원은\ufffd', '국립…')
    """
    plain = "".join(char if char.isprintable() else "\ufffd" for char in unicodedata.normalize("NFC", text))
    if cell_len(plain) <= most_cells:
        return plain
    return set_cell_size(plain, most_cells - 1).rstrip() + "…"
