"""`malmoi data clean`: a copy of the data without the rows that should not be trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from malmoi.cli.data_check import Data, Scores, Seed, Unlabelled
from malmoi.cli.options import Force, JsonFile, LabelColumn, MultiLabel, PairColumn, Separator, SkipBad, TextColumn
from malmoi.cli.output import Output, check_new, progress
from malmoi.cli.texts import both
from malmoi.errors import ConfigError
from malmoi.messages import say

if TYPE_CHECKING:
    from malmoi.cli.reading import Reading
    from malmoi.data.clean import CleanConfig, Cleaned
    from malmoi.data.examples import Dataset

HELP = both(
    "빈 글, 되풀이된 글, 라벨이 엇갈린 글을 뺀 사본을 만듭니다. 다른 열은 그대로 남습니다.",
    "Write a copy without empty, repeated and contradicting rows. Other columns stay.",
)
EXAMPLES = both(
    "예:\n  malmoi data clean 리뷰.csv --dry-run\n"
    "  malmoi data clean 학습.csv --against 시험.csv --min-chars 2 --out 학습-깨끗.csv",
    "Examples:\n  malmoi data clean reviews.csv --dry-run\n"
    "  malmoi data clean train.csv --against test.csv --min-chars 2 --out train-clean.csv",
)


def clean(
    data: Data,
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help=both(".jsonl, .csv, .tsv", ".jsonl, .csv, .tsv"), show_default=False)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=both("쓰지 않고 무엇이 빠질지만 봅니다", "show what would go, write nothing"))
    ] = False,
    force: Force = False,
    no_nfc: Annotated[
        bool, typer.Option("--no-nfc", help=both("풀린 자모를 모으지 않습니다 (유니코드 NFC)", "do not compose jamo (Unicode NFC)"))
    ] = False,
    steps: Annotated[
        str | None,
        typer.Option("--clean", metavar="STEPS", help=both("글을 고치는 전처리, 적은 차례대로 (malmoi data preview --help): html,url", "cleaning of the texts, in this order (malmoi data preview --help): html,url")),
    ] = None,
    keep_empty: Annotated[
        bool, typer.Option("--keep-empty", help=both("빈 글을 빼지 않습니다", "do not drop empty texts"))
    ] = False,
    min_chars: Annotated[
        int | None, typer.Option(metavar="N", min=0, help=both("이보다 짧은 글을 뺍니다", "drop shorter texts"))
    ] = None,
    max_chars: Annotated[
        int | None, typer.Option(metavar="N", min=1, help=both("이보다 긴 글을 뺍니다", "drop longer texts"))
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE|CORPUS", help=both("이 자료에 있는 글을 뺍니다 (여러 번)", "drop texts that stand in this data (may be repeated)")),
    ] = None,
    contradictions: Annotated[
        str,
        typer.Option(metavar="HOW", help=both("라벨이 엇갈린 글을 다수 라벨만 남길지(majority), 모두 뺄지(drop), 둘지(keep)", "texts with several labels: keep the rows of the majority, drop them all, or keep them all")),
    ] = "majority",
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help=both("되풀이된 글을 빼지 않습니다 (보통은 첫 행만 남김)", "keep repeated texts (else only their first row)"))
    ] = False,
    near: Annotated[
        bool,
        typer.Option("--near", help=both("띄어쓰기, 문장 부호, 대소문자, 늘인 글자만 다르면 같은 글로 봅니다", "texts that differ only in spacing, punctuation, case or drawn-out letters are the same")),
    ] = False,
    drop_suspects: Annotated[
        bool, typer.Option("--drop-suspects", help=both("라벨이 의심스러운 행을 뺍니다 (data check --labels)", "drop rows with doubtful labels (data check --labels)"))
    ] = False,
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
    """Drop rows step by step, say what each step did, and write the rest."""
    from malmoi.cli.data_tables import step_table, touched_table
    from malmoi.cli.reading import read_beside, reading
    from malmoi.data.clean import CleanConfig
    from malmoi.data.columns import Columns
    from malmoi.text.cleaning import spell_steps

    output = Output(json)
    config = CleanConfig(
        nfc=not no_nfc,
        steps=spell_steps(steps or ()),
        drop_empty=not keep_empty,
        min_chars=min_chars,
        max_chars=max_chars,
        contradictions=contradictions,  # type: ignore[arg-type]  # checked by CleanConfig
        drop_duplicates=not keep_duplicates,
        near=near,
        drop_suspects=drop_suspects,
        seed=seed,
    )
    target = None if dry_run else _target(out, force)
    how = reading(
        Columns(text, pair, label),
        multi_label=multi_label,
        separator=separator,
        scores=scores,
        unlabelled=unlabelled,
        skip_bad=skip_bad,
    )
    dataset, others = read_beside(output, how, data, against or [])
    cleaned = _clean(dataset, config, others)
    output.print("", step_table(cleaned.steps))
    if any(step.rows for step in cleaned.steps):
        output.print("", touched_table(cleaned.steps))
    if target is not None:
        _write(how, data, cleaned, target)
    output.print("", _ending(dataset, cleaned, target))
    facts = {"data": dataset.source, "out": None if target is None else str(target), "dry_run": dry_run}
    counts = {"rows_before": len(dataset), "skipped": dataset.skipped}
    output.json(facts | counts | cleaned.to_dict())


def _target(out: str | None, force: bool) -> Path:
    """Return where the copy goes; `ConfigError` without a name, or when the file is there and may not be replaced."""
    from malmoi.data.writers import PredictionWriter

    if out is None or out == "-":
        raise ConfigError(
            say(
                "사본을 쓸 파일을 --out 으로 주세요 (.jsonl, .csv, .tsv). 보기만 하려면 --dry-run.",
                "name the file for the copy with --out (.jsonl, .csv, .tsv), or only look with --dry-run.",
            )
        )
    target = PredictionWriter(out).path
    check_new("--out", out, force)
    return target


def _clean(dataset: Dataset, config: CleanConfig, others: list[Dataset]) -> Cleaned:
    from malmoi.data.checks.suspects import num_fits
    from malmoi.data.clean import clean as clean_examples

    with progress(say("라벨 살피기", "looking at labels"), num_fits(dataset.examples)) as advance:
        return clean_examples(dataset.examples, config, others, advance)


def _write(how: Reading, data: str, cleaned: Cleaned, target: Path) -> None:
    from malmoi.data.copying import write_examples, write_source_copy
    from malmoi.training.datasets import named_corpus

    if named_corpus(data) is not None:
        write_examples(cleaned.examples, target)
    else:
        write_source_copy(how.open(data), cleaned.examples, target)


def _ending(dataset: Dataset, cleaned: Cleaned, target: Path | None) -> str:
    before, after = len(dataset), len(cleaned.examples)
    counts = say(f"{before:,}행 → {after:,}행", f"{before:,} rows → {after:,}")
    if target is None:
        return counts + say(". 아무것도 쓰지 않았습니다 (--dry-run).", ". Nothing was written (--dry-run).")
    return counts + f": {target}"
