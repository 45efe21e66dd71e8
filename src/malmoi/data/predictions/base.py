"""What all predictions have in common, and how they are drawn: bars, marks on the text, a drawing in lines."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

_MAX_BARS = 8  # in a notebook
_COLORS = ("#cfe3ff", "#ffe0b3", "#d4f2d0", "#f3d1f4", "#fff3b0", "#d0f0f0", "#ffd4d4", "#e2dcff")


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart of a prediction: a label, its probability, and whether it is (part of) the answer."""

    name: str
    share: float
    is_answer: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text (or, `in_pair`, of the pair) to highlight, characters `start` to `end`, with a caption."""

    start: int
    end: int
    caption: str = ""
    in_pair: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text as it is drawn: `color` counts captions from 0 in order of appearance, None outside the marks."""

    text: str
    caption: str = ""
    color: int | None = None


def pieces(text: str, marks: Sequence[Mark]) -> list[Piece]:
    """Cut a text at its marks, in order; a mark that overlaps an earlier one is left out.

    >>> [(piece.text, piece.caption) for piece in pieces("손흥민은 선수다", [Mark(0, 3, "PS")])]
    [('손흥민', 'PS'), ('은 선수다', '')]
    """
    colors: dict[str, int] = {}
    found, done = [], 0
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end)):
        if mark.start < done or mark.end <= mark.start:
            continue
        found += [Piece(text[done : mark.start])] if mark.start > done else []
        color = colors.setdefault(mark.caption, len(colors))
        found.append(Piece(text[mark.start : mark.end], mark.caption, color))
        done = mark.end
    return found + ([Piece(text[done:])] if done < len(text) else [])


@dataclass(frozen=True, slots=True)
class Prediction(ABC):
    """What the predictions for a text, or a pair of texts, have in common."""

    text: str
    pair: str | None

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The prediction as a sentence in the user's language."""

    @property
    def bars(self) -> list[Bar]:
        """The probabilities to draw, most probable first; none by default."""
        return []

    @property
    def marks(self) -> list[Mark]:
        """What to highlight in the text and the pair; nothing by default."""
        return []

    @property
    def drawing(self) -> list[str]:
        """Lines of equal-width characters that draw the answer (a tree); none by default."""
        return []

    def to_svg(self) -> str | None:
        """Return the answer as a self-contained SVG image; None where there is nothing to draw."""
        return None

    @property
    def texts(self) -> list[tuple[str, list[Mark]]]:
        """The text, and the pair if there is one, each with its marks."""
        marks = self.marks
        own = [(self.text, [mark for mark in marks if not mark.in_pair])]
        return own if self.pair is None else [*own, (self.pair, [mark for mark in marks if mark.in_pair])]

    def _repr_html_(self) -> str:
        """Return the prediction as a notebook shows it: the marked text, bars, drawing, sentence; everything escaped."""
        parts = [f"<p style='margin:0 0 .3em'><b><bdi>{_marked_html(*own)}</bdi></b></p>" for own in self.texts]
        parts += [_bar_html(bar) for bar in self.bars[:_MAX_BARS]]
        if picture := self.to_svg():
            parts.append(f"<div style='overflow-x:auto'>{picture}</div>")
        elif self.drawing:
            parts.append(f"<pre>{escape(chr(10).join(self.drawing))}</pre>")
        return "".join([*parts, f"<p style='margin:.3em 0'>→ {escape(self.sentence)}</p>"])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: text, pair (only for pairs), the task's own fields, sentence."""
        values = dataclasses.asdict(self) | {"sentence": self.sentence}
        if self.pair is None:
            del values["pair"]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @property
    def about(self) -> tuple[str, str]:
        """What the sentence is about, in Korean and English."""
        return ("이 문장", "This text") if self.pair is None else ("이 문장 쌍", "This pair")


def _marked_html(text: str, marks: Sequence[Mark]) -> str:
    return "".join(
        escape(piece.text)
        if piece.color is None
        else f"<mark style='background:{_COLORS[piece.color % len(_COLORS)]}'>{escape(piece.text)}"
        f"<sub>{escape(piece.caption)}</sub></mark>"
        for piece in pieces(text, marks)
    )


def _bar_html(bar: Bar) -> str:
    weight = "bold" if bar.is_answer else "normal"
    filled = f"<span style='display:inline-block;height:.7em;width:{12 * bar.share:.2f}em;background:#2c5cc5'></span>"
    name = f"<span style='display:inline-block;min-width:8em;font-weight:{weight}'><bdi>{escape(bar.name)}</bdi></span>"
    return f"<div>{name} {filled} {100 * bar.share:.1f} %</div>"


def short_number(value: float) -> str:
    """Return a number with about three digits that count.

    >>> short_number(4.5321), short_number(0.01234), short_number(87012.3), short_number(-0.0)
    ('4.53', '0.0123', '87,012', '0')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value + 0.0:.3g}"


def is_guess(share: float) -> bool:
    """Tell whether an answer of this probability is more likely wrong than right, and so not to be stated as a fact."""
    return share < 0.5


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
