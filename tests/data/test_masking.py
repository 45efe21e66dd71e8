"""Masking: the shares of the paper, whole words, seeds."""

from __future__ import annotations

import numpy as np
import pytest

from malmoi.data.masking import Vocabulary, mask_tokens, masking_rate

MASK = 4
VOCABULARY = Vocabulary(
    MASK, np.arange(5, 1000), np.arange(1000) % 3 != 0
)  # ids divisible by three go on inside a word


def batch(rows: int = 64, length: int = 128, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    ids = np.random.default_rng(seed).integers(5, 1000, (rows, length))
    ids[:, 0], ids[:, -1] = 2, 3
    return ids, (ids != 2) & (ids != 3)


def test_shares_are_those_of_the_paper():
    ids, may = batch()
    masked = mask_tokens(ids, may, VOCABULARY, 0.15, np.random.default_rng(1))
    assert len(masked.positions) == round(0.15 * may.sum())
    now = masked.input_ids.ravel()[masked.positions]
    assert np.mean(now == MASK) == pytest.approx(0.8, abs=0.03)
    assert np.mean(now == masked.targets) == pytest.approx(0.1, abs=0.03)
    assert np.mean((now != MASK) & (now != masked.targets)) == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("whole_words", [False, True])
def test_only_targets_change_and_special_tokens_are_none(whole_words):
    ids, may = batch()
    masked = mask_tokens(ids, may, VOCABULARY, 0.15, np.random.default_rng(1), whole_words=whole_words)
    assert (ids.ravel()[masked.positions] == masked.targets).all()
    assert may.ravel()[masked.positions].all()
    others = np.ones(ids.size, dtype=bool)
    others[masked.positions] = False
    assert (masked.input_ids.ravel()[others] == ids.ravel()[others]).all()
    assert (np.diff(masked.positions) > 0).all()


def test_whole_words_are_hidden_whole():
    ids, may = batch()
    masked = mask_tokens(ids, may, VOCABULARY, 0.15, np.random.default_rng(1), whole_words=True)
    is_target = np.zeros(ids.size, dtype=bool)
    is_target[masked.positions] = True
    flat = ids.ravel()
    inside = np.flatnonzero(~VOCABULARY.begins_word[flat[1:]] & may.ravel()[1:] & may.ravel()[:-1]) + 1
    assert len(inside) > 1000
    assert (is_target[inside] == is_target[inside - 1]).all()
    assert 0.14 * may.sum() <= len(masked.positions) <= 0.15 * may.sum()


def test_same_seed_same_masks_and_another_seed_others():
    ids, may = batch()
    one, same, other = (mask_tokens(ids, may, VOCABULARY, 0.15, np.random.default_rng(s)) for s in (1, 1, 2))
    assert (one.input_ids == same.input_ids).all()
    assert not np.array_equal(one.positions, other.positions)


def test_a_short_text_has_one_target_and_nothing_has_none():
    ids = np.array([[2, 7, 3]])
    assert mask_tokens(ids, ids == 7, VOCABULARY, 0.15, np.random.default_rng(0)).positions.tolist() == [1]
    for whole_words in (False, True):
        nothing = mask_tokens(ids, ids < 0, VOCABULARY, 0.15, np.random.default_rng(0), whole_words=whole_words)
        assert not len(nothing.positions)


def test_the_rate_moves_in_a_straight_line():
    assert [masking_rate(0.3, 0.15, progress) for progress in (0, 0.5, 1)] == pytest.approx([0.3, 0.225, 0.15])
