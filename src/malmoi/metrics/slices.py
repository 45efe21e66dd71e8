"""Where a classifier fails: accuracy by text length, and the errors it is surest of.

The most confident errors are the quickest label review: many of them are mistakes of the annotation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from malmoi.data.examples import TextExample
from malmoi.data.predictions import ClassificationPrediction
from malmoi.metrics.scores import Score, wilson_score

LENGTH_EDGES = (10, 20, 40, 80, 160, 320)


@dataclass(frozen=True, slots=True)
class LengthSlice:
    """The accuracy on texts of `low` to `high` characters, both inclusive; `high` is None in the last, open bucket."""

    low: int
    high: int | None
    accuracy: Score


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """One error: `probability` is that of the wrong answer, `gold_probability` that of the right one (0.0 unknown).

    `row` is the example's line in its file, 0 when it came from memory.
    """

    row: int
    text: str
    pair: str | None
    gold: str
    predicted: str
    probability: float
    gold_probability: float


def length_slices(
    predictions: Sequence[ClassificationPrediction],
    examples: Sequence[TextExample],
    edges: Sequence[int] = LENGTH_EDGES,
) -> list[LengthSlice]:
    """Return accuracy with a 95 % Wilson interval by characters of text (and pair), shortest first, no empty buckets.

    `edges` are the inclusive upper ends of all buckets but the last. Unlabelled examples are left out.

    >>> said = ClassificationPrediction("재밌어요", None, "긍정", 0.9, {"긍정": 0.9, "부정": 0.1})
    >>> [(s.low, s.high, s.accuracy.value) for s in length_slices([said], [TextExample("재밌어요", label="긍정")])]
    [(1, 10, 1.0)]
    """
    hits, counts = [0] * (len(edges) + 1), [0] * (len(edges) + 1)
    for prediction, example in zip(predictions, examples, strict=True):
        if example.label is None:
            continue
        length = len(example.text) + len(example.pair or "")
        bucket = sum(length > edge for edge in edges)
        counts[bucket] += 1
        hits[bucket] += prediction.label == example.label
    lows = [1, *(edge + 1 for edge in edges)]
    return [
        LengthSlice(low, high, wilson_score(hit, count))
        for low, high, hit, count in zip(lows, [*edges, None], hits, counts, strict=True)
        if count
    ]


def worst_errors(
    predictions: Sequence[ClassificationPrediction], examples: Sequence[TextExample], k: int = 20
) -> list[WrongAnswer]:
    """Return the `k` wrong answers of highest probability, surest first; unlabelled examples are left out.

    >>> said = ClassificationPrediction("최고의 수면제", None, "긍정", 0.97, {"긍정": 0.97, "부정": 0.03})
    >>> worst_errors([said], [TextExample("최고의 수면제", label="부정", row=7)])[0].row
    7
    """
    wrong = [
        WrongAnswer(e.row, e.text, e.pair, e.label, p.label, p.score, p.scores.get(e.label, 0.0))
        for p, e in zip(predictions, examples, strict=True)
        if e.label is not None and p.label != e.label
    ]
    return sorted(wrong, key=lambda error: -error.probability)[:k]
