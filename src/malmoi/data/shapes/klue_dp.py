r"""KLUE-DP, the dependency trees of the KLUE benchmark: a comment with the text and a line of six columns for each eojeol.

One real instance:

    ## klue-dp-v1_dev_00002_wikitree	아이는 예정보다 일찍 태어나 병원에서 치료를 받던 상황이었다.
    1	아이는	아이 는	NNG+JX	4	NP_SBJ

The eojeols of the comment's text are the words; where their spelling differs a little ("12%," and "12.0%,"), the text counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from malmoi.data.cells import BadRow
from malmoi.data.tables import shorten
from malmoi.messages import say

COLUMNS = ("INDEX", "WORD_FORM", "LEMMA", "POS", "HEAD", "DEPREL")
_COMMENT = "##"
_WORD_LINE = re.compile(r"^[0-9]+(\t[^\t\n]*){3}\t-?[0-9]+\t[^\t\n]+$", re.MULTILINE)
_EOJEOL = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class TreeLine:
    """A word's line: part of speech, head and relation as they stand there, its place in the text, its number in the file."""

    pos: str
    head: str
    relation: str
    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class KlueSentence:
    """A sentence: raw text, words in order, the name in its comment, and the physical line of its first word."""

    text: str
    words: tuple[TreeLine, ...]
    id: str | None
    row: int


def is_klue_dp(head: str) -> bool:
    """Tell whether the first characters of a file hold a word of KLUE-DP.

    >>> is_klue_dp("1\\t네.\\t네 .\\tIC+SF\\t0\\tIP\\n"), is_klue_dp("1\\t네\\t긍정\\n")
    (True, False)
    """
    return _WORD_LINE.search(head) is not None


def read_klue_sentences(lines: Iterable[str]) -> Iterator[KlueSentence | BadRow]:
    """Yield the sentences of a file's lines in order; a broken one gives a `BadRow` with line, column and fix.

    >>> lines = ["## a\\t네, 와요.", "1\\t네,\\t네 ,\\tIC+SP\\t2\\tIP", "2\\t와요.\\t오 아요 .\\tVV+EF+SF\\t0\\tVP"]
    >>> [(word.pos, word.head, word.start, word.end) for word in next(read_klue_sentences(lines)).words]
    [('IC+SP', '2', 0, 2), ('VV+EF+SF', '0', 3, 6)]
    """
    comment, rows = "", list[tuple[int, str]]()
    for number, line in enumerate([*lines, ""], 1):
        line = line.rstrip("\r\n")
        if line.startswith(_COMMENT):
            comment = line.removeprefix(_COMMENT)
        elif line.strip():
            rows.append((number, line))
        elif rows:
            yield _sentence(comment, rows)
            comment, rows = "", []


def _sentence(comment: str, rows: list[tuple[int, str]]) -> KlueSentence | BadRow:
    cells = [line.split("\t") for _, line in rows]
    for i, ((number, line), own) in enumerate(zip(rows, cells, strict=True), 1):
        if problem := _problem(i, line, own):
            return BadRow(number, None if len(own) != len(COLUMNS) else COLUMNS[0], problem)
    identity, _, text = comment.partition("\t")
    text = text.strip() or " ".join(own[1] for own in cells)
    places = [match.span() for match in _EOJEOL.finditer(text)]
    if len(places) != len(cells):
        return BadRow(
            rows[0][0],
            COLUMNS[1],
            say(
                f"주석의 글은 {len(places)}어절인데 낱말은 {len(cells)}개입니다: {shorten(text)}",
                f"the text of the comment has {len(places)} eojeols, but there are {len(cells)} words: {shorten(text)}",
            ),
        )
    words = tuple(
        TreeLine(own[3], own[4], own[5], *place, number)
        for own, place, (number, _) in zip(cells, places, rows, strict=True)
    )
    return KlueSentence(text, words, identity.strip() or None, rows[0][0])


def _problem(number: int, line: str, cells: list[str]) -> str | None:
    """Return what is wrong with the columns of the `number`-th word of a sentence, None for nothing."""
    if len(cells) != len(COLUMNS):
        expected = " ".join(COLUMNS)
        return say(
            f"탭으로 나뉜 열이 6개여야 하는데 {len(cells)}개입니다 ({expected}): {shorten(line)}",
            f"{len(cells)} tab-separated columns instead of 6 ({expected}): {shorten(line)}",
        )
    if cells[0] != str(number):
        return say(
            f"번호가 {number} 이어야 하는데 {shorten(cells[0])} 입니다. 문장 사이에 빈 줄이 빠졌는지도 보세요",
            f"the number is {shorten(cells[0])} where {number} is due; perhaps a blank line between two sentences is missing",
        )
    return None
