"""What can be shown of tagged texts besides the scores: labels, calibration, the worst errors, and Kiwi beside the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from malmoi.data.examples import Span, SpanExample
from malmoi.data.predictions import TaggingPrediction
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.calibration import ReliabilityBin, reliability_bins
from malmoi.metrics.classification import ClassRow, confusion_matrix
from malmoi.metrics.counts import paired_difference
from malmoi.metrics.slices import WrongAnswer, largest, length_slices
from malmoi.metrics.spans import accuracy_name, accuracy_table, span_rows
from malmoi.tasks.tagging.kiwi import kiwi_labels, why_not_kiwi

_MAX_CONFUSED = 40  # labels, from which on a matrix of confusions shows nothing
_MAX_ROWS = 50


def plain_spans(prediction: TaggingPrediction) -> tuple[Span, ...]:
    """Return a prediction's spans as they are annotated."""
    return tuple(Span(span.start, span.end, span.label) for span in prediction.spans)


def analyse_entities(
    predictions: Sequence[TaggingPrediction], examples: Sequence[SpanExample], temperature: float
) -> Analysis:
    """Return scores by label, whether span probabilities can be believed, texts all right by length, and errors."""
    gold, found = [set(example.spans or ()) for example in examples], [plain_spans(p) for p in predictions]
    hits = np.array([set(spans) == own for spans, own in zip(found, gold, strict=True)])
    return Analysis(
        class_rows=_rows(examples, found),
        reliability=_reliability(predictions, gold),
        temperature=temperature,
        slices=length_slices(examples, hits),
        slice_score="exact_match",
        errors=_errors(predictions, examples),
    )


def analyse_words(
    predictions: Sequence[TaggingPrediction],
    examples: Sequence[SpanExample],
    temperature: float,
    known: Sequence[str],
) -> Analysis:
    """Return scores by label, confusions of gold tokens, errors, and Kiwi on the same tokens where its tags are those of the data.

    `known` are the labels of the model.
    """
    gold = [[span.label for span in example.spans or ()] for example in examples]
    told = [list(prediction.token_labels or ()) for prediction in predictions]
    name = accuracy_name(known)
    labels = sorted({label for row in (*gold, *told) for label in row})
    confusion = None
    if len(labels) <= _MAX_CONFUSED:
        ids = {label: i for i, label in enumerate(labels)}
        golds, answers = ([ids[label] for row in rows for label in row] for rows in (gold, told))
        confusion = confusion_matrix(golds, answers, len(labels))
    why_not = why_not_kiwi(label for row in gold for label in row)
    return Analysis(
        labels=labels if confusion is not None else (),
        baselines=[] if why_not else [_kiwi(examples, gold, told, name)],
        confusion=confusion,
        class_rows=_rows(examples, [plain_spans(p) for p in predictions]),
        reliability=_reliability(predictions, [set(example.spans or ()) for example in examples]),
        temperature=temperature,
        errors=_errors(predictions, examples),
        notes=[*([why_not] if why_not else []), *_unknown_note(gold, known)],
    )


def _kiwi(
    examples: Sequence[SpanExample], gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], name: str
) -> Baseline:
    """Return what Kiwi, which has seen none of this data, says of the gold tokens."""
    kiwi = accuracy_table(gold, [kiwi_labels(e.text, [s.place for s in e.spans or ()]) for e in examples], name)
    difference = paired_difference(accuracy_table(gold, predicted, name), kiwi, name)
    return Baseline("kiwi", "Kiwi", kiwi.scores(), difference, judged_by=name)


def _unknown_note(gold: Sequence[Sequence[str]], known: Sequence[str]) -> list[str]:
    """Say how many gold labels the model cannot give."""
    total = sum(map(len, gold))
    number = sum(label not in known for row in gold for label in row)
    if not number:
        return []
    return [
        say(
            f"토큰 {total:,}개 가운데 {number:,}개({number / total:.1%})의 라벨은 학습에 없어 맞힐 수 없습니다.",
            f"{number:,} of {total:,} tokens ({number / total:.1%}) have labels that training did not show: always wrong.",
        )
    ]


def _rows(examples: Sequence[SpanExample], found: Sequence[Sequence[Span]]) -> list[ClassRow]:
    """Return the rows of the labels with the most spans."""
    rows = span_rows([example.spans or () for example in examples], found)
    often = sorted(rows, key=lambda row: -row.support)[:_MAX_ROWS]
    return [row for row in rows if row in often]


def _reliability(predictions: Sequence[TaggingPrediction], gold: Sequence[set[Span]]) -> list[ReliabilityBin]:
    scored = [
        (span.score, Span(span.start, span.end, span.label) in own)
        for prediction, own in zip(predictions, gold, strict=True)
        for span in prediction.spans
    ]
    if not scored:
        return []
    scores, hits = zip(*scored, strict=True)
    return reliability_bins(np.array(scores), np.array(hits))


def _errors(predictions: Sequence[TaggingPrediction], examples: Sequence[SpanExample]) -> list[WrongAnswer]:
    """Return the texts with the surest wrong spans, what is missing and what is wrong in each side by side."""
    wrong = []
    for prediction, example in zip(predictions, examples, strict=True):
        gold, found = set(example.spans or ()), set(plain_spans(prediction))
        if gold == found:
            continue
        odd = [span.score for span in prediction.spans if Span(span.start, span.end, span.label) not in gold]
        sureness = max(odd, default=0.0)
        missed, invented = (_shown(example.text, sorted(spans)) for spans in (gold - found, found - gold))
        error = WrongAnswer(example.row, example.text, None, missed, invented, sureness if odd else None)
        wrong.append((sureness, error))
    return largest(wrong)


def _shown(text: str, spans: Sequence[Span]) -> str:
    return " · ".join(f"{text[span.start : span.end]} {span.label}" for span in spans) or "–"
