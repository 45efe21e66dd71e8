"""How an answer is shown: marked in its context, only an excerpt of a long one; the JSON keeps all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from malmoi.cli.show import marked
from malmoi.data.predictions import AnswerCandidate, ExtractionPrediction, excerpt_place, pieces
from malmoi.messages import set_language

CONTEXT = "말모이는 1911년부터 주시경이 쓴 사전이다."
START = CONTEXT.index("주시경")
OTHER = AnswerCandidate("1911년", 0.06, 5, 10)


def said(context: str = CONTEXT, start: int = START) -> ExtractionPrediction:
    best = AnswerCandidate("주시경", 0.91, start, start + 3)
    return ExtractionPrediction("누가 썼나?", context, "주시경", 0.91, start, start + 3, 0.02, (best, OTHER))


NOTHING = ExtractionPrediction("누가 샀나?", CONTEXT, "", 0.8, None, None, 0.8, (OTHER,))


def test_json_holds_everything():
    values = json.loads(json.dumps(said().to_dict(), ensure_ascii=False))
    assert values["pair"] == CONTEXT and values["pair"][values["start"] : values["end"]] == values["answer"] == "주시경"
    assert values["candidates"][1] == {"text": "1911년", "score": 0.06, "start": 5, "end": 10}
    assert list(values) == ["text", "pair", "answer", "score", "start", "end", "no_answer", "candidates", "sentence"]


@pytest.mark.parametrize(("language", "caption"), [("ko", "답"), ("en", "answer")])
def test_the_answer_is_marked_in_the_context(language, caption):
    set_language(language)
    (question, no_marks), (context, marks) = said().texts
    assert (question, no_marks, context) == ("누가 썼나?", [], CONTEXT)
    assert marked(context, marks).plain == f"말모이는 1911년부터 [주시경 {caption}]이 쓴 사전이다."


def test_a_long_context_is_shown_around_the_answer():
    before = "비가 오면 책을 읽는다. " * 100
    context, marks = said(before + CONTEXT + before, len(before) + START).texts[1]
    assert context.startswith("…") and context.endswith("…") and len(context) < 260
    assert [piece.text for piece in pieces(context, marks) if piece.color is not None] == ["주시경"]


def test_no_answer_shows_the_beginning():
    set_language("ko")
    context, marks = ExtractionPrediction("누가?", "책을 " * 500, "", 0.8, None, None, 0.8, ()).texts[1]
    assert context.startswith("책을") and context.endswith("…") and marks == []
    assert NOTHING.sentence == "지문에 답이 없습니다 (80 %)."
    assert [(bar.name, bar.is_answer) for bar in NOTHING.bars] == [("답 없음", True), ("1911년", False)]


def test_bars_are_the_candidates():
    long = AnswerCandidate("가" * 50, 0.03, 0, 50)
    bars = ExtractionPrediction(
        "누가?", CONTEXT, "주시경", 0.91, START, START + 3, 0.02, (*said().candidates, long)
    ).bars
    assert [bar.name for bar in bars] == ["주시경", "1911년", "가" * 29 + "…"] and bars[0].is_answer


def test_notebook_escapes_the_context():
    html = ExtractionPrediction("<i>?", "<b>주시경</b>", "주시경", 0.9, 3, 6, 0.1, ())._repr_html_()
    assert "<b>주시경</b>" not in html and "&lt;b&gt;<mark" in html and "&lt;i&gt;?" in html


@pytest.mark.parametrize("start", [0, 7, 300, 997])
def test_excerpts_hold_the_answer_and_begin_at_words(start):
    context = "가나다 " * 250
    first, last = excerpt_place(context, start, start + 3)
    assert first <= start and start + 3 <= last and last - first <= 243
    assert first == 0 or context[first - 1] == " "


def test_excerpts_without_spaces():
    assert excerpt_place("가" * 1000, 500, 510) == (380, 630)


@pytest.mark.parametrize(
    ("prediction", "korean", "english"),
    [
        (
            said(),
            "확실하지 않지만 답은 '주시경'일 수 있습니다 (19 %).",
            "Not sure, but the answer may be '주시경' (19 %).",
        ),
        (
            NOTHING,
            "확실하지 않지만 지문에 답이 없을 수 있습니다 (19 %).",
            "Not sure, but the context may not answer this (19 %).",
        ),
    ],
)
def test_a_guess_is_not_stated_as_a_fact(prediction, korean, english):
    unsure = replace(prediction, score=0.19)
    for language, sentence in (("ko", korean), ("en", english)):
        set_language(language)
        assert unsure.sentence == sentence
    set_language(None)
