from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import SYLLABLES, hostile_text, jamo_soup

from malmoi.text import jamo

split_or_not = st.booleans()


def test_every_syllable_round_trips():
    letters = [jamo.syllable_to_jamo(syllable) for syllable in SYLLABLES]
    assert len(set(letters)) == 11_172
    assert [jamo.jamo_to_syllable(*parts) for parts in letters] == SYLLABLES
    split = [map(jamo.split_compound, parts) for parts in letters]
    assert [jamo.jamo_to_syllable(*parts) for parts in split] == SYLLABLES


@pytest.mark.parametrize("split", [False, True])
def test_every_syllable_round_trips_conjoining(split):
    encoded = [jamo.syllable_to_conjoining(syllable, split) for syllable in SYLLABLES]
    assert len(set(encoded)) == 11_172
    assert [jamo.conjoining_to_syllable(text) for text in encoded] == SYLLABLES
    if not split:
        assert encoded == [unicodedata.normalize("NFD", syllable) for syllable in SYLLABLES]


@pytest.mark.parametrize("split", [False, True])
def test_all_syllables_as_one_text(split):
    text = "".join(SYLLABLES)
    assert jamo.jamo_to_text(jamo.text_to_jamo(text, split)) == text


def test_split_units():
    assert [jamo.split_compound(letter) for letter in "ㅙㅞㅢㄳㅀㄲㅐ"] == [
        "ㅗㅐ",
        "ㅜㅔ",
        "ㅡㅣ",
        "ㄱㅅ",
        "ㄹㅎ",
        "ㄲ",
        "ㅐ",
    ]
    assert len(jamo.text_to_jamo("괅", split_compounds=True)) == 5
    assert jamo.text_to_jamo("ㅋㅋㅋ ㅘ ㄳ abc 漢", split_compounds=True) == "ㅋㅋㅋ ㅘ ㄳ abc 漢"


@given(st.one_of(hostile_text, jamo_soup), split_or_not)
def test_any_text_round_trips(text, split):
    assert jamo.jamo_to_text(jamo.text_to_jamo(text, split)) == text


@given(jamo_soup, jamo_soup, split_or_not)
def test_encoding_goes_piece_by_piece(left, right, split):
    encoded = jamo.text_to_jamo(left, split) + jamo.text_to_jamo(right, split)
    assert jamo.jamo_to_text(encoded) == left + right


@given(jamo_soup)
def test_decoding_accepts_anything(text):
    decoded = jamo.jamo_to_text(text)
    assert len(decoded) <= len(text)
    if "\ue000" not in text:
        assert jamo.jamo_to_text(decoded) == decoded


def test_literal_jamo_do_not_become_syllables():
    for text in ("\u1100\u1161", "가\u11a8", "\ue000가", "\ue000", "\u1112\u119e\u11ab"):
        assert jamo.jamo_to_text(jamo.text_to_jamo(text)) == text


@pytest.mark.parametrize("bad", ["", "ㅎ", "한글", "a"])
def test_not_a_syllable(bad):
    with pytest.raises(ValueError, match="not a Hangul syllable"):
        jamo.syllable_to_jamo(bad)


@pytest.mark.parametrize(
    "bad", [("ㅏ", "ㅏ", ""), ("", "ㅏ", ""), ("ㄱ", "", ""), ("ㄱ", "ㅏ", "ㄸ"), ("ㄱㄴ", "ㅏ", "")]
)
def test_not_letters_of_a_syllable(bad):
    with pytest.raises(ValueError, match="not the letters"):
        jamo.jamo_to_syllable(*bad)


def test_not_one_conjoining_syllable():
    for bad in ("", "\u1112", "한", "\u1112\u1161\u1161", "\u1112\u1161" * 2):
        with pytest.raises(ValueError, match="conjoining"):
            jamo.conjoining_to_syllable(bad)


@pytest.mark.parametrize("unit", ["값 ", "\u1100", "\ue000", "\u1161\u11a8"])
def test_linear_time(unit):
    text = unit * (1_000_000 // len(unit))
    begin = time.perf_counter()
    assert jamo.jamo_to_text(jamo.text_to_jamo(text)) == text
    assert time.perf_counter() - begin < 8
