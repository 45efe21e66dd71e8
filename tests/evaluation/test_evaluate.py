"""Judging a run: predictions in order, scores with intervals, the parts of the report, and labels it does not know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from malmoi.data.examples import TextExample
from malmoi.data.predictions import ClassificationPrediction
from malmoi.errors import DataError
from malmoi.evaluation.evaluate import Evaluation, evaluate, scores_to_dict
from malmoi.evaluation.summary import (
    RunFacts,
    build_report,
    confusion_of,
    majority_baseline,
    readable_example,
    reliability_of,
)
from malmoi.inference.predictor import Predictor, load
from malmoi.messages import set_language
from malmoi.metrics.scores import Score
from malmoi.tasks.classification import Classification, ClassificationConfig

EXAMPLES = [
    TextExample("배우들 연기가 훌륭하고 정말 재미있게 봤어요", label="긍정"),
    TextExample("음식이 식었고 직원이 불친절했습니다", label="부정"),
    TextExample("가격이 싸고 튼튼해서 만족합니다", label="긍정"),
    TextExample("다시는 안 갑니다. 너무 비싸요", label="긍정", row=5),  # wrong on purpose
]


@pytest.fixture(autouse=True)
def english() -> Any:
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(scope="module")
def predictor(tiny_run: Path) -> Predictor:
    return load(str(tiny_run), precision="fp32", threads=1)


def test_scores_and_order(predictor: Predictor) -> None:
    seen: list[int] = []
    evaluation = evaluate(predictor, EXAMPLES, "시험", seen.append)
    assert [p.text for p in evaluation.predictions] == [e.text for e in EXAMPLES]
    assert evaluation.predictions == predictor.predict(EXAMPLES)
    accuracy = evaluation.scores["accuracy"]
    assert accuracy.value == 0.75 and accuracy.n == 4 and accuracy.low <= 0.75 <= accuracy.high
    assert sum(seen) == 4
    assert {"accuracy", "macro_f1", "ece", "brier"} <= set(evaluation.scores)


def test_to_dict_is_json_with_six_digits() -> None:
    scores = {"accuracy": Score(1 / 3, 0.1234567, 0.9, 12)}
    expected = {"accuracy": {"value": 0.333333, "low": 0.123457, "high": 0.9, "n": 12}}
    assert scores_to_dict(scores) == expected == Evaluation([], [], scores).to_dict()


@pytest.mark.parametrize(("label", "match"), [("중립", "'중립'"), (None, "no label"), ("긍", "did you mean '긍정'")])
def test_labels_the_model_does_not_know(label: str | None, match: str, predictor: Predictor) -> None:
    with pytest.raises(DataError, match=rf"시험[\s\S]*{match}"):
        evaluate(predictor, [*EXAMPLES, TextExample("글", label=label)], "시험")


# --- the report's parts ---------------------------------------------------------------------------------------

TASK = Classification(
    ClassificationConfig(labels=("0", "1"), label_names={"0": "부정", "1": "긍정"}, temperature=1.5), None
)
GOLD = ["1", "0", "1", "긍정", "부정"]
ANSWERS = [("긍정", 0.9), ("부정", 0.8), ("부정", 0.6), ("긍정", 0.7), ("긍정", 0.99)]


@pytest.fixture(scope="module")
def judged() -> Evaluation:
    """Five examples whose labels are written both ways; the third and the last are wrong."""
    examples = [TextExample("글" * (i + 1), label=label) for i, label in enumerate(GOLD)]
    other = {"긍정": "부정", "부정": "긍정"}
    predictions = [
        ClassificationPrediction(e.text, None, label, score, {label: score, other[label]: round(1 - score, 6)})
        for e, (label, score) in zip(examples, ANSWERS, strict=True)
    ]
    return Evaluation(examples, predictions, TASK.score(predictions, examples))


def test_confusion_has_gold_in_rows(judged: Evaluation) -> None:
    assert confusion_of(judged, TASK).tolist() == [[1, 1], [1, 2]]


def test_readable_example() -> None:
    assert readable_example(TASK, TextExample("글", label="0")).label == "부정"
    assert readable_example(TASK, TextExample("글", label="긍정")).label == "긍정"


def test_majority_baseline(judged: Evaluation) -> None:
    baseline = majority_baseline(confusion_of(judged, TASK), TASK.label_names)
    assert baseline.name == "always 긍정" and baseline.scores["accuracy"].value == 0.6


def test_reliability_counts_hits_by_readable_label(judged: Evaluation) -> None:
    bins = reliability_of(judged.predictions, [readable_example(TASK, e) for e in judged.examples])
    assert sum(b.count for b in bins) == 5
    hits = sum(b.count * b.accuracy for b in bins if b.count)
    assert hits == pytest.approx(3)


def test_report_of_a_classification(judged: Evaluation) -> None:
    facts = RunFacts("보고서", facts=[("모델", "tiny")], notes=["메모"], recipe={"train": {"seed": 1}})
    report = build_report(judged, TASK, facts)
    assert (report.title, report.main_score, report.labels) == ("보고서", "accuracy", ("부정", "긍정"))
    assert np.array_equal(report.confusion, [[1, 1], [1, 2]])
    assert [row.label for row in report.class_rows] == ["부정", "긍정"]
    assert report.temperature == 1.5 and report.recipe == {"train": {"seed": 1}}
    assert [error.text for error in report.errors][:1] == ["글" * 5]  # the surest mistake first
    assert len(report.errors) == 2 and report.slices


def test_report_of_another_task_has_what_every_task_has(judged: Evaluation) -> None:
    class Other:
        name, main_score = "other", "accuracy"

    report = build_report(judged, Other(), RunFacts("제목"))  # type: ignore[arg-type]
    assert report.scores == judged.scores and report.confusion is None and not report.errors


def test_evaluation_of_a_perfect_and_a_wrong_model(judged: Evaluation) -> None:
    right = [
        replace(p, label=TASK.label_names[TASK.label_id(e.label)])
        for p, e in zip(judged.predictions, judged.examples, strict=True)
    ]
    assert TASK.score(right, judged.examples)["accuracy"].value == 1.0
