"""Precision and recall of a label over all thresholds: the area under them, for many draws of the examples at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from malmoi.metrics.scores import RESAMPLES, resample_weights

_MAX_CELLS = 120_000_000  # examples x labels x draws of an interval: fewer draws beyond, but at least _MIN_RESAMPLES
_MIN_RESAMPLES = 100


class Ranking:
    """One label's examples by falling probability, sorted once for all draws; equal probabilities fall together.

    Only where a positive comes in does the area grow, so the examples between two of those are one segment. `weights` are
    row multiplicities [draws, n]: how often each example was drawn.

    >>> ranking = Ranking(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
    >>> [round(float(area(np.ones((1, 3)))[0]), 4) for area in (ranking.steps, ranking.lines)]
    [0.8333, 0.7917]
    """

    def __init__(self, gold: np.ndarray, probabilities: np.ndarray) -> None:
        self._order = np.argsort(-probabilities, kind="stable")
        ranked, gold = probabilities[self._order], gold[self._order]
        changes = ranked[1:] != ranked[:-1]
        group = np.append(0, np.cumsum(changes))
        held = (np.bincount(group, gold) > 0)[group]  # whether a positive has the same probability
        self._starts = np.append(0, 1 + np.flatnonzero(changes & (held[1:] | held[:-1])))
        self._events = np.flatnonzero(held[self._starts])
        self._positives = self._order[gold]
        self._first_positives = np.flatnonzero(np.append(True, np.diff(group[gold]) > 0))

    def steps(self, weights: np.ndarray) -> np.ndarray:
        """Return average precision [draws], the area under steps; NaN where a draw holds no positive.

        Lines between the points would promise what no threshold gives (Davis & Goadrich 2006).
        """
        if not len(self._positives):
            return np.full(len(weights), np.nan)
        new, hits, answers, _ = self._points(weights)
        return _share((new * hits / np.maximum(answers, 1)).sum(axis=1), hits[:, -1], np.nan)

    def lines(self, weights: np.ndarray) -> np.ndarray:
        """Return the area under lines between the points [draws], from recall 0 and precision 1 on; 0.5 without a positive.

        scikit-learn's `auc(recall, precision)`: where no example is positive, it sets recall to 1 at every threshold.
        """
        if not len(self._positives):
            return np.full(len(weights), 0.5)
        new, hits, answers, before = self._points(weights)
        previous = np.where(before > 0, (hits - new) / np.maximum(before, 1), 1.0)
        return _share((new * (hits / np.maximum(answers, 1) + previous) / 2).sum(axis=1), hits[:, -1], 0.5)

    def _points(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return new and all positives, all answers up to there and before, each [draws, points]."""
        segments = np.add.reduceat(weights[:, self._order], self._starts, axis=1)
        answers = np.cumsum(segments, axis=1)[:, self._events]
        new = np.add.reduceat(weights[:, self._positives], self._first_positives, axis=1)
        return new, np.cumsum(new, axis=1), answers, answers - segments[:, self._events]


def rankings_of(gold: np.ndarray, probabilities: np.ndarray) -> list[Ranking]:
    """Return the ranking of each label, for `gold` bool and `probabilities` float [n, num_labels]."""
    return [Ranking(gold[:, i], probabilities[:, i]) for i in range(gold.shape[1])]


def areas_of(
    rankings: Sequence[Ranking], area: Callable[[Ranking, np.ndarray], np.ndarray], weights: np.ndarray
) -> np.ndarray:
    """Return the areas of all labels under `Ranking.steps` or `Ranking.lines`, float64 [draws, num_labels]."""
    return np.stack([area(ranking, weights) for ranking in rankings], axis=1)


def drawn_areas(
    rankings: Sequence[Ranking],
    area: Callable[[Ranking, np.ndarray], np.ndarray],
    n: int,
    resamples: int = RESAMPLES,
) -> np.ndarray:
    """Return `areas_of` bootstrap draws of the n examples; fewer than `resamples` where examples x labels are very many."""
    fewer = max(_MIN_RESAMPLES, _MAX_CELLS // max(n * len(rankings), 1))
    blocks = resample_weights(n, min(resamples, fewer))
    return np.concatenate([areas_of(rankings, area, weights) for weights in blocks])


def _share(sums: np.ndarray, positives: np.ndarray, otherwise: float) -> np.ndarray:
    return np.where(positives > 0, sums / np.maximum(positives, 1), otherwise)
