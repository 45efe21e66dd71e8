"""tf-idf: the weights are scikit-learn's, pairs overlap as they should, folding changes outputs and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfTransformer

from malmoi.data.features import Features
from malmoi.models.tfidf import TfidfModel, counts, design, inverse_document_frequency, weighted
from malmoi.tokenization.ngrams import NgramTokenizer, learn_ngrams

TEXTS = ["배우 연기가 좋다 좋다 좋다", "이야기가 지루하다", "연기가 지루하다", ""]
PAIRS = [("비가 온다", "비가 온다"), ("비가 온다", "버스가 늦다"), ("비가 온다", ""), ("", "")]


@pytest.fixture(scope="module")
def tokenizer() -> NgramTokenizer:
    return learn_ngrams([*TEXTS, *(text for pair in PAIRS for text in pair)], min_count=1)


def windows(tokenizer: NgramTokenizer, texts: list[str], pairs: list[str] | None = None) -> list[Features]:
    return [Features(*encoded) for encoded in tokenizer.encode_ids(texts, pairs)]


def model(tokenizer: NgramTokenizer, pairs: bool, num_outputs: int = 2) -> TfidfModel:
    rng = np.random.default_rng(0)
    idf = rng.uniform(1, 5, tokenizer.vocab_size).astype(np.float32)
    width = design(windows(tokenizer, ["가"], ["나"] if pairs else None), idf, tokenizer.starts, pairs)
    columns = width.sparse.shape[1] + width.overlap.shape[1]
    return TfidfModel(
        tokenizer.starts, pairs, idf, rng.normal(size=(columns, num_outputs)).astype(np.float32), np.ones(num_outputs)
    )


def test_weights_are_those_of_scikit_learn(tokenizer: NgramTokenizer) -> None:
    seen = counts(windows(tokenizer, TEXTS), 0, tokenizer.vocab_size)
    theirs = TfidfTransformer(sublinear_tf=True).fit(seen)
    idf = inverse_document_frequency(seen)
    assert np.allclose(idf, theirs.idf_, atol=1e-6)
    assert np.allclose(weighted(seen, idf).toarray(), theirs.transform(seen).toarray(), atol=1e-6)


def test_overlap_of_pairs(tokenizer: NgramTokenizer) -> None:
    idf = np.ones(tokenizer.vocab_size, dtype=np.float32)
    x = design(windows(tokenizer, [a for a, _ in PAIRS], [b for _, b in PAIRS]), idf, tokenizer.starts, True)
    ratio, log_ratio, *overlaps = x.overlap.T
    assert np.allclose(ratio[:2], [1, min(ratio[1], 1)]) and ratio[2] == ratio[3] == 0
    assert log_ratio[0] == 0 < log_ratio[2]
    same, other, half, empty = np.array(overlaps).T
    assert np.allclose(same, 1) and (other < 0.8).all() and not half.any() and not empty.any()
    width = tokenizer.vocab_size
    assert abs(x.sparse[0, 2 * width :]).sum() < 1e-6 < abs(x.sparse[1, 2 * width :]).sum()


def test_both_orders_of_a_pair_cover_each_other(tokenizer: NgramTokenizer) -> None:
    idf = np.ones(tokenizer.vocab_size, dtype=np.float32)
    there, back = (
        design(windows(tokenizer, [a], [b]), idf, tokenizer.starts, True).overlap[0]
        for a, b in (("연기가 좋다", "연기가"), ("연기가", "연기가 좋다"))
    )
    assert there[1] == pytest.approx(-back[1])
    assert np.allclose(there[2:].reshape(-1, 3)[:, [0, 1, 2]], back[2:].reshape(-1, 3)[:, [0, 2, 1]], atol=1e-6)


@pytest.mark.parametrize("pairs", [False, True])
def test_folding(pairs: bool, tokenizer: NgramTokenizer) -> None:
    rows: Any = windows(tokenizer, TEXTS, TEXTS[::-1] if pairs else None)
    scaled, plain = model(tokenizer, pairs), model(tokenizer, pairs)
    before = plain.logits(rows)
    assert before.dtype == np.float32 and before.shape == (4, 2)
    scaled.fold_temperature(2.0)
    assert np.allclose(scaled.logits(rows), before / 2, atol=1e-5)
    scaled.fold_scale(3.0, 0.5)
    assert np.allclose(scaled.logits(rows), 3 + before / 4, atol=1e-5)


def test_config_and_arrays_make_the_same_model(tokenizer: NgramTokenizer) -> None:
    first = model(tokenizer, pairs=True)
    second = TfidfModel.from_config(first.to_config(), first.named_weights())
    rows = windows(tokenizer, ["연기가 좋다"], ["지루하다"])
    assert np.array_equal(first.logits(rows), second.logits(rows))
    assert {array.dtype for array in first.named_weights().values()} == {np.dtype(np.float32)}


def test_no_rows(tokenizer: NgramTokenizer) -> None:
    assert model(tokenizer, pairs=False).logits([]).shape == (0, 2)
