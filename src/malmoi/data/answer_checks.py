"""Whether questions can be scored and trained on: their answers are annotated and lie inside their contexts."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.data.examples import AnswerExample, Span
from malmoi.data.labels import row_name
from malmoi.errors import DataError
from malmoi.messages import say


def check_answers(examples: Sequence[AnswerExample], source: str) -> None:
    """Raise `DataError` for a question without annotation, an empty text, or an answer outside its context, naming row and id."""
    for i, example in enumerate(examples, 1):
        problem = _problem(example)
        if problem is not None:
            identity = getattr(example, "id", None)
            name = "" if identity is None else f" ({identity})"
            raise DataError(f"{source}, {row_name(i, example)}{name}: {problem}")


def check_any_answer(examples: Sequence[AnswerExample], source: str) -> None:
    """Raise `DataError` unless a question has an answer: there would be nothing to learn."""
    if any(example.answers for example in examples):
        return
    raise DataError(
        say(
            f"{source}: 답이 있는 질문이 하나도 없어 배울 것이 없습니다.",
            f"{source}: no question has an answer, so there is nothing to learn.",
        )
    )


def _problem(example: AnswerExample) -> str | None:
    if not isinstance(example, AnswerExample):
        return say("질문과 지문이 아닙니다.", "not a question on a context.")
    if example.answers is None:
        return say(
            "답이 표시되지 않았습니다. 답이 없는 질문이면 빈 목록으로 적으세요 (answers: []).",
            "no answer is annotated. Write an empty list where there is none (answers: []).",
        )
    if not example.text.strip() or not example.context.strip():
        return say("질문이나 지문이 비어 있습니다.", "question or context is empty.")
    return next((_outside(a, example.context) for a in example.answers if not _fits(a, example.context)), None)


def _fits(answer: Span, context: str) -> bool:
    return 0 <= answer.start < answer.end <= len(context)


def _outside(answer: Span, context: str) -> str:
    return say(
        f"답의 자리 {answer.start}~{answer.end}: {len(context)}자인 지문 밖입니다.",
        f"the answer's place {answer.start} to {answer.end} is outside the context of {len(context)} characters.",
    )
