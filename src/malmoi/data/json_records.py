"""JSON Lines, JSON arrays, `{"data": [...]}` and Parquet as records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from malmoi.data.encoding import TextEncoding, open_text, text_lines
from malmoi.data.tables import Record, first_rows, shorten
from malmoi.errors import DataError, MissingExtra
from malmoi.messages import say

JSON_LIMIT = 256 << 20  # bytes; an array is read whole, and takes about ten times its size in memory
PARQUET_BATCH = 4096
_FIRST_LINE = 1 << 22  # characters of a first line that are tried as JSON; longer ones are told by the file's ending
_STRING_COLUMN = "text"


def json_kind(path: Path, encoding: TextEncoding) -> str | None:
    """Return "jsonl" or "json" when the content is JSON, None when it only may start like it ("[단독] 기사 제목")."""
    with open_text(path, encoding) as file:
        start = file.read(1 << 12).lstrip()
        if start.startswith("{"):
            start += file.readline(_FIRST_LINE) + file.read(1 << 16)
    named_json = path.suffix.lower() in (".json", ".jsonl", ".ndjson")
    if start.startswith("["):
        inner = start[1:].lstrip()[:1]
        return "json" if named_json or inner in tuple('{["]') else None
    if not start.startswith("{"):
        return "jsonl" if named_json else None
    line, _, rest = start.partition("\n")
    if _is_object(line) and (rest.strip() or not _holds_rows(json.loads(line))):
        return "jsonl"
    after = start[1:].lstrip()[:1]
    if after not in ('"', "}") and not named_json:
        return None
    return "jsonl" if path.suffix.lower() in (".jsonl", ".ndjson") or _looks_like_lines(start) else "json"


def read_jsonl(path: Path, encoding: TextEncoding, *, keep_blank: bool = False) -> Iterator[Record]:
    """Yield one record a line; a line that does not parse, or is no object, has a `problem` naming the column."""
    with open_text(path, encoding) as file:
        for row, line in enumerate(text_lines(file, path), 1):
            if line.isspace():
                if keep_blank:
                    yield Record(row, {})
                continue
            try:
                value = json.loads(line)
            except json.JSONDecodeError as error:
                yield Record(row, None, _not_json(error.colno, error.msg, line))
            except (RecursionError, ValueError):
                yield Record(row, None, _not_json(1, say("너무 깊거나 긴 값", "too deep or too long a value"), line))
            else:
                yield _record(row, value)


def read_json(path: Path, encoding: TextEncoding) -> Iterator[Record]:
    """Yield the records of a JSON array, or of the array under "data" (or the only array) of an object."""
    if path.stat().st_size > JSON_LIMIT:
        limit = JSON_LIMIT >> 20
        raise DataError(
            say(
                f"{path}: {limit} MB 를 넘는 JSON 배열은 읽지 않습니다. 한 줄에 한 건인 JSONL 로 바꿔 주세요.",
                f"{path}: a JSON array of over {limit} MB is not read. Convert it to JSONL, one record a line.",
            )
        )
    with open_text(path, encoding) as file:
        text = file.read()
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(_where(path, error.lineno, error.colno, error.msg, text[error.pos : error.pos + 40])) from error
    except (RecursionError, ValueError) as error:
        reason = say("너무 깊거나 긴 값이 있습니다", "a value is too deep or too long")
        raise DataError(_where(path, 1, 1, reason, text[:40])) from error
    rows = _rows(value)
    if rows is None:
        keys = ", ".join(map(repr, list(value)[:10])) if isinstance(value, dict) else shorten(value)
        raise DataError(
            say(
                f'{path}, 1번째 줄: 객체의 배열 [{{"text": …, "label": …}}, …] 이 아닙니다. 있는 것: {keys}',
                f'{path}, line 1: not an array of objects [{{"text": …, "label": …}}, …]. Found: {keys}',
            )
        )
    for row, item in enumerate(rows, 1):
        yield _record(row, item)


def is_parquet(path: Path) -> bool:
    """Whether a file starts with Parquet's magic number."""
    with open(path, "rb") as file:
        return file.read(4) == b"PAR1"


def parquet_names(path: Path) -> tuple[str, ...]:
    """Return the columns of a Parquet file; `DataError` when it is damaged, `MissingExtra` without pyarrow."""
    return tuple(_parquet_file(path).schema_arrow.names)


def parquet_num_rows(path: Path) -> int:
    """Return the rows of a Parquet file from its footer."""
    return int(_parquet_file(path).metadata.num_rows)


def read_parquet(path: Path) -> Iterator[Record]:
    """Yield the rows of a Parquet file in batches of `PARQUET_BATCH`."""
    row = 0
    file = _parquet_file(path)
    try:
        for batch in file.iter_batches(batch_size=PARQUET_BATCH):
            for cells in batch.to_pylist():
                row += 1
                yield Record(row, cells)
    except OSError as error:
        raise _damaged_parquet(path, error) from error


def key_names(records: Iterator[Record]) -> tuple[str, ...]:
    """Return the keys of the first JSON records in order of appearance."""
    names: dict[str, None] = {}
    for cells in first_rows(records):
        names.update(dict.fromkeys(cells))
    return tuple(names)


def _parquet_file(path: Path) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("pyarrow", "train") from error
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise _damaged_parquet(path, error) from error


def _damaged_parquet(path: Path, error: Exception) -> DataError:
    reason = str(error).split("\n")[0]
    return DataError(
        say(f"{path}: 손상된 Parquet 파일입니다 ({reason}).", f"{path}: a damaged Parquet file ({reason}).")
    )


def _record(row: int, value: Any) -> Record:
    if isinstance(value, dict):
        return Record(row, value)
    if isinstance(value, str):
        return Record(row, {_STRING_COLUMN: value})
    return Record(row, None, say("JSON 객체가 아닙니다", "not a JSON object") + f": {shorten(value)}")


def _rows(value: Any) -> list[Any] | None:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("data"), list):
        return value["data"]
    lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
    return lists[0] if len(lists) == 1 else None


def _holds_rows(value: dict[str, Any]) -> bool:
    rows = _rows(value)
    return rows is not None and all(isinstance(item, dict) for item in rows)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _looks_like_lines(start: str) -> bool:
    """Whether a file with a broken first line is JSONL: another early line is an object of its own."""
    return any(_is_object(line) for line in start.split("\n", 20)[1:20] if line.startswith("{"))


def _not_json(column: int, reason: str, line: str) -> str:
    start = max(0, column - 1)
    return (
        say(f"JSON 으로 읽을 수 없습니다 ({column}번째 글자: {reason})", f"not JSON (character {column}: {reason})")
        + f": {shorten(line[start : start + 60])}"
    )


def _where(path: Path, line: int, column: int, reason: str, near: str) -> str:
    return say(
        f"{path}, {line}번째 줄 {column}번째 글자: JSON 으로 읽을 수 없습니다 ({reason}): {shorten(near)}",
        f"{path}, line {line} column {column}: not JSON ({reason}): {shorten(near)}",
    )
