"""How questions with answers in a context are read: SQuAD's articles (KorQuAD, KLUE-MRC), or one question a record.

A record may be written in many ways, all of them JSON or a row of a table:
    {"question": "누가 쓰나?", "context": "말모이는 학생이 쓴다.", "answers": [{"text": "학생", "answer_start": 5}]}
    {"text": "누가 쓰나?", "pair": "말모이는 학생이 쓴다.", "answers": [{"start": 5, "end": 7}]}
    질문,지문,정답
    누가 쓰나?,말모이는 학생이 쓴다.,학생
An answer without its place is looked for: all its occurrences count, and the first is learned. An empty list or cell means that
the context does not answer the question; no such column, that nothing was annotated.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from malmoi.data.columns import CONTEXT_NAMES, QUESTION_NAMES, Columns, plain_name
from malmoi.data.examples import AnswerExample, Span
from malmoi.data.shapes.base import Shape
from malmoi.data.squad import is_article, questions_of
from malmoi.data.tables import shorten
from malmoi.data.values import BadCell, as_string, as_text
from malmoi.messages import say
from malmoi.text.josa import attach

_QUESTIONS = (*QUESTION_NAMES, "text", "sentence1")
_CONTEXTS = (*CONTEXT_NAMES, "pair", "document", "sentence2")
_ANSWERS = ("answers", "answer", "정답", "답", "답변", "label")
_STARTS = ("answerstart", "정답시작", "start")
_IDS = ("id", "guid", "qid")
_TITLES = ("title", "제목")
_AROUND = 20  # characters shown of what stands at a wrong place


@dataclass(frozen=True)
class _Question:
    """A record by its columns; a problem names the column, and the question by its id."""

    cells: Mapping[str, Any]
    columns: Columns

    def column(self, wish: str | None, names: Sequence[str]) -> str | None:
        """Return the column of a role: the one the user named, else the first with a known name."""
        if wish is not None:
            return wish if wish in self.cells else None
        by_name = {plain_name(str(column)): column for column in reversed(list(self.cells))}
        return next((by_name[name] for name in names if name in by_name), None)

    def text(self, wish: str | None, names: Sequence[str], what: tuple[str, str], flag: str) -> str:
        """Return a text that must be there and not empty."""
        column = self.column(wish, names)
        if column is None:
            ko, en = what
            found = ", ".join(f"'{name}'" for name in list(self.cells)[:10])
            raise self.bad(
                wish,
                f"{ko} 열이 없습니다. {flag} 로 정하세요. 있는 열: {found}",
                f"there is no {en} column. Name it with {flag}. Columns found: {found}",
            )
        try:
            text = as_text(self.cells[column])
        except BadCell as error:
            raise self.bad(column, str(error), str(error)) from error
        if not text.strip():
            raise self.bad(column, "비어 있습니다", "empty")
        return text

    def short(self, names: Sequence[str]) -> str:
        """Return a short value as a string, "" when there is none."""
        column = self.column(None, names)
        try:
            return "" if column is None else as_string(self.cells[column])
        except BadCell as error:
            raise self.bad(column, str(error), str(error)) from error

    def bad(self, column: str | None, ko: str, en: str) -> BadCell:
        """Return the problem of a column, with the question's id where it has one."""
        identity = self.column(None, _IDS)
        name = None if identity in (None, column) else self.cells[identity]
        if name in (None, ""):
            return BadCell(say(ko, en), column)
        return BadCell(say(f"질문 '{name}': {ko}", f"question '{name}': {en}"), column)


def read_record(cells: Mapping[str, Any], columns: Columns, row: int) -> Iterator[AnswerExample | BadCell]:
    """Yield the questions of an article, or the one question of a record."""
    for found in questions_of(cells) if is_article(cells) else [dict(cells)]:
        if isinstance(found, BadCell):
            yield found
            continue
        try:
            yield _example(_Question(found, columns), row)
        except BadCell as error:
            yield error


def _example(question: _Question, row: int) -> AnswerExample:
    columns = question.columns
    text = question.text(columns.text, _QUESTIONS, ("질문", "question"), "--text")
    context = question.text(columns.pair, _CONTEXTS, ("지문", "context"), "--pair")
    answers = _answers(question, context)
    return AnswerExample(text, context, answers, question.short(_TITLES), question.short(_IDS) or None, row)


def _answers(question: _Question, context: str) -> tuple[Span, ...] | None:
    """Return the places of the answers, None when nothing was annotated."""
    cells = question.cells
    column = question.column(question.columns.label, _ANSWERS)
    if cells.get("is_impossible") is True:
        return ()
    if column is None or cells[column] is None:
        if question.columns.label is not None and column is None:
            wish = question.columns.label
            raise question.bad(wish, "답 열이 없습니다 (--label)", "there is no such answer column (--label)")
        return None
    spans: dict[Span, None] = {}
    for written in _written(question, column):
        for span in _places(question, column, written, context):
            spans[span] = None
    if not spans and cells.get("is_impossible") is False:
        raise question.bad(column, "is_impossible 은 false 인데 답이 없습니다", "no answer, but is_impossible is false")
    return tuple(spans)


