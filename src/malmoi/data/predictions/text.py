"""What the tasks on a text, or a pair of texts, say: a label, several labels, a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from malmoi.data.predictions.base import Bar, Prediction, is_guess, percent, short_number
from malmoi.messages import say
from malmoi.text.josa import attach


@dataclass(frozen=True, slots=True)
class LabelledPrediction(Prediction):
    """An answer with labels, called the same for every reader; English sentences have their `english` names instead."""

    english: Mapping[str, str] = field(default_factory=dict, kw_only=True, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, without the names for readers."""
        return {name: value for name, value in Prediction.to_dict(self).items() if name != "english"}

    def in_english(self, label: str) -> str:
        """Return what stands for a label in an English sentence."""
        return self.english.get(label, label)


@dataclass(frozen=True, slots=True)
class ClassificationPrediction(LabelledPrediction):
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
        ko, en = self.about
        share = percent(self.score)
        if is_guess(self.score):
            return say(
                f"확실하지 않지만 {ko}에 가장 가까운 것은 {self.label}입니다 (가능성 {share}).",
                f"Not sure, but {en[0].lower()}{en[1:]} is nearest to {self.in_english(self.label)} (probability {share}).",
            )
        return say(
            f"{ko}은 {self.label}일 가능성이 {share}입니다.",
            f"{en} is {self.in_english(self.label)} with probability {share}.",
        )

    @property
    def bars(self) -> list[Bar]:
        return [Bar(say(name, self.in_english(name)), p, name == self.label) for name, p in self.scores.items()]


@dataclass(frozen=True, slots=True)
class DomainPrediction(ClassificationPrediction):
    """The answer of a model that turns foreign texts down: whether the text is `known`; if not, its label says so.

    `score` and `scores` are those of the labels also then: the most probable one was not probable enough.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> DomainPrediction("라면 끓이는 법", None, "범위 밖", 0.41, {"환불": 0.41, "배송": 0.33}, False).sentence
    "이 문장은 아는 범위 밖인 것 같습니다. 가장 가까운 '환불'도 가능성이 41 %입니다."
    >>> set_language(None)
    """

    known: bool

    @property
    def sentence(self) -> str:
        if self.known:
            return ClassificationPrediction.sentence.fget(self)  # type: ignore[attr-defined,no-any-return]
        ko, en = self.about
        nearest, share = next(iter(self.scores)), percent(self.score)
        name = f"'{nearest}'"
        return say(
            f"{ko}은 아는 범위 밖인 것 같습니다. 가장 가까운 {name}도 가능성이 {share}입니다.",
            f"{en} seems to be out of domain. The nearest, '{self.in_english(nearest)}', has probability {share}.",
        )


@dataclass(frozen=True, slots=True)
class MultiLabelPrediction(LabelledPrediction):
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
        ko, en = self.about
        if not self.labels:
            return say(f"{ko}에 해당하는 라벨이 없습니다.", f"{en} has none of the labels.")
        in_english = ", ".join(f"{self.in_english(label)} ({percent(self.scores[label])})" for label in self.labels)
        listed = ", ".join(f"{label}({percent(self.scores[label])})" for label in self.labels)
        return say(f"{ko}에는 {attach(listed, '이/가')} 해당합니다.", f"{en} has the labels {in_english}.")

    @property
    def bars(self) -> list[Bar]:
        return [Bar(say(name, self.in_english(name)), p, name in self.labels) for name, p in self.scores.items()]


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
        ko, en = self.about
        score = short_number(self.score)
        return say(f"{ko}의 점수를 {attach(score, '으로/로')} 예측합니다.", f"{en} has the score {score}.")
