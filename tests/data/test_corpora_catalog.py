"""The catalog is consistent in itself, and with the list of public files where that is at hand."""

import csv
import re

import pytest

from malmoi.data.corpora import CORPORA, find_corpus
from malmoi.data.corpora.splits import OWN_SPLITS
from malmoi.data.labels import LabelMap
from malmoi.errors import DataError
from malmoi.io import data_dir
from malmoi.messages import set_language

TASKS = {"classification", "regression", "multi-label", "relations", "parsing", "extraction", "dialogue", "tagging"}
WITHOUT_LABELS = {"regression", "parsing", "extraction", "dialogue"}
corpora = pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)


def all_files():
    return {file.path: file for corpus in CORPORA for file in corpus.files}


def test_names_are_unique():
    assert len({corpus.name for corpus in CORPORA}) == len(CORPORA)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", corpus.name) for corpus in CORPORA)


@corpora
def test_a_corpus_says_what_it_is(corpus):
    assert corpus.task in TASKS
    for language in ("ko", "en"):
        set_language(language)
        assert corpus.title and len(set(corpus.label_names.values())) == len(corpus.labels)
    names = corpus.labels
    LabelMap(
        [n.label for n in names], {n.label: n.ko for n in names}, {n.label: n.en for n in names}
    )  # all can be told apart
    assert corpus.title_ko != corpus.title_en and corpus.licence and corpus.citation
    assert bool(corpus.labels) == (corpus.task not in WITHOUT_LABELS and corpus.name != "ud-gsd-xpos")
    assert corpus.stand_in == "" or find_corpus(corpus.stand_in).task == corpus.task


@corpora
def test_splits_and_files_belong_together(corpus):
    assert corpus.splits[0] == "train" and len(set(corpus.splits)) == len(corpus.splits)
    assert set(corpus.optional) <= set(corpus.splits)
    if corpus.files:
        assert set(corpus.split_files) == set(corpus.splits)
        assert {file for split in corpus.splits for file in corpus.files_of(split)} == set(corpus.files)
    if "final" in corpus.splits:
        assert len({corpus.files_of(split) for split in OWN_SPLITS if split in corpus.splits}) == 1
    with pytest.raises(DataError, match="unknown name 'tset'"):
        corpus.files_of("tset")


@corpora
def test_every_file_has_an_address_and_a_check(corpus):
    for file in corpus.files:
        assert re.fullmatch(r"[0-9a-f]{40}", file.blob_id) and re.fullmatch(r"[0-9a-f]{40}", file.commit)
        assert all(re.fullmatch(r"[0-9a-f]{40}", excerpt) for excerpt in file.excerpts)
        assert file.url == f"https://raw.githubusercontent.com/{file.repository}/{file.commit}/{file.source_path}"
        assert not file.excerpts or file.size
        assert file == all_files()[file.path], "one place, two files"


def test_the_catalog_agrees_with_the_list_of_public_files():
    path = data_dir() / "catalog.tsv"
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    with open(path, encoding="utf-8", newline="") as table:
        rows = {(row["repository"], row["path"]): row for row in csv.DictReader(table, delimiter="\t")}
    listed = {name: rows.get((file.repository, file.source_path)) for name, file in all_files().items()}
    assert [name for name, row in listed.items() if row is None] == ["paws/dev_2k.tsv"]
    for name, row in listed.items():
        file = all_files()[name]
        if row is not None:
            assert (row["commit"], row["git_blob_id"]) == (file.commit, file.blob_id), name
            assert not row["bytes"] or file.size is None or int(row["bytes"]) == file.size, name


def test_a_missing_file_names_the_command_and_what_is_here(tmp_path, monkeypatch):
    monkeypatch.setenv("MALMOI_DATA", str(tmp_path))
    with pytest.raises(DataError) as caught:
        find_corpus("klue-nli").load("train")
    message = str(caught.value)
    assert str(tmp_path / "klue" / "klue-nli-v1.1_train.json") in message and "https://" in message
    assert "malmoi data fetch klue-nli:train" in message and "What needs no such file: klue-nli-small" in message
    (tmp_path / "korsts").mkdir()
    (tmp_path / "korsts" / "sts-dev.tsv").write_text("genre\n", encoding="utf-8")
    with pytest.raises(DataError, match="What needs no such file: korsts:dev$"):
        find_corpus("korsts").load("test")
    with pytest.raises(DataError, match="expected 3686d9394fa63bcfd6b1bc7c70a60b1dfe08d388"):
        find_corpus("korsts").load("dev")
