"""Every window exactly once an epoch, updates of equal size, no pass above the token limit, the same order again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.data.batching import padded_tokens, plan_epoch, sorted_batches, split_by_tokens
from malmoi.data.features import LENGTH_STEP, Features, pad

lengths_of_windows = st.lists(st.integers(1, 512), min_size=0, max_size=300).map(
    lambda rows: np.array(rows, dtype=np.int64)
)


@given(
    lengths_of_windows, st.integers(1, 40), st.integers(1, 2000), st.integers(0, 5), st.integers(0, 3), st.booleans()
)
def test_plan_of_an_epoch(
    lengths: np.ndarray, batch_size: int, max_tokens: int, seed: int, epoch: int, by_length: bool
) -> None:
    updates = plan_epoch(lengths, batch_size, max_tokens, seed, epoch, by_length=by_length)
    rows = [int(i) for update in updates for batch in update for i in batch]
    assert sorted(rows) == list(range(len(lengths)))
    sizes = sorted((sum(map(len, update)) for update in updates), reverse=True)
    assert all(size == batch_size for size in sizes[:-1])
    assert not sizes or 1 <= sizes[-1] <= batch_size
    for update in updates:
        for batch in update:
            assert len(batch) == 1 or len(batch) * lengths[batch].max() <= max_tokens
    again = plan_epoch(lengths, batch_size, max_tokens, seed, epoch, by_length=by_length)
    flat = [batch.tolist() for update in updates for batch in update]
    assert flat == [batch.tolist() for update in again for batch in update]


@given(lengths_of_windows.filter(len), st.integers(1, 2000))
def test_split_makes_no_more_passes_than_needed(lengths: np.ndarray, max_tokens: int) -> None:
    batches = split_by_tokens(np.arange(len(lengths)), lengths, max_tokens)
    if len(lengths) * lengths.max() <= max_tokens:
        assert len(batches) == 1
    longest = [lengths[batch].max() for batch in batches]
    assert longest == sorted(longest)


def test_similar_lengths_go_together() -> None:
    lengths = np.random.default_rng(0).integers(5, 100, 2000)
    sorted_plan = plan_epoch(lengths, 32, 1 << 20, 0, 0)
    random_plan = plan_epoch(lengths, 32, 1 << 20, 0, 0, by_length=False)
    assert padded_tokens(sorted_plan, lengths) < 1.1 * lengths.sum()
    assert padded_tokens(random_plan, lengths) > 1.6 * lengths.sum()


def test_order_within_the_epoch_is_not_by_length() -> None:
    lengths = np.arange(10, 650)
    means = [np.mean(lengths[np.concatenate(update)]) for update in plan_epoch(lengths, 16, 1 << 20, 0, 0)]
    assert abs(np.corrcoef(np.arange(len(means)), means)[0, 1]) < 0.5


@given(lengths_of_windows, st.integers(1, 2000), st.integers(1, 64))
def test_prediction_batches(lengths: np.ndarray, max_tokens: int, max_rows: int) -> None:
    batches = list(sorted_batches(lengths, max_tokens, max_rows))
    assert sorted(int(i) for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert 1 <= len(batch) <= max_rows
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= max_tokens


@given(st.lists(st.integers(1, 30), min_size=1, max_size=9), st.integers(30, 40))
def test_padding(sizes: list[int], max_length: int) -> None:
    rows = [Features(np.arange(1, n + 1, dtype=np.int32), np.ones(n, dtype=np.int8)) for n in sizes]
    batch = pad(rows, pad_id=99, max_length=max_length)
    length = batch.input_ids.shape[1]
    assert max(sizes) <= length < max(sizes) + LENGTH_STEP and length <= max_length
    assert length % LENGTH_STEP == 0 or length == max_length
    assert len(batch) == len(sizes) and batch.num_tokens == sum(sizes)
    for i, n in enumerate(sizes):
        assert batch.input_ids[i].tolist() == [*range(1, n + 1), *[99] * (length - n)]
        assert batch.attention_mask[i].tolist() == batch.type_ids[i].tolist() == [1] * n + [0] * (length - n)


def test_arrays_are_what_torch_wants() -> None:
    batch = pad([Features(np.array([1], dtype=np.int32), np.array([0], dtype=np.int8))], pad_id=0, max_length=8)
    assert {array.dtype for array in (batch.input_ids, batch.type_ids, batch.attention_mask)} == {np.dtype("int64")}


def test_empty_epoch() -> None:
    assert plan_epoch(np.array([], dtype=np.int64), 4, 64, 0, 0) == []
    assert list(sorted_batches(np.array([], dtype=np.int64), 64, 4)) == []


@pytest.mark.parametrize("max_tokens", [1, 7])
def test_window_above_the_limit_goes_alone(max_tokens: int) -> None:
    lengths = np.array([50, 3, 60])
    assert [len(batch) for batch in split_by_tokens(np.arange(3), lengths, max_tokens)] == [1, 1, 1]
