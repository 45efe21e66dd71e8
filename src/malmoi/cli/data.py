"""`malmoi data`: which corpora there are, and what is in a file before anyone trains on it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from malmoi.cli.options import JsonFile, LabelColumn, PairColumn, SkipBad, TextColumn
from malmoi.cli.output import Output
from malmoi.cli.texts import both
from malmoi.messages import say

HELP = both("말뭉치 목록과 자료 검사", "corpora and checks of data")
LIST_EXAMPLE = both("예:\n  malmoi data list", "Example:\n  malmoi data list")
CHECK_EXAMPLE = both(
    "예:\n  malmoi data check 리뷰.csv\n  malmoi data check 학습.csv --against 시험.csv",
    "Examples:\n  malmoi data check reviews.csv\n  malmoi data check train.csv --against test.csv",
)


def build() -> typer.Typer:
    """Return the command group."""
    app = typer.Typer()
    app.command("list", help=both("이름으로 쓸 수 있는 말뭉치", "corpora known by name"), epilog=LIST_EXAMPLE)(list_)
    check_help = both("자료에 무엇이 들었고 무엇이 학습을 해칠지", "what is in the data, and what will hurt training")
    app.command("check", help=check_help, epilog=CHECK_EXAMPLE)(check)
    return app


def list_(json: JsonFile = None) -> None:
    """Show every corpus of the catalog, and whether its files are here."""
    from malmoi.data.corpora import CORPORA
    from malmoi.io import data_dir

    output = Output(json)
    output.print(say(f"말뭉치 폴더 (MALMOI_DATA): {data_dir()}", f"folder of the corpora (MALMOI_DATA): {data_dir()}"))
    entries = [_entry(corpus) for corpus in CORPORA]
    for corpus, entry in zip(CORPORA, entries, strict=True):
        output.title(f"{corpus.name}  {corpus.title}")
        output.print(f"  {corpus.task} · {corpus.licence} · {', '.join(corpus.splits)}")
        if not corpus.files:
            output.print(say("  있음: malmoi 안에 들어 있음", "  here: comes with malmoi"))
        for file in entry["files"]:
            state = say("있음", "here") if file["here"] else say("없음", "missing")
            output.print(f"  {state}: {file['path']}" + ("" if file["here"] else f"  ← {file['url']}"))
    output.json(entries)


def check(
    data: Annotated[str, typer.Argument(metavar="FILE|CORPUS", help=both("파일이나 말뭉치", "a file or corpus"))],
    against: Annotated[
        str | None,
        typer.Option(metavar="FILE|CORPUS", help=both("겹치는 글을 찾을 자료 (시험 자료 등)", "data to look for shared texts in")),
    ] = None,
    text: TextColumn = None,
    pair: PairColumn = None,
    label: LabelColumn = None,
    unlabelled: Annotated[bool, typer.Option("--unlabelled", help=both("라벨이 없는 자료", "data without labels"))] = False,
    skip_bad: SkipBad = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Report sizes, labels, lengths, contradictions, and overlap with other data."""
    from malmoi.data.checks import check_dataset, check_overlap
    from malmoi.data.columns import Columns

    output = Output(json)
    columns = Columns(text, pair, label)
    dataset = _load(data, columns, not unlabelled, skip_bad)
    report = check_dataset(dataset)
    output.print(*report.lines())
    values: dict[str, Any] = report.to_dict()
    if against is not None:
        overlap = check_overlap(dataset, _load(against, columns, not unlabelled, skip_bad))
        output.print(*overlap.lines())
        values["overlap"] = {
            "other": overlap.other,
            "rows": overlap.num_rows,
            "contradicting": overlap.num_contradicting,
        }
    output.json(values)


def _load(data: str, columns: Any, labelled: bool, skip_bad: bool) -> Any:
    from malmoi.training.datasets import load_dataset

    return load_dataset(data, columns, split="train", labelled=labelled, skip_bad=skip_bad)


def _entry(corpus: Any) -> dict[str, Any]:
    files = [
        {"path": str(file.local_path), "here": file.local_path.is_file(), "url": file.url, "git_blob": file.blob_id}
        for file in corpus.files
    ]
    return {
        "name": corpus.name,
        "title": corpus.title,
        "task": corpus.task,
        "licence": corpus.licence,
        "citation": corpus.citation,
        "splits": list(corpus.splits),
        "files": files,
    }
