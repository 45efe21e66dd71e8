"""From which probability on a label is given: one threshold per label, tuned on dev for F1; and from which none is.

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


def no_answer_threshold(probabilities: np.ndarray, right: np.ndarray, unanswerable: np.ndarray) -> float:
    """Return the probability of no answer from which on giving none makes most answers right.

    For each question: its probability that there is none, float [n], whether the best answer is right, and whether there is
    none, bool [n]. Half way between two probabilities; of equally good thresholds the one nearest one half.

    >>> no_answer_threshold(np.array([0.1, 0.3, 0.9]), np.array([True, False, False]), np.array([False, True, True]))
    0.2
    """
    order = np.argsort(probabilities, kind="stable")
    ranked = probabilities[order]
    answered = np.concatenate([[0], np.cumsum(right[order])])  # right among the first i, which are answered
    refused = np.concatenate([np.cumsum(unanswerable[order][::-1])[::-1], [0]])
    cuts = np.concatenate([[True], ranked[1:] != ranked[:-1], [True]])  # equal probabilities fall together
    edges = np.concatenate([[0.0], (ranked[1:] + ranked[:-1]) / 2, [1.0 + 1e-6]])
    total = np.where(cuts, answered + refused, -1)
    best = edges[total == total.max()]
    return float(best[np.abs(best - 0.5).argmin()])
