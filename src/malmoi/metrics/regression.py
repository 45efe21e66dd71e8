"""Regression: how well predicted scores follow the annotated ones (correlation) and how far off they are (error).

Gold and predicted scores are float [n]. A correlation needs both to vary: where one is constant it is undefined, and given
as 0.0 (`is_constant` tells).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from malmoi.metrics.counts import CountTable, f1_of_counts
from malmoi.metrics.scores import RESAMPLES, Score, percentile_score, resample_weights

NUM_BINS = 10
KLUE_STS_THRESHOLD = 3.0


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """The examples whose gold score lies in `[low, high)` (the last bin holds `high` too), with their means and error."""

    low: float
    high: float
    count: int
    gold: float
    predicted: float
    mae: float


@dataclass(frozen=True)
class Scatter:
    """Predicted against gold scores: both float [n], the range `[low, high]` of the answers, and the bins of the gold."""

    gold: np.ndarray
    predicted: np.ndarray
    low: float
    high: float
    bins: list[ScoreBin]


def pearson(gold: np.ndarray, predicted: np.ndarray) -> float:
    """Return Pearson's r; 0.0 when either is constant.

    >>> round(pearson(np.array([0.0, 2.0, 5.0]), np.array([1.0, 2.0, 4.0])), 4)
    0.9972
    """
    if is_constant(gold) or is_constant(predicted):
        return 0.0
    x, y = gold - np.mean(gold), predicted - np.mean(predicted)
    return float(np.clip((x @ y) / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0))


def spearman(gold: np.ndarray, predicted: np.ndarray) -> float:
    """Return Spearman's rho, Pearson's r of the ranks; equal values share the mean of their ranks.

    >>> spearman(np.array([0.0, 2.0, 5.0]), np.array([0.1, 0.2, 9.0]))
    1.0
    """
    return pearson(ranks(gold), ranks(predicted))


def mae(gold: np.ndarray, predicted: np.ndarray) -> float:
    """Return the mean distance of predicted from gold scores.

    >>> mae(np.array([0.0, 2.0]), np.array([0.0, 4.0]))
    1.0
    """
    return float(np.abs(predicted - gold).mean())


def rmse(gold: np.ndarray, predicted: np.ndarray) -> float:
    """Return the root of the mean squared distance of predicted from gold scores.

    >>> rmse(np.array([0.0, 2.0]), np.array([0.0, 4.0])).__round__(4)
    1.4142
    """
    return float(np.sqrt(((predicted - gold) ** 2).mean()))


MEASURES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "spearman": spearman,
    "pearson": pearson,
    "mae": mae,
    "rmse": rmse,
}


def ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 1, float64 [n]; equal values share the mean of their ranks.

    >>> ranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def is_constant(values: np.ndarray) -> bool:
    """Whether all values are the same."""
    return bool(len(values) == 0 or np.min(values) == np.max(values))


def regression_scores(
    gold: np.ndarray, predicted: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Score]:
    """Return spearman, pearson, mae and rmse, each with a 95 % bootstrap interval and n.

    Raises `ValueError` without examples, or for lists of different length.

    >>> regression_scores(np.array([0.0, 2.0, 5.0]), np.array([1.0, 2.0, 4.0]))["mae"].value.__round__(4)
    0.6667
    """
    gold, predicted = _columns(gold, predicted)
    difference = np.abs(predicted - gold)
    values = _moments(gold, predicted)
    errors = np.stack([difference, difference**2], axis=1)
    rank_gold, rank_predicted = _Ranked(gold), _Ranked(predicted)
    draws: list[np.ndarray] = []
    for weights in resample_weights(len(gold), resamples, seed):
        means = weights @ errors / len(gold)
        rho = _weighted_correlation(rank_gold(weights), rank_predicted(weights), weights)
        draws.append(np.stack([rho, _correlation(weights @ values / len(gold)), means[:, 0], np.sqrt(means[:, 1])]))
    found = {name: measure(gold, predicted) for name, measure in MEASURES.items()}
    rows = np.concatenate(draws, axis=1)
    return {
        name: percentile_score(value, row, len(gold)) for (name, value), row in zip(found.items(), rows, strict=True)
    }


def klue_sts_table(gold: np.ndarray, predicted: np.ndarray, threshold: float = KLUE_STS_THRESHOLD) -> CountTable:
    """Return the counts behind klue_sts_f1: F1 of pairs that mean the same, those whose score is `threshold` or more (KLUE).

    Gold is the mean of the annotators' scores (`real-label`), predictions are not rounded. Errors as `regression_scores`.

    >>> klue_sts_table(np.array([3.0, 2.9, 4.2]), np.array([3.1, 3.0, 2.0])).values()
    {'klue_sts_f1': 0.5}
    """
    gold, predicted = _columns(gold, predicted)
    alike, said = gold >= threshold, predicted >= threshold
    counts = np.stack([alike & said, alike, said], axis=1)
    return CountTable(counts.astype(np.float64), lambda sums: {"klue_sts_f1": f1_of_counts(*sums.T)})


def error_table(gold: np.ndarray, predicted: np.ndarray) -> CountTable:
    """Return the sums behind mae and rmse, for paired comparisons. Errors as `regression_scores`.

    >>> error_table(np.array([0.0, 2.0]), np.array([0.0, 4.0])).values()["mae"]
    1.0
    """
    gold, predicted = _columns(gold, predicted)
    difference = np.abs(predicted - gold)
    counts = np.stack([difference, difference**2, np.ones(len(gold))], axis=1)
    return CountTable(counts, lambda sums: {"mae": sums[:, 0] / sums[:, 2], "rmse": np.sqrt(sums[:, 1] / sums[:, 2])})


def score_bins(
    gold: np.ndarray, predicted: np.ndarray, low: float, high: float, num_bins: int = NUM_BINS
) -> list[ScoreBin]:
    """Group examples into equal-width bins of their gold score over `[low, high]`, wider if the gold is; no empty bins.

    >>> [(b.count, b.predicted) for b in score_bins(np.array([0.0, 4.0, 5.0]), np.array([1.0, 3.0, 4.0]), 0, 5, 2)]
    [(1, 1.0), (2, 3.5)]
    """
    edges = np.linspace(min(low, gold.min()), max(high, gold.max()), num_bins + 1)
    index = np.clip(np.digitize(gold, edges[1:-1]), 0, num_bins - 1)
    bins = []
    for i in np.unique(index):
        own, answers = gold[index == i], predicted[index == i]
        error = np.abs(answers - own).mean()
        bins.append(
            ScoreBin(
                float(edges[i]), float(edges[i + 1]), len(own), float(own.mean()), float(answers.mean()), float(error)
            )
        )
    return bins


def _columns(gold: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    gold, predicted = np.asarray(gold, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if gold.shape != predicted.shape or gold.ndim != 1:
        raise ValueError(f"gold {gold.shape} and predicted {predicted.shape} must be two lists of one length")
    if not len(gold):
        raise ValueError("a score needs at least one example")
    return gold, predicted


def _moments(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the columns whose means give a correlation, float64 [n, 5]; centred, so that nothing cancels."""
    x, y = x - x.mean(), y - y.mean()
    return np.stack([x, y, x * x, y * y, x * y], axis=1)


