"""How files and Python objects become examples of a shape that no single column holds: spans, answers, trees …

A shape reads records (the objects of JSONL, JSON arrays, `{"data": […]}`, Parquet, the rows of a table), and the formats
of its own that are written line by line (CoNLL). One record may give many examples: an article its questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from malmoi.data import json_records
from malmoi.data.cells import BadRow, bad_rows_error, describe
from malmoi.data.columns import Columns
from malmoi.data.encoding import bad_byte_error, check_is_data_file, detect_encoding, open_text, text_lines
from malmoi.data.examples import Dataset, Example, ShapeKind
from malmoi.data.memory import items_of
from malmoi.data.tables import Record, column_names, find_dialect, read_records, shorten
from malmoi.data.values import BadCell
from malmoi.errors import DataError
from malmoi.io import sha256
from malmoi.messages import say

_HEAD = 1 << 14  # characters by which a format is recognised
_MOST_ALIKE = 0.9  # of unusable rows have one reason where all of a file is something else

ReadRecord = Callable[[Mapping[str, Any], Columns, int], Iterable[Example | BadCell]]
ReadLines = Callable[[Iterator[str], Columns], Iterable[Example | BadRow]]


@dataclass(frozen=True)
class LineFormat:
    """A format written line by line: `recognises` the first characters of a file, `read` yields examples and bad rows.

    `columns` are what its columns may be called (`Columns`). `is_certain`: no plain text looks like it.
    """

    name: str
    recognises: Callable[[str], bool]
    read: ReadLines
    columns: tuple[str, ...] = ()
    is_certain: bool = True


@dataclass(frozen=True)
class Shape:
    """A shape's readers: `read_record(cells, columns, row)` yields the examples of a record, or `BadCell`s for unusable ones.

    A record of the shape's own JSON form is what `Prediction.to_dict` and the dataclass fields suggest; official forms are
    recognised by their keys. Unannotated records give examples without annotation. `forms` are two lines for people who brought
    something else.
    """

    kind: ShapeKind
    example_class: type[Example]
    read_record: ReadRecord
    forms: tuple[str, str]
    line_formats: tuple[LineFormat, ...] = ()


@dataclass(frozen=True)
class _Place:
    """What an error calls the source and its rows."""

    name: str
    row_name: str


@dataclass(frozen=True)
class _Opened:
    """A recognised source: its rows as examples and bad rows, what they are called, and what to tell the user."""

    place: _Place
    found: Iterable[Example | BadRow]
    notes: tuple[str, ...] = ()


def read_shape(path: Path, shape: Shape, columns: Columns, *, skip_bad: bool = False) -> Dataset:
    """Read a file of a shape; `DataError` names up to 5 bad rows by line or record, or `skip_bad` leaves them out and counts them."""
    opened = _open(Path(path), shape, columns, skip_bad)
    return replace(_collected(opened, shape, skip_bad, sha256(path)), columns=replace(columns, trained=None))


def is_annotated(path: Path, shape: Shape) -> bool:
    """Whether a file is written in a format of the shape's own, line by line, so that its lines are no texts."""
    check_is_data_file(path)
    encoding = detect_encoding(path)
    if json_records.is_parquet(path) or encoding.bad is not None:
        return False
    with open_text(path, encoding) as file:
        head = file.read(_HEAD)
    return any(own.is_certain and own.recognises(head) for own in shape.line_formats)


def shape_from_memory(data: Any, shape: Shape, columns: Columns, *, skip_bad: bool = False) -> Dataset:
    """Return a dataset of Python objects: the shape's own examples, or dicts as its JSON form has them, or a data frame."""

    def found() -> Iterator[Example | BadRow]:
        for number, item in enumerate(items_of(data), 1):
            if isinstance(item, shape.example_class):
                yield item
            elif isinstance(item, dict):
                yield from _of_record(Record(number, item), shape, columns, row=0)
            else:
                expected = say(
                    f"{shape.example_class.__name__} 이나 dict 이어야 합니다",
                    f"must be a {shape.example_class.__name__} or a dict",
                )
                yield BadRow(number, None, f"{expected}: {shorten(item)}")

    place = _Place(say("자료", "data"), say("{}번째 항목", "item {}"))
    return _collected(_Opened(place, found()), shape, skip_bad, "")


