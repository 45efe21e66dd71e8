"""Which examples go together: updates of a fixed number of examples, cut into micro-batches of few padding tokens.

An *update* is what one optimizer step sees: exactly `batch_size` windows (the last may be smaller). Windows of similar
length are put together (about 85 % real tokens instead of 30 %), and an update whose padded size would exceed
`max_tokens` is split into micro-batches, so long texts cost time, not memory. The order depends on (seed, epoch) only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

Update = list[np.ndarray]
_POOL_UPDATES = 64


def plan_epoch(
    lengths: np.ndarray, batch_size: int, max_tokens: int, seed: int, epoch: int, *, by_length: bool = True
) -> list[Update]:
    """Return the updates of one epoch, each a list of index arrays (micro-batches) into `lengths` [n].

    Shuffled windows are pooled 64 updates at a time, sorted by length inside the pool, cut into updates, and the
    updates shuffled again: neighbours in length, random in everything else.

    >>> updates = plan_epoch(np.array([3, 9, 4, 8]), batch_size=2, max_tokens=64, seed=0, epoch=0)
    >>> sorted(sorted(int(i) for i in update[0]) for update in updates)
    [[0, 2], [1, 3]]
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(lengths))
    if by_length:
        pool = batch_size * _POOL_UPDATES
        pools = [order[i : i + pool] for i in range(0, len(order), pool)]
        order = np.concatenate([p[np.argsort(lengths[p], kind="stable")] for p in pools]) if pools else order
    updates = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    return [split_by_tokens(updates[i], lengths, max_tokens) for i in rng.permutation(len(updates))]


def split_by_tokens(rows: np.ndarray, lengths: np.ndarray, max_tokens: int) -> Update:
    """Cut rows into micro-batches whose padded size stays within `max_tokens` (one row may exceed it alone)."""
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    batches: Update = []
    end = len(rows)
    while end > 0:
        fits = max(1, int(max_tokens // max(1, lengths[rows[end - 1]])))
        start = max(0, end - fits)
        batches.append(rows[start:end])
        end = start
    return batches[::-1]


def padded_tokens(updates: Sequence[Update], lengths: np.ndarray) -> int:
    """Return the tokens a plan computes, padding included."""
    return int(sum(len(batch) * lengths[batch].max() for update in updates for batch in update))


def sorted_batches(lengths: np.ndarray, max_tokens: int, max_rows: int) -> Iterator[np.ndarray]:
    """Yield index arrays for prediction, longest first, each within `max_tokens` padded tokens and `max_rows` rows.

    `lengths` are padded lengths. A batch has as many rows as fit its length, or a power of two at the end: few shapes,
    since every new one stays in the caches of allocator and matrix library.

    >>> [len(rows) for rows in sorted_batches(np.full(13, 16), max_tokens=64, max_rows=64)]
    [4, 4, 4, 1]
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        fits = max(1, min(max_rows, int(max_tokens // max(1, lengths[order[start]]))))
        left = len(order) - start
        fits = fits if left >= fits else 1 << (left.bit_length() - 1)
        yield order[start : start + fits]
        start += fits
