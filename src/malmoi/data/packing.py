"""Documents of any length into full blocks: what a model is pretrained on, without padding.

Two ways. `Blocks` cuts the store as it lies into numbered blocks, read in any order: for long documents. `packed` lays the
documents in a new order every epoch, so that short ones meet new neighbours. Either way every token of a store appears
exactly once an epoch, and a block says to which document each of its tokens belongs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from malmoi.data.permutation import Permutation
from malmoi.data.store.format import CorpusStore
from malmoi.errors import ConfigError
from malmoi.messages import say

_TAKEN = 4096  # documents whose places are computed at a time


@dataclass(frozen=True)
class Block:
    """`ids` int32 [length] and the number of the document of each, int64 [length]; the separator belongs to the one before it."""

    ids: np.ndarray
    documents: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Blocks:
    """A store as a row of blocks of `length` tokens, the last one shorter; `separator` stands behind every document.

    Reading a block takes two binary searches; nothing is kept in memory.
    """

    store: CorpusStore
    length: int
    separator: int | None = None

    def __post_init__(self) -> None:
        check_length(self.length)

    def __len__(self) -> int:
        return -(-self._place(len(self.store)) // self.length)

    def __getitem__(self, number: int) -> Block:
        """Return a block; `IndexError` outside."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        start = number * self.length
        end = min(start + self.length, self._place(len(self.store)))
        first = bisect_right(range(len(self.store)), start, key=self._place) - 1
        last = bisect_right(range(len(self.store)), end - 1, key=self._place) - 1
        parts = []
        for document in range(first, last + 1):
            place, behind = self._place(document), self._place(document + 1)
            parts.append((document, max(start, place) - place, min(end, behind) - place))
        return _block(self.store, parts, self.separator)

    def _place(self, document: int) -> int:
        """Return where a document begins in the row of all tokens and separators."""
        return int(self.store.documents[document]) + (document if self.separator is not None else 0)


@dataclass(frozen=True, order=True)
class PackCursor:
    """Where packing goes on: the document at `place` of the epoch's order, `offset` tokens into it, behind `block` blocks in all."""

    epoch: int = 0
    place: int = 0
    offset: int = 0
    block: int = 0


def packed(
    store: CorpusStore,
    length: int,
    separator: int | None = None,
    *,
    seed: int = 0,
    cursor: PackCursor = PackCursor(),
    rank: int = 0,
    world: int = 1,
) -> Iterator[tuple[Block, PackCursor]]:
    """Yield blocks of epoch after epoch, without end, each with the cursor behind it: the documents in a new order each time.

    The last block of an epoch is shorter. Of `world` processes number `rank` gets every world-th block: together they read
    what one alone would.
    """
    check_length(length)
    extra = 0 if separator is None else 1
    while len(store):
        open_block: list[tuple[int, int, int]] = []  # document, start, end
        room = length
        places = _documents(store, seed, cursor)
        for place, document, size in places:
            start, size = (cursor.offset if place == cursor.place else 0), size + extra
            is_last = place + 1 == len(store)
            while start < size:
                end = min(size, start + room)
                open_block.append((document, start, end))
                room -= end - start
                start = end
                if room and not (is_last and end == size):
                    continue
                behind = _behind(cursor, place, start, size, len(store))
                if cursor.block % world == rank:
                    yield _block(store, open_block, separator), behind
                open_block, room = [], length
                cursor = PackCursor(cursor.epoch, cursor.place, cursor.offset, cursor.block + 1)
        cursor = PackCursor(cursor.epoch + 1, block=cursor.block)


def _piece(store: CorpusStore, document: int, start: int, end: int, separator: int | None) -> np.ndarray:
    """Return the ids `start:end` of a document with the separator behind it, int32."""
    ids = store.document(document)
    piece = ids[start:end].astype(np.int32)
    return piece if separator is None or end <= len(ids) else np.append(piece, np.int32(separator))


def check_length(length: int) -> None:
    """Raise `ConfigError` for a block of no tokens."""
    if length < 1:
        raise ConfigError(
            say(f"블록 길이 {length}: 1 이상이어야 합니다.", f"block length {length}: must be 1 or more.")
        )


def _documents(store: CorpusStore, seed: int, cursor: PackCursor) -> Iterator[tuple[int, int, int]]:
    """Yield place, number and tokens of the documents of an epoch, from the cursor on."""
    order = Permutation(len(store), seed, cursor.epoch)
    for start in range(cursor.place, len(store), _TAKEN):
        places = np.arange(start, min(start + _TAKEN, len(store)))
        numbers = order.take(places)
        sizes = store.documents[numbers + 1].astype(np.int64) - store.documents[numbers].astype(np.int64)
        yield from zip(places.tolist(), numbers.tolist(), sizes.tolist(), strict=True)


def _behind(cursor: PackCursor, place: int, offset: int, size: int, n: int) -> PackCursor:
    """Return the cursor behind a block that ends `offset` tokens into the document at `place`."""
    if offset < size:
        return PackCursor(cursor.epoch, place, offset, cursor.block + 1)
    if place + 1 < n:
        return PackCursor(cursor.epoch, place + 1, 0, cursor.block + 1)
    return PackCursor(cursor.epoch + 1, block=cursor.block + 1)


def _block(store: CorpusStore, parts: list[tuple[int, int, int]], separator: int | None) -> Block:
    pieces = [_piece(store, document, start, end, separator) for document, start, end in parts]
    documents = np.repeat([document for document, _, _ in parts], [len(piece) for piece in pieces])
    return Block(np.concatenate(pieces), documents)
