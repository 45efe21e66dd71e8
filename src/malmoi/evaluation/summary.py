"""From an evaluation to what is shown of it: the report's parts and the baselines beside the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from malmoi.data.examples import TextExample
from malmoi.data.predictions import ClassificationPrediction
from malmoi.evaluation.evaluate import Evaluation
from malmoi.evaluation.learning_curve import DevPoint, TrainPoint
from malmoi.evaluation.report import Baseline, Report
from malmoi.evaluation.slices import length_slices, worst_errors
from malmoi.messages import say
from malmoi.metrics.calibration import ReliabilityBin, reliability_bins
from malmoi.metrics.classification import class_rows, confusion_matrix, majority_scores
from malmoi.tasks import Task
from malmoi.tasks.classification import Classification


@dataclass(frozen=True)
class RunFacts:
    """What the report says of the run besides its scores."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    train: Sequence[TrainPoint] = ()
    dev: Sequence[DevPoint] = ()
    reliability_before: Sequence[ReliabilityBin] = ()
    recipe: dict[str, Any] | None = None


def build_report(evaluation: Evaluation, task: Task, facts: RunFacts) -> Report:
    """Return the report of an evaluation: what every task has, and the classification's own parts where they apply."""
    report = Report(
        title=facts.title, scores=evaluation.scores, main_score=task.main_score, facts=facts.facts, notes=facts.notes,
        train=facts.train, dev=facts.dev, recipe=facts.recipe or {},
    )  # fmt: skip
    if not isinstance(task, Classification):
        return report
    readable = [readable_example(task, example) for example in evaluation.examples]
    confusion = confusion_of(evaluation, task)
    return replace(
        report,
        labels=task.label_names,
        confusion=confusion,
        class_rows=class_rows(confusion, task.label_names),
        baselines=[majority_baseline(confusion, task.label_names)],
        reliability=reliability_of(evaluation.predictions, readable),
        reliability_before=facts.reliability_before,
        temperature=task.config.temperature,
        slices=length_slices(evaluation.predictions, readable),
        errors=worst_errors(evaluation.predictions, readable),
    )


def readable_example(task: Classification, example: TextExample) -> TextExample:
    """Return the example with its label as people read it ("0" → "부정")."""
    return replace(example, label=task.label_names[task.label_id(example.label)])


def confusion_of(evaluation: Evaluation, task: Classification) -> np.ndarray:
    """Return the confusion matrix, gold in rows."""
    gold = [task.label_id(example.label) for example in evaluation.examples]
    predicted = [task.label_id(prediction.label) for prediction in evaluation.predictions]
    return confusion_matrix(gold, predicted, len(task.label_names))


def majority_baseline(confusion: np.ndarray, labels: Sequence[str]) -> Baseline:
    """Return the scores of always giving the most frequent label."""
    label = labels[int(confusion.sum(1).argmax())]
    return Baseline(say(f"항상 {label}", f"always {label}"), majority_scores(confusion))


def reliability_of(
    predictions: Sequence[ClassificationPrediction], readable: Sequence[TextExample]
) -> list[ReliabilityBin]:
    """Return the reliability bins of predictions against readable gold labels."""
    confidence = np.array([prediction.score for prediction in predictions])
    hits = np.array([p.label == e.label for p, e in zip(predictions, readable, strict=True)])
    return reliability_bins(confidence, hits)
