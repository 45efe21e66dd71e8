"""The settings of machine reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.tasks.base import TaskConfig
from malmoi.tasks.settings import check_range
from malmoi.text.josa import attach


@dataclass(frozen=True)
class ExtractionConfig(TaskConfig):
    """How questions and contexts are read, and how answers are chosen and scored.

    A context that does not fit into `max_length` tokens is read in windows that share `stride` of them, beside the question's
    first `max_question`. `negatives` is how many windows without the answer are trained on for each one with it.
    `particles`: whether a particle that shares a piece with the end of an answer is cut off ("auto": if that raises exact
    match on dev). `metric` chooses official scores: "auto" is KLUE-MRC's for data with unanswerable questions, KorQuAD 2's for
    HTML, else KorQuAD 1's. `n_best` answers are listed.
    Learned, not set: `max_answer` (characters of the longest answer), and, chosen on dev, `cuts_particles`, `brevity` (the log
    probability that each character costs) and `no_answer`, the probability from which on there is no answer (where dev has
    such questions; None: there always is one).
    """

    min_length: ClassVar[int] = 16
    max_length: int = field(default=384, kw_only=True)
    stride: int = 128
    max_question: int = 64
    negatives: float = 1.0
    particles: Literal["auto", "keep", "cut"] = "auto"
    metric: Literal["auto", "korquad", "korquad2", "klue_mrc"] = "auto"
    n_best: int = 5
    max_answer: int = 0
    cuts_particles: bool = False
    brevity: float = 0.0
    no_answer: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("stride", self.stride, 0, 8192)
        check_range("max_question", self.max_question, 1, 8192)
        check_range("n_best", self.n_best, 1, 20)
        check_range("negatives", self.negatives, 0, 1000)
        rest = self.max_length - self.max_question - self.stride
        if rest < 8:
            raise ConfigError(
                say(
                    f"max_length {self.max_length} 에서 max_question {attach(str(self.max_question), '과/와')} stride {attach(str(self.stride), '을/를')} 빼면 "
                    f"{rest} 토큰입니다. 8 이상이 남도록 stride 나 max_question 을 줄이세요.",
                    f"max_length {self.max_length} less max_question {self.max_question} and stride {self.stride} leaves "
                    f"{rest} tokens. Lower stride or max_question so that 8 are left.",
                )
            )
