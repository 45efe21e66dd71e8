"""One training run on one page: a self-contained HTML file that opens anywhere, prints, and asks nothing of the network.

Every chart is SVG whose text stays text, with its table behind it; every score stands with its interval and n; every
string that came from data is escaped. There is no script, and the page's own policy forbids any.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from malmoi.evaluation.confusion_chart import confusion_section
from malmoi.evaluation.learning_curve import DevPoint, TrainPoint, learning_curve
from malmoi.evaluation.markup import Html, details, element, join, table
from malmoi.evaluation.names import format_interval, percent, readable, score_name
from malmoi.evaluation.reliability_chart import reliability_section
from malmoi.evaluation.scatter_chart import scatter_section
from malmoi.evaluation.score_section import axis_name, interval_bar, scores_section
from malmoi.evaluation.svg import Scale
from malmoi.evaluation.tables import class_cells
from malmoi.io import write_text
from malmoi.messages import current_language, say
from malmoi.metrics.analysis import Analysis
from malmoi.metrics.calibration import ReliabilityBin
from malmoi.metrics.classification import ClassRow
from malmoi.metrics.scores import Scores
from malmoi.metrics.slices import LengthSlice, WrongAnswer

_MAX_TEXT = 600


@dataclass(frozen=True)
class Report:
    """What a report shows. Only `title`, `scores` and `main_score` must be there; an empty part leaves its section out.

    `facts` are (name, value) pairs for the head (model, data, device, duration), `notes` sentences the reader should
    know first, `recipe` any JSON tree, `reliability_before` the bins of the probabilities before they were scaled.
    """

    title: str
    scores: Scores
    main_score: str
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    analysis: Analysis = Analysis()
    train: Sequence[TrainPoint] = ()
    dev: Sequence[DevPoint] = ()
    reliability_before: Sequence[ReliabilityBin] = ()
    recipe: dict[str, Any] = field(default_factory=dict)


def write_report(path: Path, report: Report) -> None:
    """Write the report as one HTML file, atomically; raises `DiskError`."""
    write_text(Path(path), render_report(report))


def render_report(report: Report) -> str:
    """Return the report as an HTML document in the user's language."""
    style = Html((files("malmoi.evaluation") / "report.css").read_text(encoding="utf-8"))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", http_equiv="Content-Security-Policy", content="default-src 'none'; style-src 'unsafe-inline'"),
        element("title", report.title),
        element("style", style),
    )
    body = element("body", element("main", _header(report), *_sections(report)), _footer())
    return "<!doctype html>\n" + element("html", head, body, lang=current_language()) + "\n"


def _sections(report: Report) -> list[Html]:
    found, confusion = readable(report.analysis), report.analysis.confusion
    error_title, error_note = _error_words(found)
    sections = [
        (say("점수", "Scores"), scores_section(report.scores, report.main_score, found.baselines)),
        (say("학습 곡선", "Learning curve"), learning_curve(report.train, report.dev, report.main_score)),
        (
            say("혼동 행렬", "Confusion matrix"),
            confusion_section(confusion, found.labels) if confusion is not None and len(confusion) else Html(),
        ),
        (say("정답과 예측", "Gold and predicted"), scatter_section(found.scatter) if found.scatter else Html()),
        (say("클래스별 점수", "Scores by class"), _class_table(found.class_rows)),
        (
            say("확률을 믿을 수 있나", "Can the probabilities be believed?"),
            reliability_section(found.reliability, report.reliability_before, found.temperature),
        ),
        (_by_length(found.slice_score), _slices(found.slices, found.slice_score)),
        (error_title, _errors(found, error_note)),
        (say("레시피", "Recipe"), _recipe(report.recipe)),
    ]
    return [element("section", element("h2", name), content) for name, content in sections if content]


def _header(report: Report) -> Html:
    facts = [element("div", element("dt", name), _value(value)) for name, value in report.facts]
    notes = [element("li", note) for note in (*report.notes, *report.analysis.notes)]
    return element(
        "header",
        element("p", say("말모이 학습 보고서", "malmoi training report"), class_="eyebrow"),
        element("h1", report.title),
        element("dl", *facts, class_="facts") if facts else "",
        element("ul", *notes, class_="notes") if notes else "",
    )


def _value(value: str) -> Html:
    """Return a fact; of a path only the file's name, which does not break in the middle, the whole path as its title."""
    parts = value.replace("\\", "/").split("/")
    is_path = len(parts) > 2 and parts[-1] != ""  # "klue/bert-base" names a model and stays whole
    return element("dd", parts[-1], title=value) if is_path else element("dd", value)


