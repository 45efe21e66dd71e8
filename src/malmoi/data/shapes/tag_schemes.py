"""Tags of tokens (B-PS, I-PS, O) become spans: the schemes are converted here, at the door, and nowhere else.

    IOB2    B-PS I-PS B-PS O        every entity begins with B-
    IOB1    I-PS I-PS B-PS O        B- only where an entity follows another one of its kind
    BIOES   B-PS E-PS S-PS O        the last token E-, an only token S- (also BILOU and BMEW)
    IO      PS   PS   PS   O        neighbours of one label are one entity
    plain   NNP  JX   NNG  VV       no O: every token has its own label (part of speech)

The letter may stand behind the label (`PER_B`, Naver NER) or be small (`b-per`, o), and "-" or "_" may mean O. Ramshaw & Marcus 1995, Ratinov & Roth 2009.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from malmoi.data.examples import Span
from malmoi.messages import say

SchemeName = Literal["IOB2", "IOB1", "BIOES", "IO", "plain"]
OUTSIDE = ("O", "o", "-", "_", "")
_LETTERS = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}
_IN_FRONT = re.compile(r"([BIMELSUWbimelsuw])[-_](.+)")
_BEHIND = re.compile(r"(.+)[-_]([BIMELSUW])")
_CLOSING = "ES"


@dataclass(frozen=True, slots=True)
class Scheme:
    """How tags are written: the name of the scheme, and whether the letter stands behind the label."""

    name: SchemeName
    behind: bool = False

    def parse(self, tag: str) -> tuple[str, str]:
        """Return letter (B, I, E, S; "O" outside) and label; letter "?" for a tag that does not fit.

        >>> Scheme("BIOES").parse("U-PS"), Scheme("IOB2", behind=True).parse("PER_B"), Scheme("IOB2").parse("-")
        (('S', 'PS'), ('B', 'PER'), ('O', ''))
        """
        if self.name in ("IO", "plain"):
            return ("O", "") if tag in OUTSIDE else ("S" if self.name == "plain" else "I", tag)
        if tag in OUTSIDE:
            return "O", ""
        match = (_BEHIND if self.behind else _IN_FRONT).fullmatch(tag)
        if match is None:
            return "?", tag
        letter, label = reversed(match.groups()) if self.behind else match.groups()
        return _LETTERS[letter.upper()], label


class BadTag(Exception):
    """A tag that does not fit its scheme; `index` counts the tokens of the sentence from 0."""

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(problem)
        self.index = index


def find_scheme(sentences: Iterable[Sequence[str]]) -> Scheme:
    """Return the scheme in which the tags of all sentences are written.

    >>> find_scheme([["I-PS", "O"]]).name, find_scheme([["B-PS", "E-PS"]]).name, find_scheme([["PER_B", "-"]]).behind
    ('IOB1', 'BIOES', True)
    >>> find_scheme([["NNP", "JX"]]).name, find_scheme([["PS", "O"]]).name
    ('plain', 'IO')
    """
    sentences = list(sentences)
    distinct = {tag for tags in sentences for tag in tags} - set(OUTSIDE)
    in_front, behind = (sum(map(bool, map(form.fullmatch, distinct))) for form in (_IN_FRONT, _BEHIND))
    if 2 * max(in_front, behind) <= len(distinct):  # most tags carry no letter
        has_outside = any(tag in OUTSIDE[:3] for tags in sentences for tag in tags)
        return Scheme("IO" if has_outside else "plain")
    form = Scheme("BIOES", behind > in_front)
    parts = {tag: form.parse(tag) for tag in {*distinct, *OUTSIDE}}
    parsed = [[parts[tag] for tag in tags] for tags in sentences]
    if any(letter in _CLOSING for tags in parsed for letter, _ in tags):
        return form
    pairs = [pair for tags in parsed for pair in zip([("O", "")] + tags, tags, strict=False)]
    opens_with_b = any(letter == "B" and label != before for (_, before), (letter, label) in pairs)
    opens_with_i = any(letter == "I" and label != before for (_, before), (letter, label) in pairs)
    return Scheme("IOB1" if opens_with_i and not opens_with_b else "IOB2", form.behind)


def tags_to_spans(tags: Sequence[str], places: Sequence[tuple[int, int]], scheme: Scheme) -> list[Span]:
    """Return the spans of a sentence's tags, from the places `(start, end)` of its tokens; raise `BadTag`.

    >>> tags_to_spans(["B-PS", "I-PS", "O"], [(0, 2), (3, 5), (5, 6)], Scheme("IOB2"))
    [Span(start=0, end=5, label='PS')]
    """
    spans: list[Span] = []
    open_label: str | None = None  # of the entity that the token before belongs to
    for i, (tag, (start, end)) in enumerate(zip(tags, places, strict=True)):
        letter, label = scheme.parse(tag)
        _check(scheme, i, tag, letter, label, open_label)
        if letter == "O":
            open_label = None
        elif letter in "IE" and label == open_label:
            spans[-1] = Span(spans[-1].start, end, label)
        else:
            spans.append(Span(start, end, label))
        if letter != "O":
            open_label = None if letter in _CLOSING else label
    if scheme.name == "BIOES" and open_label is not None:
        raise BadTag(len(tags) - 1, _unclosed(open_label))
    return spans


def _check(scheme: Scheme, index: int, tag: str, letter: str, label: str, open_label: str | None) -> None:
    """Raise `BadTag` for a tag that its scheme does not allow behind the one before it."""
    if letter == "?" or (scheme.name in ("IOB1", "IOB2") and letter in _CLOSING):
        form = "LABEL_B, LABEL_I" if scheme.behind else "B-LABEL, I-LABEL"
        raise BadTag(
            index,
            say(
                f"태그 '{tag}': 이 파일의 다른 태그와 꼴이 다릅니다 ({form}, O 이어야 합니다)",
                f"the tag '{tag}' is unlike the others of this file (expected {form}, O)",
            ),
        )
    if scheme.name == "BIOES" and open_label is not None and (letter not in "IE" or label != open_label):
        raise BadTag(index, _unclosed(open_label))
    if letter in "IE" and label != open_label and scheme.name in ("IOB2", "BIOES"):
        begin = f"{label}_B" if scheme.behind else f"B-{label}"
        raise BadTag(
            index,
            say(
                f"태그 '{tag}' 앞에 '{label}' 의 시작이 없습니다 ({scheme.name}). 여기서 시작하면 이렇게 고치세요: '{begin}'",
                f"the tag '{tag}' follows no beginning of '{label}' ({scheme.name}). If the entity begins here, write '{begin}'",
            ),
        )


def _unclosed(label: str) -> str:
    return say(
        f"'{label}' 개체가 끝나지 않았습니다 (BIOES). 마지막 토큰은 'E-{label}', 한 토큰이면 'S-{label}' 이어야 합니다",
        f"'{label}' is not closed (BIOES). Its last token is 'E-{label}', an only token 'S-{label}'",
    )
