"""Dependency trees from CoNLL-U, KLUE-DP and JSON records.

Records: `{"text": "비가 온다", "words": [{"text": "비가", "pos": "NNG+JKS", "head": 2, "relation": "NP_SBJ"}, …]}`, with `start` and
`end` where a word's place is not the next one of its spelling; or columns of lists as the data set hub has KLUE-DP
(`sentence`, `word_form`, `pos`, `head`, `deprel`). Heads count words from 1, 0 is the root.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from malmoi.data.cells import BadRow
from malmoi.data.columns import Columns
from malmoi.data.examples import TreeExample, Word
from malmoi.data.shapes.base import LineFormat, Shape
from malmoi.data.shapes.conllu import EMPTY, ConlluSentence, is_conllu, read_sentences
from malmoi.data.shapes.klue_dp import KlueSentence, TreeLine, is_klue_dp, read_klue_sentences
from malmoi.data.tables import shorten
from malmoi.data.trees import BadWord, check_heads
from malmoi.data.values import BadCell, as_string, as_text
from malmoi.errors import DataError
from malmoi.messages import say

_TEXT_KEYS, _WORDS_KEY = ("text", "sentence"), "words"
_LISTS = ("word_form", "pos", "head", "deprel")
_KLUE_HEAD, _CONLLU_HEAD = "HEAD", "7 (HEAD)"
_COARSE, _FINE = ("upos", "UPOS"), ("xpos", "XPOS")  # --label xpos: the tags of column 5 in place of column 4


def read_record(cells: Mapping[str, Any], columns: Columns, row: int) -> Iterator[TreeExample | BadCell]:
    """Yield the tree of a record; one without words gives an example without annotation."""
    key = columns.text or next((key for key in _TEXT_KEYS if key in cells), _TEXT_KEYS[0])
    if key not in cells:
        raise BadCell(say("글이 없습니다", "there is no text"), key)
    text = as_text(cells[key])
    if not text.strip():
        raise BadCell(say("비어 있습니다", "empty"), key)
    identity = as_string(cells.get("id", cells.get("guid"))) or None
    items = _items(cells)
    if items is None:
        yield TreeExample(text, id=identity, row=row)
        return
    try:
        words = tuple(_placed(text, items))
        _check(words)
    except BadWord as error:
        name = say(f"{error.number}번째 낱말", f"word {error.number}")
        raise BadCell(f"{name}: {error}", _WORDS_KEY if _WORDS_KEY in cells else _LISTS[0]) from error
    yield TreeExample(text, words, identity, row)


def _items(cells: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """Return a record's words as dicts, None where it has none."""
    words = cells.get(_WORDS_KEY)
    if isinstance(words, str) and words.strip():  # a cell of a table
        try:
            words = json.loads(words)
        except (ValueError, RecursionError):
            words = [words]
    if words is None and all(key in cells for key in _LISTS):
        lists = [_as_list(cells[key], key) for key in _LISTS]
        if len({len(values) for values in lists}) != 1:
            sizes = ", ".join(f"{key} {len(values)}" for key, values in zip(_LISTS, lists, strict=True))
            raise BadCell(say("목록의 길이가 서로 다릅니다", "the lists differ in length") + f": {sizes}", _LISTS[0])
        keys = ("text", "pos", "head", "relation")
        return [dict(zip(keys, values, strict=True)) for values in zip(*lists, strict=True)]
    if words is None or words == "":
        return None
    items = _as_list(words, _WORDS_KEY)
    for item in items:
        if not isinstance(item, Mapping):
            expected = say("낱말은 {\"text\": …, \"head\": …} 꼴이어야 합니다", "a word must be like {\"text\": …, \"head\": …}")  # fmt: skip
            raise BadCell(f"{expected}: {shorten(str(item))}", _WORDS_KEY)
    return items


def _as_list(value: Any, key: str) -> list[Any]:
    if hasattr(value, "tolist"):  # a numpy array
        value = value.tolist()
    if not isinstance(value, (list, tuple)) or not value:
        raise BadCell(say("비지 않은 목록이어야 합니다", "must be a list that is not empty"), key)
    return list(value)


def _placed(text: str, items: Sequence[Mapping[str, Any]]) -> Iterator[Word]:
    """Yield the words with their places; `BadWord` where a word is not in the text, or overlaps the one before."""
    position = 0
    for number, item in enumerate(items, 1):
        form = as_string(item.get("text"))
        if item.get("start") is not None and item.get("end") is not None:
            start, end = _whole(item["start"], number), _whole(item["end"], number)
        else:
            start = text.find(form, position) if form else -1
            end = start + len(form)
        if not position <= start < end <= len(text) or (form and text[start:end] != form):
            raise BadWord(
                number,
                say(f"글의 {position}번째 글자 뒤에 {shorten(form)} 없음", f"no {shorten(form)} in the text from character {position} on"),
            )  # fmt: skip
        position = end
        head, relation = item.get("head"), item.get("relation")
        yield Word(
            start,
            end,
            as_string(item.get("pos")) or None,
            None if head is None else _whole(head, number),
            as_string(relation) or None,
        )


