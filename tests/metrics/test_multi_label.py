"""Several labels: the scores against scikit-learn, their intervals, the per-label table, and thresholds tuned on dev."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from malmoi.metrics.calibration import sigmoid
from malmoi.metrics.multi_label import label_rows, macro_auprc, multi_label_scores
from malmoi.metrics.scores import bootstrap
from malmoi.metrics.thresholds import SHRINKAGE, best_threshold, tune_thresholds

shapes = st.tuples(st.integers(1, 30), st.integers(1, 5))
cases = shapes.flatmap(
    lambda shape: st.tuples(
        arrays(bool, shape),
        arrays(bool, shape),
        arrays(np.int64, shape, elements=st.integers(0, 8)).map(lambda a: a / 8),
    )
)


def sample(n: int, num_labels: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gold labels of falling frequency, decisions and probabilities that follow them."""
    rng = np.random.default_rng(seed)
    gold = rng.random((n, num_labels)) < np.geomspace(0.4, 0.03, num_labels)
    logits = 2.5 * gold - 1.5 + rng.normal(size=gold.shape)
    return gold, logits > 0, sigmoid(logits)


@given(cases)
@settings(max_examples=80, deadline=None)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_agrees_with_scikit_learn(case):
    metrics = pytest.importorskip("sklearn.metrics")
    gold, predicted, probabilities = case
    scores = {name: s.value for name, s in multi_label_scores(gold, predicted, probabilities, resamples=4).items()}
    one = gold.shape[1] == 1  # scikit-learn takes a single column for two classes
    both = (gold[:, 0], predicted[:, 0]) if one else (gold, predicted)
    if gold.any() or predicted.any():
        macro = "binary" if one else "macro"
        expected = metrics.f1_score(*both, average=macro, zero_division=np.nan)
        assert scores["macro_f1"] == pytest.approx(expected)
        micro = metrics.f1_score(*both, average="binary" if one else "micro", zero_division=0)
        assert scores["micro_f1"] == pytest.approx(micro)
    assert scores["exact_match"] == pytest.approx(metrics.accuracy_score(*both))
    assert scores["hamming_loss"] == pytest.approx(metrics.hamming_loss(*both))
    present = gold.any(axis=0)
    if present.any():
        areas = [metrics.average_precision_score(gold[:, i], probabilities[:, i]) for i in np.flatnonzero(present)]
        assert scores["macro_auprc"] == pytest.approx(np.mean(areas))
    else:
        assert scores["macro_auprc"] == 0.0


@pytest.mark.parametrize("name", ["macro_f1", "micro_f1", "exact_match", "hamming_loss", "macro_auprc"])
def test_intervals_are_the_row_bootstrap(name):
    gold, predicted, probabilities = sample(300, 3)

    def slow(rows: np.ndarray) -> float:
        return multi_label_scores(gold[rows], predicted[rows], probabilities[rows], resamples=1)[name].value

    expected = bootstrap(slow, 300, resamples=600, seed=1)
    found = multi_label_scores(gold, predicted, probabilities)[name]
    assert found.value == expected.value and found.n == 300
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.15 * width)
    assert found.high == pytest.approx(expected.high, abs=0.15 * width)


def test_nothing_annotated_and_nothing_answered():
    nothing = np.zeros((4, 3), dtype=bool)
    scores = multi_label_scores(nothing, nothing, np.full((4, 3), 0.1))
    assert scores["exact_match"].value == 1.0
    assert [scores[name].value for name in ("macro_f1", "micro_f1", "hamming_loss", "macro_auprc")] == [0, 0, 0, 0]


def test_a_label_that_nobody_names_does_not_count():
    gold = np.array([[True, False], [True, False]])
    assert multi_label_scores(gold, gold)["macro_f1"].value == 1.0
    said = np.array([[True, True], [True, False]])
    assert multi_label_scores(gold, said)["macro_f1"].value == 0.5


def test_rows_of_the_table_agree_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    gold, predicted, _ = sample(200, 4)
    rows = label_rows(gold, predicted, list("가나다라"), [0.5, 0.4, 0.3, 0.2])
    expected = metrics.precision_recall_fscore_support(gold, predicted, zero_division=0)
    np.testing.assert_allclose([(r.precision, r.recall, r.f1, r.support) for r in rows], np.array(expected).T)
    assert [row.threshold for row in rows] == [0.5, 0.4, 0.3, 0.2]
    assert [row.predicted for row in rows] == predicted.sum(axis=0).tolist()


