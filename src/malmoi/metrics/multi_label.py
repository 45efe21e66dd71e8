"""Several labels for one text: micro and macro F1, exact match, Hamming loss, area under precision and recall.

Gold and predicted labels are indicators, bool [n, num_labels]; probabilities are float [n, num_labels].
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from malmoi.metrics.classification import ClassRow, count_rows
from malmoi.metrics.counts import CountTable, class_table, macro_f1_of_counts, mean_table, micro_f1_of_counts
from malmoi.metrics.ranking import Ranking, areas_of, drawn_areas, rankings_of
from malmoi.metrics.scores import RESAMPLES, Scores, percentile_score


def multi_label_scores(
    gold: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray | None = None, resamples: int = RESAMPLES
) -> Scores:
    """Return macro_f1, micro_f1, exact_match, hamming_loss and, given probabilities, macro_auprc, with intervals and n.

    exact_match is the share of texts whose labels are all right (subset accuracy), hamming_loss the share of wrong
    decisions (0 is best). Raises `ValueError` without examples or when the shapes disagree.

    >>> gold = np.array([[True, False], [True, True]])
    >>> {name: score.value for name, score in multi_label_scores(gold, np.array([[True, False], [True, False]])).items()}
    {'macro_f1': 0.5, 'micro_f1': 0.8, 'exact_match': 0.5, 'hamming_loss': 0.25}
    """
    scores = multi_label_table(gold, predicted).scores(resamples)
    if probabilities is not None:
        rankings = rankings_of(np.asarray(gold, dtype=bool), np.asarray(probabilities, dtype=np.float64))
        draws = _mean_of_present(drawn_areas(rankings, Ranking.steps, len(gold), resamples))
        scores["macro_auprc"] = percentile_score(macro_auprc(gold, probabilities), draws, len(gold))
    return scores


def multi_label_table(gold: np.ndarray, predicted: np.ndarray) -> CountTable:
    """Return the counts behind macro_f1, micro_f1, exact_match and hamming_loss; `ValueError` when the shapes disagree.

    >>> table = multi_label_table(np.array([[True, False], [True, True]]), np.array([[True, False], [True, False]]))
    >>> table.values()["macro_f1"]
    0.5
    """
    gold, predicted = np.asarray(gold, dtype=bool), np.asarray(predicted, dtype=bool)
    if gold.shape != predicted.shape or gold.ndim != 2:
        raise ValueError(f"gold {gold.shape} and predicted {predicted.shape} must be indicators of one shape")
    wrong = gold != predicted
    decisions = class_table(
        np.stack([gold & predicted, gold, predicted], axis=1),
        lambda *sums: {"macro_f1": macro_f1_of_counts(*sums), "micro_f1": micro_f1_of_counts(*sums)},
    )
    return decisions | mean_table({"exact_match": ~wrong.any(axis=1), "hamming_loss": wrong.mean(axis=1)})


def macro_auprc(gold: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean average precision over the labels that occur in `gold`; 0.0 when none does.

    Average precision is the area under the *steps* of precision over recall, as in scikit-learn (`Ranking.steps`).

    >>> macro_auprc(np.array([[True], [False], [True]]), np.array([[0.9], [0.8], [0.7]])).__round__(4)
    0.8333
    """
    rankings = rankings_of(np.asarray(gold, dtype=bool), np.asarray(probabilities))
    return float(_mean_of_present(areas_of(rankings, Ranking.steps, np.ones((1, len(gold)))))[0])


def label_rows(
    gold: np.ndarray, predicted: np.ndarray, labels: Sequence[str], thresholds: Sequence[float]
) -> list[ClassRow]:
    """Return precision, recall, F1, support, number of answers and threshold of each label.

    >>> row = label_rows(np.array([[True], [True]]), np.array([[True], [False]]), ["욕설"], [0.4])[0]
    >>> row.precision, row.recall, row.support, row.predicted, row.threshold
    (1.0, 0.5, 2, 1, 0.4)
    """
    return count_rows(labels, (gold & predicted).sum(axis=0), gold.sum(axis=0), predicted.sum(axis=0), thresholds)


def strongest_set(gold: np.ndarray) -> np.ndarray:
    """Return the set of labels, bool [num_labels], whose macro F1 is highest when every text is given it: all that occur.

    A label that occurs adds its own F1 and was counted anyway; one that does not adds nothing but its place in the mean.

    >>> strongest_set(np.array([[True, False, False], [False, False, True]])).tolist()
    [True, False, True]
    """
    occurs: np.ndarray = np.asarray(gold, dtype=bool).sum(axis=0) > 0
    return occurs


def _mean_of_present(areas: np.ndarray) -> np.ndarray:
    """Return the mean [draws] of the areas [draws, num_labels] of labels that were drawn, 0.0 where none was."""
    present = ~np.isnan(areas)
    return np.where(present, areas, 0.0).sum(axis=1) / np.maximum(present.sum(axis=1), 1)
