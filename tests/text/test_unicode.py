from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from text_strategies import SYLLABLES, hostile_text

from malmoi.text.unicode import (
    HANJA,
    fullwidth_to_ascii,
    is_hangul_syllable,
    remove_controls,
    remove_controls_aligned,
    replace_surrogates,
)

EVERY_CHAR = list(map(chr, range(0x110000)))


def test_the_classes_agree_with_the_unicode_names():
    assert [char for char in EVERY_CHAR if is_hangul_syllable(char)] == SYLLABLES
    is_hanja = re.compile(f"[{HANJA}]").fullmatch
    for char in EVERY_CHAR[:0x20000]:
        if name := unicodedata.name(char, ""):
            assert bool(is_hanja(char)) == (name.startswith("CJK ") and "IDEOGRAPH-" in name or char in "〇々"), name
    assert is_hanja("\U0002a6d6") and not is_hanja("\U000e0100")


def test_control_rule_covers_exactly_category_cc():
    kept = {char for char in EVERY_CHAR[:0x3000] if remove_controls(char) == char}
    controls = {char for char in EVERY_CHAR[:0x3000] if unicodedata.category(char) == "Cc"}
    assert controls - kept == controls - set("\t\n\r") and not kept & (controls - set("\t\n\r"))
    spaced = {char for char in controls if remove_controls(char) == " "}
    assert spaced == {char for char in controls - set("\t\n\r") if char.isspace()}
    assert remove_controls("👨\u200d👩 \u202e\ufeff") == "👨\u200d👩 \u202e\ufeff"


@given(hostile_text)
def test_controls_aligned_agrees(text):
    aligned = remove_controls_aligned(text)
    assert aligned.text == remove_controls(text)
    for index, char in enumerate(aligned.text):
        start, end = aligned.raw_span(index, index + 1)
        assert end == start + 1 and remove_controls(text[start]) == char


def test_surrogates_become_replacement_characters_one_to_one():
    assert replace_surrogates("가\ud800\udfff나\ud83d\ude00😀") == "가\ufffd\ufffd나\ufffd\ufffd😀"


@given(hostile_text)
def test_surrogate_free_text_can_be_encoded(text):
    replaced = replace_surrogates(text)
    replaced.encode("utf-8")
    assert len(replaced) == len(text)


def test_fullwidth_is_ascii_only():
    changed = {char for char in EVERY_CHAR if fullwidth_to_ascii(char) != char}
    assert changed == set(map(chr, range(0xFF01, 0xFF5F)))
    assert all(fullwidth_to_ascii(char) == unicodedata.normalize("NFKC", char) for char in changed)
