"""NSMC: splits, integrity, and what is said when the file is not there."""

import time

import pytest

from malmoi.data.checks import check_overlap
from malmoi.data.corpora import CORPORA, find_corpus
from malmoi.data.corpora.nsmc import NSMC, SPLIT_SIZES, TRAIN_FILE, split_ids
from malmoi.errors import DataError
from malmoi.messages import set_language


def test_the_packed_split_is_whole():
    ids = split_ids()
    assert {name: len(ids[name]) for name in ids} == SPLIT_SIZES == {"dev": 5158, "final": 10241}
    assert all(value.isdigit() for value in ids["dev"] | ids["final"])


def test_names_are_unique_and_found():
    assert len({corpus.name for corpus in CORPORA}) == len(CORPORA)
    assert find_corpus("nsmc") is NSMC
    with pytest.raises(DataError, match="Did you mean 'nsmc'"):
        find_corpus("nscm")
    with pytest.raises(DataError, match="unknown name 'tain'.*'train'"):
        NSMC.load("tain")


def test_labels_have_names_in_both_languages():
    assert NSMC.label_names == {"0": "negative", "1": "positive"}
    set_language("ko")
    assert NSMC.label_names == {"0": "부정", "1": "긍정"}


def test_a_missing_file_says_where_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MALMOI_DATA", str(tmp_path))
    with pytest.raises(DataError) as caught:
        NSMC.load("train")
    message = str(caught.value)
    assert str(tmp_path / "nsmc" / "ratings_train.txt") in message and "MALMOI_DATA" in message
    assert TRAIN_FILE.url in message and TRAIN_FILE.url.startswith("https://raw.githubusercontent.com/e9t/nsmc/")


def test_a_changed_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MALMOI_DATA", str(tmp_path))
    (tmp_path / "nsmc").mkdir()
    (tmp_path / "nsmc" / "ratings_train.txt").write_text("id\tdocument\tlabel\n1\t가\t1\n", encoding="utf-8")
    with pytest.raises(DataError, match=f"expected {TRAIN_FILE.blob_id}"):
        NSMC.load("train")


@pytest.fixture(scope="module")
def splits(nsmc_folder):
    return {name: NSMC.load(name) for name in ("train", "dev", "final")}


def test_split_sizes_and_labels(splits):
    assert {name: len(split) for name, split in splits.items()} == {"train": 134_596, "dev": 5_158, "final": 10_241}
    assert sum(map(len, splits.values())) == 150_000 - 5  # the empty documents
    assert all({example.label for example in split} == {"0", "1"} for split in splits.values())
    assert all(example.text.strip() for split in splits.values() for example in split)
    assert len({split.fingerprint for split in splits.values()}) == 3


def test_a_known_row(splits):
    example = splits["train"].examples[0]
    assert (example.id, example.label, example.row) == ("9976970", "0", 2)
    assert example.text == "아 더빙.. 진짜 짜증나네요 목소리"
    assert any("left out 5 empty" in note for note in splits["train"].notes)
    assert any("not the NSMC test" in note for note in splits["dev"].notes)


def test_no_text_stands_in_two_splits(splits):
    for one, other in (("dev", "train"), ("final", "train"), ("final", "dev")):
        assert check_overlap(splits[one], splits[other]).num_rows == 0


def test_loading_is_quick(nsmc_folder):
    start = time.perf_counter()
    NSMC.load("train")
    assert time.perf_counter() - start < 6  # 0.9 s when nothing else runs


def test_the_test_split_is_optional(nsmc_folder):
    if (nsmc_folder / "ratings_test.txt").is_file():
        pytest.skip("the official test file is here")
    assert "test" in NSMC.optional
    with pytest.raises(DataError, match="ratings_test.txt"):
        NSMC.load("test")
