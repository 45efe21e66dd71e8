"""Scores that are functions of summed counts: count each example once, and every bootstrap draw is one matrix product.

F1 needs the right, the annotated and the answered units of all examples together; an example's row holds its own, so the
scores of any draw of examples follow from the sum of the drawn rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass

import numpy as np

from malmoi.metrics.scores import (
    RESAMPLES,
    Score,
    Scores,
    Statistic,
    percentile_score,
    resample_weights,
    told_apart,
    wilson_score,
)

Parts = Callable[
    [np.ndarray, np.ndarray, np.ndarray], dict[str, np.ndarray]
]  # of right, gold, answered [draws, classes]
Measure = Callable[[np.ndarray], dict[str, np.ndarray]]  # sums [draws, columns] -> the scores by name, each [draws]


@dataclass(frozen=True)
class CountTable:
    """The counts of each example, float [n, columns], and the shares (0 to 1) that `measure` makes of their sums.

    `ValueError` without examples.

    >>> table = CountTable(np.array([[1.0, 2.0], [2.0, 2.0]]), lambda sums: {"share": sums[:, 0] / sums[:, 1]})
    >>> table.scores()["share"].value, table.statistic("share")(np.array([1, 1]))
    (0.75, 1.0)
    """

    counts: np.ndarray
    measure: Measure

    def __post_init__(self) -> None:
        if not len(self.counts):
            raise ValueError("a score needs at least one example")

    def __len__(self) -> int:
        return len(self.counts)

    def __or__(self, other: CountTable) -> CountTable:
        """Return the scores of both tables, which count the same examples; drawn together."""
        width = self.counts.shape[1]
        counts = np.concatenate([self.counts, other.counts], axis=1)
        return CountTable(counts, lambda sums: self.measure(sums[:, :width]) | other.measure(sums[:, width:]))

    def values(self) -> dict[str, float]:
        """Return the scores over all examples."""
        return {name: float(found[0]) for name, found in self.measure(self.counts.sum(axis=0)[None]).items()}

    def draws(self, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, np.ndarray]:
        """Return the scores of bootstrap draws of the examples, each float [resamples]."""
        sums = [weights @ self.counts for weights in resample_weights(len(self), resamples, seed)]
        return self.measure(np.concatenate(sums))

    def scores(self, resamples: int = RESAMPLES, seed: int = 0) -> Scores:
        """Return every score with its 95 % bootstrap interval and n.

        Where no draw differs from 0 or 1, the interval is what n examples can say of a share (Wilson's).
        """
        draws = self.draws(resamples, seed)
        return {name: _share_score(value, draws[name], len(self)) for name, value in self.values().items()}

    def statistic(self, name: str) -> Statistic:
        """Return the score `name` as a function of example indices, for paired bootstraps."""

        def of_rows(rows: np.ndarray) -> float:
            drawn = np.bincount(rows, minlength=len(self)) @ self.counts
            return float(self.measure(drawn[None])[name][0])

        return of_rows


def paired_difference(model: CountTable, other: CountTable, name: str) -> Score | None:
    """Return what `model` has more of the score `name` than `other` on the same examples, from draws of them.

    None where no draw differs: an interval of width 0 would pass for certainty.

    >>> model, other = (mean_table({"las": hits}) for hits in ([1, 1, 1, 0], [0, 0, 1, 0]))
    >>> str(paired_difference(model, other, "las")), paired_difference(model, model, "las")
    ('0.5000 [0.0000, 1.0000] n=4', None)
    """
    check_lengths(model, other)
    draws = model.draws()[name] - other.draws()[name]  # the same seed draws the same examples
    return told_apart(percentile_score(model.values()[name] - other.values()[name], draws, len(model)))


def mean_table(columns: Mapping[str, Sequence[float] | np.ndarray]) -> CountTable:
    """Return the table of scores that are means over examples, from one value (0 to 1) of each example [n].

    >>> mean_table({"korquad_em": [1.0, 0.0], "korquad_f1": [1.0, 0.5]}).values()
    {'korquad_em': 0.5, 'korquad_f1': 0.75}
    """
    rows = [np.asarray(values, dtype=np.float64) for values in columns.values()]

    def measure(sums: np.ndarray) -> dict[str, np.ndarray]:
        return {name: sums[:, i] / sums[:, -1] for i, name in enumerate(columns)}

    return CountTable(np.stack([*rows, np.ones_like(rows[0])], axis=1), measure)


def class_table(counts: np.ndarray, parts: Parts) -> CountTable:
    """Return the table of scores made of right, annotated and answered units by class, from `counts` [n, 3, num_classes].

    >>> counts = np.array([[[1, 0], [1, 1], [1, 0]]])  # one sentence, two types of entity: one found, one overlooked
    >>> class_table(counts, lambda *sums: {"klue_ner_entity_f1": macro_f1_of_counts(*sums)}).values()
    {'klue_ner_entity_f1': 0.5}
    """
    n, _, num_classes = counts.shape

    def measure(sums: np.ndarray) -> dict[str, np.ndarray]:
        hits, gold, predicted = sums.reshape(len(sums), 3, num_classes).transpose(1, 0, 2)
        return parts(hits, gold, predicted)

    return CountTable(counts.reshape(n, -1).astype(np.float64), measure)


def f1_of_counts(hits: np.ndarray, gold: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return F1 of arrays of counts (right, annotated, answered) of one shape; 0.0 where nothing is annotated or answered.

    >>> f1_of_counts(np.array([1, 0]), np.array([2, 0]), np.array([1, 0])).round(4).tolist()
    [0.6667, 0.0]
    """
    return 2 * hits / np.maximum(gold + predicted, 1)


def micro_f1_of_counts(hits: np.ndarray, gold: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return F1 [draws] over all classes pooled, from counts [draws, num_classes].

    >>> micro_f1_of_counts(np.array([[1, 0]]), np.array([[1, 1]]), np.array([[1, 1]])).tolist()
    [0.5]
    """
    return f1_of_counts(hits.sum(axis=1), gold.sum(axis=1), predicted.sum(axis=1))


def macro_f1_of_counts(hits: np.ndarray, gold: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the mean F1 [draws] over the present classes, those annotated or answered, from counts [draws, num_classes].

    >>> macro_f1_of_counts(np.array([[1, 0, 0]]), np.array([[1, 1, 0]]), np.array([[1, 0, 0]])).tolist()
    [0.5]
    """
    present = (gold + predicted > 0).sum(axis=1)
    return f1_of_counts(hits, gold, predicted).sum(axis=1) / np.maximum(present, 1)


def check_lengths(gold: Sized, predicted: Sized) -> None:
    """Raise `ValueError` unless there is one prediction for each example."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(predicted)} predictions for {len(gold)} examples")


def _share_score(value: float, draws: np.ndarray, n: int) -> Score:
    if value in (0.0, 1.0) and (draws == value).all():
        return wilson_score(n * int(value), n)
    return percentile_score(value, draws, n)
