"""How long texts are, in characters and in eojeols, and which ones stand out.

>>> lengths([TextExample("배우 연기는 좋았어요"), TextExample("지루해요")], eojeols)
Lengths(min=1, median=2.0, mean=2.0, p95=2.9, max=3, num_outliers=0, outliers=())
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from malmoi.data.checks.copies import MAX_LISTED
from malmoi.data.checks.keys import row_of
from malmoi.data.examples import TextExample

LIMIT = 3.5  # modified z-score, as Iglewicz and Hoaglin (1993) advise
RARE = 0.01


@dataclass(frozen=True, slots=True)
class Outlier:
    """A text of unusual length: its row, and how long it is."""

    row: int
    length: int
    text: str


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths of texts (a pair counts both); `outliers` lists the longest and the shortest by turns, each text once."""

    min: int
    median: float
    mean: float
    p95: float
    max: int
    num_outliers: int
    outliers: tuple[Outlier, ...]


def characters(text: str) -> int:
    """Return the number of characters."""
    return len(text)


def eojeols(text: str) -> int:
    """Return the number of words between spaces.

    >>> eojeols("손흥민은 축구를 잘한다")
    3
    """
    return len(text.split())


def lengths(examples: Sequence[TextExample], measure: Callable[[str], int]) -> Lengths:
    """Return the statistics of one measure over the texts."""
    return summarise([measure(example.text) + measure(example.pair or "") for example in examples], examples)


def summarise(sizes: Sequence[int], examples: Sequence[TextExample]) -> Lengths:
    """Return the statistics of sizes that were counted before, one for each example."""
    counts = np.array(sizes, dtype=np.int64) if len(sizes) else np.zeros(1, dtype=np.int64)
    median, p95 = np.percentile(counts, [50, 95])
    positions = _outliers(counts) if len(sizes) else []
    listed: dict[str, int] = {}
    for i in _by_turns(positions, counts):
        listed.setdefault(examples[i].text, i)
    return Lengths(
        min=int(counts.min()),
        median=float(median),
        mean=round(float(counts.mean()), 2),
        p95=round(float(p95), 2),
        max=int(counts.max()),
        num_outliers=len(positions),
        outliers=tuple(
            Outlier(row_of(examples[i], i), int(counts[i]), text) for text, i in list(listed.items())[:MAX_LISTED]
        ),
    )


def _outliers(counts: np.ndarray) -> list[int]:
    """Return the positions of unusual lengths, the furthest first: far by the z-score of the log length, and rare.

    Source: Iglewicz and Hoaglin (1993), "How to Detect and Handle Outliers"; the mean deviation where the median one is 0.
    A length that many texts share is not unusual however far it is: at most `RARE` of them may be as long, or as short.
    """
    logs = np.log1p(counts)
    away = np.abs(logs - np.median(logs))
    spread = np.median(away) / 0.6745 or away.mean() * 1.253314
    if not spread:
        return []
    ordered = np.sort(counts)
    num_as_short = np.searchsorted(ordered, counts, side="right")
    num_as_long = len(counts) - np.searchsorted(ordered, counts, side="left")
    is_rare = np.minimum(num_as_short, num_as_long) <= max(1, RARE * len(counts))
    found = np.flatnonzero((away / spread > LIMIT) & is_rare)
    return [int(i) for i in found[np.argsort(-away[found], kind="stable")]]


def _by_turns(positions: list[int], counts: np.ndarray) -> list[int]:
    """Return long and short texts by turns, beginning with the furthest of each."""
    middle = np.median(counts)
    sides = [i for i in positions if counts[i] > middle], [i for i in positions if counts[i] <= middle]
    return [i for both in zip_longest(*sides) for i in both if i is not None]
