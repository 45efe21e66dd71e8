"""From raw documents to ids: clean, split into sentences, tokenise. Runs in this process or in several, always in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import numpy as np

from malmoi.data.store.hashes import text_hash
from malmoi.text.cleaning import Cleaner, parse_steps
from malmoi.text.sentences import split_sentences
from malmoi.tokenization.tokenizer import Tokenizer

SentenceSplit = Literal["none", "rules", "kiwi"]
_WAITING = 2  # chunks a process that are read ahead


@dataclass(frozen=True)
class Chunk:
    """Some documents of one source, and the place behind the last."""

    texts: list[str]
    source: int
    end: int


@dataclass(frozen=True)
class EncodedChunk:
    """The ids of documents, int32, one behind another; tokens and sentences of each document, tokens of each sentence, hashes.

    A document that nothing is left of has no tokens.
    """

    ids: np.ndarray
    document_lengths: np.ndarray
    sentence_counts: np.ndarray
    sentence_lengths: np.ndarray
    hashes: np.ndarray
    num_chars: np.ndarray
    source: int
    end: int


class ChunkEncoder:
    """What turns chunks into ids; cleaning happens here and not again in the tokenizer."""

    def __init__(self, tokenizer: Tokenizer, clean: tuple[str, ...], split: SentenceSplit) -> None:
        self._tokenizer = tokenizer.cleaned_by(())
        self._cleaner = Cleaner(parse_steps(clean))
        self._split = split

    def __call__(self, chunk: Chunk) -> EncodedChunk:
        texts = [self._cleaner.clean(text).strip() for text in chunk.texts]
        sentences = [self._sentences(text) if text else [] for text in texts]
        ids = self._tokenizer.encode_plain([sentence for own in sentences for sentence in own])
        lengths = np.array([len(row) for row in ids], dtype=np.int64)
        counts = np.array([len(own) for own in sentences], dtype=np.int64)
        ends = np.concatenate([[0], np.cumsum(lengths)])[np.concatenate([[0], np.cumsum(counts)])]
        return EncodedChunk(
            np.concatenate(ids) if ids else np.zeros(0, dtype=np.int32),
            np.diff(ends),
            counts,
            lengths,
            np.array([text_hash(text) for text in texts], dtype=np.uint64),
            np.array([len(text) for text in texts], dtype=np.int64),
            chunk.source,
            chunk.end,
        )

    def _sentences(self, text: str) -> list[str]:
        """Return the sentences of a text, each with the space before it, so that together they are the text."""
        if self._split == "none":
            return [text]
        ends = [sentence.end for sentence in split_sentences(text, self._split)]
        ends[-1:] = [len(text)]  # the text has no space at its end
        return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def encode_chunks(
    chunks: Iterator[Chunk], folder: Path, clean: tuple[str, ...], split: SentenceSplit, workers: int
) -> Iterator[EncodedChunk]:
    """Yield the chunks encoded by the tokenizer of a folder, in order; few are in memory at a time.

    With more than one worker each is a process of its own: the program that calls this needs `if __name__ == "__main__":`.
    """
    if workers == 1:
        yield from map(ChunkEncoder(Tokenizer.load(folder), clean, split), chunks)
        return
    start = partial(_start_worker, folder, clean, split)
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=start) as pool:
        waiting = deque(pool.submit(_work, chunk) for _, chunk in zip(range(_WAITING * workers), chunks, strict=False))
        try:
            while waiting:
                yield waiting.popleft().result()
                if (chunk := next(chunks, None)) is not None:
                    waiting.append(pool.submit(_work, chunk))
        finally:
            for future in waiting:
                future.cancel()


_encoder: ChunkEncoder | None = None


def _start_worker(folder: Path, clean: tuple[str, ...], split: SentenceSplit) -> None:
    global _encoder
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the processes are the parallelism
    _encoder = ChunkEncoder(Tokenizer.load(folder), clean, split)


def _work(chunk: Chunk) -> EncodedChunk:
    assert _encoder is not None, "the worker was not started"
    return _encoder(chunk)
