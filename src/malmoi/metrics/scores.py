"""A score is never a bare number: value, 95 % bootstrap interval and n stand together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Scores = dict[str, "Score"]


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


def bootstrap(
    statistic: Callable[[np.ndarray], float], n: int, resamples: int = 1000, seed: int = 0
) -> Score:
    """Return `statistic` over all n examples with its percentile bootstrap interval (Efron 1979).

    `statistic(indices)` takes an int array of example indices (repeats allowed) and returns a float.

    >>> hits = np.array([1, 1, 1, 0])
    >>> bootstrap(lambda rows: hits[rows].mean(), n=4).value
    0.75
    """
    if n < 1:
        raise ValueError("a score needs at least one example")
    rng = np.random.default_rng(seed)
    value = float(statistic(np.arange(n)))
    draws = [statistic(rng.integers(0, n, n)) for _ in range(resamples)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return Score(value, float(low), float(high), n)
