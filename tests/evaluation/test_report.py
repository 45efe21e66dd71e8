import dataclasses
import math
import re
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from malmoi.evaluation.confusion_chart import MAX_LABELS
from malmoi.evaluation.learning_curve import DevPoint, TrainPoint, learning_curve
from malmoi.evaluation.report import Report, render_report, write_report
from malmoi.messages import set_language
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.classification import class_rows
from malmoi.metrics.scores import Score
from malmoi.metrics.slices import WrongAnswer

sys.path.insert(0, str(Path(__file__).parent))
from html_page import Page
from sample_report import multi_label_report, regression_report, sample_report

PAYLOAD = "<script>alert('손')</script>\"><img src=x onerror=alert(1)> & </title></style> \x00\ud83d\u202e"
SCORES = {"accuracy": Score(0.9, 0.88, 0.92, 500)}


@pytest.fixture(scope="module")
def full() -> Report:
    return sample_report(["부정", "긍정"], n=600, steps=300)


@pytest.mark.parametrize("num_labels", [2, 7, 50])
def test_page_is_well_formed_and_complete(num_labels):
    page = Page(render_report(sample_report([f"라벨 {i}" for i in range(num_labels)], n=400, steps=60)))
    assert page.count("section") == 8
    num_shown = min(num_labels, MAX_LABELS + 1)  # the last is all others
    assert page.count("rect", "hit") == num_shown and page.count("rect", "miss") == num_shown * (num_shown - 1)
    assert page.count("details") == 4
    assert not {"nan", "inf"} & set(re.findall(r"[a-z]+", " ".join(page.text).lower()))


