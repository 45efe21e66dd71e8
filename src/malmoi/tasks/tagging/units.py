"""What is tagged: the characters of a text that are no spaces, or its token pieces, each with its place in the raw text.

One real instance: `손흥민은 런던에` with the pieces ▁손흥 민은 ▁런던 에 has seven characters, 손 … 에, and 민 and 은 are the
first and second of one piece: only characters can end an entity between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from malmoi.data.examples import Span
from malmoi.data.features import PIECE_PLACES
from malmoi.text.aligned import AlignedText
from malmoi.tokenization.tokenizer import Encoding


@dataclass(frozen=True, slots=True)
class Units:
    """Units in order, arrays of one length: raw span `starts`, `ends` (end exclusive), the token each is part of (counted
    over all tokens of the encoding), its place in that token's piece from 0, and its code point (of a piece, the first's).
    """

    starts: np.ndarray
    ends: np.ndarray
    tokens: np.ndarray
    places: np.ndarray
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, rows: slice | np.ndarray) -> Units:
        return Units(self.starts[rows], self.ends[rows], self.tokens[rows], self.places[rows], self.codes[rows])

    @property
    def begins_word(self) -> np.ndarray:
        """Whether each unit is the first behind a space, bool [n]."""
        begins = np.ones(len(self), dtype=bool)
        begins[1:] = self.starts[1:] > self.ends[:-1]
        return begins


def character_units(text: AlignedText, encoding: Encoding) -> Units:
    """Return the characters of a normalised text that are no spaces, each with the last token that begins at it or before."""
    codes = np.frombuffer(text.text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    kept = np.array([i for i, char in enumerate(text.text) if not char.isspace()], dtype=np.int64)
    starts, ends = kept, kept + 1
    if text.starts is not None and text.ends is not None:
        starts, ends = np.array(text.starts, dtype=np.int64)[kept], np.array(text.ends, dtype=np.int64)[kept]
    content = np.flatnonzero(encoding.sequence == 0)
    if not len(content):  # nothing but characters that the tokenizer drops
        return Units(*(np.zeros(0, dtype=np.int64) for _ in range(5)))
    token_starts = np.maximum.accumulate(encoding.offsets[content, 0])
    found = np.maximum(np.searchsorted(token_starts, starts, side="right") - 1, 0)
    places = np.arange(len(found)) - np.searchsorted(found, found, side="left")
    return Units(starts, ends, content[found], np.minimum(places, PIECE_PLACES - 1), codes[kept])


def piece_units(characters: Units) -> Units:
    """Return the token pieces that characters belong to: every piece with a character that is no space."""
    _, first = np.unique(characters.tokens, return_index=True)
    last = np.append(first[1:], len(characters))[: len(first)] - 1
    pieces = characters[first]
    return Units(pieces.starts, characters.ends[last], pieces.tokens, pieces.places, pieces.codes)


def unit_tags(units: Units, spans: Iterable[tuple[Span, int]], outside: int) -> np.ndarray:
    """Return the tag id of each unit, int64 [n]: `outside`, or those of the `(span, id of its B- tag)` it belongs to.

    The I- tag's id is one above. A unit on the edge of a span belongs to it if at least half of it lies inside.
    """
    tags = np.full(len(units), outside, dtype=np.int64)
    for span, begin in spans:
        low = int(np.searchsorted(units.ends, span.start, side="right"))
        high = int(np.searchsorted(units.starts, span.end, side="left"))
        if low < high and not _is_half_inside(units, low, span):
            low += 1
        if low < high and not _is_half_inside(units, high - 1, span):
            high -= 1
        tags[low:high] = begin + 1
        tags[low : min(low + 1, high)] = begin
    return tags


def _is_half_inside(units: Units, i: int, span: Span) -> bool:
    start, end = int(units.starts[i]), int(units.ends[i])
    return 2 * (min(end, span.end) - max(start, span.start)) >= end - start


@dataclass(frozen=True, slots=True)
class Cut:
    """A window of tokens `first` to `last`, and the units it decides, `low` to `high`; ends exclusive."""

    first: int
    last: int
    low: int
    high: int


def cut_windows(unit_tokens: np.ndarray, content: Sequence[int], capacity: int, overlap: int) -> Iterator[Cut]:
    """Yield windows of at most `capacity` of the tokens `content[0]` to `content[1]`, each sharing `overlap` with the next.

    Every unit is decided once: windows part at the middle of what they share.

    >>> [(cut.first, cut.last, cut.low, cut.high) for cut in cut_windows(np.arange(10), (0, 10), capacity=6, overlap=2)]
    [(0, 6, 0, 5), (4, 10, 5, 10)]
    """
    begin, end = content
    step = capacity - overlap
    firsts = [begin, *range(begin + step, end - overlap, step)]
    parts = [0, *(int(np.searchsorted(unit_tokens, first + overlap // 2)) for first in firsts[1:]), len(unit_tokens)]
    for first, low, high in zip(firsts, parts, parts[1:], strict=False):
        yield Cut(first, min(first + capacity, end), low, high)


def joined(parts: Sequence[Units]) -> Units:
    """Return the units of windows one behind the other."""
    if len(parts) == 1:
        return parts[0]
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Units))
    return Units(*(np.concatenate(column) for column in columns))
