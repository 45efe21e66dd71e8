"""Judging a run: predictions in order, scores with intervals, the parts of the report, and labels it does not know."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from malmoi.data.examples import TextExample
from malmoi.data.predictions import ClassificationPrediction
from malmoi.errors import DataError
from malmoi.evaluation.evaluate import Evaluation, evaluate, judge, scores_to_dict
from malmoi.evaluation.report import Report, render_report
from malmoi.evaluation.terminal import evaluation_tables
from malmoi.inference.predictor import Predictor, load
from malmoi.messages import set_language
from malmoi.metrics.analysis import Analysis
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
    assert scores_to_dict(scores) == expected
    assert Evaluation([], [], scores, "accuracy", Analysis()).to_dict() == {"scores": expected}


@pytest.mark.parametrize(("label", "match"), [("중립", "'중립'"), (None, "no label"), ("긍", "did you mean '긍정'")])
def test_labels_the_model_does_not_know(label: str | None, match: str, predictor: Predictor) -> None:
    with pytest.raises(DataError, match=rf"시험[\s\S]*{match}"):
        evaluate(predictor, [*EXAMPLES, TextExample("글", label=label)], "시험")


# --- what is shown besides the scores ---------------------------------------------------------------------------

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
    return judge(TASK, predictions, examples)


def test_confusion_has_gold_in_rows(judged: Evaluation) -> None:
    assert judged.analysis.confusion is not None and judged.analysis.confusion.tolist() == [[1, 1], [1, 2]]
    assert judged.analysis.labels == ("부정", "긍정") and judged.main_score == "accuracy"
    assert [row.label for row in judged.analysis.class_rows] == ["부정", "긍정"]


def test_majority_baseline() -> None:
    set_language("en")
    examples = [TextExample("글", label=label) for label in GOLD]
    predictions = [ClassificationPrediction("글", None, "긍정", 0.9, {"긍정": 0.9, "부정": 0.1}) for _ in GOLD]
    (baseline,) = TASK.analyse(predictions, examples).baselines
    assert (baseline.key, baseline.name) == ("majority", "always 긍정")
    assert baseline.scores["accuracy"].value == 0.6


def test_reliability_counts_hits_by_readable_label(judged: Evaluation) -> None:
    bins = judged.analysis.reliability
    assert sum(b.count for b in bins) == 5
    assert sum(b.count * b.accuracy for b in bins if b.count) == pytest.approx(3)
    assert judged.analysis.temperature == 1.5


def test_errors_are_named_readably_surest_first(judged: Evaluation) -> None:
    errors = judged.analysis.errors
    assert [(e.text, e.gold, e.predicted) for e in errors] == [("글" * 5, "부정", "긍정"), ("글" * 3, "긍정", "부정")]
    assert sum(s.accuracy.n for s in judged.analysis.slices) == 5


def test_to_dict_has_baselines_and_counts(judged: Evaluation) -> None:
    values = judged.to_dict()
    assert values["baselines"]["majority"]["accuracy"]["value"] == 0.6
    assert values["confusion"] == {"labels": ["부정", "긍정"], "counts": [[1, 1], [1, 2]]}


def test_english_readers_see_english_names_and_machines_the_same() -> None:
    config = replace(TASK.config, english_names={"0": "negative", "1": "positive"})
    examples = [TextExample("글", label=label) for label in GOLD]
    predictions = [ClassificationPrediction("글", None, "긍정", 0.9, {"긍정": 0.9, "부정": 0.1}) for _ in GOLD]
    found, shown = {}, {}
    for language in ("ko", "en"):
        set_language(language)
        evaluation = judge(Classification(config, None), predictions, examples)  # type: ignore[arg-type]
        found[language] = evaluation.to_dict()
        tables = evaluation_tables(evaluation.scores, evaluation.main_score, evaluation.analysis)
        console = Console(width=200, record=True, file=io.StringIO())
        console.print(*tables)
        page = render_report(Report("보고서", evaluation.scores, evaluation.main_score, analysis=evaluation.analysis))
        shown[language] = (console.export_text(), page)
    assert found["ko"] == found["en"] and found["en"]["confusion"]["labels"] == ["부정", "긍정"]
    for text in shown["en"]:
        assert "positive" in text and "negative" in text and "always positive" in text and "긍정" not in text
    for text in shown["ko"]:
        assert "긍정" in text and "항상 긍정" in text and "positive" not in text


def test_evaluation_of_a_perfect_and_a_wrong_model(judged: Evaluation) -> None:
    right = [
        replace(p, label=TASK.label_names[TASK.label_id(e.label)])
        for p, e in zip(judged.predictions, judged.examples, strict=True)
    ]
    assert TASK.score(right, judged.examples)["accuracy"].value == 1.0
