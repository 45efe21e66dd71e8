from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import SYLLABLES, hostile_text, jamo_soup

from malmoi.text.nfc import _LONG_RUN, nfc, nfc_aligned

MARKS = st.text(st.sampled_from("\u0301\u0323\u0344\u0334\u0345\u0f73\u302e\u3099"), max_size=80)


def pieces(aligned):
    """Group characters that share a raw span: the smallest parts that can be told apart."""
    groups: list[tuple[tuple[int, int], str]] = []
    for index, char in enumerate(aligned.text):
        span = aligned.raw_span(index, index + 1)
        if groups and groups[-1][0] == span:
            groups[-1] = (span, groups[-1][1] + char)
        else:
            groups.append((span, char))
    return groups


def assert_aligned(text):
    aligned = nfc_aligned(text)
    assert aligned.text == nfc(text) == unicodedata.normalize("NFC", text)
    position = 0
    for (start, end), piece in pieces(aligned):
        assert start == position < end, "the parts tile the raw text"
        assert unicodedata.normalize("NFC", text[start:end]) == piece
        position = end
    assert position == len(text)


@given(hostile_text)
def test_hostile_text(text):
    assert_aligned(text)
    assert_aligned(unicodedata.normalize("NFD", text))


@given(jamo_soup)
def test_jamo(text):
    assert_aligned(text)


@given(st.sampled_from(["a", "가", "ᄀ", "", "Å"]), MARKS, st.sampled_from(["b", "각", ""]))
def test_runs_of_marks(first, marks, last):
    assert_aligned(first + marks + last + marks)


def test_every_syllable_from_nfd():
    text = "".join(SYLLABLES)
    aligned = nfc_aligned(unicodedata.normalize("NFD", text))
    assert aligned.text == text
    for index, syllable in enumerate(SYLLABLES):
        start, end = aligned.raw_span(index, index + 1)
        assert aligned.raw[start:end] == unicodedata.normalize("NFD", syllable)


def test_every_character_of_unicode():
    plain = []
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.combining(char) or unicodedata.decomposition(char):
            assert_aligned("e\u0301" + char + "\u0301" + char)
        else:
            plain.append(char)
    text = "".join(plain)
    aligned = nfc_aligned("e\u0301" + text)
    assert aligned.text == unicodedata.normalize("NFC", "é" + text)


def test_every_composition_of_two_characters():
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            assert_aligned("가e\u0301" + "".join(chr(int(part, 16)) for part in parts) + "나")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("\u1112\u1161\u11ab글", [(0, 3), (3, 4)]),
        ("가\u11a8\u11a8", [(0, 2), (2, 3)]),  # the second final stays alone
        ("\u1107\u1161\u11bc\u302e", [(0, 3), (3, 4)]),  # a tone mark keeps its own place
        ("e\u0301\u0301\u0301", [(0, 2), (2, 3), (3, 4)]),
        ("a\u0301\u0323", [(0, 3), (0, 3)]),  # reordered: cannot be told apart
        ("\u0958", [(0, 1), (0, 1)]),
    ],
)
def test_spans_are_tight(text, spans):
    aligned = nfc_aligned(text)
    assert [aligned.raw_span(i, i + 1) for i in range(len(aligned.text))] == spans


def test_long_runs_of_marks_are_sorted_before_the_quadratic_library():
    for length in (_LONG_RUN - 2, _LONG_RUN, 500):
        assert_aligned("a" + "\u0301\u0323\u0344" * length + "가")


@pytest.mark.parametrize(
    "unit",
    ["\u1112\u1161\u11ab", "\u0301\u0323", "\u0344\u0323", "\u1161", "\u0958", "e\u0301", "\u09c7\u09be", "\u0f73"],
)
def test_linear_time(unit):
    text = "a" + unit * (300_000 // len(unit))
    begin = time.perf_counter()
    aligned = nfc_aligned(text)
    assert time.perf_counter() - begin < 8
    assert aligned.text == nfc(text)
