"""Shuffling in O(1) memory: the k-th of n things in a random order, computed and not stored.

A Feistel network permutes the numbers below a power of four, and a number that falls outside n is sent through again until
it falls inside (Black & Rogaway 2002, "Ciphers with Arbitrary Finite Domains"). The order depends on (n, seed, epoch) alone,
so that any number of processes share it, and a run that stopped at (epoch, place) goes on exactly there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

_ROUNDS = 6
_TAKEN = 256  # places computed at a time
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True)
class Permutation:
    """A random order of `range(n)`.

    >>> order = Permutation(5, seed=1)
    >>> sorted(order[k] for k in range(5)), order.take([0, 1]).tolist() == [order[0], order[1]]
    ([0, 1, 2, 3, 4], True)
    """

    n: int
    seed: int
    epoch: int = 0

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, place: int) -> int:
        """Return what stands at a place; `IndexError` outside `range(n)`."""
        if not 0 <= place < self.n:
            raise IndexError(place)
        return int(self.take(np.array([place]))[0])

    def take(self, places: np.ndarray | list[int]) -> np.ndarray:
        """Return what stands at places within `range(n)`, int64 of the same shape."""
        values = np.asarray(places).astype(np.uint64)
        values = self._once(values)
        while (outside := values >= self.n).any():
            values[outside] = self._once(values[outside])
        return values.astype(np.int64)

    @cached_property
    def _keys(self) -> np.ndarray:
        return np.random.default_rng([self.seed, self.epoch, self.n]).integers(1 << 64, size=_ROUNDS, dtype=np.uint64)

    @cached_property
    def _half(self) -> np.uint64:
        """The bits of half a number; two halves hold every number below n."""
        return np.uint64(max(1, (max(self.n - 1, 1).bit_length() + 1) // 2))

    def _once(self, values: np.ndarray) -> np.ndarray:
        half, mask = self._half, (np.uint64(1) << self._half) - np.uint64(1)
        left, right = values >> half, values & mask
        for key in self._keys:
            left, right = right, left ^ (_mixed(right ^ key) & mask)
        return (left << half) | right


def _mixed(values: np.ndarray) -> np.ndarray:
    """Return 64 bits in which every bit of the input counts (splitmix64; Steele et al. 2014)."""
    values = values + _GOLDEN
    values = (values ^ (values >> np.uint64(30))) * _MIX[0]
    values = (values ^ (values >> np.uint64(27))) * _MIX[1]
    return values ^ (values >> np.uint64(31))


@dataclass(frozen=True, order=True)
class Cursor:
    """A place in an endless row of shuffled epochs: the next thing to read is the one at `place` of `epoch`."""

    epoch: int = 0
    place: int = 0


def shuffled(
    n: int, seed: int, cursor: Cursor = Cursor(), rank: int = 0, world: int = 1
) -> Iterator[tuple[int, Cursor]]:
    """Yield the things of epoch after epoch, without end, each with the cursor behind it; nothing for n = 0.

    Of `world` processes number `rank` gets every world-th thing of the endless row: together they read what one alone would.

    >>> rows = shuffled(3, seed=0)
    >>> sorted(next(rows)[0] for _ in range(3)), next(rows)[1]
    ([0, 1, 2], Cursor(epoch=1, place=1))
    """
    if not n:
        return
    passed = cursor.epoch * n + cursor.place
    passed += (rank - passed) % world
    while True:
        epoch, place = divmod(passed, n)
        places = np.arange(place, min(place + world * _TAKEN, n), world)
        for p, thing in zip(places.tolist(), Permutation(n, seed, epoch).take(places).tolist(), strict=True):
            yield thing, Cursor(epoch, p + 1) if p + 1 < n else Cursor(epoch + 1)
        passed += world * len(places)
