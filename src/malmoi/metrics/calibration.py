"""Can the probabilities be believed? Expected calibration error, Brier score, reliability bins, temperature.

A model that says 0.9 should be right nine times in ten. Fine-tuned models say 0.99 too often; dividing the logits by
one temperature, fitted on the dev set, mends most of it and changes no decision (Guo et al. 2017).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NUM_BINS = 15
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The examples whose confidence lies in `(low, high]`: how many, how sure on average, how often right.

    `confidence` and `accuracy` are 0.0 in an empty bin (`count` 0).
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities over the last axis, float64 of the same shape; large logits do not overflow.

    >>> softmax(np.array([[1000.0, 1000.0]])).tolist()
    [[0.5, 0.5]]
    """
    return np.exp(log_softmax(logits))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return the probability of yes for each logit, float64 of the same shape; large logits do not overflow.

    >>> sigmoid(np.array([-1000.0, 0.0])).tolist()
    [0.0, 0.5]
    """
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64)))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log probabilities over the last axis, float64 of the same shape."""
    shifted = np.asarray(logits, dtype=np.float64)
    shifted = shifted - shifted.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def reliability_bins(confidence: np.ndarray, hits: np.ndarray, num_bins: int = NUM_BINS) -> list[ReliabilityBin]:
    """Group predictions into equal-width bins of confidence, empty bins included (Guo et al. 2017).

    `confidence` [n] is the probability of the predicted class, `hits` [n] whether it was right.

    >>> [(b.count, b.accuracy) for b in reliability_bins(np.array([0.3, 0.8, 0.9]), np.array([0, 1, 0]), num_bins=2)]
    [(1, 0.0), (2, 0.5)]
    """
    confidence, hits = np.asarray(confidence, dtype=np.float64), np.asarray(hits, dtype=np.float64)
    index = bin_index(confidence, num_bins)
    counts = np.bincount(index, minlength=num_bins)
    divisor = np.maximum(counts, 1)
    confidences = np.bincount(index, confidence, minlength=num_bins) / divisor
    accuracies = np.bincount(index, hits, minlength=num_bins) / divisor
    return [
        ReliabilityBin(i / num_bins, (i + 1) / num_bins, int(counts[i]), float(confidences[i]), float(accuracies[i]))
        for i in range(num_bins)
    ]


def bin_index(confidence: np.ndarray, num_bins: int = NUM_BINS) -> np.ndarray:
    """Return the bin of each confidence, int [n]; bin m holds (m/num_bins, (m+1)/num_bins], and 0.0 goes to bin 0."""
    edges = np.arange(1, num_bins) / num_bins
    return np.digitize(confidence, edges, right=True)


def expected_calibration_error(confidence: np.ndarray, hits: np.ndarray, num_bins: int = NUM_BINS) -> float:
    """Return the mean |accuracy - confidence| over bins, weighted by bin size: 0 is honest, 1 worst (Guo et al. 2017).

    >>> expected_calibration_error(np.array([0.75, 0.75, 0.75, 0.75]), np.array([1, 1, 1, 0]))
    0.0
    """
    bins = reliability_bins(confidence, hits, num_bins)
    total = sum(b.count for b in bins)
    if not total:
        raise ValueError("a score needs at least one example")
    return sum(b.count * abs(b.accuracy - b.confidence) for b in bins) / total


def brier_rows(probabilities: np.ndarray, gold_ids: np.ndarray) -> np.ndarray:
    """Return each example's squared distance to the one-hot truth, float64 [n], for `probabilities` [n, num_labels].

    Summed over *all* classes (Brier 1950): from 0 to 2. With two classes that is twice the one-class form.

    >>> brier_rows(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0, 1])).tolist()
    [0.0, 0.5]
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    gold = np.take_along_axis(probabilities, np.asarray(gold_ids)[:, None], axis=1)[:, 0]
    return (probabilities**2).sum(axis=1) - 2 * gold + 1


def fit_temperature(logits: np.ndarray, gold_ids: np.ndarray) -> float:
    """Return the temperature T in [0.05, 20] that makes `softmax(logits / T)` likeliest on dev (Guo et al. 2017).

    `logits` [n, num_labels], `gold_ids` int [n]. The one-hot targets are smoothed by one pseudo-count per class
    (Platt 1999): a dev set without a single error would otherwise ask for T = 0, that is for certainty.
    Returns 1.0 when no temperature is better. Raises `ValueError` for no examples or non-finite logits.

    >>> logits = np.array([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    >>> fit_temperature(logits, np.array([0, 0, 1, 0])) > 1  # twice wrong, but very sure: soften
    True
    """
    logits, gold_ids = np.asarray(logits, dtype=np.float64), np.asarray(gold_ids)
    if not len(logits) or not np.isfinite(logits).all():
        raise ValueError("a temperature needs at least one example and finite logits")
    n, num_labels = logits.shape
    weight = 1 / (n + num_labels)  # smoothed targets: weight on every class, n * weight more on the gold class
    gold = np.take_along_axis(logits, gold_ids[:, None], axis=1)[:, 0]
    linear = float((n * weight * gold + weight * logits.sum(axis=1)).mean())
    shifted = logits - logits.max(axis=1, keepdims=True)
    peak = float(logits.max(axis=1).mean())

    def loss(log_temperature: float) -> float:
        scale = math.exp(-log_temperature)
        return float(np.log(np.exp(shifted * scale).sum(axis=1)).mean()) + (peak - linear) * scale

    best = _golden_section(loss, math.log(MIN_TEMPERATURE), math.log(MAX_TEMPERATURE))
    if not loss(best) < loss(0.0) - 1e-9:
        return 1.0
    return min(max(math.exp(best), MIN_TEMPERATURE), MAX_TEMPERATURE)


def _golden_section(loss: Callable[[float], float], low: float, high: float, tolerance: float = 1e-4) -> float:
    """Return where `loss` is least in [low, high]; it is convex in 1/T, hence has one valley in log T (Kiefer 1953)."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    loss_left, loss_right = loss(left), loss(right)
    while high - low > tolerance:
        if loss_left <= loss_right:
            high, right, loss_right = right, left, loss_left
            left = high - _GOLDEN * (high - low)
            loss_left = loss(left)
        else:
            low, left, loss_left = left, right, loss_right
            right = low + _GOLDEN * (high - low)
            loss_right = loss(right)
    return min((low, (low + high) / 2, high), key=loss)
