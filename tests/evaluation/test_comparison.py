"""Beside the baseline: paired draws, the same answerer is no better than itself, and the sentence says what the interval says."""

from __future__ import annotations

from pathlib import Path

import pytest

from malmoi.evaluation.comparison import beside_baseline, difference_sentence
from malmoi.evaluation.evaluate import Evaluation, evaluate
from malmoi.inference.predictor import Predictor, load
from malmoi.messages import set_language
from malmoi.metrics.analysis import Baseline
from malmoi.metrics.scores import Score
from malmoi.models.tfidf import TFIDF


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture(scope="module")
def baseline(tfidf_run: Path) -> Predictor:
    return load(str(tfidf_run))


@pytest.fixture(scope="module")
def evaluation(baseline: Predictor, reviews_file: Path) -> Evaluation:
    from malmoi.data.readers import read_dataset

    return evaluate(baseline, read_dataset(reviews_file).examples)


def test_a_model_beside_itself(baseline: Predictor, evaluation: Evaluation) -> None:
    found = beside_baseline(evaluation, baseline.task, baseline).analysis.baselines
    assert [b.key for b in found] == ["majority", TFIDF]
    assert found[1].difference == Score(0.0, 0.0, 0.0, 12) and found[1].scores == evaluation.scores
    assert len(evaluation.analysis.baselines) == 1


def test_difference_is_model_minus_baseline(baseline: Predictor, evaluation: Evaluation) -> None:
    from dataclasses import replace

    wrong = {"긍정": "부정", "부정": "긍정"}
    answers = [replace(p, label=wrong[p.label]) if i < 6 else p for i, p in enumerate(evaluation.predictions)]
    worse = beside_baseline(replace(evaluation, predictions=answers), baseline.task, baseline)
    difference = worse.analysis.baselines[-1].difference
    assert difference is not None
    assert difference.value == pytest.approx(-0.5) and -1 <= difference.low < -0.5 < difference.high < 0
    assert worse.to_dict()["differences"] == {
        "score": "accuracy",
        TFIDF: {"value": -0.5, "low": round(difference.low, 6), "high": round(difference.high, 6), "n": 12},
    }


@pytest.mark.parametrize(
    ("score", "low", "high", "verdict"),
    [
        ("accuracy", 0.01, 0.03, "Clearly better"),
        ("accuracy", -0.03, -0.01, "Clearly worse"),
        ("accuracy", -0.01, 0.03, "Not shown to be better"),
        ("accuracy", 0.0, 0.03, "Not shown to be better"),
        ("spearman", 0.01, 0.03, "Clearly better"),
        ("mae", 0.01, 0.03, "Clearly worse"),
        ("mae", -0.03, -0.01, "Clearly better"),
    ],
)
def test_sentence(score: str, low: float, high: float, verdict: str) -> None:
    said = difference_sentence(score, Baseline(TFIDF, "tf-idf", {}, Score((low + high) / 2, low, high, 471)))
    assert said.startswith(f"{verdict} than the tf-idf baseline") or said.startswith(f"{verdict} the tf-idf")
    assert "n = 471" in said and ("%p" in said) == (score == "accuracy")
    assert difference_sentence(score, Baseline("majority", "always", {})) == ""
