"""Pieces without special tokens, the template of a pair, windows: together they are what the tokenizer makes of a pair."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
import tokenizers
from tokenizers import processors

from malmoi.models.backbone import load_tokenizer
from malmoi.tokenization.pieces import PairTemplate, window_places
from malmoi.tokenization.tokenizer import Tokenizer

QUESTION, CONTEXT = "누가 썼나?", "말모이는 1911년부터 주시경이 쓴 사전이다."


@pytest.fixture
def tokenizer(tiny_model):
    return load_tokenizer(tiny_model)


def test_joined_pieces_are_what_the_tokenizer_makes_of_the_pair(tokenizer):
    question, context = tokenizer.pieces([QUESTION, CONTEXT])
    input_ids, type_ids = tokenizer.pair_template().join(question.ids, context.ids)
    ((ids, types),) = tokenizer.encode_ids([QUESTION], [CONTEXT])
    assert np.array_equal(input_ids, ids) and input_ids.dtype == np.int32
    assert np.array_equal(type_ids, types) and type_ids.dtype == np.int8
    assert set(type_ids) == {0, 1}


def test_template_of_roberta(tokenizer):
    backend = tokenizers.Tokenizer.from_str(tokenizer.backend.to_str())
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    template = PairTemplate.of(backend)
    assert template.num_special == 4
    input_ids, type_ids = template.join(np.array([7, 8]), np.array([9]))
    assert input_ids.tolist() == [2, 7, 8, 3, 3, 9, 3] and not type_ids.any()


def test_empty_texts_keep_the_special_tokens(tokenizer):
    empty = tokenizer.pieces([""])[0]
    input_ids, type_ids = tokenizer.pair_template().join(empty.ids, empty.ids)
    assert len(empty) == 0 and empty.offsets.shape == (0, 2)
    assert input_ids.tolist() == [2, 3, 3] and len(type_ids) == 3


def test_long_texts_are_not_cut_after_a_short_limit(tokenizer):
    tokenizer.encode_ids(["짧게"], max_length=4)
    assert len(tokenizer.pieces(["말 " * 1000])[0]) == 1000


def test_offsets_are_raw_characters(tokenizer):
    text = unicodedata.normalize("NFD", "말모이는") + "\x00 사전"
    pieces = tokenizer.pieces([text])[0]
    found = [unicodedata.normalize("NFC", text[start:end]) for start, end in pieces.offsets]
    assert found == ["말", "모", "이", "는", "사", "전"]


def test_offsets_skip_what_cleaning_takes_out(tokenizer):
    text = "<p>말모이<br>사전</p>"
    pieces = tokenizer.cleaned_by("html").pieces([text])[0]
    assert [text[start:end] for start, end in pieces.offsets] == list("말모이사전")


def test_typed_special_tokens_are_no_control_tokens(tokenizer: Tokenizer):
    ids = tokenizer.pieces(["[CLS] 말 [SEP]"])[0].ids
    assert not {2, 3} & set(ids.tolist())


@pytest.mark.parametrize("stride", [0, 1, 4, 9])
@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 12, 25, 100])
def test_windows_cover_everything_and_share_the_stride(length, stride):
    places = window_places(length, room=10, stride=stride)
    assert places[0][0] == 0 and places[-1][1] == length
    assert all(last - first <= 10 for first, last in places)
    assert all(first == last - stride for (_, last), (first, _) in zip(places, places[1:], strict=False))
    assert len(places) == 1 or all(last - first == 10 for first, last in places[:-1])
    assert len(places) == 1 if length <= 10 else len(places) > 1
