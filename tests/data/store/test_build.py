"""Building a store: every document once, exact after any interruption, the same for any number of processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from malmoi.data.store import build
from malmoi.data.store.build import StoreConfig, build_store
from malmoi.data.store.format import CorpusStore, open_store, token_dtype
from malmoi.data.texts import open_texts
from malmoi.errors import ArtifactError, ConfigError, DataError
from malmoi.io import read_json, write_json
from malmoi.text.sentences import split_sentences
from malmoi.tokenization.tokenizer import Tokenizer

FILES = ("tokens.bin", "documents.bin", "meta.json")


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_CHUNK_DOCUMENTS", 7)
    monkeypatch.setattr(build, "_SAVE_SECONDS", 0.0)


@pytest.fixture(scope="module")
def store(corpus_file: Path, tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> CorpusStore:
    return build_store([open_texts(str(corpus_file))], tokenizer, tmp_path_factory.mktemp("stores") / "store")


def test_documents_come_back_once_and_in_order(store: CorpusStore, tokenizer: Tokenizer, documents: list[str]) -> None:
    unique = list(dict.fromkeys(text.strip() for text in documents if text.strip()))
    assert [tokenizer.decode(store.document(i)) for i in range(len(store))] == unique
    meta = store.meta
    assert (meta.num_documents, meta.num_duplicates) == (
        len(unique),
        len([d for d in documents if d.strip()]) - len(unique),
    )
    assert meta.num_tokens == sum(len(row) for row in tokenizer.encode_plain(unique)) == len(store.tokens)
    assert meta.num_chars == sum(map(len, unique)) and store.tokens.dtype == np.uint16
    assert store.tokenizer().fingerprint() == tokenizer.fingerprint() == meta.tokenizer_sha256


def test_copies_may_stay(corpus_file: Path, tokenizer: Tokenizer, tmp_path: Path, documents: list[str]) -> None:
    store = build_store([open_texts(str(corpus_file))], tokenizer, tmp_path / "s", StoreConfig(drop_duplicates=False))
    assert len(store) == len([text for text in documents if text.strip()]) and store.meta.num_duplicates == 0


@pytest.mark.parametrize("split", ["rules", "kiwi"])
def test_sentences_lie_where_they_were_found(split, corpus_file: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    store = build_store([open_texts(str(corpus_file))], tokenizer, tmp_path / "s", StoreConfig(sentence_split=split))
    assert store.meta.num_sentences == len(store.sentences) - 1 > len(store)
    for number in range(0, len(store), 17):
        text = tokenizer.decode(store.document(number))
        spans = store.sentence_spans(number)
        found = [tokenizer.decode(store.document(number)[start:end]).strip() for start, end in spans.tolist()]
        assert found == [sentence.text for sentence in split_sentences(text, split)]
        assert spans[0, 0] == 0 and spans[-1, 1] == len(store.document(number))


def test_cleaning_comes_before_copies_are_found(tokenizer: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "글.txt").write_text("좋다ㅋㅋㅋ\n좋다ㅋㅋㅋㅋㅋ\n", encoding="utf-8")
    store = build_store(
        [open_texts(str(tmp_path / "글.txt"))], tokenizer, tmp_path / "s", StoreConfig(clean=("repeats=2",))
    )
    assert [tokenizer.decode(store.document(i)) for i in range(len(store))] == ["좋다ㅋㅋ"]
    assert store.meta.clean == ("repeats=2",)


class Killed(BaseException):
    """The end of a process."""


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("after", [1, 5, 30])
@pytest.mark.parametrize("place", ["append", "save"])
def test_a_build_that_was_killed_ends_with_the_same_bytes(
    after: int, place: str, corpus_file: Path, tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [open_texts(str(corpus_file)), open_texts(str(corpus_file))]
    whole = build_store(sources, tokenizer, tmp_path / "whole", StoreConfig(sentence_split="rules"))
    original, calls = getattr(build._Files, place), iter(range(after))

    def deadly(files, *arguments):
        original(files, *arguments)
        if next(calls, None) is None:
            files.tokens.write(b"half a tok")
            files.tokens.flush()
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(build._Files, place, deadly)
        with pytest.raises(Killed):
            build_store(sources, tokenizer, tmp_path / "cut", StoreConfig(sentence_split="rules"))
    with pytest.raises(ArtifactError, match="meta.json"):
        open_store(tmp_path / "cut")
    read: list[int] = []
    build_store(_counted(sources, read), tokenizer, tmp_path / "cut", StoreConfig(sentence_split="rules"))
    assert len(read) < 2 * 400, "it began again from the start"
    for name in (*FILES, "sentences.bin"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "cut").iterdir()) == sorted(
        path.name for path in whole.folder.iterdir()
    )


def _counted(sources, read: list[int]):
    """Return sources that note every document read from them."""
    from dataclasses import replace

    def reader(source):
        def documents(start: int):
            for document in source.read(start):
                read.append(document.end)
                yield document

        return documents

    return [replace(source, read=reader(source)) for source in sources]


@pytest.mark.usefixtures("small_chunks")
def test_several_processes_write_the_same(
    corpus_file: Path, tokenizer: Tokenizer, tmp_path: Path, store: CorpusStore
) -> None:
    parallel = build_store([open_texts(str(corpus_file))], tokenizer, tmp_path / "s", StoreConfig(workers=2))
    for name in FILES:
        assert (parallel.folder / name).read_bytes() == (store.folder / name).read_bytes()


def test_an_error_in_a_worker_reaches_the_user(tokenizer: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "글.txt").write_text("글\n", encoding="utf-8")
    source = open_texts(str(tmp_path / "글.txt"))
    (tmp_path / "글.txt").unlink()
    with pytest.raises(OSError, match="글.txt"):
        build_store([source], tokenizer, tmp_path / "s", StoreConfig(workers=2))


def test_a_finished_store_is_not_built_again(store: CorpusStore, corpus_file: Path, tokenizer: Tokenizer) -> None:
    before = (store.folder / "tokens.bin").stat().st_mtime_ns
    again = build_store([open_texts(str(corpus_file))], tokenizer, store.folder)
    assert again.meta == store.meta and (store.folder / "tokens.bin").stat().st_mtime_ns == before


def test_another_store_in_the_folder_is_refused(corpus_file: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    sources = [open_texts(str(corpus_file))]
    build_store(sources, tokenizer, tmp_path / "s")
    for other in (
        StoreConfig(clean=("html",)),
        StoreConfig(sentence_split="rules"),
        StoreConfig(drop_duplicates=False),
    ):
        with pytest.raises(ConfigError, match="--fresh"):
            build_store(sources, tokenizer, tmp_path / "s", other)
    with pytest.raises(ConfigError, match="--fresh"):
        build_store(sources, tokenizer.extended(["ㅇㅈ"]), tmp_path / "s")
    fresh = build_store(sources, tokenizer, tmp_path / "s", StoreConfig(sentence_split="rules"), fresh=True)
    assert fresh.meta.sentence_split == "rules"
    (tmp_path / "남의것").mkdir()
    (tmp_path / "남의것" / "글.txt").write_text("글", encoding="utf-8")
    with pytest.raises(ConfigError, match="남의것"):
        build_store(sources, tokenizer, tmp_path / "남의것", fresh=True)
    assert (tmp_path / "남의것" / "글.txt").is_file()


def test_no_document_left(tokenizer: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "글.txt").write_text("<b></b>\n", encoding="utf-8")
    with pytest.raises(DataError):
        build_store([open_texts(str(tmp_path / "글.txt"))], tokenizer, tmp_path / "s", StoreConfig(clean=("html",)))
    assert not (tmp_path / "s").exists()


def test_damage_and_newer_formats_are_told(corpus_file: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    folder = build_store([open_texts(str(corpus_file))], tokenizer, tmp_path / "s").folder
    content = (folder / "documents.bin").read_bytes()
    (folder / "documents.bin").write_bytes(content[:-3])
    with pytest.raises(ArtifactError, match="documents.bin"):
        open_store(folder)
    (folder / "documents.bin").write_bytes(content)
    write_json(folder / "meta.json", read_json(folder / "meta.json") | {"format_version": 99})
    with pytest.raises(ArtifactError, match="pip install"):
        open_store(folder)


def test_a_model_that_is_too_small(store: CorpusStore) -> None:
    store.check_model(store.meta.vocab_size, "bert-tiny")
    with pytest.raises(ConfigError, match="bert-tiny"):
        store.check_model(store.meta.vocab_size - 1, "bert-tiny")


def test_large_vocabularies_take_four_bytes() -> None:
    assert [token_dtype(size).itemsize for size in (65_535, 65_536)] == [2, 4]


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"clean": ("htm",)}])
def test_settings(wrong: dict) -> None:
    with pytest.raises(ConfigError):
        StoreConfig(**wrong)
