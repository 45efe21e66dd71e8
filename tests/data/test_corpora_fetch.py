"""Fetching: whole, resumed, refused, and without a network; against a server on the loopback."""

import hashlib
import os

import pytest
from corpus_server import closed_port, corpus_server

from malmoi.data import corpora
from malmoi.data.corpora.catalog import Corpus, CorpusFile
from malmoi.data.corpora.fetch import BLOCK, MAX_ATTEMPTS, Unreachable, by_hand, fetch_file, files_to_fetch, is_whole
from malmoi.data.examples import Dataset
from malmoi.errors import DataError, DiskError

CONTENT = "문장\t라벨\n재밌어요\t1\n".encode() * 20_000


def blob_id(content):
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


def corpus_file(name="글.tsv", content=CONTENT):
    return CorpusFile(f"작은/{name}", "nobody/nothing", "0" * 40, f"data/{name.encode().hex()}", blob_id(content))


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("MALMOI_DATA", str(tmp_path / "말뭉치"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with corpus_server() as behaviour:
        monkeypatch.setattr(CorpusFile, "url", property(lambda file: f"{behaviour.address}/{file.source_path}"))
        yield behaviour


@pytest.fixture
def file(server):
    wanted = corpus_file()
    server.files[wanted.source_path] = CONTENT
    return wanted


def part_of(file):
    return file.local_path.with_name(file.local_path.name + ".part")


def test_a_whole_file(file, server):
    steps = list(fetch_file(file))
    assert file.local_path.read_bytes() == CONTENT and is_whole(file) and not part_of(file).exists()
    assert steps[-1].done == steps[-1].total == len(CONTENT)
    assert [step.done for step in steps] == sorted({step.done for step in steps}) and len(steps) >= len(
        CONTENT
    ) // BLOCK
    assert list(fetch_file(file)) == [] and len(server.requests) == 1


def test_a_server_that_tells_no_length(file, server):
    server.tells_length = False
    assert {step.total for step in fetch_file(file)} == {None} and is_whole(file)


def test_a_broken_transfer_goes_on(file, server):
    server.breaks_after = [200_000, 100_000]
    list(fetch_file(file))
    assert is_whole(file)
    assert [wish for _, wish in server.requests] == [None, "bytes=200000-", "bytes=300000-"]


def test_an_aborted_transfer_goes_on_the_next_time(file, server):
    steps = fetch_file(file)
    first = next(steps)
    steps.close()
    assert part_of(file).stat().st_size == first.done > 0 and not file.local_path.exists()
    assert next(fetch_file(file)).done > first.done
    list(fetch_file(file))
    assert is_whole(file) and server.requests[1][1] == f"bytes={first.done}-"


def test_a_server_without_ranges_starts_anew(file, server):
    server.knows_ranges = False
    part_of(file).parent.mkdir(parents=True)
    part_of(file).write_bytes(CONTENT[:1000])
    list(fetch_file(file))
    assert is_whole(file) and server.requests == [(f"/{file.source_path}", "bytes=1000-")]


def test_a_part_that_is_whole_needs_no_bytes(file, server):
    part_of(file).parent.mkdir(parents=True)
    part_of(file).write_bytes(CONTENT)
    assert list(fetch_file(file)) == [] and is_whole(file)


def test_a_server_that_always_breaks_is_given_up(file, server):
    server.breaks_after = [10_000] * 20
    with pytest.raises(Unreachable, match=f"broke at .*goes on from the {10_000 * MAX_ATTEMPTS:,} bytes"):
        list(fetch_file(file))
    assert part_of(file).stat().st_size == 10_000 * MAX_ATTEMPTS
    server.knows_ranges, server.breaks_after = False, [10_000] * 20
    with pytest.raises(Unreachable):
        list(fetch_file(file))
    assert not file.local_path.exists()


@pytest.mark.parametrize("start", [b"", b"x" * 500])
def test_wrong_content_is_refused_and_removed(file, server, start):
    if start:
        part_of(file).parent.mkdir(parents=True)
        part_of(file).write_bytes(start)
    else:
        server.files[file.source_path] = "<html>로그인</html>".encode()
    with pytest.raises(DataError, match=f"not the published file.*expected {file.blob_id}.*login page"):
        list(fetch_file(file))
    assert not file.local_path.exists() and not part_of(file).exists()


def test_a_file_that_the_server_lacks(file, server):
    server.files.clear()
    with pytest.raises(DataError, match="404 Not Found") as caught:
        list(fetch_file(file))
    assert caught.value.exit_code == 2 and file.url in str(caught.value) and not file.local_path.parent.exists()


def test_no_network(file, server):
    server.address = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(Unreachable, match="the network cannot be reached .*refused") as caught:
        list(fetch_file(file))
    assert caught.value.exit_code == 2 and not file.local_path.parent.exists()
    text = by_hand([file])
    assert file.url in text and str(file.local_path) in text and "MALMOI_DATA" in text


def test_another_file_stays_unless_it_may_be_replaced(file, server):
    file.local_path.parent.mkdir(parents=True)
    file.local_path.write_text("내 것", encoding="utf-8")
    with pytest.raises(DataError, match="left alone.*--replace"):
        list(fetch_file(file))
    assert file.local_path.read_text(encoding="utf-8") == "내 것" and not server.requests
    list(fetch_file(file, replace=True))
    assert is_whole(file)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_that_may_not_be_written(file, server, tmp_path):
    folder = tmp_path / "말뭉치"
    folder.mkdir(mode=0o500)
    with pytest.raises(DiskError, match="MALMOI_DATA"):
        list(fetch_file(file))
    folder.chmod(0o700)


def test_a_disk_without_space(file, server, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("malmoi.data.corpora.fetch.open", full, raising=False)
    with pytest.raises(DiskError, match=r"No space left.*MALMOI_DATA") as caught:
        list(fetch_file(file))
    assert caught.value.exit_code == 4 and len(server.requests) == 1


@pytest.fixture
def small(server, monkeypatch):
    one, two = corpus_file("하나.tsv"), corpus_file("둘.tsv", b"two")
    server.files |= {one.source_path: CONTENT, two.source_path: b"two"}
    corpus = Corpus(
        "작은", "classification", "작은 말뭉치", "small", "CC0", "없음", (one, two), ("train", "test"), lambda split: Dataset([]),
        split_files={"train": (one,), "test": (two,)},
    )  # fmt: skip
    monkeypatch.setattr(corpora, "CORPORA", (corpus, *corpora.CORPORA))
    return corpus


def test_corpora_and_splits_are_named(small):
    one, two = small.files
    assert files_to_fetch(["작은"]) == [one, two] and files_to_fetch(["작은:test", "작은"]) == [two, one]
    assert len(files_to_fetch(["hate-speech", "hate-speech-bias", "hate-speech-gender"])) == 2
    assert files_to_fetch(["demo"]) == []
    with pytest.raises(DataError, match="Did you mean 'nsmc'"):
        files_to_fetch(["nscm"])
    with pytest.raises(DataError, match="unknown name 'tset'"):
        files_to_fetch(["작은:tset"])
