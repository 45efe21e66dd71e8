"""Build a store: stream → clean → drop exact duplicates → tokenise in parallel → append; killed at any time, it goes on there.

What was read is remembered as (source, place); the files are cut back to what was counted then, so a build that was
interrupted ends with the very bytes of one that was not.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import IO

import numpy as np

from malmoi.config import from_dict, to_dict
from malmoi.data.store.encode import Chunk, EncodedChunk, SentenceSplit, encode_chunks
from malmoi.data.store.format import (
    DOCUMENTS,
    FORMAT_VERSION,
    META,
    PLACE,
    SENTENCES,
    TOKENIZER,
    TOKENS,
    CorpusStore,
    StoreMeta,
    open_store,
    token_dtype,
)  # fmt: skip
from malmoi.data.store.hashes import HashSet
from malmoi.data.texts import TextSource
from malmoi.errors import ConfigError, DataError
from malmoi.io import disk_errors, read_json, remove_tree, sync, write_json
from malmoi.messages import say
from malmoi.text.cleaning import asks_kiwi, spell_steps
from malmoi.text.kiwi import require_kiwi
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.tokenization.trainers import Watch, nobody

HASHES, PROGRESS = "hashes.bin", "progress.json"  # only while it is built
_CHUNK_CHARS, _CHUNK_DOCUMENTS = 1 << 18, 2048
_SAVE_SECONDS = 20.0


@dataclass(frozen=True)
class StoreConfig:
    """How documents become ids: cleaning steps, what finds sentences ("none": a document is one), whether copies are dropped."""

    clean: tuple[str, ...] = ()
    sentence_split: SentenceSplit = "none"
    drop_duplicates: bool = True
    workers: int = 1

    def __post_init__(self) -> None:
        spell_steps(self.clean)
        if self.sentence_split == "kiwi":
            require_kiwi()
        if self.workers < 1:
            raise ConfigError(say(f"workers {self.workers}: 1 이상이어야 합니다.", f"workers {self.workers}: must be 1 or more."))  # fmt: skip


@dataclass
class _Progress:
    """How far a build is: the source being read, the place in it, and what is in the files."""

    identity: str
    source: int = 0
    end: int = 0
    num_tokens: int = 0
    num_documents: int = 0
    num_sentences: int = 0
    num_duplicates: int = 0
    num_empty: int = 0
    num_chars: int = 0


def build_store(
    sources: Sequence[TextSource],
    tokenizer: Tokenizer,
    folder: str | Path,
    config: StoreConfig = StoreConfig(),
    *,
    watch: Watch = nobody,
    fresh: bool = False,
) -> CorpusStore:
    """Return the store of some sources in `folder`, building what is missing; `watch` sees how far each source is read.

    Raises `ConfigError` when the folder holds another store (unless `fresh`) or foreign files, `DataError` when no document is left.
    """
    folder = Path(folder).expanduser()
    identity = _identity(sources, tokenizer, config)
    if fresh and _holds_ours(folder):
        remove_tree(folder)
    if (folder / META).is_file():
        store = open_store(folder)
        _check_same(folder, store.meta.identity, identity)
        _remove_working_files(folder, config)  # of a build that was killed right after its end
        return store
    progress = _start(folder, tokenizer, identity, config)
    with _Files(folder, tokenizer.vocab_size, progress, config) as files:
        chunks = _chunks(sources, progress.source, progress.end, watch)
        saved = time.monotonic()
        encoded = encode_chunks(chunks, folder / TOKENIZER, config.clean, config.sentence_split, config.workers)
        for chunk in encoded:
            files.append(chunk)
            if time.monotonic() - saved > _SAVE_SECONDS:
                files.save()
                saved = time.monotonic()
        files.save()
    _finish(folder, progress, tokenizer, config, sources)
    return open_store(folder)


def _identity(sources: Sequence[TextSource], tokenizer: Tokenizer, config: StoreConfig) -> str:
    """Return the sha256 of everything the ids depend on; reads every file once."""
    needs_kiwi = asks_kiwi(config.clean) or config.sentence_split == "kiwi" or tokenizer.presplit.asks_kiwi
    facts = {
        "format": FORMAT_VERSION,
        "tokenizer": tokenizer.fingerprint(),
        "clean": spell_steps(config.clean),
        "sentences": config.sentence_split,
        "drop_duplicates": config.drop_duplicates,
        "kiwipiepy": version("kiwipiepy") if needs_kiwi else None,
        "sources": [source.sha256() for source in sources],
    }
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _holds_ours(folder: Path) -> bool:
    return (folder / META).is_file() or (folder / PROGRESS).is_file()


def _check_same(folder: Path, found: str, wanted: str) -> None:
    if found != wanted:
        raise ConfigError(
            say(
                f"{folder} 에는 다른 글, 토크나이저나 설정으로 만든 저장소가 있습니다. 다른 폴더를 쓰거나 --fresh 로 다시 만드세요.",
                f"{folder} holds a store of other texts, of another tokenizer or other settings. Use another folder, or --fresh to build it again.",
            )
        )


def _start(folder: Path, tokenizer: Tokenizer, identity: str, config: StoreConfig) -> _Progress:
    """Return where a build begins or goes on; raise `ConfigError` for a folder of something else."""
    if (folder / PROGRESS).is_file():
        progress = from_dict(_Progress, read_json(folder / PROGRESS))
        _check_same(folder, progress.identity, identity)
        return progress
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            say(f"{folder} 에 이미 다른 것이 있습니다. 빈 폴더를 주세요.", f"{folder} already holds something else. Give an empty folder.")
        )  # fmt: skip
    progress = _Progress(identity)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder / TOKENIZER)
    write_json(folder / PROGRESS, asdict(progress))
    return progress


def _chunks(sources: Sequence[TextSource], first: int, place: int, watch: Watch) -> Iterator[Chunk]:
    """Yield documents in chunks of one source each, from a place on; a source ends with a chunk, if only an empty one."""
    for number in range(first, len(sources)):
        source = sources[number]
        texts: list[str] = []
        size, end = 0, place
        with watch(source.name, source.size) as advance:
            advance(place)
            for document in source.read(place):
                advance(document.end - end)
                texts.append(document.text)
                size, end = size + len(document.text), document.end
                if size >= _CHUNK_CHARS or len(texts) >= _CHUNK_DOCUMENTS:
                    yield Chunk(texts, number, end)
                    texts, size = [], 0
        yield Chunk(texts, number, end)
        place = 0


class _Files:
    """The growing files of a build, and the hashes of what is in them."""

    def __init__(self, folder: Path, vocab_size: int, progress: _Progress, config: StoreConfig) -> None:
        self.folder, self.progress, self.config = folder, progress, config
        self.dtype = token_dtype(vocab_size)
        self._stack = ExitStack()
        self._seen = HashSet()

    def __enter__(self) -> _Files:
        p = self.progress
        with disk_errors(self.folder):
            self.tokens = self._open(TOKENS, p.num_tokens * self.dtype.itemsize)
            self.documents = self._open(DOCUMENTS, p.num_documents * PLACE.itemsize)
            self.sentences = self._open(SENTENCES, p.num_sentences * PLACE.itemsize)
            self.hashes = self._open(HASHES, p.num_documents * PLACE.itemsize)
        self._seen = HashSet(np.fromfile(self.folder / HASHES, dtype=np.uint64))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _open(self, name: str, size: int) -> IO[bytes]:
        """Open a file for writing at its end, cut back to the size it had when progress was saved."""
        file = self._stack.enter_context(open(self.folder / name, "ab"))  # noqa: SIM115
        file.truncate(size)
        file.seek(size)
        return file

    def append(self, chunk: EncodedChunk) -> None:
        """Write the documents of a chunk that were not there before."""
        p = self.progress
        has_tokens = chunk.document_lengths > 0
        keep = has_tokens.copy()
        if self.config.drop_duplicates:
            keep[has_tokens] = self._seen.add(chunk.hashes[has_tokens])
        lengths = chunk.document_lengths[keep]
        of_sentence = np.repeat(keep, chunk.sentence_counts)
        sentences = chunk.sentence_lengths[of_sentence]
        sentences = sentences[sentences > 0]
        with disk_errors(self.folder):
            chunk.ids[np.repeat(keep, chunk.document_lengths)].astype(self.dtype).tofile(self.tokens)
            (p.num_tokens + _starts(lengths)).astype(PLACE).tofile(self.documents)
            (p.num_tokens + _starts(sentences)).astype(PLACE).tofile(self.sentences)
            chunk.hashes[keep].tofile(self.hashes)
        p.source, p.end = chunk.source, chunk.end
        p.num_tokens += int(lengths.sum())
        p.num_documents += len(lengths)
        p.num_sentences += len(sentences)
        p.num_chars += int(chunk.num_chars[keep].sum())
        p.num_empty += int((~has_tokens).sum())
        p.num_duplicates += int((has_tokens & ~keep).sum())

    def save(self) -> None:
        """Bring everything to disk, then say how far it is."""
        with disk_errors(self.folder):
            for file, name in ((self.tokens, TOKENS), (self.documents, DOCUMENTS), (self.sentences, SENTENCES), (self.hashes, HASHES)):  # fmt: skip
                file.flush()
                sync(self.folder / name)
        write_json(self.folder / PROGRESS, asdict(self.progress))


def _starts(lengths: np.ndarray) -> np.ndarray:
    return np.cumsum(lengths) - lengths


def _finish(
    folder: Path, progress: _Progress, tokenizer: Tokenizer, config: StoreConfig, sources: Sequence[TextSource]
) -> None:
    """Close the lists of places and write `meta.json`."""
    if not progress.num_documents:
        remove_tree(folder)
        raise DataError(say("남은 글이 없습니다 (모두 비었습니다).", "no document is left (all are empty)."))
    names = [DOCUMENTS] + [SENTENCES] * (config.sentence_split != "none")
    with disk_errors(folder):
        for name, count in zip(names, (progress.num_documents, progress.num_sentences), strict=False):
            with open(folder / name, "r+b") as file:
                file.seek(count * PLACE.itemsize)
                np.array([progress.num_tokens], dtype=PLACE).tofile(file)
            sync(folder / name)
    counts = {field.name: getattr(progress, field.name) for field in fields(progress) if field.name.startswith("num_")}
    meta = StoreMeta(
        identity=progress.identity,
        tokenizer_sha256=tokenizer.fingerprint(),
        vocab_size=tokenizer.vocab_size,
        clean=spell_steps(config.clean),
        sentence_split=config.sentence_split,
        sources=tuple(source.name for source in sources),
        **counts,
    )
    write_json(folder / META, to_dict(meta))
    _remove_working_files(folder, config)


def _remove_working_files(folder: Path, config: StoreConfig) -> None:
    for name in [HASHES, PROGRESS] + [SENTENCES] * (config.sentence_split == "none"):
        (folder / name).unlink(missing_ok=True)
