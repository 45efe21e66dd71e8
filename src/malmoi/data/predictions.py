"""What a model says, one frozen dataclass per task: the same fields in Python, JSONL, HTTP and on the page."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from malmoi.messages import say


@dataclass(frozen=True, slots=True)
class ClassificationPrediction:
    """A class, its probability, and the probabilities of all classes (most probable first).

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> ClassificationPrediction("재밌어요", None, "긍정", 0.984, {"긍정": 0.984, "부정": 0.016}).sentence
    '이 문장은 긍정일 가능성이 98 %입니다.'
    >>> set_language(None)
    """

    text: str
    pair: str | None
    label: str
    score: float
    scores: dict[str, float]

    @property
    def sentence(self) -> str:
        """The prediction as a sentence in the user's language."""
        percent = f"{100 * self.score:.0f}"
        what_ko, what_en = ("이 문장은", "This text is") if self.pair is None else ("이 문장 쌍은", "This pair is")
        return say(
            f"{what_ko} {self.label}일 가능성이 {percent} %입니다.",
            f"{what_en} {self.label} with probability {percent} %.",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: text, pair (only for pairs), label, score, scores, sentence."""
        values = dataclasses.asdict(self) | {"sentence": self.sentence}
        if self.pair is None:
            del values["pair"]
        return values
