"""KLUE-RE against scikit-learn, as the official functions call it; what a class without positives does; the interval."""

from __future__ import annotations

import numpy as np
import pytest

from malmoi.metrics.relations import auprc, relation_scores, relation_table
from malmoi.metrics.scores import bootstrap

LABELS = ["no_relation", "org:members", "per:origin", "per:title"]


def sample(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Gold ids, half of them no_relation, and probabilities that follow them; rounded, so that there are ties."""
    rng = np.random.default_rng(seed)
    gold = rng.choice(4, n, p=[0.5, 0.25, 0.15, 0.1])
    raw = np.round(rng.random((n, 4)) + 0.7 * np.eye(4)[gold], 1) + 0.1
    return gold, raw / raw.sum(axis=1, keepdims=True)


def official_auprc(gold: np.ndarray, probabilities: np.ndarray) -> float:
    metrics = pytest.importorskip("sklearn.metrics")
    areas = []
    for i in range(probabilities.shape[1]):
        precision, recall, _ = metrics.precision_recall_curve(gold == i, probabilities[:, i])
        areas.append(metrics.auc(recall, precision))
    return float(np.mean(areas))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.filterwarnings("ignore:No positive class found")
def test_auprc_is_the_official_one(seed):
    gold, probabilities = sample(12 if seed else 300, seed)
    assert auprc(gold, probabilities) == pytest.approx(official_auprc(gold, probabilities))


@pytest.mark.filterwarnings("ignore:No positive class found")
def test_a_class_without_positives_is_given_one_half():
    gold, probabilities = np.array([0, 0, 1]), np.eye(4)[[0, 0, 1]]
    assert auprc(gold, probabilities) == official_auprc(gold, probabilities) == (1 + 1 + 0.5 + 0.5) / 4


@pytest.mark.parametrize("seed", range(5))
def test_micro_f1_is_the_official_one(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    gold, probabilities = sample(40, seed)
    predicted = probabilities.argmax(axis=1)
    found = relation_scores(gold, predicted, probabilities, LABELS, resamples=2)["klue_re_f1"]
    assert found.value == pytest.approx(metrics.f1_score(gold, predicted, average="micro", labels=[1, 2, 3]))


def test_no_relation_is_neither_gain_nor_right():
    gold = ["no_relation"] * 98 + ["per:title", "per:origin"]
    assert relation_table(gold, ["no_relation"] * 100).values()["klue_re_f1"] == 0.0  # 98 % accuracy
    found = relation_table(gold, ["no_relation"] * 97 + ["per:title"] * 3).values()
    assert found["klue_re_f1"] == pytest.approx(2 * 1 / (2 + 3))


def test_interval_of_auprc_is_the_row_bootstrap():
    gold, probabilities = sample(200)
    found = relation_scores(gold, probabilities.argmax(axis=1), probabilities, LABELS)["klue_re_auprc"]
    expected = bootstrap(lambda rows: auprc(gold[rows], probabilities[rows]), 200, resamples=500, seed=1)
    assert found.value == expected.value and found.n == 200
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.15 * width)
    assert found.high == pytest.approx(expected.high, abs=0.15 * width)


@pytest.mark.parametrize("shape", [(2, 3), (3, 4), (0, 4)])
def test_bad_shapes_and_no_examples_are_refused(shape):
    with pytest.raises(ValueError):
        relation_scores([0] * min(shape[0], 2), [0] * min(shape[0], 2), np.zeros(shape), LABELS)
