r"""CoNLL-U, the format of Universal Dependencies: a block of lines for each sentence, ten columns for each word.

One real instance, UD-GSD:

    # sent_id = train-s2
    # text = 공기가 좋고
    1	공기가	공기+가	NOUN	NNG+JKS	_	2	nsubj	_	_
    2	좋고	좋+고	VERB	VA+EC	_	0	root	_	_

Every word gets its place in the raw text of the comment; without one, the text is built from the forms and `SpaceAfter=No`.
Definition: https://universaldependencies.org/format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from malmoi.data.cells import BadRow
from malmoi.data.tables import shorten
from malmoi.messages import say
from malmoi.text.josa import attach

NUM_COLUMNS = 10
EMPTY = "_"
_WORD_LINE = re.compile(r"1(-\d+)?\t([^\t\n]*\t){8}[^\t\n]*$", re.MULTILINE)
_COMMENT = re.compile(r"#\s*(text|sent_id)\s*=\s?(.*)")
_RANGE = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class ConlluWord:
    """A word: its columns as they stand there (lemma, upos … "_" where empty), its place in the text, its physical line.

    Words of one surface token ("1-2") that are no pieces of it share its place.
    """

    form: str
    lemma: str
    upos: str
    xpos: str
    feats: str
    head: str
    deprel: str
    deps: str
    misc: str
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class ConlluSentence:
    """A sentence: raw text, words in order, its `sent_id`, and the physical line of its first word."""

    text: str
    words: tuple[ConlluWord, ...]
    id: str | None
    row: int


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of ten columns with its number in the file."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class _Surface:
    """A stretch of text as it is written, and the lines of its words: one, or those of a range."""

    form: str
    words: list[_Line]
    space_after: bool
    number: int


class _BadLine(Exception):
    """A line that does not fit; the whole sentence is left out."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


def is_conllu(head: str) -> bool:
    """Tell whether the first characters of a file hold the first word of a CoNLL-U sentence.

    >>> is_conllu("# text = 네\\n1\\t네\\t네\\tINTJ\\tIC\\t_\\t0\\troot\\t_\\t_\\n"), is_conllu("네\\tB-PS\\n")
    (True, False)
    """
    return _WORD_LINE.search(head) is not None


def read_sentences(lines: Iterable[str]) -> Iterator[ConlluSentence | BadRow]:
    """Yield the sentences of a file's lines in order; a broken one gives a `BadRow` with the line and the fix.

    >>> lines = ["# text = 네, 와요", "1\\t네\\t네\\tINTJ\\tIC\\t_\\t3\\tdiscourse\\t_\\tSpaceAfter=No",
    ...          "2\\t,\\t,\\tPUNCT\\tSP\\t_\\t3\\tpunct\\t_\\t_", "3\\t와요\\t오\\tVERB\\tVV+EF\\t_\\t0\\troot\\t_\\t_"]
    >>> [(word.form, word.upos, word.start, word.end) for word in next(read_sentences(lines)).words]
    [('네', 'INTJ', 0, 1), (',', 'PUNCT', 1, 2), ('와요', 'VERB', 3, 5)]
    """
    for block in _blocks(lines):
        try:
            yield _sentence(block)
        except _BadLine as error:
            yield BadRow(error.number, None, str(error))


