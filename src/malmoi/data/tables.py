r"""Delimited text (CSV, TSV, ;, |) as records: delimiter, quoting and header are found by content.

One real instance, NSMC: `id\tdocument\tlabel`, tab-separated *with* standard quoting (`"그저 ""감동"" 뿐"`),
which a plain split would leave doubled. KorNLI in contrast writes quotes that are only characters: both must read right.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from malmoi.data.columns import Columns, is_number, is_number_choice
from malmoi.data.encoding import MAX_LINE, TextEncoding, open_text, text_lines
from malmoi.messages import say

DELIMITERS = ("\t", ",", ";", "|")
NO_DELIMITER = "\x1f"  # a file of one column: no delimiter ever matches
SAMPLE_ROWS = 500
SAMPLE_CHARS = 1 << 18
_SWALLOWED_LINES = 10  # a quoted field over more lines, in a file that is regular without quoting, is a stray quote


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file: `row` is its first physical line (or record number).

    `cells` is a list in the order of the columns, or a dict for JSON; None when the row is unusable, and `problem` says why.
    """

    row: int
    cells: Any
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited file is written; `width` is the number of columns of its first record."""

    delimiter: str
    quoting: bool
    width: int
    header: bool = True
    notes: tuple[str, ...] = ()


def find_dialect(path: Path, encoding: TextEncoding, columns: Columns) -> Dialect:
    """Find delimiter, quoting and header of a delimited file, in constant memory."""
    delimiter, width = find_delimiter(first_lines(path, encoding), columns)
    dialect = Dialect(delimiter, True, width)
    if encoding.has_quotes:
        dialect = _choose_quoting(path, encoding, dialect)
    rows = first_rows(read_records(path, encoding, replace(dialect, header=False)))
    dialect = replace(dialect, width=len(rows[0]) if rows else width)
    if not rows or not has_header(rows[0], rows[1:], columns):
        note = say(
            "첫 줄이 열 이름이 아니라 자료로 보여 자료로 읽었습니다 (열은 번호로 부릅니다).",
            "the first line looks like data, not column names, and was read as data (columns are called by number).",
        )
        dialect = replace(dialect, header=False, notes=(*dialect.notes, note))
    return dialect


def read_records(path: Path, encoding: TextEncoding, dialect: Dialect, *, keep_blank: bool = False) -> Iterator[Record]:
    """Yield every data row; a row with too many or too few fields, or a broken quote, has a `problem`.

    Blank lines are passed over unless `keep_blank`, which yields them with cells `[]`.
    """
    width = dialect.width
    with open_text(path, encoding) as file:
        reader = _csv_reader(file, path, dialect)
        is_first = dialect.header
        while True:
            row = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield Record(row, None, _quote_problem(row, reader.line_num, error))
                continue
            if cells is None:
                return
            if is_first:
                is_first = not cells
            elif len(cells) == width:
                yield Record(row, cells)
            elif cells:
                yield _ragged(row, reader.line_num, cells, dialect)
            elif keep_blank:
                yield Record(row, cells)


def column_names(path: Path, encoding: TextEncoding, dialect: Dialect) -> tuple[str, ...]:
    """Return the header's cells without surrounding spaces, or "1", "2", … for a file without a header."""
    if not dialect.header:
        return tuple(str(i + 1) for i in range(dialect.width))
    with open_text(path, encoding) as file:
        first: list[str] = next((cells for cells in _csv_reader(file, path, dialect) if cells), [])
    return tuple(name.strip() for name in first)


def first_lines(path: Path, encoding: TextEncoding) -> list[str]:
    """Return the first physical lines, at most `SAMPLE_ROWS` and not much over `SAMPLE_CHARS`."""
    with open_text(path, encoding) as file:
        return list(_sampled(text_lines(file, path), len))


def first_rows(records: Iterator[Record]) -> list[Any]:
    """Return the cells of the first readable records, at most `SAMPLE_ROWS` and not much over `SAMPLE_CHARS`."""
    readable = (record.cells for record in records if record.cells)
    return list(_sampled(readable, lambda cells: sum(len(str(cell)) for cell in cells)))


