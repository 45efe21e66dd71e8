"""Cleaning steps on words and morphemes: stop words, particles, morphemes. The last two ask Kiwi."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from malmoi.text.aligned import Edit
from malmoi.text.kiwi import Morpheme, morphemes_of

NOUNS = ("NN", "NP", "NR", "XR")
CONTENT = (*NOUNS, "VV", "VA", "MAG", "MM", "SL", "SH", "SN")
_KEPT = {"all": ("",), "content": CONTENT, "nouns": NOUNS}


def stopwords(text: str, words: Collection[str]) -> Iterator[Edit]:
    """Take out every word (what stands between spaces) that is one of `words`; behind `morphemes`, morphemes are words.

    >>> from malmoi.text.aligned import apply_edits
    >>> apply_edits("그리고 영화 가 정말 좋 았 다", stopwords("그리고 영화 가 정말 좋 았 다", {"그리고", "가", "다"}))
    ' 영화  정말 좋 았 '
    """
    taken = frozenset(words)
    return (Edit(*match.span(), "") for match in _WORD.finditer(text) if match[0] in taken)


def particles(text: str) -> Iterator[Edit]:
    """Take out particles (조사, the tags J); one inside a contracted syllable (난 = 나 + ㄴ) stays.

    >>> from malmoi.text.aligned import apply_edits
    >>> apply_edits("손흥민은 런던에서 바나나를 먹었다", particles("손흥민은 런던에서 바나나를 먹었다"))
    '손흥민 런던 바나나 먹었다'
    """
    end = 0
    for morpheme in morphemes_of(text):
        if morpheme.tag.startswith("J") and end <= morpheme.start < morpheme.end:
            yield Edit(morpheme.start, morpheme.end, "")
        end = max(end, morpheme.end)


def morphemes(text: str, kept: str = "all") -> Iterator[Edit]:
    """Write morphemes with one space between them: "all", "content" (nouns, verbs, adverbs, numbers …) or "nouns".

    >>> from malmoi.text.aligned import apply_edits
    >>> [apply_edits("책을 봤다", morphemes("책을 봤다", kept)) for kept in ("all", "content", "nouns")]
    ['책 을 보 었 다', '책 보', '책']
    """
    end = 0
    for group in syllable_groups(morphemes_of(text)):
        forms = " ".join(m.form for m in group.morphemes if m.tag.startswith(_KEPT[kept]))
        if not forms:
            continue
        if text[end : group.start] != (gap := " " if end else ""):
            yield Edit(end, group.start, gap)
        if text[group.start : group.end] != forms:
            yield Edit(group.start, group.end, forms)
        end = group.end
    if end < len(text):
        yield Edit(end, len(text), "")


class Group(NamedTuple):
    """Morphemes that share a syllable (봤 = 보 + 었), mostly one alone, and the span they cover, end exclusive."""

    start: int
    end: int
    morphemes: tuple[Morpheme, ...]


def syllable_groups(found: Iterable[Morpheme]) -> Iterator[Group]:
    """Yield morphemes in order, those that share a syllable together; the spans of groups do not overlap.

    >>> [[m.form for m in group.morphemes] for group in syllable_groups(morphemes_of("책을 봤다"))]
    [['책'], ['을'], ['보', '었'], ['다']]
    """
    group: list[Morpheme] = []
    end = 0
    for morpheme in found:
        if group and morpheme.start >= end:
            yield Group(group[0].start, end, tuple(group))
            group = []
        group.append(morpheme)
        end = max(end, morpheme.end)
    if group:
        yield Group(group[0].start, end, tuple(group))


_WORD = re.compile(r"\S+")