def test_equal_probabilities_fall_together():
    gold = np.array([[True], [False], [True], [False]])
    assert macro_auprc(gold, np.full((4, 1), 0.5)) == 0.5  # the share of positives, in whatever order the rows stand
    assert macro_auprc(gold[::-1], np.full((4, 1), 0.5)) == 0.5


@pytest.mark.parametrize("shapes", [((2, 2), (2, 3)), ((2,), (2,)), ((0, 2), (0, 2))])
def test_bad_shapes_and_no_examples_are_refused(shapes):
    with pytest.raises(ValueError):
        multi_label_scores(*(np.zeros(shape, dtype=bool) for shape in shapes))


# --- thresholds -------------------------------------------------------------------------------------------------


def f1(gold: np.ndarray, logits: np.ndarray, threshold: float) -> float:
    said = logits > threshold
    return 2 * float((gold & said).sum()) / max(1, int(gold.sum() + said.sum()))


@given(st.lists(st.tuples(st.booleans(), st.integers(-6, 6)), min_size=1, max_size=30))
def test_no_threshold_is_better(rows):
    gold = np.array([is_gold for is_gold, _ in rows])
    logits = np.array([logit / 2 for _, logit in rows])
    best = best_threshold(gold, logits)
    assert f1(gold, logits, best) == pytest.approx(max(f1(gold, logits, t) for t in np.arange(-4.25, 4.5, 0.5)))
    if not gold.any():
        assert best == 0.0


def test_equally_good_thresholds_give_the_one_nearest_one_half():
    assert best_threshold(np.array([True, False]), np.array([6.0, 4.0])) == 5.0
    assert best_threshold(np.array([True, True, False]), np.array([5.0, 1.0, -3.0])) == -1.0


def test_a_rare_label_takes_over_the_shared_threshold_a_frequent_one_its_own():
    rng = np.random.default_rng(0)
    common = rng.random(2000) < 0.4
    shifted = 3 * common - 1 + 2.0 + rng.normal(size=2000)  # its best threshold lies about 2 too high
    rare = np.zeros(2000, dtype=bool)
    rare[:2] = True
    logits = np.stack([shifted, 3.0 * rare - 1 + rng.normal(size=2000)], axis=1)
    gold = np.stack([common, rare], axis=1)
    own = [best_threshold(gold[:, i], logits[:, i]) for i in (0, 1)]
    shared = best_threshold(gold.ravel(), logits.ravel())
    first, second = tune_thresholds(gold, logits)
    assert first == pytest.approx(own[0], abs=0.02)
    assert second == pytest.approx((2 * own[1] + SHRINKAGE * shared) / (2 + SHRINKAGE))


def test_a_label_without_positives_takes_the_shared_threshold():
    gold = np.array([[True, False], [True, False], [False, False]])
    logits = np.array([[1.0, -9.0], [0.5, -9.0], [-0.5, -9.0]])
    assert tune_thresholds(gold, logits)[1] == best_threshold(gold.ravel(), logits.ravel()) == 0.0
    assert tune_thresholds(~gold & gold, logits).tolist() == [0.0, 0.0]


def test_shrinking_is_better_than_each_label_alone_on_new_data():
    """What docs/log.md reports, in small: the mean over thirty made-up corpora with rare labels."""
    alone, shrunk = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        rates = np.geomspace(0.2, 0.01, 6)
        (dev_gold, dev), (gold, new) = (
            (is_gold, 2 * (rng.normal(size=is_gold.shape) + 2 * is_gold) - 2 + np.log(rates / (1 - rates)))
            for is_gold in (rng.random((n, 6)) < rates for n in (200, 4000))
        )
        own = np.array([best_threshold(dev_gold[:, i], dev[:, i]) for i in range(6)])
        alone.append(multi_label_scores(gold, new > own, resamples=1)["macro_f1"].value)
        both = tune_thresholds(dev_gold, dev)
        shrunk.append(multi_label_scores(gold, new > both, resamples=1)["macro_f1"].value)
    assert np.mean(shrunk) > np.mean(alone) + 0.01
