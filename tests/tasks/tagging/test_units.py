"""Characters and pieces with their places in the raw text, tags of both, and windows that decide every unit once."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.data.examples import Span
from malmoi.data.features import PIECE_PLACES
from malmoi.tasks.tagging.units import Units, character_units, cut_windows, joined, piece_units, unit_tags
from malmoi.tokenization.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Tokenizer:
    return Tokenizer.load(tiny_model)


def units_of(tokenizer: Tokenizer, text: str) -> Units:
    return character_units(tokenizer.cleaner(text), tokenizer.encode([text])[0])


def pieces_of(text: str, units: Units) -> list[str]:
    return [text[start:end] for start, end in zip(units.starts, units.ends, strict=True)]


def test_characters_know_their_piece_and_place(tokenizer: Tokenizer) -> None:
    text = "정말 재미있게 봤어요"
    encoding, units = tokenizer.encode([text])[0], units_of(tokenizer, text)
    assert pieces_of(text, units) == list("정말재미있게봤어요")
    for start, token, place in zip(units.starts, units.tokens, units.places, strict=True):
        low, high = encoding.offsets[token]
        assert low <= start < high and place == start - low
    assert units.begins_word.tolist() == [True, False, True, False, False, False, True, False, False]
    assert units.codes.tolist() == [ord(char) for char in text if char != " "]


def test_decomposed_text_keeps_raw_places(tokenizer: Tokenizer) -> None:
    text = unicodedata.normalize("NFD", "배우들 연기가")
    units = units_of(tokenizer, text)
    assert [unicodedata.normalize("NFC", piece) for piece in pieces_of(text, units)] == list("배우들연기가")


def test_long_pieces_have_a_last_place(tokenizer: Tokenizer) -> None:
    text = "가" * 300  # one unknown piece
    units = units_of(tokenizer, text)
    assert len(units) == 300 and units.places.max() == PIECE_PLACES - 1


@pytest.mark.parametrize("text", ["", "  \t", "\x00", "​"], ids=repr)
def test_nothing_to_tag(tokenizer: Tokenizer, text: str) -> None:
    units = units_of(tokenizer, text)
    assert len(units) == 0 or pieces_of(text, units) == [text]
    assert len(piece_units(units)) == len(units)


def test_tags_of_characters(tokenizer: Tokenizer) -> None:
    units = units_of(tokenizer, "박 씨가 런던에")
    spans = [(Span(0, 3, "PS"), 1), (Span(5, 7, "LC"), 3)]
    assert unit_tags(units, spans, 0).tolist() == [1, 2, 0, 3, 4, 0]
    assert unit_tags(units, [], -100).tolist() == [-100] * 6


def test_pieces_on_the_edge_belong_by_half(tokenizer: Tokenizer) -> None:
    text = "정말 재미있게"  # two pieces of the tiny vocabulary
    units = piece_units(units_of(tokenizer, text))
    assert pieces_of(text, units) == ["정말", "재미있게"]
    assert unit_tags(units, [(Span(0, 1, "PS"), 1)], 0)[0] == 1  # half of it
    assert unit_tags(units, [(Span(1, 4, "PS"), 1)], 0).tolist() == [1, 0]
    assert unit_tags(units, [(Span(1, 5, "PS"), 1)], 0).tolist() == [1, 2]
    three = Units(np.array([0, 3]), np.array([3, 4]), *(np.array([1, 2]) for _ in range(3)))
    assert unit_tags(three, [(Span(0, 1, "PS"), 1)], 0).tolist() == [0, 0]
    assert unit_tags(three, [(Span(1, 4, "PS"), 1)], 0).tolist() == [1, 2]


@given(st.integers(0, 60), st.integers(5, 20), st.integers(0, 8))
def test_windows_decide_every_unit_once_with_context(num_tokens: int, capacity: int, overlap: int) -> None:
    overlap = min(overlap, (capacity - 1) // 2)
    tokens = np.repeat(np.arange(1, 1 + num_tokens), 2)
    cuts = list(cut_windows(tokens, (1, 1 + num_tokens), capacity, overlap))
    assert [i for cut in cuts for i in range(cut.low, cut.high)] == list(range(len(tokens)))
    for cut in cuts:
        assert 0 <= cut.last - cut.first <= capacity
        assert all(cut.first <= tokens[i] < cut.last for i in range(cut.low, cut.high))
        if cut is not cuts[0] and cut.low < cut.high:
            assert tokens[cut.low] - cut.first == overlap // 2
    assert len(cuts) == 1 if num_tokens <= capacity else len(cuts) > 1
    assert cuts[0].first == 1 and cuts[-1].last == 1 + num_tokens


def test_joined_windows_are_the_whole(tokenizer: Tokenizer) -> None:
    units = units_of(tokenizer, "정말 재미있게 봤어요")
    again = joined([units[:4], units[4:]])
    assert all(np.array_equal(getattr(units, name), getattr(again, name)) for name in ("starts", "ends", "tokens"))
