"""Shuffling without memory: a bijection, spread evenly, exact after a stop, the same for any number of processes."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.data.permutation import Cursor, Permutation, shuffled


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 1000), st.integers(0, 1 << 40), st.integers(0, 5))
def test_a_bijection(n: int, seed: int, epoch: int) -> None:
    order = Permutation(n, seed, epoch)
    taken = order.take(np.arange(n))
    assert sorted(taken.tolist()) == list(range(n))
    assert order[n - 1] == taken[n - 1]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 16, 17, 4**5, 4**5 + 1])
def test_every_size(n: int) -> None:
    assert sorted(Permutation(n, 7).take(np.arange(n)).tolist()) == list(range(n))


def test_places_outside() -> None:
    for place in (-1, 5):
        with pytest.raises(IndexError):
            Permutation(5, 0)[place]


def test_a_trillion_things_cost_nothing() -> None:
    order = Permutation(10**12, seed=3)
    taken = order.take(np.arange(10_000))
    assert len(set(taken.tolist())) == 10_000 and taken.max() < 10**12
    assert abs(taken.mean() / 10**12 - 0.5) < 0.02


def test_every_place_is_equally_likely() -> None:
    n, draws = 12, 2400
    counts = np.zeros((n, n))
    for seed in range(draws):
        counts[np.arange(n), Permutation(n, seed).take(np.arange(n))] += 1
    expected = draws / n
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 121 + 4 * np.sqrt(2 * 121), "(n - 1)² degrees of freedom"


def test_neighbours_do_not_stay_together() -> None:
    taken = Permutation(5000, seed=1).take(np.arange(5000))
    assert np.mean(np.abs(np.diff(taken)) == 1) < 0.002
    assert abs(np.corrcoef(taken[:-1], taken[1:])[0, 1]) < 0.05


def test_epochs_and_seeds_differ() -> None:
    orders = {tuple(Permutation(100, seed, epoch).take(np.arange(100)).tolist()) for seed in (0, 1) for epoch in (0, 1)}
    assert len(orders) == 4


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(0, 99), st.integers(1, 90), st.integers(1, 60))
def test_going_on_is_not_having_stopped(n: int, seed: int, before: int, after: int) -> None:
    whole = list(islice(shuffled(n, seed), before + after))
    cursor = whole[before - 1][1]
    assert list(islice(shuffled(n, seed, cursor), after)) == whole[before:]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(1, 7), st.integers(0, 39))
def test_processes_share_one_order(n: int, world: int, place: int) -> None:
    start = Cursor(2, min(place, n - 1))
    alone = list(islice(shuffled(n, 5, start), 5 * world))
    shared = [row for rank in range(world) for row in islice(shuffled(n, 5, start, rank, world), 5)]
    assert sorted(shared, key=lambda row: row[1]) == alone


def test_nothing_to_shuffle() -> None:
    assert list(shuffled(0, 1)) == []
