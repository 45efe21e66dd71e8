"""The distribution of labels and of scores."""

import pytest

from malmoi.data.checks.balance import balance
from malmoi.data.examples import TextExample


def test_each_of_several_labels_counts():
    found = balance([TextExample("가", labels=labels) for labels in (("욕설", "비하"), ("욕설",), ())])
    assert {label: share.count for label, share in found.labels.items()} == {"비하": 1, "욕설": 2}
    assert found.labels["욕설"].share == pytest.approx(2 / 3)
    assert (found.num_none, found.num_unlabelled, found.scores) == (1, 0, None)


def test_a_histogram_of_scores():
    scores = balance([TextExample("가", score=i / 10) for i in range(51)]).scores
    assert (scores.min, scores.max, scores.median) == (0, 5, 2.5) and scores.mean == pytest.approx(2.5)
    assert len(scores.bins) == 10 and sum(bin.count for bin in scores.bins) == 51
    assert (scores.bins[0].low, scores.bins[-1].high) == (0, 5)


def test_few_distinct_scores_are_counted_one_by_one():
    bins = balance([TextExample("가", score=score) for score in (1, 5, 5, 3)]).scores.bins
    assert [(bin.low, bin.high, bin.count) for bin in bins] == [(1, 1, 1), (3, 3, 1), (5, 5, 2)]
    assert balance([TextExample("가", score=0.5)]).scores.bins[0].count == 1
