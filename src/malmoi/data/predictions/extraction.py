"""What machine reading says: the answer as it stands in the context, other candidates, and how likely there is none."""

from __future__ import annotations

from dataclasses import dataclass

from malmoi.data.predictions.base import Bar, Mark, Prediction, is_guess, percent
from malmoi.messages import say

_AROUND = 120  # characters of a long context shown before and behind the answer
_BAR_NAME = 30


@dataclass(frozen=True, slots=True)
class AnswerCandidate:
    """A possible answer: its text, probability, and characters `start` to `end` of the context."""

    text: str
    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ExtractionPrediction(Prediction):
    """The answer to a question (`text`) in a context (`pair`): characters `start` to `end`, with its probability.

    `answer` is "" and both places are None when the context does not answer the question; `score` is then `no_answer`, the
    probability of that. `candidates` are different answers, most probable first; with `no_answer` and those too unlikely to be
    listed they add up to one.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> best = AnswerCandidate("학생", 0.87, 5, 7)
    >>> said = ExtractionPrediction("누가 쓰나?", "말모이는 학생이 쓴다.", "학생", 0.87, 5, 7, 0.02, (best,))
    >>> said.sentence, said.pair[said.start : said.end]
    ("답은 '학생'입니다 (87 %).", '학생')
    >>> set_language(None)
    """

    answer: str
    score: float
    start: int | None
    end: int | None
    no_answer: float
    candidates: tuple[AnswerCandidate, ...]

    @property
    def sentence(self) -> str:
        share = percent(self.score)
        if not self.answer:
            if is_guess(self.score):
                return say(
                    f"확실하지 않지만 지문에 답이 없을 수 있습니다 ({share}).",
                    f"Not sure, but the context may not answer this ({share}).",
                )
            return say(f"지문에 답이 없습니다 ({share}).", f"The context does not answer this ({share}).")
        if is_guess(self.score):
            return say(
                f"확실하지 않지만 답은 '{self.answer}'일 수 있습니다 ({share}).",
                f"Not sure, but the answer may be '{self.answer}' ({share}).",
            )
        return say(f"답은 '{self.answer}'입니다 ({share}).", f"The answer is '{self.answer}' ({share}).")

    @property
    def bars(self) -> list[Bar]:
        bars = [Bar(_short(c.text), c.score, c.text == self.answer) for c in self.candidates]
        if not self.answer:
            bars.append(Bar(say("답 없음", "no answer"), self.no_answer, True))
        return sorted(bars, key=lambda bar: -bar.share)

    @property
    def marks(self) -> list[Mark]:
        if self.start is None or self.end is None:
            return []
        return [Mark(self.start, self.end, say("답", "answer"), in_pair=True)]

    @property
    def texts(self) -> list[tuple[str, list[Mark]]]:
        """The question, and the context around the answer (its beginning, where there is none) with the answer marked."""
        context = self.pair or ""
        start, end = self.start or 0, self.end or 0
        first, last = excerpt_place(context, start, end)
        before, behind = "…" if first else "", "…" if last < len(context) else ""
        shift = len(before) - first
        marks = [Mark(mark.start + shift, mark.end + shift, mark.caption, in_pair=True) for mark in self.marks]
        return [(self.text, []), (before + context[first:last] + behind, marks)]


def excerpt_place(context: str, start: int, end: int, around: int = _AROUND) -> tuple[int, int]:
    """Return where an excerpt around characters `start` to `end` begins and ends, at spaces where there are some near.

    >>> excerpt_place("말모이는 학생이 쓴다.", 5, 7), excerpt_place("가나 " * 100, 150, 152, around=10)
    ((0, 12), (141, 161))
    """
    first, last = max(0, start - around), min(len(context), end + around)
    if first:
        space = context.find(" ", first, start)
        first = space + 1 if space >= 0 else first
    if last < len(context):
        space = context.rfind(" ", end, last)
        last = space if space >= 0 else last
    return first, last


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _BAR_NAME else plain[: _BAR_NAME - 1] + "…"
