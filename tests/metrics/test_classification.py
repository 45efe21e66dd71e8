import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.metrics.calibration import softmax
from malmoi.metrics.classification import (
    accuracy,
    calibration_scores,
    class_rows,
    classification_scores,
    confusion_matrix,
    confusion_scores,
    macro_f1,
    majority_difference,
    majority_scores,
)
from malmoi.metrics.scores import bootstrap

GOLD = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2]
PREDICTED = [0, 0, 1, 0, 1, 2, 2, 2, 0, 2]
CONFUSION = [[3, 1, 0], [0, 1, 1], [1, 0, 3]]

pairs = st.integers(2, 6).flatmap(
    lambda c: st.tuples(
        st.just(c), st.lists(st.tuples(st.integers(0, c - 1), st.integers(0, c - 1)), min_size=1, max_size=60)
    )
)


def random_answers(n: int, num_labels: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    probabilities = softmax(2 * rng.normal(size=(n, num_labels)))
    gold = (rng.random((n, 1)) > probabilities.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return gold, probabilities.argmax(axis=1), probabilities


def test_hand_computed_values():
    confusion = confusion_matrix(GOLD, PREDICTED, 3)
    assert confusion.tolist() == CONFUSION
    assert accuracy(confusion) == 0.7
    assert macro_f1(confusion) == pytest.approx((3 / 4 + 1 / 2 + 3 / 4) / 3)
    rows = class_rows(confusion, ["없음", "공격", "혐오"])
    assert [row.support for row in rows] == [4, 2, 4]
    assert [row.predicted for row in rows] == [4, 2, 4]
    assert (rows[1].precision, rows[1].recall, rows[1].f1) == (0.5, 0.5, 0.5)


def test_macro_f1_counts_classes_of_gold_or_prediction_only():
    nobody = confusion_matrix([0, 1], [0, 1], 3)
    assert macro_f1(nobody) == 1.0
    only_predicted = confusion_matrix([0, 1, 1], [0, 1, 2], 3)
    assert macro_f1(only_predicted) == pytest.approx((1 + 2 / 3 + 0) / 3)


@given(pairs)
@settings(max_examples=60, deadline=None)
def test_agrees_with_scikit_learn(case):
    sklearn = pytest.importorskip("sklearn.metrics")
    num_labels, rows = case
    gold, predicted = (list(column) for column in zip(*rows, strict=True))
    confusion = confusion_matrix(gold, predicted, num_labels)
    ids = list(range(num_labels))
    assert confusion.tolist() == sklearn.confusion_matrix(gold, predicted, labels=ids).tolist()
    assert accuracy(confusion) == pytest.approx(sklearn.accuracy_score(gold, predicted))
    assert macro_f1(confusion) == pytest.approx(
        sklearn.f1_score(gold, predicted, average="macro", zero_division=0), abs=1e-12
    )
    precision, recall, f1, support = sklearn.precision_recall_fscore_support(
        gold, predicted, labels=ids, zero_division=0
    )
    table = class_rows(confusion, [str(i) for i in ids])
    np.testing.assert_allclose([(r.precision, r.recall, r.f1) for r in table], np.array([precision, recall, f1]).T)
    assert [row.support for row in table] == support.tolist()


@given(pairs)
@settings(max_examples=40, deadline=None)
def test_confusion_sums_and_intervals_contain_their_value(case):
    num_labels, rows = case
    gold, predicted = np.array(rows).T
    confusion = confusion_matrix(gold, predicted, num_labels)
    assert confusion.sum() == len(rows)
    assert confusion.sum(axis=1).tolist() == np.bincount(gold, minlength=num_labels).tolist()
    probabilities = softmax(3.0 * np.eye(num_labels)[predicted] + np.linspace(0, 1, num_labels))
    labels = [str(i) for i in range(num_labels)]
    for name, score in classification_scores(gold, predicted, probabilities, labels).items():
        assert 0 <= score.low <= score.value <= score.high <= 2, name
        assert score.n == len(rows)


def test_multinomial_bootstrap_is_the_row_bootstrap():
    gold, predicted, _ = random_answers(400, 3)
    fast = confusion_scores(confusion_matrix(gold, predicted, 3))
    for name, measure in (("accuracy", accuracy), ("macro_f1", macro_f1)):
        slow = bootstrap(lambda rows, f=measure: f(confusion_matrix(gold[rows], predicted[rows], 3)), len(gold))
        assert fast[name].value == pytest.approx(slow.value)
        assert fast[name].low == pytest.approx(slow.low, abs=0.006)
        assert fast[name].high == pytest.approx(slow.high, abs=0.006)


def test_accuracy_interval_is_as_wide_as_the_binomial_one():
    confusion = np.array([[4500, 500], [500, 4500]])
    score = confusion_scores(confusion)["accuracy"]
    half = 1.96 * (0.9 * 0.1 / 10_000) ** 0.5
    assert (score.low, score.high) == (pytest.approx(0.9 - half, abs=6e-4), pytest.approx(0.9 + half, abs=6e-4))


def test_brier_interval_narrows_with_n():
    widths = []
    for n in (100, 10_000):
        score = calibration_scores(*random_answers(n, 2))["brier"]
        widths.append(score.high - score.low)
    assert 6 < widths[0] / widths[1] < 16  # the square root of 100, give or take


def test_calibrated_model_has_an_ece_interval_that_reaches_down():
    score = calibration_scores(*random_answers(500, 2, seed=3))["ece"]
    assert score.low < 0.5 * score.value


def test_majority_baseline():
    scores = majority_scores(np.array([[1, 2, 0], [1, 4, 1], [0, 1, 0]]))
    assert scores["accuracy"].value == 0.6
    assert scores["macro_f1"].value == pytest.approx((2 * 6 / 16) / 3)
    assert scores["accuracy"].n == 10


def test_ten_thousand_rows_are_quick():
    gold, predicted, probabilities = random_answers(10_241, 7)
    started = time.process_time()
    classification_scores(gold, predicted, probabilities, list("가나다라마바사"))
    assert time.process_time() - started < 3  # about 0.3 s; the margin is for a busy machine


@pytest.mark.parametrize("gold, predicted", [([0, 2], [0, 1]), ([-1], [0]), ([0, 1], [0])])
def test_bad_ids_are_refused(gold, predicted):
    with pytest.raises(ValueError):
        confusion_matrix(gold, predicted, 2)


def test_bad_shapes_and_no_examples_are_refused():
    with pytest.raises(ValueError, match="2 labels"):
        classification_scores([0], [0], np.ones((1, 3)), ["부정", "긍정"])
    with pytest.raises(ValueError, match="at least one"):
        classification_scores([], [], np.ones((0, 2)), ["부정", "긍정"])
    with pytest.raises(ValueError, match="1 labels"):
        class_rows(np.eye(2), ["부정"])


def test_values_are_plain_floats_for_json():
    for score in classification_scores(*random_answers(30, 2), ["부정", "긍정"]).values():
        assert {type(score.value), type(score.low), type(score.high)} == {float}
        assert type(score.n) is int


def test_perfect_answers_of_few_examples_are_not_certain():
    scores = classification_scores([0, 1] * 5, [0, 1] * 5, np.tile([[0.9, 0.1], [0.1, 0.9]], (5, 1)), ["부정", "긍정"])
    assert scores["accuracy"].value == scores["macro_f1"].value == 1.0
    assert scores["accuracy"].low == pytest.approx(0.7225, abs=1e-3)


def test_the_constant_is_compared_on_the_same_draws():
    worse = np.array([[2, 38], [1, 9]])  # the model gives up the commonest label
    found = majority_difference(worse, "accuracy")
    assert found.value == pytest.approx(11 / 50 - 40 / 50) and found.high < 0 and found.n == 50
    assert majority_difference(np.array([[13, 0], [0, 0]]), "accuracy") is None
