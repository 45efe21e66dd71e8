"""A normalised text that remembers where each of its characters came from.

Raw characters are the coordinate system of examples and predictions. A file name 한글 from a Mac is six code points
that normalise to two: `AlignedText` keeps, for every normalised character, the raw span `(start, end)` it stands for.

    raw   ᄒ ᅡ ᆫ ᄀ ᅳ ᆯ        text  한     글
          0 1 2 3 4 5              (0,3)  (3,6)
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Edit(NamedTuple):
    """Raw characters `start:end` (end exclusive) become `text`; `start == end` inserts, an empty `text` removes."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class AlignedText:
    """`raw` and its normalised `text`, with the raw span of every character of `text`.

    `starts` and `ends` hold one unsigned integer per character of `text`, never falling; both are None when
    character i of `text` stands for character i of `raw`, which costs no memory. A character that stands for
    nothing in `raw` (an inserted space) has an empty span; characters that cannot be told apart share one span.

    >>> aligned = AlignedText.from_edits("한\\x00글", [Edit(1, 2, "")])
    >>> aligned.text, aligned.raw_span(0, 2), aligned.text_span(2, 3)
    ('한글', (0, 3), (1, 2))
    """

    raw: str
    text: str
    starts: array[int] | None = field(default=None, repr=False, hash=False)
    ends: array[int] | None = field(default=None, repr=False, hash=False)

    def __post_init__(self) -> None:
        if self.starts is None or self.ends is None:
            assert self.starts is self.ends is None and len(self.text) == len(self.raw)
        else:
            assert len(self.starts) == len(self.ends) == len(self.text)

    @classmethod
    def from_edits(cls, raw: str, edits: Iterable[Edit]) -> AlignedText:
        """Apply edits to `raw`; they come in order and do not overlap, else `ValueError`.

        >>> AlignedText.from_edits("띄어쓰기없음", [Edit(4, 4, " ")]).text
        '띄어쓰기 없음'
        """
        starts, ends, pieces = array("I"), array("I"), list[str]()
        position, one_to_one = 0, True
        for start, end, text in edits:
            if not position <= start <= end <= len(raw):
                raise ValueError(f"edit {start}:{end} after position {position} in {len(raw)} characters")
            if position < start:
                starts.extend(range(position, start))
                ends.extend(range(position + 1, start + 1))
                pieces.append(raw[position:start])
            starts.extend([start] * len(text))
            ends.extend([end] * len(text))
            pieces.append(text)
            one_to_one = one_to_one and len(text) == end - start == 1
            position = end
        if one_to_one:
            return cls(raw, "".join(pieces) + raw[position:])
        starts.extend(range(position, len(raw)))
        ends.extend(range(position + 1, len(raw) + 1))
        return cls(raw, "".join(pieces) + raw[position:], starts, ends)

    def then(self, step: Callable[[str], AlignedText]) -> AlignedText:
        """Normalise `text` further with `step`; the maps compose, so spans still point into the first `raw`.

        >>> compact = AlignedText("하 늘", "하 늘").then(lambda text: substitute(text, re.compile(" "), ""))
        >>> compact.text, compact.raw_span(1, 2)
        ('하늘', (2, 3))
        """
        inner = step(self.text)
        assert inner.raw == self.text, "a step must align its own input"
        if inner.starts is None or inner.ends is None:
            return AlignedText(self.raw, inner.text, self.starts, self.ends)
        if self.starts is None:
            return AlignedText(self.raw, inner.text, inner.starts, inner.ends)
        starts, ends = array("I"), array("I")
        for start, end in zip(inner.starts, inner.ends, strict=True):
            raw_start, raw_end = self._raw_span(start, end)
            starts.append(raw_start)
            ends.append(raw_end)
        return AlignedText(self.raw, inner.text, starts, ends)

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the raw span of the normalised characters `start:end`; removed text at its edges stays outside.

        An empty span gives a point, or the span of the characters it splits. `ValueError` outside `text`.
        """
        _check(start, end, len(self.text))
        return self._raw_span(start, end)

    def text_span(self, raw_start: int, raw_end: int) -> tuple[int, int]:
        """Return the normalised span that covers every character standing for part of the raw span (annotations).

        A raw span that was removed gives an empty span at its place. `ValueError` outside `raw`.
        """
        _check(raw_start, raw_end, len(self.raw))
        if self.starts is None or self.ends is None:
            return raw_start, raw_end
        first = bisect_right(self.ends, raw_start)
        if raw_start == raw_end:
            return first, first
        return first, max(first, bisect_left(self.starts, raw_end))

    def kept(self) -> list[tuple[int, int]]:
        """Return `(place in raw, place in text)` of every character that is still itself.

        >>> AlignedText.from_edits("ㅋㅋㅋ", [Edit(0, 2, "")]).kept()
        [(2, 0)]
        """
        starts, ends = self.starts, self.ends
        if starts is None or ends is None:
            return [(i, i) for i, char in enumerate(self.text) if self.raw[i] == char]
        return [
            (starts[i], i)
            for i, char in enumerate(self.text)
            if ends[i] - starts[i] == 1 and self.raw[starts[i]] == char
        ]

    def _raw_span(self, start: int, end: int) -> tuple[int, int]:
        if self.starts is None or self.ends is None:
            return start, end
        if start < end:
            return self.starts[start], self.ends[end - 1]
        before = self.ends[start - 1] if start else 0
        after = self.starts[start] if start < len(self.starts) else len(self.raw)
        return min(before, after), before


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return `AlignedText.from_edits(text, edits).text` without building the map; the edits are trusted.

    >>> apply_edits("하하하하!", [Edit(2, 4, "")])
    '하하!'
    """
    position, pieces = 0, list[str]()
    for start, end, replacement in edits:
        pieces += (text[position:start], replacement)
        position = end
    return "".join(pieces) + text[position:] if pieces else text


def removal(text: str, start: int, end: int) -> Edit:
    """Return the edit that takes `start:end` out, leaving a space where two words would run together.

    >>> apply_edits("맛집★추천", [removal("맛집★추천", 2, 3)])
    '맛집 추천'
    """
    joins = start > 0 and end < len(text) and not text[start - 1].isspace() and not text[end].isspace()
    return Edit(start, end, " " if joins else "")


def substitute(text: str, pattern: re.Pattern[str], replacement: str | Callable[[str], str]) -> AlignedText:
    """Replace every match, like `pattern.sub`, and keep the map; a callable gets the matched string.

    Every character of a replacement stands for the whole match. Linear when the pattern is.

    >>> substitute("하하하하!", re.compile("하+"), "하").raw_span(0, 1)
    (0, 4)
    """
    if isinstance(replacement, str):
        edits = (Edit(*match.span(), replacement) for match in pattern.finditer(text))
    else:
        edits = (Edit(*match.span(), replacement(match[0])) for match in pattern.finditer(text))
    return AlignedText.from_edits(text, edits)


def _check(start: int, end: int, length: int) -> None:
    if not 0 <= start <= end <= length:
        raise ValueError(f"span {start}:{end} does not fit a text of {length} characters")
