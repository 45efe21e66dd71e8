from __future__ import annotations

import pytest

from malmoi.text.aligned import AlignedText, apply_edits
from malmoi.text.symbols import brackets, fullwidth, repeats, special, whitespace


@pytest.mark.parametrize(
    ("most", "text", "expected"),
    [
        (2, "ㅋㅋㅋㅋㅋ ㅠㅠㅠ !!!! ~~~~ ...", "ㅋㅋ ㅠㅠ !! ~~ .."),
        (1, "ㅋㅋㅋ 와와와와 대박대박", "ㅋ 와 대박"),
        (2, "와와와와 대박대박대박대박 하지마하지마하지마", "와와 대박대박 하지마하지마"),
        (2, "ㅋㅎㅋㅎㅋㅎ ㅇㅋㅇㅋ ^^^^", "ㅋㅎㅋㅎ ㅇㅋㅇㅋ ^^"),
        (3, "ㅋㅋㅋㅋ ㅋㅋㅋ ㅋㅋ", "ㅋㅋㅋ ㅋㅋㅋ ㅋㅋ"),
        (2, "1000000원 www III 2222 good", "1000000원 www III 2222 good"),
        (2, "진짜 진짜 진짜", "진짜 진짜 진짜"),
        (2, "😂😂😂😂 ♥♥♥", "😂😂 ♥♥"),
    ],
)
def test_repeats(most, text, expected):
    assert apply_edits(text, repeats(text, most)) == expected


def test_repeats_keeps_the_first_ones_in_place():
    aligned = AlignedText.from_edits("대박ㅋㅋㅋㅋ!", repeats("대박ㅋㅋㅋㅋ!", 2))
    assert [aligned.raw_span(i, i + 1) for i in range(2, 5)] == [(2, 3), (3, 4), (6, 7)]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("symbols", "★강추★ ♥♡♪ →→ 3㎏ 5℃ ₩900 ㈜말모이 a+b=c ^^ ①", "강추   3㎏ 5℃ ₩900 ㈜말모이 a+b=c ^^ ①"),
        ("symbols", '맛집★추천\ue000 «말», "모이" 《책》 2×3', '맛집 추천 «말», "모이" 《책》 2×3'),
        ("punctuation", "정말... 3,000원! (최고) #태그 ㅠ.ㅠ", "정말 3 000원 최고 태그 ㅠ ㅠ"),
        ("hangul", "영화 good 10점!! ㅋㅋ 👍 韓國 끝", "영화  점 ㅋㅋ   끝"),
    ],
)
def test_special(kind, text, expected):
    assert apply_edits(text, special(text, kind)) == expected


@pytest.mark.parametrize("kind", ["symbols", "punctuation"])
@pytest.mark.parametrize("emoji", ["😀", "❤️", "👨‍👩‍👧‍👦", "🇰🇷", "👍🏽", "👩‍❤️‍👨", "☝🏽", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_special_leaves_emoji_to_their_own_step(kind, emoji):
    text = f"가★{emoji}★나"
    assert apply_edits(text, special(text, kind)) == f"가 {emoji} 나"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("손흥민(33)은 [단독] {주} 【앵커】왔다（끝）", "손흥민은   왔다"),
        ("(가 (나 [다]) 라) 마", " 마"),
        (":) 웃음 (: ㅠ) 〔주〕 ］", ":) 웃음   ］"),
        ("(열림\n닫힘) [a\nb]", "(열림\n닫힘) [a\nb]"),
        ("(가 [나) 다] 라) 마", " 마"),
        ("(가 [나) 다", "(가 [나) 다"),
        ("《태백산맥》 「글」 <인용> “말”", "《태백산맥》 「글」 <인용> “말”"),
        ("()", ""),
    ],
)
def test_brackets(text, expected):
    assert apply_edits(text, brackets(text)) == expected


def test_fullwidth_keeps_every_place():
    text = "ＫＢＳ！　ﾡ㎏①ㅋ～"
    aligned = AlignedText.from_edits(text, fullwidth(text))
    assert aligned.text == "KBS!　ﾡ㎏①ㅋ~"
    assert aligned.starts is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" a  b\t\nc ", "a b c"),
        ("a b", "a b"),
        ("가\u3000나\xa0다\u2003라", "가 나 다 라"),
        ("가\u200b나\ufeff다 \u200b 라\u00ad", "가나다 라"),
        ("\u200b 가 \u200b", "가"),
        ("가족 👨‍👩‍👧", "가족 👨‍👩‍👧"),
        ("   ", ""),
        ("", ""),
    ],
)
def test_whitespace(text, expected):
    assert apply_edits(text, whitespace(text)) == expected