def _written(question: _Question, column: str) -> list[dict[str, Any]]:
    """Return the answers of a cell, each as the object it was written as."""
    value = question.cells[column]
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        with contextlib.suppress(ValueError, RecursionError):  # an answer may begin with a bracket
            value = json.loads(value)
    if isinstance(value, Mapping) and isinstance(value.get("text"), (list, tuple)):
        starts = value.get("answer_start")
        if not isinstance(starts, (list, tuple)) or len(starts) != len(value["text"]):
            raise question.bad(
                column,
                "text 와 answer_start 의 길이가 다릅니다",
                "text and answer_start are not lists of one length",
            )
        return [{"text": text, "answer_start": start} for text, start in zip(value["text"], starts, strict=True)]
    if isinstance(value, Mapping):
        return [dict(value)]
    if not isinstance(value, (list, tuple)):
        start = question.short(_STARTS).strip()
        return [{"text": value, "answer_start": start or None}] if as_string(value).strip() else []
    return [dict(item) if isinstance(item, Mapping) else {"text": item} for item in value]


def _places(question: _Question, column: str, answer: Mapping[str, Any], context: str) -> Iterator[Span]:
    """Yield the place of one answer, or all its occurrences when it has none."""
    start = answer.get("answer_start", answer.get("start"))
    if "text" not in answer and "end" in answer:
        yield _span(question, column, start, answer["end"], context)
        return
    try:
        text = as_text(answer.get("text"))
    except BadCell as error:
        raise question.bad(column, str(error), str(error)) from error
    if not text.strip():
        raise question.bad(column, "빈 답이 있습니다 (text)", "an answer is empty (text)")
    if start is None:
        yield from _occurrences(question, column, text, context)
        return
    place = _number(question, column, start)
    if context[place : place + len(text)] != text:
        raise _misplaced(question, column, text, place, context)
    yield Span(place, place + len(text))


def _span(question: _Question, column: str, start: Any, end: Any, context: str) -> Span:
    first, last = _number(question, column, start), _number(question, column, end)
    if not first < last <= len(context):
        raise question.bad(
            column,
            f"{first}~{last}: {len(context)}자인 지문 안의 자리가 아닙니다",
            f"{first} to {last} is no place in a context of {len(context)} characters",
        )
    return Span(first, last)


def _occurrences(question: _Question, column: str, text: str, context: str) -> Iterator[Span]:
    place = context.find(text)
    if place < 0:
        raise question.bad(column, f"지문에 없는 답입니다: {shorten(text)}", f"{shorten(text)} is not in the context")
    while place >= 0:
        yield Span(place, place + len(text))
        place = context.find(text, place + len(text))


def _number(question: _Question, column: str, value: Any) -> int:
    text = as_string(value).strip()
    if not (text.isascii() and text.isdigit()):
        raise question.bad(
            column,
            f"자리가 0 이상의 정수가 아닙니다 (answer_start): {shorten(value)}",
            f"the place is not a number from 0 on (answer_start): {shorten(value)}",
        )
    return int(text)


def _misplaced(question: _Question, column: str, text: str, place: int, context: str) -> BadCell:
    """Return the problem of an answer that stands elsewhere, with the nearest place where it does stand."""
    there = shorten(context[place : place + min(len(text), _AROUND)])
    places = [span.start for span in _occurrences(question, column, text, context)] if text in context else []
    if not places:
        return question.bad(
            column,
            f"지문에 없는 답입니다: {shorten(text)} (answer_start {place} 에는 {there})",
            f"{shorten(text)} is not in the context (at answer_start {place} stands {there})",
        )
    nearest = min(places, key=lambda start: abs(start - place))
    return question.bad(
        column,
        f"answer_start {place} 자리에 답 {shorten(text)} 대신 {there} 글자가 있습니다. answer_start 를 {attach(str(nearest), '으로')} 고치세요",
        f"{shorten(text)} is not at answer_start {place} (there stands {there}). Make answer_start {nearest}",
    )


ANSWERS = Shape(
    "answers",
    AnswerExample,
    read_record,
    (
        '{"question": "누가 쓰나?", "context": "말모이는 학생이 쓴다.", "answers": [{"text": "학생", "answer_start": 5}]}',
        '{"question": "누가 쓰나?", "context": "말모이는 학생이 쓴다.", "answer": "학생"}',
    ),
)