def test_nothing_is_requested_and_no_script_runs(full):
    page = Page(render_report(full))
    assert not {tag for tag, _ in page.tags} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "use",
        "image",
    }
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert name not in ("src", "href", "srcset", "action", "style") and not name.startswith("on"), (tag, name)
            assert "//" not in (value or ""), (tag, name, value)
    css = (files("malmoi.evaluation") / "report.css").read_text(encoding="utf-8")
    assert "url(" not in css and "@import" not in css and "http" not in css
    policies = [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")]
    assert policies and policies[0].startswith("default-src 'none'")


def test_hostile_strings_stay_text(full):
    error = WrongAnswer(3, PAYLOAD, PAYLOAD, PAYLOAD, PAYLOAD, 0.9, 0.1)
    labels = [PAYLOAD, PAYLOAD + "2"]
    hostile = dataclasses.replace(
        full,
        title=PAYLOAD,
        facts=[(PAYLOAD, PAYLOAD)],
        notes=[PAYLOAD],
        analysis=dataclasses.replace(
            full.analysis,
            baselines=[Baseline("other", PAYLOAD, SCORES)],
            labels=labels,
            class_rows=class_rows(full.analysis.confusion, labels),
            errors=[error],
        ),
        recipe={PAYLOAD: [PAYLOAD]},
        scores=full.scores | {PAYLOAD: SCORES["accuracy"]},
    )
    html = render_report(hostile)
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert all(not name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "<script>alert('손')</script>" in "".join(page.text)  # it is there, as text
    assert page.count("style") == page.count("body") == 1
    html.encode("utf-8")  # no lone surrogate is left
    assert "\x00" not in html


def test_numbers_of_the_confusion_matrix_are_on_the_page(full):
    text = " ".join(Page(render_report(full)).text)
    for count in full.analysis.confusion.ravel():
        assert f"{count:,}" in text
    assert f"{100 * full.analysis.confusion[0, 0] / full.analysis.confusion[0].sum():.1f} %" in text
    accuracy = full.scores["accuracy"]
    assert f"{100 * accuracy.value:.2f} %" in text
    assert f"{100 * accuracy.low:.2f} ~ {100 * accuracy.high:.2f} %" in text
    assert f"n = {accuracy.n:,}" in text


# --- other tasks --------------------------------------------------------------------------------------------------


def test_report_of_scores():
    page = Page(render_report(regression_report(400)))
    assert page.headings == ["점수", "정답과 예측", "가장 크게 틀린 예"]
    assert page.count("circle", "point") == 400
    text = " ".join(page.text)
    for part in ("스피어만 상관", "평균 오차(MAE)", "항상 평균", "정답과 가장 멀리 떨어진 예", "구간 평균"):
        assert part in text
    assert "%" not in text.split("정답과 가장 멀리")[1].split("95 % 구간:")[0]  # errors of scores have no probability


def test_report_of_a_collapsed_model_says_so_first():
    html = render_report(regression_report(50, collapsed=True))
    assert html.index("상관계수는 정의되지 않아") < html.index("<section>")
    assert "기준선(항상 평균" in html and "낫다고 말할 수 없습니다" in html


def test_errors_by_their_mistakes_are_not_called_sure(full):
    error = WrongAnswer(3, "비가 온다", None, "비가 ← 온다 nsubj", "비가 ← 온다 obj")
    analysis = dataclasses.replace(full.analysis, errors=[error, error], errors_by="mistakes")
    page = Page(render_report(dataclasses.replace(full, analysis=analysis)))
    assert "많이 틀린 예" in page.headings and "확신하며 틀린 예" not in page.headings
    assert "틀린 곳이 많은 것부터입니다" in " ".join(page.text)


def test_report_of_several_labels():
    page = Page(render_report(multi_label_report(300)))
    assert page.headings == [
        "점수", "클래스별 점수", "확률을 믿을 수 있나", "글 길이별 완전 일치", "확신하며 틀린 예",
    ]  # fmt: skip
    text = " ".join(page.text)
    for part in ("매크로 F1", "해밍 손실", "매크로 AUPRC", "문턱값", "항상 모든 라벨"):
        assert part in text


def test_english_reports_have_no_korean_of_ours():
    set_language("en")
    for report in (regression_report(60), regression_report(20, collapsed=True), multi_label_report(60)):
        html = render_report(dataclasses.replace(report, title="a title"))
        shown = re.sub(r"<bdi>[^<]*</bdi>|<th scope=\"row\">[^<]*</th>", "", html)
        assert not re.search("[가-힣]", shown.replace("always 혐오욕설", "")), re.findall("[가-힣]+", shown)


def test_least_report():
    page = Page(render_report(Report(title="빈 보고서", scores=SCORES, main_score="accuracy")))
    assert page.count("section") == 1
    assert "90.00 %" in page.text


def test_no_errors_is_said(full):
    right = np.diag(full.analysis.confusion.sum(axis=1))
    text = Page(render_report(with_analysis(full, errors=[], confusion=right))).text
    assert "틀린 예가 없습니다." in text


def test_empty_confusion_does_not_divide_by_zero():
    analysis = Analysis(labels=["가", "나", "다"], confusion=np.zeros((3, 3), dtype=int))
    report = Report("제목", SCORES, "accuracy", analysis=analysis)
    assert Page(render_report(report)).count("rect", "miss") == 6


@pytest.mark.parametrize("num_dev", [0, 1, 2])
@pytest.mark.parametrize("num_train", [0, 1, 5, 3000])
def test_histories_of_any_length(num_train, num_dev):
    train = [TrainPoint(s, s / 100, 1 / (s + 1), 1e-4) for s in range(num_train)]
    dev = [DevPoint(10 * (i + 1), SCORES) for i in range(num_dev)]
    curve = learning_curve(train, dev, "accuracy")
    page = Page(curve)
    assert page.count("svg", "plot") == 2 * bool(num_train) + bool(num_dev)
    assert page.count("circle", "ring") == bool(num_dev)
    for points in _points(page):
        assert all(math.isfinite(float(number)) for number in points.replace(",", " ").split())


def _points(page: Page) -> list[str]:
    return [a["points"] for tag, a in page.tags if tag == "polyline"]


def test_curve_falls_where_the_loss_falls():
    train = [TrainPoint(s, s / 10, 1 - s / 10, 1e-4) for s in range(10)]
    points = [tuple(map(float, p.split(","))) for p in _points(Page(learning_curve(train, [], "accuracy")))[0].split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted(y for _, y in points)  # y grows downwards


def test_non_finite_losses_are_left_out():
    train = [TrainPoint(1, 0.1, float("nan"), 0.0), TrainPoint(2, 0.2, 0.5, 0.0), TrainPoint(3, 0.3, float("inf"), 0.0)]
    html = learning_curve(train, [], "accuracy")
    assert "nan" not in html and "inf" not in html
    assert learning_curve(train[:1], [], "accuracy") == ""


def test_verdict_is_honest(full):
    floor, same = {"accuracy": Score(0.5, 0.45, 0.55, 600)}, {"accuracy": full.scores["accuracy"]}
    better = with_analysis(full, baselines=[Baseline("majority", "항상 ‘부정’", floor)])
    equal = with_analysis(full, baselines=[Baseline("majority", "항상 ‘부정’", same)])
    assert "분명히 낫습니다" in render_report(better)
    assert "낫다고 말할 수 없습니다" in render_report(equal)
    assert "분명히 낫습니다" not in render_report(equal)


def test_a_model_worse_than_the_mean_is_not_called_better(full):
    """The constant's correlation is 0 by definition: the errors decide."""
    scores = {"spearman": Score(0.7, 0.5, 0.9, 50), "mae": Score(1.4, 1.3, 1.5, 50)}
    mean = {"spearman": Score(0.0, 0.0, 0.0, 50), "mae": Score(1.3, 1.2, 1.4, 50)}
    analysis = Analysis(baselines=[Baseline("mean", "항상 평균 2.5", mean, judged_by="mae")])
    html = render_report(Report("제목", scores, "spearman", analysis=analysis))
    assert "낫다고 말할 수 없습니다" in html and "분명히 낫습니다" not in html


def test_english_page_has_no_korean_of_ours():
    set_language("en")
    html = render_report(sample_english())
    assert '<html lang="en">' in html
    assert not re.search("[가-힣]", html)


def sample_english() -> Report:
    report = sample_report(["negative", "positive"], n=300, steps=40, title="movie reviews")
    errors = [dataclasses.replace(error, text="so boring") for error in report.analysis.errors]
    baselines = [Baseline("majority", "always negative", report.analysis.baselines[0].scores)]
    report = dataclasses.replace(report, facts=[("model", "mini")], notes=["a note"])
    return with_analysis(report, errors=errors, baselines=baselines)


def with_analysis(report: Report, **parts: object) -> Report:
    return dataclasses.replace(report, analysis=dataclasses.replace(report.analysis, **parts))


def test_file_is_written_as_utf8(tmp_path, full):
    write_report(tmp_path / "run" / "report.html", full)
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8") == render_report(full)


def _palettes() -> list[dict[str, str]]:
    css = (files("malmoi.evaluation") / "report.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{([^}]*--ink[^}]*)\}", css)
    return [dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block)) for block in blocks]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_contrast_is_aa_in_both_themes():
    light, dark = _palettes()
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for palette in (light, dark):
        for text, ground in [("ink", "paper"), ("ink", "card"), ("soft", "paper"), ("soft", "card"), ("first", "card")]:
            assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
        for text, ground in [("wrong", "card"), ("second", "card"), ("third", "card"), ("ink", "hit"), ("ink", "miss")]:
            assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)


def test_a_path_shows_its_file_and_keeps_the_whole_as_title(full):
    facts = [("데이터", "/긴/길/리뷰.tsv (12)"), ("창", "C:\\긴\\길\\영화.tsv"), ("모델", "klue/bert-base")]
    page = Page(render_report(dataclasses.replace(full, facts=facts)))
    assert {"리뷰.tsv (12)", "영화.tsv", "klue/bert-base"} <= set(page.text)
    assert [a.get("title") for tag, a in page.tags if tag == "dd"] == [facts[0][1], facts[1][1], None]


def test_a_score_keeps_its_capitals_in_a_heading(full):
    set_language("en")
    page = Page(render_report(with_analysis(full, slice_score="korquad_em")))
    assert "Exact match (EM) by length" in page.headings


def test_both_series_of_the_reliability_chart_have_a_name(full):
    html = render_report(with_analysis(full, temperature=None))
    assert "dev 로 고르기 전</li>" in html and "dev 로 고른 뒤</li>" in html
    assert '<i class="key ring-key"></i></li>' not in html