def _class_table(rows: Sequence[ClassRow]) -> Html:
    if not rows:
        return Html()
    header, body = class_cells(rows)
    note = say(
        "정밀도: 그렇게 답한 것 가운데 맞은 몫. 재현율: 실제 그 클래스 가운데 찾아낸 몫. F1: 둘의 조화 평균.",
        "Precision: share of these answers that are right. Recall: share of this class that was found. F1: their harmonic mean.",
    )
    return join([table(header, body, numbers=range(1, len(header))), element("p", note, class_="note")])


def _by_length(name: str) -> str:
    own = score_name(name)
    return say(f"글 길이별 {own}", f"{own[0].upper()}{own[1:]} by length")


def _slices(slices: Sequence[LengthSlice], name: str) -> Html:
    if not slices:
        return Html()
    scale = Scale(min(int(10 * s.accuracy.low) / 10 for s in slices), 1.0)
    rows = [
        [
            say(f"{s.low}–{s.high}자", f"{s.low}–{s.high}") if s.high else say(f"{s.low}자 이상", f"{s.low} or more"),
            f"{s.accuracy.n:,}",
            percent(s.accuracy.value),
            format_interval(name, s.accuracy),
            interval_bar(s.accuracy, scale, "first"),
        ]
        for s in slices
    ]
    header = [
        say("글자 수", "characters"),
        "n",
        score_name(name),
        say("95 % 구간", "95 % interval"),
        axis_name(scale, True),
    ]
    return table(header, rows, numbers=(1, 2, 3))


def _error_words(analysis: Analysis) -> tuple[str, str]:
    """Return the title and the note of the errors: the farthest off where answers are numbers, else the surest, or those with most mistakes."""
    review = say(
        "정답 표시가 잘못된 경우가 섞여 있으니 먼저 확인해 보세요.",
        "Some are mistakes of the annotation: check them first.",
    )
    if analysis.scatter is not None:
        farthest = say("정답과 가장 멀리 떨어진 예입니다.", "Predictions farthest from the gold.")
        return say("가장 크게 틀린 예", "Largest errors"), f"{farthest} {review}"
    if analysis.errors_by == "mistakes":
        most = say("틀린 곳이 많은 것부터입니다.", "Those with most mistakes first.")
        return say("많이 틀린 예", "Most mistakes"), f"{most} {review}"
    surest = say("모델이 가장 확신하며 틀린 예입니다.", "Errors the model is surest of.")
    return say("확신하며 틀린 예", "Surest errors"), f"{surest} {review}"


def _errors(analysis: Analysis, note: str) -> Html:
    if analysis.errors:
        listed = element("ol", *map(_error, analysis.errors), class_="errors")
        return join([element("p", note, class_="note"), listed])
    if not analysis.class_rows and analysis.scatter is None:
        return Html()
    return element("p", say("틀린 예가 없습니다.", "There are no errors."), class_="note")


def _error(error: WrongAnswer) -> Html:
    texts = [
        element("p", element("bdi", _clip(text)), class_="text")
        for text in (error.text, error.pair)
        if text is not None
    ]
    where = say(f"{error.row}행", f"row {error.row}") if error.row else ""
    gold, predicted = element("b", element("bdi", error.gold)), element("b", element("bdi", error.predicted))
    return element(
        "li",
        *texts,
        element(
            "p",
            element("span", say("정답", "gold"), " ", gold),
            _probability(error.gold_probability),
            element("span", say("예측", "predicted"), " ", predicted, class_="wrong"),
            _probability(error.probability),
            element("span", where, class_="faded row") if where else "",
            class_="answer",
        ),
    )


def _probability(share: float | None) -> str:
    return "" if share is None else element("span", percent(share), class_="faded")


def _clip(text: str) -> str:
    if len(text) <= _MAX_TEXT:
        return text
    return text[:_MAX_TEXT] + say(f"… ({len(text):,}자)", f"… ({len(text):,} characters)")


def _recipe(recipe: dict[str, Any]) -> Html:
    if not recipe:
        return Html()
    text = json.dumps(recipe, ensure_ascii=False, indent=2, default=str)
    note = say("이 설정으로 같은 학습을 되풀이할 수 있습니다.", "These settings repeat the run.")
    return join(
        [
            element("p", note, class_="note"),
            details("recipe.json", element("pre", element("code", text)), class_="recipe"),
        ]
    )


def _footer() -> Html:
    text = say(
        "95 % 구간: 같은 크기의 평가 세트를 다시 뽑는다면 점수가 이만큼 흔들린다는 뜻입니다(부트스트랩, 글 길이별과 확률 구간은 윌슨).",
        "95 % intervals say how much a score moves if another test set of this size were drawn (bootstrap; Wilson for lengths and bins).",
    )
    return element("footer", element("p", text))
