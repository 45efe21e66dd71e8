"""From records to examples: which cell is what, which rows cannot be used, and how the user hears of them."""

from __future__ import annotations

import decimal
import json
import math
import re
from dataclasses import dataclass
from typing import Any

from malmoi.data.examples import TextExample
from malmoi.data.sources import Source
from malmoi.data.tables import Record, shorten
from malmoi.errors import DataError
from malmoi.messages import say

MAX_SHOWN = 5
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
_MISSING_TYPES = ("NAType", "NaTType")  # pandas, which is never imported here


@dataclass(frozen=True, slots=True)
class Rules:
    """What `read_examples` accepts: rows without label, bad rows (left out), empty texts (kept)."""

    labelled: bool = True
    skip_bad: bool = False
    keep_empty: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """An unusable row: its number, the column to blame (None: the row as a whole) and why."""

    row: int
    column: str | None
    problem: str


class BadCell(Exception):
    """A cell that cannot be used; caught by the reader that knows row and column."""

    def __init__(self, problem: str, column: str | None = None) -> None:
        super().__init__(problem)
        self.column = column


@dataclass(frozen=True)
class Collected:
    """What a source gave under its rules: examples, unusable rows, and notes about what was repaired."""

    examples: list[TextExample]
    bad: list[BadRow]
    notes: tuple[str, ...]


def collect(source: Source, rules: Rules) -> Collected:
    """Return the examples of a source; `DataError` for bad rows unless they may be skipped, and for no example at all."""
    reader = CellReader(source)
    examples: list[TextExample] = []
    bad: list[BadRow] = []
    num_trimmed = num_empty = 0
    for record in source.records(False):
        try:
            text, pair, label, identity = reader.cells(record)
            if not text.strip() and not rules.keep_empty:
                if not rules.labelled:
                    num_empty += 1
                    continue
                raise BadCell(say("비어 있습니다", "empty"), reader.text_name)
            if rules.labelled:
                trimmed = label.strip()
                num_trimmed += trimmed != label
                label = trimmed
                if not label:
                    raise BadCell(say("비어 있습니다", "empty"), reader.label_name)
        except BadCell as error:
            bad.append(BadRow(record.row, error.column, str(error)))
            continue
        row = 0 if source.kind == "memory" else record.row
        examples.append(TextExample(text, pair, label if rules.labelled else None, identity, row))
        if rules.limit is not None and len(examples) >= rules.limit:
            break
    if bad and not (rules.skip_bad and examples):
        raise bad_rows_error(source, bad)
    if not examples:
        raise _no_examples(source, num_empty)
    return Collected(examples, bad, (*source.notes, *_count_notes(num_trimmed, num_empty, len(bad))))


class CellReader:
    """Takes text, pair, label and id out of records, as strings."""

    def __init__(self, source: Source, repair: bool = False) -> None:
        roles = source.roles
        self.repair = repair
        self.is_list = source.kind in ("table", "txt")
        self.keys = tuple(source.key(position) for position in (roles.text, roles.pair, roles.label, roles.id))
        self.names = roles.names
        self.text_name = roles.names[roles.text]
        self.label_name = roles.names[roles.label] if roles.label is not None else ""

    def cells(self, record: Record) -> tuple[str, str | None, str, str | None]:
        """Return (text, pair, label, id) of a record; raise `BadCell` when one cannot be used."""
        cells = record.cells
        if cells is None:
            raise BadCell(record.problem or "")
        text_key, pair_key, label_key, id_key = self.keys
        text = self._string(cells, text_key)
        pair = None if pair_key is None else self._string(cells, pair_key)
        label = "" if label_key is None else self._string(cells, label_key)
        identity = None if id_key is None else self._string(cells, id_key)
        if pair is not None and not pair.strip() and text.strip() and not self.repair:
            raise BadCell(say("비어 있습니다", "empty"), self._name(pair_key))
        return text, pair, label, identity

    def _string(self, cells: Any, key: Any) -> str:
        value = cells[key] if self.is_list else cells.get(key)
        if not isinstance(value, str):
            try:
                value = as_string(value)
            except BadCell as error:
                raise BadCell(str(error), self._name(key)) from error
        if found := _NOT_TEXT.search(value):
            if self.repair and found[0] != "\0":
                return _NOT_TEXT.sub("\ufffd", value)
            if not self.repair:
                raise BadCell(_not_text(found[0], value), self._name(key))
        return value

    def _name(self, key: Any) -> str:
        return self.names[key] if self.is_list else str(key)


def as_string(value: Any) -> str:
    """Return a JSON, Parquet or Python value as a cell: "" for missing ones, "1" for 1 and 1.0, "true" for True."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if getattr(value, "ndim", None) == 0:  # a numpy scalar
        value = value.item()
    if type(value).__name__ in _MISSING_TYPES:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (int, str, decimal.Decimal)):
        return str(value)
    raise BadCell(say("글이나 수가 아닙니다", "neither text nor a number") + f": {shorten(value)}")


def describe(source: Source, bad: BadRow) -> str:
    """Return "3번째 줄, '감정' 열: 비어 있습니다" for a bad row."""
    where = source.row_name.format(bad.row)
    if bad.column is not None:
        where += say(f", '{bad.column}' 열", f", column '{bad.column}'")
    return f"{where}: {bad.problem}"


def bad_rows_error(source: Source, bad: list[BadRow]) -> DataError:
    """Return the error that lists up to `MAX_SHOWN` bad rows and says the fix."""
    listed = "".join(f"\n  {describe(source, row)}" for row in bad[:MAX_SHOWN])
    more = len(bad) - MAX_SHOWN
    listed += say(f"\n  … 외 {more}개", f"\n  … and {more} more") if more > 0 else ""
    return DataError(
        say(
            f"{source.name}: 쓸 수 없는 행이 {len(bad)}개 있습니다.{listed}\n파일을 고치거나 --skip-bad 로 그 행들을 빼고 진행하세요.",
            f"{source.name}: {len(bad)} unusable row(s).{listed}\nFix the file, or leave these rows out with --skip-bad.",
        )
    )


def _not_text(character: str, value: str) -> str:
    if character == "\0":
        return say("NUL 문자가 있습니다", "holds a NUL character") + f": {shorten(value)}"
    if "\udc80" <= character <= "\udcff":
        return say("UTF-8 이 아닌 바이트가 있습니다", "holds bytes that are not UTF-8") + f": {shorten(value)}"
    return say("짝이 없는 서로게이트 문자가 있습니다", "holds a lone surrogate") + f": {json.dumps(value)[:40]}"


def _count_notes(num_trimmed: int, num_empty: int, num_skipped: int) -> list[str]:
    notes = []
    if num_trimmed:
        notes.append(
            say(f"라벨 {num_trimmed}개의 앞뒤 공백을 뗐습니다.", f"trimmed spaces around {num_trimmed} label(s).")
        )
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
