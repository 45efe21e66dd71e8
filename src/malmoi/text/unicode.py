"""Characters: what belongs to which script, and the one-to-one or removing rules of the normaliser.

Control rule (category Cc, 65 characters): tab, line feed and carriage return stay; the separators VT, FF, FS, GS,
RS, US and NEL become a space, so that words do not run together; every other one is removed, NUL included.
Format characters (Cf: ZWJ, direction marks, byte order mark) stay. Lone surrogates U+D800-DFFF, which no UTF-8
file and no tokenizer can hold, become U+FFFD one to one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from malmoi.text.aligned import AlignedText, substitute

# Written as escapes that Python's `re` and the Oniguruma of `tokenizers` read alike.
CONTROL_SEPARATORS = r"[\u000b\u000c\u001c-\u001f\u0085]"
CONTROL_REMOVED = r"[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f]"

HANJA = r"\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\U00020000-\U0003fffd\u3005\u3007"  # the inside of a character class

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SEPARATOR = re.compile(CONTROL_SEPARATORS)
_REMOVED = re.compile(CONTROL_REMOVED)

FULLWIDTH_TO_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def is_hangul_syllable(char: str) -> bool:
    """Tell whether one character is one of the 11,172 modern syllables 가-힣.

    >>> is_hangul_syllable("힣"), is_hangul_syllable("ㅎ")
    (True, False)
    """
    return 0xAC00 <= ord(char) <= 0xD7A3


def replace_surrogates(text: str) -> str:
    """Return `text` with every lone surrogate as U+FFFD; the length does not change.

    >>> replace_surrogates("가\\ud800나")
    '가�나'
    """
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def remove_controls(text: str) -> str:
    """Return `text` without control characters, by the rule at the top of this file.

    >>> remove_controls("말\\x00모\\x0c이\\n")
    '말모 이\\n'
    """
    return text if text.isprintable() else _REMOVED.sub("", _SEPARATOR.sub(" ", text))


def remove_controls_aligned(text: str) -> AlignedText:
    """Do what `remove_controls` does and keep the map to `text`.

    >>> remove_controls_aligned("말\\x00모").raw_span(1, 2)
    (2, 3)
    """
    separated = AlignedText(text, _SEPARATOR.sub(" ", text))
    return separated.then(lambda spaced: substitute(spaced, _REMOVED, ""))


def fullwidth_to_ascii(text: str) -> str:
    """Return `text` with U+FF01-FF5E as ASCII and nothing else changed (NFKC would also change ㅋ, ① and ㎏).

    >>> fullwidth_to_ascii("ＫＢＳ！ ㅋㅋ ①")
    'KBS! ㅋㅋ ①'
    """
    return text if text.isascii() else text.translate(FULLWIDTH_TO_ASCII)


def char_class(codes: Iterable[int]) -> str:
    """Return the inside of a regular expression's character class, neighbours merged into ranges.

    >>> char_class([0x1100, 0x1101, 0xAC00])
    '\\\\U00001100-\\\\U00001101\\\\U0000ac00-\\\\U0000ac00'
    """
    ranges = list[list[int]]()
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
