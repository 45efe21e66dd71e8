"""Judge a trained run on labelled data: predictions, scores with intervals, and what the report needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from malmoi.inference.predictor import Predictor
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.scores import Score, Scores
from malmoi.tasks import Task


@dataclass(frozen=True)
class Evaluation:
    """Examples, their predictions in the same order, the scores, and what else can be shown of them; a prompt shows the scores."""

    examples: Sequence[Any] = field(repr=False)
    predictions: list[Any] = field(repr=False)
    scores: Scores
    main_score: str
    analysis: Analysis = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return scores, baselines, confusion counts, classes, bins of scores and notes as JSON values, as far as there are any."""
        values: dict[str, Any] = {"scores": scores_to_dict(self.scores)}
        values |= baselines_to_dict(self.analysis.baselines, self.main_score)
        if self.analysis.confusion is not None:
            counts = self.analysis.confusion.tolist()
            values["confusion"] = {"labels": list(self.analysis.labels), "counts": counts}
        if self.analysis.class_rows:
            values["classes"] = [_rounded(row) for row in self.analysis.class_rows]
        if self.analysis.scatter is not None:
            values["bins"] = [_rounded(row) for row in self.analysis.scatter.bins]
        if self.analysis.notes:
            values["notes"] = list(self.analysis.notes)
        return values

    def _repr_html_(self) -> str:
        """Return the evaluation as a notebook shows it: the report's page in a frame."""
        from malmoi.evaluation.notebook import framed
        from malmoi.evaluation.report import Report, render_report

        title = say(f"평가 (n = {len(self.examples):,})", f"evaluation (n = {len(self.examples):,})")
        return framed(render_report(Report(title, self.scores, self.main_score, analysis=self.analysis)))


def baselines_to_dict(baselines: Sequence[Baseline], main_score: str) -> dict[str, Any]:
    """Return `baselines`, their scores by key, and `differences`, what the model has more of the main score; what is empty is left out."""
    values: dict[str, Any] = {}
    if baselines:
        values["baselines"] = {b.key: scores_to_dict(b.scores) for b in baselines}
    judged = [b for b in baselines if b.judged_by in (None, main_score)]
    if differences := {b.key: b.difference for b in judged if b.difference is not None}:
        values["differences"] = {"score": main_score, **scores_to_dict(differences)}
    return values


def scores_to_dict(scores: Scores) -> dict[str, dict[str, float | int]]:
    """Return `{name: {"value", "low", "high", "n"}}`, values rounded to six digits."""
    return {
        name: {"value": round(s.value, 6), "low": round(s.low, 6), "high": round(s.high, 6), "n": s.n}
        for name, s in scores.items()
    }


def scores_from_dict(values: Mapping[str, Mapping[str, Any]]) -> Scores:
    """Return the scores that `scores_to_dict` wrote."""
    return {name: Score(**score) for name, score in values.items()}


def _rounded(row: Any) -> dict[str, Any]:
    """Return the fields of a row of a table, without None, floats rounded to six digits."""
    values = {name: value for name, value in asdict(row).items() if value is not None}
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in values.items()}


def evaluate(
    predictor: Predictor,
    examples: Sequence[Any],
    source: str = "memory",
    on_batch: Callable[[int], None] | None = None,
) -> Evaluation:
    """Predict all examples and score them; raise `DataError` for labels the model does not know.

    `on_batch(num_windows)` is called after each batch, for progress.
    """
    predictor.task.check(examples, source)
    predictions = list(predictor.stream(examples, on_batch))
    return judge(predictor.task, predictions, examples)


def judge(task: Task, predictions: list[Any], examples: Sequence[Any]) -> Evaluation:
    """Score predictions of labelled examples."""
    scores, analysis = task.score(predictions, examples), task.analyse(predictions, examples)
    return Evaluation(examples, predictions, scores, task.main_score, analysis)