def split_line(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, quotes taken off."""
    rows = _lenient([line], delimiter)
    return rows[0] if rows else []


def find_delimiter(lines: Sequence[str], columns: Columns) -> tuple[str, int]:
    r"""Return the delimiter and the number of columns of the first record; `NO_DELIMITER` and 1 for a single column.

    A header with known names decides, else the delimiter that gives most rows as many fields as the first row.

    >>> find_delimiter(["문장;라벨\n", "좋아요, 정말;긍정\n"], Columns())
    (';', 2)
    """
    best, best_score = (NO_DELIMITER, 1), (0, 0.5)
    for delimiter in DELIMITERS:
        rows = [row for row in _lenient(lines, delimiter) if row]
        if not rows or len(rows[0]) < 2:
            continue
        cells = [cell.strip() for cell in rows[0]]
        num_known = sum(map(columns.knows, cells))
        regular = sum(len(row) == len(cells) for row in rows) / len(rows)
        if (num_known, regular) > best_score:
            best, best_score = (delimiter, len(cells)), (num_known, regular)
    return best


def has_header(first: Sequence[str], rest: Sequence[Sequence[str]], columns: Columns) -> bool:
    """Whether the first row holds column names: a wished name, a known one that is no value further down, or cells unlike those below."""
    names = [cell.strip() for cell in first]
    wished = [name for name in columns.named if not is_number_choice(name)]
    if wished:  # one that is missing gets its own error
        return True
    others = [cells for row in rest if (cells := [cell.strip() for cell in row]) != names]  # without a repeated header
    if known := [i for i, name in enumerate(names) if columns.knows(name)]:
        return any(all(cells[i] != names[i] for cells in others if i < len(cells)) for i in known)
    for i, name in enumerate(names):
        below = [row[i].strip() for row in rest if i < len(row)]
        repeats = 0 < len(set(below)) <= max(2, min(50, len(below) // 2))
        if repeats and (name in below or is_number(name)):
            return False
        if repeats and len(below) >= 4 and columns.label == str(i + 1):
            return True
        if below and all(map(is_number, below)):
            return not is_number(name)
    return not columns.named


def _lenient(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [line.rstrip("\r\n").split(delimiter) for line in lines]


def _csv_reader(file: Any, path: Path, dialect: Dialect) -> Any:
    csv.field_size_limit(MAX_LINE)  # process-wide, there is no other way; its default (131,072) is less than a book
    quoting: Any = csv.QUOTE_MINIMAL if dialect.quoting else csv.QUOTE_NONE
    return csv.reader(text_lines(file, path), delimiter=dialect.delimiter, quoting=quoting, strict=True)


def _sampled(items: Iterable[Any], size: Callable[[Any], int]) -> Iterator[Any]:
    """Yield items until there are enough for a guess, so that a few huge ones do not fill the memory."""
    num_chars = 0
    for item in itertools.islice(items, SAMPLE_ROWS):
        yield item
        num_chars += size(item)
        if num_chars > SAMPLE_CHARS:
            return


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a reading of the whole file gives: rows with a problem, rows of several lines, most lines in one row."""

    num_bad: int
    num_long: int
    longest: int
    first_long: int


def _choose_quoting(path: Path, encoding: TextEncoding, dialect: Dialect) -> Dialect:
    """Keep standard quoting when the whole file reads that way; else take quotes as characters if that reads better."""
    quoted = _try(path, encoding, dialect)
    plain_dialect = replace(dialect, quoting=False)
    is_suspicious = quoted.num_bad > 0 or (quoted.longest >= _SWALLOWED_LINES and dialect.width > 1)
    if is_suspicious:
        plain = _try(path, encoding, plain_dialect)
        if plain.num_bad < quoted.num_bad or (quoted.num_bad == plain.num_bad == 0):
            note = say(
                "따옴표를 CSV 인용 부호가 아니라 글자로 읽었습니다.",
                "quotes were read as characters, not as CSV quoting.",
            )
            return replace(plain_dialect, notes=(note,))
    if quoted.num_long:
        note = say(
            f"{quoted.num_long}개 행의 글에 줄바꿈이 있습니다 (첫 번째: {quoted.first_long}번째 줄).",
            f"{quoted.num_long} row(s) hold line breaks inside quotes (the first at line {quoted.first_long}).",
        )
        return replace(dialect, notes=(note,))
    return dialect


def _try(path: Path, encoding: TextEncoding, dialect: Dialect) -> _Trial:
    num_bad = num_long = longest = first_long = 0
    width, delimiter_free = dialect.width, dialect.delimiter == NO_DELIMITER
    with open_text(path, encoding) as file:
        reader = _csv_reader(file, path, dialect)
        before = 0
        while True:
            try:
                cells = next(reader, None)
                if cells is None:
                    break
                if cells and len(cells) != width and not delimiter_free:
                    num_bad += not _has_only_empty_surplus(cells, width)
            except csv.Error:
                num_bad += 1
            span = reader.line_num - before
            before = reader.line_num
            if span > 1:
                num_long += 1
                longest = max(longest, span)
                first_long = first_long or before - span + 1
    return _Trial(num_bad, num_long, longest, first_long)


def _has_only_empty_surplus(cells: Sequence[str], width: int) -> bool:
    return len(cells) > width and not any(map(str.strip, cells[width:]))


def _ragged(row: int, last_line: int, cells: list[str], dialect: Dialect) -> Record:
    """Return the record of a row with another number of fields than the first; surplus empty ones are fine."""
    width = dialect.width
    if _has_only_empty_surplus(cells, width):
        return Record(row, cells[:width])
    ko, en = f"칸이 {len(cells)}개입니다 (열은 {width}개)", f"{len(cells)} fields, but there are {width} columns"
    if last_line > row:
        ko += f"; {row}–{last_line}번째 줄이 한 행으로 읽혔으니 닫히지 않은 따옴표를 확인하세요"
        en += f"; lines {row}–{last_line} read as one row, so look for an unclosed quote"
    elif len(cells) > width:
        name = {"\t": say("탭", "a tab")}.get(dialect.delimiter, f"'{dialect.delimiter}'")
        ko += f"; 글 속에 {name} 문자가 있으면 그 칸을 큰따옴표로 감싸세요"
        en += f"; if the text holds {name}, put that cell in double quotes"
    return Record(row, None, say(ko, en) + f": {shorten(dialect.delimiter.join(cells))}")


def _quote_problem(row: int, last_line: int, error: csv.Error) -> str:
    if "unexpected end" in str(error) or "field larger" in str(error):
        return say(
            f"여기서 연 따옴표가 {last_line}번째 줄까지 닫히지 않습니다",
            f"a quote opened here is not closed by line {last_line}",
        )
    return say(
        '닫는 따옴표 뒤에 글자가 있습니다 (글 속의 따옴표는 ""로 두 번 쓰세요)',
        'there is text after a closing quote (write a quote inside a text twice, "")',
    ) + (say(f", {row}–{last_line}번째 줄", f", lines {row}–{last_line}") if last_line > row else "")


def shorten(value: Any, length: int = 40) -> str:
    """Return a value's repr, cut to `length` characters, for messages."""
    shown = repr(value) if not isinstance(value, str) else repr(value[: length + 1])
    return shown if len(shown) <= length else shown[:length] + "…'"
