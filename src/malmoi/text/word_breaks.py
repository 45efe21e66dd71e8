"""Words of raw text as a treebank cuts them: eojeols, and where it splits punctuation off, that too, learned from its words.

One real instance, of UD: "협의회(e-gima.com)가 주최했다." is `협의회 ( e-gima.com ) 가 주최했다 .`; in KLUE-DP it stays two eojeols.

Between two letters or digits a word never ends. Beside a mark it depends on the pair of characters: letters stand for their
script, digits for one another, a mark for itself ("가." ends a word, "0.0" does not). A pair that was never seen goes by the
kinds of its marks (Unicode categories: "가 Ps", a letter before an opening bracket).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

Place = tuple[int, int]
Breaks = Mapping[str, bool]
HANGUL, LETTER, DIGIT = "가", "A", "0"
_PLAIN = (HANGUL, LETTER, DIGIT)
_EOJEOL = re.compile(r"\S+")


def learn_breaks(sentences: Iterable[tuple[str, Sequence[Place]]]) -> dict[str, bool]:
    """Return the rules that cut texts into their words: True for pairs that end a word, False for exceptions from their kinds.

    No rule for words that are eojeols.

    >>> learn_breaks([("비(雨)가 온다.", [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (6, 8), (8, 9)])])
    {'A Pe': True, 'Pe 가': True, 'Ps A': True, '가 Po': True, '가 Ps': True}
    """
    pairs, kinds = _counts(), _counts()
    for text, words in sentences:
        starts = {start for start, _ in words}
        for eojeol in _EOJEOL.finditer(text):
            for i in _borders(text, *eojeol.span()):
                pairs[_pair(text, i)][i in starts] += 1
                kinds[_kinds(text, i)][i in starts] += 1
    rules = {names: True for names, counts in kinds.items() if _is_break(counts)}
    for pair, counts in pairs.items():
        usual = rules.get(_kinds(pair, 1), False)
        if _is_break(counts) != usual:
            rules[pair] = not usual
    return dict(sorted(rules.items()))


def split_words(text: str, breaks: Breaks) -> list[Place]:
    """Return the places `(start, end)` of the words of a text: its eojeols, cut by the rules of `learn_breaks`.

    >>> text, breaks = "3.5점(만점)이다.", {"가 Po": True, "가 Ps": True, "Ps 가": True, "Pe 가": True, "가)": True}
    >>> [text[start:end] for start, end in split_words(text, breaks)]
    ['3.5점', '(', '만점', ')', '이다', '.']
    """
    eojeols = [match.span() for match in _EOJEOL.finditer(text)]
    if not breaks:
        return eojeols
    words: list[Place] = []
    for start, end in eojeols:
        ends = [i for i in _borders(text, start, end) if _ends_word(text, i, breaks)]
        words += zip([start, *ends], [*ends, end], strict=True)
    return words


def _borders(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where an eojeol may be cut: on either side of every mark."""
    for i in range(start + 1, end):
        if not (_symbol(text[i - 1]) in _PLAIN and _symbol(text[i]) in _PLAIN):
            yield i


def _ends_word(text: str, i: int, breaks: Breaks) -> bool:
    own = breaks.get(_pair(text, i))
    return breaks.get(_kinds(text, i), False) if own is None else own


def _pair(text: str, i: int) -> str:
    return _symbol(text[i - 1]) + _symbol(text[i])


def _kinds(text: str, i: int) -> str:
    return f"{_kind(text[i - 1])} {_kind(text[i])}"


@lru_cache(1 << 14)
def _symbol(char: str) -> str:
    """Return what stands for a character in a pair: its script, a digit, or itself; combining marks count as letters."""
    if char.isalpha() or unicodedata.category(char).startswith("M"):
        return HANGUL if unicodedata.name(char, "").startswith("HANGUL") else LETTER
    return DIGIT if char.isdigit() else char


@lru_cache(1 << 14)
def _kind(char: str) -> str:
    symbol = _symbol(char)
    return symbol if symbol in _PLAIN else unicodedata.category(char)


def _counts() -> defaultdict[str, list[int]]:
    return defaultdict(lambda: [0, 0])


def _is_break(counts: Sequence[int]) -> bool:
    return counts[True] > counts[False]
