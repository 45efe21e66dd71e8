"""Labelled stretches of text: entities, and tokens with their part of speech.

A predicted span is right when start, end and label are those of a gold span (strict, as in CoNLL 2003); micro F1 pools the
spans of all examples. `gold` and `predicted` hold the spans of each example.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence

import numpy as np

from malmoi.data.examples import Span
from malmoi.data.universal_tags import UNIVERSAL_TAGS
from malmoi.metrics.classification import ClassRow, count_rows
from malmoi.metrics.counts import CountTable, check_lengths, class_table, micro_f1_of_counts

Spans = Sequence[Collection[Span]]
_UNIVERSAL = frozenset(tag.label for tag in UNIVERSAL_TAGS)


def entity_table(gold: Spans, predicted: Spans, name: str = "entity_f1") -> CountTable:
    """Return the counts behind entity_f1 (or what it is called where spans count something else), strict micro F1.

    Raises `ValueError` without examples or for lists of different length.

    >>> gold, predicted = [[Span(0, 3, "PS"), Span(9, 11, "LC")]], [[Span(0, 3, "PS"), Span(9, 12, "LC")]]
    >>> entity_table(gold, predicted).values()
    {'entity_f1': 0.5}
    """
    counts = span_counts(gold, predicted, span_labels(gold, predicted))
    return class_table(counts, lambda *sums: {name: micro_f1_of_counts(*sums)})


def token_table(gold: Spans, predicted: Spans) -> CountTable:
    """Return the counts behind token_f1 (boundaries and label right) and boundary_f1 (boundaries right).

    For tokens found in raw text, as in the CoNLL 2018 evaluation (there UPOS or XPOS, and Words); with gold tokens
    token_f1 is the accuracy. Errors as for `entity_table`.

    >>> gold, predicted = [[Span(0, 1, "NP"), Span(1, 2, "JX")]], [[Span(0, 1, "VV"), Span(1, 2, "JX")]]
    >>> token_table(gold, predicted).values()
    {'token_f1': 0.5, 'boundary_f1': 1.0}
    """
    labelled = span_counts(gold, predicted, span_labels(gold, predicted))
    bare = span_counts(_without_labels(gold), _without_labels(predicted), [""])
    return class_table(labelled, lambda *sums: {"token_f1": micro_f1_of_counts(*sums)}) | class_table(
        bare, lambda *sums: {"boundary_f1": micro_f1_of_counts(*sums)}
    )


def accuracy_name(labels: Sequence[str]) -> str:
    """Return what the share of right labels of gold tokens is called: UPOS where all labels are universal ones.

    >>> accuracy_name(("NOUN", "VERB")), accuracy_name(("NNG+JX", "VV+EC"))
    ('upos_accuracy', 'xpos_accuracy')
    """
    return "upos_accuracy" if _UNIVERSAL.issuperset(labels) else "xpos_accuracy"


def accuracy_table(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], name: str) -> CountTable:
    """Return the counts behind the share of right labels among the gold tokens of all examples: upos_accuracy, xpos_accuracy.

    Raises `ValueError` without examples or tokens, or where an example has more or fewer labels than tokens.

    >>> accuracy_table([["NOUN", "VERB"], ["NOUN"]], [["NOUN", "NOUN"], ["NOUN"]], "upos_accuracy").values()["upos_accuracy"]
    0.6666666666666666
    """
    check_lengths(gold, predicted)
    rows = [
        (sum(g == p for g, p in zip(labels, answers, strict=True)), len(labels))
        for labels, answers in zip(gold, predicted, strict=True)
    ]
    if not any(num_tokens for _, num_tokens in rows):
        raise ValueError("an accuracy needs at least one token")
    return CountTable(np.array(rows, dtype=np.float64), lambda sums: {name: sums[:, 0] / np.maximum(sums[:, 1], 1)})


def span_rows(gold: Spans, predicted: Spans) -> list[ClassRow]:
    """Return precision, recall, F1, support and number of answers of each label, in the order of the alphabet.

    >>> row = span_rows([[Span(0, 3, "PS")], [Span(0, 2, "PS")]], [[Span(0, 3, "PS")], []])[0]
    >>> row.label, row.precision, row.recall, row.support
    ('PS', 1.0, 0.5, 2)
    """
    labels = span_labels(gold, predicted)
    return count_rows(labels, *span_counts(gold, predicted, labels).sum(axis=0))


def eojeol_spans(text: str, spans: Collection[Span]) -> list[Span]:
    """Return spans of raw text counted in eojeols (what stands between spaces), each widened to whole ones.

    Entities of Naver NER are scored so: `entity_table` of these is its F1.

    >>> eojeol_spans("충무공 이순신은 조선의 장군이다", [Span(0, 7, "PS"), Span(9, 11, "LC")])
    [Span(start=0, end=2, label='PS'), Span(start=2, end=3, label='LC')]
    """
    words = [match.span() for match in re.finditer(r"\S+", text)]
    starts, ends = [start for start, _ in words], [end for _, end in words]
    moved = [Span(bisect_right(ends, span.start), bisect_left(starts, span.end), span.label) for span in spans]
    return [span for span in moved if span.start < span.end]


def span_labels(gold: Spans, predicted: Spans) -> list[str]:
    """Return the labels that occur in gold or predicted spans, sorted."""
    return sorted({span.label for spans in (*gold, *predicted) for span in spans})


def span_counts(gold: Spans, predicted: Spans, labels: Sequence[str]) -> np.ndarray:
    """Count each example's right, gold and predicted spans by label, float64 [n, 3, num_labels]; a span counts once.

    Raises `ValueError` for lists of different length, or a label that is not one of `labels`.
    """
    check_lengths(gold, predicted)
    if unknown := set(span_labels(gold, predicted)) - set(labels):
        raise ValueError(f"labels {sorted(unknown)} are not among {list(labels)}")
    ids = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(gold), 3, len(labels)))
    for row, spans, answers in zip(counts, gold, predicted, strict=True):
        for kind, found in enumerate((set(spans) & set(answers), set(spans), set(answers))):
            for span in found:
                row[kind, ids[span.label]] += 1
    return counts


def _without_labels(spans: Spans) -> list[list[Span]]:
    return [[Span(span.start, span.end) for span in found] for found in spans]
