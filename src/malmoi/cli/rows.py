"""Rows to predict on, from a file or a pipe, and their answers, a few thousand in memory at a time."""

from __future__ import annotations

import codecs
import itertools
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from malmoi.data.answer_rows import RowLayout, row_layout
from malmoi.data.columns import Columns
from malmoi.data.examples import ExampleKind
from malmoi.data.readers import InputRow, count_rows, stream_rows
from malmoi.data.shapes import SHAPES, is_annotated, read_shape
from malmoi.errors import DataError
from malmoi.messages import say

CHUNK = 2048


@dataclass(frozen=True)
class RowSource:
    """Rows in order: `chunks()` yields lists of them; `is_live` when somebody may wait for each answer.

    `are_lines`: the rows are lines of plain text.
    `columns` are those that the output keeps; what an answer repeats of them (`held`: its text, its pair) it leaves out.
    """

    name: str
    chunks: Callable[[], Iterator[list[InputRow]]]
    total: int
    notes: tuple[str, ...] = ()
    is_live: bool = False
    are_lines: bool = False
    skip_bad: bool = False
    columns: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The output's row for one row of the input; every part of the answer is None for a blank row and for one with a `problem`."""

    values: dict[str, Any]
    is_blank: bool
    problem: str | None


def open_input(
    file: str | None, columns: Columns, pair: str | None, *, skip_bad: bool, only_answers: bool
) -> RowSource:
    """Return the rows of a file, or the lines of standard input; raise `DataError` for an unusable file.

    `pair` is the second text of every row. With `only_answers` the output keeps no columns of the file, as with lines of text.
    """
    if file in (None, "-"):
        return RowSource("-", lambda: _live_chunks(pair), 0, is_live=True, are_lines=True)
    assert file is not None
    rows = stream_rows(file, columns, skip_bad=skip_bad)

    def chunks() -> Iterator[list[InputRow]]:
        iterator = iter(rows) if pair is None else (replace(row, pair=pair) for row in rows)
        while chunk := list(itertools.islice(iterator, CHUNK)):
            yield chunk

    source = RowSource(file, chunks, count_rows(file), rows.notes, are_lines=rows.are_lines, skip_bad=skip_bad)
    if only_answers or rows.are_lines:  # a line is a text, and the answer repeats it
        return source
    held = ("text", "pair") if rows.has_pairs and pair is None else ("text",)
    return replace(source, columns=rows.columns, held=held)


def open_annotated(file: str | None, kind: ExampleKind, *, skip_bad: bool) -> RowSource | None:
    """Return the sentences of a file of the task's own format (CoNLL-U, KLUE-NER, KLUE-DP), None for any other file.

    Its lines are words or characters: only the text of each sentence is asked about.
    """
    shape = SHAPES.get(kind)
    if shape is None or file in (None, "-") or not is_annotated(Path(str(file)), shape):
        return None
    data = read_shape(Path(str(file)), shape, Columns(), skip_bad=skip_bad)
    rows = [InputRow(example.row, example.text) for example in data]
    starts = range(0, len(rows), CHUNK)
    return RowSource(str(file), lambda: (rows[i : i + CHUNK] for i in starts), len(rows), data.notes)


def in_blocks(source: RowSource) -> RowSource:
    """Return lines as texts of several lines, each ended by blank ones; a text has the number of its first line."""

    def chunks() -> Iterator[list[InputRow]]:
        block: list[InputRow] = []
        for lines in source.chunks():
            found = []
            for line in lines:
                if line.text.strip():
                    block.append(line)
                elif block:
                    found.append(_joined(block))
                    block = []
            if found:
                yield found
        if block:
            yield [_joined(block)]

    total = 0 if source.is_live else sum(map(len, chunks()))
    return replace(source, chunks=chunks, total=total)


def _joined(block: list[InputRow]) -> InputRow:
    return replace(block[0], text="\n".join(line.text for line in block))


