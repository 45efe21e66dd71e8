"""A data file written again with fewer rows: every column stays, texts are those of the examples that are left."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from malmoi.data.examples import TextExample
from malmoi.data.sources import Source
from malmoi.data.writers import PredictionWriter

_JSON_TYPES = (str, int, float, bool, list, dict, type(None))


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
    names = _names(source)
    is_keyed = source.kind not in ("table", "txt")
    columns = _all_keys(source) if is_keyed and path.suffix.lower() in (".csv", ".tsv") else None
    text, pair, label = (source.key(place) for place in (source.roles.text, source.roles.pair, source.roles.label))
    for record in source.records(False):
        example = kept.get(record.row)
        if example is None:
            continue
        cells: dict[Any, Any] = dict(record.cells) if is_keyed else dict(enumerate(record.cells))
        cells[text] = example.text
        if pair is not None:
            cells[pair] = example.pair
        if isinstance(cells.get(label), str):
            cells[label] = cells[label].strip()
        if not is_keyed:
            cells = {names[position]: value for position, value in cells.items()}
        elif columns is not None:
            cells = {name: cells.get(name) for name in columns}
        yield {name: _plain(value) for name, value in cells.items()}


def _names(source: Source) -> tuple[str, ...]:
    """Return the names of a table's columns, each once; numbers, which stand for no name, become what the column holds."""
    roles = source.roles
    names = list(roles.names)
    if names == [str(i + 1) for i in range(len(names))]:
        known = {roles.text: "text", roles.pair: "pair", roles.label: "label"}
        names = [known.get(i, f"column{name}") for i, name in enumerate(names)]
    return tuple(name if names.index(name) == i else f"{name}_{i + 1}" for i, name in enumerate(names))


def _all_keys(source: Source) -> list[str]:
    """Return the keys of all JSON records in order of appearance, for a table needs its columns before its rows."""
    return list(dict.fromkeys(key for record in source.records(False) for key in record.cells or ()))


def _plain(value: Any) -> Any:
    """Return a value that JSON has: Parquet also knows dates and NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, _JSON_TYPES) else str(value)
