"""What tagging says: labelled stretches of the raw text, entities or words with their part of speech."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from malmoi.data.labels import LabelName
from malmoi.data.predictions.base import Mark, Prediction
from malmoi.messages import say

_MOST_SHOWN = 20  # in the sentence


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """A stretch of the raw text, characters `start` to `end` (exclusive), its label, and how probable both are."""

    text: str
    label: str
    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TaggingPrediction(Prediction):
    """Spans that do not overlap, in order; `token_labels` are the labels of the tokens that the question gave, if it gave any.

    `meanings` has what labels mean, for readers.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> TaggingPrediction("손흥민은 선수다", None, (TaggedSpan("손흥민", "PS", 0.98, 0, 3),)).sentence
    '1개를 찾았습니다: 손흥민(PS).'
    >>> found = (TaggedSpan("비가", "NOUN", 0.9, 0, 2), TaggedSpan("온다", "VERB", 0.9, 3, 5))
    >>> TaggingPrediction("비가 온다", None, found).sentence
    '비가/NOUN 온다/VERB'
    >>> set_language(None)
    """

    spans: tuple[TaggedSpan, ...]
    token_labels: tuple[str, ...] | None = None
    meanings: Mapping[str, LabelName] = field(default_factory=dict, kw_only=True, repr=False, compare=False)

    @property
    def covers_text(self) -> bool:
        """Whether every character that is no space belongs to a span, as parts of speech do."""
        covered = sum(len(span.text) - sum(map(str.isspace, span.text)) for span in self.spans)
        return bool(covered) and covered == sum(not char.isspace() for char in self.text)

    @property
    def sentence(self) -> str:
        if self.covers_text:
            return " ".join(f"{span.text}/{span.label}" for span in self.spans)
        if not self.spans:
            return say("찾은 것이 없습니다.", "Nothing was found.")
        listed = ", ".join(f"{span.text}({self.caption(span.label)})" for span in self.spans[:_MOST_SHOWN])
        listed += " …" if len(self.spans) > _MOST_SHOWN else ""
        return say(f"{len(self.spans)}개를 찾았습니다: {listed}.", f"Found {len(self.spans)}: {listed}.")

    @property
    def marks(self) -> list[Mark]:
        return [Mark(span.start, span.end, self.caption(span.label)) for span in self.spans]

    def caption(self, label: str) -> str:
        """Return a label with its meaning in the user's language, if it is known: PS 인물."""
        name = self.meanings.get(label)
        return label if name is None else f"{label} {say(name.ko, name.en)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: text, spans, sentence; labels of tokens where tokens were given."""
        values = Prediction.to_dict(self)
        del values["meanings"]
        if self.token_labels is None:
            del values["token_labels"]
        return values
