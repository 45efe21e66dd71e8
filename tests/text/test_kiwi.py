from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_strategies import hostile_text

from malmoi.errors import MissingExtra
from malmoi.text import Normalizer, kiwi
from malmoi.text.kiwi import morphemes_of, pieces, shared_kiwi


def test_one_instance_for_all_threads():
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: morphemes_of("손흥민은 골을 넣었다"), range(8)))
        assert len({id(instance) for instance in pool.map(lambda _: shared_kiwi(), range(8))}) == 1
    assert all(each == found[0] for each in found)


def test_without_the_package(monkeypatch):
    monkeypatch.setattr(kiwi, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"malmoi\[kiwi\]"):
        shared_kiwi()


def test_nothing_is_loaded_before_it_is_asked():
    code = "import sys, malmoi.text.cleaning as c; c.clean_text('가', 'html'); sys.exit('kiwipiepy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@given(st.text("가 \n", max_size=60), st.integers(2, 9))
def test_pieces_make_up_the_text(text, size):
    found = list(pieces(text, size))
    assert "".join(piece for _, piece in found) == text
    assert all(text[start : start + len(piece)] == piece and 0 < len(piece) <= size for start, piece in found)


def test_pieces_end_at_line_breaks_and_spaces():
    assert [piece for _, piece in pieces("가나다\n라마 바사 아자차카타파하", size=8)] == [
        "가나다\n라마 ",
        "바사 ",
        "아자차카타파하",
    ]


@settings(deadline=None, max_examples=50)
@given(hostile_text)
def test_morphemes_lie_in_the_text_in_order(text):
    text = Normalizer().normalize(text)
    found = morphemes_of(text)
    assert [morpheme.start for morpheme in found] == sorted(morpheme.start for morpheme in found)
    assert all(0 <= morpheme.start <= morpheme.end <= len(text) for morpheme in found)


def test_offsets_count_characters_behind_emoji_and_over_pieces():
    text = "😀 " * 1100 + "손흥민은"
    name, particle = morphemes_of(text)[-2:]
    assert text[name.start : name.end] == "손흥민" and (particle.form, particle.tag) == ("은", "JX")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["a", ".", "가 ", "("])
def test_long_words_take_linear_time(unit):
    morphemes_of(unit * (100_000 // len(unit)))
