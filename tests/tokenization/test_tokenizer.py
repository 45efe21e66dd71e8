"""Ids and offsets of standard tokenizers, for clean and for hostile text; what is saved is what plain Hugging Face reads."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import models, normalizers, pre_tokenizers, processors

from malmoi.errors import ModelNotFound
from malmoi.messages import set_language
from malmoi.models.e5_tokenizer import build_tokenizer, precompiled_normalizer
from malmoi.tokenization.tokenizer import Encoding, Tokenizer

SYLLABLES = list("손흥민은각한글을영화가재밌다뛰었네요")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *SYLLABLES, *(f"##{s}" for s in SYLLABLES), "영화", "##가", "[", "]", "CLS", "a", "##b", "ㅋ", "##ㅋ", "."]  # fmt: skip
WORDS = list(dict.fromkeys(WORDS))
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁영화", *SYLLABLES, *"<s>/ab.ᄏ", "</", "▁한글", "<mask>"]
PIECES = list(dict.fromkeys(PIECES[:4])) + list(dict.fromkeys(PIECES[4:-1])) + ["<mask>"]


def word_pieces(normalizer: normalizers.Normalizer | None = None) -> tokenizers.Tokenizer:
    """A BERT tokenizer."""
    backend = tokenizers.Tokenizer(models.WordPiece({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    if normalizer is not None:
        backend.normalizer = normalizer
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    backend.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return backend


def unigram() -> tokenizers.Tokenizer:
    """An XLM-R tokenizer as ours is: typed control pieces are cut apart."""
    scores = [0.0 if i < 4 or i == len(PIECES) - 1 else -5.0 - i / 100 for i in range(len(PIECES))]
    return build_tokenizer(PIECES, scores, precompiled_normalizer({0x314B: "ᄏ", 0xFF21: "A", 0x3000: " "}))


def careless_unigram() -> tokenizers.Tokenizer:
    """An XLM-R tokenizer as the hub has it: a typed "<s>" matches the control piece."""
    backend = unigram()
    backend.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    return backend


BACKENDS: dict[str, Callable[[], tokenizers.Tokenizer]] = {
    "bert": lambda: word_pieces(normalizers.NFC()),
    "no normaliser": word_pieces,
    "bert uncased": lambda: word_pieces(normalizers.BertNormalizer(lowercase=True)),
    "unigram": unigram,
    "careless unigram": careless_unigram,
}
every_backend = pytest.mark.parametrize("name", BACKENDS)


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def slices(text: str, encoding: Encoding, sequence: int = 0) -> list[str]:
    """The raw text that each token of a sequence stands for."""
    return [text[a:b] for (a, b), s in zip(encoding.offsets, encoding.sequence, strict=True) if s == sequence]


# --- offsets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bert", "no normaliser", "unigram"])
def test_offsets_of_decomposed_text_are_those_of_the_raw_text(name: str) -> None:
    tokenizer = Tokenizer(BACKENDS[name]())
    composed, decomposed = "손흥민은 한글 영화가", nfd("손흥민은 한글 영화가")
    (a,), (b,) = tokenizer.encode([composed]), tokenizer.encode([decomposed])
    assert a.tokens == b.tokens and a.input_ids.tolist() == b.input_ids.tolist()
    assert slices(decomposed, b) == [nfd(piece) for piece in slices(composed, a)]
    spans = dict.fromkeys(map(tuple, a.offsets[1:-1].tolist()))  # "▁" alone shares the span of what follows
    assert "".join(composed[start:end] for start, end in spans) == composed.replace(" ", "")


def test_offsets_around_control_characters() -> None:
    tokenizer = Tokenizer(word_pieces())
    text = "손\x00흥\x01민은\x0c한글 \x00영화가"
    (encoding,) = tokenizer.encode([text])
    assert encoding.tokens == ["[CLS]", "손", "##흥", "##민", "##은", "한", "##글", "영화", "##가", "[SEP]"]
    assert slices(text, encoding) == ["손", "흥", "민", "은", "한", "글", "영화", "가"]


def test_offsets_of_both_texts_of_a_pair() -> None:
    tokenizer = Tokenizer(word_pieces())
    text, pair = nfd("한글 영화가"), "손\x00" + nfd("각")
    (encoding,) = tokenizer.encode([text], [pair])
    assert slices(text, encoding) == [nfd(part) for part in ("한", "글", "영화", "가")]
    assert slices(pair, encoding, 1) == ["손", nfd("각")]
    assert encoding.type_ids.tolist() == [0] * 6 + [1] * 3
    assert encoding.sequence.tolist() == [-1, 0, 0, 0, 0, -1, 1, 1, -1]
    (clean,) = tokenizer.encode(["한글"], [pair])
    assert slices("한글", clean) == ["한", "글"] and slices(pair, clean, 1) == ["손", nfd("각")]


any_text = st.text(
    st.one_of(
        st.sampled_from(SYLLABLES),
        st.sampled_from(list(nfd("각한글은"))),
        st.sampled_from(list(" \t\n　<s>/[]CLS.ㅋab\x00\x0c\u0301\u200d\ufeff🙂ＡＢ①㎏")),
        st.characters(),
    ),
    max_size=40,
)


@every_backend
@settings(max_examples=120, deadline=None)
@given(text=any_text, pair=st.none() | any_text)
def test_spans_always_slice_back(name: str, text: str, pair: str | None) -> None:
    tokenizer = TOKENIZERS[name]
    (encoding,) = tokenizer.encode([text], None if pair is None else [pair])
    for sequence, raw in ((0, text), (1, pair or "")):
        spans = [
            (int(a), int(b)) for (a, b), s in zip(encoding.offsets, encoding.sequence, strict=True) if s == sequence
        ]
        assert all(0 <= a <= b <= len(raw) for a, b in spans)
        assert spans == sorted(spans)
    # Syllables that are tokens of their own stand where they stood, decomposed or not.
    for (a, b), s, token in zip(encoding.offsets, encoding.sequence, encoding.tokens, strict=True):
        piece = token.removeprefix("##").removeprefix("▁")
        if s >= 0 and len(piece) == 1 and "가" <= piece <= "힣":
            raw = (text, pair or "")[s][a:b]
            assert piece in unicodedata.normalize("NFC", "".join(c for c in raw if unicodedata.category(c) != "Cc"))


@every_backend
@settings(max_examples=80, deadline=None)
@given(texts=st.lists(any_text, max_size=5), length=st.integers(4, 20), paired=st.booleans())
def test_encode_ids_equals_encode(name: str, texts: list[str], length: int, paired: bool) -> None:
    tokenizer = TOKENIZERS[name]
    pairs = texts[::-1] if paired else None
    whole, quick = tokenizer.encode(texts, pairs, length), tokenizer.encode_ids(texts, pairs, length)
    assert len(whole) == len(quick) == len(texts)
    for full, (ids, types) in zip(whole, quick, strict=True):
        assert full.input_ids.tolist() == ids.tolist() and full.type_ids.tolist() == types.tolist()
        assert len(ids) <= length and (ids.dtype, types.dtype) == (np.int32, np.int8)
        assert len(full.offsets) == len(full.sequence) == len(full.tokens) == len(ids)


TOKENIZERS = {name: Tokenizer(make()) for name, make in BACKENDS.items()}


# --- the default normaliser -----------------------------------------------------------------------------------

ODD = [nfd("한글 영화가"), "손\x00흥\x0c민", "한\u0301글", "영화\x07가", "ㅋㅋ", ""]


@every_backend
def test_default_normaliser_is_saved_and_put_in_front_only_once(name: str, tmp_path: Path) -> None:
    tokenizer = Tokenizer(BACKENDS[name]())
    expected = [ids.tolist() for ids, _ in tokenizer.encode_ids(ODD)]
    stored = []
    for _ in range(3):
        own = str(tokenizer.backend.normalizer)
        tokenizer.save(tmp_path)
        assert str(tokenizer.backend.normalizer) == own
        stored.append((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
        tokenizer = Tokenizer.load(tmp_path)
        assert [ids.tolist() for ids, _ in tokenizer.encode_ids(ODD)] == expected
    assert stored[0] == stored[1] == stored[2]
    steps = json.loads(stored[0])["normalizer"]["normalizers"]
    assert [step["type"] for step in steps[:3]] == ["Replace", "Replace", "NFC"]
    assert sum(step["type"] == "Replace" for step in steps) == 2


@every_backend
def test_plain_hugging_face_sees_the_same_ids(name: str, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = Tokenizer(BACKENDS[name](), {"model_max_length": 512})
    tokenizer.encode_ids(["한글"], max_length=5)  # truncation is not saved
    tokenizer.save(tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    texts = [*ODD, "손흥민은 한글을 " * 20, "[CLS] 한글"] + ([] if name == "careless unigram" else ["<s> 한글 </s>"])
    for text in texts:
        assert theirs(text)["input_ids"] == tokenizer.encode_ids([text])[0][0].tolist(), text
    pair = tokenizer.encode_ids(["한글"], ["영화가"])[0]
    answer = theirs("한글", "영화가")
    assert answer["input_ids"] == pair[0].tolist() and answer["token_type_ids"] == pair[1].tolist()


def test_models_with_one_token_type_are_saved_without_types(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    Tokenizer(unigram()).save(tmp_path, token_types=False)
    assert sorted(AutoTokenizer.from_pretrained(tmp_path)("한글", "영화가")) == ["attention_mask", "input_ids"]


def test_ordinary_text_is_left_to_the_tokenizer_itself() -> None:
    """The ids of clean text are those of the backend without us."""
    for name, make in BACKENDS.items():
        backend = make()
        backend.encode_special_tokens = True
        texts = ["손흥민은 한글을", "영화가 재밌다 ㅋㅋ.", "줄\n바꿈\t탭", ""]
        expected = [e.ids for e in backend.encode_batch(texts)]
        assert [ids.tolist() for ids, _ in Tokenizer(make()).encode_ids(texts)] == expected, name


def test_embedded_model_keeps_its_ids() -> None:
    from malmoi.models.embedded import embedded_path

    try:
        folder = embedded_path()
    except ModelNotFound:
        pytest.skip("e5-small-ko is not to be had here")
    backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    backend.encode_special_tokens = True
    texts = ["배우 연기는 좋은데 이야기가 지루해요 ㅋㅋㅋ", "① ㎏ ＡＢＣ （가）", "Hello, 세계! 3.14", "ᄒᆞᆫ글", ""]
    tokenizer = Tokenizer.load(folder)
    assert [ids.tolist() for ids, _ in tokenizer.encode_ids(texts)] == [e.ids for e in backend.encode_batch(texts)]
    assert tokenizer.encode_ids([nfd(texts[0])])[0][0].tolist() == tokenizer.encode_ids(texts)[0][0].tolist()
    (encoding,) = tokenizer.encode([nfd("손흥민은 각각")])
    assert unicodedata.normalize("NFC", "".join(slices(nfd("손흥민은 각각"), encoding))) == "손흥민은각각"


# --- special tokens, truncation, odd input --------------------------------------------------------------------

TYPED = "<s> </s> <pad> <unk> <mask> [CLS] [SEP] [PAD] [MASK] [UNK] 한글"


@every_backend
def test_typed_special_tokens_are_text(name: str) -> None:
    tokenizer = Tokenizer(BACKENDS[name]())
    backend = tokenizer.backend
    control = {i for i, token in backend.get_added_tokens_decoder().items() if token.special} - {tokenizer.unk_id}
    for pairs in (None, [TYPED]):
        (encoding,) = tokenizer.encode([TYPED], pairs)
        ((ids, _),) = tokenizer.encode_ids([TYPED], pairs)
        assert ids.tolist() == encoding.input_ids.tolist()
        typed = encoding.input_ids[encoding.sequence >= 0]
        assert not control & set(typed.tolist())
        assert encoding.input_ids[0] in control and encoding.input_ids[-1] in control
        assert name == "bert uncased" or {"▁한글", "##글"} & set(encoding.tokens)  # the rest is read as usual


def test_only_the_rows_that_need_it_are_changed() -> None:
    tokenizer = Tokenizer(careless_unigram())
    texts = ["한글", "<s>", "영화가 </s> 한글", "영화"]
    together = [ids.tolist() for ids, _ in tokenizer.encode_ids(texts)]
    assert together == [tokenizer.encode_ids([text])[0][0].tolist() for text in texts]
    assert together[1].count(tokenizer.unk_id) == 1 and together[1].count(0) == 1
    assert together[2].count(tokenizer.unk_id) == 1 and together[0].count(tokenizer.unk_id) == 0


@every_backend
@pytest.mark.parametrize("length", [4, 5, 8, 100])
def test_truncation(name: str, length: int) -> None:
    tokenizer = Tokenizer(BACKENDS[name]())
    short, long = tokenizer.encode(["한글", "손흥민은 " * 100], max_length=length)
    assert len(short.input_ids) <= length and not (short.truncated and length > 5)
    assert len(long.input_ids) == length and long.truncated
    assert long.sequence[0] == long.sequence[-1] == -1
    for a, b in ((100, 100), (1, 100), (100, 1)):
        (pair,) = tokenizer.encode(["손흥민은 " * a], ["한글을 " * b], max_length=length)
        assert len(pair.input_ids) <= length
        if length == 100 and a == b:
            kept = [(pair.sequence == s).sum() for s in (0, 1)]
            assert abs(int(kept[0]) - int(kept[1])) <= 1  # the longer one is cut first


def test_limits_may_change_from_call_to_call() -> None:
    tokenizer = Tokenizer(word_pieces())
    text = ["손흥민은 한글을"]
    assert [len(tokenizer.encode_ids(text, max_length=n)[0][0]) for n in (6, 512, 5, 6)] == [6, 9, 5, 6]
    assert len(tokenizer.encode(text, max_length=6)[0].input_ids) == 6


@every_backend
@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "\ud83d", "가" * 5000, "🙂", "\u200d", "\ufeff", "한\udc00글"], ids=ascii
)
def test_odd_text(name: str, text: str) -> None:
    tokenizer = Tokenizer(BACKENDS[name]())
    (encoding,) = tokenizer.encode([text], max_length=64)
    assert 2 <= len(encoding.input_ids) <= 64
    assert all(0 <= a <= b <= len(text) for a, b in encoding.offsets)


def test_lone_surrogates_keep_their_place() -> None:
    tokenizer = Tokenizer(word_pieces())
    text = "한\ud83d 글"
    (encoding,) = tokenizer.encode([text])
    assert slices(text, encoding)[-1] == "글"


def test_special_ids_come_from_settings_then_from_usual_names() -> None:
    assert (Tokenizer(word_pieces()).pad_id, Tokenizer(word_pieces()).unk_id) == (0, 1)
    assert (Tokenizer(unigram()).pad_id, Tokenizer(unigram()).unk_id) == (1, 3)
    settings = {"pad_token": {"content": "[MASK]"}, "unk_token": "한"}
    tokenizer = Tokenizer(word_pieces(), settings)
    assert (tokenizer.pad_id, tokenizer.unk_id) == (4, WORDS.index("한"))


def test_padding_and_truncation_of_the_file_do_not_apply(tmp_path: Path) -> None:
    backend = word_pieces()
    backend.enable_padding(length=50)
    backend.enable_truncation(3)
    backend.save(str(tmp_path / "tokenizer.json"))
    tokenizer = Tokenizer.load(tmp_path)
    assert [len(ids) for ids, _ in tokenizer.encode_ids(["손흥민은 한글을", "한"])] == [9, 3]
    tokenizer.save(tmp_path)
    stored = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    assert stored["truncation"] is stored["padding"] is None


def test_missing_and_unreadable(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"no tokenizer\.json"):
        Tokenizer.load(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelNotFound, match="cannot read the tokenizer"):
        Tokenizer.load(tmp_path)


def test_time_is_linear() -> None:
    """A megabyte without a space, and combining marks without end."""
    tokenizer = Tokenizer(word_pieces())
    for text in ("가" * 1_000_000, "가" + "\u0301" * 200_000, nfd("각") * 200_000):
        assert len(tokenizer.encode([text], max_length=16)[0].input_ids) <= 16
