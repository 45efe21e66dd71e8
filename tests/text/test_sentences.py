from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from text_strategies import hostile_text

from malmoi.errors import ConfigError
from malmoi.text.sentences import split_sentences


def texts(text, method):
    return [sentence.text for sentence in split_sentences(text, method)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("안녕하세요. 반갑습니다! 그래요? 네…", ["안녕하세요.", "반갑습니다!", "그래요?", "네…"]),
        ("그는 “갔다.” 하고 말했다.", ["그는 “갔다.”", "하고 말했다."]),
        ("원주율은 3.14이다. www.a.kr에서.", ["원주율은 3.14이다.", "www.a.kr에서."]),
        ("1. 서론 2. 본론. A. 부록", ["1. 서론 2. 본론.", "A. 부록"]),
        ("마침표 없이 끝났다 다음 문장", ["마침표 없이 끝났다 다음 문장"]),
        ("첫 줄\n\n 둘째 줄 \r\n", ["첫 줄", "둘째 줄"]),
        ("정말?! ㅋㅋ...", ["정말?!", "ㅋㅋ..."]),
        ("", []),
        (" \n", []),
    ],
)
def test_rules(text, expected):
    assert texts(text, "rules") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("어제 봤어요 정말 좋았습니다", ["어제 봤어요", "정말 좋았습니다"]),
        ("😀 안녕하세요 저는 말모이입니다! 반가워요", ["😀 안녕하세요", "저는 말모이입니다!", "반가워요"]),
        ("", []),
        (" \n", []),
    ],
)
def test_kiwi(text, expected):
    assert texts(text, "kiwi") == expected


@pytest.mark.parametrize("method", ["kiwi", "rules"])
def test_spans_lie_in_the_raw_text(method):
    raw = unicodedata.normalize("NFD", "어제 봤어요. 정말 좋았습니다.")
    first, second = split_sentences(raw, method)
    assert raw[first.start : first.end] == first.text == unicodedata.normalize("NFD", "어제 봤어요.")
    assert raw[second.start : second.end] == second.text == unicodedata.normalize("NFD", "정말 좋았습니다.")


@settings(deadline=None, max_examples=60)
@given(hostile_text)
@pytest.mark.parametrize("method", ["kiwi", "rules"])
def test_every_letter_belongs_to_one_sentence(method, text):
    found = split_sentences(text, method)
    end = 0
    for sentence in found:
        assert end <= sentence.start < sentence.end <= len(text)
        assert text[sentence.start : sentence.end] == sentence.text
        end = sentence.end
    kept = "".join("".join(sentence.text.split()) for sentence in found)
    assert is_all_but_controls(kept, text)


def is_all_but_controls(kept, text):
    """Whether `kept` is `text` without space and control characters, which the normaliser takes out."""

    def letters(string):
        return [char for char in string if not char.isspace() and unicodedata.category(char) != "Cc"]

    return letters(kept) == letters(text)


def test_kiwi_does_not_cut_where_its_window_ends():
    sentence = "오늘은 날씨가 정말 좋아서 공원에 갔습니다."
    text = " ".join([sentence] * 200)
    assert texts(text, "kiwi") == [sentence] * 200


def test_another_method():
    with pytest.raises(ConfigError, match="rules"):
        split_sentences("글", "rule")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", [".", "1. ", ".'", "가. ", "\n", "A", "!a"])
def test_rules_take_linear_time(unit):
    split_sentences(unit * (100_000 // len(unit)), "rules")
