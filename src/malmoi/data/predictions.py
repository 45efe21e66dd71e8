"""What a model says, one frozen dataclass per task: the same fields in Python, JSONL, HTTP and on the page."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from html import escape
from typing import Any

from malmoi.messages import say
from malmoi.text.josa import attach

_MAX_BARS = 8  # in a notebook


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart of a prediction: a label, its probability, and whether it is (part of) the answer."""

    name: str
    share: float
    is_answer: bool


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

    def _repr_html_(self) -> str:
        """Return the prediction as a notebook shows it: the text, the bars, the sentence; everything escaped."""
        texts = [self.text] if self.pair is None else [self.text, self.pair]
        parts = [f"<p style='margin:0 0 .3em'><b><bdi>{escape(text)}</bdi></b></p>" for text in texts]
        parts += [_bar_html(bar) for bar in self.bars[:_MAX_BARS]]
        return "".join([*parts, f"<p style='margin:.3em 0'>→ {escape(self.sentence)}</p>"])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: text, pair (only for pairs), the task's own fields, sentence."""
        values = dataclasses.asdict(self) | {"sentence": self.sentence}
        if self.pair is None:
            del values["pair"]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @property
    def _subject(self) -> tuple[str, str]:
        return ("이 문장", "This text") if self.pair is None else ("이 문장 쌍", "This pair")


def _bar_html(bar: Bar) -> str:
    weight = "bold" if bar.is_answer else "normal"
    filled = f"<span style='display:inline-block;height:.7em;width:{12 * bar.share:.2f}em;background:#2c5cc5'></span>"
    name = f"<span style='display:inline-block;min-width:8em;font-weight:{weight}'><bdi>{escape(bar.name)}</bdi></span>"
    return f"<div>{name} {filled} {100 * bar.share:.1f} %</div>"


@dataclass(frozen=True, slots=True)
class ClassificationPrediction(Prediction):
    """A class, its probability, and the probabilities of all classes (most probable first).

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> ClassificationPrediction("재밌어요", None, "긍정", 0.984, {"긍정": 0.984, "부정": 0.016}).sentence
    '이 문장은 긍정일 가능성이 98 %입니다.'
    >>> set_language(None)
    """

    label: str
    score: float
    scores: dict[str, float]

    @property
    def sentence(self) -> str:
        ko, en = self._subject
        percent = _percent(self.score)
        return say(
            f"{ko}은 {self.label}일 가능성이 {percent}입니다.", f"{en} is {self.label} with probability {percent}."
        )

    @property
    def bars(self) -> list[Bar]:
        return [Bar(name, share, name == self.label) for name, share in self.scores.items()]


@dataclass(frozen=True, slots=True)
class MultiLabelPrediction(Prediction):
    """The labels that apply, any number of them, and the probability of each label; both most probable first.

    A label applies from its own threshold on, which need not be 0.5.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> MultiLabelPrediction("늙은 것들 ㅉㅉ", None, ("혐오욕설", "연령차별"), {"혐오욕설": 0.9, "연령차별": 0.61, "성차별": 0.02}).sentence
    '이 문장에는 혐오욕설(90 %), 연령차별(61 %)이 해당합니다.'
    >>> MultiLabelPrediction("잘 봤어요", None, (), {"혐오욕설": 0.01, "성차별": 0.01}).sentence
    '이 문장에 해당하는 라벨이 없습니다.'
    >>> set_language(None)
    """

    labels: tuple[str, ...]
    scores: dict[str, float]

    @property
    def sentence(self) -> str:
        ko, en = self._subject
        if not self.labels:
            return say(f"{ko}에 해당하는 라벨이 없습니다.", f"{en} has none of the labels.")
        listed = ", ".join(f"{label}({_percent(self.scores[label])})" for label in self.labels)
        return say(f"{ko}에는 {attach(listed, '이/가')} 해당합니다.", f"{en} has the labels {listed}.")

    @property
    def bars(self) -> list[Bar]:
        return [Bar(name, share, name in self.labels) for name, share in self.scores.items()]


@dataclass(frozen=True, slots=True)
class RegressionPrediction(Prediction):
    """A score inside the range of the training data.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> RegressionPrediction("비가 온다.", "비가 내린다.", 4.53).sentence
    '이 문장 쌍의 점수를 4.53으로 예측합니다.'
    >>> set_language(None)
    """

    score: float

    @property
    def sentence(self) -> str:
        ko, en = self._subject
        score = short_number(self.score)
        return say(f"{ko}의 점수를 {attach(score, '으로/로')} 예측합니다.", f"{en} has the score {score}.")


def short_number(value: float) -> str:
    """Return a number with about three digits that count.

    >>> short_number(4.5321), short_number(0.01234), short_number(87012.3), short_number(-0.0)
    ('4.53', '0.0123', '87,012', '0')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value + 0.0:.3g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
