"""The best tree, against every tree there is."""

from itertools import product

import numpy as np
import pytest

from malmoi.tasks.parsing.spanning_tree import maximum_spanning_tree


def is_tree(heads):
    """One word under the root, and every word's path of heads ends there."""
    for start in range(1, len(heads) + 1):
        node, steps = start, 0
        while node and steps <= len(heads):
            node, steps = heads[node - 1], steps + 1
        if node:
            return False
    return list(heads).count(0) == 1


def total(arcs, heads):
    return float(arcs[np.arange(len(arcs)), list(heads)].sum())


def best_of_all(arcs):
    n = len(arcs)
    return max(total(arcs, heads) for heads in product(range(n + 1), repeat=n) if is_tree(heads))


@pytest.mark.parametrize(("n", "trials"), [(1, 5), (2, 50), (3, 200), (4, 200), (5, 60), (6, 6)])
def test_no_tree_is_better(n, trials):
    rng = np.random.default_rng(n)
    for trial in range(trials):
        arcs = rng.normal(size=(n, n + 1)) * 10.0 ** rng.integers(-3, 4)
        if trial % 2:
            arcs[:, 0] += np.ptp(arcs)  # the root is everybody's favourite
        if trial % 3 == 0:
            arcs = arcs.round(0)  # ties
        heads = maximum_spanning_tree(arcs.astype(np.float32))
        assert is_tree(heads.tolist())
        assert total(arcs, heads) == pytest.approx(best_of_all(arcs), abs=1e-5 * abs(arcs).max())


def test_large_graphs_full_of_cycles_are_trees():
    rng = np.random.default_rng(0)
    for n in (40, 250, 510):
        arcs = rng.normal(size=(n, n + 1)).astype(np.float32)
        assert is_tree(maximum_spanning_tree(arcs).tolist())


def test_chains_of_pairs_that_choose_each_other():
    n = 100  # 1 and 2 choose each other, 3 and 4 …: a cycle in every second step of the contraction
    arcs = np.zeros((n, n + 1))
    for i in range(0, n, 2):
        arcs[i, i + 2] = arcs[i + 1, i + 1] = 10
        arcs[i, (i + 3) % n + 1] = 1
    assert is_tree(maximum_spanning_tree(arcs).tolist())


def test_masked_arcs_and_no_words():
    arcs = np.full((3, 4), -1e9, dtype=np.float32)
    arcs[0, 2] = arcs[1, 3] = arcs[2, 0] = 1.0
    assert maximum_spanning_tree(arcs).tolist() == [2, 3, 0]
    assert maximum_spanning_tree(np.zeros((0, 1))).tolist() == []
