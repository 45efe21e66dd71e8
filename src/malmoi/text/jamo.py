"""Syllables and their letters: 한 ↔ ㅎ ㅏ ㄴ, for single syllables and, without loss, for any text.

Two alphabets exist. Compatibility jamo (ㄱ U+3131) are what people type and read; conjoining jamo (U+1100 first,
U+1161 middle, U+11A8 last) say which place of the syllable they fill. Arithmetic: Unicode Standard, section 3.12.

`text_to_jamo` is exactly invertible for every string. A syllable becomes its conjoining jamo; everything else,
ㅋㅋㅋ included, stays. A conjoining jamo that stood in the text by itself, and the escape character U+E000 itself,
is preceded by U+E000; so an unescaped first jamo always starts a syllable and the inverse has one reading. The result
is an encoding for subword units, not text to show, and NFC would undo it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from malmoi.text.aligned import Edit
from malmoi.text.unicode import is_hangul_syllable

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
COMPOUNDS = {
    **{"ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ"},
    **{"ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ"},
    **{"ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ"},
}
ESCAPE = "\ue000"  # private use, outside the area that fonts for old Hangul occupy

_SYLLABLE = re.compile(
    r"[\u1100-\u1112][\u1161-\u1175]{1,2}[\u11a8-\u11c2]{0,2}|\ue000([\ue000\u1100-\u1112\u1161-\u1175\u11a8-\u11c2])"
)


class Jamo(NamedTuple):
    """The compatibility letters of one syllable; `final` is empty when there is none."""

    initial: str
    medial: str
    final: str = ""


def syllable_to_jamo(syllable: str) -> Jamo:
    """Return the letters of one syllable; `ValueError` when it is none.

    >>> syllable_to_jamo("값")
    Jamo(initial='ㄱ', medial='ㅏ', final='ㅄ')
    """
    if len(syllable) != 1 or not is_hangul_syllable(syllable):
        raise ValueError(f"not a Hangul syllable: {syllable!r}")
    rest, final = divmod(ord(syllable) - 0xAC00, 28)
    initial, medial = divmod(rest, 21)
    return Jamo(INITIALS[initial], MEDIALS[medial], FINALS[final])


def jamo_to_syllable(initial: str, medial: str, final: str = "") -> str:
    """Return the syllable of compatibility letters, compounds whole (ㅄ) or split (ㅂㅅ); `ValueError` for others.

    >>> jamo_to_syllable("ㄱ", "ㅏ", "ㅄ"), jamo_to_syllable("ㄱ", "ㅏ", "ㅂㅅ")
    ('값', '값')
    """
    medial, final = join_compound(medial), join_compound(final)
    if not initial or initial not in INITIALS or not medial or medial not in MEDIALS or final not in FINALS:
        raise ValueError(f"not the letters of a syllable: {initial!r}, {medial!r}, {final!r}")
    code = (INITIALS.index(initial) * 21 + MEDIALS.index(medial)) * 28 + FINALS.index(final)
    return chr(0xAC00 + code)


def split_compound(letter: str) -> str:
    """Return the two letters of a compound vowel or final; any other string comes back unchanged.

    >>> split_compound("ㅘ"), split_compound("ㅄ"), split_compound("ㄲ")
    ('ㅗㅏ', 'ㅂㅅ', 'ㄲ')
    """
    return COMPOUNDS.get(letter, letter)


def join_compound(letters: str) -> str:
    """Undo `split_compound`; any other string comes back unchanged.

    >>> join_compound("ㅂㅅ")
    'ㅄ'
    """
    return _JOINED.get(letters, letters)


def syllable_to_conjoining(syllable: str, split_compounds: bool = False) -> str:
    """Return the conjoining jamo of one syllable, 2 or 3 characters (up to 5 split); `ValueError` when it is none.

    >>> [f"{ord(jamo):04X}" for jamo in syllable_to_conjoining("한")]
    ['1112', '1161', '11AB']
    """
    initial, medial, final = syllable_to_jamo(syllable)
    if split_compounds:
        medial, final = split_compound(medial), split_compound(final)
    return (
        chr(0x1100 + INITIALS.index(initial))
        + "".join(chr(0x1161 + MEDIALS.index(letter)) for letter in medial)
        + "".join(chr(0x11A7 + FINALS.index(letter)) for letter in final)
    )


def conjoining_to_syllable(jamo: str) -> str:
    """Undo `syllable_to_conjoining`, split or not; `ValueError` when the jamo do not make one syllable.

    >>> conjoining_to_syllable("\\u1112\\u1161\\u11ab")
    '한'
    """
    syllable = _decoding().get(jamo)
    if syllable is None:
        raise ValueError(f"not the conjoining jamo of one syllable: {jamo!r}")
    return syllable


def text_to_jamo(text: str, split_compounds: bool = False) -> str:
    """Encode any text as jamo, without loss (see the top of this file); linear time.

    >>> len(text_to_jamo("값 ㅋㅋ")), len(text_to_jamo("값 ㅋㅋ", split_compounds=True))
    (6, 7)
    """
    return text if text.isascii() else text.translate(_encoding(split_compounds))


def jamo_edits(text: str, split_compounds: bool = False) -> Iterator[Edit]:
    """Yield the edits that make `text_to_jamo(text)` of a text, for the map to its characters.

    >>> from malmoi.text.aligned import AlignedText
    >>> AlignedText.from_edits("값 ㅋㅋ", jamo_edits("값 ㅋㅋ")).raw_span(0, 3)
    (0, 1)
    """
    encoding = _encoding(split_compounds)
    return (Edit(i, i + 1, encoding[ord(char)]) for i, char in enumerate(text) if ord(char) in encoding)


def jamo_to_text(jamo: str) -> str:
    """Undo `text_to_jamo`, whether compounds were split or not; jamo that make no syllable stay as they are.

    >>> jamo_to_text(text_to_jamo("값 ㅋㅋ 😀", split_compounds=True))
    '값 ㅋㅋ 😀'
    """
    decoding = _decoding()
    return _SYLLABLE.sub(lambda match: match[1] or decoding.get(match[0], match[0]), jamo)


_JOINED = {letters: compound for compound, letters in COMPOUNDS.items()}


@cache
def _encoding(split_compounds: bool) -> dict[int, str]:
    literal = [ord(ESCAPE), *range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]
    table = {code: ESCAPE + chr(code) for code in literal}
    table.update((code, syllable_to_conjoining(chr(code), split_compounds)) for code in range(0xAC00, 0xD7A4))
    return table


@cache
def _decoding() -> dict[str, str]:
    syllables = [chr(code) for code in range(0xAC00, 0xD7A4)]
    return {syllable_to_conjoining(syllable, split): syllable for split in (False, True) for syllable in syllables}
