"""How often each label stands in a dataset, or how its scores are spread.

>>> balance([TextExample("가", labels=("욕설", "비하")), TextExample("나", labels=("욕설",))]).labels["비하"]
LabelShare(count=1, share=0.5)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.data.examples import TextExample
from malmoi.data.labels import label_set, labels_of

NUM_BINS = 10


@dataclass(frozen=True, slots=True)
class LabelShare:
    """How many examples carry a label, and their share of all examples; with several labels each counts."""

    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores from `low` to `high`; both ends are the same when there are few distinct scores, else `high` is outside but for the last."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class ScoreSpread:
    """The distribution of scores."""

    min: float
    mean: float
    median: float
    max: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """Labels in order, how many examples carry none of them or were not annotated, and the spread of scores, if any."""

    labels: dict[str, LabelShare]
    num_none: int
    num_unlabelled: int
    scores: ScoreSpread | None


def balance(examples: Sequence[TextExample]) -> Balance:
    """Return the distribution of what was annotated."""
    counts = Counter(label for example in examples for label in labels_of(example))
    scores = [example.score for example in examples if example.score is not None]
    return Balance(
        labels={label: LabelShare(counts[label], counts[label] / len(examples)) for label in label_set(examples)},
        num_none=sum(example.labels == () for example in examples),
        num_unlabelled=sum(example.target is None for example in examples),
        scores=_spread(np.array(scores)) if scores else None,
    )


def _spread(scores: np.ndarray) -> ScoreSpread:
    values, counts = np.unique(scores, return_counts=True)
    lows = highs = values
    if len(values) > NUM_BINS + 1:
        counts, edges = np.histogram(scores, NUM_BINS)
        lows, highs = edges[:-1], edges[1:]
    bins = [Bin(float(low), float(high), int(n)) for low, high, n in zip(lows, highs, counts, strict=True)]
    return ScoreSpread(
        float(scores.min()), float(scores.mean()), float(np.median(scores)), float(scores.max()), tuple(bins)
    )
