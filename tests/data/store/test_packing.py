"""Full blocks: every token once an epoch, boundaries kept, exact after a stop, the same for any number of processes."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.data.packing import Block, Blocks, PackCursor, packed
from malmoi.data.store.format import CorpusStore, StoreMeta
from malmoi.errors import ConfigError

SEPARATOR = 60_000


def store_of(sizes: list[int]) -> CorpusStore:
    """A store whose tokens are 0, 1, 2 … so that each can be told."""
    places = np.concatenate([[0], np.cumsum(sizes)]).astype("<u8")
    meta = StoreMeta("", "", 65_000, (), "none", (), int(places[-1]), len(sizes), len(sizes), 0, 0, 0)
    return CorpusStore(Path(), meta, np.arange(places[-1], dtype="<u2"), places, places)


stores = st.lists(st.integers(1, 30), min_size=1, max_size=30).map(store_of)
separators = st.sampled_from([None, SEPARATOR])
lengths = st.integers(3, 50)


def epoch_of(store: CorpusStore, length: int, separator, **where) -> list[tuple[Block, PackCursor]]:
    found = []
    for block, cursor in packed(store, length, separator, **where):
        found.append((block, cursor))
        if cursor.epoch > where.get("cursor", PackCursor()).epoch:
            return found
    return found


def check_whole(blocks: list[Block], store: CorpusStore, length: int, separator) -> None:
    ids = np.concatenate([block.ids for block in blocks])
    documents = np.concatenate([block.documents for block in blocks])
    tokens = ids[ids != SEPARATOR]
    assert sorted(tokens.tolist()) == list(range(store.meta.num_tokens)), "every token once"
    assert [len(block) for block in blocks[:-1]] == [length] * (len(blocks) - 1) and 0 < len(blocks[-1]) <= length
    owner = np.searchsorted(store.documents, tokens, side="right") - 1
    assert (documents[ids != SEPARATOR] == owner).all(), "a token names its document"
    if separator is not None:
        assert Counter(documents[ids == SEPARATOR].tolist()) == Counter(range(len(store))), "one separator a document"
        is_end = np.append(np.diff(documents) != 0, True)
        assert (ids[is_end] == SEPARATOR).all()


@settings(deadline=None, max_examples=40)
@given(stores, lengths, separators)
def test_blocks_of_the_store_as_it_lies(store: CorpusStore, length: int, separator) -> None:
    blocks = Blocks(store, length, separator)
    found = [blocks[i] for i in range(len(blocks))]
    check_whole(found, store, length, separator)
    ids = np.concatenate([block.ids for block in found])
    assert (np.diff(ids[ids != SEPARATOR].astype(int)) == 1).all(), "in the order of the files"
    with pytest.raises(IndexError):
        blocks[len(blocks)]


@settings(deadline=None, max_examples=40)
@given(stores, lengths, separators, st.integers(0, 9))
def test_an_epoch_in_a_new_order(store: CorpusStore, length: int, separator, seed: int) -> None:
    check_whole([block for block, _ in epoch_of(store, length, separator, seed=seed)], store, length, separator)


def test_epochs_differ() -> None:
    store = store_of([3] * 50)
    first, second = (
        np.concatenate([b.ids for b, _ in epoch_of(store, 10, None, cursor=PackCursor(epoch))]).tolist()
        for epoch in (0, 1)
    )
    assert first != second and sorted(first) == sorted(second)


@settings(deadline=None, max_examples=40)
@given(stores, lengths, separators, st.integers(1, 40), st.integers(1, 40))
def test_going_on_is_not_having_stopped(store: CorpusStore, length: int, separator, before: int, after: int) -> None:
    whole = list(islice(packed(store, length, separator), before + after))
    resumed = list(islice(packed(store, length, separator, cursor=whole[before - 1][1]), after))
    for (block, cursor), (expected, behind) in zip(resumed, whole[before:], strict=True):
        assert cursor == behind and block.ids.tolist() == expected.ids.tolist()
        assert block.documents.tolist() == expected.documents.tolist()


@settings(deadline=None, max_examples=40)
@given(stores, lengths, separators, st.integers(1, 4))
def test_processes_share_the_blocks(store: CorpusStore, length: int, separator, world: int) -> None:
    alone = [(cursor, block.ids.tolist()) for block, cursor in islice(packed(store, length, separator), 6 * world)]
    shared = [
        (cursor, block.ids.tolist())
        for rank in range(world)
        for block, cursor in islice(packed(store, length, separator, rank=rank, world=world), 6)
    ]
    assert sorted(shared) == alone


def test_a_block_of_no_tokens() -> None:
    for make in (lambda: Blocks(store_of([3]), 0), lambda: next(packed(store_of([3]), 0))):
        with pytest.raises(ConfigError):
            make()
