"""Classification: confusion matrix, accuracy, F1, the per-class table, and all scores with intervals.

Everything but the calibration scores is a function of the confusion matrix, int64 [num_labels, num_labels],
whose row is the gold label and whose column the predicted one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.metrics.calibration import NUM_BINS, bin_index, brier_rows, expected_calibration_error
from malmoi.metrics.counts import f1_of_counts, macro_f1_of_counts
from malmoi.metrics.scores import (
    RESAMPLES,
    Score,
    Scores,
    basic_score,
    percentile_score,
    resample_counts,
    resample_means,
    told_apart,
    wilson_score,
)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One label of the per-class table; `support` counts its gold examples, `predicted` how often it was answered.

    A fraction whose denominator is 0 is 0.0. `threshold` is the probability from which a label of several is given.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int
    threshold: float | None = None


def confusion_matrix(
    gold: Sequence[int] | np.ndarray, predicted: Sequence[int] | np.ndarray, num_labels: int
) -> np.ndarray:
    """Count (gold, predicted) pairs of label ids [n]: int64 [num_labels, num_labels], gold in rows.

    Raises `ValueError` for ids outside 0 … num_labels - 1 or lists of different length.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], num_labels=2).tolist()
    [[1, 1], [0, 1]]
    """
    gold, predicted = np.asarray(gold, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    if gold.shape != predicted.shape or gold.ndim != 1:
        raise ValueError(f"gold {gold.shape} and predicted {predicted.shape} must be two lists of one length")
    both = np.concatenate([gold, predicted])
    if both.size and not (both.min() >= 0 and both.max() < num_labels):
        raise ValueError(f"label ids must lie in 0 … {num_labels - 1}, found {both.min()} … {both.max()}")
    return np.bincount(gold * num_labels + predicted, minlength=num_labels**2).reshape(num_labels, num_labels)


def accuracy(confusion: np.ndarray) -> float:
    """Return the share of examples on the diagonal; 0.0 without examples.

    >>> accuracy(np.array([[3, 1], [0, 4]]))
    0.875
    """
    return float(np.trace(confusion) / max(confusion.sum(), 1))


def macro_f1(confusion: np.ndarray) -> float:
    """Return the mean F1 over present classes, those that occur in the gold labels *or* the predictions.

    This is scikit-learn's default and hence KLUE's official YNAT score: a class that only the model names counts as
    0, one that nobody names does not count. 0.0 without examples.

    >>> macro_f1(np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]])).__round__(4)
    0.873
    """
    hits, gold, predicted = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return float(macro_f1_of_counts(hits[None], gold[None], predicted[None])[0])


def class_rows(confusion: np.ndarray, labels: Sequence[str]) -> list[ClassRow]:
    """Return precision, recall, F1, support of each label, in the order of `labels`.

    >>> row = class_rows(np.array([[3, 1], [0, 4]]), ["부정", "긍정"])[1]
    >>> row.label, row.precision, row.recall, row.support
    ('긍정', 0.8, 1.0, 4)
    """
    if len(labels) != len(confusion):
        raise ValueError(f"{len(labels)} labels for a confusion matrix of {len(confusion)}")
    return count_rows(labels, np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0))


def count_rows(
    labels: Sequence[str],
    hits: np.ndarray,
    gold: np.ndarray,
    predicted: np.ndarray,
    thresholds: Sequence[float | None] = (),
) -> list[ClassRow]:
    """Return the per-class table from counts per label [num_labels]: right answers, gold examples, answers."""
    precision, recall = hits / np.maximum(predicted, 1), hits / np.maximum(gold, 1)
    f1 = f1_of_counts(hits, gold, predicted)
    thresholds = thresholds or [None] * len(labels)
    return [
        ClassRow(
            label, float(precision[i]), float(recall[i]), float(f1[i]), int(gold[i]), int(predicted[i]), thresholds[i]
        )
        for i, label in enumerate(labels)
    ]


def majority_scores(confusion: np.ndarray) -> Scores:
    """Return accuracy and macro F1 of always answering the most frequent gold label: the floor to beat.

    >>> majority_scores(np.array([[3, 1], [0, 6]]))["accuracy"].value
    0.6
    """
    gold = confusion.sum(axis=1)
    constant = np.zeros_like(confusion)
    constant[:, int(gold.argmax())] = gold
    return confusion_scores(constant)


def majority_difference(confusion: np.ndarray, name: str) -> Score | None:
    """Return what a model has more of `name` (accuracy or macro_f1) than always answering the most frequent gold label.

    From draws of the same examples for both; None where no draw differs.

    >>> majority_difference(np.array([[30, 10], [0, 60]]), "accuracy").value.__round__(2)
    0.3
    """
    gold, predicted = np.nonzero(confusion)
    constant = np.full_like(predicted, confusion.sum(axis=1).argmax())
    drawn = resample_counts(confusion[gold, predicted])
    counts = np.concatenate([confusion[gold, predicted][None], drawn])
    model, other = (_of_cells(counts, gold, answered, len(confusion))[name] for answered in (predicted, constant))
    value, *draws = model - other
    return told_apart(percentile_score(value, np.array(draws), int(confusion.sum())))


def confusion_scores(confusion: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> Scores:
    """Return accuracy and macro_f1 with 95 % bootstrap intervals; `ValueError` without examples."""
    gold, predicted = np.nonzero(confusion)
    n = int(confusion.sum())
    if accuracy(confusion) in (0.0, 1.0):  # every draw is the same: what n examples can say is Wilson's interval
        both = wilson_score(int(np.trace(confusion)), n)
        return {"accuracy": both, "macro_f1": both}
    draws = _of_cells(resample_counts(confusion[gold, predicted], resamples, seed), gold, predicted, len(confusion))
    return {
        "accuracy": percentile_score(accuracy(confusion), draws["accuracy"], n),
        "macro_f1": percentile_score(macro_f1(confusion), draws["macro_f1"], n),
    }


def _of_cells(counts: np.ndarray, gold: np.ndarray, predicted: np.ndarray, num_labels: int) -> dict[str, np.ndarray]:
    """Return accuracy and macro_f1 [draws] of counts [draws, cells] of the cells with these label ids [cells]."""
    ids = np.arange(num_labels)
    of_gold, of_predicted = (gold[:, None] == ids).astype(float), (predicted[:, None] == ids).astype(float)
    hits = counts @ (of_gold * of_predicted)
    return {
        "accuracy": hits.sum(axis=1) / counts.sum(axis=1),
        "macro_f1": macro_f1_of_counts(hits, counts @ of_gold, counts @ of_predicted),
    }


def calibration_scores(
    gold_ids: np.ndarray,
    predicted_ids: np.ndarray,
    probabilities: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Scores:
    """Return ece (15 bins) and brier with 95 % bootstrap intervals, for `probabilities` [n, num_labels]."""
    gold_ids, predicted_ids = np.asarray(gold_ids), np.asarray(predicted_ids)
    probabilities = np.asarray(probabilities, dtype=np.float64)
    n = len(gold_ids)
    confidence = np.take_along_axis(probabilities, predicted_ids[:, None], axis=1)[:, 0]
    hits = predicted_ids == gold_ids
    columns = np.zeros((n, NUM_BINS + 1))
    columns[np.arange(n), bin_index(confidence)] = hits - confidence
    columns[:, NUM_BINS] = brier_rows(probabilities, gold_ids)
    draws = resample_means(columns, resamples, seed)
    ece = expected_calibration_error(confidence, hits)
    return {
        "ece": basic_score(ece, np.abs(draws[:, :NUM_BINS]).sum(axis=1), n),
        "brier": percentile_score(columns[:, NUM_BINS].mean(), draws[:, NUM_BINS], n),
    }


def classification_scores(
    gold_ids: Sequence[int] | np.ndarray,
    predicted_ids: Sequence[int] | np.ndarray,
    probabilities: np.ndarray,
    labels: Sequence[str],
) -> Scores:
    """Return accuracy, macro_f1, ece and brier, each with a 95 % bootstrap interval and n.

    Label ids are int [n], `probabilities` [n, num_labels] with columns in the order of `labels`.
    Raises `ValueError` without examples or when the shapes disagree.

    >>> scores = classification_scores([0, 1], [0, 1], np.array([[0.9, 0.1], [0.2, 0.8]]), ["부정", "긍정"])
    >>> scores["accuracy"].value, round(scores["ece"].value, 2)
    (1.0, 0.15)
    """
    gold_ids, predicted_ids = np.asarray(gold_ids, dtype=np.int64), np.asarray(predicted_ids, dtype=np.int64)
    if np.shape(probabilities) != (len(gold_ids), len(labels)):
        raise ValueError(f"probabilities {np.shape(probabilities)} for {len(gold_ids)} examples, {len(labels)} labels")
    confusion = confusion_matrix(gold_ids, predicted_ids, len(labels))
    return confusion_scores(confusion) | calibration_scores(gold_ids, predicted_ids, probabilities)