def output_layout(predictor: Any, source: RowSource, *, is_table: bool) -> RowLayout:
    """Return how the rows of the output look."""
    sample = predictor(predictor.task.sample).to_dict()
    parts = {part: value for part, value in sample.items() if part not in source.held}
    parts |= {"problem": None} if source.skip_bad else {}
    return row_layout(parts, source.columns, is_table=is_table, labels=predictor.task.label_names)


def answers(predictor: Any, source: RowSource, layout: RowLayout) -> Iterator[Answer]:
    """Yield one row for each row, in order; blank and bad rows are answered by nothing."""
    task = predictor.task
    for chunk in source.chunks():
        rows, asked = _questions(task, chunk, source.skip_bad)
        predictions = iter(predictor.predict(asked) if asked else [])
        for row in rows:
            is_asked = _is_asked(row)
            answer = next(predictions).to_dict() if is_asked else {"text": row.text}
            cells = row.cells if source.columns else {}
            is_blank = not is_asked and row.problem is None
            yield Answer(layout.row(cells, answer | {"problem": row.problem}), is_blank, row.problem)


def _questions(task: Any, chunk: list[InputRow], skip_bad: bool) -> tuple[list[InputRow], list[Any]]:
    """Return the rows, those that cannot be asked about with their problem if that is allowed, and the questions of the others."""
    rows, asked = [], []
    for row in chunk:
        try:
            asked += [task.ask(row.text, row.pair, row.cells, row.number)] if _is_asked(row) else []
        except DataError as error:
            if not skip_bad:
                raise
            row = replace(row, problem=str(error))
        rows.append(row)
    return rows, asked


def _is_asked(row: InputRow) -> bool:
    return bool(row.text.strip()) and row.problem is None


def _live_chunks(pair: str | None) -> Iterator[list[InputRow]]:
    """Yield what standard input has to offer: a single line at once when no more is there, else up to `CHUNK`."""
    lines: queue.Queue[InputRow | BaseException | None] = queue.Queue(2 * CHUNK)
    descriptor = sys.stdin.fileno()

    def read() -> None:
        try:
            for row in _decoded(_raw_lines(descriptor), pair):
                lines.put(row)
            lines.put(None)
        except BaseException as error:  # told to the thread that waits
            lines.put(error)

    threading.Thread(target=read, daemon=True).start()
    chunk: list[InputRow] = []
    while True:
        try:
            item = lines.get(block=not chunk)
        except queue.Empty:
            yield chunk
            chunk = []
            continue
        if isinstance(item, InputRow):
            chunk.append(item)
            if len(chunk) < CHUNK:
                continue
        if chunk:
            yield chunk
            chunk = []
        if isinstance(item, BaseException):
            raise item
        if item is None:
            return


def _raw_lines(descriptor: int) -> Iterator[bytes]:
    """Yield lines without `sys.stdin.buffer`: Python aborts when it ends while a thread holds that buffer's lock."""
    parts: list[bytes] = []
    while block := os.read(descriptor, 1 << 16):
        *ends, rest = block.split(b"\n")
        for end in ends:
            yield b"".join((*parts, end, b"\n"))
            parts = []
        if rest:
            parts.append(rest)
    if parts:
        yield b"".join(parts)


def _decoded(stream: Iterable[bytes], pair: str | None) -> Iterator[InputRow]:
    for number, line in enumerate(stream, 1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                say(
                    f"표준 입력, {number}번째 줄: UTF-8 이 아닙니다 ({error.object[error.start : error.start + 4].hex(' ')}). "
                    "cp949 라면 iconv -f cp949 -t utf-8 을 거치거나 --input 파일로 주세요.",
                    f"standard input, line {number}: not UTF-8 ({error.object[error.start : error.start + 4].hex(' ')}). "
                    "For cp949 pipe it through iconv -f cp949 -t utf-8, or give the file to --input.",
                )
            ) from error
        yield InputRow(number, text.rstrip("\r\n"), pair)
