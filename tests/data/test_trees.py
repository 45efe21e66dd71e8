"""What makes heads a tree, and what is said when they make none."""

from itertools import product

import pytest

from malmoi.data.trees import BadWord, check_heads, find_cycle, is_projective
from malmoi.messages import set_language


def test_trees_pass():
    for heads in ([0], [2, 0], [0, 1, 1], [3, 3, 5, 3, 0]):
        check_heads(heads)


@pytest.mark.parametrize(
    ("heads", "number", "problem"),
    [
        ([2, 3], 2, "there is no word 3 to be its head: the sentence has 2 words, and 0 is the root"),
        ([-1, 0], 1, "there is no word -1"),
        ([0, 0, 1], 2, "2 words have head 0, but a tree has one root (words 1, 2)"),
        ([2, 1], 1, "0 words have head 0"),
        ([1, 0], 1, "the heads go in a circle: words 1 → 1"),
        ([0, 4, 2, 3], 2, "the heads go in a circle: words"),
    ],
)
def test_what_is_no_tree_is_named(heads, number, problem):
    set_language("en")
    with pytest.raises(BadWord) as caught:
        check_heads(heads)
    assert caught.value.number == number and problem in str(caught.value)


def test_arcs_that_cross():
    def crosses(heads):
        arcs = [sorted((word, head)) for word, head in enumerate(heads, 1)]
        return any(a < c < b < d for a, b in arcs for c, d in arcs)

    for n in (1, 2, 3, 4):
        for heads in product(range(n + 1), repeat=n):
            assert is_projective(heads) == (not crosses(heads)), heads


def test_cycles():
    assert find_cycle([0]) == [] and find_cycle([0, 0, 1, 2]) == []
    assert find_cycle([0, 1]) == [1]
    assert sorted(find_cycle([0, 0, 3, 4, 2, 1])) == [2, 3, 4]
