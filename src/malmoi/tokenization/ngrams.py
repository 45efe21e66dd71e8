"""Text to the ids of its character n-grams, for models that count: no order, no special tokens, nothing cut.

One real instance: "재밌다" is read as " 재밌다 " and holds `재 밌 다`, ` 재 재밌 밌다 다 `, ` 재밌 재밌다 밌다 ` and ` 재밌다 재밌다 `;
those in the vocabulary are its ids. n-grams cross the spaces between words, since Korean is spaced freely ("재미 없다" = "재미없다").
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from malmoi.io import read_json, write_json
from malmoi.text.cleaning import Cleaner, Spelling, parse_steps

NGRAMS_FILE = "ngrams.json"
MAX_N = 4
MIN_COUNT = 2
_BASE = np.uint64(0x9E3779B97F4A7C15)  # of the polynomial that turns the characters of an n-gram into 64 bits
_SPACE = ord(" ")


class NgramTokenizer:
    """A vocabulary of character n-grams; it stands where a task expects its `Tokenizer`.

    `joined` holds for n = 1, 2 … all n-grams of n characters in one string, one after another: their ids count on in that order.

    >>> tokenizer = NgramTokenizer(["재밌", " 재재밌"])
    >>> tokenizer.starts, tokenizer.encode_ids(["재미"])[0][0].tolist()  # 재, 밌 and then " 재", "재밌"
    ((0, 2, 4), [0, 2])
    """

    pad_id = 0

    def __init__(self, joined: Sequence[str]) -> None:
        self.joined = tuple(joined)
        self.cleaner = Cleaner()
        counts = [len(ngrams) // n for n, ngrams in enumerate(self.joined, 1)]
        self.starts = (0, *itertools.accumulate(counts))
        self._tables = [_Table(ngrams, n, self.starts[n - 1]) for n, ngrams in enumerate(self.joined, 1)]

    @property
    def vocab_size(self) -> int:
        """The number of n-grams."""
        return self.starts[-1]

    def cleaned_by(self, steps: Spelling) -> NgramTokenizer:
        """Return this tokenizer with these cleaning steps before it, in place of those it had."""
        cleaned = copy.copy(self)
        cleaned.cleaner = Cleaner(parse_steps(steps))
        return cleaned

    def encode_ids(
        self, texts: Sequence[str], pairs: Sequence[str] | None = None, max_length: int = 0
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return `(ids, types)` of each text or pair: an id as often as its n-gram occurs, type 1 in the second text.

        `max_length` counts tokens of models that read in order; it means nothing here.
        """
        first = self._bags(texts)
        second = self._bags(pairs) if pairs is not None else [np.zeros(0, dtype=np.int32)] * len(first)
        types = (
            np.repeat(np.array([0, 1], dtype=np.int8), [len(a), len(b)]) for a, b in zip(first, second, strict=True)
        )
        return [(np.concatenate(bags), kind) for *bags, kind in zip(first, second, types, strict=True)]

    def save(self, folder: Path) -> None:
        """Write `ngrams.json`."""
        write_json(Path(folder) / NGRAMS_FILE, {"ngrams": self.joined})

    @classmethod
    def load(cls, folder: Path) -> NgramTokenizer:
        """Read what `save` wrote."""
        return cls(read_json(Path(folder) / NGRAMS_FILE)["ngrams"])

    def _bags(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return the ids of each text's known n-grams, int32."""
        stream = _Stream.of([spaced(self.cleaner.clean(text)) for text in texts])
        found = [table.find(stream) for table in self._tables]
        rows = np.concatenate([row for row, _ in found]) if found else np.zeros(0, dtype=np.int64)
        ids = np.concatenate([id_ for _, id_ in found]) if found else np.zeros(0, dtype=np.int32)
        order = np.argsort(rows, kind="stable")
        return np.split(ids[order], np.cumsum(np.bincount(rows, minlength=len(texts)))[:-1]) if len(texts) else []


def learn_ngrams(
    texts: Sequence[str], max_n: int = MAX_N, min_count: int = MIN_COUNT, steps: Spelling = ()
) -> NgramTokenizer:
    """Return a tokenizer with the n-grams of up to `max_n` characters that occur at least `min_count` times.

    `steps` are the cleaning steps before it. Of one n the frequent n-grams come first.

    >>> learn_ngrams(["재밌다", "재밌네"]).joined
    ('재밌', ' 재재밌', ' 재밌', '')
    """
    cleaner = Cleaner(parse_steps(steps))
    stream = _Stream.of([spaced(cleaner.clean(text)) for text in texts])
    joined = []
    for n in range(1, max_n + 1):
        keys, places = stream.windows(n)
        _, first, counts = np.unique(keys, return_index=True, return_counts=True)
        kept = np.flatnonzero(counts >= min_count)
        kept = kept[np.lexsort((first[kept], -counts[kept]))]
        joined.append("".join(stream.text[place : place + n] for place in places[first[kept]]))
    return NgramTokenizer(joined).cleaned_by(steps)


def spaced(text: str) -> str:
    """Return a text in lower case with one space for every run of white space, and one at either end; "" if there is no word.

    >>> spaced("정말  재밌다!!\\n또 볼래")
    ' 정말 재밌다!! 또 볼래 '
    """
    words = text.lower().split()
    return f" {' '.join(words)} " if words else ""


@dataclass(frozen=True)
class _Stream:
    """Texts one after another: the characters, uint64 [chars], and for each the row of its text and where that ends."""

    text: str
    codes: np.ndarray
    rows: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, texts: Sequence[str]) -> _Stream:
        joined = "".join(texts)
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        rows = np.repeat(np.arange(len(texts)), lengths)
        return cls(joined, _code_points(joined), rows, np.repeat(np.cumsum(lengths), lengths))

    def windows(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return key and first character of every n-gram that lies inside one text; single spaces are none."""
        keys = _polynomial(self.codes, n)
        inside = np.arange(len(keys)) + n <= self.ends[: len(keys)]
        if n == 1:
            inside &= self.codes != _SPACE
        places = np.flatnonzero(inside)
        return keys[places], places


class _Table:
    """The n-grams of one n, found by their keys; `start` is the id of the first."""

    def __init__(self, ngrams: str, n: int, start: int) -> None:
        self.n = n
        keys = _polynomial(_code_points(ngrams), n)[::n]
        order = np.argsort(keys)
        self.keys, self.ids = keys[order], (start + order).astype(np.int32)

    def find(self, stream: _Stream) -> tuple[np.ndarray, np.ndarray]:
        """Return the row and the id of every known n-gram of the texts."""
        keys, places = stream.windows(self.n)
        if not len(self.keys):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[at] == keys
        return stream.rows[places[known]], self.ids[at[known]]


def _code_points(text: str) -> np.ndarray:
    """Return the characters as uint64 [chars]."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)


def _polynomial(codes: np.ndarray, n: int) -> np.ndarray:
    """Return the key of the n characters from each place on, uint64 (Karp & Rabin 1987); no window, no key.

    Different n-grams share a key with a probability of 2⁻⁶⁴: never, for vocabularies of millions.
    """
    length = max(0, len(codes) - n + 1)
    keys = np.zeros(length, dtype=np.uint64)
    for k in range(n):
        keys = keys * _BASE + codes[k : k + length]
    return keys
