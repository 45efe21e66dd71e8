import numpy as np
import pytest

from malmoi.metrics.calibration import (
    MIN_TEMPERATURE,
    brier_rows,
    expected_calibration_error,
    fit_temperature,
    log_softmax,
    reliability_bins,
    softmax,
)


def sampled(temperature: float, n: int = 6000, num_labels: int = 3, seed: int = 0):
    """Return logits that are too large by `temperature`, and labels drawn from the honest probabilities."""
    rng = np.random.default_rng(seed)
    honest = 1.5 * rng.normal(size=(n, num_labels))
    gold = (rng.random((n, 1)) > softmax(honest).cumsum(axis=1)[:, :-1]).sum(axis=1)
    return honest * temperature, gold


def test_ece_hand_computed():
    confidence = np.array([0.55, 0.55, 0.95, 0.95])
    hits = np.array([1, 0, 1, 1])
    assert expected_calibration_error(confidence, hits, num_bins=10) == pytest.approx(0.5 * 0.05 + 0.5 * 0.05)
    assert expected_calibration_error(np.ones(4), np.zeros(4)) == 1.0


def test_bins_are_open_below_and_closed_above():
    bins = reliability_bins(np.array([0.0, 0.5, 0.500001, 1.0]), np.ones(4), num_bins=2)
    assert [b.count for b in bins] == [2, 2]
    for numerator in range(1, 16):  # an edge belongs to the bin that it closes, whatever its rounding
        counts = [b.count for b in reliability_bins(np.array([numerator / 15]), np.ones(1))]
        assert counts.index(1) == numerator - 1


def test_bins_sum_and_average():
    rng = np.random.default_rng(0)
    confidence, hits = rng.random(500), rng.random(500) < 0.7
    bins = reliability_bins(confidence, hits)
    assert len(bins) == 15
    assert sum(b.count for b in bins) == 500
    assert sum(b.count * b.confidence for b in bins) == pytest.approx(confidence.sum())
    assert sum(b.count * b.accuracy for b in bins) == pytest.approx(hits.sum())
    assert all(b.low < b.confidence <= b.high for b in bins if b.count)


def test_brier_agrees_with_scikit_learn():
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    binary, gold = softmax(rng.normal(size=(50, 2))), rng.integers(0, 2, 50)
    assert brier_rows(binary, gold).mean() == pytest.approx(2 * sklearn.brier_score_loss(gold, binary[:, 1]))
    many, gold = softmax(rng.normal(size=(50, 4))), rng.integers(0, 4, 50)
    assert brier_rows(many, gold).mean() == pytest.approx(((many - np.eye(4)[gold]) ** 2).sum(axis=1).mean())


def test_softmax_survives_large_logits():
    assert softmax(np.array([[1e4, 0.0, -1e4]])).tolist() == [[1.0, 0.0, 0.0]]
    np.testing.assert_allclose(np.exp(log_softmax(np.array([0.0, np.log(3)]))), [0.25, 0.75])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0, 8.0])
def test_known_temperature_is_recovered(temperature):
    logits, gold = sampled(temperature)
    assert fit_temperature(logits, gold) == pytest.approx(temperature, rel=0.06)


def test_temperature_is_the_grid_minimum():
    logits, gold = sampled(2.0, n=300)
    targets = (np.eye(3)[gold] * 300 + 1) / 303
    grid = np.exp(np.linspace(np.log(0.05), np.log(20), 2000))
    losses = [-(targets * log_softmax(logits / t)).sum(axis=1).mean() for t in grid]
    assert fit_temperature(logits, gold) == pytest.approx(grid[int(np.argmin(losses))], rel=0.01)


def test_temperature_lowers_ece():
    logits, gold = sampled(4.0)
    after = logits / fit_temperature(logits, gold)
    eces = []
    for values in (logits, after):
        probabilities = softmax(values)
        eces.append(expected_calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == gold))
    assert eces[1] < 0.2 * eces[0]


def test_separable_dev_does_not_ask_for_certainty():
    gold = np.arange(100) % 2
    logits = 5.0 * np.eye(2)[gold]
    temperature = fit_temperature(logits, gold)
    assert MIN_TEMPERATURE < temperature < 2
    assert 0.98 < softmax(logits / temperature).max() < 0.999  # one miss in about a hundred, not "never"


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_temperature_stays_in_bounds(scale):
    logits, gold = sampled(1.0, n=50)
    assert 0.05 <= fit_temperature(scale * logits, gold) <= 20


def test_useless_temperature_is_one():
    assert fit_temperature(np.zeros((5, 2)), np.array([0, 1, 0, 1, 1])) == 1.0


def test_no_examples_and_nan_are_refused():
    with pytest.raises(ValueError):
        fit_temperature(np.zeros((0, 2)), np.zeros(0, dtype=int))
    with pytest.raises(ValueError):
        fit_temperature(np.array([[np.nan, 0.0]]), np.array([0]))
    with pytest.raises(ValueError):
        expected_calibration_error(np.zeros(0), np.zeros(0))
