"""From which probability on a label is given: one threshold per label, tuned on dev for F1.

The threshold that maximises a label's F1 on dev (Yang 2001, "SCut") is fitted to a handful of examples when the label is
rare, and then generalises badly (Yang 2001; Fan & Lin 2007; Lipton et al. 2014). So each label's own threshold is drawn, on
the logit scale, towards the one that maximises micro F1 over all labels: a label with `SHRINKAGE` dev positives ends half
way between the two (the number is from a simulation: docs/log.md).
"""

from __future__ import annotations

import numpy as np

SHRINKAGE = 5


def tune_thresholds(gold: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Return one logit threshold for each label, float64 [num_labels], for `gold` bool and `logits` float [n, num_labels].

    >>> gold = np.array([[True], [True], [False], [False]])
    >>> tune_thresholds(gold, np.array([[1.0], [-1.0], [-2.0], [-3.0]])).tolist()
    [-1.5]
    """
    shared = best_threshold(gold.ravel(), logits.ravel())
    own = np.array([best_threshold(gold[:, i], logits[:, i]) for i in range(gold.shape[1])])
    positives = gold.sum(axis=0)
    return (positives * own + SHRINKAGE * shared) / (positives + SHRINKAGE)


def best_threshold(gold: np.ndarray, logits: np.ndarray) -> float:
    """Return the logit from which on saying yes maximises F1; 0.0 without positives.

    Half way between two neighbouring logits; of equally good thresholds the one nearest 0 (probability 0.5).

    >>> best_threshold(np.array([True, False, True]), np.array([0.2, -0.4, 3.0]))
    -0.1
    """
    if not gold.any():
        return 0.0
    order = np.argsort(-logits, kind="stable")
    ranked, hits = logits[order], np.cumsum(gold[order])
    ends = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)  # equal logits fall together
    f1 = 2 * hits[ends] / (ends + 1 + hits[-1])
    below = np.append(ranked[ends[:-1] + 1], ranked[-1] - 1.0)
    candidates = (ranked[ends] + below) / 2
    best = candidates[f1 >= f1.max() - 1e-12]
    return float(best[np.abs(best).argmin()])
