"""From records to examples: which cell is what, which rows cannot be used, and how the user hears of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

from malmoi.data.examples import TextExample
from malmoi.data.rules import Rules
from malmoi.data.sources import Source
from malmoi.data.tables import Record
from malmoi.data.targets import Target, TargetReader
from malmoi.data.values import BadCell, as_string, as_text
from malmoi.errors import DataError
from malmoi.messages import say

MAX_SHOWN = 5
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class BadRow:
    """An unusable row: its number, the column to blame (None: the row as a whole) and why."""

    row: int
    column: str | None
    problem: str


@dataclass(frozen=True)
class Collected:
    """What a source gave under its rules: examples, unusable rows, and notes about what was repaired."""

    examples: list[TextExample]
    bad: list[BadRow]
    notes: tuple[str, ...]


def collect(source: Source, rules: Rules) -> Collected:
    """Return the examples of a source; `DataError` for bad rows unless they may be skipped, and for no example at all."""
    reader = CellReader(source)
    targets = TargetReader(rules, (reader.label(record) for record in source.records(False)))
    examples: list[TextExample] = []
    bad: list[BadRow] = []
    num_empty = 0
    for record in source.records(False):
        try:
            text, pair, identity = reader.cells(record)
            if not text.strip() and not rules.keep_empty:
                if not rules.labelled:
                    num_empty += 1
                    continue
                raise BadCell(say("비어 있습니다", "empty"), reader.text_name)
            target = _read_target(reader, targets, record)
        except BadCell as error:
            bad.append(BadRow(record.row, error.column, str(error)))
            continue
        row = 0 if source.kind == "memory" else record.row
        examples.append(TextExample(text, pair, target.label, identity, row, target.labels, target.score))
        if rules.limit is not None and len(examples) >= rules.limit:
            break
    if bad and not (rules.skip_bad and examples):
        raise bad_rows_error(source, bad)
    if not examples:
        raise _no_examples(source, num_empty)
    notes = (*source.notes, *targets.notes(), *_count_notes(num_empty, len(bad)))
    return Collected(examples, bad, notes)


def _read_target(reader: CellReader, targets: TargetReader, record: Record) -> Target:
    try:
        return targets(reader.label(record))
    except BadCell as error:
        raise BadCell(str(error), reader.label_name) from error


class CellReader:
    """Takes text, pair and id out of records as strings, and the label as it stands there."""

    def __init__(self, source: Source, repair: bool = False) -> None:
        roles = source.roles
        self.repair = repair
        self.is_list = source.kind in ("table", "txt")
        self.keys = tuple(source.key(position) for position in (roles.text, roles.pair, roles.id))
        self.label_key = source.key(roles.label)
        self.names = roles.names
        self.text_name = roles.names[roles.text]
        self.label_name = roles.names[roles.label] if roles.label is not None else ""

    def cells(self, record: Record) -> tuple[str, str | None, str | None]:
        """Return (text, pair, id) of a record; raise `BadCell` when one cannot be used."""
        cells = record.cells
        if cells is None:
            raise BadCell(record.problem or "")
        text_key, pair_key, id_key = self.keys
        text = self._string(cells, text_key)
        pair = None if pair_key is None else self._string(cells, pair_key)
        identity = None if id_key is None else self._string(cells, id_key)
        if pair is not None and not pair.strip() and text.strip() and not self.repair:
            raise BadCell(say("비어 있습니다", "empty"), self._name(pair_key))
        return text, pair, identity

    def label(self, record: Record) -> Any:
        """Return the raw label cell, None when there is none."""
        if record.cells is None or self.label_key is None:
            return None
        return record.cells[self.label_key] if self.is_list else record.cells.get(self.label_key)

    def _string(self, cells: Any, key: Any) -> str:
        value = cells[key] if self.is_list else cells.get(key)
        if self.repair and isinstance(value, (list, dict)):  # a dialogue: whoever asks takes it from the cells
            return json.dumps(value, ensure_ascii=False)
        try:
            return _SURROGATE.sub("\ufffd", as_string(value)) if self.repair else as_text(value)
        except BadCell as error:
            raise BadCell(str(error), self._name(key)) from error

    def _name(self, key: Any) -> str:
        return self.names[key] if self.is_list else str(key)


class Place(Protocol):
    """What an error calls a source, and a format for its rows: "3번째 줄" / "line 3"."""

    @property
    def name(self) -> str:
        """The file's path."""

    @property
    def row_name(self) -> str:
        """The format."""


def describe(source: Place, bad: BadRow) -> str:
    """Return "3번째 줄, '감정' 열: 비어 있습니다" for a bad row."""
    where = source.row_name.format(bad.row)
    if bad.column is not None:
        where += say(f", '{bad.column}' 열", f", column '{bad.column}'")
    return f"{where}: {bad.problem}"


def list_problems(problems: list[str], num_bad: int) -> str:
    """Return the first problems as lines of their own, and how many more there are."""
    listed = "".join(f"\n  {problem}" for problem in problems[:MAX_SHOWN])
    more = num_bad - MAX_SHOWN
    return listed + (say(f"\n  … 외 {more}개", f"\n  … and {more} more") if more > 0 else "")


def bad_rows_error(source: Place, bad: list[BadRow]) -> DataError:
    """Return the error that lists up to `MAX_SHOWN` bad rows and says the fix."""
    listed = list_problems([describe(source, row) for row in bad[:MAX_SHOWN]], len(bad))
    return DataError(
        say(
            f"{source.name}: 쓸 수 없는 행이 {len(bad)}개 있습니다.{listed}\n파일을 고치거나 --skip-bad 로 그 행들을 빼고 진행하세요.",
            f"{source.name}: {len(bad)} unusable row(s).{listed}\nFix the file, or leave these rows out with --skip-bad.",
        )
    )


def _count_notes(num_empty: int, num_skipped: int) -> list[str]:
    notes = []
    if num_empty:
        notes.append(say(f"빈 글 {num_empty}개를 뺐습니다.", f"left out {num_empty} empty text(s)."))
    if num_skipped:
        notes.append(say(f"쓸 수 없는 행 {num_skipped}개를 뺐습니다.", f"left out {num_skipped} unusable row(s)."))
    return notes


def _no_examples(source: Source, num_empty: int) -> DataError:
    names = ", ".join(map(repr, source.roles.names))
    if num_empty:
        return DataError(say(f"{source.name}: 글이 모두 비어 있습니다.", f"{source.name}: all texts are empty."))
    return DataError(
        say(
            f"{source.name}, 1번째 줄: 열 이름만 있고 자료 행이 없습니다. 열: {names}",
            f"{source.name}, line 1: only a header, no data rows. Columns: {names}",
        )
    )
