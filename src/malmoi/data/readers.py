r"""Data in any accepted form to examples, and rows of any number for prediction.

CSV, TSV, `;`, JSONL, JSON arrays, Parquet and plain text are recognised by content; encodings, delimiters, quoting and
columns are found and said in `Dataset.notes`. Bad rows are named by 1-based physical line and column.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "리뷰.csv"
    >>> _ = path.write_text("리뷰,감정\n배우 연기는 좋았어요,긍정\n지루해요,부정\n", encoding="utf-8")
    >>> example = read_dataset(path).examples[1]
    >>> example.text, example.label, example.row
    ('지루해요', '부정', 3)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from malmoi.data import json_records
from malmoi.data.cells import BadRow, CellReader, bad_rows_error, collect, describe
from malmoi.data.columns import Columns
from malmoi.data.copying import column_names
from malmoi.data.encoding import check_is_data_file
from malmoi.data.examples import Dataset, LabelKind
from malmoi.data.rules import Rules
from malmoi.data.sources import Source, open_source
from malmoi.data.values import BadCell
from malmoi.io import sha256


@dataclass(frozen=True, slots=True)
class InputRow:
    """One record to predict on: its 1-based physical line or record number, its texts, and all its cells by column.

    A blank line has text "". `problem` says why a bad row could not be read; it is None unless `skip_bad` was asked for.
    """

    number: int
    text: str
    pair: str | None = None
    cells: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None


def read_dataset(
    path: str | os.PathLike[str],
    columns: Columns = Columns(),  # noqa: B008 (frozen)
    *,
    labelled: bool = True,
    skip_bad: bool = False,
    limit: int | None = None,
    kind: LabelKind = "label",
    separator: str | None = None,
) -> Dataset:
    """Read a file of texts, or text pairs, with or without labels; `limit` stops after that many examples.

    `kind` says what a label cell holds: one "label", several "labels" (a JSON list, or parted by `separator`, which is
    found among | , ; when None; an empty cell means none) or a "score". Labels are trimmed; texts stay as they are.
    Without `labelled`, empty texts are left out and counted in the notes.
    Raises `DataError` that names up to 5 bad rows by line and column; `skip_bad` leaves such rows out and counts them.
    """
    rules = Rules(labelled=labelled, skip_bad=skip_bad, limit=limit, kind=kind, separator=separator)
    return read_examples(Path(path), columns, rules)


def read_examples(path: Path, columns: Columns, rules: Rules) -> Dataset:
    """Read a file under the given rules; see `read_dataset`."""
    source = open_source(path, columns, labelled=rules.labelled, skip_bad=rules.skip_bad)
    found = collect(source, rules)
    bad_rows = tuple(bad.row for bad in found.bad)
    return Dataset(found.examples, str(path), found.notes, sha256(path), len(bad_rows), bad_rows, source.roles.columns)


@dataclass(frozen=True)
class InputRows:
    """The rows of a file, read anew by every loop; `notes` say what was recognised."""

    source: Source
    skip_bad: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user: encoding, columns, quoting."""
        return self.source.notes

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys of the rows' cells, all of them; of JSON the records are read for it."""
        return column_names(self.source)

    @property
    def are_lines(self) -> bool:
        """Whether the file is plain text, each row a line of it."""
        return self.source.kind == "txt"

    @property
    def has_pairs(self) -> bool:
        """Whether a column holds second texts."""
        return self.source.roles.pair is not None

    def __iter__(self) -> Iterator[InputRow]:
        reader = CellReader(self.source, repair=True)
        names = () if self.source.is_keyed else column_names(self.source)
        for record in self.source.records(True):
            cells = dict(record.cells or {}) if self.source.is_keyed else _named(names, record.cells)
            try:
                if record.cells is not None and not record.cells:
                    yield InputRow(record.row, "", None, cells)
                    continue
                text, pair, _ = reader.cells(record)
            except BadCell as error:
                bad = BadRow(record.row, error.column, str(error))
                if not self.skip_bad:
                    raise bad_rows_error(self.source, [bad]) from error
                yield InputRow(record.row, "", None, cells, describe(self.source, bad))
            else:
                yield InputRow(record.row, text, pair, cells)


def _named(names: tuple[str, ...], cells: list[str] | None) -> dict[str, Any]:
    """Return the cells of a table's row by name, None for each in a row that has none."""
    return dict(zip(names, cells, strict=True)) if cells else dict.fromkeys(names)


def stream_rows(
    path: str | os.PathLike[str],
    columns: Columns = Columns(),  # noqa: B008 (frozen)
    *,
    skip_bad: bool = False,
) -> InputRows:
    """Return one `InputRow` for every line of text, row of a table or JSON record, blank lines included, in order.

    Memory stays constant except for JSON arrays (read whole, up to `JSON_LIMIT` bytes). Lone surrogates become U+FFFD.
    Raises `DataError` at once for an unusable file, and in the loop at the first bad row; with `skip_bad` such a row is
    yielded with text "" and a `problem`.
    """
    return InputRows(open_source(Path(path), columns, labelled=False, skip_bad=skip_bad), skip_bad)


def count_rows(path: str | os.PathLike[str]) -> int:
    """Return about how many rows a file holds, for progress: exact for Parquet, else its physical lines."""
    path = Path(path)
    check_is_data_file(path)
    if json_records.is_parquet(path):
        return json_records.parquet_num_rows(path)
    num_lines, last = 0, b"\n"
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            num_lines += block.count(b"\n")
            last = block[-1:]
    return num_lines + (last not in (b"\n", b"\0"))
