"""Turning down what is outside the domain: an answer whose probability stays below a threshold is none.

The largest probability is the score that tells known texts from foreign ones (Hendrycks & Gimpel 2017); foreign texts among the
training examples are taught to look like no label at all (Hendrycks et al. 2019). The threshold is chosen on dev.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from malmoi.data.examples import TextExample
from malmoi.data.predictions import ClassificationPrediction, DomainPrediction
from malmoi.metrics.retrieval import answer_table, domain_scores
from malmoi.metrics.scores import Scores

USUAL_LABELS = ("ood", "oos", "out-of-domain", "out_of_domain", "범위밖", "범위 밖")
OUTSIDE = "범위 밖"  # what answers say
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


class EveryText:
    """The domain of a task that turns nothing down."""

    main_score: ClassVar[str | None] = None  # what it asks for
    refusal: ClassVar[Mapping[str, str]] = MappingProxyType(
        {}
    )  # what answers say of foreign texts, and that in English

    def known(self, examples: Sequence[TextExample]) -> np.ndarray:
        """Return which labelled examples are in the domain, bool [n]."""
        return np.ones(len(examples), dtype=bool)

    def answer(self, prediction: ClassificationPrediction) -> ClassificationPrediction:
        """Return what is said of a text whose most probable label is predicted."""
        return prediction

    def scores(self, predictions: Sequence[Any], gold: Sequence[str], known: np.ndarray) -> Scores:
        """Return how well texts are turned down."""
        return {}

    def majority(self, scores: Scores) -> Scores:
        """Return those scores of always giving the same answer that can be set beside the task's."""
        return scores

    def tuned(self) -> list[tuple[str, str, str]]:
        """Return what was chosen on dev."""
        return []


@dataclass(frozen=True)
class Domain(EveryText):
    """The texts that are not labelled `outside`; an answer whose probability stays below `threshold` is that they are foreign."""

    outside: str
    threshold: float
    main_score: ClassVar[str | None] = "answer_accuracy"
    refusal: ClassVar[Mapping[str, str]] = MappingProxyType({OUTSIDE: "out of domain"})

    def known(self, examples: Sequence[TextExample]) -> np.ndarray:
        return np.array([not is_outside(example.label, self.outside) for example in examples], dtype=bool)

    def answer(self, prediction: ClassificationPrediction) -> DomainPrediction:
        p, is_known = prediction, prediction.score >= self.threshold
        label = p.label if is_known else OUTSIDE
        return DomainPrediction(p.text, p.pair, label, p.score, p.scores, is_known, english=p.english)

    def scores(self, predictions: Sequence[Any], gold: Sequence[str], known: np.ndarray) -> Scores:
        """Return answer_accuracy and, where both kinds of texts occur, domain_auroc, with intervals."""
        answers = [None if prediction.label == OUTSIDE else prediction.label for prediction in predictions]
        right = [[label] if is_known else [] for label, is_known in zip(gold, known, strict=True)]
        scores = answer_table(answers, right).scores()
        if known.all() or not known.any():
            return scores
        return scores | domain_scores(known, np.array([prediction.score for prediction in predictions]))

    def majority(self, scores: Scores) -> Scores:
        return {"answer_accuracy": scores["accuracy"]}

    def tuned(self) -> list[tuple[str, str, str]]:
        chosen = f"{self.threshold:g} (확률이 이보다 낮으면 범위 밖 / below this probability: out of domain)"
        return [("문턱값", "threshold", chosen)]
