"""Scores and confusions as tables for the terminal; Hangul counts two columns, and nothing is said by colour alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from malmoi.evaluation.comparison import verdict_sentence
from malmoi.evaluation.confusion_chart import top_confusions
from malmoi.evaluation.names import format_interval, format_value, percent, readable, score_name
from malmoi.evaluation.tables import class_cells, score_bin_cells, share_of
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.classification import ClassRow
from malmoi.metrics.scores import Scores

MAX_MATRIX_LABELS = 8
MAX_CLASSES = 20
_LABEL_COLUMNS = 20


def evaluation_tables(scores: Scores, main_score: str, analysis: Analysis) -> list[RenderableType]:
    """Return the scores beside the baselines, and what the task gives of: confusion matrix, classes, bins of scores, notes.

    The classes are left out where two of them and a confusion matrix say the same.
    """
    analysis = readable(analysis)
    tables: list[RenderableType] = [scores_table(scores, analysis.baselines, main_score)]
    tables += verdicts(scores, main_score, analysis.baselines)
    if analysis.confusion is not None:
        tables.append(confusion_table(analysis.confusion, analysis.labels))
    if analysis.class_rows and (analysis.confusion is None or len(analysis.class_rows) > 2):
        tables.append(class_table(analysis.class_rows))
    if analysis.scatter is not None:
        tables.append(_plain_table(*score_bin_cells(analysis.scatter.bins)))
    return [*tables, *(Text(note, style="yellow") for note in analysis.notes)]


def verdicts(scores: Scores, main_score: str, baselines: Sequence[Baseline]) -> list[Text]:
    """Return one sentence for each baseline: whether the model is better."""
    return [Text(said) for baseline in baselines if (said := verdict_sentence(scores, main_score, baseline))]


def class_table(rows: Sequence[ClassRow]) -> RenderableType:
    """Return precision, recall, F1 and counts of each class; of more than `MAX_CLASSES` those of lowest F1, lowest first."""

    def rank(row: ClassRow) -> tuple[bool, float]:
        return row.support + row.predicted == 0, row.f1  # what does not occur has no F1

    shown = sorted(rows, key=rank)[:MAX_CLASSES] if len(rows) > MAX_CLASSES else rows
    table = _plain_table(*class_cells(shown))
    if len(shown) == len(rows):
        return table
    caption = say(f"{len(rows)}개 가운데 F1 이 낮은 {len(shown)}개", f"the {len(shown)} of lowest F1, of {len(rows)}")
    return Group(table, Text(" " + caption, style="dim"))


def _plain_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table whose first column is text and whose others are numbers."""
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="dim")
    for i, name in enumerate(header):
        table.add_column(name, justify="right" if i else "left", no_wrap=i > 0, overflow="fold")
    for first, *numbers in rows:
        table.add_row(Text(_plain(first), style="bold"), *map(Text, numbers))
    return table


def scores_table(
    scores: Scores,
    baselines: Sequence[Baseline] = (),
    main_score: str | None = None,
    columns: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Table:
    """Return one row per score: name, value, 95 % interval, n, and the value of each baseline.

    The main score is bold and marked with an asterisk; `columns` are more to say of each score, by header and score. Print it with
    `rich.console.Console().print`.
    """
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="dim")
    table.add_column(say("점수", "score"), overflow="fold")
    for header in (say("값", "value"), say("95 % 구간", "95 % interval"), "n"):
        table.add_column(header, justify="right", no_wrap=True)
    for baseline in baselines:
        table.add_column(Text(_plain(baseline.name)), justify="right", overflow="fold")
    for header in columns:
        table.add_column(header, justify="right", no_wrap=True)
    for name, score in scores.items():
        is_main = name == main_score
        others = [format_value(name, b.scores[name].value) if name in b.scores else "-" for b in baselines]
        table.add_row(
            Text(score_name(name) + (" *" if is_main else ""), style="bold" if is_main else ""),
            Text(format_value(name, score.value), style="bold cyan" if is_main else "bold"),
            Text(format_interval(name, score)),
            Text(f"{score.n:,}"),
            *(Text(other, style="dim") for other in others),
            *(Text(column[name]) for column in columns.values()),
        )
    return table


def confusion_table(confusion: np.ndarray, labels: Sequence[str]) -> RenderableType:
    """Return the confusion matrix [num_labels, num_labels], gold in rows, with shares of the row; hits in [brackets].

    With more than eight labels it would not fit: then the most frequent confusions are listed instead.
    """
    if len(labels) > MAX_MATRIX_LABELS:
        return _confusion_list(confusion, labels)
    caption = say("행 = 정답, 열 = 예측, [ ] = 맞힘", "rows = gold, columns = predicted, [ ] = right")
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="")
    table.add_column(Text(say("정답", "gold"), style="dim"))
    for label in labels:
        table.add_column(Text(_plain(label)), justify="right")
    for i, label in enumerate(labels):
        total = int(confusion[i].sum())
        cells = [_cell(int(count), total, i == j) for j, count in enumerate(confusion[i])]
        table.add_row(Text(_plain(label), style="bold"), *cells)
    return Group(table, Text(" " + caption, style="dim"))


def _cell(count: int, total: int, hit: bool) -> Text:
    share = count / max(total, 1)
    number = f"[{count:,}]" if hit else f"{count:,} "
    style = "bold green" if hit else "yellow" if share >= 0.1 else ""
    return Text.assemble((number, style), "\n", (share_of(share, total) + " ", "dim"))


def _confusion_list(confusion: np.ndarray, labels: Sequence[str]) -> Table:
    table = Table(
        box=box.SIMPLE, pad_edge=False, header_style="dim", title=say("가장 잦은 혼동", "most frequent confusions")
    )
    table.title_justify = "left"
    table.add_column(say("정답", "gold"))
    table.add_column(say("예측", "predicted"))
    table.add_column(say("개수", "count"), justify="right")
    table.add_column(say("정답 중", "of gold"), justify="right")
    for gold, predicted in top_confusions(confusion, k=10):
        count = int(confusion[gold, predicted])
        share = percent(count / max(int(confusion[gold].sum()), 1))
        names = (Text(_plain(labels[gold]), style="bold"), Text(_plain(labels[predicted]), style="yellow"))
        table.add_row(*names, Text(f"{count:,}"), Text(share, style="dim"))
    return table


def _plain(label: str) -> str:
    """Return a label that a terminal shows as it is: composed Hangul, no control characters, at most 20 characters."""
    text = "".join(c if c.isprintable() else "?" for c in unicodedata.normalize("NFC", label))
    return text if len(text) <= _LABEL_COLUMNS else text[: _LABEL_COLUMNS - 1] + "…"
