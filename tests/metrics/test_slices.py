import pytest

from malmoi.data.examples import TextExample
from malmoi.data.predictions import ClassificationPrediction
from malmoi.metrics.slices import length_slices, worst_errors


def said(text: str, label: str, score: float) -> ClassificationPrediction:
    other = "부정" if label == "긍정" else "긍정"
    return ClassificationPrediction(text, None, label, score, {label: score, other: 1 - score})


def test_buckets_hold_their_upper_edge():
    examples = [TextExample("가" * n) for n in (10, 11, 20, 21, 500)]
    slices = length_slices(examples, [True, True, False, True, True], edges=(10, 20))
    assert [(s.low, s.high, s.accuracy.n) for s in slices] == [(1, 10, 1), (11, 20, 2), (21, None, 2)]
    assert [s.accuracy.value for s in slices] == [1.0, 0.5, 1.0]
    assert all(s.accuracy.low <= s.accuracy.value <= s.accuracy.high for s in slices)
    assert slices[0].accuracy.low < 0.5  # one example says little


def test_pairs_count_both_texts():
    slices = length_slices([TextExample("가나다", pair="라마바사")], [True], edges=(6, 7))
    assert [(s.low, s.high) for s in slices] == [(7, 7)]


def test_worst_errors_are_wrong_and_sorted():
    predictions = [
        said("하나", "긍정", 0.6),
        said("둘", "긍정", 0.99),
        said("셋", "부정", 0.8),
        said("넷", "긍정", 0.9),
    ]
    golds = ["부정", "긍정", "긍정", None]
    examples = [TextExample(p.text, label=g, row=i) for i, (p, g) in enumerate(zip(predictions, golds, strict=True))]
    errors = worst_errors(predictions, examples, k=5)
    assert [(e.row, e.gold, e.predicted, e.probability) for e in errors] == [
        (2, "긍정", "부정", 0.8),
        (0, "부정", "긍정", 0.6),
    ]
    assert errors[0].gold_probability == pytest.approx(0.2)
    assert len(worst_errors(predictions, examples, k=1)) == 1


def test_lengths_must_agree():
    with pytest.raises(ValueError):
        worst_errors([], [TextExample("하나", label="긍정")])
