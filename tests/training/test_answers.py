"""The dev answers of a run: whatever a task answers comes back as it was, and what is not whole is not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from malmoi.data.predictions import (
    AnswerCandidate,
    ClassificationPrediction,
    DialoguePrediction,
    DomainPrediction,
    Entity,
    ExtractionPrediction,
    MultiLabelPrediction,
    ParsedWord,
    ParsingPrediction,
    RegressionPrediction,
    RelationPrediction,
    SlotValue,
    TaggedSpan,
    TaggingPrediction,
)
from malmoi.training.answers import ANSWERS_FILE, read_answers, write_answers

SPAN = TaggedSpan("손흥민", "PS", 0.1 + 0.2, 0, 3)
ANSWERS: list[Any] = [
    ClassificationPrediction("줄\u2028하나\n둘", None, "긍정", 1 / 3, {"긍정": 1 / 3, "부정": 2 / 3}, english={"긍정": "positive"}),
    DomainPrediction("라면", None, "범위 밖", 0.41, {"환불": 0.41}, False),
    MultiLabelPrediction("글", "짝", (), {"욕설": 0.1}),
    RegressionPrediction("비", "눈", 4.53),
    TaggingPrediction("손흥민은", None, (SPAN,)),
    ExtractionPrediction("누가?", "글", "", 0.9, None, None, 0.9, (AnswerCandidate("학생", 0.1, 5, 7),)),
    RelationPrediction("글", None, Entity("이", "PER", 0, 1), Entity("조", "LOC", 5, 6), "per:origin", 0.9, {"per:origin": 0.9}),
    ParsingPrediction("비가 온다.", None, (ParsedWord("비가", 0, 2, None, 2, "NP_SBJ"),)),
    DialoguePrediction("중앙이요", None, (SlotValue("식당", "지역", "서울 중앙", 0.98),)),
]  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
def test_answers_come_back_as_they_were(answer: Any, tmp_path: Path) -> None:
    write_answers(tmp_path, [answer, answer])
    found = read_answers(tmp_path)
    assert found == [answer, answer] and type(found[0]) is type(answer)
    assert repr(found[0]) == repr(answer) and found[0].to_dict() == answer.to_dict()


def test_names_for_readers_come_back(tmp_path: Path) -> None:
    write_answers(tmp_path, ANSWERS[:1])
    [found] = read_answers(tmp_path) or []
    assert found.english == {"긍정": "positive"}


def test_what_is_missing_or_damaged_is_not_read(tmp_path: Path) -> None:
    assert read_answers(tmp_path) is None
    write_answers(tmp_path, ANSWERS[:1])
    whole = (tmp_path / ANSWERS_FILE).read_bytes()
    for content in (b"", whole[:30], whole[:-4] + b"0000", whole[:20] + b"x" + whole[21:]):
        (tmp_path / ANSWERS_FILE).write_bytes(content)
        assert read_answers(tmp_path) is None
