"""Tokens of a dataset under a tokenizer."""

import json

import pytest
import tokenizers
from tokenizers import models, pre_tokenizers, processors

from malmoi.config import to_dict
from malmoi.data.checks import tokens
from malmoi.data.checks.tokens import check_tokens
from malmoi.data.examples import TextExample
from malmoi.tokenization.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "영화", "재밌", "##다", "##가"]
    backend = tokenizers.Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    backend.add_special_tokens(words[:4])
    return Tokenizer(backend)


def test_counts(tokenizer, monkeypatch):
    monkeypatch.setattr(tokens, "CHUNK", 2)
    examples = [
        TextExample("영화가 재밌다", row=2),
        TextExample("영화 뷁 뷁", row=3),
        TextExample("영화", "뚫 재밌다", row=4),
        TextExample("영화 " * 200, row=5),
    ]
    heard = []
    report = check_tokens(examples, tokenizer, "작은 것", heard.append)
    assert sum(heard) == 4
    assert (report.lengths.min, report.lengths.max) == (5, 202)  # with special tokens
    assert report.num_tokens == 4 + 3 + 4 + 200 and report.tokens_per_eojeol == round(211 / 208, 3)
    assert (report.num_unknown, report.num_texts_with_unknown) == (3, 2)
    assert report.unknown_share == 3 / 211
    assert {piece.text: piece.count for piece in report.unknown} == {"뷁": 2, "뚫": 1}
    assert report.num_over == {"128": 1, "256": 0, "512": 0}
    assert json.loads(json.dumps(to_dict(report)))["model"] == "작은 것"


def test_a_vocabulary_of_bytes_knows_everything():
    alphabet = {character: i for i, character in enumerate(pre_tokenizers.ByteLevel.alphabet())}
    backend = tokenizers.Tokenizer(models.BPE(alphabet, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    report = check_tokens([TextExample("뷁!")], Tokenizer(backend), "bytes")
    assert report.num_unknown == 0 and report.unknown == () and report.num_tokens == 4


def test_no_texts(tokenizer):
    assert check_tokens([], tokenizer, "작은 것").num_tokens == 0
