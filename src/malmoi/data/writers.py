"""Predictions to files: JSONL, or CSV and TSV that a spreadsheet opens without running anything; never half a file."""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from malmoi.errors import DataError
from malmoi.io import atomic_path
from malmoi.messages import say

FORMATS = (".jsonl", ".ndjson", ".csv", ".tsv")
# OWASP "CSV injection": what makes a spreadsheet take a cell for a formula, full-width forms included
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_NEGATIVE = re.compile(r"-\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)  # a number, as it stands in a copied cell


class PredictionWriter:
    """Writes one dict a line, in the format of the file's ending; `-` writes JSONL to standard output.

    Use as a context manager: the file appears under its name only when the block ends without an exception. A CSV's
    columns are the keys of the first row (later rows may lack some); lists and dicts become JSON text. Raises `DataError`
    for an unknown ending and `DiskError` when there is no space or no permission. Without `spreadsheet_safe` cells are
    written as they are, for data that is read again.
    """

    def __init__(self, path: str | os.PathLike[str], *, spreadsheet_safe: bool = True) -> None:
        self.path = Path(path)
        self.spreadsheet_safe = spreadsheet_safe
        self.is_stdout = str(path) == "-"
        suffix = self.path.suffix.lower()
        if not self.is_stdout and suffix not in FORMATS:
            raise DataError(
                say(
                    f"{path}: 출력 형식을 알 수 없습니다. 이름을 {', '.join(FORMATS)} 중 하나로 끝내거나 - (표준 출력)를 쓰세요.",
                    f"{path}: unknown output format. End the name in one of {', '.join(FORMATS)}, or use - (standard output).",
                )
            )
        self.delimiter = {".csv": ",", ".tsv": "\t"}.get(suffix)
        self.num_rows = 0
        self._stack = ExitStack()
        self._file: TextIO | None = None
        self._table: csv.DictWriter[str] | None = None

    @property
    def is_table(self) -> bool:
        """Whether all rows have the columns of the first."""
        return self.delimiter is not None

    def __enter__(self) -> PredictionWriter:
        if self.is_stdout:
            self._file = sys.stdout
            return self
        temporary = self._stack.enter_context(atomic_path(self.path))
        # Excel takes a CSV for UTF-8 only with a BOM; a lone surrogate becomes \udxxx, which is the JSON escape too
        encoding = "utf-8-sig" if self.delimiter == "," else "utf-8"
        opened = open(temporary, "w", encoding=encoding, errors="backslashreplace", newline="")
        self._file = self._stack.enter_context(opened)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if self.is_stdout:
            sys.stdout.flush()
        self._file = None
        return self._stack.__exit__(kind, error, trace)

    def write(self, values: Mapping[str, Any]) -> None:
        """Write one row; `ValueError` for NaN and for a CSV column that the first row did not have."""
        assert self._file is not None, "PredictionWriter is used outside its with block"
        if self.delimiter is None:
            self._write_json(values)
        else:
            self._write_cells(values)
        self.num_rows += 1

    def _write_json(self, values: Mapping[str, Any]) -> None:
        assert self._file is not None
        line = json.dumps(dict(values), ensure_ascii=False, allow_nan=False) + "\n"
        buffer = getattr(self._file, "buffer", None) if self.is_stdout else None
        if buffer is None:
            self._file.write(line)
        else:  # JSONL is UTF-8 whatever the terminal's encoding
            self._file.flush()
            buffer.write(line.encode("utf-8", "backslashreplace"))

    def _write_cells(self, values: Mapping[str, Any]) -> None:
        assert self._file is not None and self.delimiter is not None
        if self._table is None:
            self._table = csv.DictWriter(self._file, list(values), delimiter=self.delimiter, lineterminator="\r\n")
            self._table.writerow({name: self._cell(name) for name in values})
        self._table.writerow({name: self._cell(value) for name, value in values.items()})

    def _cell(self, value: Any) -> Any:
        """Return a value as a cell; text that a spreadsheet would take for a formula gets a leading apostrophe."""
        if isinstance(value, (list, tuple, dict)):
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
        is_formula = isinstance(value, str) and value.startswith(_FORMULA_STARTS) and not _NEGATIVE.fullmatch(value)
        return "'" + value if self.spreadsheet_safe and is_formula else value
