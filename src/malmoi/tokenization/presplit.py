"""What happens to a text between cleaning and a backend that cannot do it: morphemes are marked (Kiwi), syllables become jamo.

surface  책을 봤다  →  책⁺을 봤⁺다      morphemes that share a syllable stay together: taking the marks out gives the text back
forms    책을 봤다  →  책⁺을 보⁺었⁺다   every morpheme as the dictionary has it
jamo     책 ㅋㅋ    →  ᄎ ᅢ ᆨ ㅋㅋ     without loss (`malmoi.text.jamo`)

A mark stands where a morpheme goes on inside a word. It is no punctuation, so no pre-tokenizer cuts it off; a typed ⁺ is
read as +. Every character of the result keeps its span in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.text.aligned import AlignedText, Edit, apply_edits
from malmoi.text.jamo import jamo_edits, jamo_to_text, text_to_jamo
from malmoi.text.kiwi import morphemes_of, require_kiwi
from malmoi.text.words import syllable_groups

MARK = "⁺"
Split = Literal["none", "surface", "forms", "jamo"]


@dataclass(frozen=True)
class Presplit:
    """One way to prepare a text; `protected` are added tokens, which no morpheme border cuts.

    Raises `ConfigError` for another split, and `MissingExtra` when it needs Kiwi and that is not installed.

    >>> Presplit("surface").apply("책을 봤다"), Presplit("forms").apply("책을 봤다")
    ('책⁺을 봤⁺다', '책⁺을 보⁺었⁺다')
    >>> aligned = Presplit("forms")("책을 봤다")
    >>> [aligned.raw_span(place, place + 1) for place in (4, 6)]  # 보 and 었 stand for 봤
    [(3, 4), (3, 4)]
    """

    split: Split = "none"
    protected: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.split not in get_args(Split):
            raise ConfigError(unknown_name(f"split={self.split}", str(self.split), list(get_args(Split))))
        if self.asks_kiwi:
            require_kiwi()

    @property
    def asks_kiwi(self) -> bool:
        """Whether it marks morphemes."""
        return self.split in _MARKING

    def __call__(self, text: str) -> AlignedText:
        """Return the prepared text with the span of every character in `text`."""
        if self.split == "none":
            return AlignedText(text, text)
        if self.split == "jamo":
            return AlignedText.from_edits(text, jamo_edits(text))
        plain = text.replace(MARK, "+")
        return AlignedText(text, plain).then(lambda typed: AlignedText.from_edits(typed, self._marks(typed)))

    def apply(self, text: str) -> str:
        """Return `self(text).text` without building the map."""
        if self.split == "none":
            return text
        if self.split == "jamo":
            return text_to_jamo(text)
        plain = text.replace(MARK, "+")
        return apply_edits(plain, self._marks(plain))

    def undo(self, text: str) -> str:
        """Return the text that `apply` prepared; dictionary forms stay, since their contraction cannot be known.

        >>> Presplit("jamo").undo(Presplit("jamo").apply("값 ㅋㅋ")), Presplit("surface").undo("책⁺을 봤⁺다")
        ('값 ㅋㅋ', '책을 봤다')
        """
        if self.split == "jamo":
            return jamo_to_text(text)
        return text.replace(f" {MARK}", "").replace(MARK, "") if self.asks_kiwi else text

    def _marks(self, text: str) -> Iterator[Edit]:
        edits = _MARKING[self.split](text)
        if self._protected is None:
            return iter(edits)
        spans = [match.span() for match in self._protected.finditer(text)]
        return (edit for edit in edits if not any(_cuts(edit, *span) for span in spans))

    @cached_property
    def _protected(self) -> re.Pattern[str] | None:
        longest_first = sorted(self.protected, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _cuts(edit: Edit, start: int, end: int) -> bool:
    """Whether an edit changes `start:end`, or puts a mark in it or before it."""
    return edit.start < end and edit.end > start if edit.start < edit.end else start <= edit.start < end


def _surface(text: str) -> Iterator[Edit]:
    end = -1
    for group in syllable_groups(morphemes_of(text)):
        if group.start == group.end:  # a copula that is heard but not written
            continue
        if group.start == end and text[end - 1].isalnum() and text[end].isalnum():  # punctuation is cut off anyway
            yield Edit(end, end, MARK)
        end = group.end


def _forms(text: str) -> Iterator[Edit]:
    end = -1
    for group in syllable_groups(morphemes_of(text)):
        mark = MARK if group.start == end else ""
        forms = mark + MARK.join(morpheme.form for morpheme in group.morphemes)
        if forms != text[group.start : group.end]:
            yield Edit(group.start, group.end, forms)
        end = group.end


_MARKING: dict[str, Callable[[str], Iterable[Edit]]] = {"surface": _surface, "forms": _forms}
