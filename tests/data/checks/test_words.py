"""Characteristic words: the formula of the paper, and what it is for."""

import math

import numpy as np
import pytest

from malmoi.data.checks.words import characteristic_words, frequent_words, log_odds
from malmoi.data.examples import TextExample


def test_log_odds_by_hand():
    here, elsewhere, prior = np.array([8.0, 2.0]), np.array([1.0, 9.0]), np.array([3.0, 3.0])
    delta = math.log(11 / 5) - math.log(4 / 12)
    expected = delta / math.sqrt(1 / 11 + 1 / 4)
    assert log_odds(here, elsewhere, prior)[0] == pytest.approx(expected)
    assert log_odds(elsewhere, here, prior)[0] == pytest.approx(-expected)


def reviews():
    positive = [TextExample(f"배우의 연기가 {'훌륭해요' if i % 2 else '훌륭해요! ♥'}", label="긍정") for i in range(40)]
    negative = [TextExample(f"배우들 연기는 {'지루해요' if i % 4 else '훌륭해요'}", label="부정") for i in range(40)]
    return positive + negative


def test_words_that_tell_labels_apart():
    found = characteristic_words(reviews(), 3)
    assert [word.word for word in found["긍정"]] == ["배우", "훌륭해요", "♥"]
    assert [word.word for word in found["부정"]] == ["배우들", "지루해요"]
    assert (found["긍정"][1].num_here, found["긍정"][1].num_elsewhere) == (40, 10)
    assert all(word.z >= 1.645 for words in found.values() for word in words)
    assert "연기" not in {word.word for words in found.values() for word in words}  # in every text


def test_a_text_counts_a_word_once():
    spam = [TextExample("광고 " * 500, label="긍정")]
    found = characteristic_words(reviews() + spam, 5)
    assert "광고" not in {word.word for word in found["긍정"]}


def test_several_labels_count_each():
    examples = [TextExample("바보 멍청이", labels=("욕설", "비하"))] * 20 + [TextExample("좋은 아침", labels=())] * 20
    found = characteristic_words(examples, 2)
    assert {label: {word.word for word in words} for label, words in found.items()} == {
        "비하": {"바보", "멍청이"},
        "욕설": {"바보", "멍청이"},
    }


def test_one_label_or_one_word_tells_nothing():
    assert characteristic_words([TextExample("가", label="1")], 5) == {}
    assert characteristic_words([TextExample("가", label="1"), TextExample("가", label="0")], 5) == {"0": (), "1": ()}


def test_frequent_words_of_unlabelled_texts():
    found = frequent_words(
        [TextExample("영화가 좋다"), TextExample("영화를 봤다", "그 영화"), TextExample("ㅋㅋㅋㅋ")], 1
    )
    assert [(word.word, word.count) for word in found] == [("영화", 2)]
