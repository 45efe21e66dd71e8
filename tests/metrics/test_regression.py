"""Correlations and errors against scipy and scikit-learn, their intervals, and what happens when nothing varies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.metrics.regression import (
    error_table,
    klue_sts_table,
    pearson,
    ranks,
    regression_scores,
    score_bins,
    spearman,
)
from malmoi.metrics.scores import bootstrap

numbers = st.integers(-20, 20).map(lambda i: i / 4)
columns = st.integers(2, 40).flatmap(
    lambda n: st.tuples(*[st.lists(numbers, min_size=n, max_size=n).map(np.array) for _ in range(2)])
)


def sample(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Gold scores with many ties, and predictions that follow them."""
    rng = np.random.default_rng(seed)
    gold = np.round(rng.uniform(0, 5, n) * 5) / 5
    return gold, np.clip(gold + rng.normal(size=n), 0, 5)


@given(columns)
@settings(max_examples=80, deadline=None)
def test_agrees_with_scipy_and_scikit_learn(case):
    stats, metrics = pytest.importorskip("scipy.stats"), pytest.importorskip("sklearn.metrics")
    gold, predicted = case
    assert ranks(gold).tolist() == stats.rankdata(gold).tolist()
    scores = {name: score.value for name, score in regression_scores(gold, predicted, resamples=4).items()}
    assert scores["mae"] == pytest.approx(metrics.mean_absolute_error(gold, predicted))
    assert scores["rmse"] == pytest.approx(metrics.root_mean_squared_error(gold, predicted))
    if len(set(gold)) > 1 and len(set(predicted)) > 1:
        assert scores["pearson"] == pytest.approx(stats.pearsonr(gold, predicted)[0], abs=1e-9)
        assert scores["spearman"] == pytest.approx(stats.spearmanr(gold, predicted)[0], abs=1e-9)
    else:
        assert scores["pearson"] == scores["spearman"] == 0.0


def test_perfect_and_reversed_orders_are_exactly_one():
    gold = np.array([0.1, 0.7, 0.2, 4.9, 3.3])
    assert spearman(gold, gold**3) == pearson(gold, gold) == 1.0
    assert spearman(gold, -gold) == -1.0


@pytest.mark.parametrize("name", ["spearman", "pearson", "mae", "rmse"])
def test_intervals_are_the_row_bootstrap(name):
    gold, predicted = sample(300)
    slow = {
        "spearman": spearman,
        "pearson": pearson,
        "mae": lambda g, p: float(np.abs(g - p).mean()),
        "rmse": lambda g, p: float(np.sqrt(((g - p) ** 2).mean())),
    }[name]
    expected = bootstrap(lambda rows: slow(gold[rows], predicted[rows]), len(gold), resamples=1000, seed=1)
    found = regression_scores(gold, predicted)[name]
    assert found.value == pytest.approx(expected.value) and found.n == 300
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.12 * width)
    assert found.high == pytest.approx(expected.high, abs=0.12 * width)


@pytest.mark.parametrize(
    ("gold", "predicted"),
    [([1.0, 2.0, 3.0], [2.5, 2.5, 2.5]), ([4.0, 4.0], [1.0, 2.0]), ([3.0], [3.0]), ([1.0, 1.0], [1.0, 1.0])],
)
def test_correlations_of_what_does_not_vary_are_zero(gold, predicted):
    scores = regression_scores(np.array(gold), np.array(predicted))
    for name in ("spearman", "pearson"):
        assert (scores[name].value, scores[name].low, scores[name].high) == (0.0, 0.0, 0.0)
    assert scores["mae"].value == pytest.approx(np.abs(np.subtract(gold, predicted)).mean())


def test_draws_without_variance_do_not_break_the_interval():
    scores = regression_scores(np.array([0.0, 5.0]), np.array([1.0, 4.0]))  # half of all draws take one row twice
    assert scores["spearman"].value == 1.0 and scores["spearman"].low == 0.0
    assert all(np.isfinite([s.value, s.low, s.high]).all() for s in scores.values())


def test_large_offsets_do_not_cancel():
    gold, predicted = sample(200)
    moved = regression_scores(gold + 1e6, predicted + 1e6)
    for name, score in regression_scores(gold, predicted).items():
        assert moved[name].value == pytest.approx(score.value, rel=1e-6)
        assert moved[name].low == pytest.approx(score.low, rel=1e-6)


def test_always_the_mean():
    scores = regression_scores(gold := np.array([0.0, 1.0, 5.0]), np.full(3, 2.0))
    assert error_table(gold, np.full(3, 2.0)).values() == pytest.approx({n: scores[n].value for n in ("mae", "rmse")})
    assert scores["spearman"].value == scores["pearson"].value == 0.0
    assert scores["mae"].value == pytest.approx(2.0) and scores["rmse"].value == pytest.approx(np.std([0, 1, 5]))


def test_bins_cover_every_example_once():
    gold, predicted = sample(500)
    bins = score_bins(gold, predicted, 0, 5)
    assert sum(b.count for b in bins) == 500
    assert sum(b.count * b.mae for b in bins) == pytest.approx(np.abs(gold - predicted).sum())
    assert sum(b.count * b.predicted for b in bins) == pytest.approx(predicted.sum())
    assert bins[0].low == 0 and bins[-1].high == 5
    assert all(b.low <= b.gold <= b.high for b in bins)


def test_bins_reach_as_far_as_the_gold():
    (first, *_, last) = score_bins(np.array([-1.0, 2.0, 9.0]), np.array([0.0, 2.0, 5.0]), 0, 5)
    assert first.low == -1 and last.high == 9 and last.mae == 4


@given(columns)
@settings(max_examples=50, deadline=None)
def test_klue_sts_f1_is_the_official_one(case):
    metrics = pytest.importorskip("sklearn.metrics")
    gold, predicted = (np.abs(column) for column in case)
    expected = metrics.f1_score(gold >= 3, predicted >= 3, average="binary", zero_division=0)
    assert klue_sts_table(gold, predicted).values()["klue_sts_f1"] == pytest.approx(expected)


def test_klue_sts_f1_counts_exactly_3_as_alike_and_does_not_round():
    score = klue_sts_table(np.array([3.0, 2.95, 5.0]), np.array([2.99, 3.0, 3.0])).scores()["klue_sts_f1"]
    assert (score.value, score.n) == (0.5, 3)


@pytest.mark.parametrize(("gold", "predicted"), [([1.0], [1.0, 2.0]), ([], []), ([[1.0]], [[1.0]])])
def test_bad_shapes_are_refused(gold, predicted):
    for scores in (regression_scores, klue_sts_table):
        with pytest.raises(ValueError):
            scores(np.array(gold), np.array(predicted))
