r"""Two entities marked in a text by hand: `[[이순신|PER]]은 ((조선|LOC))의 장군이다`.

`[[…]]` is the subject and `((…))` the object; what follows `|` is the entity's type, which may be left out. A backslash
takes the meaning from one of `[ ] ( ) | \`: `\[[` is a bracket, and `\\` a backslash; before anything else it is itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from malmoi.data.examples import Span
from malmoi.data.values import BadCell
from malmoi.messages import say
from malmoi.text.josa import attach

SAMPLE = "[[이순신|PER]]은 ((조선|LOC))의 장군이다"
_TOKENS = re.compile(r"\\(?P<literal>[\[\]()|\\])|(?P<mark>\[\[|\]\]|\(\(|\)\)|\|)")
_SPECIAL = re.compile(r"[\[\]()|\\]")
_OPENING = {"[[": "subject", "((": "object"}
_CLOSING = {"subject": "]]", "object": "))"}


@dataclass(frozen=True, slots=True)
class Entities:
    """A text without marks and its two entities, their types as labels ("" where no type was given)."""

    text: str
    subject: Span
    object: Span


@dataclass
class _Open:
    """An entity whose mark is not closed yet: its role, where it starts, and the pieces of its word and its type so far."""

    role: str
    start: int
    word: list[str] = field(default_factory=list)
    label: list[str] | None = None


@dataclass
class _Reading:
    """What was read so far: the pieces of the text and their length, the closed entities, the open one."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    found: dict[str, Span] = field(default_factory=dict)
    open: _Open | None = None

    def literal(self, piece: str) -> None:
        if self.open is not None and self.open.label is not None:
            self.open.label.append(piece)
            return
        if self.open is not None:
            self.open.word.append(piece)
        self.pieces.append(piece)
        self.length += len(piece)

    def mark(self, mark: str) -> None:
        if self.open is None and mark in _OPENING:
            self.open = _Open(_OPENING[mark], self.length)
        elif self.open is not None and mark == _CLOSING[self.open.role]:
            self.close(self.open)
        elif self.open is not None and mark == "|" and self.open.label is None:
            self.open.label = []
        else:
            self.literal(mark)

    def close(self, entity: _Open) -> None:
        word = "".join(entity.word)
        if not word.strip():
            raise BadCell(_said("표시 안이 비어 있습니다", "a mark is empty"))
        if entity.role in self.found:
            raise BadCell(_said(f"같은 표시가 두 번 있습니다 ({word})", f"a mark stands twice ({word})"))
        start = entity.start + len(word) - len(word.lstrip())
        label = "".join(entity.label or []).strip()
        self.found[entity.role] = Span(start, entity.start + len(word.rstrip()), label)
        self.open = None


def read_marks(marked: str) -> Entities:
    r"""Return a marked text without its marks, and where its entities stand in it.

    Raises `BadCell` when an entity is missing, marked twice, empty or not closed.

    >>> entities = read_marks(r"[[이순신|PER]]은 ((조선|LOC))의 장군이다 (1545\|1598)")
    >>> entities.text, entities.subject, entities.object
    ('이순신은 조선의 장군이다 (1545|1598)', Span(start=0, end=3, label='PER'), Span(start=5, end=7, label='LOC'))
    """
    reading = _Reading()
    for piece, is_mark in _pieces(marked):
        (reading.mark if is_mark else reading.literal)(piece)
    if reading.open is not None:
        closing = _CLOSING[reading.open.role]
        raise BadCell(
            _said(attach(f"'{closing}'", "으로") + " 닫지 않은 표시가 있습니다", f"a mark is not closed by '{closing}'")
        )
    if missing := [opening for opening, role in _OPENING.items() if role not in reading.found]:
        listed = " ".join(opening + "…" + _CLOSING[_OPENING[opening]] for opening in missing)
        raise BadCell(_said(f"표시가 없습니다: {listed}", f"no mark: {listed}"))
    return Entities("".join(reading.pieces), reading.found["subject"], reading.found["object"])


def write_marks(text: str, subject: Span, object_: Span) -> str:
    r"""Return a text with its two entities marked, as `read_marks` reads it; they must not overlap.

    >>> write_marks("이순신은 조선의 장군이다", Span(0, 3, "PER"), Span(5, 7, "LOC"))
    '[[이순신|PER]]은 ((조선|LOC))의 장군이다'
    >>> write_marks("[이순신]은 조선의 장군", Span(1, 4), Span(7, 9))
    '\\[[[이순신]]\\]은 ((조선))의 장군'
    """
    assert min(subject.end, object_.end) <= max(subject.start, object_.start), "overlapping entities have no marks"
    plain = _joined(text, subject, object_, escaped=False)
    try:
        if read_marks(plain) == Entities(text, subject, object_):
            return plain
    except BadCell:
        pass
    return _joined(text, subject, object_, escaped=True)


def _joined(text: str, subject: Span, object_: Span, *, escaped: bool) -> str:
    def shown(piece: str) -> str:
        return _SPECIAL.sub(r"\\\g<0>", piece) if escaped else piece

    done, parts = 0, []
    for role, span in sorted((("subject", subject), ("object", object_)), key=lambda item: item[1].place):
        opening = "[[" if role == "subject" else "(("
        label = f"|{shown(span.label)}" if span.label else ""
        parts += [shown(text[done : span.start]), opening, shown(text[span.start : span.end]), label, _CLOSING[role]]
        done = span.end
    return "".join([*parts, shown(text[done:])])


def _pieces(marked: str) -> Iterator[tuple[str, bool]]:
    """Yield the literal stretches and the marks (True) of a text in order."""
    done = 0
    for token in _TOKENS.finditer(marked):
        if token.start() > done:
            yield marked[done : token.start()], False
        if token["mark"]:
            yield token["mark"], True
        else:
            yield token["literal"], False
        done = token.end()
    if done < len(marked):
        yield marked[done:], False


def _said(ko: str, en: str) -> str:
    return say(
        f"{ko}. 두 개체를 글 안에 이렇게 표시하세요: {SAMPLE}",
        f"{en}. Mark the two entities in the text like this: {SAMPLE}",
    )
