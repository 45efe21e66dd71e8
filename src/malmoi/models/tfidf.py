"""tf-idf and a linear model: what every larger model has to beat. numpy and scipy, no torch.

A text is x = (1 + log count) · idf over its n-grams, of length 1 (Salton & Buckley 1988); a pair of them is
[a, b, |a − b|] and a few numbers that say how far the two overlap. logits = x W + bias.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from malmoi.data.features import Features

if TYPE_CHECKING:
    import scipy.sparse as sp

TFIDF = "tfidf"  # the name of this model, where others have a folder or a hub name


@dataclass(frozen=True)
class Design:
    """What the linear model reads: `sparse` float32 [n, columns] and `overlap` float32 [n, numbers], none for single texts."""

    sparse: sp.csr_matrix
    overlap: np.ndarray


@dataclass
class TfidfModel:
    """Inverse document frequencies [ngrams], weights [columns + numbers, outputs], bias [outputs], all float32.

    `starts` are the first ids of the n-grams of 1, 2 … characters, and their number. It is its own head: `fold_temperature`
    and `fold_scale` are what a task asks of one.
    """

    starts: tuple[int, ...]
    pairs: bool
    idf: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def logits(self, features: Sequence[Features]) -> np.ndarray:
        """Return the outputs for windows, float32 [n, outputs]."""
        return self.linear(design(features, self.idf, self.starts, self.pairs))

    def linear(self, x: Design) -> np.ndarray:
        """Return the outputs for a design that was made before, float32 [n, outputs]."""
        columns = x.sparse.shape[1]
        found = x.sparse @ self.weights[:columns] + x.overlap @ self.weights[columns:] + self.bias
        return np.asarray(found, dtype=np.float32)

    def fold_temperature(self, temperature: float) -> None:
        """Divide the outputs by a temperature."""
        self.weights = self.weights / np.float32(temperature)
        self.bias = self.bias / np.float32(temperature)

    def fold_scale(self, mean: float, std: float) -> None:
        """Turn outputs z into scores `mean + std * z`."""
        self.weights = self.weights * np.float32(std)
        self.bias = self.bias * np.float32(std) + np.float32(mean)

    def named_weights(self) -> dict[str, np.ndarray]:
        """Return all arrays by the names they are saved under."""
        arrays = {"idf": self.idf, "weights": self.weights, "bias": self.bias}
        return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}

    def to_config(self) -> dict[str, Any]:
        """Return what `from_config` needs beside the arrays."""
        return {"model_type": TFIDF, "architectures": [type(self).__name__], "starts": self.starts, "pairs": self.pairs}

    @classmethod
    def from_config(cls, config: dict[str, Any], weights: dict[str, np.ndarray]) -> TfidfModel:
        """Return the model of a saved configuration and its arrays."""
        return cls(tuple(config["starts"]), config["pairs"], **weights)


def design(features: Sequence[Features], idf: np.ndarray, starts: Sequence[int], pairs: bool) -> Design:
    """Return the rows of the linear model for windows of n-gram ids."""
    from scipy.sparse import hstack

    first = counts(features, 0, len(idf))
    a = weighted(first, idf)
    if not pairs:
        return Design(a, np.zeros((len(features), 0), dtype=np.float32))
    second = counts(features, 1, len(idf))
    b = weighted(second, idf)
    numbers = [
        *_lengths(first, second),
        *itertools.chain(*(_overlap(a, b, *block) for block in itertools.pairwise(starts))),
    ]
    return Design(hstack([a, b, abs(a - b)], format="csr"), np.stack(numbers, axis=1).astype(np.float32))


def counts(features: Sequence[Features], type_id: int, num_ngrams: int) -> sp.csr_matrix:
    """Return how often each n-gram occurs in the first (type 0) or second (type 1) texts, float32 [n, ngrams]."""
    from scipy.sparse import csr_matrix

    ids = [row.input_ids[row.type_ids == type_id] for row in features]
    rows = np.repeat(np.arange(len(ids)), [len(own) for own in ids])
    columns = np.concatenate([np.zeros(0, dtype=np.int32), *ids])
    return csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(len(ids), num_ngrams))


def inverse_document_frequency(occurrences: sp.csr_matrix) -> np.ndarray:
    """Return log((1 + n) / (1 + document frequency)) + 1 for each n-gram, float32 [ngrams] (scikit-learn's smoothed form)."""
    n, width = occurrences.shape
    frequency = np.bincount(occurrences.indices, minlength=width)
    return (np.log((1 + n) / (1 + frequency)) + 1).astype(np.float32)


def weighted(occurrences: sp.csr_matrix, idf: np.ndarray) -> sp.csr_matrix:
    """Return (1 + log count) · idf with rows of length 1, float32; a row without n-grams stays empty."""
    x = occurrences.copy()
    x.data = (1 + np.log(x.data)) * idf[x.indices]
    norms = np.sqrt(_row_sums(x.multiply(x)))
    x.data /= np.repeat(np.where(norms > 0, norms, 1), np.diff(x.indptr)).astype(np.float32)
    return x


def _lengths(first: sp.csr_matrix, second: sp.csr_matrix) -> list[np.ndarray]:
    """Return how the lengths compare: shorter over longer, and the logarithm of first over second."""
    a, b = _row_sums(first), _row_sums(second)
    return [np.minimum(a, b) / np.maximum(np.maximum(a, b), 1), np.log1p(a) - np.log1p(b)]


def _overlap(a: sp.csr_matrix, b: sp.csr_matrix, start: int, end: int) -> list[np.ndarray]:
    """Return for the n-grams of one n the cosine, and which share of either text's weight the other text has too."""
    a, b = a[:, start:end], b[:, start:end]
    lengths = np.sqrt(_row_sums(a.multiply(a)) * _row_sums(b.multiply(b)))
    return [
        _ratio(_row_sums(a.multiply(b)), lengths),
        _ratio(_row_sums(a.multiply(b.sign())), _row_sums(a)),
        _ratio(_row_sums(b.multiply(a.sign())), _row_sums(b)),
    ]


def _row_sums(x: Any) -> np.ndarray:
    return np.asarray(x.sum(axis=1), dtype=np.float64).ravel()


def _ratio(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return x / y, 0 where y is 0."""
    return x / np.where(y > 0, y, 1)
