"""Opening a finished store: its facts, and its documents and sentences as arrays that stay on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from malmoi.config import from_dict
from malmoi.errors import ArtifactError, ConfigError
from malmoi.io import read_json
from malmoi.messages import say
from malmoi.tokenization.tokenizer import Tokenizer

FORMAT_VERSION = 1
META, TOKENS, DOCUMENTS, SENTENCES, TOKENIZER = "meta.json", "tokens.bin", "documents.bin", "sentences.bin", "tokenizer"
PLACE = np.dtype("<u8")


@dataclass(frozen=True)
class StoreMeta:
    """What `meta.json` holds: counts, the type of a token, and what the ids depend on (`identity` is the sha256 of it all).

    `num_duplicates` are documents that stood before, `num_empty` those that cleaning or the tokenizer left nothing of.
    """

    identity: str
    tokenizer_sha256: str
    vocab_size: int
    clean: tuple[str, ...]
    sentence_split: str
    sources: tuple[str, ...]
    num_tokens: int
    num_documents: int
    num_sentences: int
    num_duplicates: int
    num_empty: int
    num_chars: int
    format_version: int = FORMAT_VERSION

    @property
    def dtype(self) -> np.dtype:
        """The type of a token on disk."""
        return token_dtype(self.vocab_size)


def token_dtype(vocab_size: int) -> np.dtype:
    """Return the smallest type that holds every id.

    >>> token_dtype(32_000).itemsize, token_dtype(65_536).itemsize
    (2, 4)
    """
    return np.dtype("<u2" if vocab_size < 1 << 16 else "<u4")


@dataclass(frozen=True)
class CorpusStore:
    """An open store. `tokens` [num_tokens], `documents` [num_documents + 1] and `sentences` [num_sentences + 1] are memory maps.

    Where sentences were not split, `sentences` is `documents`.
    """

    folder: Path
    meta: StoreMeta
    tokens: np.ndarray
    documents: np.ndarray
    sentences: np.ndarray

    def __len__(self) -> int:
        """The number of documents."""
        return self.meta.num_documents

    def document(self, number: int) -> np.ndarray:
        """Return the ids of a document, a view of the map."""
        start, end = self.documents[number : number + 2].tolist()
        return self.tokens[start:end]

    def sentence_spans(self, number: int) -> np.ndarray:
        """Return where the sentences of a document lie in it, int64 [sentences, 2], end exclusive."""
        start, end = self.documents[number : number + 2].tolist()
        first, last = np.searchsorted(self.sentences, [start, end])
        ends = self.sentences[first : last + 1].astype(np.int64) - start
        return np.stack([ends[:-1], ends[1:]], axis=1)

    def tokenizer(self) -> Tokenizer:
        """Return the tokenizer that made the ids."""
        return Tokenizer.load(self.folder / TOKENIZER)

    def check_model(self, vocab_size: int, name: str) -> None:
        """Raise `ConfigError` when a model knows fewer ids than the store may hold."""
        if vocab_size < self.meta.vocab_size:
            raise ConfigError(
                say(
                    f"{name}: 모델의 임베딩 {vocab_size:,}행이 {self.folder} 의 어휘 {self.meta.vocab_size:,}개보다 적습니다. 이 모델의 토크나이저로 다시 만드세요.",
                    f"{name}: the model has {vocab_size:,} rows, fewer than the vocabulary of {self.meta.vocab_size:,} in {self.folder}. Build the store with the model's own tokenizer.",
                )
            )


def open_store(folder: str | Path) -> CorpusStore:
    """Open a finished store; `ArtifactError` when there is none, it is damaged, or a newer malmoi wrote it."""
    folder = Path(folder).expanduser()
    if not (folder / META).is_file():
        raise ArtifactError(
            say(f"{folder}: 완성된 말뭉치 저장소가 아닙니다 ({META} 없음).", f"{folder} is not a finished corpus store (no {META}).")
        )  # fmt: skip
    stored = read_json(folder / META)
    if stored.get("format_version", 0) > FORMAT_VERSION:
        raise ArtifactError(
            say(
                f"{folder}: 더 새로운 malmoi 가 만들었습니다. pip install -U malmoi 로 올리세요.",
                f"{folder} was written by a newer malmoi. Upgrade: pip install -U malmoi",
            )
        )
    meta = from_dict(StoreMeta, stored)
    documents = _mapped(folder / DOCUMENTS, PLACE, meta.num_documents + 1)
    has_sentences = meta.sentence_split != "none"
    sentences = _mapped(folder / SENTENCES, PLACE, meta.num_sentences + 1) if has_sentences else documents
    return CorpusStore(folder, meta, _mapped(folder / TOKENS, meta.dtype, meta.num_tokens), documents, sentences)


def _mapped(file: Path, dtype: np.dtype, count: int) -> np.ndarray:
    if not file.is_file() or file.stat().st_size != count * dtype.itemsize:
        raise ArtifactError(
            say(
                f"{file} 파일이 손상되었습니다 (크기가 {META} 과 다름). --fresh 로 다시 만드세요.",
                f"{file} is damaged (its size is not as {META} says). Build it again with --fresh.",
            )
        )
    return np.memmap(file, dtype, "r") if count else np.zeros(0, dtype)
