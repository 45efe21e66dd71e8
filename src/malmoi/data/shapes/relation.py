"""Relations between two entities: KLUE-RE's JSON, a form of malmoi's own, and entities marked in the text itself.

KLUE-RE: `{"guid", "sentence", "subject_entity": {"word", "start_idx", "end_idx", "type"}, "object_entity": {…}, "label"}`,
where `end_idx` is the last character (inclusive); tables that hold the entities as text (`{'word': …}`) are read too.
malmoi: `{"text", "subject": {"start", "end", "label"}, "object": {…}, "relation"}`, end exclusive; or only a `text` such as
`[[이순신|PER]]은 ((조선|LOC))의 장군이다` (`malmoi.data.entity_marks`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from malmoi.data.columns import Columns
from malmoi.data.entity_marks import Entities, read_marks
from malmoi.data.examples import RelationExample, Span
from malmoi.data.relation_names import RELATIONS
from malmoi.data.shapes.base import Shape
from malmoi.data.tables import shorten
from malmoi.data.values import BadCell, as_string, as_text, tidy_label
from malmoi.messages import say

_SUBJECT, _OBJECT = ("subject", "subject_entity"), ("object", "object_entity")
_TEXT, _RELATION, _ID = ("text", "sentence"), ("relation", "label"), ("id", "guid")
_FORM = '{"start": 0, "end": 3, "label": "PER"}'
_OFFICIAL = '{"word": "이순신", "start_idx": 0, "end_idx": 2, "type": "PER"}'


def read_relation(cells: Mapping[str, Any], columns: Columns, row: int) -> Iterator[RelationExample]:
    """Yield the example of a record; raise `BadCell` for entities that do not fit the text.

    >>> sentence = {"sentence": "이순신은 조선의 장군이다", "label": "per:origin", "guid": "1"}
    >>> subject = {"word": "이순신", "start_idx": 0, "end_idx": 2, "type": "PER"}
    >>> object_ = {"word": "조선", "start_idx": 5, "end_idx": 6, "type": "LOC"}
    >>> [example] = read_relation(sentence | {"subject_entity": subject, "object_entity": object_}, Columns(), 1)
    >>> example.subject, example.relation
    (Span(start=0, end=3, label='PER'), 'per:origin')
    """
    text = columns.text or _first(_TEXT, cells)
    if text is None or text not in cells:
        raise BadCell(say("글이 없습니다", "there is no text"), text or _TEXT[0])
    try:
        found = read_entities(as_text(cells[text]), cells)
    except BadCell as error:
        raise BadCell(str(error), error.column or text) from error
    identity = _first(_ID, cells)
    relation = _relation(cells, columns.label or _first(_RELATION, cells))
    yield RelationExample(
        found.text, found.subject, found.object, relation, None if identity is None else as_string(cells[identity]), row
    )


def read_entities(text: str, cells: Mapping[str, Any]) -> Entities:
    """Return a text and its two entities, from the cells beside it or, where there are none, from the marks in it.

    Raises `BadCell` that names the cell, what is wrong with it, and where the word stands.
    """
    keys = _first(_SUBJECT, cells), _first(_OBJECT, cells)
    if keys == (None, None):
        return read_marks(text)
    is_official = _SUBJECT[1] in keys or _OBJECT[1] in keys
    form = _OFFICIAL if is_official else _FORM
    spans = []
    for key, known in zip(keys, (_SUBJECT, _OBJECT), strict=True):
        if key is None:
            raise BadCell(say(f"없습니다. {form} 꼴로 주세요", f"missing. Give it as {form}"), known[is_official])
        try:
            spans.append(_span(_mapping(cells[key]), text))
        except BadCell as error:
            raise BadCell(str(error), key) from error
    if spans[0].place == spans[1].place:
        problem = say("주어 개체와 자리가 같습니다", "stands at the same place as the subject")
        raise BadCell(f"{problem}: {spans[1].start}~{spans[1].end}", keys[1])
    return Entities(text, *spans)


def _mapping(cell: Any) -> Mapping[str, Any]:
    """Return an entity's cell as a mapping, out of text too, as tables spell it in JSON or in Python."""
    value = cell
    if isinstance(cell, str):
        try:
            value = ast.literal_eval(cell.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            value = None
    if not isinstance(value, Mapping):
        raise BadCell(say(f"{_FORM} 꼴이 아닙니다", f"not of the form {_FORM}") + f": {shorten(cell)}")
    return value


def _span(cell: Mapping[str, Any], text: str) -> Span:
    is_official = "start_idx" in cell
    start = _index(cell, "start_idx" if is_official else "start")
    end = _index(cell, "end_idx") + 1 if is_official else _index(cell, "end")
    label = tidy_label(as_text(cell.get("type" if is_official else "label")))
    word = as_text(cell.get("word" if is_official else "text")) or None
    shown = f"start_idx {start}, end_idx {end - 1}" if is_official else f"start {start}, end {end}"
    if not 0 <= start < end <= len(text):
        where = _where(word, text, is_official)
        raise BadCell(
            say(
                f"자리가 글({len(text)}자)을 벗어나거나 비어 있습니다: {shown}.{where}",
                f"the place is empty or outside the text of {len(text)} characters: {shown}.{where}",
            )
        )
    if word is not None and text[start:end] != word:
        where = _where(word, text, is_official)
        raise BadCell(
            say(
                f"{shorten(word)} 이어야 하는데 그 자리({shown})의 글은 {shorten(text[start:end])} 입니다.{where}",
                f"should be {shorten(word)}, but {shorten(text[start:end])} stands at {shown}.{where}",
            )
        )
    return Span(start, end, label)


def _where(word: str | None, text: str, is_official: bool) -> str:
    """Say where the word does stand, as the record would write it; "" when it is nowhere."""
    start = text.find(word) if word else -1
    if start < 0 or not word:
        return ""
    place = (
        f"start_idx {start}, end_idx {start + len(word) - 1}"
        if is_official
        else f"start {start}, end {start + len(word)}"
    )
    return say(f" {shorten(word)} 의 자리는 {place} 입니다.", f" {shorten(word)} stands at {place}.")


def _index(cell: Mapping[str, Any], name: str) -> int:
    value = as_string(cell.get(name)).strip()
    if not value:
        raise BadCell(say(f"'{name}' 항목이 없습니다. {_FORM} 꼴로 주세요", f"'{name}' is missing. Give it as {_FORM}"))
    try:
        return int(value)
    except ValueError as error:
        raise BadCell(
            say(f"'{name}' 값이 정수가 아닙니다", f"'{name}' is no whole number") + f": {shorten(value)}"
        ) from error


def _relation(cells: Mapping[str, Any], key: str | None) -> str | None:
    """Return a record's relation; copies of KLUE-RE that number it count in the official order."""
    value = None if key is None else cells.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and _SUBJECT[1] in cells:
        if not 0 <= value < len(RELATIONS):
            raise BadCell(
                say(f"0~{len(RELATIONS) - 1} 이어야 합니다: {value}", f"must be 0 to {len(RELATIONS) - 1}: {value}"),
                key,
            )
        return RELATIONS[value]
    try:
        return tidy_label(as_text(value)) or None
    except BadCell as error:
        raise BadCell(str(error), key) from error


def _first(names: tuple[str, ...], cells: Mapping[str, Any]) -> str | None:
    return next((name for name in names if cells.get(name) is not None), None)


RELATION = Shape(
    "relation",
    RelationExample,
    read_relation,
    (
        f'{{"text": "이순신은 조선의 장군이다", "subject": {_FORM}, "object": {{"start": 5, "end": 7, "label": "LOC"}}, "relation": "per:origin"}}',
        '{"text": "[[이순신|PER]]은 ((조선|LOC))의 장군이다", "relation": "per:origin"}',
    ),
)
