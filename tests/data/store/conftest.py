"""A corpus with copies, blank lines and long documents, and small tokenizers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer

SENTENCES = [
    "배우들 연기가 훌륭해요.",
    "이 영화 진짜 재밌었어요!",
    "음악도 좋았다.",
    "돈이 아깝다...",
    "또 보고 싶어요 ㅎㅎ",
    "지루해서 나왔다.",
]


def make_documents(count: int, seed: int = 0) -> list[str]:
    """Return documents of one to nine sentences, copies among them."""
    rng = np.random.default_rng(seed)
    return [" ".join(SENTENCES[i] for i in rng.integers(6, size=rng.integers(1, 10))) for _ in range(count)]


@pytest.fixture(scope="session")
def documents() -> list[str]:
    return make_documents(400) + ["  ", "\u00ad", "끝."]


@pytest.fixture(scope="session")
def corpus_file(documents: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "글.txt"
    path.write_text("\n".join(documents) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return train_tokenizer(make_documents(50, seed=1), TrainerConfig("byte-bpe", "gpt", vocab_size=300))
