"""Which characters a vocabulary starts from: those of the corpus by frequency, and those that Korean cannot do without."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from malmoi.text.jamo import ESCAPE
from malmoi.text.unicode import char_class

ALL_SYLLABLES = tuple(map(chr, range(0xAC00, 0xD7A4)))
CONJOINING = tuple(map(chr, (*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A8, 0x11C3))))
LETTERS = tuple(map(chr, range(0x3131, 0x3164)))  # ㄱ-ㅎ ㅏ-ㅣ, as in ㅋㅋ and ㅠㅠ
ASCII = tuple(map(chr, range(0x20, 0x7F)))
BASIC = ("\n", *ASCII, *LETTERS)
JAMO = (*BASIC, *CONJOINING, ESCAPE)


@dataclass
class Alphabet:
    """Characters counted in texts; `inside` are those met behind another one of the same word."""

    counts: Counter[str] = field(default_factory=Counter)
    inside: set[str] = field(default_factory=set)

    def add(self, text: str, *, inside: bool = False) -> None:
        """Count the characters of a text, and note which stand inside words when asked to."""
        self.counts.update(text)
        if inside:
            self.inside.update(_inside().findall(text))

    def most_frequent(self, limit: int, always: tuple[str, ...] = ()) -> list[str]:
        """Return `always` and the `limit` most frequent characters that are no space, in the order of their code points.

        >>> alphabet = Alphabet()
        >>> alphabet.add("가나 가다")
        >>> alphabet.most_frequent(2)
        ['가', '나']
        """
        ranked = sorted((-count, char) for char, count in self.counts.items() if not char.isspace())
        return sorted({char for _, char in ranked[:limit]} | set(always))


@cache
def _inside() -> re.Pattern[str]:
    """A character of a word behind another one; punctuation, as BERT has it, is a word of its own."""
    ascii_marks = set(range(0x21, 0x7F)) - {code for code in range(0x7F) if chr(code).isalnum()}
    others = {code for code in range(0x80, 0x20000) if unicodedata.category(chr(code)).startswith("P")}
    word = rf"[^\s{char_class(ascii_marks | others)}]"
    return re.compile(f"(?<={word}){word}")
