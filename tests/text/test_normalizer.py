from __future__ import annotations

import subprocess
import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import SYLLABLES, hostile_text

from malmoi.config import from_dict, to_dict
from malmoi.errors import ConfigError
from malmoi.text import Normalizer, NormalizerConfig

CONFIGS = [
    NormalizerConfig(),
    NormalizerConfig(fullwidth=True),
    NormalizerConfig(remove_controls=False),
    NormalizerConfig(form="none", remove_controls=False),
]
TOKENIZERS = {Normalizer(config): Normalizer(config).to_tokenizers() for config in CONFIGS}
normalizers = st.sampled_from([Normalizer(config) for config in CONFIGS])


def is_too_new_for_tokenizers(char):
    """Its tables stop at Unicode 11: newer characters that combine or decompose differ. 3.2 is what Python offers."""
    special = unicodedata.combining(char) or unicodedata.decomposition(char)
    return special and unicodedata.ucd_3_2_0.category(char) == "Cn"


@given(normalizers, hostile_text, st.data())
def test_any_span_slices_back(normalizer, text, data):
    aligned = normalizer(text)
    assert aligned.raw == text
    assert aligned.text == normalizer.normalize(text)
    spans = [aligned.raw_span(i, i + 1) for i in range(len(aligned.text))]
    borders = [i for i in range(1, len(spans)) if spans[i - 1] != spans[i]]
    borders = [0, *borders, len(spans)]
    start, end = sorted(data.draw(st.tuples(st.sampled_from(borders), st.sampled_from(borders))))
    if start < end:
        raw_start, raw_end = aligned.raw_span(start, end)
        assert normalizer.normalize(text[raw_start:raw_end]) == aligned.text[start:end]
        assert aligned.text_span(raw_start, raw_end) == (start, end)


@given(normalizers, hostile_text)
def test_twice_is_once(normalizer, text):
    once = normalizer.normalize(text)
    assert normalizer.normalize(once) == once
    assert normalizer(once).starts is None


@given(hostile_text)
def test_default_result_is_clean(text):
    result = Normalizer().normalize(text)
    result.encode("utf-8")
    assert unicodedata.is_normalized("NFC", result)
    assert not [char for char in result if unicodedata.category(char) == "Cc" and char not in "\t\n\r"]


@given(normalizers, hostile_text)
def test_tokenizers_agrees(normalizer, text):
    text = "".join(char for char in text if unicodedata.category(char) != "Cs" and not is_too_new_for_tokenizers(char))
    assert TOKENIZERS[normalizer].normalize_str(text) == normalizer.normalize(text)


def test_tokenizers_agrees_on_every_character():
    for code in range(0x20000):
        char = chr(code)
        if 0xD800 <= code < 0xE000 or 0x3400 <= code < 0xA000 or is_too_new_for_tokenizers(char):
            continue
        text = f"e\u0323{char}\u0301"
        assert TOKENIZERS[Normalizer()].normalize_str(text) == Normalizer().normalize(text), hex(code)


def test_tokenizers_refuses_surrogates_so_ours_go_first():
    with pytest.raises(UnicodeEncodeError):
        TOKENIZERS[Normalizer()].normalize_str("\ud800")
    assert Normalizer().normalize("가\ud800") == "가\ufffd"


def test_syllables_survive():
    text = "".join(SYLLABLES)
    assert Normalizer().normalize(text) is text
    assert Normalizer().normalize(unicodedata.normalize("NFD", text)) == text


def test_laughter_is_not_turned_into_conjoining_jamo():
    assert Normalizer(NormalizerConfig(fullwidth=True)).normalize("ㅋㅋ ① ㎏ Ａ") == "ㅋㅋ ① ㎏ A"


def test_controls_go_before_composition():
    aligned = Normalizer()("\u1112\x00\u1161\x07\u11ab글")
    assert aligned.text == "한글"
    assert aligned.raw_span(0, 1) == (0, 5)
    assert aligned.text_span(0, 3) == (0, 1)


def test_particle_span_of_nfd_input():
    raw = unicodedata.normalize("NFD", "손흥민은 토트넘에서")
    aligned = Normalizer()(raw)
    start, end = aligned.raw_span(0, 3)
    assert raw[start:end] == unicodedata.normalize("NFD", "손흥민")
    assert aligned.text_span(start, end) == (0, 3)


def test_config_is_strict():
    assert from_dict(NormalizerConfig, to_dict(NormalizerConfig(fullwidth=True))) == NormalizerConfig(fullwidth=True)
    for values in ({"form": "NFKC"}, {"fullwidht": True}, {"fullwidth": 1}):
        with pytest.raises(ConfigError):
            from_dict(NormalizerConfig, values)
    with pytest.raises(ConfigError, match="NFC"):
        NormalizerConfig(form="NFKC")


@pytest.mark.parametrize("unit", ["가나 다\n", "\x00가", "\u1112\x01\u1161", "\x0b\u0301\u0323", "\ud800", "Ａ"])
def test_a_megabyte_in_linear_time(unit):
    normalizer = Normalizer(NormalizerConfig(fullwidth=True))
    text = unit * (1_000_000 // len(unit))
    begin = time.perf_counter()
    assert len(normalizer.normalize(text)) <= len(text)
    assert time.perf_counter() - begin < 4


def test_clean_text_is_free():
    text = "이 영화 정말 재미있어요 " * 100_000
    begin = time.perf_counter()
    assert Normalizer()(text).starts is None
    assert time.perf_counter() - begin < 0.5


def test_package_needs_only_the_standard_library():
    code = "import sys, malmoi.text, malmoi.text.eojeol, malmoi.text.jamo; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "transformers", "tokenizers", "numpy"} & set(loaded)
