"""`malmoi data check`: what is in the data, and what will hurt training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from malmoi.cli.options import JsonFile, LabelColumn, MultiLabel, PairColumn, Separator, SkipBad, TextColumn
from malmoi.cli.output import Output, progress
from malmoi.cli.texts import both
from malmoi.messages import say

if TYPE_CHECKING:
    from malmoi.data.checks.report import DataReport
    from malmoi.data.examples import Dataset

HELP = both("자료에 무엇이 들었고 무엇이 학습을 해칠지", "what is in the data, and what will hurt training")
EXAMPLES = both(
    "예:\n  malmoi data check 리뷰.csv\n  malmoi data check 학습.csv --against 시험.csv --model e5-small-ko --labels",
    "Examples:\n  malmoi data check reviews.csv\n"
    "  malmoi data check train.csv --against test.csv --model e5-small-ko --labels",
)
MAX_SUSPECTS = 1000  # in the JSON

Data = Annotated[str, typer.Argument(metavar="FILE|CORPUS", help=both("파일이나 말뭉치", "a file or corpus"))]
Scores = Annotated[bool, typer.Option("--scores", help=both("라벨이 점수(수)인 자료", "labels are numbers"))]
Unlabelled = Annotated[bool, typer.Option("--unlabelled", help=both("라벨이 없는 자료", "data without labels"))]
Seed = Annotated[int, typer.Option(min=0, help=both("교차 검증의 난수 씨앗", "seed of the cross-validation"))]


def check(
    data: Data,
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE|CORPUS", help=both("겹치는 글을 찾을 자료 (여러 번 쓸 수 있음)", "data to look for shared texts in (may be repeated)")),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME|DIR", help=both("토큰을 셀 모델의 토크나이저 (내려받지 않음)", "count tokens with this model's tokenizer (nothing is fetched)")),
    ] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help=both("잘못 붙었을 라벨을 교차 검증으로 찾습니다", "look for wrong labels by cross-validation"))
    ] = False,
    words: Annotated[int, typer.Option(metavar="N", min=0, help=both("라벨마다 보일 낱말 수", "words shown for each label"))] = 8,
    text: TextColumn = None,
    pair: PairColumn = None,
    label: LabelColumn = None,
    multi_label: MultiLabel = False,
    separator: Separator = None,
    scores: Scores = False,
    unlabelled: Unlabelled = False,
    skip_bad: SkipBad = False,
    seed: Seed = 42,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Report lengths, labels, words, copies, overlap, tokens and doubtful labels."""
    from malmoi.cli.reading import label_names, read_beside, reading
    from malmoi.data.checks import check_dataset
    from malmoi.data.columns import Columns

    output = Output(json)
    how = reading(
        Columns(text, pair, label),
        multi_label=multi_label,
        separator=separator,
        scores=scores,
        unlabelled=unlabelled,
        skip_bad=skip_bad,
    )
    tokenizer = _tokenizer(model)
    dataset, others = read_beside(output, how, data, against or [])
    report, names = check_dataset(dataset), label_names(data)
    values: dict[str, Any] = report.to_dict()
    tokens = _check_tokens(dataset, tokenizer, model)
    values |= _show_lengths(output, report, tokens)
    values |= _show_labels(output, dataset, report, names, words)
    _show_copies(output, report, names)
    values["overlaps"] = [_show_overlap(output, dataset, other) for other in others]
    if labels:
        values["suspects"] = _show_suspects(output, dataset, names, seed)
    _show_warnings(output, report, [data, *how.flags()])
    output.json(values)


def _tokenizer(model: str | None) -> Any:
    if model is None:
        return None
    from malmoi.models.local import local_tokenizer

    return local_tokenizer(model)


def _check_tokens(dataset: Dataset, tokenizer: Any, model: str | None) -> Any:
    from malmoi.data.checks.tokens import check_tokens

    if tokenizer is None:
        return None
    with progress(say("토큰 세기", "counting tokens"), len(dataset)) as advance:
        return check_tokens(dataset.examples, tokenizer, str(model), advance)


