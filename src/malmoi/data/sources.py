"""A data file of any accepted format, opened as records with named columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from malmoi.data import json_records
from malmoi.data.columns import Columns, Roles, choose_roles
from malmoi.data.encoding import (
    TextEncoding,
    bad_byte_error,
    check_is_data_file,
    detect_encoding,
    open_text,
    text_lines,
)
from malmoi.data.squad import flat_records
from malmoi.data.tables import (
    DELIMITERS,
    NO_DELIMITER,
    Record,
    column_names,
    find_delimiter,
    find_dialect,
    first_lines,
    first_rows,
    read_records,
    split_line,
)
from malmoi.errors import DataError
from malmoi.messages import say

Kind = Literal["table", "jsonl", "json", "parquet", "txt", "memory"]


@dataclass(frozen=True)
class Source:
    """A recognised file: `records(keep_blank)` reads it anew, `roles` says which column is what."""

    name: str
    kind: Kind
    roles: Roles
    notes: tuple[str, ...]
    records: Callable[[bool], Iterator[Record]]

    @property
    def row_name(self) -> str:
        """A format for row numbers: "3번째 줄" / "line 3", a record of a JSON array or Parquet, an item in memory."""
        if self.kind == "memory":
            return say("{}번째 항목", "item {}")
        if self.kind in ("json", "parquet"):
            return say("{}번째 레코드", "record {}")
        return say("{}번째 줄", "line {}")

    @property
    def is_keyed(self) -> bool:
        """Whether the cells of a record are a dict by name; else they are a list."""
        return self.kind not in ("table", "txt")

    def key(self, position: int | None) -> Any:
        """Return what indexes a record's cells: a position for lists, a name for JSON objects."""
        if position is None or not self.is_keyed:
            return position
        return self.roles.names[position]


def open_source(path: Path, columns: Columns, *, labelled: bool, skip_bad: bool | None = False) -> Source:
    """Recognise a file by its content and choose its columns; `DataError` when it cannot be read as data.

    `skip_bad` None is for readers that never leave a row out, so that no message proposes it.
    """
    path = Path(path)
    check_is_data_file(path)
    if json_records.is_parquet(path):
        names = json_records.parquet_names(path)
        return keyed_source(
            str(path), "parquet", names, columns, (), lambda keep: json_records.read_parquet(path), labelled
        )
    encoding = detect_encoding(path)
    if encoding.bad is not None and not (skip_bad and encoding.can_skip):
        raise bad_byte_error(path, encoding, may_skip=skip_bad is not None)
    _check_not_blank(path, encoding)
    kind = json_records.json_kind(path, encoding)
    if kind == "jsonl":
        return _open_jsonl(path, encoding, columns, labelled)
    if kind == "json":
        return _open_json(path, encoding, columns, labelled)
    if not labelled and _is_plain_text(path, encoding, columns):
        return _open_txt(path, encoding)
    return _open_table(path, encoding, columns, labelled)


def _open_txt(path: Path, encoding: TextEncoding) -> Source:
    roles = Roles((say("텍스트", "text"),), 0, None, None, None)
    notes = encoding.notes
    if all("\t" in line for line in first_lines(path, encoding) if not line.isspace()):
        note = say(
            "줄마다 탭이 있지만 한 줄을 한 글로 읽었습니다. 열로 읽으려면 --text 로 열을 지정하세요 (예: --text 2).",
            "every line holds a tab, but was read as one text. To read columns, name one with --text (such as --text 2).",
        )
        notes = (*notes, note)
    return Source(str(path), "txt", roles, notes, lambda keep: _read_txt(path, encoding, keep_blank=keep))


def _open_table(path: Path, encoding: TextEncoding, columns: Columns, labelled: bool) -> Source:
    dialect = find_dialect(path, encoding, columns)
    names = column_names(path, encoding, dialect)

    def records(keep_blank: bool) -> Iterator[Record]:
        return read_records(path, encoding, dialect, keep_blank=keep_blank)

    sample = first_rows(records(False))
    if labelled and dialect.width == 1:
        marks = " ".join(DELIMITERS).strip()
        raise DataError(
            say(
                f"{path}, 1번째 줄: 열이 하나뿐이라 라벨 열이 없습니다 (살펴본 구분자: {marks} 탭). 있는 열: {names[0]!r}",
                f"{path}, line 1: only one column, so there is no label (looked for {marks} and tabs). Found: {names[0]!r}",
            )
        )
    roles = choose_roles(str(path), names, columns, sample, labelled=labelled, header=dialect.header)
    return Source(str(path), "table", roles, (*encoding.notes, *dialect.notes, *roles.notes), records)


def _open_jsonl(path: Path, encoding: TextEncoding, columns: Columns, labelled: bool) -> Source:
    def records(keep_blank: bool) -> Iterator[Record]:
        return json_records.read_jsonl(path, encoding, keep_blank=keep_blank)

    names = json_records.key_names(records(False))
    if not names and (first := next(records(False), None)):
        raise DataError(f"{path}, " + say(f"{first.row}번째 줄: {first.problem}", f"line {first.row}: {first.problem}"))
    return keyed_source(str(path), "jsonl", names, columns, encoding.notes, records, labelled)


def _open_json(path: Path, encoding: TextEncoding, columns: Columns, labelled: bool) -> Source:
    read = list(flat_records(json_records.read_json(path, encoding)))
    names = json_records.key_names(iter(read))
    if not names:
        reason = read[0].problem if read else say("빈 배열입니다", "an empty array")
        raise DataError(f"{path}, " + say(f"1번째 레코드: {reason}", f"record 1: {reason}"))
    return keyed_source(str(path), "json", names, columns, encoding.notes, lambda keep: iter(read), labelled)


def keyed_source(
    name: str,
    kind: Kind,
    names: tuple[str, ...],
    columns: Columns,
    notes: tuple[str, ...],
    records: Callable[[bool], Iterator[Record]],
    labelled: bool,
) -> Source:
    """Return the source of records that are dicts; the sample for guesses is read as strings."""
    sample = [[str(cells.get(key, "")) for key in names] for cells in first_rows(records(False))]
    roles = choose_roles(name, names, columns, sample, labelled=labelled, header=True)
    return Source(name, kind, roles, (*notes, *roles.notes), records)


def _read_txt(path: Path, encoding: TextEncoding, *, keep_blank: bool) -> Iterator[Record]:
    with open_text(path, encoding) as file:
        for row, line in enumerate(text_lines(file, path), 1):
            text = line.rstrip("\r\n")
            if text.strip() or keep_blank:
                yield Record(row, [text])


def _is_plain_text(path: Path, encoding: TextEncoding, columns: Columns) -> bool:
    """Whether an unlabelled file is one text a line: no column is asked for, none is named in the first line."""
    if columns.named or path.suffix.lower() in (".csv", ".tsv"):
        return False
    lines = first_lines(path, encoding)
    delimiter, _ = find_delimiter(lines, columns)
    if delimiter == NO_DELIMITER and path.suffix.lower() == ".txt":
        return True
    return not any(columns.knows(cell.strip()) for cell in split_line(lines[0], delimiter))


def _check_not_blank(path: Path, encoding: TextEncoding) -> None:
    with open_text(path, encoding) as file:
        if all(line.isspace() for line in text_lines(file, path)):
            raise DataError(say(f"{path}: 빈 줄뿐인 파일입니다.", f"{path}: the file holds only blank lines."))
