"""Words of raw text by the rules of a treebank."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.text.word_breaks import learn_breaks, split_words


def cut(text, breaks):
    return [text[start:end] for start, end in split_words(text, breaks)]


def sentence(words):
    """A text and the places of its words; "_" before a word says that no space stands there."""
    text, places = "", []
    for word in words.split():
        text += "" if word.startswith("_") or not text else " "
        word = word.removeprefix("_")
        places.append((len(text), len(text) + len(word)))
        text += word
    return text, places


GSD = [
    sentence("경기국제협의회 _( _e-gima.com _) _가 8개 병원과 참여한다 _."),
    sentence("태양의 1.2배에서 1.46배로 차이가 난다 _."),
    sentence('" _그랬다 _. _" 고 말했다 _.'),
]


def test_training_words_are_found_again():
    breaks = learn_breaks(GSD)
    for text, places in GSD:
        assert split_words(text, breaks) == places


def test_numbers_and_addresses_stay_whole():
    breaks = learn_breaks(GSD)
    assert cut("3.5점과 a-b.com이다.", breaks) == ["3.5점과", "a-b.com이다", "."]


def test_a_mark_never_seen_goes_by_its_kind():
    breaks = learn_breaks(GSD)
    assert "가【" not in breaks and "가 Ps" in breaks
    assert cut("협의회【서울", breaks) == ["협의회", "【", "서울"] or "Ps 가" not in breaks
    assert cut("협의회【web】", breaks) == ["협의회", "【", "web", "】"]


def test_treebanks_of_eojeols_have_no_rules():
    assert learn_breaks([sentence("'K팝스타3’ 눈물을 흘렸다."), sentence("3.5점!")]) == {}
    assert cut(" 비가(雨)\n　온다. ", {}) == ["비가(雨)", "온다."]


def test_the_more_frequent_way_is_the_rule_and_a_tie_is_none():
    often = [sentence("40 _%")] * 2 + [sentence("40%")]
    assert cut("7%", learn_breaks(often)) == ["7", "%"]
    assert learn_breaks([sentence("40 _%"), sentence("40%")]) == {}


def test_exceptions_from_a_kind_are_written_down():
    breaks = learn_breaks([sentence("가 _."), sentence("나 _!"), sentence("다 _?"), sentence("라·마")])
    assert breaks == {"가 Po": True, "가·": False} or breaks["가 Po"] is True and breaks["가·"] is False
    assert cut("바·사.", breaks) == ["바·사", "."]


def test_decomposed_hangul_is_hangul():
    breaks = learn_breaks(GSD)
    text = unicodedata.normalize("NFD", "난다.")
    assert cut(text, breaks) == [unicodedata.normalize("NFD", "난다"), "."]


@pytest.mark.parametrize("text", ["", " \t\n　", "가\x00나", "👨‍👩‍👧‍👦!", "\ud800.", "가" * 3000 + "." * 3000])
def test_odd_texts(text):
    words = cut(text, learn_breaks(GSD))
    assert "".join(words) == "".join(text.split())


@given(st.text())
def test_words_are_all_of_the_text_but_its_spaces(text):
    places = split_words(text, learn_breaks(GSD))
    assert "".join(text[start:end] for start, end in places) == "".join(text.split())
    assert all(start < end for start, end in places) and places == sorted(places)
