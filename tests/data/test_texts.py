"""Streams of raw texts: every kind of file and corpus, where reading goes on, and what is refused."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest

from malmoi.data import corpora
from malmoi.data.columns import Columns
from malmoi.data.corpora import NSMC
from malmoi.data.examples import Dataset, TextExample
from malmoi.data.texts import open_texts, stream_texts
from malmoi.errors import DataError

LINES = "첫 줄, 쉼표\r\n\r\n  둘째 줄\n\n\n셋째 줄"
CONTENT = {
    "글.txt": LINES.encode(),
    "bom.txt": b"\xef\xbb\xbf" + LINES.encode(),
    "cp949.txt": LINES.encode("cp949"),
    "utf16.txt": LINES.encode("utf-16"),
    "표.csv": 'id,text,label\n1,"첫 줄, 쉼표",긍정\n2,  둘째 줄,부정\n3,셋째 줄,긍정\n'.encode(),
    "글.jsonl": '{"text": "첫 줄, 쉼표"}\n{"text": "  둘째 줄"}\n{"text": "셋째 줄"}\n'.encode(),
}


def texts_of(source, start=0):
    return [document.text for document in source.read(start)]


@pytest.fixture(params=CONTENT)
def source(request, tmp_path: Path):
    path = tmp_path / request.param
    path.write_bytes(CONTENT[request.param])
    return open_texts(str(path))


def test_every_form_gives_the_same_texts(source) -> None:
    assert texts_of(source) == ["첫 줄, 쉼표", "  둘째 줄", "셋째 줄"]
    assert texts_of(source) == texts_of(source), "a source is read anew by every call"


def test_reading_goes_on_behind_every_document(source) -> None:
    documents = list(source.read(0))
    for number, document in enumerate(documents, 1):
        assert list(source.read(document.end)) == documents[number:]
    assert documents[-1].end <= source.size + 1


def test_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "글.txt"
    path.write_text("\n하나\n둘\n\n \n셋\n", encoding="utf-8")
    source = open_texts(str(path), "paragraph")
    documents = list(source.read(0))
    assert [document.text for document in documents] == ["하나\n둘", "셋"]
    assert texts_of(source, documents[0].end) == ["셋"]


def test_a_named_column(tmp_path: Path) -> None:
    path = tmp_path / "표.tsv"
    path.write_text("가\t본문\nx\t첫 글\ny\t둘째 글\n", encoding="utf-8")
    assert texts_of(open_texts(str(path), columns=Columns(text="본문"))) == ["첫 글", "둘째 글"]


def test_a_corpus_gives_the_texts_of_its_training_part(monkeypatch) -> None:
    from dataclasses import replace

    def load(split: str) -> Dataset:
        return Dataset([TextExample(f"{split} 글", "짝"), TextExample(" "), TextExample("끝")])

    monkeypatch.setattr(corpora, "CORPORA", (replace(NSMC, name="작은", splits=("train", "dev"), reader=load, split_files={"train": (), "dev": ()}),))  # fmt: skip
    source = open_texts("작은")
    assert texts_of(source) == ["train 글", "짝", "끝"]
    assert [document.end for document in source.read(1)] == [2, 4] and source.size == 4
    assert texts_of(open_texts("작은:dev"))[0] == "dev 글"


def test_a_plain_corpus(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MALMOI_DATA", str(tmp_path))
    with pytest.raises(DataError, match="nsmc/reviews_unlabeled.txt"):
        open_texts("nsmc-reviews")
    (tmp_path / "nsmc").mkdir()
    (tmp_path / "nsmc" / "reviews_unlabeled.txt").write_text("재밌다\n", encoding="utf-8")
    assert texts_of(open_texts("nsmc-reviews")) == ["재밌다"]


@pytest.mark.parametrize(
    "content", [b"", b"\n \n", b"\x89PNG\r\n", b"PK\x03\x04xl/", b"abc\x80\xff\xfd\n", "글\x00".encode()]
)
def test_what_is_no_text_is_refused_at_once(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "글.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match="글.txt") as caught:
        open_texts(str(path))
    assert "--skip-bad" not in str(caught.value), "tokenizer train and pretrain have no such flag"


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "리뷰.txt").write_text("글", encoding="utf-8")
    with pytest.raises(DataError, match="리뷰.txt"):
        open_texts(str(tmp_path / "리뷰1.txt"))


def test_stream_reports_how_far_it_is_and_stops(tmp_path: Path) -> None:
    for name in ("가.txt", "나.txt"):
        (tmp_path / name).write_text(f"{name} 하나\n{name} 둘\n", encoding="utf-8")
    sources = [open_texts(str(tmp_path / name)) for name in ("가.txt", "나.txt")]
    seen: dict[str, int] = {}

    @contextmanager
    def watch(title: str, total: int):
        yield lambda count: seen.update({title: seen.get(title, 0) + count})

    assert len(list(stream_texts(sources, watch))) == 4
    assert seen == {source.name: source.size for source in sources}
    assert list(stream_texts(sources, watch, limit=3))[-1] == "나.txt 하나"
