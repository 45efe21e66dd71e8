"""A data file written again with fewer rows: every column stays, texts are those of the examples that are left."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from malmoi.data.examples import TextExample
from malmoi.data.sources import Source
from malmoi.data.values import json_value, tidy_label
from malmoi.data.writers import PredictionWriter


def write_source_copy(source: Source, examples: Sequence[TextExample], path: Path) -> int:
    """Write the records of `source` that `examples` were read from, in their order; return their number.

    The format is that of the ending (.jsonl, .csv, .tsv). Columns of a file without a header are called by what they hold.
    Raises `DataError` for another ending and `DiskError` when the file cannot be written.
    """
    return _write(_records(source, {example.row: example for example in examples}, path), path)


def write_examples(examples: Sequence[TextExample], path: Path) -> int:
    """Write examples that come from no single file, such as a corpus's: id, text, pair and what was annotated."""
    fields = ("id", "text", "pair", "label", "labels", "score")
    used = [name for name in fields if any(getattr(example, name) is not None for example in examples)]
    return _write(({name: getattr(example, name) for name in used} for example in examples), path)


def _write(records: Iterator[dict[str, Any]], path: Path) -> int:
    with PredictionWriter(path, spreadsheet_safe=False) as writer:
        for record in records:
            writer.write(record)
    return writer.num_rows


def _records(source: Source, kept: dict[int, TextExample], path: Path) -> Iterator[dict[str, Any]]:
    is_table = path.suffix.lower() in (".csv", ".tsv")
    columns = column_names(source) if is_table or not source.is_keyed else ()
    text, pair, label = (source.key(place) for place in (source.roles.text, source.roles.pair, source.roles.label))
    for record in source.records(False):
        example = kept.get(record.row)
        if example is None:
            continue
        cells: dict[Any, Any] = dict(record.cells) if source.is_keyed else dict(enumerate(record.cells))
        cells[text] = example.text
        if pair is not None:
            cells[pair] = example.pair
        if isinstance(cells.get(label), str):
            cells[label] = tidy_label(cells[label])
        if not source.is_keyed:
            cells = dict(zip(columns, cells.values(), strict=True))
        elif is_table:
            cells = {name: cells.get(name) for name in columns}
        yield {name: json_value(value) for name, value in cells.items()}


def column_names(source: Source) -> tuple[str, ...]:
    """Return what the columns of all records are called when they are written again, each name once.

    JSON records are all read for it: a table needs its columns before its rows. Numbers, which stand for no name, become
    what the column of a table holds.
    """
    if source.kind == "parquet":
        return source.roles.names
    if source.is_keyed:
        return tuple(dict.fromkeys(key for record in source.records(False) for key in record.cells or ()))
    roles = source.roles
    if source.kind == "txt":
        return ("text",)
    names = list(roles.names)
    if names == [str(i + 1) for i in range(len(names))]:
        known = {roles.text: "text", roles.pair: "pair", roles.label: "label"}
        names = [known.get(i, f"column{name}") for i, name in enumerate(names)]
    unique: list[str] = []
    for i, name in enumerate(names):
        unique.append(numbered(name, {*names, *unique}, i + 1) if name in unique else name)
    return tuple(unique)


def numbered(name: str, taken: Collection[str], first: int = 2) -> str:
    """Return the name with the first number that makes it one of its own.

    >>> numbered("글", {"글", "글_2"})
    '글_3'
    """
    return next(new for number in itertools.count(first) if (new := f"{name}_{number}") not in taken)
