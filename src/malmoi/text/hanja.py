"""Hanja: taken out with the brackets around them, or read in Hangul (`hanja.tsv`, Unihan kHangul).

Read character by character with the rules of the standard orthography: ㄴ and ㄹ at the start of a word (女 여, 勞動 노동 but
過勞 과로), 렬 and 률 behind a vowel or ㄴ (比率 비율 but 法律 법률), 不 before ㄷ and ㅈ (不正 부정). Words with a reading of their own are not
known: 金 is 금 in names too, 樂 is 락 in 音樂.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from malmoi.text.aligned import Edit
from malmoi.text.jamo import jamo_to_syllable, syllable_to_jamo
from malmoi.text.unicode import HANJA, is_hangul_syllable


def hanja(text: str, policy: str = "drop") -> Iterator[Edit]:
    """Take hanja out, with brackets that hold nothing else, write their readings ("reading"), or leave them ("keep").

    >>> from malmoi.text.aligned import apply_edits
    >>> apply_edits("말모이(語彙集)는 女性 作家", hanja("말모이(語彙集)는 女性 作家"))
    '말모이는  '
    >>> apply_edits("女性 勞動者의 比率", hanja("女性 勞動者의 比率", "reading"))
    '여성 노동자의 비율'
    """
    if policy == "drop":
        yield from (Edit(*match.span(), "") for match in _GLOSS_OR_HANJA.finditer(text))
    elif policy == "reading":
        for match in _HANJA.finditer(text):
            before = text[match.start() - 1] if match.start() else ""
            yield from _read_run(match[0], match.start(), before)


def _read_run(run: str, start: int, before: str) -> Iterator[Edit]:
    """Yield one edit for each hanja of an unbroken run that has a reading; `before` is the character in front of it."""
    readings = _readings()
    for i, char in enumerate(run):
        following = readings.get(run[i + 1], "") if i + 1 < len(run) else ""
        before = _in_context(char, readings.get(char, ""), before, following)
        if before:
            yield Edit(start + i, start + i + 1, before)


def _in_context(char: str, reading: str, before: str, following: str) -> str:
    """Return a reading as the characters before and behind change it."""
    if not reading:
        return ""
    initial, medial, final = syllable_to_jamo(reading)
    if char == "不" and following and syllable_to_jamo(following).initial in "ㄷㅈ":
        return "부"
    if not before or not is_hangul_syllable(before):
        return jamo_to_syllable(_first_initial(initial, medial), medial, final)
    if reading in ("렬", "률") and syllable_to_jamo(before).final in ("", "ㄴ"):
        return jamo_to_syllable("ㅇ", medial, final)
    return reading


def _first_initial(initial: str, medial: str) -> str:
    """Return the initial that ㄴ and ㄹ become at the start of a word (Hangul orthography, articles 10 to 12)."""
    if initial in "ㄴㄹ" and medial in "ㅣㅑㅕㅛㅠㅖㅒ":
        return "ㅇ"
    return "ㄴ" if initial == "ㄹ" else initial


@cache
def _readings() -> dict[str, str]:
    lines = Path(__file__).with_name("hanja.tsv").read_text(encoding="utf-8").splitlines()
    return {char: reading for reading, chars in (line.split("\t") for line in lines) for char in chars}


_HANJA = re.compile(f"[{HANJA}]+")
_GLOSS_OR_HANJA = re.compile(rf"[(\[（［〔][{HANJA}][{HANJA}\s·ㆍ,，、/-]*+[)\]）］〕]|[{HANJA}]+")
