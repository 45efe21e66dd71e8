from __future__ import annotations

import json
import pickle
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_strategies import PIECES

from malmoi.errors import ConfigError, MissingExtra
from malmoi.text import Normalizer, kiwi
from malmoi.text.cleaning import (
    STEPS,
    Cleaner,
    asks_kiwi,
    clean_text,
    parse_steps,
    show_steps,
    spell_steps,
    stored_steps,
)

WEB = [
    "<b>굵게</b>", "<br>", "<!-- 주석 -->", "<script>", "&amp;", "&#x1F600;", "&nbsp;", "https://a.kr/b?c=(d)", "www.", "a@b.co.kr",
    "naver.com에서", "ㅋㅋㅋㅋ", "와와와와", "!!!", "★♥", "(괄호 [안])", "【", "大韓民國(대한민국)", "女", "ＡＢＣ！", "　", "\n\n", "그리고 ", "1️⃣", "☝🏽",
]  # fmt: skip
DROPPING = ["url", "email", "emoji", "repeats=1", "repeats=3", "special", "special=punctuation", "special=hangul", "brackets", "hanja", "whitespace", "stopwords=그리고 와"]  # fmt: skip
WRITING = ["html", "url=mask", "email=mask", "emoji=name", "emoji=keep", "hanja=reading", "hanja=keep", "fullwidth"]
texts = st.lists(st.one_of(st.sampled_from(PIECES + WEB), st.text(max_size=4)), max_size=14).map("".join)


def cleaners(spellings):
    return st.lists(st.sampled_from(spellings), max_size=5).map(lambda chosen: Cleaner(parse_steps(chosen)))


def spans_of(aligned):
    return [aligned.raw_span(i, i + 1) for i in range(len(aligned.text))]


@given(cleaners(DROPPING + WRITING), texts)
def test_with_and_without_the_map(cleaner, text):
    aligned = cleaner(text)
    assert aligned.raw == text
    assert aligned.text == cleaner.clean(text) == clean_text(text, cleaner.steps)
    assert unicodedata.is_normalized("NFC", aligned.text)
    starts, ends = [s for s, _ in spans_of(aligned)], [e for _, e in spans_of(aligned)]
    assert starts == sorted(starts) and ends == sorted(ends)
    assert all(0 <= start <= end <= len(text) for start, end in spans_of(aligned))


@given(cleaners(DROPPING), texts)
def test_what_is_left_slices_back(cleaner, text):
    aligned = cleaner(text)
    for char, (start, end) in zip(aligned.text, spans_of(aligned), strict=True):
        source = unicodedata.normalize("NFD", Normalizer().normalize(text[start:end]))
        assert char == " " or set(unicodedata.normalize("NFD", char)) <= set(source)


@given(cleaners(DROPPING + WRITING), texts, st.data())
def test_a_span_comes_back(cleaner, text, data):
    aligned = cleaner(text)
    start = data.draw(st.integers(0, len(aligned.text)))
    end = data.draw(st.integers(start, len(aligned.text)))
    raw_start, raw_end = aligned.raw_span(start, end)
    if raw_start < raw_end:
        back_start, back_end = aligned.text_span(raw_start, raw_end)
        kept = [i for i in range(start, end) if aligned.raw_span(i, i + 1)[0] < aligned.raw_span(i, i + 1)[1]]
        assert all(back_start <= i < back_end for i in kept)


@given(texts)
def test_no_steps_are_the_normaliser(text):
    assert Cleaner()(text) == Normalizer()(text)
    assert Cleaner().clean(text) == Normalizer().normalize(text)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["spacing", "particles", "morphemes", "morphemes=nouns", "html", "repeats"]), max_size=3),
    texts,
)
def test_kiwi_steps_in_any_order(spellings, text):
    cleaner = Cleaner(parse_steps(spellings))
    aligned = cleaner(text)
    assert aligned.text == cleaner.clean(text)
    assert all(0 <= start <= end <= len(text) for start, end in spans_of(aligned))


