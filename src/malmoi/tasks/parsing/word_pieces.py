"""Texts as sentences of words, each word with its first and last piece of the tokenizer: what a parser reads.

One real instance: "비가 온다." → ids `<s> ▁비 가 ▁온다 . </s>`, words (0, 2) and (3, 6), first pieces 1 and 3, last pieces 2 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.text.cleaning import Cleaner
from malmoi.text.sentences import split_sentences
from malmoi.text.word_breaks import Breaks, Place, split_words
from malmoi.tokenization.tokenizer import Encoding, Tokenizer

_ALL = 1 << 20  # more tokens than any text has


@dataclass(frozen=True)
class Sentence:
    """A sentence, or a piece of a long one, of text `number`: token ids, the places of its words in the raw text [words, 2], and
    the positions of the words' first and last pieces among the tokens [words]."""

    number: int
    input_ids: np.ndarray
    type_ids: np.ndarray
    places: np.ndarray
    firsts: np.ndarray
    lasts: np.ndarray


def cut_sentences(
    texts: Sequence[str], are_whole: Sequence[bool], breaks: Breaks, tokenizer: Tokenizer, max_length: int
) -> Iterator[Sentence]:
    """Yield the sentences of texts in order, those that are longer than `max_length` tokens in pieces of whole words.

    A text that `is_whole` is one sentence; others are cut at . ! ? … before a space and at line breaks. What a word has beyond
    `max_length` tokens is left out.
    """
    spans = [
        (number, place)
        for number, (text, is_whole) in enumerate(zip(texts, are_whole, strict=True))
        for place in ([(0, len(text))] if is_whole else _sentences(text))
    ]
    parts = [texts[number][start:end] for number, (start, end) in spans]
    encodings = tokenizer.encode(parts, max_length=_ALL)
    for (number, (offset, _)), part, encoding in zip(spans, parts, encodings, strict=True):
        words = raw_words(part, breaks, tokenizer.cleaner)
        if words:
            yield from _pieces(number, np.array(words, dtype=np.int32), offset, encoding, max_length)


def raw_words(text: str, breaks: Breaks, cleaner: Cleaner) -> list[Place]:
    """Return the places in a raw text of the words of what the model sees of it.

    >>> from malmoi.text.cleaning import parse_steps
    >>> raw_words("<b>비가</b> 온다", {}, Cleaner(parse_steps("html")))
    [(3, 5), (10, 12)]
    """
    aligned = cleaner(text)
    return [aligned.raw_span(*place) for place in split_words(aligned.text, breaks)]


def _sentences(text: str) -> list[Place]:
    return [(sentence.start, sentence.end) for sentence in split_sentences(text, "rules")]


def _pieces(number: int, words: np.ndarray, offset: int, encoding: Encoding, max_length: int) -> Iterator[Sentence]:
    """Yield a sentence whose words are at `words` [n, 2] behind `offset`, in as many pieces as `max_length` asks for."""
    real = np.flatnonzero(encoding.sequence == 0)
    control = np.flatnonzero(encoding.sequence != 0)
    num_before = int(real[0]) if len(real) else 1
    room = max_length - len(control)
    firsts, lasts = word_pieces(words, encoding.offsets[real])
    start = 0
    while start < len(words):
        first = int(firsts[start])
        end = max(start + 1, int(np.searchsorted(lasts, first + room)))  # behind the last word that fits
        last = min(int(lasts[end - 1]), first + room - 1)
        kept = np.concatenate([control[:num_before], real[first : last + 1], control[num_before:]])
        places = np.minimum(np.stack([firsts, lasts])[:, start:end], last) - first + num_before
        yield Sentence(
            number,
            encoding.input_ids[kept],
            encoding.type_ids[kept],
            words[start:end] + offset,
            *places.astype(np.int32),
        )
        start = end


def word_pieces(words: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last piece of each word [n], for places of words [n, 2] and of pieces [pieces, 2], both in order.

    A piece that two words share belongs to both; a word without a piece (the normaliser took it away) borrows its neighbour's.

    >>> first, last = word_pieces(np.array([[0, 2], [3, 5], [5, 6]]), np.array([[0, 1], [1, 2], [3, 6]]))
    >>> first.tolist(), last.tolist()
    ([0, 2, 2], [1, 2, 2])
    """
    firsts = np.searchsorted(offsets[:, 1], words[:, 0], side="right")
    lasts = np.searchsorted(offsets[:, 0], words[:, 1], side="left") - 1
    highest = max(len(offsets) - 1, 0)
    firsts = np.minimum(firsts, highest)
    return firsts, np.clip(lasts, firsts, highest)
