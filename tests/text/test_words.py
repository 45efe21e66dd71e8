from __future__ import annotations

import pytest
from hypothesis import given, settings
from text_strategies import hostile_text

from malmoi.text import Normalizer
from malmoi.text.aligned import AlignedText, apply_edits
from malmoi.text.spacing import spacing
from malmoi.text.words import morphemes, particles, stopwords


def test_stopwords_are_whole_words():
    text = "이 영화 이것은 그리고,  그리고\n이"
    assert apply_edits(text, stopwords(text, ("이", "그리고"))) == " 영화 이것은 그리고,  \n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("손흥민은 토트넘에서 골을 넣었다.", "손흥민 토트넘 골 넣었다."),
        ("학교에서도 친구와 함께 책을", "학교 친구 함께 책"),
        ("난 이걸 봤다", "난 이걸 봤다"),  # 나 + ㄴ, 이거 + ㄹ: inside a syllable
        ("", ""),
    ],
)
def test_particles(text, expected):
    assert apply_edits(text, particles(text)) == expected


@pytest.mark.parametrize(
    ("kept", "text", "expected"),
    [
        ("all", "재미있었다!!", "재미있 었 다 !!"),
        ("all", " 영화가\n좋아욬ㅋㅋ ", "영화 가 좋 어요 ㅋ ㅋㅋ"),
        ("content", "정말 빨리 달린 기차 3대와 KTX", "정말 빨리 달리 기차 3 대 KTX"),
        ("nouns", "서울에서 열린 축구 경기를 봤다", "서울 축구 경기"),
        ("nouns", "빨리 달렸다", ""),
        ("all", "", ""),
    ],
)
def test_morphemes(kept, text, expected):
    assert apply_edits(text, morphemes(text, kept)) == expected


def test_morphemes_of_one_syllable_share_its_span():
    text = "책을 봤다"
    aligned = AlignedText.from_edits(text, morphemes(text))
    assert aligned.text == "책 을 보 었 다"
    assert [aligned.raw_span(i, i + 1) for i in (0, 1, 2, 4, 6, 8)] == [(0, 1), (1, 1), (1, 2), (3, 4), (3, 4), (4, 5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("아버지가방에들어가신다", "아버지가 방에 들어가신다"),
        ("오늘날씨가정말좋아요", "오늘 날씨가 정말 좋아요"),
        ("이미 잘 띄어 쓴 글", "이미 잘 띄어 쓴 글"),
        ("ㅋㅋ   \n", "ㅋㅋ   \n"),
    ],
)
def test_spacing(text, expected):
    assert apply_edits(text, spacing(text)) == expected


def test_spacing_of_a_long_text_keeps_its_places():
    text = "오늘날씨가정말좋아요 " * 300
    aligned = AlignedText.from_edits(text, spacing(text))
    assert aligned.text == "오늘 날씨가 정말 좋아요 " * 300
    assert aligned.raw_span(len(aligned.text) - 4, len(aligned.text) - 1) == (len(text) - 4, len(text) - 1)


@settings(deadline=None, max_examples=50)
@given(hostile_text)
def test_spacing_moves_nothing_but_space(text):
    text = Normalizer().normalize(text)
    aligned = AlignedText.from_edits(text, spacing(text))
    assert "".join(aligned.text.split()) == "".join(text.split())
    assert all(aligned.raw[start] == aligned.text[i] for start, i in aligned.kept())
    assert len(aligned.kept()) >= len("".join(text.split()))


@settings(deadline=None, max_examples=50)
@given(hostile_text)
def test_particles_and_morphemes_never_fail(text):
    text = Normalizer().normalize(text)
    shorter = AlignedText.from_edits(text, particles(text))
    assert len(shorter.kept()) == len(shorter.text) <= len(text)
    for kept in ("all", "content", "nouns"):
        assert "  " not in AlignedText.from_edits(text, morphemes(text, kept)).text