HOSTILE = [
    "<", "<!--", "<script>", "<b", '<a "', "<a '", "<p>", "</", "&", "&a", "&#1;", "http://", "http://.", "a.", "a@", "@a.", "a-", "www.a)",
    "(", "([", ")", "漢", "(漢", "漢,", "ㅋ", "ㅋㅎ", "가나다라", "가나다라마", "😀", "👨‍", "\u200d", "🇰", "👍\U000e0061", "1️", " ", "\n", "\u200b", "★😀",
    "Ａ", ".", "!", "'", "그리고 ", "\u1112", "\u0301", "\x00",
]  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hundred_thousand_characters_in_linear_time(unit):
    text = unit * (100_000 // len(unit))
    for spelling in (*DROPPING, *WRITING):
        for step in parse_steps([spelling]):
            assert step(text).text == step.clean(text)


@pytest.mark.parametrize(
    ("steps", "text", "expected"),
    [
        ("html,special=punctuation,whitespace", "<b>최고</b>!", "최고"),
        ("special=punctuation,html,whitespace", "<b>최고</b>!", "b 최고 b"),
        ("emoji=name,special=hangul,whitespace", "좋아요😀", "좋아요 활짝 웃는 얼굴"),
        ("special=hangul,emoji=name,whitespace", "좋아요😀", "좋아요"),
        ("hanja=reading,brackets", "한국(韓國)", "한국"),
        ("hanja=reading", "한국(韓國)", "한국(한국)"),
        ("particles,stopwords=영화", "영화는 재미있다", " 재미있다"),
        ("stopwords=영화,particles", "영화는 재미있다", "영화 재미있다"),
        ("morphemes,stopwords=는 다,whitespace", "영화는 재미있다", "영화 재미있"),
    ],
)
def test_order_matters(steps, text, expected):
    assert clean_text(text, steps) == expected


def test_a_review_from_the_web():
    raw = unicodedata.normalize("NFD", "<p>대박ㅋㅋㅋㅋ!!!! http://a.kr/1 손흥민(孫興慜)은 ＫＢＳ에…</p>")
    steps = "html,url,hanja,fullwidth,repeats=2,whitespace"
    aligned = Cleaner(parse_steps(steps))(raw)
    assert aligned.text == "대박ㅋㅋ!! 손흥민은 KBS에…"
    start = aligned.text.index("손흥민")
    raw_start, raw_end = aligned.raw_span(start, start + 3)
    assert raw[raw_start:raw_end] == unicodedata.normalize("NFD", "손흥민")
    assert aligned.text_span(raw_start, raw_end) == (start, start + 3)


def test_normalised_before_the_first_step_and_behind_the_last():
    assert clean_text(unicodedata.normalize("NFD", "와와와와"), "repeats=1") == "와"
    assert clean_text("e(가)\u0301", "brackets") == "\u00e9"
    assert clean_text("가&#7;나&#0;", "html") == "가나\ufffd"


def test_spellings():
    steps = parse_steps(" html , url,repeats = 3,")
    assert [str(step) for step in steps] == ["html", "url=drop", "repeats=3"]
    assert parse_steps(["html", "url", "repeats=3"]) == parse_steps(steps) == steps
    assert parse_steps(json.loads(json.dumps(spell_steps(steps)))) == steps
    assert parse_steps("") == () == parse_steps([])
    assert parse_steps("repeats=２") == parse_steps("repeats")
    assert pickle.loads(pickle.dumps(steps)) == steps and len({*steps, *steps}) == 3


@pytest.mark.parametrize("kind", STEPS, ids=lambda kind: kind.name)
def test_every_step_is_spelled_whole(kind):
    step = parse_steps([kind.name + ("=그리고" if kind.name == "stopwords" else "")])[0]
    assert parse_steps([str(step)]) == (step,)
    assert all(kind.about) and kind.form.startswith(kind.name)
    assert isinstance(clean_text("손흥민은 <b>대박</b> (ㅋㅋㅋ) 韓國 😀", [step]), str)
    assert asks_kiwi([step]) == kind.asks_kiwi


@pytest.mark.parametrize(
    ("spelling", "parts"),
    [
        ("htlm", ["'htlm'", "'html'"]),
        ("repeat=2", ["'repeat'", "'repeats"]),
        ("url=dorp", ["'url=dorp'", "'url=drop'"]),
        ("html=1", ["html=1"]),
        ("html=", ["html="]),
        ("repeats=0", ["repeats=0", "1", "10", "repeats=2"]),
        ("repeats=둘", ["repeats=둘"]),
        ("repeats=99999999999", ["repeats=9"]),
        ("stopwords", ["stopwords", "@"]),
        ("stopwords= ", ["stopwords", "@"]),
        ("stopwords=@없는 파일.txt", ["stopwords=@없는 파일.txt"]),
    ],
)
def test_wrong_spellings(spelling, parts):
    with pytest.raises(ConfigError) as caught:
        parse_steps(["html", spelling])
    for part in parts:
        assert part in str(caught.value)


def test_stopwords_of_a_file_are_stored_themselves(tmp_path):
    file = tmp_path / "불용어, 모음.txt"
    file.write_text("\ufeff그리고\n하지만  또\n\n그리고\n" + unicodedata.normalize("NFD", "즉"), encoding="utf-8")
    spelled = spell_steps([f"stopwords=@{file}"])
    assert spelled == ("stopwords=그리고 하지만 또 즉",)
    file.unlink()
    assert clean_text("그리고 즉 왔다", spelled) == "  왔다"
    for content in (b"", b"\xff\xfe\x00", "@골뱅이".encode()):
        file.write_bytes(content)
        with pytest.raises(ConfigError, match="stopwords"):
            spell_steps([f"stopwords=@{file}"])


def test_what_is_stored_names_no_file(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("비밀", encoding="utf-8")
    for spelling in ([f"stopwords=@{file}"], f"html,stopwords= @{file}"):
        with pytest.raises(ConfigError, match="stopwords") as caught:
            stored_steps(spelling)
        assert "비밀" not in str(caught.value)
    assert stored_steps(spell_steps([f"stopwords=@{file}", "url"])) == ("stopwords=비밀", "url=drop")
    assert stored_steps(parse_steps("html")) == ("html",)


def test_long_lists_are_shown_short():
    shown = show_steps(["html", "stopwords=" + " ".join(f"낱말{i}" for i in range(99))])
    assert shown.startswith("html → stopwords=낱말0") and shown.endswith("…") and len(shown) < 80


def test_kiwi_is_missed_when_the_steps_are_read(monkeypatch):
    monkeypatch.setattr(kiwi, "find_spec", lambda name: None)
    assert parse_steps("html,repeats")
    with pytest.raises(MissingExtra, match=r"malmoi\[kiwi\]"):
        parse_steps("html,particles")


def test_needs_only_the_standard_library():
    code = "import sys, malmoi.text.cleaning as c; c.clean_text('가😀 女', 'emoji=name,hanja=reading,special'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "transformers", "tokenizers", "numpy", "kiwipiepy"} & set(loaded)
