"""Sentences, words and their pieces; long sentences in pieces of whole words."""

import unicodedata

import numpy as np
import pytest

from malmoi.tasks.parsing.word_pieces import cut_sentences, word_pieces
from malmoi.tokenization.tokenizer import Tokenizer

BREAKS = {"가 Po": True}


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return Tokenizer.load(tiny_model)


def cut(tokenizer, text, max_length=512, whole=False, breaks=BREAKS):
    return list(cut_sentences([text], [whole], breaks, tokenizer, max_length))


def words_of(text, sentence):
    return [text[start:end] for start, end in sentence.places.tolist()]


def pieces_of(tokenizer, sentence):
    """The pieces from the first to the last of each word, put together."""
    names = [str(tokenizer.backend.id_to_token(int(i))).removeprefix("##") for i in sentence.input_ids]
    return ["".join(names[a : b + 1]) for a, b in zip(sentence.firsts, sentence.lasts, strict=True)]


def test_words_and_their_pieces(tokenizer):
    text = "비가 온다."
    (sentence,) = cut(tokenizer, text)
    assert words_of(text, sentence) == pieces_of(tokenizer, sentence) == ["비가", "온다", "."]
    assert sentence.input_ids.tolist() == tokenizer.encode_ids([text])[0][0].tolist()


def test_a_text_is_cut_into_sentences_with_places_in_the_text(tokenizer):
    text = "  비가 온다. 나무가 있다.\n우리 학교"
    sentences = cut(tokenizer, text, breaks={})
    assert [words_of(text, s) for s in sentences] == [["비가", "온다."], ["나무가", "있다."], ["우리", "학교"]]
    assert [pieces_of(tokenizer, s) for s in sentences] == [words_of(text, s) for s in sentences]
    (whole,) = cut(tokenizer, text, whole=True)
    assert len(whole.places) == 8 and whole.places[0].tolist() == [2, 4]


def test_texts_keep_their_numbers_and_empty_ones_have_no_sentence(tokenizer):
    found = cut_sentences(["비가 온다", " \n", "", "네. 네."], [False] * 4, {}, tokenizer, 512)
    assert [sentence.number for sentence in found] == [0, 3, 3]


@pytest.mark.parametrize("max_length", [8, 9, 16])
def test_a_long_sentence_is_read_in_pieces_of_whole_words(tokenizer, max_length):
    text = " ".join(["비가", "온다", "나무가"] * 20)
    sentences = cut(tokenizer, text, max_length)
    assert [word for s in sentences for word in words_of(text, s)] == text.split()
    assert all(pieces_of(tokenizer, s) == words_of(text, s) for s in sentences)
    cls, sep = (tokenizer.backend.token_to_id(name) for name in ("[CLS]", "[SEP]"))
    for s in sentences:
        assert len(s.input_ids) <= max_length and (s.input_ids[0], s.input_ids[-1]) == (cls, sep)
    assert all(len(s.input_ids) + 3 > max_length for s in sentences[:-1])  # no room for one more word


def test_a_word_that_is_longer_than_the_window_is_cut(tokenizer):
    text = "비 " + "가" * 50 + " 온다"
    sentences = cut(tokenizer, text, 8)
    assert [words_of(text, s) for s in sentences] == [["비"], ["가" * 50], ["온다"]]
    long = sentences[1]
    assert (len(long.input_ids), long.firsts.tolist(), long.lasts.tolist()) == (8, [1], [6])


def test_what_the_model_does_not_see_is_no_word(tokenizer):
    text = "비가 \x01 온\x01다"
    (sentence,) = cut(tokenizer, text)
    assert words_of(text, sentence) == ["비가", "온\x01다"]
    assert pieces_of(tokenizer, sentence) == ["비가", "온다"]
    assert cut(tokenizer, "\x01", whole=True) == []
    text = "<b>비가</b> (큰 비) 온다"
    (sentence,) = cut(tokenizer.cleaned_by("html,brackets"), text)
    assert words_of(text, sentence) == pieces_of(tokenizer, sentence) == ["비가", "온다"]


def test_a_word_without_a_piece_borrows_its_neighbours():
    firsts, lasts = word_pieces(np.array([[0, 1], [2, 3], [4, 5]]), np.array([[0, 1], [4, 5]]))
    assert (firsts.tolist(), lasts.tolist()) == ([0, 1, 1], [0, 1, 1])
    firsts, lasts = word_pieces(np.array([[0, 1]]), np.zeros((0, 2), dtype=int))
    assert firsts.tolist() == lasts.tolist() == [0]


def test_decomposed_text(tokenizer):
    text = unicodedata.normalize("NFD", "비가 온다")
    (sentence,) = cut(tokenizer, text)
    assert words_of(text, sentence) == text.split()
    assert pieces_of(tokenizer, sentence) == ["비가", "온다"]


def test_words_that_share_a_piece_both_have_it():
    firsts, lasts = word_pieces(np.array([[0, 1], [1, 2], [3, 4]]), np.array([[0, 2], [3, 4]]))
    assert firsts.tolist() == lasts.tolist() == [0, 0, 1]