def _collected(opened: _Opened, shape: Shape, skip_bad: bool, fingerprint: str) -> Dataset:
    examples: list[Example] = []
    bad: list[BadRow] = []
    for item in opened.found:
        if isinstance(item, BadRow):
            bad.append(item)
        else:
            examples.append(item)
    name = opened.place.name
    if not examples and len(bad) > 1:
        (column, problem), number = Counter((row.column, row.problem) for row in bad).most_common(1)[0]
        if number > _MOST_ALIKE * len(bad):
            first = next(row for row in bad if (row.column, row.problem) == (column, problem))
            raise _other_shape(opened.place, first, len(bad), shape)
    if bad and not (skip_bad and examples):
        raise bad_rows_error(opened.place, bad)
    if not examples:
        raise DataError(say(f"{name}: 자료가 하나도 없습니다.", f"{name}: there are no examples."))
    skipped = [say(f"쓸 수 없는 것 {len(bad)}개를 뺐습니다.", f"left out {len(bad)} unusable one(s).")] if bad else []
    source = name if fingerprint else "memory"
    return Dataset(
        examples, source, (*opened.notes, *skipped), fingerprint, len(bad), tuple(dict.fromkeys(b.row for b in bad))
    )


def _other_shape(place: _Place, first: BadRow, number: int, shape: Shape) -> DataError:
    """Return the error for data of which no row is of the shape, nearly all for one reason: leaving rows out is no way out."""
    reason, forms = describe(place, first), "\n".join(f"  {form}" for form in shape.forms)
    return DataError(
        say(
            f"{place.name}: {number:,}개를 하나도 읽을 수 없습니다. 이 과제의 자료가 맞나요?\n  {reason}\n이런 꼴이어야 합니다:\n{forms}",
            f"{place.name}: none of {number:,} can be read. Is this data for the task?\n  {reason}\nExpected is:\n{forms}",
        )
    )


def _open(path: Path, shape: Shape, columns: Columns, skip_bad: bool) -> _Opened:
    check_is_data_file(path)
    record_name, line_name = say("{}번째 레코드", "record {}"), say("{}번째 줄", "line {}")
    if json_records.is_parquet(path):
        records = json_records.read_parquet(path)
        return _Opened(_Place(str(path), record_name), _of_records(records, shape, columns))
    encoding = detect_encoding(path)
    if encoding.bad is not None and not (skip_bad and encoding.can_skip):
        raise bad_byte_error(path, encoding)
    with open_text(path, encoding) as file:
        head = file.read(_HEAD)
    for line_format in shape.line_formats:
        if line_format.recognises(head):
            notes = (*encoding.notes, say(f"{line_format.name} 형식으로 읽었습니다.", f"read as {line_format.name}."))

            def lines() -> Iterator[str]:
                with open_text(path, encoding) as file:
                    yield from text_lines(file, path)

            return _Opened(
                _Place(str(path), line_name), line_format.read(lines(), columns.among(line_format.columns)), notes
            )
    kind = json_records.json_kind(path, encoding)
    if kind == "json":
        records = json_records.read_json(path, encoding)
        return _Opened(_Place(str(path), record_name), _of_records(records, shape, columns), encoding.notes)
    if kind == "jsonl":
        records = json_records.read_jsonl(path, encoding)
        return _Opened(_Place(str(path), line_name), _of_records(records, shape, columns), encoding.notes)
    dialect = find_dialect(path, encoding, columns)
    names = column_names(path, encoding, dialect)
    rows = (
        Record(r.row, None if r.cells is None else dict(zip(names, r.cells, strict=False)), r.problem)
        for r in read_records(path, encoding, dialect)
    )
    notes = (*encoding.notes, *dialect.notes)
    return _Opened(_Place(str(path), line_name), _of_records(rows, shape, columns), notes)


def _of_records(records: Iterable[Record], shape: Shape, columns: Columns) -> Iterator[Example | BadRow]:
    for record in records:
        yield from _of_record(record, shape, columns, record.row)


def _of_record(record: Record, shape: Shape, columns: Columns, row: int) -> Iterator[Example | BadRow]:
    if record.cells is None:
        yield BadRow(record.row, None, record.problem or "")
        return
    try:
        for found in shape.read_record(record.cells, columns.among(record.cells), row):
            yield BadRow(record.row, found.column, str(found)) if isinstance(found, BadCell) else found
    except BadCell as error:
        yield BadRow(record.row, error.column, str(error))
