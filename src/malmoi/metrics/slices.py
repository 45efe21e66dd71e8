"""Where a model fails: right answers by text length, and the errors it is surest of.

The most confident errors are the quickest label review: many of them are mistakes of the annotation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.data.examples import Example, TextExample
from malmoi.data.predictions import ClassificationPrediction
from malmoi.metrics.scores import Score, wilson_score

LENGTH_EDGES = (10, 20, 40, 80, 160, 320)


@dataclass(frozen=True, slots=True)
class LengthSlice:
    """The share of right answers on texts of `low` to `high` characters, both inclusive; `high` is None in the last, open bucket."""

    low: int
    high: int | None
    accuracy: Score


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """One error: `gold` and `predicted` as people read them, `probability` that of the wrong answer and `gold_probability`
    that of the right one; both are None where an answer has no single probability.

    `row` is the example's line in its file, 0 when it came from memory.
    """

    row: int
    text: str
    pair: str | None
    gold: str
    predicted: str
    probability: float | None = None
    gold_probability: float | None = None


def length_slices(
    examples: Sequence[Example], hits: Sequence[bool] | np.ndarray, edges: Sequence[int] = LENGTH_EDGES
) -> list[LengthSlice]:
    """Return the share of `hits` with a 95 % Wilson interval by characters of text (and pair), shortest first, no empty buckets.

    `hits` says which examples were answered right; `edges` are the inclusive upper ends of all buckets but the last.

    >>> [(s.low, s.high, s.accuracy.value) for s in length_slices([TextExample("재밌어요"), TextExample("좋아요")], [True, False])]
    [(1, 10, 0.5)]
    """
    buckets: list[list[bool]] = [[] for _ in range(len(edges) + 1)]
    for example, hit in zip(examples, hits, strict=True):
        length = len(example.text) + len(example.pair or "")
        buckets[sum(length > edge for edge in edges)].append(bool(hit))
    lows = [1, *(edge + 1 for edge in edges)]
    return [
        LengthSlice(low, high, wilson_score(sum(found), len(found)))
        for low, high, found in zip(lows, [*edges, None], buckets, strict=True)
        if found
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
        (p.score, WrongAnswer(e.row, e.text, e.pair, e.label, p.label, p.score, p.scores.get(e.label, 0.0)))
        for p, e in zip(predictions, examples, strict=True)
        if e.label is not None and p.label != e.label
    ]
    return largest(wrong, k)


def largest(errors: Sequence[tuple[float, WrongAnswer]], k: int = 20) -> list[WrongAnswer]:
    """Return the `k` errors of greatest weight, greatest first; of equal ones the earlier first."""
    return [error for _, error in sorted(errors, key=lambda item: -item[0])[:k]]
