"""Machine reading: the answer to a question as it stands in a context of any length, or that the context has none.

One real instance: `AnswerExample("누가 쓰나?", "말모이는 학생이 쓴다.", (Span(5, 7),))`
→ windows `<s> ▁누가 ▁쓰 나 ? </s></s> ▁말 모 이는 ▁학생 이 … </s>` → start and end logits of every piece
→ `ExtractionPrediction(answer="학생", score=0.87, start=5, end=7, …)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np

from malmoi.data.answer_checks import check_answers, check_any_answer
from malmoi.data.examples import AnswerExample, Span
from malmoi.data.features import Batch, Features
from malmoi.data.labels import LabelName
from malmoi.data.predictions import ExtractionPrediction, excerpt_place
from malmoi.data.tables import shorten
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.answers import (
    klue_mrc_table,
    korquad2_table,
    korquad_table,
    normalize_klue_mrc,
    normalize_korquad,
    normalize_korquad2,
)
from malmoi.metrics.calibration import reliability_bins
from malmoi.metrics.classification import class_rows, confusion_matrix
from malmoi.metrics.counts import CountTable, paired_difference
from malmoi.metrics.scores import Scores, Statistic
from malmoi.metrics.slices import WrongAnswer, largest, length_slices
from malmoi.metrics.thresholds import no_answer_threshold
from malmoi.tasks.base import Task, Window
from malmoi.tasks.extraction.config import ExtractionConfig
from malmoi.tasks.extraction.spans import Answers, answers_of, find_spans
from malmoi.tasks.extraction.windows import Reading, collate_windows, drawn_windows
from malmoi.tasks.settings import refuse_learned
from malmoi.tokenization.pieces import PairTemplate

Metric = Literal["korquad", "korquad2", "klue_mrc"]
_HTML = ("<!doctype", "<html")  # how the contexts of KorQuAD 2 begin
_SHORTEST_LIMIT = 30  # characters of an answer that are always allowed
NORMALIZERS = {"korquad": normalize_korquad, "korquad2": normalize_korquad2, "klue_mrc": normalize_klue_mrc}
BREVITIES = (0.0, 0.03, 0.06, 0.1)  # log probabilities that a character of an answer may cost
_LENGTH_EDGES = (250, 500, 1000, 2000, 4000, 16_000)
_ERROR_AROUND = 60


class Extraction(Task):
    """The answer to a question in a context."""

    name = "extraction"
    config_class = ExtractionConfig
    main_score = "korquad_em"
    example_kind: ClassVar[Literal["answers"]] = "answers"
    cuts_long_texts = False
    config: ExtractionConfig

    def __init__(self, config: ExtractionConfig, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self.metric: Metric = "korquad" if config.metric == "auto" else config.metric
        self.main_score = f"{self.metric}_em"

    @cached_property
    def template(self) -> PairTemplate:
        """The special tokens around question and context; `ConfigError` without one in front, which stands for no answer."""
        template = self.tokenizer.pair_template()
        if not len(template.before):
            raise ConfigError(
                say(
                    "이 모델의 토크나이저는 맨 앞에 특수 토큰을 두지 않아 기계 독해에 쓸 수 없습니다.",
                    "this model's tokenizer puts no special token in front, which machine reading needs.",
                )
            )
        return template

    @property
    def cuts_particles(self) -> bool:
        """Whether particles glued to an answer are cut off."""
        return self.config.particles == "cut" or (self.config.particles == "auto" and self.config.cuts_particles)

    @classmethod
    def configure(
        cls,
        config: ExtractionConfig,
        examples: Sequence[AnswerExample],
        label_names: Mapping[str, LabelName] = MappingProxyType({}),
    ) -> ExtractionConfig:
        """Return `config` with what the training examples say; raise `ConfigError` for settings that the data decide."""
        refuse_learned(
            max_answer=config.max_answer != 0,
            cuts_particles=config.cuts_particles,
            brevity=config.brevity != 0,
            no_answer=config.no_answer is not None,
        )
        unanswerable = any(example.answers == () for example in examples)
        metric = config.metric
        if metric == "auto":
            html = any(example.context.lstrip()[:9].lower().startswith(_HTML) for example in examples)
            metric = "klue_mrc" if unanswerable else "korquad2" if html else "korquad"
        longest = max((a.end - a.start for e in examples for a in e.answers or ()), default=0)
        threshold = 0.5 if unanswerable else None
        return replace(config, metric=metric, max_answer=max(_SHORTEST_LIMIT, longest), no_answer=threshold)

    def check(self, examples: Sequence[AnswerExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` for questions without annotation, places outside their context and, for training, no answer at all."""
        check_answers(examples, source)
        if training:
            check_any_answer(examples, source)

    def ask(
        self, text: str, pair: str | None = None, cells: Mapping[str, Any] = MappingProxyType({}), row: int = 0
    ) -> AnswerExample:
        """Return a question on a context; raise `DataError` without one."""
        if pair is None:
            raise DataError(
                say(
                    f"질문 {shorten(text)} 에 지문이 없습니다. --pair 로 주세요 (파일은 context 나 지문 열, 파이썬은 (질문, 지문)).",
                    f"the question {shorten(text)} has no context. Give it with --pair (a file: column context; Python: (question, context)).",
                )
            )
        return AnswerExample(text, pair, row=row)

    @property
    def sample(self) -> dict[str, Any]:
        """A question on a context."""
        example = self.demo()[0]
        return {"text": example.text, "pair": example.context}

    @property
    def reads_pairs(self) -> bool:
        """Always: a question and a context."""
        return True

    @property
    def answers(self) -> str:
        """What can be answered."""
        return say("지문 속 글", "a stretch of the context")

    def encode(self, examples: Sequence[AnswerExample]) -> list[list[Features]]:
        """Return the windows of each example; a context is tokenised once, however many questions it has."""
        questions, contexts = (
            dict(zip(texts, self.tokenizer.pieces(texts), strict=True))
            for texts in (
                list(dict.fromkeys(e.text for e in examples)),
                list(dict.fromkeys(e.context for e in examples)),
            )
        )
        reading = Reading(self.template, self.config.max_length, self.config.max_question, self.config.stride)
        return [reading.windows(questions[e.text], contexts[e.context], e.answers) for e in examples]

    def to_train(self, windows: Sequence[Features]) -> Sequence[Features]:
        """Return the windows with the answer and, drawn among those without it, `negatives` times as many (at least one for no answer)."""
        return drawn_windows(windows, self.config.negatives)

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return a padded batch with targets and the allowed places."""
        return collate_windows(features, self.tokenizer.pad_id, self.config.max_length)

    def build_head(self, backbone_config: Any) -> Any:
        """Return the Hugging Face-shaped head of this backbone."""
        from malmoi.models.answer_head import AnswerHead

        return AnswerHead(backbone_config)

    def decode(self, example: AnswerExample, windows: Sequence[Window]) -> ExtractionPrediction:
        """Return the most probable answer over all windows, or none where that is probable enough."""
        spans = find_spans(windows, self.config.max_answer, self.config.brevity)
        answers = answers_of(example.context, spans, cut_particles=self.cuts_particles)
        threshold, listed = self.config.no_answer, answers.candidates[: self.config.n_best]
        refuses = threshold is not None and answers.no_answer >= threshold
        if refuses or not listed:
            return ExtractionPrediction(
                example.text, example.context, "", answers.no_answer, None, None, answers.no_answer, listed
            )
        best = listed[0]
        return ExtractionPrediction(
            example.text, example.context, best.text, best.score, best.start, best.end, answers.no_answer, listed
        )

    def tune(self, examples: Sequence[AnswerExample], windows: Sequence[Sequence[Window]]) -> Extraction:
        """Return the task with what gives most exact matches on dev: how brief answers are, whether particles are cut; then the threshold."""
        config, best, answers = self.config, np.zeros(0, dtype=bool), list[Answers]()
        choices = (False, True) if config.particles == "auto" else (self.cuts_particles,)
        for brevity in BREVITIES:
            spans = [find_spans(own, config.max_answer, brevity) for own in windows]
            for cuts in choices:
                tried = [answers_of(e.context, s, cut_particles=cuts) for e, s in zip(examples, spans, strict=True)]
                right = self._right(tried, examples)
                if not answers or right.sum() > best.sum():
                    best, answers = right, tried
                    config = replace(config, brevity=brevity, cuts_particles=cuts)
        unanswerable = np.array([example.answers == () for example in examples])
        if unanswerable.any() and config.no_answer is not None:
            probabilities = np.array([own.no_answer for own in answers])
            threshold = no_answer_threshold(probabilities, best & ~unanswerable, unanswerable)
            config = replace(config, no_answer=round(threshold, 6))
        return Extraction(config, self.tokenizer)

    def _right(self, answers: Sequence[Answers], examples: Sequence[AnswerExample]) -> np.ndarray:
        """Return whether the most probable answer to each example is an exact match, bool [n]."""
        plain = NORMALIZERS[self.metric]
        said = [plain(own.candidates[0].text) if own.candidates else "" for own in answers]
        return np.array(
            [text in map(plain, example.answer_texts) for text, example in zip(said, examples, strict=True)]
        )

    def score(self, predictions: Sequence[ExtractionPrediction], examples: Sequence[AnswerExample]) -> Scores:
        """Return the official scores of the data, KorQuAD's beside KLUE-MRC's, and SQuAD's F1, with intervals."""
        return self._table([prediction.answer for prediction in predictions], examples).scores()

    def main_statistic(
        self, predictions: Sequence[ExtractionPrediction], examples: Sequence[AnswerExample]
    ) -> Statistic:
        """Return exact match of drawn examples."""
        return self._table([prediction.answer for prediction in predictions], examples).statistic(self.main_score)

    def _table(self, said: Sequence[str], examples: Sequence[AnswerExample]) -> CountTable:
        """Return the values of all scores by example; the first column is exact match."""
        gold = [list(example.answer_texts) for example in examples]
        if self.metric == "korquad2":
            return korquad2_table(said, gold)
        if self.metric == "klue_mrc":
            return klue_mrc_table(said, gold) | korquad_table(said, gold)
        return korquad_table(said, gold)

    def analyse(self, predictions: Sequence[ExtractionPrediction], examples: Sequence[AnswerExample]) -> Analysis:
        """Return calibration, exact match by length of the context and the surest errors; where there is, how well no answer is told."""
        table = self._table([prediction.answer for prediction in predictions], examples)
        hits = table.counts[:, 0] > 0
        errors = [
            (prediction.score, _wrong(prediction, example))
            for prediction, example, hit in zip(predictions, examples, hits, strict=True)
            if not hit
        ]
        names = (say("답 있음", "has an answer"), say("답 없음", "no answer"))
        gold = [int(not example.answers) for example in examples]
        confusion = confusion_matrix(gold, [int(not prediction.answer) for prediction in predictions], 2)
        both = any(gold)
        return Analysis(
            labels=names if both else (),
            baselines=[self._never(table, examples)] if both else [],
            confusion=confusion if both else None,
            class_rows=class_rows(confusion, names) if both else (),
            reliability=reliability_bins(np.array([prediction.score for prediction in predictions]), hits),
            slices=length_slices(examples, hits, _LENGTH_EDGES),  # type: ignore[arg-type]
            slice_score=self.main_score,
            errors=largest(errors),
        )

    def _never(self, table: CountTable, examples: Sequence[AnswerExample]) -> Baseline:
        """Return the answerer that never finds anything, beside the table of the model."""
        never = self._table([""] * len(examples), examples)
        difference = paired_difference(table, never, self.main_score)
        return Baseline("no_answer", say("항상 답 없음", "always no answer"), never.scores(), difference)

    def tuned(self) -> list[tuple[str, str, str]]:
        """Return whether particles are cut, and the threshold of no answer."""
        found = []
        if self.config.particles == "auto":
            cut = "자름 / cut" if self.cuts_particles else "그대로 / kept"
            found.append(
                ("답 끝 조사", "particles behind answers", f"{cut} (dev EM 으로 고름 / by exact match on dev)")
            )
        found.append(("글자마다 빼는 로그 확률", "log probability a character costs", f"{self.config.brevity:g}"))
        if self.config.no_answer is not None:
            found.append(("답 없음 문턱값", "threshold of no answer", f"{self.config.no_answer:.4g}"))
        return found

    @classmethod
    def demo(cls) -> list[AnswerExample]:
        """Six questions on two contexts; one has no answer."""
        rows = [
            ("말모이는 1911년부터 주시경이 쓴 사전이다.", "누가 썼나?", "주시경"),
            ("말모이는 1911년부터 주시경이 쓴 사전이다.", "언제부터 썼나?", "1911년"),
            ("말모이는 1911년부터 주시경이 쓴 사전이다.", "어디에서 썼나?", None),
            ("비가 오면 아이는 집에서 책을 읽는다.", "언제 읽나?", "비가 오면"),
            ("비가 오면 아이는 집에서 책을 읽는다.", "어디에서 읽나?", "집"),
            ("비가 오면 아이는 집에서 책을 읽는다.", "무엇을 읽나?", "책"),
        ]
        return [AnswerExample(question, context, _found(answer, context)) for context, question, answer in rows]


def _wrong(prediction: ExtractionPrediction, example: AnswerExample) -> WrongAnswer:
    """Return an error with the context around the right answer, or around the wrong one where there is none."""
    gold = example.answers[0] if example.answers else Span(prediction.start or 0, prediction.end or 0)
    first, last = excerpt_place(example.context, gold.start, gold.end, _ERROR_AROUND)
    nothing = say("답 없음", "no answer")
    right = " | ".join(dict.fromkeys(example.answer_texts)) or nothing
    excerpt = example.context[first:last]
    return WrongAnswer(example.row, example.text, excerpt, right, prediction.answer or nothing, prediction.score, None)


def _found(answer: str | None, context: str) -> tuple[Span, ...]:
    if answer is None:
        return ()
    start = context.index(answer)
    return (Span(start, start + len(answer)),)
