"""A tokenizer with cleaning steps before it: the same ids with and without offsets, offsets in the raw text, the file unchanged."""

from __future__ import annotations

import threading
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.errors import ConfigError
from malmoi.text.cleaning import clean_text
from malmoi.tokenization.tokenizer import Tokenizer

STEPS = "html,url,brackets,hanja=reading,emoji=name,repeats=2,whitespace"
JUNK = [
    "<b>배우</b>",
    "ㅋㅋㅋㅋ",
    "(33)",
    "大",
    "😀",
    "http://a.kr ",
    "!!!!",
    "  ",
    "연기가 ",
    "&amp;",
    unicodedata.normalize("NFD", "좋아요"),
]
texts = st.lists(st.sampled_from(JUNK), max_size=8).map("".join)


@pytest.fixture(scope="module")
def plain(tiny_model: Path) -> Tokenizer:
    return Tokenizer.load(tiny_model)


@pytest.fixture(scope="module")
def cleaned(plain: Tokenizer) -> Tokenizer:
    return plain.cleaned_by(STEPS)


def ids(tokenizer: Tokenizer, text: str, pair: str | None = None) -> list[int]:
    (row,) = tokenizer.encode_ids([text], None if pair is None else [pair])
    return row[0].tolist()


@given(texts, texts)
def test_ids_are_those_of_the_cleaned_text(plain: Tokenizer, cleaned: Tokenizer, text: str, pair: str) -> None:
    clean, clean_pair = clean_text(text, STEPS), clean_text(pair, STEPS)
    assert ids(cleaned, text) == ids(plain, clean)
    assert ids(cleaned, text, pair) == ids(plain, clean, clean_pair)


@given(texts, texts)
def test_offsets_lie_in_the_raw_text(cleaned: Tokenizer, text: str, pair: str) -> None:
    (encoding,) = cleaned.encode([text], [pair])
    assert encoding.input_ids.tolist() == ids(cleaned, text, pair)
    for raw, sequence in ((text, 0), (pair, 1)):
        offsets = encoding.offsets[encoding.sequence == sequence]
        assert (np.diff(offsets, axis=0) >= 0).all() and (offsets >= 0).all() and (offsets <= len(raw)).all()


def test_tokens_point_at_what_they_stand_for(cleaned: Tokenizer) -> None:
    text = "<p>배우(33)</p> 연기가 大 ㅋㅋㅋㅋ"
    (encoding,) = cleaned.encode([text])
    found = {token: text[start:end] for token, (start, end) in zip(encoding.tokens, encoding.offsets, strict=True)}
    assert found["연기가"] == "연기가" and found["배"] == "배" and found["##우"] == "우"
    assert text[slice(*encoding.offsets[-2])] in ("ㅋㅋ", "ㅋ", "大")


def test_the_one_it_came_from_stays(plain: Tokenizer, cleaned: Tokenizer) -> None:
    assert plain.cleaner.steps == ()
    assert cleaned.backend is plain.backend
    assert [str(step) for step in cleaned.cleaned_by("html").cleaner.steps] == ["html"]
    assert cleaned.cleaned_by(()).cleaner == plain.cleaner


def test_limits_are_those_of_the_call_though_the_backend_is_shared(plain: Tokenizer, cleaned: Tokenizer) -> None:
    text = ["연기가 " * 50]
    for tokenizer, length in ((plain, 8), (cleaned, 16), (plain, 8), (plain, 30), (cleaned, 16)):
        assert len(tokenizer.encode_ids(text, max_length=length)[0][0]) == length
        assert len(tokenizer.encode(text, max_length=length)[0].input_ids) == length


def test_the_saved_file_is_the_same(plain: Tokenizer, cleaned: Tokenizer, tmp_path: Path) -> None:
    for name, tokenizer in (("plain", plain), ("cleaned", cleaned)):
        (tmp_path / name).mkdir()
        tokenizer.save(tmp_path / name)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        assert (tmp_path / "plain" / file).read_bytes() == (tmp_path / "cleaned" / file).read_bytes()
    assert Tokenizer.load(tmp_path / "cleaned").cleaner.steps == ()


def test_unknown_step(plain: Tokenizer) -> None:
    with pytest.raises(ConfigError, match="repeats"):
        plain.cleaned_by("repeat")


def test_threads_see_the_same(cleaned: Tokenizer) -> None:
    expected, seen = ids(cleaned, "배우ㅋㅋㅋㅋ (웃음)"), []
    threads = [threading.Thread(target=lambda: seen.append(ids(cleaned, "배우ㅋㅋㅋㅋ (웃음)"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 4
