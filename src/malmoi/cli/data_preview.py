"""`malmoi data preview`: what cleaning steps do to texts, before and after, before anyone trains on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from malmoi.cli.options import CleaningSteps, JsonFile, PairColumn, SkipBad
from malmoi.cli.output import Output, progress
from malmoi.cli.texts import both
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.text.cleaning import STEPS, parse_steps

if TYPE_CHECKING:
    from malmoi.data.examples import Dataset
    from malmoi.data.preview import Preview
    from malmoi.text.aligned import AlignedText

HELP = both("전처리가 글을 어떻게 바꾸는지 미리 봅니다", "see what cleaning does to texts")
EXAMPLES = both(
    "단계 (적은 차례대로, malmoi train --clean 에도 똑같이):\n"
    + "\n".join(f"  {kind.form}  {kind.about[0]}" for kind in STEPS)
    + "\n예:\n  malmoi data preview 리뷰.csv --clean html,url,repeats=2,whitespace\n"
    '  malmoi data preview --text "손흥민(33)은 대박ㅋㅋㅋㅋㅋ" --clean brackets,repeats',
    "Steps (in the order given, the same for malmoi train --clean):\n"
    + "\n".join(f"  {kind.form}  {kind.about[1]}" for kind in STEPS)
    + "\nExamples:\n  malmoi data preview reviews.csv --clean html,url,repeats=2,whitespace\n"
    '  malmoi data preview --text "손흥민(33)은 대박ㅋㅋㅋㅋㅋ" --clean brackets,repeats',
)
WINDOW = 160  # characters of a long text that are shown
MAX_ROWS = 10_000  # of the data, unless --limit says otherwise
LEAD = 40  # of them before the first change


def preview(
    data: Annotated[
        str | None,
        typer.Argument(metavar="FILE|CORPUS", help=both("파일이나 말뭉치", "a file or corpus"), show_default=False),
    ] = None,
    clean: CleaningSteps = None,
    text: Annotated[
        str | None,
        typer.Option(metavar="TEXT|COL", help=both("볼 글. 파일을 주면 글이 있는 열", "the text to look at; with a file, its text column")),
    ] = None,
    pair: PairColumn = None,
    skip_bad: SkipBad = False,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help=both("앞에서부터 이만큼만 봄", "look at this many rows only"))] = MAX_ROWS,
    rows: Annotated[int, typer.Option(metavar="N", min=0, help=both("보여 줄 행 수", "rows to show"))] = 10,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Count what each step changes, and show rows before and after."""
    from malmoi.data.preview import preview as preview_steps

    output = Output(json)
    if not clean:
        forms = ", ".join(kind.form for kind in STEPS)
        raise ConfigError(say(f"--clean 으로 단계를 주세요: {forms}", f"name the steps with --clean: {forms}"))
    steps = parse_steps(clean)
    dataset = _texts(data, text, pair, skip_bad)
    examples = dataset.examples[:limit]
    with progress(say("전처리", "cleaning"), len(examples)) as advance:
        seen = preview_steps(examples, steps, rows, advance)
    output.title(say(f"{dataset.source} · {seen.num_rows:,}행", f"{dataset.source} · {seen.num_rows:,} rows"))
    if len(examples) < len(dataset):
        output.print(
            say(
                f"{len(dataset):,}행 가운데 앞의 {len(examples):,}행만 보았습니다. 더 보려면 --limit 를 쓰세요.",
                f"only the first {len(examples):,} of {len(dataset):,} rows: see more with --limit.",
            )
        )
    output.print(*dataset.notes, _step_table(seen), "", *_summary(seen))
    if seen.rows:
        output.print("", _change_table(seen))
    output.json({"data": dataset.source, "of_rows": len(dataset)} | seen.to_dict())


def _texts(data: str | None, text: str | None, pair: str | None, skip_bad: bool) -> Dataset:
    """Return the one text of `--text`, or the texts of a file or corpus."""
    from malmoi.data.columns import Columns
    from malmoi.data.examples import Dataset, TextExample
    from malmoi.training.datasets import load_dataset

    if data is not None:
        return load_dataset(data, Columns(text, pair), split="train", labelled=False, skip_bad=skip_bad)
    if text is None:
        raise ConfigError(
            say(
                '파일이나 말뭉치, 또는 --text "글" 을 주세요.',
                'give a file or corpus, or --text "a text".',
            )
        )
    return Dataset([TextExample(text, pair)], source="--text")


def _summary(seen: Preview) -> Iterable[str]:
    share = 100 * seen.num_changed / max(1, seen.num_rows)
    chars = f"{seen.num_chars_before:,} → {seen.num_chars_after:,}"
    yield say(
        f"바뀐 행 {seen.num_changed:,}개 ({share:.1f} %), 글자 {chars}",
        f"{seen.num_changed:,} rows change ({share:.1f} %), characters {chars}",
    )
    if seen.num_emptied:
        yield say(
            f"주의: {seen.num_emptied:,}개의 글이 비게 됩니다.",
            f"warning: {seen.num_emptied:,} texts become empty.",
        )


def _step_table(seen: Preview) -> Table:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, header_style="dim")
    table.add_column(say("단계", "step"))
    table.add_column(say("바꾼 행", "rows changed"), justify="right")
    for effect in seen.steps:
        table.add_row(Text(effect.step), f"{effect.num_rows:,}")
    return table


def _change_table(seen: Preview) -> Table:
    """Return rows before and after; on a terminal what goes is red and struck through, what comes is green."""
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, header_style="dim", expand=True)
    table.add_column(say("줄", "line"), justify="right", no_wrap=True)
    table.add_column(say("전", "before"), ratio=1, overflow="fold")
    table.add_column(say("후", "after"), ratio=1, overflow="fold")
    for row in seen.rows:
        for i, text in enumerate(row.texts):
            table.add_row("" if i else str(row.row), *_before_and_after(text))
    return table


def _before_and_after(text: AlignedText) -> tuple[Text, Text]:
    kept = text.kept()
    raw_kept, text_kept = {start for start, _ in kept}, {i for _, i in kept}
    before = _highlighted(text.raw, raw_kept, "red strike")
    return before, _highlighted(text.text, text_kept, "green")


def _highlighted(text: str, kept: set[int], style: str) -> Text:
    """Return a text, a long one around its first change, with the characters outside `kept` in a style."""
    from malmoi.cli.data_tables import printable

    first = next((i for i in range(len(text)) if i not in kept), 0)
    start = max(0, first - LEAD) if len(text) > WINDOW else 0
    end = min(len(text), start + WINDOW)
    shown = Text("…" if start else "")
    for i, char in enumerate(printable(text[start:end]), start):
        shown.append(char, None if i in kept else style)
    return shown.append("…" if end < len(text) else "")
