"""Relations between two entities: KLUE-RE's micro F1 without `no_relation`, and the area under precision and recall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from malmoi.data.relation_names import NO_RELATION
from malmoi.metrics.counts import CountTable, check_lengths, f1_of_counts
from malmoi.metrics.ranking import Ranking, areas_of, drawn_areas, rankings_of
from malmoi.metrics.scores import RESAMPLES, Scores, percentile_score


def relation_table(gold: Sequence[str], predicted: Sequence[str], no_relation: str = NO_RELATION) -> CountTable:
    """Return the counts behind klue_re_f1: F1 over all relations pooled, `no_relation` left out.

    Saying a relation where there is none costs precision, overlooking one costs recall; `no_relation` rightly said is
    no gain. Raises `ValueError` without examples or for lists of different length.

    >>> gold = ["per:origin", "no_relation", "no_relation", "org:members"]
    >>> relation_table(gold, ["per:origin", "no_relation", "per:title", "no_relation"]).values()
    {'klue_re_f1': 0.5}
    """
    check_lengths(gold, predicted)
    rows = [
        (label == answer != no_relation, label != no_relation, answer != no_relation)
        for label, answer in zip(gold, predicted, strict=True)
    ]
    return CountTable(np.array(rows, dtype=np.float64), lambda sums: {"klue_re_f1": f1_of_counts(*sums.T)})


def auprc(gold_ids: Sequence[int] | np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean over all classes, `no_relation` too, of the area under precision and recall (KLUE-baseline).

    Areas lie under lines between the points, which makes them larger or smaller than average precision. A class
    without a positive is given 0.5, as the official function gives with scikit-learn 1.1 and later (with the 0.23 that it
    was published with, the whole score is NaN there): small samples are not comparable.

    >>> probabilities = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]])
    >>> auprc([0, 1, 1], probabilities)
    1.0
    """
    rankings = _class_rankings(gold_ids, probabilities)
    return float(areas_of(rankings, Ranking.lines, np.ones((1, len(gold_ids)))).mean())


def relation_scores(
    gold_ids: Sequence[int] | np.ndarray,
    predicted_ids: Sequence[int] | np.ndarray,
    probabilities: np.ndarray,
    labels: Sequence[str],
    resamples: int = RESAMPLES,
) -> Scores:
    """Return klue_re_f1 and klue_re_auprc with intervals and n, for `probabilities` [n, num_labels] in the order of `labels`.

    Raises `ValueError` without examples or when the shapes disagree.

    >>> scores = relation_scores([0, 1], [0, 1], np.array([[0.8, 0.2], [0.3, 0.7]]), ["no_relation", "per:origin"])
    >>> scores["klue_re_f1"].value, scores["klue_re_auprc"].value
    (1.0, 1.0)
    """
    if np.shape(probabilities) != (len(gold_ids), len(labels)):
        raise ValueError(f"probabilities {np.shape(probabilities)} for {len(gold_ids)} examples, {len(labels)} labels")
    table = relation_table([labels[i] for i in gold_ids], [labels[i] for i in predicted_ids])
    draws = drawn_areas(_class_rankings(gold_ids, probabilities), Ranking.lines, len(gold_ids), resamples)
    area = percentile_score(auprc(gold_ids, probabilities), draws.mean(axis=1), len(gold_ids))
    return table.scores(resamples) | {"klue_re_auprc": area}


def _class_rankings(gold_ids: Sequence[int] | np.ndarray, probabilities: np.ndarray) -> list[Ranking]:
    probabilities = np.asarray(probabilities, dtype=np.float64)
    return rankings_of(np.asarray(gold_ids)[:, None] == np.arange(probabilities.shape[1]), probabilities)
