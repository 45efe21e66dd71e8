r"""Tagged tokens line by line, a blank line behind each sentence: CoNLL, Naver NER, and KLUE-NER's characters.

    손흥민은\tB-PS          1\t비토리오\tPER_B          ## klue-ner-v1_dev_00000-wikitree\t<경찰:OG>은 또 …
    런던에\tB-LC            2\t양일\tDAT_B              경\tB-OG
    산다\tO                 3\t만에\t-                  찰\tI-OG

Tokens are joined by single spaces; characters as they stand, their spaces being lines too. The tag is the last column (or
`--label N`), the token the first, or the second behind a number (or `--text N`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from malmoi.data.cells import BadRow
from malmoi.data.columns import Columns, is_number_choice
from malmoi.data.examples import SpanExample
from malmoi.data.shapes.tag_schemes import OUTSIDE, BadTag, Scheme, find_scheme, tags_to_spans
from malmoi.data.tables import shorten
from malmoi.errors import DataError
from malmoi.messages import say

_SPACE_LINE = re.compile(r"^ \t\S+$", re.MULTILINE)
_TAG = re.compile(r"[BIMELSUWbimelsuw][-_]\S+|\S+[-_][BIMELSUW]")
_DOCUMENT = "-DOCSTART-"
_HEAD_LINES = 200
NUMBERS = tuple(str(i) for i in range(1, 100))  # what the columns of a file without names are called
_MOST = 0.8  # of the first lines have to look alike


@dataclass
class _Block:
    """The cells of a sentence's lines with their numbers, its comment's first word, and the first line that does not fit."""

    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    id: str | None = None
    bad: BadRow | None = None


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the lines are cut: `delimiter` (None: any spaces), how many columns, and which (from 0) hold token and tag."""

    delimiter: str | None
    num_columns: int
    token: int
    tag: int
    by_character: bool = False

    def cells(self, line: str) -> list[str]:
        return line.split(self.delimiter)

    def is_comment(self, line: str) -> bool:
        """A token "#" of a file without tabs looks like one: there the number of columns decides."""
        return _is_comment(line) and (self.delimiter == "\t" or len(self.cells(line)) != self.num_columns)


def is_klue_ner(head: str) -> bool:
    """Tell whether spaces are lines of their own, as in KLUE-NER: one character a line.

    >>> is_klue_ner("박\\tB-PS\\n \\tO\\n"), is_klue_ner("박\\tB-PS\\n\\n")
    (True, False)
    """
    return _SPACE_LINE.search(head) is not None


def is_conll(head: str) -> bool:
    """Tell whether the first characters of a file are tagged tokens: lines of equal columns, in blocks or with tags like B-PS.

    >>> is_conll("손흥민은 B-PS\\n런던에 B-LC\\n산다 O\\n"), is_conll("text\\tlabel\\n재밌어요\\t긍정\\n")
    (True, False)
    """
    lines = [line.rstrip("\r") for line in head.split("\n")[:-1][:_HEAD_LINES]] or head.split("\n")
    filled = [line for line in lines if line.strip() and not _is_comment(line)]
    if not filled or filled[0][0] in "{[":
        return False
    rows = [line.split("\t" if any("\t" in line for line in filled) else None) for line in filled]
    width, most = Counter(map(len, rows)).most_common(1)[0]
    if width < 2 or most < _MOST * len(rows):
        return False
    tags = [row[-1] for row in rows if len(row) == width]
    tagged = sum(tag in OUTSIDE or _TAG.fullmatch(tag) is not None for tag in tags)
    has_blocks = any(not line.strip() for line in lines[:-1])
    is_word = all(tag and not any(map(str.isspace, tag)) for tag in tags)
    return tagged >= _MOST * len(tags) or (has_blocks and is_word)


def read_klue_ner(lines: Iterator[str], columns: Columns) -> Iterator[SpanExample | BadRow]:
    """Yield the sentences of a file of tagged characters."""
    yield from _examples(lines, columns, by_character=True)


def read_conll(lines: Iterator[str], columns: Columns) -> Iterator[SpanExample | BadRow]:
    """Yield the sentences of a file of tagged tokens."""
    yield from _examples(lines, columns, by_character=False)