def _correlation(means: np.ndarray) -> np.ndarray:
    """Return Pearson's r [draws] from the means of `_moments` [draws, 5]; 0.0 where a draw is constant."""
    x, y, xx, yy, xy = means.T
    var_x, var_y = xx - x * x, yy - y * y
    varies = (var_x > 1e-12 * np.maximum(xx, 1e-300)) & (var_y > 1e-12 * np.maximum(yy, 1e-300))
    product = np.where(varies, var_x * var_y, 1.0)
    return np.where(varies, np.clip((xy - x * y) / np.sqrt(product), -1.0, 1.0), 0.0)


def _weighted_correlation(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return Pearson's r of rows of x and y [draws, n] under row multiplicities `weights` [draws, n]."""
    n = weights.sum(axis=1)
    x = x - ((weights * x).sum(axis=1) / n)[:, None]
    y = y - ((weights * y).sum(axis=1) / n)[:, None]
    zero = np.zeros_like(n)
    means = [(weights * product).sum(axis=1) / n for product in (x * x, y * y, x * y)]
    return _correlation(np.stack([zero, zero, *means], axis=1))


class _Ranked:
    """Values sorted once, so that the ranks inside any draw of them are a cumulative sum."""

    def __init__(self, values: np.ndarray) -> None:
        self.order = np.argsort(values, kind="stable")
        _, self.starts, self.inverse = np.unique(values[self.order], return_index=True, return_inverse=True)

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """Return the mean rank of each value among the drawn ones, float64 [draws, n]."""
        counts = np.add.reduceat(weights[:, self.order], self.starts, axis=1)
        shared = np.cumsum(counts, axis=1) - (counts - 1) / 2
        found = np.empty_like(weights)
        found[:, self.order] = shared[:, self.inverse]
        return found
