"""Tokenizers of every unit: the same file every time, raw offsets, round trips, and plain `tokenizers` where it can."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.errors import ConfigError, DataError
from malmoi.tokenization.alphabet import ALL_SYLLABLES
from malmoi.tokenization.presplit import MARK
from malmoi.tokenization.styles import STYLES, find_style
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer
from malmoi.tokenization.units import UNITS, Unit, find_unit

TEXTS = [
    "배우들 연기가 훌륭하고 정말 재미있게 봤어요", "이 영화 진짜 재밌었어요ㅠㅠ 또 보고 싶다!!", "음악도 좋고 화면도 예뻐요 ㅋㅋㅋ",
    "돈이 아까운 영화, 지루해서 중간에 나왔다", "다시는 안 봅니다. 너무 지루해요", "배우가 아까워요 연기는 좋았는데...",
    "재미없고 지루한 영화를 봤어요", "정말 재밌는 영화였어요 ㅎㅎ 음악이 최고", "화면이 어둡고 소리가 작아서 답답해요",
] * 2  # fmt: skip
HOSTILE = [
    "",
    "  ",
    "\n\n",
    "<s>",
    "[MASK]",
    "⁺⁺",
    "▁▁",
    unicodedata.normalize("NFD", "한글 영화"),
    "가\u200d나",
    "😀👨‍👩‍👧",
    "뷁 궯",
]
SMALL = {"syllable": 222, "jamo": 220, "morpheme-wordpiece": 150, "unigram": 95, "morpheme-bpe": 110, "morpheme-unigram": 86, "byte-bpe": 320, "morpheme-byte-bpe": 290}  # fmt: skip


def config(unit: Unit, **changes) -> TrainerConfig:
    frequency = {} if unit.model == "unigram" else {"min_frequency": 1}
    default = {"unit": unit.name, "vocab_size": SMALL.get(unit.name, 180 if unit.is_learned else 45)} | frequency
    return TrainerConfig(**(default | changes))


@pytest.fixture(scope="module", params=UNITS, ids=lambda unit: unit.name)
def trained(request) -> tuple[Unit, Tokenizer]:
    return request.param, train_tokenizer(TEXTS, config(request.param))


def test_size_and_specials(trained) -> None:
    unit, tokenizer = trained
    assert tokenizer.vocab_size == config(unit).vocab_size
    assert [tokenizer.backend.token_to_id(token) for token in find_style("bert").tokens] == [0, 1, 2, 3, 4]
    assert (tokenizer.pad_id, tokenizer.unk_id, tokenizer.token_id("mask_token")) == (0, 1, 4)
    ids, types = tokenizer.encode_ids(["재밌다"], ["지루해"])[0]
    assert (ids[0], ids[-1]) == (2, 3) and list(ids).count(3) == 2
    assert types[0] == 0 and types[-1] == 1


def test_pieces_know_their_place_in_raw_text(trained) -> None:
    unit, tokenizer = trained
    text = unicodedata.normalize("NFD", "배우") + "들 연기가 훌륭하고\x00 재밌었어요"
    (encoding,) = tokenizer.encode([text])
    inside = encoding.sequence == 0
    spans = encoding.offsets[inside]
    assert (encoding.input_ids == tokenizer.encode_ids([text])[0][0]).all()
    assert (np.diff(spans[:, 0]) >= 0).all() and (spans[:, 1] >= spans[:, 0]).all()
    empty = {encoding.tokens[i] for i in np.flatnonzero(inside & (encoding.offsets[:, 0] == encoding.offsets[:, 1]))}
    assert empty <= {"Ġ", MARK}  # a piece of nothing but space, which is trimmed, or of nothing but the mark
    covered = {place for start, end in spans for place in range(start, end)}
    assert covered >= {place for place, char in enumerate(text) if not char.isspace() and char != "\x00"}


def test_hostile_text(trained) -> None:
    unit, tokenizer = trained
    for text in HOSTILE:
        (encoding,) = tokenizer.encode([text])
        (ids, _), (plain,) = tokenizer.encode_ids([text])[0], tokenizer.encode_plain([text])
        assert (encoding.input_ids == ids).all() and (ids[1:-1] == plain).all()
        assert not {0, 2, 3, 4} & set(plain.tolist()), "a typed special token became a control token"
        assert (encoding.offsets >= 0).all() and (encoding.offsets <= len(text)).all()


def test_decoding_gives_the_text_back(trained) -> None:
    unit, tokenizer = trained
    text = "배우들 연기가 훌륭하고 정말 재미있게 봤어요"
    if unit.split == "forms":
        assert tokenizer.decode(tokenizer.encode_ids([text])[0][0]).replace(" ", "").startswith("배우들")
    elif unit.model != "words":
        assert tokenizer.decode(tokenizer.encode_ids([text])[0][0]) == text


def test_saved_and_loaded(trained, tmp_path: Path) -> None:
    unit, tokenizer = trained
    tokenizer.save(tmp_path)
    again = Tokenizer.load(tmp_path)
    assert again.presplit == tokenizer.presplit
    for text in (*TEXTS[:4], *HOSTILE):
        assert again.encode_ids([text])[0][0].tolist() == tokenizer.encode_ids([text])[0][0].tolist()
    stored = json.loads((tmp_path / "tokenizer_config.json").read_text(encoding="utf-8"))["malmoi"]
    assert stored["unit"] == unit.name and ("note" in stored) == (not unit.is_plain)


def test_plain_code_reads_the_same_where_it_can(trained, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    unit, tokenizer = trained
    tokenizer.save(tmp_path)
    texts = [*TEXTS, "<b>", "3.5점 😀", unicodedata.normalize("NFD", "한글 영화")]
    ours = [ids.tolist() for ids, _ in tokenizer.encode_ids(texts)]
    plain = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    hugging_face = AutoTokenizer.from_pretrained(tmp_path)
    for theirs in ([plain.encode(text).ids for text in texts], hugging_face(texts)["input_ids"]):
        assert theirs == ours or not unit.is_plain


DIGEST = """
import hashlib, sys
sys.path[:0] = sys.argv[1:2]
from test_trainers import TEXTS, config
from malmoi.tokenization.trainers import train_tokenizer
from malmoi.tokenization.units import UNITS
print([hashlib.sha256(train_tokenizer(TEXTS, config(unit)).backend.to_str().encode()).hexdigest() for unit in UNITS if not unit.name.startswith("morph")])
"""


def test_the_same_file_in_every_process() -> None:
    command = [sys.executable, "-c", DIGEST, str(Path(__file__).parent)]
    first, *others = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(3))
    assert first.count("'") == 14 and set(others) == {first}


@pytest.fixture(scope="module", params=["syllable", "jamo"])
def whole(request) -> Tokenizer:
    return train_tokenizer(TEXTS, TrainerConfig(request.param, "gpt", min_frequency=1))


def test_every_syllable_makes_the_round_trip(whole: Tokenizer) -> None:
    for start in range(0, len(ALL_SYLLABLES), 1000):
        text = " ".join(ALL_SYLLABLES[start : start + 1000]) + " ㅋㅋ ㅠㅠ ㄳ"
        assert whole.decode(whole.encode_plain([text])[0]) == text


@settings(deadline=None)
@given(text=st.text(st.sampled_from("가각힣뷁ㅋㅠㄳ \n aZ!~\u1100\u1161\u11a8")))
def test_round_trip_is_nfc(whole: Tokenizer, text: str) -> None:
    expected = whole.cleaner.clean(text)
    known = set(map(whole.backend.id_to_token, whole.encode_plain([text])[0].tolist()))
    if "<unk>" not in known:
        assert whole.decode(whole.encode_plain([text])[0]) == expected == unicodedata.normalize("NFC", expected)


def test_letters_alone_are_not_letters_of_a_syllable(whole: Tokenizer) -> None:
    alone, inside = whole.encode_plain(["ㅋ", "코"])
    assert not set(alone.tolist()) & set(inside.tolist())


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_styles(style) -> None:
    tokenizer = train_tokenizer(TEXTS, TrainerConfig("wordpiece", style.name, min_frequency=1))
    names = [tokenizer.backend.id_to_token(i) for i in range(len(style.tokens))]
    assert tuple(names) == style.tokens
    single, pair = tokenizer.encode(["배우"])[0].tokens, tokenizer.encode(["배우"], ["영화"])[0]
    framed = {"bert": (["[CLS]", "배우", "[SEP]"], ["[CLS]", "배우", "[SEP]", "영화", "[SEP]"], [0, 0, 0, 1, 1]),
              "roberta": (["<s>", "배우", "</s>"], ["<s>", "배우", "</s>", "</s>", "영화", "</s>"], [0] * 6),
              "gpt": (["배우"], ["배우", "영화"], [0, 1])}[style.name]  # fmt: skip
    assert (single, pair.tokens) == framed[:2] and pair.type_ids.tolist() == framed[2]
    assert tokenizer.token_id("eos_token") == (None if style.name == "bert" else style.tokens.index("</s>"))


@pytest.mark.parametrize("name", ["wordpiece", "jamo", "morpheme", "morpheme-wordpiece", "byte-bpe"])
def test_added_and_special_tokens(name: str, tmp_path: Path) -> None:
    unit = find_unit(name)
    settings = config(unit, vocab_size=None, special_tokens=("[USER]",), added_tokens=("[URL]", "연기가"))
    tokenizer = train_tokenizer(TEXTS, settings)
    tokenizer.save(tmp_path)
    tokenizer = Tokenizer.load(tmp_path)
    (encoding,) = tokenizer.encode(["[URL] 배우 연기가 [USER]"])
    found = {"[URL] 배우 연기가 [USER]"[start:end] for start, end in encoding.offsets}
    assert {"[URL]", "연기가"} <= found
    assert tokenizer.backend.token_to_id("[USER]") == 5
    assert 5 not in encoding.input_ids


def test_a_tokenizer_grows(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(TEXTS, config(find_unit("morpheme-wordpiece"))).cleaned_by("url=mask")
    size = tokenizer.vocab_size
    larger = tokenizer.extended(["[URL]", "영화", "ㅇㅈ"], special=["[턴]"])
    assert (tokenizer.vocab_size, larger.vocab_size) == (
        size,
        size + 4 - (tokenizer.backend.token_to_id("영화") is not None),
    )
    (encoding,) = larger.encode(["ㅇㅈ http://a.kr [턴]"])
    assert encoding.tokens[1:3] == ["ㅇㅈ", "[URL]"] and "[턴]" not in encoding.tokens
    assert larger.extended(["ㅇㅈ"]).vocab_size == larger.vocab_size
    with pytest.raises(ConfigError, match="' 빈칸'"):
        tokenizer.extended([" 빈칸"])


def test_limit_alphabet_keeps_the_most_frequent() -> None:
    for name in ("wordpiece", "bpe", "unigram"):
        few = train_tokenizer(TEXTS, config(find_unit(name), vocab_size=None, limit_alphabet=20))
        chars = {piece.removeprefix("##") for piece in few.backend.get_vocab()} - set(find_style("bert").tokens)
        assert len({char for piece in chars for char in piece} - {"▁"}) == 20
    everything = train_tokenizer(TEXTS, config(find_unit("bpe"), vocab_size=None, all_syllables=True))
    assert "뷁" in everything.backend.get_vocab()


def test_min_frequency() -> None:
    words = train_tokenizer(["영화 영화 배우"], TrainerConfig("eojeol", min_frequency=2)).backend.get_vocab()
    assert "영화" in words and "배우" not in words


def test_cleaning_comes_before_counting() -> None:
    vocab = train_tokenizer(
        ["영화ㅋㅋㅋㅋㅋ"], TrainerConfig("eojeol", min_frequency=1, clean=("repeats=2",))
    ).backend.get_vocab()
    assert "영화ㅋㅋ" in vocab


@pytest.mark.parametrize("unit", ["eojeol", "wordpiece", "bpe", "unigram", "syllable"])
def test_a_corpus_smaller_than_the_vocabulary(unit: str) -> None:
    with pytest.raises(DataError, match="15,000"):
        train_tokenizer(TEXTS, TrainerConfig(unit, vocab_size=15_000))


@pytest.mark.parametrize("unit", ["wordpiece", "bpe", "byte-bpe", "unigram", "jamo"])
def test_a_vocabulary_that_does_not_hold_the_alphabet(unit: str) -> None:
    with pytest.raises(ConfigError, match="limit_alphabet"):
        train_tokenizer(TEXTS, TrainerConfig(unit, vocab_size=30))


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "wordpeice"}, {"style": "brt"}, {"vocab_size": 0}, {"unit": "unigram", "min_frequency": 3}, {"clean": ("htm",)},
        {"unit": "eojeol", "limit_alphabet": 100}, {"unit": "jamo", "all_syllables": True}, {"unit": "byte-bpe", "limit_alphabet": 9},
    ],
)  # fmt: skip
def test_settings_that_mean_nothing(wrong: dict) -> None:
    with pytest.raises(ConfigError):
        TrainerConfig(**wrong)


def test_no_text() -> None:
    with pytest.raises(DataError):
        train_tokenizer(["", " \x00"], TrainerConfig("eojeol"))
