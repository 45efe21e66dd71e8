"""Morphemes marked and jamo: nothing lost, spans in the text, added tokens whole."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.errors import ConfigError
from malmoi.text.jamo import text_to_jamo
from malmoi.tokenization.presplit import MARK, Presplit

SURFACE, FORMS, JAMO = Presplit("surface"), Presplit("forms"), Presplit("jamo")
WORDS = [
    "책을",
    "봤다",
    "재밌었어요ㅠㅠ",
    "ㅋㅋㅋ",
    "대한 민국",
    "간다!!",
    "친구다.",
    "Na⁺",
    "😀",
    "http://a.kr",
    "3.5점",
    "\n",
    "ᄒ",
    "가̀",
]
texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join).map(lambda text: unicodedata.normalize("NFC", text))


@settings(deadline=None)
@given(texts)
def test_surface_marks_go_without_a_trace(text: str) -> None:
    assert SURFACE.undo(SURFACE.apply(text)) == text.replace(MARK, "+")


@settings(deadline=None)
@given(st.one_of(texts, st.text()))
def test_jamo_are_lossless(text: str) -> None:
    assert JAMO.undo(JAMO.apply(text)) == text
    assert JAMO.apply(text) == text_to_jamo(text)


@pytest.mark.parametrize("presplit", [Presplit(), SURFACE, FORMS, JAMO], ids=lambda presplit: presplit.split)
@settings(deadline=None)
@given(texts)
def test_map_and_text_agree(presplit: Presplit, text: str) -> None:
    aligned = presplit(text)
    assert (aligned.raw, aligned.text) == (text, presplit.apply(text))
    for place, char in enumerate(aligned.text):
        start, end = aligned.raw_span(place, place + 1)
        assert 0 <= start <= end <= len(text)
        assert char == MARK or end > start or presplit.split == "forms"


def test_a_contraction_stays_whole_or_becomes_its_morphemes() -> None:
    assert (SURFACE.apply("여긴 갔다"), FORMS.apply("여긴 갔다")) == ("여긴 갔⁺다", "여기⁺ㄴ 가⁺었⁺다")
    aligned = FORMS("여긴 갔다")
    assert {aligned.raw[slice(*aligned.raw_span(place, place + 1))] for place in range(4)} == {"여긴"}


def test_punctuation_takes_no_mark() -> None:
    assert SURFACE.apply("친구다!!") == "친구⁺다!!"


@pytest.mark.parametrize("split", ["surface", "forms"])
def test_added_tokens_are_cut_nowhere(split) -> None:
    whole = Presplit(split, protected=("책을", "봤다"))
    assert whole.apply("책을 봤다 책이") == "책을 봤다 책⁺이"


def test_another_split_is_an_error() -> None:
    with pytest.raises(ConfigError, match="surface"):
        Presplit("surfaces")  # type: ignore[arg-type]
