"""Turning down what is outside the domain: an answer whose probability stays below a threshold is none.

The largest probability is the score that tells known texts from foreign ones (Hendrycks & Gimpel 2017); foreign texts among the
training examples are taught to look like no label at all (Hendrycks et al. 2019). The threshold is chosen on dev.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from malmoi.data.examples import TextExample
from malmoi.data.predictions import ClassificationPrediction
from malmoi.metrics.counts import CountTable
from malmoi.metrics.retrieval import answer_table, domain_scores
from malmoi.metrics.scores import Scores

USUAL_LABELS = ("ood", "oos", "out-of-domain", "out_of_domain", "범위밖", "범위 밖")
OUTSIDE, OUTSIDE_IN_ENGLISH = "범위 밖", "out of domain"  # what answers say
KEPT = 0.95  # the share of known texts that keep their answer where no foreign one says how many may be lost


def is_outside(label: str | None, own: str = "") -> bool:
    """Whether a label means that a text is foreign: `own`, or without it one of the usual names.

    >>> is_outside("범위밖"), is_outside("OOD"), is_outside("환불"), is_outside("기타", own="기타"), is_outside("ood", own="기타")
    (True, True, False, True, False)
    """
    return label is not None and (label == own if own else label.casefold() in USUAL_LABELS)


def best_threshold(shares: np.ndarray, right: np.ndarray, known: np.ndarray) -> float:
    """Return the threshold by which most texts are answered rightly or rightly turned down.

    `shares` float [n] are the largest probabilities, `right` bool [n] says whether the label is right, `known` bool [n]
    whether the text is in the domain. It lies half way to the next share. Without a foreign text, it keeps `KEPT` of the known.

    >>> best_threshold(np.array([0.9, 0.8, 0.5, 0.4]), np.array([True, True, False, False]), np.array([True, True, False, False]))
    0.65
    """
    if known.all():
        return round(float(np.quantile(shares, 1 - KEPT)), 6) if len(shares) else 0.0
    order = np.argsort(shares, kind="stable")
    ranked = shares[order]
    gain = np.where(known[order], -(right[order].astype(int)), 1)  # of turning down one more
    gains = np.append(0, np.cumsum(gain))
    allowed = np.append(True, ranked[1:] != ranked[:-1])  # equal shares fall together
    cuts = np.append(np.flatnonzero(allowed), len(ranked))
    cut = int(cuts[np.argmax(gains[cuts])])
    if cut == 0:
        return 0.0
    above = ranked[cut] if cut < len(ranked) else 1.0
    return round(float(ranked[cut - 1] + above) / 2, 6)


def rejection_table(
    predictions: Sequence[ClassificationPrediction], examples: Sequence[TextExample], known: np.ndarray
) -> CountTable:
    """Return the counts behind answer_accuracy; `examples` have readable labels."""
    answers = [None if prediction.label == OUTSIDE else prediction.label for prediction in predictions]
    right = [[example.label] if inside else [] for example, inside in zip(examples, known, strict=True)]
    return answer_table(answers, right)


def rejection_scores(
    predictions: Sequence[ClassificationPrediction], examples: Sequence[TextExample], known: np.ndarray
) -> Scores:
    """Return answer_accuracy and, where both kinds occur, domain_auroc, with intervals."""
    scores = rejection_table(predictions, examples, known).scores()
    if known.all() or not known.any():
        return scores
    return scores | domain_scores(known, np.array([prediction.score for prediction in predictions]))
