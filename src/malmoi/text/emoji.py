"""Emoji: where they are (Unicode Technical Standard #51) and what they are called in Korean (`emoji.tsv`, Unicode CLDR).

A family, a flag and a heart with its colour selector are one emoji each. A character that Unicode shows as text, such as ♥ or ©,
is an emoji only with the selector U+FE0F behind it. Newer emoji than the table's are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from malmoi.text.aligned import Edit, removal
from malmoi.text.unicode import char_class

SELECTOR, JOINER = "\ufe0f", "\u200d"
TONES = "\U0001f3fb-\U0001f3ff"


def emoji(text: str, policy: str = "drop") -> Iterator[Edit]:
    """Take emoji out, write their Korean names ("name"), or leave them ("keep").

    >>> from malmoi.text.aligned import apply_edits
    >>> apply_edits("재밌어요😂👍🏽 또 봐요", emoji("재밌어요😂👍🏽 또 봐요", "name"))
    '재밌어요 기쁨의 눈물을 흘리는 얼굴 올린 엄지 또 봐요'
    """
    if policy == "keep" or text.isascii() or not _first_look().search(text):
        return
    after = 0
    for match in re.finditer(emoji_pattern(), text):
        start, end = match.span()
        if policy == "drop":
            yield removal(text, start, end)
        elif name := emoji_name(match[0]):
            before = " " if start > after and not text[start - 1].isspace() else ""
            behind = " " if end < len(text) and not text[end].isspace() else ""
            yield Edit(start, end, before + name + behind)
            after = end


def emoji_name(found: str) -> str:
    """Return the Korean name of an emoji, whatever its skin tone; of an unknown group the names of its parts, "" if none has one.

    >>> emoji_name("🇰🇷"), emoji_name("👍🏽"), emoji_name("👩🏽‍🍳")
    ('깃발 대한민국', '올린 엄지', '여자 요리사')
    """
    names = _names()
    plain = re.sub(f"[{SELECTOR}{TONES}]", "", found)
    if plain in names:
        return names[plain]
    return " ".join(name for part in plain.split(JOINER) if (name := names.get(part)))


@cache
def emoji_pattern() -> str:
    """Return the regular expression of one emoji; linear, without groups."""
    table = _table()
    shown = char_class(ord(key) for key in table if len(key) == 1)
    textual = char_class(ord(key[0]) for key in table if len(key) == 2 and key[1] == SELECTOR)
    joined = char_class(
        {ord(char) for key in table for part in key.split(JOINER)[1:] for char in part} - {ord(SELECTOR)}
    )
    part = f"{SELECTOR}?[{TONES}]?"
    return (
        f"[0-9#*]{SELECTOR}?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}"
        f"|(?:[{shown}]|[{textual}](?=[{SELECTOR}{TONES}])){part}"
        "(?:[\U000e0020-\U000e007e]{1,30}\U000e007f)?"
        f"(?:{JOINER}[{shown}{textual}{joined}]{part})*+"
    )


@cache
def _first_look() -> re.Pattern[str]:
    """Return a quick pattern that finds something in every text with an emoji, and seldom in another."""
    codes = (ord(key[0]) for key in _table())
    return re.compile(f"[{char_class(code for code in codes if 0x80 < code < 0x10000)}\u20e3\U0001f000-\U0001faff]")


@cache
def _table() -> dict[str, str]:
    lines = Path(__file__).with_name("emoji.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)  # type: ignore[misc]


@cache
def _names() -> dict[str, str]:
    return {key.replace(SELECTOR, ""): name for key, name in _table().items()}