def _whole(value: Any, number: int) -> int:
    """Return a number as it stands in a cell; `BadWord` when it is none."""
    text = as_string(value).strip()
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise BadWord(number, say("수가 아닙니다", "not a number") + f": {shorten(text)}")
    return int(text)


def _check(words: Sequence[Word]) -> None:
    """Raise `BadWord` unless the words make a tree, or none of them has a head."""
    if all(word.head is None for word in words):
        return
    for number, word in enumerate(words, 1):
        if word.head is None or word.relation is None:
            raise BadWord(number, say("머리나 관계가 없습니다", "its head or relation is missing"))
    check_heads([word.head or 0 for word in words])


def _read_klue_dp(lines: Iterator[str], columns: Columns) -> Iterator[TreeExample | BadRow]:
    for sentence in read_klue_sentences(lines):
        if isinstance(sentence, BadRow):
            yield sentence
        else:
            yield _tree(sentence, sentence.words, _KLUE_HEAD)


def _read_conllu(lines: Iterator[str], columns: Columns) -> Iterator[TreeExample | BadRow]:
    """Yield the trees of CoNLL-U; the parts of speech are UPOS, or XPOS where the label column is called so."""
    if columns.label not in (None, *_COARSE, *_FINE):
        raise DataError(
            say(
                f"--label {columns.label}: CoNLL-U 의 품사는 upos 나 xpos 입니다.",
                f"--label {columns.label}: the tags of CoNLL-U are upos or xpos.",
            )
        )
    for sentence in read_sentences(lines):
        if isinstance(sentence, BadRow):
            yield sentence
            continue
        tags = [word.xpos if columns.label in _FINE else word.upos for word in sentence.words]
        words = [
            TreeLine(tag, word.head, word.deprel, word.start, word.end, word.line)
            for tag, word in zip(tags, sentence.words, strict=True)
        ]
        yield _tree(sentence, _surface_lines(words), _CONLLU_HEAD)


def _surface_lines(lines: list[TreeLine]) -> list[TreeLine]:
    """Return one line for each place: words of a surface token that do not spell it ("1-2 du": de, le) are one word of raw text.

    Its tags are joined, its head and relation are those of the first of its words whose head is outside.
    """
    places = list(dict.fromkeys((line.start, line.end) for line in lines))
    if len(places) == len(lines):
        return lines
    numbers = {str(i): str(places.index((line.start, line.end)) + 1) for i, line in enumerate(lines, 1)}
    moved = [replace(line, head=numbers.get(line.head, line.head)) for line in lines]
    found = []
    for number, place in enumerate(places, 1):
        own = [line for line in moved if (line.start, line.end) == place]
        top = next((line for line in own if line.head != str(number)), own[0])
        found.append(replace(top, pos="+".join(line.pos for line in own)))
    return found


def _tree(sentence: ConlluSentence | KlueSentence, lines: Sequence[TreeLine], head_column: str) -> TreeExample | BadRow:
    """Return the tree of a sentence's lines, or the first line that does not fit."""

    def known(cell: str) -> str | None:
        return None if cell in ("", EMPTY) else cell

    try:
        words = tuple(
            Word(
                line.start,
                line.end,
                known(line.pos),
                None if known(line.head) is None else _whole(line.head, i),
                known(line.relation),
            )
            for i, line in enumerate(lines, 1)
        )
        _check(words)
    except BadWord as error:
        return BadRow(lines[error.number - 1].number, head_column, str(error))
    return TreeExample(sentence.text, words, sentence.id, sentence.row)


TREES = Shape(
    "tree",
    TreeExample,
    read_record,
    (
        '{"text": "비가 온다", "words": [{"text": "비가", "pos": "NNG+JKS", "head": 2, "relation": "NP_SBJ"},'
        ' {"text": "온다", "pos": "VV+EF", "head": 0, "relation": "VP"}]}',
        '{"sentence": "비가 온다", "word_form": ["비가", "온다"], "pos": ["NNG+JKS", "VV+EF"], "head": [2, 0], "deprel": ["NP_SBJ", "VP"]}',
    ),
    (
        LineFormat("CoNLL-U", is_conllu, _read_conllu, (*_COARSE, *_FINE)),
        LineFormat("KLUE-DP", is_klue_dp, _read_klue_dp),
    ),
)
