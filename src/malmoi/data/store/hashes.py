"""Which documents were there before: a set of 64-bit hashes at 8 bytes a document.

A Python set takes ten times that. Sorted arrays of doubling size are merged when they reach the same size, so adding stays
n log n; merging needs the memory once more for a moment. Two different documents share a hash with probability n² / 2⁶⁵:
one such pair in a billion documents has a chance of 3 %.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np


def text_hash(text: str) -> int:
    """Return 64 bits of a text, the same in every process.

    >>> text_hash("책을 봤다") == text_hash("책을 봤다") != text_hash("책을 봤다.")
    True
    """
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class HashSet:
    """A growing set of uint64."""

    def __init__(self, values: np.ndarray | None = None) -> None:
        self._runs: list[np.ndarray] = [] if values is None or not len(values) else [np.unique(values)]

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def add(self, values: np.ndarray | Sequence[int]) -> np.ndarray:
        """Add hashes; return which of them are new, bool [n]: of equal ones the first.

        >>> seen = HashSet()
        >>> seen.add([5, 7, 5]).tolist(), seen.add([7, 8]).tolist(), len(seen)
        ([True, True, False], [False, True], 3)
        """
        values = np.asarray(values, dtype=np.uint64)
        found, first = np.unique(values, return_index=True)
        unseen = np.ones(len(found), dtype=bool)
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, found), len(run) - 1)
            unseen &= run[place] != found
        is_new = np.zeros(len(values), dtype=bool)
        is_new[first[unseen]] = True
        if unseen.any():
            self._push(found[unseen])
        return is_new

    def _push(self, run: np.ndarray) -> None:
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)
