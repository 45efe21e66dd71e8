"""Texts with labelled spans: the JSON form, and the formats that are written line by line.

    {"text": "손흥민은 런던에 산다", "spans": [{"start": 0, "end": 3, "label": "PS"}, {"start": 5, "end": 7, "label": "LC"}]}
    {"tokens": ["손흥민은", "산다"], "tags": ["B-PS", "O"]}

A span may also be a list `[0, 3, "PS"]`; characters count from 0, ends are exclusive.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from malmoi.data.cells import BadRow
from malmoi.data.columns import TEXT_NAMES, Columns
from malmoi.data.examples import Span, SpanExample
from malmoi.data.shapes.base import LineFormat, Shape
from malmoi.data.shapes.conll import NUMBERS, is_conll, is_klue_ner, join_tokens, read_conll, read_klue_ner
from malmoi.data.shapes.conllu import EMPTY, ConlluSentence, ConlluWord, is_conllu, read_sentences
from malmoi.data.shapes.tag_schemes import BadTag, find_scheme, tags_to_spans
from malmoi.data.tables import shorten
from malmoi.data.values import BadCell, as_string, as_text, tidy_label
from malmoi.errors import DataError
from malmoi.messages import say

SPAN_NAMES = ("spans", "entities", "labels", "label", "ner", "개체", "개체명")
TOKEN_NAMES = ("tokens", "words", "토큰")
TAG_NAMES = ("tags", "ner_tags", "pos_tags", "upos", "xpos", "labels", "태그")
CONLLU_LABELS = ("upos", "xpos")
_KEYS = {
    "start": ("start", "begin", "start_offset"),
    "end": ("end", "end_offset"),
    "label": ("label", "type", "entity_group"),
}


def check_spans(text: str, spans: Iterable[Span]) -> None:
    """Raise `BadCell` for a span outside the text, without a character or a label, or that overlaps the one before it.

    >>> check_spans("손흥민은", (Span(0, 3, "PS"),))
    >>> check_spans("손흥민은", (Span(0, 5, "PS"),))
    Traceback (most recent call last):
        ...
    malmoi.data.values.BadCell: ...
    """
    before: Span | None = None
    for span in spans:
        if not 0 <= span.start <= span.end <= len(text):
            raise BadCell(
                say(
                    f"{_shown(span)}: 글({len(text)}자)을 벗어납니다. 글자는 0부터 세고 끝 글자는 넣지 않습니다",
                    f"{_shown(span)} is outside the text of {len(text)} characters. They count from 0, the end is exclusive",
                )
            )
        if not text[span.start : span.end].strip():
            raise BadCell(
                say(
                    f"{_shown(span)} 안에 글자가 없습니다. 끝은 마지막 글자 다음 자리입니다",
                    f"{_shown(span)} holds no character. The end is the place behind the last one",
                )
            )
        if not span.label:
            raise BadCell(say(f"{_shown(span)} 에 라벨이 없습니다", f"{_shown(span)} has no label"))
        if before is not None and span.start < before.end:
            raise BadCell(
                say(
                    f"{_shown(before)}, {_shown(span)}: 둘이 겹칩니다. 한 글자에는 라벨이 하나여야 하니 하나를 빼세요",
                    f"{_shown(before)} and {_shown(span)} overlap. A character has one label: leave one of them out",
                )
            )
        before = span


def read_record(cells: Mapping[str, Any], columns: Columns, row: int) -> Iterator[SpanExample]:
    """Yield the example of a record, without spans where nothing is annotated; raise `BadCell`."""
    identity = as_string(cells.get("id")) or None
    if columns.text is None and (name := _found(cells, TOKEN_NAMES)):
        tags = columns.label or _found(cells, TAG_NAMES)
        yield _of_tokens(_list_of(cells[name], name), tags, cells, identity, row)
        return
    name = columns.text or _found(cells, TEXT_NAMES)
    if name is None or name not in cells:
        listed = ", ".join(map(repr, cells))
        raise BadCell(
            say(f"글이 든 항목이 없습니다 (text). 있는 것: {listed}", f"no text (text). Found: {listed}"), name
        )
    text = _checked_text(cells[name], name)
    key = columns.label or _found(cells, SPAN_NAMES)
    if columns.label is not None and columns.label not in cells:
        raise BadCell(say("이런 항목이 없습니다", "there is no such key"), columns.label)
    value = cells.get(key) if key else None
    yield SpanExample(text, None if value in (None, "") else _spans(value, text, str(key)), None, identity, row)


def _checked_text(value: Any, name: str) -> str:
    try:
        text = as_text(value)
    except BadCell as error:
        raise BadCell(str(error), name) from error
    if not text.strip():
        raise BadCell(say("비어 있습니다", "empty"), name)
    return text


def _spans(value: Any, text: str, key: str) -> tuple[Span, ...]:
    try:
        spans = sorted(_span(item, text) for item in _list_of(value, key))
        check_spans(text, spans)
    except BadCell as error:
        raise BadCell(str(error), key) from error
    return tuple(trimmed(text, span) for span in spans)


def trimmed(text: str, span: Span) -> Span:
    """Return the span without spaces at its edges: nothing is annotated there.

    >>> trimmed("박 씨", Span(0, 2, "PS"))
    Span(start=0, end=1, label='PS')
    """
    inside = text[span.start : span.end]
    start = span.start + len(inside) - len(inside.lstrip())
    return Span(start, start + len(inside.strip()), span.label)


def _span(item: Any, text: str) -> Span:
    if isinstance(item, Mapping):
        values: list[Any] = [item.get(_found(item, names) or "") for names in _KEYS.values()]
    else:
        values = list(item) if isinstance(item, (list, tuple)) else []
    if len(values) != 3 or not all(_is_place(value) for value in values[:2]):
        raise BadCell(
            say(
                f'{{"start": 0, "end": 3, "label": "PS"}} 꼴이어야 합니다: {shorten(item)}',
                f'expected {{"start": 0, "end": 3, "label": "PS"}}: {shorten(item)}',
            )
        )
    span = Span(int(values[0]), int(values[1]), tidy_label(as_text(values[2])))
    said = item.get("text") if isinstance(item, Mapping) else None
    found = text[span.start : span.end]
    if isinstance(said, str) and said != found:
        raise BadCell(_other_text(span, said, text))
    return span


def _is_place(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _other_text(span: Span, said: str, text: str) -> str:
    """Return what is wrong with a span whose own "text" is not what stands there, with the usual reason."""
    problem = say(
        f"{_shown(span)} 자리의 글은 {shorten(text[span.start : span.end])} 인데 text 는 {shorten(said)} 입니다",
        f"the text at {_shown(span)} is {shorten(text[span.start : span.end])}, not {shorten(said)}",
    )
    if said == text[span.start : span.end + 1]:
        problem += say(". 끝 자리에 1을 더하세요 (끝 글자는 넣지 않습니다)", ". Add 1 to the ends: they are exclusive")
    return problem


def _of_tokens(tokens: list[Any], tag_key: str | None, cells: Mapping[str, Any], identity: str | None, row: int) -> SpanExample:  # fmt: skip
    """Return the example of a list of tokens, joined by spaces unless spaces are tokens too, and a list of tags."""
    strings = [as_text(token) for token in tokens]
    by_character = any(token.isspace() for token in strings)
    text, places = join_tokens(strings, by_character=by_character)
    if not text.strip():
        raise BadCell(say("비어 있습니다", "empty"), "tokens")
    own_places = None if by_character else tuple(places)
    value = cells.get(tag_key) if tag_key else None
    if value is None:
        return SpanExample(text, None, own_places, identity, row)
    tags = _list_of(value, str(tag_key))
    if len(tags) != len(strings):
        raise BadCell(
            say(
                f"토큰은 {len(strings)}개인데 태그는 {len(tags)}개입니다. 토큰마다 태그가 하나여야 합니다",
                f"{len(tags)} tag(s) for {len(strings)} token(s). Every token has one tag",
            ),
            tag_key,
        )
    if wrong := [tag for tag in tags if not isinstance(tag, str)]:
        raise BadCell(
            say(
                f"태그 {shorten(wrong[0])}: 글자가 아닙니다. 번호는 이름(B-PS, O)으로 바꾸세요",
                f"the tag {shorten(wrong[0])} is no string. Replace numbers by names (B-PS, O)",
            ),
            tag_key,
        )
    scheme = find_scheme([tags])
    if scheme.name == "IOB1":  # one sentence cannot tell it from a mistake in IOB2
        scheme = replace(scheme, name="IOB2")
    try:
        return SpanExample(text, tuple(tags_to_spans(tags, places, scheme)), own_places, identity, row)
    except BadTag as error:
        raise BadCell(f"{error.index + 1}: {error}", tag_key) from error


def _list_of(value: Any, key: str) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if getattr(value, "ndim", None) == 1:  # a numpy array, from Parquet
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        raise BadCell(say("목록이어야 합니다", "must be a list"), key)
    return list(value)


def _found(cells: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in cells), None)


def _shown(span: Span) -> str:
    return f"({span.start}, {span.end}, '{span.label}')"


def read_conllu(lines: Iterator[str], columns: Columns) -> Iterator[SpanExample | BadRow]:
    """Yield sentences with the part of speech of each word: `--label upos` (the default) or `xpos`."""
    label = columns.label or CONLLU_LABELS[0]
    if label not in CONLLU_LABELS:
        raise DataError(
            say(
                f"--label {label}: CoNLL-U 에서는 {' 나 '.join(CONLLU_LABELS)} 입니다.",
                f"--label {label}: of CoNLL-U it is {' or '.join(CONLLU_LABELS)}.",
            )
        )
    for found in read_sentences(lines):
        yield found if isinstance(found, BadRow) else _of_sentence(found, label)


def _of_sentence(sentence: ConlluSentence, label: str) -> SpanExample:
    places: dict[tuple[int, int], list[ConlluWord]] = {}
    for word in sentence.words:  # words that share a surface form are one token, their tags joined: VERB+PART
        places.setdefault((word.start, word.end), []).append(word)
    labels = ["+".join(getattr(word, label) for word in words) for words in places.values()]
    spans = [Span(*place, found) for place, found in zip(places, labels, strict=True) if found != EMPTY]
    return SpanExample(sentence.text, tuple(spans), tuple(places), sentence.id, sentence.row)


SPANS = Shape(
    "spans",
    SpanExample,
    read_record,
    (
        '{"text": "손흥민은 런던에 산다", "spans": [{"start": 0, "end": 3, "label": "PS"}, {"start": 5, "end": 7, "label": "LC"}]}',
        '{"tokens": ["손흥민은", "산다"], "tags": ["B-PS", "O"]}',
    ),
    (
        LineFormat("CoNLL-U", is_conllu, read_conllu, CONLLU_LABELS),
        LineFormat("KLUE-NER", is_klue_ner, read_klue_ner, NUMBERS),
        LineFormat("CoNLL", is_conll, read_conll, NUMBERS, is_certain=False),
    ),
)