def _blocks(lines: Iterable[str]) -> Iterator[list[tuple[int, str]]]:
    """Yield the numbered lines of each sentence; comments alone are none."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r\n")
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _sentence(block: list[tuple[int, str]]) -> ConlluSentence:
    comments = {match[1]: match[2] for _, line in block if (match := _COMMENT.match(line))}
    rows = [_columns(number, line) for number, line in block if not line.startswith("#")]
    if not rows:
        raise _BadLine(block[-1][0], say("주석만 있고 낱말이 없습니다", "comments without a word"))
    surfaces = _surfaces([row for row in rows if "." not in row.cells[0]])
    text = comments.get("text") or _joined(surfaces)
    words = tuple(word for surface, start in _placed(text, surfaces) for word in _words(surface, start))
    return ConlluSentence(text, words, comments.get("sent_id"), rows[0].number)


def _columns(number: int, line: str) -> _Line:
    cells = line.split("\t")
    if len(cells) != NUM_COLUMNS:
        raise _BadLine(
            number,
            say(
                f"탭으로 나뉜 열이 {NUM_COLUMNS}개여야 하는데 {len(cells)}개입니다",
                f"{len(cells)} tab-separated columns instead of {NUM_COLUMNS}",
            )
            + f": {shorten(line)}",
        )
    if not cells[1].strip():
        raise _BadLine(number, say("둘째 열(낱말)이 비어 있습니다", "column 2, the word, is empty"))
    return _Line(number, cells)


def _surfaces(rows: list[_Line]) -> list[_Surface]:
    """Group the lines of words under the ranges ("1-2") they belong to; words are numbered 1, 2, 3 …"""
    surfaces: list[_Surface] = []
    last, range_end = 0, 0
    for row in rows:
        name, form = row.cells[:2]
        space_after = "SpaceAfter=No" not in row.cells[9].split("|")
        if match := _RANGE.fullmatch(name):
            first, range_end = int(match[1]), int(match[2])
            if first != last + 1 or range_end < first:
                raise _BadLine(row.number, _wrong_number(name, last + 1))
            surfaces.append(_Surface(form, [], space_after, row.number))
            continue
        if name != str(last + 1):
            raise _BadLine(row.number, _wrong_number(name, last + 1))
        last += 1
        if last <= range_end:
            surfaces[-1].words.append(row)
        else:
            surfaces.append(_Surface(form, [row], space_after, row.number))
    if last < range_end or not last:
        raise _BadLine(rows[-1].number, say("범위 표시의 낱말이 모자랍니다", "words of a range are missing"))
    return surfaces


def _wrong_number(name: str, expected: int) -> str:
    return say(
        f"첫째 열의 번호가 {expected} 이어야 하는데 {shorten(name)} 입니다. 문장 사이에 빈 줄이 빠졌는지도 보세요",
        f"column 1 is {shorten(name)} where {expected} is due; perhaps a blank line between two sentences is missing",
    )


def _joined(surfaces: list[_Surface]) -> str:
    return "".join(surface.form + " " * surface.space_after for surface in surfaces).rstrip(" ")


def _placed(text: str, surfaces: list[_Surface]) -> Iterator[tuple[_Surface, int]]:
    """Yield every surface form with its start in the text: nothing but spaces may lie between them."""
    position = 0
    for surface in surfaces:
        start = position
        while text[start : start + 1].isspace():
            start += 1
        if not text.startswith(surface.form, start):
            raise _BadLine(
                surface.number,
                say(
                    f"낱말 {attach(shorten(surface.form), '이/가')} '# text =' 의 그 자리({start}번째 글자)에 없습니다: {shorten(text[start:])}",
                    f"the word {shorten(surface.form)} is not at its place in '# text =' (character {start}): {shorten(text[start:])}",
                ),
            )
        yield surface, start
        position = start + len(surface.form)
    if rest := text[position:].strip():
        raise _BadLine(
            surfaces[-1].number,
            say(
                f"'# text =' 의 끝 부분에 해당하는 낱말이 없습니다: {shorten(rest)}",
                f"the end of '# text =' has no words: {shorten(rest)}",
            ),
        )


def _words(surface: _Surface, start: int) -> Iterator[ConlluWord]:
    """Yield the words of a surface form: at their own places where they spell it, else all at its place."""
    forms = [row.cells[1] for row in surface.words]
    spells = "".join(forms) == surface.form
    position = start
    for row in surface.words:
        place = (position, position + len(row.cells[1])) if spells else (start, start + len(surface.form))
        position = place[1]
        form, lemma, upos, xpos, feats, head, deprel, deps, misc = row.cells[1:]
        yield ConlluWord(form, lemma, upos, xpos, feats, head, deprel, deps, misc, *place, row.number)
