"""Probabilities of labels from a simple model that has not seen the text: logistic regressions on character n-grams.

TF-IDF of 1- to 3-grams of characters, one regression for each label against the rest, five folds. Copies of one text,
and the pairs of one first text, stay in one fold. A pair is described by what its texts share, by what only one has, and
by their cosine. The weights of n-grams are counted over all texts, which says nothing of labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from malmoi.data.checks.keys import near_text
from malmoi.data.examples import TextExample
from malmoi.errors import extras_named
from malmoi.text.nfc import nfc

COSINE_WEIGHT = 3.0
TOLERANCE = 0.01  # liblinear's; tighter ones cost half as much time again and change no candidate that matters


@dataclass(frozen=True)
class FoldConfig:
    """Folds, the seed of their assignment, the longest n-gram in characters, and the inverse strength of regularisation."""

    num_folds: int = 5
    seed: int = 42
    max_ngram: int = 3
    inverse_regularisation: float = 4.0


@extras_named()
def out_of_fold(
    examples: Sequence[TextExample],
    gold: np.ndarray,
    config: FoldConfig = FoldConfig(),
    advance: Callable[[int], None] = lambda count: None,
) -> np.ndarray:
    """Return probabilities `[num_examples, num_labels]`, each label by itself, for gold labels of the same shape (bool).

    `advance` is called with 1 after each of `num_folds × num_labels` fits. Raises `MissingExtra` without scikit-learn.
    """
    features = _features(examples, config)
    folds = assign_folds(examples, gold, config)
    probabilities = np.zeros(gold.shape)
    for fold in range(config.num_folds):
        held_out = folds == fold
        train, test = features[~held_out], features[held_out]
        for label in range(gold.shape[1]):
            probabilities[held_out, label] = _answers(train, gold[~held_out, label], test, config)
            advance(1)
    return probabilities


def _answers(train: Any, has_label: np.ndarray, test: Any, config: FoldConfig) -> np.ndarray | float:
    """Return the probabilities that the rows of `test` carry a label, by a regression on the rows of `train`."""
    from sklearn.linear_model import LogisticRegression

    if not test.shape[0] or has_label.all() or not has_label.any():  # nobody asks, or there is nothing to tell apart
        return float(has_label.mean()) if len(has_label) else 0.0
    model = LogisticRegression(C=config.inverse_regularisation, tol=TOLERANCE, solver="liblinear", max_iter=1000)
    return model.fit(train, has_label).predict_proba(test)[:, 1]


def assign_folds(examples: Sequence[TextExample], gold: np.ndarray, config: FoldConfig) -> np.ndarray:
    """Return the fold `[num_examples]` of each example: the texts of each label spread evenly, copies in one place."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        groups[near_text(example.text)].append(i)
    strata: dict[bytes, list[list[int]]] = defaultdict(list)
    for positions in groups.values():
        strata[gold[positions[0]].tobytes()].append(positions)
    rng = np.random.default_rng(config.seed)
    folds = np.zeros(len(examples), dtype=np.int64)
    turn = 0
    for _, members in sorted(strata.items()):
        for i in rng.permutation(len(members)):
            folds[members[i]] = turn % config.num_folds
            turn += 1
    return folds


def _features(examples: Sequence[TextExample], config: FoldConfig) -> Any:
    """Return the sparse features `[num_examples, num_features]`."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer="char", ngram_range=(1, config.max_ngram), min_df=2, sublinear_tf=True, dtype=np.float32
    )
    texts = [nfc(example.text) for example in examples]
    pairs = [nfc(example.pair or "") for example in examples]
    if not any(pairs):
        return vectorizer.fit_transform(texts)
    vectorizer.fit(texts + pairs)
    return _compared(vectorizer.transform(texts), vectorizer.transform(pairs))


def _compared(first: Any, second: Any) -> Any:
    """Return difference, common part and cosine of two sparse matrices of unit rows."""
    from scipy import sparse

    cosine = sparse.csr_matrix(first.multiply(second).sum(axis=1)) * COSINE_WEIGHT
    return sparse.hstack([abs(first - second), first.minimum(second), cosine]).tocsr()
