"""Cleaning steps for marks and space: repeats, special characters, brackets, fullwidth, whitespace. Every one is linear."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from malmoi.text.aligned import Edit, removal
from malmoi.text.emoji import emoji_pattern
from malmoi.text.unicode import FULLWIDTH_TO_ASCII, char_class


def repeats(text: str, most: int = 2) -> Iterator[Edit]:
    """Leave at most `most` of what is repeated: jamo, syllables, marks and units of up to four of them.

    Latin letters and digits stay: www, III, 1000.

    >>> from malmoi.text.aligned import apply_edits
    >>> text = "대박ㅋㅋㅋㅋㅋ 와와와와!!!! 1000원 ㅋㅎㅋㅎㅋㅎ"
    >>> apply_edits(text, repeats(text))
    '대박ㅋㅋ 와와!! 1000원 ㅋㅎㅋㅎ'
    """
    for match in _repeated(most).finditer(text):
        yield Edit(match.start() + most * len(match[1]), match.end(), "")


def special(text: str, kind: str = "symbols") -> Iterator[Edit]:
    """Take out special characters; emoji are left to the step `emoji`.

    "symbols": decoration such as ★ ♥ ▶ → and private characters; ASCII, currency and units (₩ ℃ ㎏ ㈜) stay.
    "punctuation": everything but letters, numbers and space. "hangul": everything but Hangul and space, emoji too.

    >>> from malmoi.text.aligned import apply_edits
    >>> [apply_edits("★추천★ 3.5점, good~", special("★추천★ 3.5점, good~", kind)) for kind in ("symbols", "punctuation", "hangul")]
    ['추천 3.5점, good~', '추천 3 5점 good', '추천 점 ']
    """
    for match in _special(kind).finditer(text):
        if match[1]:
            yield removal(text, *match.span())


def brackets(text: str) -> Iterator[Edit]:
    """Take out () [] {} 【】 〔〕, fullwidth ones too, with what they hold, within a line; quotes and titles 《》 「」 <> stay.

    >>> from malmoi.text.aligned import apply_edits
    >>> text = "[단독] 손흥민(33·LA FC)은 《골》을 넣었다 :)"
    >>> apply_edits(text, brackets(text))
    ' 손흥민은 《골》을 넣었다 :)'
    """
    opened: list[tuple[str, int]] = []
    spans: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text):
        char, start = match[0], match.start()
        if char == "\n":
            opened.clear()
        elif char in _CLOSING:
            opened.append((_CLOSING[char], start))
        elif opened and opened[-1][0] == char:
            start = opened.pop()[1]
            while spans and spans[-1][0] > start:
                spans.pop()  # inside this one
            spans.append((start, match.end()))
    return (Edit(start, end, "") for start, end in spans)


def fullwidth(text: str) -> Iterator[Edit]:
    """Write fullwidth ASCII (U+FF01 to U+FF5E) as ASCII and nothing else: ㅋ, ① and ㎏ stay.

    >>> from malmoi.text.aligned import apply_edits
    >>> apply_edits("ＫＢＳ！ ㅋㅋ ①", fullwidth("ＫＢＳ！ ㅋㅋ ①"))
    'KBS! ㅋㅋ ①'
    """
    for match in _FULLWIDTH.finditer(text):
        yield Edit(*match.span(), chr(FULLWIDTH_TO_ASCII[ord(match[0])]))


def whitespace(text: str) -> Iterator[Edit]:
    """Make one space of every run of spaces and line breaks, none at the ends, and take out invisible ones.

    >>> from malmoi.text.aligned import apply_edits
    >>> apply_edits(" 정말\\n\\n  재밌\\u200b어요　", whitespace(" 정말\\n\\n  재밌\\u200b어요　"))
    '정말 재밌어요'
    """
    for match in _SPACE.finditer(text):
        start, end = match.span()
        inside = start > 0 and end < len(text) and not all(char in _INVISIBLE for char in match[0])
        if match[0] != (wished := " " if inside else ""):
            yield Edit(start, end, wished)


@cache
def _repeated(most: int) -> re.Pattern[str]:
    return re.compile(rf"([^\sA-Za-z0-9]{{1,4}}?)\1{{{most},}}")


@cache
def _special(kind: str) -> re.Pattern[str]:
    """Return a pattern that finds emoji, and in group 1 runs of what a kind takes out."""
    if kind == "hangul":
        return re.compile("([^ㄱ-ㆎ가-힣\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb\\s]+)")
    categories = {"symbols": ("Sm", "Sk", "So", "Co", "Cn"), "punctuation": ("P", "S", "Co", "Cn")}[kind]
    codes = (code for code in range(0x10000) if unicodedata.category(chr(code)).startswith(categories))
    taken = char_class(code for code in codes if kind != "symbols" or not _is_kept(code)) + _PLANES
    emoji = emoji_pattern()
    return re.compile(f"(?=[{taken}])(?:(?:{emoji})|((?:(?!{emoji})[{taken}])+))")


def _is_kept(code: int) -> bool:
    """Whether a symbol counts as text: ASCII, ° ± × ÷ ∼, letterlike (℃ №), enclosed Hangul (㈜), units (㎏), fullwidth ASCII."""
    return code < 0x80 or chr(code) in "°±×÷∼" or any(code in block for block in _TEXT_BLOCKS)


# Music, pictures, private use: few ranges, since every one beyond U+FFFF is a comparison for each character of a text.
_PLANES = "\U0001d000-\U0001d24f\U0001f000-\U0001faff\U000f0000-\U0010ffff"
_TEXT_BLOCKS = (range(0x2100, 0x2150), range(0x3200, 0x3400), range(0xFF01, 0xFF5F))
_CLOSING = {"(": ")", "[": "]", "{": "}", "【": "】", "〔": "〕", "（": "）", "［": "］", "｛": "｝"}
_BRACKET = re.compile("[" + re.escape("".join(_CLOSING) + "".join(_CLOSING.values())) + "\n]")
_FULLWIDTH = re.compile("[！-～]")
_INVISIBLE = "\u200b\u2060\ufeff\u00ad"  # zero-width space, word joiner, byte order mark, soft hyphen
_SPACE = re.compile(rf"[\s{_INVISIBLE}]{{2,}}|[^\S ]|[{_INVISIBLE}]|\A | \Z")
