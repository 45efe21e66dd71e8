"""Beside the baseline: paired draws, the same answerer is no better than itself, and the sentence says what the interval says."""

from __future__ import annotations

from pathlib import Path

import pytest

from malmoi.evaluation.comparison import beside_baseline, verdict_sentence
from malmoi.evaluation.evaluate import Evaluation, evaluate
from malmoi.evaluation.markup import escape
from malmoi.evaluation.score_section import scores_section
from malmoi.evaluation.terminal import evaluation_tables
from malmoi.inference.predictor import Predictor, load
from malmoi.messages import set_language
from malmoi.metrics.analysis import Analysis, Baseline
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
    assert found[1].difference is None and found[1].scores == evaluation.scores
    said = verdict_sentence(evaluation.scores, "accuracy", found[1])
    assert said.startswith("Not shown to be better") and "12 examples cannot tell them apart" in said
    assert "0.00" not in said.replace("100.00", "")
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
        "majority": worse.to_dict()["differences"]["majority"],
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
    said = verdict_sentence({}, score, Baseline(TFIDF, "tf-idf", {}, Score((low + high) / 2, low, high, 471)))
    assert said.startswith(f"{verdict} than the baseline (tf-idf): ")
    assert "n = 471" in said and ("%p" in said) == (score == "accuracy")
    assert verdict_sentence({}, score, Baseline("majority", "always", {})) == ""


@pytest.mark.parametrize(
    ("score", "value", "floor", "verdict"),
    [
        ("las", 0.2963, 0.6208, "Clearly worse than"),
        ("las", 0.6208, 0.2963, "Clearly better than"),
        ("las", 0.60, 0.6208, "Not shown to be better than"),
        ("mae", 1.4, 1.2, "Clearly worse than"),
        ("mae", 1.2, 1.4, "Clearly better than"),
    ],
)
def test_intervals_side_by_side_have_three_outcomes(score: str, value: float, floor: float, verdict: str) -> None:
    model, other = ({score: Score(v, v - 0.04, v + 0.04, 50)} for v in (value, floor))
    said = verdict_sentence(model, score, Baseline("rule", "next word", other))
    assert said.startswith(f"{verdict} the baseline (next word): ") and "n = 50" in said
    assert ("50 examples cannot tell them apart" in said) == verdict.startswith("Not")


def test_the_score_that_tells_apart_decides() -> None:
    model = {"spearman": Score(0.7, 0.5, 0.9, 50), "mae": Score(1.4, 1.35, 1.5, 50)}
    mean = {"spearman": Score(0.0, 0.0, 0.0, 50), "mae": Score(1.2, 1.1, 1.3, 50)}
    said = verdict_sentence(model, "spearman", Baseline("mean", "always the mean", mean, judged_by="mae"))
    assert said.startswith(
        "Clearly worse than the baseline (always the mean): mean error (MAE) 1.4000 [1.3500 ~ 1.5000]"
    )


def test_page_and_terminal_say_the_same() -> None:
    scores, rule = {"las": Score(0.2963, 0.2567, 0.3386, 30)}, {"las": Score(0.6208, 0.58, 0.66, 30)}
    baseline = Baseline("next-word", "next word", rule)
    said = verdict_sentence(scores, "las", baseline)
    assert escape(said) in scores_section(scores, "las", [baseline])
    said.encode("cp949")  # a Korean Windows console can print it
    assert said in map(str, evaluation_tables(scores, "las", Analysis(baselines=[baseline])))
