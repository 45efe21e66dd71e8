"""`malmoi data fetch` and `malmoi data list` as they are seen."""

from __future__ import annotations

import json
import unicodedata

import pytest
from corpus_server import closed_port, corpus_server

from malmoi.data import corpora
from malmoi.data.corpora.catalog import Corpus, CorpusFile
from malmoi.data.examples import Dataset

CONTENTS = {"하나.tsv": "문장\t라벨\n재밌어요\t1\n".encode() * 500, "둘.tsv": b"two"}


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A corpus of two files on a loopback server, and an empty folder to fetch them to."""
    from malmoi.io import git_blob_id

    monkeypatch.setenv("MALMOI_DATA", str(tmp_path / "말뭉치"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    files = []
    for number, (name, content) in enumerate(CONTENTS.items()):
        (tmp_path / name).write_bytes(content)
        files.append(CorpusFile(f"작은/{name}", "nobody/nothing", "0" * 40, str(number), git_blob_id(tmp_path / name)))
    one, two = files
    corpus = Corpus(
        "작은", "classification", "작은 말뭉치", "small", "CC0", "없음", (one, two), ("train", "test"), lambda split: Dataset([]),
        split_files={"train": (one,), "test": (two,)},
    )  # fmt: skip
    monkeypatch.setattr(corpora, "CORPORA", (corpus, *corpora.CORPORA))
    with corpus_server() as server:
        server.files |= {file.source_path: content for file, content in zip(files, CONTENTS.values(), strict=True)}
        monkeypatch.setattr(CorpusFile, "url", property(lambda file: f"{server.address}/{file.source_path}"))
        yield server


def test_fetch_and_fetch_again(run_cli, small, tmp_path):
    result = run_cli("data", "fetch", "작은:test", "demo")
    assert result.code == 0 and "받음" in result.out and "CC0" in result.out and "malmoi 안에" in result.out
    again = run_cli("data", "fetch", "작은", "--json", "-")
    assert again.code == 0 and "이미 있음" in again.err
    assert [(entry["state"], entry["path"]) for entry in json.loads(again.out)] == [
        ("fetched", str(tmp_path / "말뭉치" / "작은" / "하나.tsv")),
        ("here", str(tmp_path / "말뭉치" / "작은" / "둘.tsv")),
    ]
    assert (tmp_path / "말뭉치" / "작은" / "하나.tsv").read_bytes() == CONTENTS["하나.tsv"]


def test_what_can_be_fetched_is(run_cli, small, tmp_path):
    small.files.pop("0")
    result = run_cli("data", "fetch", "작은", "--json", tmp_path / "j.json")
    assert result.code == 2 and "404" in result.err and "→" in result.err
    states = [entry["state"] for entry in json.loads((tmp_path / "j.json").read_text(encoding="utf-8"))]
    assert states == ["missing", "fetched"]


def test_without_a_network_everything_is_said_at_once(run_cli, small, tmp_path):
    small.address = f"http://127.0.0.1:{closed_port()}"
    result = run_cli("data", "fetch", "작은")
    assert result.code == 2 and "네트워크" in result.err and "MALMOI_DATA" in result.err
    for name, path in (("0", "하나.tsv"), ("1", "둘.tsv")):
        assert f"{small.address}/{name}\n    → {tmp_path / '말뭉치' / '작은' / path}" in result.err
    assert run_cli("data", "fetch", "잡은").code == 2 and run_cli("data", "fetch").code == 2


def test_replace(run_cli, small, tmp_path):
    path = tmp_path / "말뭉치" / "작은" / "둘.tsv"
    path.parent.mkdir(parents=True)
    path.write_text("내 것", encoding="utf-8")
    assert "--replace" in run_cli("data", "fetch", "작은:test").err and path.read_text(encoding="utf-8") == "내 것"
    assert run_cli("data", "fetch", "작은:test", "--replace").code == 0 and path.read_bytes() == b"two"


def columns(line):
    """Return the width of a line on a terminal."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_list_fits_eighty_columns(run_cli, small, monkeypatch, language):
    monkeypatch.setenv("COLUMNS", "80")
    lines = run_cli("data", "list", "--lang", language).out.splitlines()
    assert all(columns(line) <= 80 for line in lines[1:]), max(lines[1:], key=columns)
    text = "\n".join(lines)
    assert all(f"\n{corpus.name} " in text for corpus in corpora.CORPORA)
    assert all(task in lines for task in ("classification", "regression", "multi-label"))


def test_the_list_says_what_is_here(run_cli, small):
    run_cli("data", "fetch", "작은:test")
    result = run_cli("data", "list", "--json", "-")
    entry = json.loads(result.out)[0]
    assert entry["states"] == {"train": "missing", "test": "here"} and entry["name"] == "작은"
    assert [file["here"] for file in entry["files"]] == [False, True]
    assert "있음: test · 없음: train · CC0" in result.err and "없는 파일: 작은/하나.tsv" in result.err