def _show_lengths(output: Output, report: DataReport, tokens: Any) -> dict[str, Any]:
    from malmoi.cli import data_tables
    from malmoi.config import to_dict

    in_characters, in_tokens = say("글자", "characters"), say("토큰", "tokens")
    measures = {in_characters: report.characters, say("어절", "eojeols"): report.eojeols}
    if tokens is not None:
        measures[in_tokens] = tokens.lengths
    output.print("", data_tables.length_table(measures))
    if report.characters.outliers:
        output.print("", data_tables.outlier_table(report.characters.outliers, in_characters))
    if tokens is None:
        return {}
    output.print("", *data_tables.token_lines(tokens))
    return {"tokens": to_dict(tokens)}


def _show_labels(
    output: Output, dataset: Dataset, report: DataReport, names: Mapping[str, str], limit: int
) -> dict[str, Any]:
    from malmoi.cli import data_tables
    from malmoi.config import to_dict
    from malmoi.data.checks.words import characteristic_words, frequent_words

    balance = report.balance
    telling = characteristic_words(dataset.examples, limit) if limit and balance.labels else {}
    common = frequent_words(dataset.examples, limit) if limit and not telling else ()
    if balance.labels:
        output.print("", data_tables.label_table(balance, names, telling))
    if balance.scores is not None:
        output.print("", data_tables.score_table(balance.scores))
    if common:
        listed = ", ".join(f"{found.word} {found.count:,}" for found in common)
        output.print("", say(f"많은 글에 있는 낱말: {listed}", f"words in most texts: {listed}"))
    words = {label: [to_dict(word) for word in found] for label, found in telling.items()}
    return {"words": words, "frequent_words": [to_dict(word) for word in common]}


def _show_copies(output: Output, report: DataReport, names: Mapping[str, str]) -> None:
    from malmoi.cli import data_tables

    output.print("", data_tables.copies_table(report))
    titles = (say("똑같은 글", "same text"), say("거의 같은 글", "nearly same text"))
    for title, copies in zip(titles, (report.duplicates, report.near_duplicates), strict=True):
        if copies.contradictions:
            output.print("", data_tables.contradiction_table(copies, names, title))


def _show_overlap(output: Output, dataset: Dataset, other: Dataset) -> dict[str, Any]:
    from malmoi.cli import data_tables
    from malmoi.config import to_dict
    from malmoi.data.checks import check_overlap

    overlap = check_overlap(dataset, other, near=True)
    output.print("", *data_tables.overlap_lines(overlap))
    if shared := (*overlap.rows, *overlap.near_rows):
        output.print(data_tables.overlap_table(shared))
    return to_dict(overlap)


def _show_suspects(output: Output, dataset: Dataset, names: Mapping[str, str], seed: int) -> dict[str, Any]:
    from malmoi.cli import data_tables
    from malmoi.data.checks.out_of_fold import FoldConfig
    from malmoi.data.checks.suspects import find_suspects, num_fits

    config = FoldConfig(seed=seed)
    with progress(say("라벨 살피기", "looking at labels"), num_fits(dataset.examples, config)) as advance:
        report = find_suspects(dataset.examples, config, advance)
    output.print("", *data_tables.suspect_lines(report))
    if report.suspects and report.is_trustworthy:
        output.print(data_tables.suspect_table(report, names))
    return report.to_dict(MAX_SUSPECTS)


def _show_warnings(output: Output, report: DataReport, data: list[str]) -> None:
    """Print the warnings, and the command that would take away what can be taken away; `data` are its words."""
    from malmoi.cli.show import command_line, show_next
    from malmoi.data.writers import FORMATS

    if report.warnings:
        output.title(say("주의할 점", "warnings"))
        output.print(*(f"  - {warning}" for warning in report.warnings))
    if report.empty.num_rows or report.duplicates.num_rows or report.not_nfc.num_rows:
        source = Path(data[0])
        copy = f"{source.stem}-clean{source.suffix if source.suffix in FORMATS else '.jsonl'}"
        show_next(output, command_line("malmoi", "data", "clean", *data, "--out", copy))
