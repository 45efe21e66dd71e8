"""What a notebook shows: escaped, whole, and without rights."""

from __future__ import annotations

from html import unescape
from pathlib import Path

from malmoi.data.predictions import ClassificationPrediction
from malmoi.evaluation.evaluate import Evaluation
from malmoi.evaluation.notebook import framed
from malmoi.metrics.analysis import Analysis
from malmoi.metrics.scores import Score
from malmoi.training.result import FitResult

PAYLOAD = '<script>alert(1)</script>" onload="alert(2)'


def srcdoc(frame: str) -> str:
    assert frame.startswith('<iframe sandbox srcdoc="') and frame.endswith("</iframe>")
    inside, _, rest = frame.removeprefix('<iframe sandbox srcdoc="').partition('"')
    assert "onload" not in rest
    return unescape(inside)


def test_a_page_comes_back_as_it_was() -> None:
    assert srcdoc(framed(PAYLOAD)) == PAYLOAD


def test_prediction_is_escaped() -> None:
    scores = {PAYLOAD: 0.75, "부정": 0.25}
    html = ClassificationPrediction(PAYLOAD, PAYLOAD, PAYLOAD, 0.75, scores)._repr_html_()
    assert "<script" not in html and html.count("75.0 %") == 1 and "width:9.00em" in html


def test_evaluation_shows_its_report() -> None:
    evaluation = Evaluation([PAYLOAD, PAYLOAD], [], {"accuracy": Score(0.9, 0.8, 0.95, 2)}, "accuracy", Analysis())
    page = srcdoc(evaluation._repr_html_())
    assert PAYLOAD not in repr(evaluation) and "accuracy" in repr(
        evaluation
    )  # a prompt shows scores, not thousands of texts
    assert "90.00 %" in page and "n = 2" in page


def test_run_shows_its_report(tiny_run: Path) -> None:
    page = srcdoc(FitResult(tiny_run, {}, None)._repr_html_())
    assert page == (tiny_run / "report.html").read_text(encoding="utf-8")
