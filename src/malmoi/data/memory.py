"""Examples from Python objects: strings, tuples, dicts, `TextExample`s, pandas and polars frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from malmoi.data.cells import collect
from malmoi.data.columns import Columns
from malmoi.data.examples import Dataset, LabelKind, TextExample
from malmoi.data.json_records import key_names
from malmoi.data.rules import Rules
from malmoi.data.sources import Source, keyed_source
from malmoi.data.tables import Record, shorten
from malmoi.errors import DataError
from malmoi.messages import say

_TUPLES = {1: ("text",), 2: ("text", "label"), 3: ("text", "pair", "label")}


def from_memory(
    data: Any,
    columns: Columns = Columns(),  # noqa: B008 (frozen)
    *,
    labelled: bool = True,
    skip_bad: bool = False,
    kind: LabelKind = "label",
    separator: str | None = None,
) -> Dataset:
    """Return a dataset of Python objects: a list of strings, (text, label) or (text, pair, label), dicts, examples, or a frame.

    `kind` and `separator` say what a label is, as for `read_dataset`. Raises `DataError` that names items by 1-based position.

    >>> from_memory([("재밌어요", "긍정"), ("지루해요", "부정")]).examples[1].label
    '부정'
    """
    if isinstance(data, Dataset):
        return data
    records = [_record(i, item) for i, item in enumerate(items_of(data), 1)]
    if not records:
        raise DataError(say("자료가 비어 있습니다.", "the data is empty."))
    source = _source(records, columns, labelled=labelled)
    found = collect(source, Rules(labelled=labelled, skip_bad=skip_bad, kind=kind, separator=separator))
    bad_rows = tuple(bad.row for bad in found.bad)
    return Dataset(found.examples, "memory", found.notes, "", len(bad_rows), bad_rows, source.roles.columns)


def items_of(data: Any) -> Iterable[Any]:
    """Return the rows of a list or a data frame (known by its methods, so neither library is imported)."""
    if hasattr(data, "columns") and hasattr(data, "to_dicts"):  # polars
        return data.to_dicts()
    if hasattr(data, "columns") and hasattr(data, "to_dict"):  # pandas
        return data.to_dict("records")
    if isinstance(data, (str, bytes, dict)) or not isinstance(data, Iterable):
        raise DataError(
            say(
                f"목록이나 데이터프레임이 필요한데 {type(data).__name__} 입니다: {shorten(data)}",
                f"expected a list or a data frame, not {type(data).__name__}: {shorten(data)}",
            )
        )
    return data


def _record(number: int, item: Any) -> Record:
    if isinstance(item, str):
        return Record(number, {"text": item})
    if isinstance(item, TextExample):
        cells = {"text": item.text, "pair": item.pair, "label": _annotated(item), "id": item.id}
        return Record(number, {name: value for name, value in cells.items() if value is not None})
    if isinstance(item, dict):
        return Record(number, {str(name): value for name, value in item.items()})
    if isinstance(item, (tuple, list)) and len(item) in _TUPLES:
        return Record(number, dict(zip(_TUPLES[len(item)], item, strict=True)))
    expected = say("글, (글, 라벨), dict 중 하나여야 합니다", "must be a text, (text, label) or a dict")
    return Record(number, None, f"{expected}: {shorten(item)}")


def _annotated(example: TextExample) -> Any:
    """Return the label, the labels or the score of an example, whichever there is."""
    return next((value for value in (example.label, example.labels, example.score) if value is not None), None)


def _source(records: list[Record], columns: Columns, *, labelled: bool) -> Source:
    def read(keep_blank: bool) -> Iterator[Record]:
        return iter(records)

    names = key_names(iter(records))
    if not names:
        raise DataError(say(f"1번째 항목: {records[0].problem}", f"item 1: {records[0].problem}"))
    return keyed_source(say("자료", "data"), "memory", names, columns, (), read, labelled)