def _examples(lines: Iterable[str], columns: Columns, *, by_character: bool) -> Iterator[SpanExample | BadRow]:
    numbered = [(number, line.rstrip("\r\n")) for number, line in enumerate(lines, 1)]
    layout = _layout([line for _, line in numbered], columns, by_character)
    blocks = list(_blocks(numbered, layout))
    scheme = find_scheme([row[layout.tag] for row in block.rows] for block in blocks if block.bad is None)
    for block in blocks:
        yield block.bad or _example(block, layout, scheme)


def _blocks(numbered: Iterable[tuple[int, str]], layout: _Layout) -> Iterator[_Block]:
    block = _Block()
    for number, line in [*numbered, (0, "")]:
        cells = layout.cells(line)
        if not line.strip():
            if block.rows or block.bad:
                yield block
            block = _Block()
        elif line.startswith(_DOCUMENT):
            continue
        elif layout.is_comment(line):
            block.id = line.lstrip("# ").split("\t")[0].strip() if "\t" in line else block.id
        elif len(cells) == layout.num_columns and (cells[layout.token].strip() or layout.by_character):
            block.rows.append(cells)
            block.numbers.append(number)
        elif block.bad is None:
            block.bad = BadRow(number, None, _wrong_columns(line, layout))


def _example(block: _Block, layout: _Layout, scheme: Scheme) -> SpanExample | BadRow:
    tokens = [row[layout.token] for row in block.rows]
    text, places = join_tokens(tokens, by_character=layout.by_character)
    try:
        spans = tags_to_spans([row[layout.tag] for row in block.rows], places, scheme)
    except BadTag as error:
        return BadRow(block.numbers[error.index], None, str(error))
    return SpanExample(text, tuple(spans), None if layout.by_character else tuple(places), block.id, block.numbers[0])


def join_tokens(tokens: Iterable[str], *, by_character: bool) -> tuple[str, list[tuple[int, int]]]:
    """Return a text and the places of its tokens: joined by single spaces, characters without.

    >>> join_tokens(["손흥민은", "산다"], by_character=False)
    ('손흥민은 산다', [(0, 4), (5, 7)])
    """
    places, position = [], 0
    tokens = list(tokens)
    for token in tokens:
        places.append((position, position + len(token)))
        position += len(token) + (not by_character)
    return ("" if by_character else " ").join(tokens), places


def _layout(lines: list[str], columns: Columns, by_character: bool) -> _Layout:
    """Find the columns: as many as most lines have, the token behind a number that counts, the tag last."""
    filled = [line for line in lines if line.strip() and not _is_comment(line)]
    delimiter = "\t" if any("\t" in line for line in filled) else None
    rows = [line.split(delimiter) for line in filled]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    fitting = [row for row in rows if len(row) == width]
    is_counted = width > 2 and all(row[0].isdecimal() for row in fitting) and fitting[0][0] in ("0", "1")
    token = _chosen(columns.text, "--text", width, int(is_counted))
    tag = _chosen(columns.label, "--label", width, width - 1)
    return _Layout(delimiter, width, token, tag, by_character)


def _chosen(wish: str | None, flag: str, width: int, default: int) -> int:
    if wish is None:
        return default
    if is_number_choice(wish) and int(wish) <= width:
        return int(wish) - 1
    raise DataError(
        say(
            f"{flag} {wish}: 열 이름이 없는 파일이므로 1~{width} 의 번호를 주세요.",
            f"{flag} {wish}: this file has no column names. Give a number from 1 to {width}.",
        )
    )


def _is_comment(line: str) -> bool:
    return line.startswith(("## ", "# ", _DOCUMENT))


def _wrong_columns(line: str, layout: _Layout) -> str:
    between = say("탭", "tab") if layout.delimiter else say("공백", "space")
    found = len(layout.cells(line))
    if found == layout.num_columns:
        return say("토큰이 비어 있습니다", "the token is empty")
    return (
        say(
            f"{between}으로 나뉜 열이 {layout.num_columns}개여야 하는데 {found}개입니다",
            f"{found} {between}-separated column(s) instead of {layout.num_columns}",
        )
        + f": {shorten(line)}"
    )
