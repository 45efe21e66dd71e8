"""Unicode NFC with a map back to the input, in linear time.

Text from macOS file names is NFD: 한 arrives as ᄒ + ᅡ + ᆫ. Source: Unicode Standard Annex #15.

Two things the standard library does not do. It says nothing about offsets: here the text is cut into segments that
cannot interact (a segment starts at a character that never joins the one before) and each segment is normalised
alone. And it sorts combining marks by swapping neighbours, which takes quadratic time on a long run of marks (16,000
marks 0.2 s, a million over ten minutes): long runs are sorted here first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

from malmoi.text.aligned import AlignedText, Edit
from malmoi.text.unicode import char_class

_LONG_RUN = 32


def nfc(text: str) -> str:
    """Return `text` in NFC; text that already is comes back at the cost of one quick scan.

    >>> nfc("\\u1112\\u1161\\u11ab")
    '한'
    """
    if unicodedata.is_normalized("NFC", text):
        return text
    if len(text) >= _LONG_RUN and _patterns().long_run.search(text):
        text = _sorted_nfd(text)
    return unicodedata.normalize("NFC", text)


def nfc_aligned(text: str) -> AlignedText:
    """Do what `nfc` does and keep the map to `text`.

    >>> nfc_aligned("\\u1112\\u1161\\u11ab글").raw_span(1, 2)
    (3, 4)
    """
    if unicodedata.is_normalized("NFC", text):
        return AlignedText(text, text)
    return AlignedText.from_edits(text, _edits(text))


def _edits(text: str) -> Iterator[Edit]:
    for match in _patterns().segment.finditer(text):
        source = match[0]
        composed = nfc(source)
        if composed != source:
            kept = _unchanged_suffix(source, composed)
            yield Edit(match.start(), match.end() - kept, composed[: len(composed) - kept])


def _unchanged_suffix(source: str, composed: str) -> int:
    """Return how many characters at the end stand for themselves, so that marks after a syllable keep their own span.

    Canonical equivalence can be cancelled from the right, so what remains before them is equivalent too.
    """
    length = 0
    for left, right in zip(reversed(source), reversed(composed), strict=False):
        if left != right:
            break
        length += 1
    return length


def _sorted_nfd(text: str) -> str:
    """Return `text` decomposed, its marks in canonical order, in n log n time."""
    decomposed = "".join([unicodedata.normalize("NFD", char) for char in text])
    return _patterns().marks.sub(lambda run: "".join(sorted(run[0], key=unicodedata.combining)), decomposed)


@dataclass(frozen=True)
class _Patterns:
    segment: re.Pattern[str]  # a piece of text that may change, and that nothing outside it can change
    marks: re.Pattern[str]  # two or more combining marks
    long_run: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Read the interpreter's Unicode tables once (20 ms), at the first text that is not NFC."""
    marks, seconds, changing = set[int](), set[int](), set[int]()
    decomposed = dict[int, str]()
    for code in chain(range(0x20000), range(0x2F800, 0x2FA20)):  # nothing outside decomposes or combines
        char = chr(code)
        if unicodedata.combining(char):
            marks.add(code)
        decomposition = unicodedata.decomposition(char)
        if decomposition and decomposition[0] != "<":  # "<...>" is a compatibility mapping, not ours
            decomposed[code] = unicodedata.normalize("NFD", char)
            seconds.update(int(part, 16) for part in decomposition.split()[1:])
            if not unicodedata.is_normalized("NFC", char):
                changing.add(code)
    seconds.update(range(0x1161, 0x1176), range(0x11A8, 0x11C3))  # Hangul vowels and finals compose by arithmetic
    marks.update(code for code, full in decomposed.items() if all(map(unicodedata.combining, full)))
    joining = marks | seconds
    # Empty before Unicode 16, whose Gurung Khema vowels decompose to letters that join the one before.
    joining.update(code for code, full in decomposed.items() if ord(full[0]) in joining)
    joins, mark = char_class(joining), char_class(marks)
    return _Patterns(
        segment=re.compile(f"[^{joins}]?[{joins}]+|[{char_class(changing - joining)}]"),
        marks=re.compile(f"[{mark}]{{2,}}"),
        long_run=re.compile(f"[{mark}]{{{_LONG_RUN}}}"),
    )
