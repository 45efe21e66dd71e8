"""The reports of `malmoi data check` and `malmoi data clean` as tables of at most 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from malmoi.data.examples import NO_LABEL
from malmoi.messages import say

if TYPE_CHECKING:
    from malmoi.data.checks.balance import Balance, ScoreSpread
    from malmoi.data.checks.copies import CopyReport
    from malmoi.data.checks.lengths import Lengths, Outlier
    from malmoi.data.checks.overlap import OverlapReport, SharedText
    from malmoi.data.checks.report import DataReport
    from malmoi.data.checks.suspects import SuspectReport
    from malmoi.data.checks.tokens import TokenReport
    from malmoi.data.clean import StepReport

MAX_LABELS = 20
MAX_GROUPS = 5
MAX_OUTLIERS = 5
MAX_SUSPECTS = 10
BAR_WIDTH = 24
LABEL_WIDTH = 20
REASON_WIDTH = 32


def length_table(measures: Mapping[str, Lengths]) -> Table:
    """Return one row for each unit that was counted."""
    headers = (
        say("최소", "min"), say("중앙값", "median"), say("평균", "mean"), "95 %", say("최대", "max"), say("유난한 글", "outliers"),
    )  # fmt: skip
    table = _table(say("길이", "length"), *headers, right=range(1, 7))
    for name, size in measures.items():
        numbers = (size.min, size.median, round(size.mean, 1), round(size.p95, 1), size.max, size.num_outliers)
        _add(table, name, *(f"{number:,g}" if isinstance(number, float) else f"{number:,}" for number in numbers))
    return table


def outlier_table(outliers: Sequence[Outlier], unit: str) -> Table:
    """Return the texts of the most unusual length."""
    table = _table(
        say("줄", "line"), unit, say("유난히 길거나 짧은 글", "unusually long or short text"), right=(0, 1), cut=2
    )
    for outlier in outliers[:MAX_OUTLIERS]:
        _add(table, str(outlier.row), f"{outlier.length:,}", printable(outlier.text))
    return table


def label_table(balance: Balance, names: Mapping[str, str], words: Mapping[str, Sequence[Any]]) -> Table:
    """Return each label with its share and its characteristic words; the commonest when there are many."""
    table = _table(say("라벨", "label"), say("개수", "count"), say("비율", "share"), right=(1, 2))
    if words:
        table.add_column(say("이 라벨에 유난히 많은 낱말", "words that tell it from the others"))
    shown = set(sorted(balance.labels, key=lambda label: -balance.labels[label].count)[:MAX_LABELS])
    for label, share in balance.labels.items():
        if label in shown:
            telling = (printable(", ".join(found.word for found in words.get(label, ()))),) if words else ()
            _add(table, named(label, names), f"{share.count:,}", f"{100 * share.share:.1f} %", *telling)
    if rest := len(balance.labels) - len(shown):
        _add(table, say(f"… 외 {rest:,}종", f"… {rest:,} more"), *[""] * (3 if words else 2))
    if balance.num_none:
        _add(table, say("(없음)", "(none)"), f"{balance.num_none:,}", "", *([""] if words else []))
    return table


def score_table(scores: ScoreSpread) -> Table:
    """Return the histogram of scores."""
    table = _table(say("점수", "score"), say("개수", "count"), "", right=(1,))
    most = max(bin.count for bin in scores.bins)
    for bin in scores.bins:
        name = f"{bin.low:g}" if bin.low == bin.high else f"{bin.low:.3g} – {bin.high:.3g}"
        _add(table, name, f"{bin.count:,}", "█" * round(BAR_WIDTH * bin.count / most))
    return table


def copies_table(report: DataReport) -> Table:
    """Return the numbers of copies and near copies."""
    table = _table(
        "",
        say("되풀이된 행", "repeated rows"),
        say("글", "texts"),
        say("라벨이 엇갈린 글", "contradicting labels"),
        right=(1, 2, 3),
    )
    for name, copies in (
        (say("똑같은 글", "same text"), report.duplicates),
        (say("거의 같은 글", "nearly same"), report.near_duplicates),
    ):
        numbers = (copies.num_rows, copies.num_texts, copies.num_contradictions)
        _add(table, name, *(f"{number:,}" for number in numbers))
    return table


def contradiction_table(copies: CopyReport, names: Mapping[str, str], title: str) -> Table:
    """Return the texts with several labels, those with most rows first; `title` heads their column."""
    table = _table(say("줄", "lines"), say("엇갈린 라벨", "labels"), title, cut=2)
    for group in copies.contradictions[:MAX_GROUPS]:
        rows = ", ".join(map(str, group.rows[:3])) + (" …" if group.num_rows > 3 else "")
        labels = ", ".join(f"{named(label, names)} ×{count}" for label, count in list(group.labels.items())[:3])
        _add(table, rows, labels, printable(group.text))
    return table


def overlap_table(shared: Sequence[SharedText]) -> Table:
    """Return texts that stand in two datasets."""
    table = _table(say("줄", "line"), say("저쪽 줄", "there"), say("글", "text"), right=(0, 1), cut=2)
    for text in shared[:MAX_GROUPS]:
        mark = say("[라벨 다름] ", "[other label] ") if text.contradicts else ""
        _add(table, str(text.row), str(text.other_row), mark + printable(text.text))
    return table


def overlap_lines(overlap: OverlapReport) -> Iterator[str]:
    """Yield how much of one dataset stands in another."""
    here, there = overlap.source, overlap.other
    if not overlap.num_rows:
        yield say(f"{there} 에 똑같이 있는 글은 없습니다.", f"no text stands in {there} to the letter.")
    else:
        yield say(
            f"{here} 의 {overlap.num_rows:,}개 행이 {there} 에도 있습니다 (그중 라벨이 다른 것 {overlap.num_contradicting:,}개).",
            f"{overlap.num_rows:,} row(s) of {here} also stand in {there} ({overlap.num_contradicting:,} with another label).",
        )
    if overlap.num_near:
        yield say(
            f"띄어쓰기나 문장 부호 따위만 다른 글은 {overlap.num_near:,}개 있습니다.",
            f"{overlap.num_near:,} row(s) differ from a text there only in spacing, punctuation, case or repeats.",
        )


def token_lines(tokens: TokenReport) -> Iterator[str]:
    """Yield what a tokenizer makes of the texts."""
    yield say(
        f"토크나이저 {tokens.model}: 토큰 {tokens.num_tokens:,}개, 어절마다 {tokens.tokens_per_eojeol:.2f}개",
        f"tokenizer {tokens.model}: {tokens.num_tokens:,} tokens, {tokens.tokens_per_eojeol:.2f} for each eojeol",
    )
    over = ", ".join(f"{limit}: {count:,}" for limit, count in tokens.num_over.items())
    yield say(f"길이 제한을 넘는 글 — {over}", f"texts over a length limit — {over}")
    pieces = ", ".join(f"{printable(piece.text)} ×{piece.count}" for piece in tokens.unknown[:8])
    yield say(
        f"모르는 토큰 {tokens.num_unknown:,}개 ({100 * tokens.unknown_share:.2f} %), 글 {tokens.num_texts_with_unknown:,}개에",
        f"{tokens.num_unknown:,} unknown tokens ({100 * tokens.unknown_share:.2f} %) in {tokens.num_texts_with_unknown:,} texts",
    ) + (f": {pieces}" if pieces else "")


def suspect_table(report: SuspectReport, names: Mapping[str, str]) -> Table:
    """Return the strongest candidates for wrong labels."""
    headers = (
        say("줄", "line"),
        say("글", "text"),
        say("라벨", "label"),
        say("제안", "suggested"),
        say("확신", "sure"),
    )
    table = _table(*headers, right=(0, 4), cut=1)
    for column in table.columns[2:4]:
        column.no_wrap, column.max_width = True, LABEL_WIDTH
    for suspect in report.suspects[:MAX_SUSPECTS]:
        given, suggested = named(suspect.given, names), named(suspect.suggested, names)
        if report.has_several:
            suggested = changed_label(suspect.given, suspect.suggested, names)
        sure = f"{100 * suspect.suggested_probability:.1f} %"
        _add(table, str(suspect.row), printable(suspect.text), given, suggested, sure)
    return table


def changed_label(given: str, suggested: str, names: Mapping[str, str]) -> str:
    """Return the one label by which two sets differ: "+ 3 혐오욕설", "− 6 인종차별".

    >>> changed_label("3|6", "3", {"6": "인종차별"}), changed_label("-", "3", {})
    ('− 6 인종차별', '+ 3')
    """
    before, after = (set(labels.split("|")) - {NO_LABEL} for labels in (given, suggested))
    sign = "+" if after - before else "−"
    return f"{sign} " + "|".join(named(label, names) for label in sorted(before ^ after))


def suspect_lines(report: SuspectReport) -> Iterator[str]:
    """Yield how many candidates there are, and how far to trust them."""
    accuracy, majority = 100 * report.accuracy, 100 * report.majority
    yield say(
        f"라벨이 의심스러운 행 {len(report.suspects):,}개 (교차 검증한 단순 모델의 정확도 {accuracy:.1f} %, 가장 흔한 답만 하면 {majority:.1f} %)",
        f"{len(report.suspects):,} rows with a doubtful label (cross-validated accuracy of a simple model {accuracy:.1f} %, "
        f"of the commonest answer alone {majority:.1f} %)",
    )
    if not report.is_trustworthy:
        yield say(
            "모델이 거의 아무것도 배우지 못해 보여 줄 후보가 없습니다.",
            "the model has learnt next to nothing, so its candidates are not shown.",
        )


def step_table(steps: Sequence[StepReport]) -> Table:
    """Return how many rows each step dropped or changed."""
    table = _table(say("단계", "step"), say("뺀 행", "dropped"), say("고친 행", "changed"), right=(1, 2))
    for step in steps:
        number = f"{step.num_rows:,}"
        _add(table, step.title, *((number, "") if step.action == "dropped" else ("", number)))
    return table


def touched_table(steps: Sequence[StepReport]) -> Table:
    """Return the first rows that each step dropped or changed, and why."""
    headers = (say("단계", "step"), say("줄", "line"), say("글", "text"), say("라벨", "label"), say("까닭", "why"))
    table = _table(*headers, right=(1,), cut=2)
    table.columns[4].no_wrap, table.columns[4].max_width = True, REASON_WIDTH
    for step in steps:
        for row in step.rows:
            cells = (printable(row.text), printable(row.label or ""), printable(row.reason))
            _add(table, step.title, str(row.row), *cells)
    return table


def named(label: str, names: Mapping[str, str]) -> str:
    """Return a label as people call it, each part of several: "0 부정", "0 출신차별|3 혐오욕설"."""
    parts = label.split("|") if label not in names and "|" in label else [label]
    return "|".join(f"{part} {names[part]}" if names.get(part, part) != part else printable(part) for part in parts)


def printable(text: str) -> str:
    """Return a text on one line, without characters that a terminal would act on."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)


def _table(*headers: str, right: Sequence[int] = (), cut: int | None = None) -> Table:
    """Return a table whose columns in `right` hold numbers and whose column `cut` is cut to the width that is left."""
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="dim", show_edge=False, expand=cut is not None)
    for i, header in enumerate(headers):
        is_cut = i == cut
        table.add_column(
            Text(header),
            justify="right" if i in right else "left",
            no_wrap=is_cut or i in right,
            overflow="ellipsis",
            ratio=1 if is_cut else None,
        )
    return table


def _add(table: Table, *cells: str) -> None:
    """Add a row whose brackets are text, not markup."""
    table.add_row(*map(Text, cells))
