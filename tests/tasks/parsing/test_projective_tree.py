"""The best projective tree, against every projective tree there is."""

from itertools import product

import numpy as np
import pytest

from malmoi.data.trees import is_projective
from malmoi.tasks.parsing.projective_tree import maximum_projective_tree
from malmoi.tasks.parsing.spanning_tree import is_tree, maximum_spanning_tree


def total(arcs, heads):
    return float(arcs[np.arange(len(arcs)), list(heads)].sum())


def best_of_all(arcs, head_final=False):
    n = len(arcs)
    trees = (np.array(heads) for heads in product(range(n + 1), repeat=n))
    return max(
        total(arcs, heads)
        for heads in trees
        if is_tree(heads) and is_projective(heads.tolist()) and (not head_final or is_head_final(heads))
    )


def is_head_final(heads):
    return all(head == 0 or head > word for word, head in enumerate(heads.tolist(), 1))


@pytest.mark.parametrize("head_final", [False, True])
@pytest.mark.parametrize(("n", "trials"), [(1, 5), (2, 40), (3, 100), (4, 60), (5, 15)])
def test_no_projective_tree_is_better(n, trials, head_final):
    rng = np.random.default_rng(n)
    for trial in range(trials):
        arcs = rng.normal(size=(n, n + 1))
        if trial % 2:
            arcs[:, 0] += np.ptp(arcs)
        if trial % 3 == 0:
            arcs = arcs.round(0)
        heads = maximum_projective_tree(arcs.astype(np.float32), head_final=head_final)
        assert is_tree(heads) and is_projective(heads.tolist()) and (not head_final or is_head_final(heads))
        assert total(arcs, heads) == pytest.approx(best_of_all(arcs, head_final), abs=1e-5)


def test_what_is_best_and_projective_already_stays():
    gold = np.array([3, 3, 5, 5, 0])
    arcs = np.random.default_rng(0).normal(size=(5, 6))
    arcs[np.arange(5), gold] += 10
    assert maximum_projective_tree(arcs).tolist() == maximum_spanning_tree(arcs).tolist() == gold.tolist()


@pytest.mark.parametrize("n", [0, 1, 60, 250])
def test_large_ones_and_none(n):
    arcs = np.random.default_rng(n).normal(size=(n, n + 1)).astype(np.float32)
    for head_final in (False, True):
        heads = maximum_projective_tree(arcs, head_final=head_final)
        assert len(heads) == n and (not n or is_tree(heads)) and is_projective(heads.tolist())


def test_masked_arcs():
    arcs = np.full((3, 4), -1e9, dtype=np.float32)
    arcs[0, 2] = arcs[1, 3] = arcs[2, 0] = 1.0
    assert (
        maximum_projective_tree(arcs).tolist() == maximum_projective_tree(arcs, head_final=True).tolist() == [2, 3, 0]
    )
