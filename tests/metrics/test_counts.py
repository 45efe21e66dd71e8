"""Scores from summed counts: the interval of the row bootstrap, the statistic of drawn rows, the edges of a share."""

from __future__ import annotations

import numpy as np
import pytest

from malmoi.metrics.counts import (
    CountTable,
    check_lengths,
    class_table,
    f1_of_counts,
    macro_f1_of_counts,
    mean_table,
    micro_f1_of_counts,
)
from malmoi.metrics.scores import bootstrap, wilson_score


def table(n: int = 200, seed: int = 0) -> CountTable:
    """Micro and macro F1 over three classes, and a mean."""
    rng = np.random.default_rng(seed)
    gold = rng.poisson([3.0, 1.0, 0.2], (n, 3))
    hits = rng.binomial(gold, 0.7)
    counts = np.stack([hits, gold, hits + rng.poisson(0.5, (n, 3))], axis=1)
    shares = class_table(counts, lambda *sums: {"micro": micro_f1_of_counts(*sums), "macro": macro_f1_of_counts(*sums)})
    return shares | mean_table({"mean": rng.random(n)})


@pytest.mark.parametrize("name", ["micro", "macro", "mean"])
def test_interval_and_statistic_are_those_of_the_rows(name):
    found = table()
    expected = bootstrap(found.statistic(name), len(found), resamples=1000, seed=1)
    score = found.scores()[name]
    assert score.value == pytest.approx(expected.value) and score.n == 200
    width = expected.high - expected.low
    assert score.low == pytest.approx(expected.low, abs=0.12 * width)
    assert score.high == pytest.approx(expected.high, abs=0.12 * width)


def test_statistic_of_rows_is_the_score_of_those_examples():
    found = table()
    rows = np.array([5, 5, 17, 0])
    assert found.statistic("macro")(rows) == CountTable(found.counts[rows], found.measure).values()["macro"]


def test_joined_tables_keep_their_scores():
    left, right = table(seed=1), mean_table({"other": np.linspace(0, 1, 200)})
    both = (left | right).values()
    assert both == left.values() | right.values()
    assert list(both) == ["micro", "macro", "mean", "other"]


def test_nothing_and_everything_right_say_what_n_examples_can_say():
    scores = mean_table({"all": np.ones(3), "none": np.zeros(3)}).scores()
    assert scores["all"] == wilson_score(3, 3)
    assert scores["none"] == wilson_score(0, 3)


def test_f1_of_hand_counted_classes():
    hits, gold, predicted = np.array([[2, 0, 0]]), np.array([[4, 1, 0]]), np.array([[2, 0, 0]])
    assert f1_of_counts(hits, gold, predicted).tolist() == [[2 / 3, 0.0, 0.0]]
    assert macro_f1_of_counts(hits, gold, predicted)[0] == pytest.approx(1 / 3)  # the third class occurs nowhere
    assert micro_f1_of_counts(hits, gold, predicted)[0] == pytest.approx(2 * 2 / 7)
    assert macro_f1_of_counts(*np.zeros((3, 1, 2))).tolist() == [0.0]


@pytest.mark.parametrize("call", [lambda: mean_table({"x": []}), lambda: check_lengths([1], [])])
def test_no_examples_and_uneven_lists_are_refused(call):
    with pytest.raises(ValueError):
        call()
