"""Search and chatbots: is the right document among the first, is a foreign question told apart, is the answer right?"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

import numpy as np

from malmoi.metrics.counts import CountTable, check_lengths, mean_table
from malmoi.metrics.scores import RESAMPLES, Scores, Statistic, percentile_score, resample_weights

MRR_DEPTH = 10


def retrieval_table(
    ranked: Sequence[Sequence[Hashable]], relevant: Sequence[Collection[Hashable]], depths: Sequence[int] = (1, 5, 10)
) -> CountTable:
    """Return the values behind recall_at_1, recall_at_5, recall_at_10 and mrr_at_10, means over questions.

    `ranked` names the documents found for each question, best first, `relevant` the right ones. recall_at_k is the share
    of a question's right documents among its k first; mrr_at_10 is 1 / the rank of the first right one, 0 behind the tenth.
    Raises `ValueError` without questions or where a question has no right document.

    >>> table = retrieval_table([["나", "가", "다"], ["가", "나", "다"]], [["가"], ["가"]], depths=(1, 2))
    >>> table.values()
    {'recall_at_1': 0.5, 'recall_at_2': 1.0, 'mrr_at_10': 0.75}
    """
    check_lengths(relevant, ranked)
    for number, right in enumerate(relevant, start=1):
        if not right:
            raise ValueError(f"question {number} has no right document")
    pairs = [(list(found), set(right)) for found, right in zip(ranked, relevant, strict=True)]
    columns = {f"recall_at_{k}": [len(right & set(found[:k])) / len(right) for found, right in pairs] for k in depths}
    return mean_table(columns | {f"mrr_at_{MRR_DEPTH}": [_reciprocal_rank(found, right) for found, right in pairs]})


def answer_table(answers: Sequence[Hashable | None], right: Sequence[Collection[Hashable]]) -> CountTable:
    """Return the values behind answer_accuracy: the share of questions answered rightly or rightly turned down.

    None is a question turned down; a question with no right answer is foreign, and should be.

    >>> answer_table(["여섯 시", None, "여섯 시"], [["여섯 시"], [], []]).values()["answer_accuracy"]
    0.6666666666666666
    """
    check_lengths(right, answers)
    hits = [answer in good if good else answer is None for answer, good in zip(answers, right, strict=True)]
    return mean_table({"answer_accuracy": hits})


def domain_auroc(known: np.ndarray, scores: np.ndarray) -> float:
    """Return the chance that a known question scores above a foreign one, equal scores counted half.

    `known` bool [n] says which questions are in the domain, `scores` float [n] how well the best answer fits. It is the
    area under the ROC curve (Hanley & McNeil 1982): 1 tells all apart, 0.5 is chance. `ValueError` unless both kinds occur.

    >>> domain_auroc(np.array([True, True, False]), np.array([0.9, 0.4, 0.5]))
    0.5
    """
    return float(_Apart(known, scores)(np.ones((1, len(known))))[0])


def domain_scores(known: np.ndarray, scores: np.ndarray, resamples: int = RESAMPLES) -> Scores:
    """Return domain_auroc with its interval over questions; arguments as `domain_auroc`.

    >>> domain_scores(np.array([True, False]), np.array([0.9, 0.5]))["domain_auroc"].value
    1.0
    """
    apart, n = _Apart(known, scores), len(known)
    draws = np.concatenate([apart(weights) for weights in resample_weights(n, resamples)])
    return {"domain_auroc": percentile_score(domain_auroc(known, scores), draws, n)}


def domain_statistic(known: np.ndarray, scores: np.ndarray) -> Statistic:
    """Return domain_auroc as a function of question indices, for paired bootstraps; arguments as `domain_auroc`."""
    apart = _Apart(known, scores)
    return lambda rows: float(apart(np.bincount(rows, minlength=len(known))[None].astype(float))[0])


def _reciprocal_rank(found: Sequence[Hashable], right: Collection[Hashable]) -> float:
    ranks = (rank for rank, document in enumerate(found[:MRR_DEPTH], start=1) if document in right)
    return 1 / next(ranks, np.inf)


class _Apart:
    """Questions sorted once by their score, so that a draw's area is a sum over them; 0.5 where a draw lacks a kind."""

    def __init__(self, known: np.ndarray, scores: np.ndarray) -> None:
        known, scores = np.asarray(known, dtype=bool), np.asarray(scores, dtype=np.float64)
        if known.shape != scores.shape or known.all() or not known.any():
            raise ValueError("the area needs known and foreign questions, and a score for each")
        self.order = np.argsort(scores, kind="stable")
        ranked, self.known = scores[self.order], known[self.order]
        self.starts = np.append(0, 1 + np.flatnonzero(ranked[1:] != ranked[:-1]))

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """Return the area [draws] under row multiplicities [draws, n]."""
        drawn = weights[:, self.order]
        known = np.add.reduceat(drawn * self.known, self.starts, axis=1)
        foreign = np.add.reduceat(drawn * ~self.known, self.starts, axis=1)
        below = np.cumsum(foreign, axis=1) - foreign
        pairs = known.sum(axis=1) * foreign.sum(axis=1)
        return np.where(pairs > 0, (known * (below + foreign / 2)).sum(axis=1) / np.maximum(pairs, 1), 0.5)
