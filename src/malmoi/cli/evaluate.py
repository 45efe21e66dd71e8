"""`malmoi evaluate`: an honest score on data that was kept aside."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from malmoi.cli.options import JsonFile, LabelColumn, PairColumn, RunFolder, Separator, SkipBad, TextColumn
from malmoi.cli.output import Output, check_target, progress
from malmoi.cli.show import show_scores
from malmoi.cli.texts import both
from malmoi.messages import say

HELP = both(
    "학습된 모델을 따로 둔 자료로 평가합니다. 말뭉치는 final 이나 test 분할을 씁니다.",
    "Judge a trained model on data kept aside; of a corpus, on its final or test split.",
)
EXAMPLES = both(
    "예:\n  malmoi evaluate runs/nsmc --data nsmc\n  malmoi evaluate runs/reviews --data 시험.csv --report 시험.html",
    "Examples:\n  malmoi evaluate runs/nsmc --data nsmc\n  malmoi evaluate runs/reviews --data test.csv --report test.html",
)


def evaluate(
    run: RunFolder,
    data: Annotated[
        str,
        typer.Option(metavar="FILE|CORPUS[:SPLIT]", help=both("라벨이 있는 자료", "labelled data"), show_default=False),
    ],
    text: TextColumn = None,
    pair: PairColumn = None,
    label: LabelColumn = None,
    separator: Separator = None,
    skip_bad: SkipBad = False,
    baseline: Annotated[
        bool | None,
        typer.Option(
            "--baseline/--no-baseline",
            help=both(
                "tf-idf 기준선과 견줌 (있으면 저절로)", "compare with the tf-idf baseline (by itself if there is one)"
            ),
        ),
    ] = None,
    report: Annotated[
        str | None, typer.Option(metavar="FILE.html", help=both("보고서를 쓸 파일", "file for a report"))
    ] = None,
    json: JsonFile = None,
) -> None:
    """Score a run and show it beside the answer that is always the same."""
    from malmoi.api import compared, judge, judged_data, own_baseline, seen_before
    from malmoi.data.columns import Columns
    from malmoi.inference.predictor import load

    output = Output(json)
    check_target("--report", report)
    predictor = load(run)
    beside = own_baseline(predictor, baseline)
    dataset = judged_data(data, predictor, Columns(text, pair, label), separator=separator, skip_bad=skip_bad)
    began = time.monotonic()
    with progress(say("평가", "evaluating"), len(dataset)) as advance:
        evaluation = judge(predictor, dataset, advance)
    seconds = time.monotonic() - began
    evaluation = compared(evaluation, predictor, beside)
    output.title(f"{predictor.artifact.path} · {dataset.source}")
    notes = [*dataset.notes, *seen_before(predictor, dataset)]
    output.print(*notes)
    show_scores(output, evaluation)
    output.print(say(f"{len(dataset):,}개를 {seconds:.1f}초에 (초당 {len(dataset) / seconds:,.0f}개)", f"{len(dataset):,} texts in {seconds:.1f} s ({len(dataset) / seconds:,.0f}/s)"))  # fmt: skip
    if report:
        _write_report(Path(report), evaluation, predictor, dataset, notes)
        output.print(say(f"보고서: {report}", f"report: {report}"))
    facts = {"run": str(run), "data": dataset.source, "n": len(dataset), "seconds": round(seconds, 3)}
    output.json(facts | evaluation.to_dict())


def _write_report(path: Path, evaluation: Any, predictor: Any, dataset: Any, notes: list[str]) -> None:
    from malmoi.evaluation.report import Report, write_report

    facts = [
        (say("모델", "model"), str(predictor.artifact.path)),
        (say("평가 데이터", "judged on"), f"{dataset.source} ({len(dataset):,})"),
        (say("장치", "device"), predictor.engine.description),
    ]
    title = say(f"{predictor.task.name} 평가 보고서", f"{predictor.task.name} evaluation report")
    report = Report(
        title,
        evaluation.scores,
        evaluation.main_score,
        facts,
        notes,
        evaluation.analysis,
        recipe=predictor.artifact.recipe,
    )
    write_report(path, report)
