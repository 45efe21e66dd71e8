"""Sentences as spans of the raw text. Kiwi finds ends without a mark too; the rules are for where Kiwi is not wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.text.kiwi import PIECE, shared_kiwi
from malmoi.text.normalizer import Normalizer

Method = Literal["kiwi", "rules"]
Span = tuple[int, int]


class Sentence(NamedTuple):
    """A sentence and its span in the raw text, end exclusive; space around it belongs to none."""

    text: str
    start: int
    end: int


def split_sentences(text: str, method: Method = "kiwi") -> list[Sentence]:
    """Return the sentences of a text in order; every character but space belongs to one.

    "kiwi" reads the grammar and needs the extra `kiwi`. "rules" ends a sentence at . ! ? … before a space and at a line break,
    but not behind a number or a single Latin letter (1. 서론). Raises `ConfigError` for another method.

    >>> [sentence.text for sentence in split_sentences("어제 봤어요 3.5점 드립니다. 1. 배우 2. 음악!", "rules")]
    ['어제 봤어요 3.5점 드립니다.', '1. 배우 2. 음악!']
    >>> split_sentences("어제 봤어요 정말 좋았습니다", "kiwi")[1]
    Sentence(text='정말 좋았습니다', start=7, end=15)
    """
    if method not in _METHODS:
        raise ConfigError(unknown_name(f"method={method}", str(method), list(_METHODS)))
    aligned = Normalizer()(text)
    spans = (aligned.raw_span(*span) for span in _METHODS[method](aligned.text))
    return [Sentence(text[start:end], start, end) for start, end in spans]


def _by_kiwi(text: str) -> Iterator[Span]:
    """Yield sentences found window by window: the last of a window may go on, so the next window starts with it."""
    kiwi = shared_kiwi()
    start = 0
    while start < len(text):
        window = text[start : start + PIECE]
        found = kiwi.split_into_sents(window, return_sub_sents=False)
        is_last = start + len(window) == len(text)
        whole = found if is_last or len(found) < 2 else found[:-1]
        yield from ((start + sentence.start, start + sentence.end) for sentence in whole)
        start += len(window) if whole is found else found[-1].start


def _by_rules(text: str) -> Iterator[Span]:
    start = 0
    for match in [*_END.finditer(text), None]:
        end = len(text) if match is None else match.end()
        if match is not None and match["mark"] == "." and _NUMBER.search(text, max(start, end - 5), match.start()):
            continue
        sentence = text[start:end].rstrip()
        if letters := sentence.lstrip():
            yield start + len(sentence) - len(letters), start + len(sentence)
        start = end


_END = re.compile(r"(?<![.!?…。！？])(?P<mark>[.!?…。！？]++)[\"'”’)\]」』》〉]*+(?=\s|\Z)|[\n\r]++")
_NUMBER = re.compile(r"(?:(?<!\S)[0-9]{1,3}|(?<![A-Za-z])[A-Za-z])(?=\Z)")
_METHODS: dict[str, Callable[[str], Iterator[Span]]] = {"kiwi": _by_kiwi, "rules": _by_rules}
