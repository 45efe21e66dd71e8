from __future__ import annotations

import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import SYLLABLES, hostile_text

import malmoi
from malmoi.text.josa import PARTICLES, attach, ending, select

TABLE = """
사과를 수박을 | 사과가 수박이 | 사과는 수박은 | 사과와 수박과 | 철수야 영준아 | 사과나 수박이나 | 사과라 수박이라 | 사과랑 수박이랑
사과로 수박으로 물로 | 사과로서 수박으로서 물로서 | 사과로부터 수박으로부터 물로부터 | 사과라고 수박이라고 물이라고 | 사과예요 수박이에요
"""

READINGS = {
    "을": "수박 물 0 1 3 6 7 8 10 1,000 10,000 100000 100000000 10000000000000000 010 3.10 2030 제1 L M N R IBM PCR Python "
    "Excel Apple Google file phone game Chrome web Facebook internet app music Slack C# sing ㅋㅋ ㄹ 한국(Korea) 「물」 "
    "'말' 홍길동(洪吉童) ＩＢＭ 하늘! (물) x(y)물(a(b)c)",
    "를": "사과 2 4 5 9 12 1,000,000,000,000 100000000000000000000 3.14 A KBS NASA ChatGPT code Spark server Java Swift café blog 50% "
    "25℃ C++ ㅠㅠ [공지] (주)카카오 “말모이” 커피(coffee) 《나무》 Ａ 어머나~ a",
    "을(를)": "漢 😀 () ... (漢) \ud800 שלום 1000000000000000000000000",
}


@pytest.mark.parametrize("form", TABLE.replace("|", " ").split())
def test_table(form):
    word = next(word for word in ("사과", "수박", "철수", "영준", "물") if form.startswith(word))
    particle = form.removeprefix(word)
    assert attach(word, particle) == form
    pair = next(p for p in PARTICLES if particle in (p.after_consonant, p.after_vowel))
    for written in (pair.after_consonant, f"{pair.after_consonant}/{pair.after_vowel}", pair.both):
        assert attach(word, written) == form


@pytest.mark.parametrize(("form", "word"), [(form, word) for form, words in READINGS.items() for word in words.split()])
def test_readings(form, word):
    assert select(word, "을/를") == form


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("서울", "로"),
        ("부산", "으로"),
        ("1", "로"),
        ("3", "으로"),
        ("7", "로"),
        ("2", "로"),
        ("PCR", "로"),
        ("Apple", "로"),
        ("ㄹ", "로"),
        ("漢", "(으)로"),
    ],
)
def test_ro_after_rieul(word, form):
    assert select(word, "으로") == select(word, "(으)로") == select(word, "로/으로") == form


def test_every_syllable():
    for syllable in SYLLABLES:
        final = unicodedata.normalize("NFD", syllable)[2:]
        assert ending(syllable) == ("vowel" if not final else "rieul" if final == "\u11af" else "consonant")


def test_double_forms():
    assert [select("漢", particle) for particle in ("이", "은", "과", "아/야", "이나", "이에요")] == [
        "이(가)",
        "은(는)",
        "과(와)",
        "아(야)",
        "(이)나",
        "이에요(예요)",
    ]


def test_unknown_particle():
    with pytest.raises(ValueError, match="에서"):
        select("서울", "에서")


@given(hostile_text, st.sampled_from(PARTICLES))
def test_any_word(word, particle):
    form = select(word, particle.after_consonant + "/" + particle.after_vowel)
    assert form in (particle.after_consonant, particle.after_vowel, particle.both)


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=5))
def test_nfd_and_quotes_change_nothing(word):
    for variant in (unicodedata.normalize("NFD", word), f"'{word}'", f"『{word}』 ", f"{word}(note)", f"{word}..."):
        assert ending(variant) == ending(word)


def test_no_message_leaves_the_choice_to_the_reader():
    double = re.compile(r"은\(는\)|는\(은\)|이\(가\)|을\(를\)|과\(와\)|와\(과\)|\(으\)로")
    root = Path(malmoi.__file__).parent
    found = [
        f"{file.relative_to(root)}:{number}: reword it, or use attach from malmoi.text.josa: {line.strip()}"
        for file in root.rglob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if file.name != "josa.py" and double.search(line)
    ]
    assert not found, "\n".join(found)


def test_long_words_cost_nothing():
    begin = time.perf_counter()
    for unit in (")", "(", "()", "1", "a", "\u0301", "."):
        ending(unit * 1_000_000)
    assert time.perf_counter() - begin < 2
