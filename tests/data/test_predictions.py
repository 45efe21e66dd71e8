"""What predictions say: sentences in both languages with the right particles, bars, and their JSON form."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from malmoi.data.predictions import (
    Bar,
    ClassificationPrediction,
    MultiLabelPrediction,
    RegressionPrediction,
    short_number,
)
from malmoi.messages import set_language

CLASS = ClassificationPrediction("재밌어요", None, "긍정", 0.984, {"긍정": 0.984, "부정": 0.016})
BOTH = MultiLabelPrediction("글", None, ("욕설", "나이"), {"욕설": 0.912, "나이": 0.6, "성별": 0.021})
NONE = MultiLabelPrediction("글", "둘째", (), {"욕설": 0.1, "나이": 0.0})
SCORE = RegressionPrediction("비가 온다", "비가 내린다", 4.5312)


@pytest.mark.parametrize(
    ("prediction", "korean", "english"),
    [
        (CLASS, "이 문장은 긍정일 가능성이 98 %입니다.", "This text is 긍정 with probability 98 %."),
        (
            BOTH,
            "이 문장에는 욕설(91 %), 나이(60 %)가 해당합니다.",
            "This text has the labels 욕설 (91 %), 나이 (60 %).",
        ),
        (NONE, "이 문장 쌍에 해당하는 라벨이 없습니다.", "This pair has none of the labels."),
        (SCORE, "이 문장 쌍의 점수를 4.53으로 예측합니다.", "This pair has the score 4.53."),
        (RegressionPrediction("글", None, 4.0), "이 문장의 점수를 4로 예측합니다.", "This text has the score 4."),
    ],
)
def test_sentences(prediction, korean, english):
    set_language("ko")
    assert prediction.sentence == korean
    set_language("en")
    assert prediction.sentence == english


def test_the_particle_follows_the_last_label():
    set_language("ko")
    one = MultiLabelPrediction("글", None, ("외모차별",), {"외모차별": 0.7})
    assert one.sentence == "이 문장에는 외모차별(70 %)이 해당합니다."


def test_english_sentences_have_english_names_and_json_has_not():
    english = {"긍정": "positive", "부정": "negative", "나이": "age"}
    one, several = replace(CLASS, english=english), replace(BOTH, english=english)
    for language in ("ko", "en"):
        set_language(language)
        for named, plain in ((one, CLASS), (several, BOTH)):
            assert named == plain and named.to_dict().keys() == plain.to_dict().keys()
            assert {**named.to_dict(), "sentence": ""} == {**plain.to_dict(), "sentence": ""}
    assert one.sentence == "This text is positive with probability 98 %."
    assert several.sentence == "This text has the labels 욕설 (91 %), age (60 %)."
    assert [bar.name for bar in one.bars] == ["positive", "negative"] and one.bars[0].is_answer
    set_language("ko")
    assert one.sentence == CLASS.sentence and several.bars == BOTH.bars


def test_json_form():
    assert CLASS.to_dict().keys() == {"text", "label", "score", "scores", "sentence"}
    assert list(BOTH.to_dict()) == ["text", "labels", "scores", "sentence"] and BOTH.to_dict()["labels"] == [
        "욕설",
        "나이",
    ]
    assert list(NONE.to_dict()) == ["text", "pair", "labels", "scores", "sentence"] and NONE.to_dict()["labels"] == []
    assert list(SCORE.to_dict()) == ["text", "pair", "score", "sentence"]
    for prediction in (CLASS, BOTH, NONE, SCORE):
        assert json.loads(json.dumps(prediction.to_dict())) == prediction.to_dict()


def test_bars_mark_the_answers():
    assert CLASS.bars == [Bar("긍정", 0.984, True), Bar("부정", 0.016, False)]
    assert [bar.is_answer for bar in BOTH.bars] == [True, True, False]
    assert SCORE.bars == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.0, "3"),
        (3.456, "3.46"),
        (0.001234, "0.00123"),
        (-2.5, "-2.5"),
        (999.4, "999"),
        (123456.7, "123,457"),
        (0.0, "0"),
    ],
)
def test_short_numbers(value, shown):
    assert short_number(value) == shown


def test_a_guess_is_not_stated_as_a_fact():
    unsure = replace(CLASS, score=0.41)
    set_language("ko")
    assert unsure.sentence == "확실하지 않지만 이 문장에 가장 가까운 것은 긍정입니다 (가능성 41 %)."
    set_language("en")
    assert unsure.sentence == "Not sure, but this text is nearest to 긍정 (probability 41 %)."
    assert replace(CLASS, score=0.5).sentence == "This text is 긍정 with probability 50 %."
    set_language(None)
