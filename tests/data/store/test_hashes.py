"""The set of hashes agrees with Python's, in a tenth of its memory."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from malmoi.data.store.hashes import HashSet, text_hash


@given(st.lists(st.lists(st.integers(0, 50), max_size=30), max_size=12))
def test_it_is_a_set(batches: list[list[int]]) -> None:
    seen, ours = set[int](), HashSet()
    for batch in batches:
        expected = [value not in seen and value not in batch[:i] for i, value in enumerate(batch)]
        assert ours.add(batch).tolist() == expected
        seen.update(batch)
        assert len(ours) == len(seen)


def test_it_begins_from_stored_hashes() -> None:
    assert HashSet(np.array([3, 1, 3], dtype=np.uint64)).add([1, 2]).tolist() == [False, True]


def test_few_runs_and_eight_bytes_each() -> None:
    ours, rng = HashSet(), np.random.default_rng(0)
    for _ in range(200):
        ours.add(rng.integers(1 << 63, size=500).astype(np.uint64))
    assert len(ours._runs) < 12 and sum(run.nbytes for run in ours._runs) == 8 * len(ours)


def test_hashes_of_texts() -> None:
    assert len({text_hash(text) for text in ("", "가", "나", "가나", "\ud800")}) == 5
    assert text_hash("말모이") == 0x0 + text_hash("말모이") < 1 << 64
