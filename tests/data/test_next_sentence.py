"""Pairs for next-sentence prediction: half true, never a random half from the same document, within the length."""

from __future__ import annotations

import numpy as np

from malmoi.data.next_sentence import IS_NEXT, IS_RANDOM, NO_PAIR, draw_pairs


def passages(count: int = 400, sentences: int = 3) -> list[list[np.ndarray]]:
    """Sentences whose tokens say where they are from: 100 × document + sentence, twice."""
    return [[np.array([100 * d + s] * 2) for s in range(sentences)] for d in range(count)]


def test_half_are_true_and_say_so():
    found = draw_pairs(passages(), range(400), 64, np.random.default_rng(0))
    labels = np.array([pair.label for pair in found])
    assert 0.42 < np.mean(labels == IS_NEXT) < 0.58
    for number, pair in enumerate(found):
        assert (pair.first // 100 == number).all()
        document = pair.second[0] // 100
        if pair.label == IS_NEXT:
            assert document == number
            assert pair.second[0] == pair.first[-1] + 1, "the second part begins where the first ends"
        else:
            assert pair.label == IS_RANDOM
            assert document != number


def test_passages_of_one_document_lend_each_other_nothing():
    found = draw_pairs(passages(60), [0] * 60, 64, np.random.default_rng(0))
    assert {pair.label for pair in found} == {IS_NEXT}


def test_a_single_sentence_is_no_pair():
    (pair,) = draw_pairs([[np.arange(50)]], [0], 20, np.random.default_rng(0))
    assert pair.label == NO_PAIR
    assert not len(pair.second)
    assert pair.first.tolist() == list(range(20))


def test_pairs_fit_and_keep_a_stretch_of_both_parts():
    long = [[np.arange(1000 * d, 1000 * d + 40), np.arange(1000 * d + 40, 1000 * d + 50)] for d in range(50)]
    for seed in range(5):
        for pair in draw_pairs(long, range(50), 24, np.random.default_rng(seed)):
            assert len(pair.first) + len(pair.second) == 24
            assert (np.diff(pair.first) == 1).all()
            assert (np.diff(pair.second) == 1).all()
            if pair.label == IS_NEXT:
                assert len(pair.second) == 10, "the longer part is cut first"


def test_same_seed_same_pairs():
    one, same = (draw_pairs(passages(20), range(20), 8, np.random.default_rng(3)) for _ in range(2))
    assert all(a.label == b.label and np.array_equal(a.second, b.second) for a, b in zip(one, same, strict=True))
