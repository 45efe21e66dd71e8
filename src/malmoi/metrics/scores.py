"""A score is never a bare number: value, 95 % bootstrap interval and n stand together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000

Scores = dict[str, "Score"]
Statistic = Callable[[np.ndarray], float]  # of the examples with these indices, repeats allowed


@dataclass(frozen=True, slots=True)
class Score:
    """A measured value with its 95 % interval `[low, high]` and the number of examples `n`.

    Fractions, not percent: accuracy 0.894, not 89.4.

    >>> str(Score(0.894, 0.888, 0.900, 10241))
    '0.8940 [0.8880, 0.9000] n=10241'
    """

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}] n={self.n}"


def bootstrap(statistic: Statistic, n: int, resamples: int = RESAMPLES, seed: int = 0) -> Score:
    """Return `statistic` over all n examples with its percentile bootstrap interval (Efron 1979).

    `statistic(indices)` takes an int array of example indices (repeats allowed) and returns a float. It is called
    once per resample: for means and for counts `resample_means` and `resample_counts` are far faster.

    >>> hits = np.array([1, 1, 1, 0])
    >>> bootstrap(lambda rows: hits[rows].mean(), n=4).value
    0.75
    """
    _check_count(n)
    rng = np.random.default_rng(seed)
    value = float(statistic(np.arange(n)))
    draws = np.array([statistic(rng.integers(0, n, n)) for _ in range(resamples)])
    return percentile_score(value, draws, n)


def percentile_score(value: float, draws: np.ndarray, n: int) -> Score:
    """Return `value` with the 2.5 % and 97.5 % points of its bootstrap `draws` [resamples], widened to contain it."""
    low, high = np.percentile(draws, [2.5, 97.5])
    return Score(float(value), min(float(low), float(value)), max(float(high), float(value)), n)


def told_apart(difference: Score) -> Score | None:
    """Return a difference of two answerers, or None where its draws are all the same.

    Then every example said the same of the two: how far they are apart on others cannot be read from so few, and an
    interval of width 0 would pass for certainty.

    >>> told_apart(Score(0.0, 0.0, 0.0, 13)), told_apart(Score(0.1, -0.1, 0.3, 13)) is None
    (None, False)
    """
    return None if difference.high - difference.low < 1e-9 else difference


def basic_score(value: float, draws: np.ndarray, n: int, minimum: float = 0.0) -> Score:
    """Return `value` with the basic ("reverse percentile") interval, for statistics whose draws are biased upwards.

    Draws that lie above the value by some bias say that the value lies above the truth by about as much, so the
    interval is mirrored at the value (Davison & Hinkley 1997, 5.2), cut at `minimum` and widened to contain it.
    """
    low, high = np.percentile(draws, [2.5, 97.5])
    lower, upper = max(minimum, min(2 * value - high, value)), max(2 * value - low, value)
    return Score(float(value), float(lower), float(upper), n)


def wilson_score(hits: int, n: int) -> Score:
    """Return the share `hits / n` with its 95 % Wilson interval (Wilson 1927), for counts too small to resample.

    The bootstrap of three hits in three is [1, 1]; this says what three examples can say.

    >>> str(wilson_score(3, 3))
    '1.0000 [0.4385, 1.0000] n=3'
    """
    _check_count(n)
    z, share = 1.959964, hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5
    return Score(share, max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share)), n)


def resample_counts(counts: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Return bootstrap draws of cell counts, float64 [resamples, cells], for `counts` [cells] that sum to n.

    Drawing n rows with replacement and counting them per cell *is* one multinomial draw, so nothing is approximated.

    >>> resample_counts(np.array([6, 3, 1]), resamples=4).sum(axis=1).tolist()
    [10.0, 10.0, 10.0, 10.0]
    """
    n = int(counts.sum())
    _check_count(n)
    rng = np.random.default_rng(seed)
    return rng.multinomial(n, counts / n, size=resamples).astype(np.float64)


def resample_means(values: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Return bootstrap draws of column means, float64 [resamples, columns], for `values` [n, columns].

    Each block of draws is one matrix product with `values`.
    """
    n = len(values)
    return np.concatenate([weights @ values / n for weights in resample_weights(n, resamples, seed)])


def resample_weights(n: int, resamples: int = RESAMPLES, seed: int = 0) -> Iterator[np.ndarray]:
    """Yield blocks of bootstrap draws as row multiplicities, float64 [draws, n]: how often each of n rows was drawn.

    For statistics that are no means (ranks, areas); all blocks together hold `resamples` draws of n rows each.

    >>> [weights.sum(axis=1).tolist() for weights in resample_weights(3, resamples=2)]
    [[3.0, 3.0]]
    """
    _check_count(n)
    rng = np.random.default_rng(seed)
    block = max(1, (1 << 16) // n)  # half a megabyte stays in the cache
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        rows = rng.integers(0, n, (size, n), dtype=np.int64) + n * np.arange(size)[:, None]
        yield np.bincount(rows.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)


def _check_count(n: int) -> None:
    if n < 1:
        raise ValueError("a score needs at least one example")
